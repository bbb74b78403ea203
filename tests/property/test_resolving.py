"""What other services ask of listings costs the same however many organisations there are."""

import asyncpg
import pytest
from sqlalchemy import text

from doorstep.property.v1 import listing_pb2
from services.chassis.actor import SYSTEM
from services.chassis.db.database import ReadTransaction
from services.chassis.ids import parse_id
from services.property.operations import listing as operations
from tests.property.conftest import Market

ORGANIZATIONS = 3000
FEW = 10
READ = text(
    "SELECT coalesce(sum(coalesce(seq_tup_read, 0) + coalesce(idx_scan, 0)), 0)::bigint FROM pg_stat_xact_user_tables "
    "WHERE schemaname = 'property'"
)
"""Rows that this transaction has looked through, and how often it has gone down an index."""


@pytest.fixture(scope="module")
async def listing(market: Market) -> listing_pb2.Listing:
    """One of a house each of many organisations."""
    connection = await asyncpg.connect(market.database.superuser_url)
    try:
        await connection.execute(
            f"""
            INSERT INTO property.properties (organization_id, id, state, property_type, country)
                SELECT gen_random_uuid(), gen_random_uuid(), 'ACTIVE', 'RESIDENTIAL', 'US'
                FROM generate_series(1, {ORGANIZATIONS});
            INSERT INTO property.listings (organization_id, id, property_id, standard_status, currency_code,
                    list_price, original_list_price, status_change_timestamp)
                SELECT organization_id, gen_random_uuid(), id, 'ACTIVE', 'USD', 1, 1, now() FROM property.properties;
            """
        )
        _, made = await market.on_market(market.agent())
        await connection.execute("ANALYZE property.properties, property.listings")
    finally:
        await connection.close()
    return made


async def looked_at(tx: ReadTransaction) -> int:
    return int(await tx.session.scalar(READ) or 0)


async def test_by_its_id(market: Market, listing: listing_pb2.Listing) -> None:
    async with market.harness.resources.database("property").read(SYSTEM) as tx:
        before = await looked_at(tx)
        _, found = await operations.resolve_listing(tx, parse_id(listing.listing_id))
        assert str(found.id) == listing.listing_id
        assert await looked_at(tx) - before <= FEW


async def test_by_its_property(market: Market, listing: listing_pb2.Listing) -> None:
    async with market.harness.resources.database("property").read(SYSTEM) as tx:
        before = await looked_at(tx)
        home, found = await operations.resolve_property(tx, parse_id(listing.property_id))
        assert (str(home.id), str(found.id)) == (listing.property_id, listing.listing_id)
        assert await looked_at(tx) - before <= FEW
