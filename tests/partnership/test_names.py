"""What the other side is called: asked of identity with every read, and left out where identity is away."""

from typing import Any

import pytest

from doorstep.partnership.v1 import engagement_service_pb2, partner_request_service_pb2, partnership_service_pb2
from services.chassis.testing import Harness
from services.partnership.app import build
from tests.fixtures.people import erase, someone
from tests.partnership.conftest import Circle


async def listed(circle: Circle, which: str, who: Any) -> Any:
    name = f"List{which}PartnerRequests"
    request = getattr(partner_request_service_pb2, f"{name}Request")()
    return (await circle.call(getattr(circle.requests, name), request, who)).partner_requests


async def test_each_side_sees_the_other(circle: Circle):
    ana, ben = await someone(circle.harness, "Ana Costa"), await someone(circle.harness, "Ben Okoro")
    request_id = (await circle.ask(ana, ben)).partner_request.partner_request_id
    assert (await circle.get(ana, request_id)).other_name == "Ben Okoro"
    assert (await circle.get(ben, request_id)).other_name == "Ana Costa"
    assert [r.other_name for r in await listed(circle, "Sent", ana)] == ["Ben Okoro"]
    assert [r.other_name for r in await listed(circle, "Received", ben)] == ["Ana Costa"]
    partnership = (await circle.answer(ben, "Accept", request_id)).partnership
    assert not partnership.HasField("other_name")  # changes do not ask
    for who, name in ((ana, "Ben Okoro"), (ben, "Ana Costa")):
        one = partnership_service_pb2.GetPartnershipRequest(partnership_id=partnership.partnership_id)
        assert (await circle.call(circle.partnerships.GetPartnership, one, who)).partnership.other_name == name
        several = partnership_service_pb2.ListPartnershipsRequest()
        found = await circle.call(circle.partnerships.ListPartnerships, several, who)
        assert [p.other_name for p in found.partnerships] == [name]
    await circle.block(ana, ben)
    blocks = await circle.call(circle.partnerships.ListBlocks, partnership_service_pb2.ListBlocksRequest(), ana)
    assert [b.other_name for b in blocks.blocks] == ["Ben Okoro"]


async def test_client_and_agent(circle: Circle):
    client, agent = await someone(circle.harness, "Ben Okoro"), await circle.agent()
    made = await circle.hire(client, agent)
    for who, name in ((client, "Ada Moreau"), (agent, "Ben Okoro")):
        one = engagement_service_pb2.GetEngagementRequest(engagement_id=made.engagement_id)
        assert (await circle.call(circle.engagements.GetEngagement, one, who)).engagement.other_name == name
        several = engagement_service_pb2.ListEngagementsRequest()
        found = await circle.call(circle.engagements.ListEngagements, several, who)
        assert [e.other_name for e in found.engagements] == [name]


async def test_a_page_is_one_question(circle: Circle, monkeypatch: pytest.MonkeyPatch):
    me = await circle.person()
    for n in range(5):
        await circle.ask(await someone(circle.harness, f"Person {n}"), me)
    peers, asked = circle.harness.resources.peers, []
    call = peers.call

    async def counting(service: str, *arguments: Any, **options: Any) -> Any:
        asked.append(service)
        return await call(service, *arguments, **options)

    monkeypatch.setattr(peers, "call", counting)
    found = await listed(circle, "Received", me)
    assert [r.other_name for r in found] == [f"Person {n}" for n in (4, 3, 2, 1, 0)]
    assert asked == ["identity"]


async def test_who_is_gone_has_an_empty_name(circle: Circle):
    one, other = await circle.person(), await circle.person()
    request_id = (await circle.ask(one, other)).partner_request.partner_request_id
    await circle.answer(other, "Reject", request_id)
    await erase(circle.harness, other)
    found = await circle.get(one, request_id)
    assert found.HasField("other_name")
    assert found.other_name == ""


async def test_without_identity_answers_have_no_names(circle: Circle):
    """Everything else is there, and it is plain that the name is not known rather than empty."""
    one, other = await circle.person(), await circle.person()
    made = (await circle.ask(one, other)).partner_request
    settings = circle.harness.settings
    async with Harness.open(
        [build],
        database_url=circle.database.url,
        redis_url=settings.redis_url.get_secret_value(),
        keys_dir=settings.keys_dir,
        peers={"identity": "127.0.0.1:9"},
    ) as alone:
        lonely = Circle(alone, circle.database, circle.critics)
        found = await lonely.get(one, made.partner_request_id)
        assert found == made
        assert not found.HasField("other_name")
        assert [r.partner_request_id for r in await listed(lonely, "Received", other)] == [made.partner_request_id]
