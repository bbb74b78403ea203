"""The search table's writing side: public rows change in the transaction that changes the listing."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text

from services.chassis.db.database import Transaction
from services.property import areas
from services.property.mapping.search import public_row
from services.property.models import Listing, Property

_COLUMNS = (
    "listing_id",
    "property_id",
    "organization_id",
    "standard_status",
    "property_type",
    "city_key",
    "city",
    "state_or_province",
    "postal_code",
    "country",
    "address_key",
    "address",
    "currency_code",
    "list_price",
    "bedrooms",
    "bathrooms",
    "living_area_sqm",
    "year_built",
    "waterfront",
    "on_market_timestamp",
    "payload",
)
_PUT = text(
    f"""
    INSERT INTO property.search_listings ({", ".join(_COLUMNS)}, place, document)
    VALUES ({", ".join(f":{c}" for c in _COLUMNS)},
        point(CAST(:longitude AS float8), CAST(:latitude AS float8)),
        setweight(to_tsvector('english', :facts), 'A') || setweight(to_tsvector('english', :remarks), 'B'))
    ON CONFLICT (listing_id) DO UPDATE SET
        {", ".join(f"{c} = excluded.{c}" for c in _COLUMNS if c != "listing_id")},
        place = excluded.place, document = excluded.document
    """  # noqa: S608 - column names of ours
)
_NAMES = ("property_id", "city_key", "city", "postal_code", "address_key", "address", "country")
"""What suggestions are made of."""
_REMOVE = text("DELETE FROM property.search_listings WHERE listing_id = ANY(:ids)")
_BEFORE = text(
    """
    SELECT property_id, city_key, city, postal_code, address_key, address, country, place
    FROM property.search_listings WHERE listing_id = ANY(:ids)
    """
)
# In one order, so that two writers cannot deadlock.
_TURN_AREAS = text(
    """
    WITH locked AS (
        SELECT area FROM property.search_areas WHERE area = ANY(CAST(:areas AS smallint[])) ORDER BY area
        FOR NO KEY UPDATE
    )
    UPDATE property.search_areas a SET changes = changes + 1 FROM locked WHERE a.area = locked.area
    """
)
_TURN = text(
    """
    UPDATE property.search_generation SET changes = changes + 1
    WHERE shard = pg_backend_pid() % (SELECT count(*) FROM property.search_generation)
    """
)


class PublicRows:
    """Keeps `search_listings` true."""

    def __init__(self, tx: Transaction) -> None:
        self._session = tx.session

    async def show(self, offers: Sequence[tuple[Property, Listing]], now: datetime) -> None:
        """Write the public rows of listings that may be seen."""
        await self.change(put=offers, now=now)

    async def hide(self, listing_ids: Sequence[UUID]) -> None:
        """Remove the rows of listings that may no longer be seen."""
        await self.change(remove=listing_ids)

    async def change(
        self,
        *,
        put: Sequence[tuple[Property, Listing]] = (),
        remove: Sequence[UUID] = (),
        now: datetime | None = None,
    ) -> None:
        """Write and remove rows, and name a new state of what is public, in the areas concerned and as a whole.

        Call it last: the rows that count changes are locked until the transaction ends, and whoever waits for a lock
        while holding them could deadlock.
        """
        await self._session.flush()
        ids = [*remove, *(listing.id for _, listing in put)]
        known = (await self._session.execute(_BEFORE, {"ids": ids})).mappings().all()
        before = [
            {**row, "place": None if row["place"] is None else (row["place"][1], row["place"][0])} for row in known
        ]
        if remove:
            await self._session.execute(_REMOVE, {"ids": list(remove)})
        rows: list[dict[str, Any]] = []
        if put:
            at = now or datetime.now(UTC)
            rows = [public_row(home, listing, at) for home, listing in put]
            # In one order, so that two writers of the same rows cannot deadlock.
            rows.sort(key=lambda row: row["listing_id"])
            await self._session.execute(_PUT, rows)
        after = [
            {**row, "place": None if row["latitude"] is None else (row["latitude"], row["longitude"])} for row in rows
        ]
        await self._session.execute(_TURN_AREAS, {"areas": sorted(_touched(before, after))})
        await self._session.execute(_TURN)


def _touched(before: Sequence[Mapping[str, Any]], after: Sequence[Mapping[str, Any]]) -> set[int]:
    """The areas in which some public rows were, or are."""
    touched: set[int] = set()
    for row in (*before, *after):
        touched |= areas.of_listing(row["city_key"], row["postal_code"], row["place"])
    # A listing that is there as before, under the same names, makes no difference to suggestions.
    was, now = ({tuple(row[name] for name in _NAMES) for row in rows} for rows in (before, after))
    for names in was ^ now:
        row = dict(zip(_NAMES, names, strict=True))
        touched |= areas.of_names(row["city_key"], row["postal_code"], row["address_key"])
    return touched
