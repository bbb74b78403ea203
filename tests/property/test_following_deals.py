"""A listing follows its deals in whatever order their events come: what was given up is replayed when it may be over.

From a deal to its listing over the bus: `tests/deal/test_events.py`.
"""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from doorstep.deal.v1 import deal_events_pb2 as pb
from doorstep.property.v1 import listing_pb2, listing_service_pb2
from services.chassis.actor import system_for
from services.chassis.events import EventMeta
from services.chassis.ids import new_id
from services.property import subscribers
from tests.property.conftest import Market

ACTIVE = listing_pb2.STANDARD_STATUS_ACTIVE
UNDER_CONTRACT = listing_pb2.STANDARD_STATUS_ACTIVE_UNDER_CONTRACT
HANDLERS: dict[Any, Any] = {
    pb.DealOpened: subscribers.follow_opened,
    pb.TokenHeld: subscribers.follow_token,
    pb.DealCancelled: subscribers.follow_cancelled,
}


class Followed:
    """A listing, and the events of its deals, told in the order of the calls and stated in that of their positions."""

    def __init__(self, market: Market, organization_id: UUID, token: str, listing_id: str) -> None:
        self._market, self._organization_id, self._token = market, organization_id, token
        self._listing_id = listing_id

    async def told(self, kind: Any, position: int) -> int:
        """The status of the listing after an event."""
        facts = pb.DealFacts(deal_id=str(new_id()), listing_id=self._listing_id)
        meta = EventMeta(
            event_id=new_id(),
            type=kind.DESCRIPTOR.full_name,
            key=self._listing_id,
            organization_id=self._organization_id,
            position=position,
            source="deal",
            create_time=datetime.now(UTC),
        )
        actor = system_for(self._organization_id)
        async with self._market.harness.resources.database("property").transaction(actor) as tx:
            await HANDLERS[kind](tx, kind(deal=facts), meta)
        request = listing_service_pb2.GetListingRequest(listing_id=self._listing_id)
        answer = await self._market.call(self._market.listings.GetListing, request, self._token)
        return int(answer.listing.standard_status)


@pytest.fixture
async def followed(market: Market) -> Followed:
    organization_id = new_id()
    token = market.agent(organization_id)
    _, listing = await market.on_market(token)
    return Followed(market, organization_id, token, listing.listing_id)


async def test_one_deal_after_the_other(followed: Followed) -> None:
    assert await followed.told(pb.DealOpened, 11) == UNDER_CONTRACT
    assert await followed.told(pb.TokenHeld, 12) == listing_pb2.STANDARD_STATUS_PENDING
    assert await followed.told(pb.DealCancelled, 15) == ACTIVE
    assert await followed.told(pb.DealOpened, 16) == UNDER_CONTRACT


async def test_the_beginning_of_a_deal_that_is_over(followed: Followed) -> None:
    assert await followed.told(pb.DealCancelled, 12) == ACTIVE
    assert await followed.told(pb.DealOpened, 11) == ACTIVE


async def test_the_end_of_the_deal_before(followed: Followed) -> None:
    assert await followed.told(pb.DealOpened, 11) == UNDER_CONTRACT
    assert await followed.told(pb.DealOpened, 13) == UNDER_CONTRACT
    assert await followed.told(pb.DealCancelled, 12) == UNDER_CONTRACT
