"""Listings expire by themselves after the last day of their contract: by the clock, once, whoever looks."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from doorstep.property.v1 import listing_service_pb2, property_events_pb2, property_service_pb2
from doorstep.property.v1 import search_service_pb2 as search_pb
from services.chassis.clock import Clock
from services.property.expiry import Expiry
from services.property.operations import listing as operations
from tests.property.conftest import Market

LAST_DAY = date(2031, 3, 31)
DATE = {"year": 2031, "month": 3, "day": 31}
OVER = datetime(2031, 4, 1, 12, 0, tzinfo=UTC)
"""When it is midnight in the last time zone."""


class Stopped(Clock):
    """A clock that stands."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at


def expiry(market: Market, at: datetime) -> Expiry:
    return Expiry(market.harness.resources.database("property"), Stopped(at))


async def status_of(market: Market, agent: str, listing_id: str) -> Any:
    request = listing_service_pb2.GetListingRequest(listing_id=listing_id)
    return (await market.call(market.listings.GetListing, request, agent)).listing.standard_status


async def published(market: Market, listing_ids: list[str]) -> list[property_events_pb2.ListingStatusChanged]:
    connection = await asyncpg.connect(market.database.superuser_url)
    try:
        rows = await connection.fetch(
            "SELECT payload FROM property.outbox WHERE type LIKE '%ListingStatusChanged' AND key = ANY($1)", listing_ids
        )
    finally:
        await connection.close()
    events = [property_events_pb2.ListingStatusChanged.FromString(row[0]) for row in rows]
    return [event for event in events if event.standard_status == 9]


def test_the_last_day_ends_with_the_last_time_zone():
    assert not operations.has_run_out(None, OVER)
    assert not operations.has_run_out(LAST_DAY, OVER - timedelta(seconds=1))
    assert operations.has_run_out(LAST_DAY, OVER)


async def test_expires_when_the_day_is_over(market: Market, agent: str):
    home, listing = await market.on_market(agent, country="UA", listing={"expiration_date": DATE})
    await expiry(market, OVER - timedelta(seconds=1)).once()
    assert await status_of(market, agent, listing.listing_id) == 3
    assert (await market.call(market.search.SearchProperties, search_pb.SearchPropertiesRequest(country="UA"))).results

    assert await expiry(market, OVER).once() == 1
    assert await status_of(market, agent, listing.listing_id) == 9
    found = await market.call(market.search.SearchProperties, search_pb.SearchPropertiesRequest(country="UA"))
    assert not found.results
    [event] = await published(market, [listing.listing_id])
    assert (event.previous_status, event.property_id) == (3, home.property_id)
    asked = property_service_pb2.ListPropertyHistoryRequest(property_id=home.property_id, field_name="StandardStatus")
    latest = (await market.call(market.properties.ListPropertyHistory, asked, agent)).entries[0]
    assert (latest.previous_value, latest.new_value, latest.change_type) == ("ACTIVE", "EXPIRED", "expire")
    assert not latest.changed_by, "nobody did it"


@pytest.mark.parametrize(
    ("verbs", "status"),
    [
        ([], 1),  # INCOMPLETE: nothing is offered yet
        (["AnnounceListing"], 9),
        (["PublishListing", "MarkListingUnderContract"], 4),  # a buyer is there: the contract goes on
        (["PublishListing", "HoldListing"], 9),
        (["PublishListing", "WithdrawListing"], 9),
        (["PublishListing", "CancelListing"], 8),
    ],
)
async def test_only_where_the_table_says_so(market: Market, agent: str, verbs: list[str], status: int):
    home = await market.property(agent)
    listing = await market.listing(agent, home.property_id, expiration_date=DATE)
    for verb in verbs:
        await market.move(agent, listing.listing_id, verb)
    await expiry(market, OVER).once()
    assert await status_of(market, agent, listing.listing_id) == status


async def test_two_workers_expire_each_listing_once(market: Market):
    agents = [market.agent() for _ in range(3)]
    listings = [
        (agent, (await market.on_market(agent, listing={"expiration_date": DATE}))[1].listing_id)
        for agent in agents
        for _ in range(8)
    ]
    done = await asyncio.gather(*(expiry(market, OVER).once() for _ in range(3)))
    assert sum(done) == len(listings)
    assert len(await published(market, [listing_id for _, listing_id in listings])) == len(listings)
    for agent, listing_id in listings:
        assert await status_of(market, agent, listing_id) == 9
        asked = listing_service_pb2.ListListingSnapshotsRequest(listing_id=listing_id)
        kinds = [
            s.change_type for s in (await market.call(market.listings.ListListingSnapshots, asked, agent)).snapshots
        ]
        assert kinds.count("expire") == 1


async def test_one_that_fails_does_not_keep_the_others(market: Market, agent: str, monkeypatch: pytest.MonkeyPatch):
    listings = [(await market.on_market(agent, listing={"expiration_date": DATE}))[1].listing_id for _ in range(3)]
    real = operations.expire_listing

    async def fails(tx: Any, listing_id: Any, now: datetime) -> bool:
        if str(listing_id) == listings[0]:
            raise RuntimeError("no")
        return await real(tx, listing_id, now)

    with monkeypatch.context() as patched:
        patched.setattr("services.property.expiry.expire_listing", fails)
        patched.setattr("services.property.expiry._BATCH", 1)
        assert await expiry(market, OVER).once() == 2
    assert await expiry(market, OVER).once() == 1


async def test_a_new_contract_needs_a_new_day(market: Market, agent: str):
    _, listing = await market.on_market(agent, listing={"expiration_date": {"year": 2001, "month": 1, "day": 1}})
    assert await expiry(market, datetime.now(UTC)).once() == 1
    back = await market.move(agent, listing.listing_id, "ReactivateListing")
    assert not back.HasField("expiration_date")
    assert await expiry(market, datetime.now(UTC)).once() == 0
