"""Hot reads: one property or listing by id, for a small part of the CPU that an ORM session costs.

The queries are functions in the database (`ddl.hot_read` in the migrations). Row-level security holds here as
everywhere; rows come back with the attributes of the classes in `models.py`.
"""

import json
from types import SimpleNamespace
from typing import Any, cast
from uuid import UUID

from services.chassis.db.hot import HotReads
from services.property.errors import ListingNotFound, PropertyNotFound
from services.property.models import Listing, Property


async def home_by_id(reads: HotReads, property_id: UUID) -> tuple[Property, Listing | None]:
    """One property of the caller's organisation, and the listing by which it is on the market.

    Raises:
        PropertyNotFound: there is none, or it is another organisation's.
    """
    found = await reads.row("property.hot_home", property_id)
    if found is None:
        raise PropertyNotFound
    values, offer = dict(found["home"].items()), found["offer"]
    values["attributes"] = json.loads(values["attributes"])
    row = cast("Property", SimpleNamespace(**values, etag=etag(values)))
    return row, None if offer is None else _listing(offer)


async def listing_by_id(reads: HotReads, listing_id: UUID) -> Listing:
    """One listing of the caller's organisation.

    Raises:
        ListingNotFound: there is none, or it is another organisation's.
    """
    found = await reads.row("property.hot_listing", listing_id)
    if found is None:
        raise ListingNotFound
    return _listing(found["listing"])


def etag(values: dict[str, Any]) -> str:
    """As `Versioned.etag` writes it."""
    return f'"{values["version"]}"'


def _listing(found: Any) -> Listing:
    values = dict(found.items())
    return cast("Listing", SimpleNamespace(**values, state=values["standard_status"], etag=etag(values)))
