"""Areas of the market: those a listing lies in, and those a question stays within. Pure.

A cached answer is as good as nothing has changed in one of the areas that it was looked for in. Areas are numbers from
0 to `AREAS` - 1 that names are hashed to; two names with one number only cost an answer too many.
"""

import math
import zlib
from collections.abc import Iterable

from services.chassis.geo import Box, around
from services.property.repository.search import Query

AREAS = 4096
SQUARES = (1 / 16, 1.0)
"""Degrees of the squares that the map is cut into: streets of a town, and a region."""
SQUARES_PER_QUESTION = 16
"""A question over more squares than this is one about the next larger ones, and at last about the whole market."""


def of_listing(city_key: str, postal_code: str, place: tuple[float, float] | None) -> set[int]:
    """Where changes of a listing at a (latitude, longitude) are seen."""
    areas = {_area("city", city_key), _area("postal", postal_code)}
    if place is not None:
        latitude, longitude = place
        for size in SQUARES:
            areas.add(_square(size, math.floor(latitude / size), math.floor(longitude / size)))
    return areas


def of_names(city_key: str, postal_code: str, address_key: str) -> set[int]:
    """Where it is seen in suggestions that a listing is there, or is no more, or is called otherwise."""
    return {_area("suggest", text[:1].casefold()) for text in (city_key, postal_code, address_key)}


def of_query(query: Query) -> set[int] | None:
    """Whose changes an answer depends on; None for the whole market."""
    if query.city_key:
        return {_area("city", query.city_key)}
    if query.postal_code:
        return {_area("postal", query.postal_code)}
    boxes = [*query.boxes]
    if query.center and query.radius_meters:
        boxes.append(around(*query.center, query.radius_meters))
    for box in boxes:
        for size in SQUARES:
            squares = list(_squares(box, size))
            if len(squares) <= SQUARES_PER_QUESTION:
                return set(squares)
    return None


def of_prefix(prefix: str) -> set[int] | None:
    """Whose changes suggestions for what has been typed depend on; None for the whole market."""
    if not prefix:
        return None
    return {_area("suggest", first.casefold()) for first in (prefix[0], prefix.upper()[0])}


def _squares(box: Box, size: float) -> Iterable[int]:
    """The squares a box touches, or one more than a question may have."""
    left = SQUARES_PER_QUESTION + 1
    for part in box.parts():
        for y in range(math.floor(part.south / size), math.floor(part.north / size) + 1):
            for x in range(math.floor(part.west / size), math.floor(part.east / size) + 1):
                yield _square(size, y, x)
                left -= 1
                if not left:
                    return


def _square(size: float, y: int, x: int) -> int:
    return _area("square", f"{size} {y} {x}")


def _area(kind: str, name: str) -> int:
    return zlib.crc32(f"{kind} {name}".encode()) % AREAS
