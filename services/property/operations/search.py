"""Search over what is on the market. Public facts only: no transaction, no caller."""

import asyncio
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from services.property.repository.search import COUNTED, Found, Query, SearchIndex

CITY, POSTAL_CODE, ADDRESS = "CITY", "POSTAL_CODE", "ADDRESS"


@dataclass(frozen=True, slots=True)
class Results:
    """One page of matches, and what was counted."""

    found: list[Found]
    more: bool
    total: int
    capped: bool
    facets: list[tuple[str, list[tuple[str, int]]]]


@dataclass(frozen=True, slots=True)
class Suggested:
    """One way to complete a text."""

    kind: str
    text: str
    property_id: UUID | None = None


async def search_properties(
    index: SearchIndex, query: Query, *, size: int, after: tuple[Any, ...] | None, facets: tuple[str, ...]
) -> Results:
    """One page in the order of the query; facets are counted beside it."""
    if not facets:
        found = await index.find(query, size=size + 1, after=after)
        return Results(found[:size], len(found) > size, 0, False, [])
    found, (total, counts) = await asyncio.gather(
        index.find(query, size=size + 1, after=after), index.count(query, facets)
    )
    values: dict[str, list[tuple[str, int]]] = {facet: [] for facet in facets}
    for facet, value, count in counts:
        values[facet].append((value, count))
    return Results(found[:size], len(found) > size, min(total, COUNTED), total > COUNTED, list(values.items()))


async def suggest(index: SearchIndex, prefix: str, *, country: str, limit: int) -> list[Suggested]:
    """Cities, then postal codes, then addresses that begin with `prefix`, which is in the form of a search key."""
    cities = [Suggested(CITY, text) for text in await index.suggest_column("city_key", "city", prefix, country, limit)]
    if len(cities) >= limit:
        return cities
    codes = [
        Suggested(POSTAL_CODE, text)
        for text in await index.suggest_column(
            "postal_code", "postal_code", prefix.upper(), country, limit - len(cities)
        )
    ]
    left = limit - len(cities) - len(codes)
    if left <= 0:
        return cities + codes
    addresses = await index.suggest_addresses(prefix, country, left)
    return [*cities, *codes, *(Suggested(ADDRESS, text, property_id) for text, property_id in addresses)]
