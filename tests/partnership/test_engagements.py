"""EngagementService: hiring an agent."""

import asyncio
from typing import Any

import grpc
import pytest

from doorstep.partnership.v1 import engagement_pb2, engagement_service_pb2
from services.chassis.errors import EtagMismatch
from services.chassis.ids import new_id
from services.chassis.testing import refused
from services.partnership import errors
from services.partnership.operations.engagement import EXPIRES_AFTER, expire_engagement
from tests.fixtures.people import Someone
from tests.partnership.conftest import Circle

STATES = engagement_pb2.EngagementState


async def listed(circle: Circle, who: Someone, **fields: Any) -> list[str]:
    request = engagement_service_pb2.ListEngagementsRequest(**fields)
    found = await circle.call(circle.engagements.ListEngagements, request, who)
    return [e.engagement_id for e in found.engagements]


class TestRequest:
    async def test_is_requested(self, circle: Circle):
        client, agent = await circle.person(), await circle.agent()
        made = await circle.hire(client, agent)
        assert (made.client_id, made.agent_id) == (client.id, agent.id)
        assert made.agent_organization_id == str(agent.organization_id)
        assert made.state == engagement_pb2.ENGAGEMENT_STATE_REQUESTED
        assert await circle.events(made.engagement_id) == ["EngagementRequested"]
        client_side, agent_side = engagement_pb2.ENGAGEMENT_SIDE_CLIENT, engagement_pb2.ENGAGEMENT_SIDE_AGENT
        assert await listed(circle, client, side=client_side) == [made.engagement_id]
        assert await listed(circle, client, side=agent_side) == []
        assert await listed(circle, agent, side=agent_side) == [made.engagement_id]
        assert await listed(circle, agent) == [made.engagement_id]

    async def test_only_agents_can_be_hired(self, circle: Circle):
        client, viewer = await circle.person(), await circle.agent("viewer")
        with refused(errors.NotAnAgent):
            await circle.hire(client, viewer)
        agent = await circle.agent()
        with refused(errors.NotAnAgent):
            await circle.hire(client, Someone(agent.user_id, "", new_id()))
        with refused(errors.UserNotFound):
            await circle.hire(client, Someone(new_id(), "", agent.organization_id))
        with refused(errors.SelfRequest):
            await circle.hire(agent, agent)

    async def test_one_for_each_purpose(self, circle: Circle):
        client, agent = await circle.person(), await circle.agent()
        made = await circle.hire(client, agent, "BUYING")
        with refused(errors.EngagementExists) as refusal:
            await circle.hire(client, agent, "BUYING")
        assert refusal.metadata == {"engagement_id": made.engagement_id}
        await circle.hire(client, agent, "SELLING")

    async def test_at_once(self, circle: Circle):
        client, agent = await circle.person(), await circle.agent()
        done = await asyncio.gather(*(circle.hire(client, agent) for _ in range(8)), return_exceptions=True)
        refusals = [found for found in done if isinstance(found, grpc.aio.AioRpcError)]
        assert len(done) - len(refusals) == 1
        assert {error.code() for error in refusals} == {grpc.StatusCode.ALREADY_EXISTS}


class TestVerbs:
    @pytest.mark.parametrize(
        ("verb", "by_agent", "state"),
        [("Accept", True, "ACTIVE"), ("Decline", True, "DECLINED"), ("Withdraw", False, "WITHDRAWN")],
    )
    async def test_answers(self, circle: Circle, verb: str, by_agent: bool, state: str):
        client, agent = await circle.person(), await circle.agent()
        made = await circle.hire(client, agent)
        with refused(errors.NotTheAgent if by_agent else errors.NotTheClient):
            await circle.move(client if by_agent else agent, verb, made.engagement_id)
        who = agent if by_agent else client
        with refused(EtagMismatch):
            await circle.move(who, verb, made.engagement_id, '"17"')
        moved = await circle.move(who, verb, made.engagement_id, made.etag)
        assert moved.state == STATES.Value(f"ENGAGEMENT_STATE_{state}")
        assert moved.HasField("response_time")
        with refused(errors.EngagementStateRefused) as refusal:
            await circle.move(who, verb, made.engagement_id)
        assert refusal.metadata["state"] == state

    async def test_either_ends_it(self, circle: Circle):
        for by_agent in (True, False):
            client, agent = await circle.person(), await circle.agent()
            made = await circle.hire(client, agent)
            with refused(errors.EngagementStateRefused):
                await circle.move(client, "End", made.engagement_id)
            await circle.move(agent, "Accept", made.engagement_id)
            ended = await circle.move(agent if by_agent else client, "End", made.engagement_id)
            assert ended.state == engagement_pb2.ENGAGEMENT_STATE_ENDED
            events = await circle.events(made.engagement_id)
            assert events == ["EngagementRequested", "EngagementAccepted", "EngagementEnded"]
            await circle.hire(client, agent)

    async def test_for_strangers_there_is_none(self, circle: Circle):
        client, agent, stranger = await circle.person(), await circle.agent(), await circle.person()
        made = await circle.hire(client, agent)
        for verb in ("Accept", "Decline", "Withdraw", "End"):
            with refused(errors.EngagementNotFound):
                await circle.move(stranger, verb, made.engagement_id)

    async def test_lapses(self, circle: Circle):
        client, agent = await circle.person(), await circle.agent()
        made = await circle.hire(client, agent)
        assert not await circle.as_system(expire_engagement, made.engagement_id)
        circle.clock.turn(EXPIRES_AFTER)
        with refused(errors.EngagementStateRefused) as refusal:
            await circle.move(agent, "Accept", made.engagement_id)
        assert refusal.metadata["state"] == "EXPIRED"
        assert await circle.as_system(expire_engagement, made.engagement_id)
        assert not await circle.as_system(expire_engagement, made.engagement_id)
        assert await circle.events(made.engagement_id) == ["EngagementRequested", "EngagementExpired"]
