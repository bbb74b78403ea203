"""UserErased: nothing stays open with somebody who is gone for good, and nothing that they wrote is kept."""

import asyncio
from typing import Any

from doorstep.partnership.v1 import engagement_service_pb2, partnership_service_pb2
from tests.fixtures.people import erase
from tests.partnership.conftest import Circle


async def until(circle: Circle, statement: str, *values: Any) -> None:
    """Wait for the event to arrive: until nothing is found any more."""
    async with asyncio.timeout(60):
        while await circle.rows(statement, *values):  # noqa: ASYNC110 - another service tells
            await asyncio.sleep(0.05)


async def test_what_is_open_ends_and_what_was_written_goes(circle: Circle):
    gone, asker, asked, partner, agent = [await circle.person() for _ in range(4)] + [await circle.agent()]
    sent = (await circle.ask(gone, asked, "my number is 555 0100")).partner_request
    received = (await circle.ask(asker, gone, "we met")).partner_request
    first = (await circle.ask(gone, partner, "from the fair")).partner_request
    partnership = (await circle.answer(partner, "Accept", first.partner_request_id)).partnership
    request = engagement_service_pb2.RequestEngagementRequest(
        agent_id=agent.id, agent_organization_id=str(agent.organization_id), purpose=1, note="a house with a garden"
    )
    engagement = (await circle.call(circle.engagements.RequestEngagement, request, gone)).engagement
    await circle.block(gone, await circle.person())

    await erase(circle.harness, gone)
    await until(circle, "SELECT 1 FROM partnership.blocks WHERE blocker_id = $1", gone.user_id)

    about = [sent.partner_request_id, received.partner_request_id]
    assert sorted(await circle.events(*about)) == [
        *["PartnerRequestCreated"] * 2,
        "PartnerRequestRejected",
        "PartnerRequestWithdrawn",
    ]
    assert await circle.events(partnership.partnership_id) == ["PartnershipEnded"]
    assert await circle.events(engagement.engagement_id) == ["EngagementRequested", "EngagementWithdrawn"]
    for who, request_id, note in ((asked, sent, ""), (partner, first, ""), (asker, received, "we met")):
        found = await circle.get(who, request_id.partner_request_id)
        assert (found.note, found.other_name) == (note, "")
        assert found.etag != request_id.etag
    one = engagement_service_pb2.GetEngagementRequest(engagement_id=engagement.engagement_id)
    assert (await circle.call(circle.engagements.GetEngagement, one, agent)).engagement.note == ""


async def test_who_has_nothing_open(circle: Circle):
    """The blocks of others that name somebody who is gone go too: there is nobody to keep away."""
    gone, other = await circle.person(), await circle.person()
    await circle.block(other, gone)
    await erase(circle.harness, gone)
    await until(circle, "SELECT 1 FROM partnership.blocks WHERE blocked_id = $1", gone.user_id)
    found = await circle.call(circle.partnerships.ListBlocks, partnership_service_pb2.ListBlocksRequest(), other)
    assert list(found.blocks) == []
