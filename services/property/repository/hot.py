"""Hot reads: one property or listing by id on a raw connection, for a third of the CPU that an ORM session costs.

Row-level security holds here as everywhere; rows come back with the attributes of the classes in `models.py`.
"""

import json
from types import SimpleNamespace
from typing import Any, Protocol, cast
from uuid import UUID

from services.property.errors import ListingNotFound, PropertyNotFound
from services.property.lifecycle import ON_MARKET
from services.property.models import Listing, Property

_STATUSES = ", ".join(f"'{state}'" for state in sorted(ON_MARKET))
_LISTING = "SELECT * FROM property.listings WHERE id = $1"
_PROPERTY_COLUMNS = tuple(column.name for column in Property.__table__.columns)
_LISTING_COLUMNS = tuple(column.name for column in Listing.__table__.columns)
# The partial index allows one listing on the market, so this is one row at most.
_HOME = f"""
    SELECT {", ".join(f"p.{name}" for name in _PROPERTY_COLUMNS)}, {", ".join(f"l.{name}" for name in _LISTING_COLUMNS)}
    FROM property.properties p LEFT JOIN property.listings l
        ON l.property_id = p.id AND l.organization_id = p.organization_id AND l.standard_status IN ({_STATUSES})
    WHERE p.id = $1
"""  # noqa: S608 - names of ours


class Connection(Protocol):
    """What of asyncpg's connection is needed."""

    async def fetchrow(self, query: str, *args: Any) -> Any:
        """The first row, or None."""


async def home_by_id(connection: Connection, property_id: UUID) -> tuple[Property, Listing | None]:
    """One property of the caller's organisation, and the listing by which it is on the market, in one round trip.

    Raises:
        PropertyNotFound: there is none, or it is another organisation's.
    """
    found = await connection.fetchrow(_HOME, property_id)
    if found is None:
        raise PropertyNotFound
    columns = tuple(found)
    values = dict(zip(_PROPERTY_COLUMNS, columns, strict=False))
    values["attributes"] = json.loads(values["attributes"])
    offer = dict(zip(_LISTING_COLUMNS, columns[len(_PROPERTY_COLUMNS) :], strict=True))
    row = cast("Property", SimpleNamespace(**values, etag=etag(values)))
    return row, None if offer["id"] is None else _listing(offer)


async def listing_by_id(connection: Connection, listing_id: UUID) -> Listing:
    """One listing of the caller's organisation.

    Raises:
        ListingNotFound: there is none, or it is another organisation's.
    """
    found = await connection.fetchrow(_LISTING, listing_id)
    if found is None:
        raise ListingNotFound
    return _listing(found)


def etag(values: dict[str, Any]) -> str:
    """As `Versioned.etag` writes it."""
    return f'"{values["version"]}"'


def _listing(found: Any) -> Listing:
    values = dict(found)
    return cast("Listing", SimpleNamespace(**values, state=values["standard_status"], etag=etag(values)))
