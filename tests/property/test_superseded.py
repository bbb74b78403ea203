"""An import that brings a newer listing of a house: the older one is closed by a step that a listing has."""

import pytest

from doorstep.property.v1 import listing_pb2
from tests.property.conftest import Market
from tests.property.importing import listings, run

HEAD = b"PropertyKey,PropertyType,City,Country,ListingId,ListPrice,StandardStatus\n"


WAYS = [
    ["AnnounceListing"],
    ["PublishListing"],
    ["PublishListing", "MarkListingUnderContract"],
    ["PublishListing", "MarkListingPending"],
]


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way[-1])
async def test_whatever_it_was_on_the_market_as(market: Market, way: list[str]):
    agent = market.agent()
    await run(market, agent, HEAD + b"A,Residential,X,US,L1,1,Incomplete\n", mapping="doorstep")
    [older] = await listings(market, agent)
    for rpc in way:
        await market.move(agent, older.listing_id, rpc)
    done = await run(market, agent, HEAD + b"A,Residential,X,US,L2,2,Active\n", mapping="doorstep")
    assert (done.rows_created, done.rows_failed) == (1, 0)
    states = {x.listing_number: x.standard_status for x in await listings(market, agent)}
    assert states == {"L1": listing_pb2.STANDARD_STATUS_CLOSED, "L2": listing_pb2.STANDARD_STATUS_ACTIVE}
