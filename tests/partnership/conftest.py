"""A served partnership service beside identity, and people who may ask one another."""

from collections.abc import AsyncIterator, Callable
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from doorstep.partnership.v1 import (
    agent_profile_service_pb2_grpc,
    engagement_pb2,
    engagement_service_pb2,
    engagement_service_pb2_grpc,
    partner_request_pb2,
    partner_request_service_pb2,
    partner_request_service_pb2_grpc,
    partnership_pb2,
    partnership_service_pb2,
    partnership_service_pb2_grpc,
)
from doorstep.visit.v1 import review_service_pb2, review_service_pb2_grpc
from services.chassis.actor import SYSTEM
from services.chassis.app import App, Resources
from services.chassis.testing import Harness
from services.identity.app import build as build_identity
from services.partnership.app import build
from tests.fixtures.people import Someone, agent, someone
from tests.fixtures.servers import TestDatabase


class Critics(review_service_pb2_grpc.ReviewServiceServicer):  # type: ignore[misc]
    """Answers ResolveAgentRatings over the real contract, with what it was given."""

    def __init__(self) -> None:
        self.ratings: dict[str, tuple[int, float]] = {}
        """Count and mean by agent."""

    async def ResolveAgentRatings(self, request: Any, context: Any) -> review_service_pb2.ResolveAgentRatingsResponse:
        found = [(agent_id, *self.ratings[agent_id]) for agent_id in request.agent_ids if agent_id in self.ratings]
        return review_service_pb2.ResolveAgentRatingsResponse(
            ratings=[
                review_service_pb2.AgentRating(agent_id=agent_id, review_count=count, average_rating=mean)
                for agent_id, count, mean in found
            ]
        )

    def build(self, _resources: Resources) -> App:
        return App("visit").add(review_service_pb2_grpc.add_ReviewServiceServicer_to_server, self)


class Circle:
    """The stubs of partnership, and shortcuts to get somewhere."""

    def __init__(self, harness: Harness, database: TestDatabase, critics: Critics) -> None:
        self.harness = harness
        self.database = database
        self.clock = harness.clock
        self.requests = harness.stub(partner_request_service_pb2_grpc.PartnerRequestServiceStub)
        self.partnerships = harness.stub(partnership_service_pb2_grpc.PartnershipServiceStub)
        self.engagements = harness.stub(engagement_service_pb2_grpc.EngagementServiceStub)
        self.profiles = harness.stub(agent_profile_service_pb2_grpc.AgentProfileServiceStub)
        self.critics = critics
        self.store = harness.resources.database("partnership")

    async def call(self, method: Any, request: Any, who: Someone, **headers: str) -> Any:
        return await self.harness.call(method, request, who.token, **headers)

    async def person(self) -> Someone:
        return await someone(self.harness)

    async def agent(self, role: str = "agent") -> Someone:
        return await agent(self.harness, role)

    async def ask(
        self, sender: Someone, recipient: Someone, note: str = "", **headers: str
    ) -> partner_request_service_pb2.CreatePartnerRequestResponse:
        request = partner_request_service_pb2.CreatePartnerRequestRequest(recipient_id=recipient.id, note=note)
        return await self.call(self.requests.CreatePartnerRequest, request, sender, **headers)

    async def answer(self, who: Someone, verb: str, partner_request_id: str, etag: str = "") -> Any:
        """Accept, Reject or Withdraw."""
        name = f"{verb}PartnerRequest"
        message = getattr(partner_request_service_pb2, f"{name}Request")
        request = message(partner_request_id=partner_request_id, etag=etag)
        return await self.call(getattr(self.requests, name), request, who)

    async def get(self, who: Someone, partner_request_id: str) -> partner_request_pb2.PartnerRequest:
        request = partner_request_service_pb2.GetPartnerRequestRequest(partner_request_id=partner_request_id)
        return (await self.call(self.requests.GetPartnerRequest, request, who)).partner_request

    async def partners(self) -> tuple[Someone, Someone, partnership_pb2.Partnership]:
        one, other = await self.person(), await self.person()
        asked = (await self.ask(one, other)).partner_request
        return one, other, (await self.answer(other, "Accept", asked.partner_request_id)).partnership

    async def end(self, who: Someone, partnership_id: str, etag: str = "") -> partnership_pb2.Partnership:
        request = partnership_service_pb2.EndPartnershipRequest(partnership_id=partnership_id, etag=etag)
        return (await self.call(self.partnerships.EndPartnership, request, who)).partnership

    async def block(self, who: Someone, other: Someone) -> partnership_pb2.Block:
        request = partnership_service_pb2.BlockUserRequest(user_id=other.id)
        return (await self.call(self.partnerships.BlockUser, request, who)).block

    async def unblock(self, who: Someone, other: Someone) -> None:
        request = partnership_service_pb2.UnblockUserRequest(user_id=other.id)
        await self.call(self.partnerships.UnblockUser, request, who)

    async def hire(self, client: Someone, agent: Someone, purpose: str = "BUYING") -> engagement_pb2.Engagement:
        request = engagement_service_pb2.RequestEngagementRequest(
            agent_id=agent.id,
            agent_organization_id=str(agent.organization_id),
            purpose=engagement_pb2.EngagementPurpose.Value(f"ENGAGEMENT_PURPOSE_{purpose}"),
        )
        return (await self.call(self.engagements.RequestEngagement, request, client)).engagement

    async def move(self, who: Someone, verb: str, engagement_id: str, etag: str = "") -> engagement_pb2.Engagement:
        """Accept, Decline, Withdraw or End."""
        message = getattr(engagement_service_pb2, f"{verb}EngagementRequest")
        request = message(engagement_id=engagement_id, etag=etag)
        return (await self.call(getattr(self.engagements, f"{verb}Engagement"), request, who)).engagement

    async def rows(self, statement: str, *values: Any) -> list[Any]:
        """What is really there, past every policy."""
        connection = await asyncpg.connect(self.database.superuser_url)
        try:
            return list(await connection.fetch(statement, *values))
        finally:
            await connection.close()

    async def events(self, *keys: str) -> list[str]:
        """Names of what was published about some keys, in order."""
        rows = await self.rows(
            "SELECT type FROM partnership.outbox WHERE key = ANY($1::text[]) ORDER BY id", list(keys)
        )
        return [row["type"].rpartition(".")[2] for row in rows]

    async def as_system(self, operation: Any, row_id: str) -> Any:
        """Run what a job runs."""
        async with self.store.transaction(SYSTEM) as tx:
            return await operation(tx, UUID(row_id), self.clock.now())


@pytest.fixture(scope="module")
async def served(
    clone_database: Callable[[], TestDatabase], clone_redis: Callable[[], str], tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Circle]:
    database = clone_database()
    critics = Critics()
    async with Harness.open(
        [build_identity, critics.build, build],
        database_url=database.url,
        redis_url=clone_redis(),
        keys_dir=tmp_path_factory.mktemp("keys"),
    ) as harness:
        yield Circle(harness, database, critics)


@pytest.fixture
async def circle(served: Circle) -> AsyncIterator[Circle]:
    """The served circle; the clock is put back after each test."""
    yield served
    served.clock.offset *= 0
