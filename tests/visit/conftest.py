"""A served visit service with the services that it asks, an agent with a home on the market, and buyers."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import grpc
import pytest

from doorstep.visit.v1 import (
    availability_service_pb2_grpc,
    visit_events_pb2,
    visit_pb2,
    visit_service_pb2_grpc,
)
from doorstep.visit.v1 import visit_service_pb2 as pb
from services.chassis.ids import new_id
from services.chassis.testing import Harness
from services.chassis.testing.errors import Refusal
from services.identity.app import build as build_identity
from services.identity.permissions import PREDEFINED
from services.property.app import build as build_property
from services.visit.app import build
from tests.fixtures.servers import TestDatabase
from tests.property.conftest import Market

HALF_HOUR = timedelta(minutes=30)
HOME = (47.6062, -122.3321)
"""Where homes of these tests stand, as `tests.property.conftest.a_property` has it."""


@dataclass(frozen=True)
class Somebody:
    """Who can call."""

    user_id: UUID
    token: str
    organization_id: UUID | None = None


@dataclass(frozen=True)
class Home:
    """A home on the market, and who shows it."""

    listing_id: str
    property_id: str
    agent: Somebody


class Diary:
    """The stubs of visit, and shortcuts to get somewhere."""

    def __init__(self, harness: Harness, database: TestDatabase) -> None:
        self.harness = harness
        self.database = database
        self.market = Market(harness, database)
        self.visits = harness.stub(visit_service_pb2_grpc.VisitServiceStub)
        self.availability = harness.stub(availability_service_pb2_grpc.AvailabilityServiceStub)

    def member(self, role: str, organization_id: UUID | None = None, user_id: UUID | None = None) -> Somebody:
        """Somebody of an organisation, of a new one unless told otherwise."""
        organization_id, user_id = organization_id or new_id(), user_id or new_id()
        token = self.harness.token(
            organization_id=organization_id, user_id=user_id, roles=[role], permissions=PREDEFINED[role][1]
        )
        return Somebody(user_id, token, organization_id)

    def buyer(self) -> Somebody:
        """Somebody who acts for no organisation."""
        user_id = new_id()
        return Somebody(user_id, self.harness.token(user_id=user_id, roles=["buyer"]))

    async def home(self, agent: Somebody | None = None) -> Home:
        """A home on the market."""
        agent = agent or self.member("agent")
        made, listing = await self.market.on_market(agent.token)
        return Home(listing.listing_id, made.property_id, agent)

    def at(self, **ahead: float) -> datetime:
        """A whole minute of the server's time so much ahead."""
        return (self.harness.clock.now() + timedelta(**ahead)).replace(second=0, microsecond=0)

    @contextmanager
    def later(self, until: datetime) -> Iterator[None]:
        """Let the server's clock show a moment."""
        before = self.harness.clock.offset
        self.harness.clock.offset = until - datetime.now(UTC)
        try:
            yield
        finally:
            self.harness.clock.offset = before

    async def call(self, method: Any, request: Any, who: Somebody | None = None, **headers: str) -> Any:
        return await self.harness.call(method, request, who.token if who else None, **headers)

    async def request(
        self, home: Home, buyer: Somebody, start: datetime, *, lasts: timedelta = HALF_HOUR, **fields: Any
    ) -> visit_pb2.Visit:
        request = pb.RequestVisitRequest(listing_id=home.listing_id, **fields)
        request.start_time.FromDatetime(start)
        request.end_time.FromDatetime(start + lasts)
        return (await self.call(self.visits.RequestVisit, request, buyer)).visit

    async def move(self, rpc: str, who: Somebody, visit: visit_pb2.Visit, **fields: Any) -> visit_pb2.Visit:
        """Call any verb; `start` gives it half an hour."""
        start, lasts = fields.pop("start", None), fields.pop("lasts", HALF_HOUR)
        request = getattr(pb, f"{rpc}Request")(visit_id=visit.visit_id, **fields)
        if start is not None:
            request.start_time.FromDatetime(start)
            request.end_time.FromDatetime(start + lasts)
        return (await self.call(getattr(self.visits, rpc), request, who)).visit

    async def get(self, who: Somebody, visit: visit_pb2.Visit) -> visit_pb2.Visit:
        return (await self.call(self.visits.GetVisit, pb.GetVisitRequest(visit_id=visit.visit_id), who)).visit

    async def history(self, who: Somebody, visit: visit_pb2.Visit) -> list[visit_pb2.VisitChange]:
        request = pb.ListVisitHistoryRequest(visit_id=visit.visit_id, page_size=100)
        return list((await self.call(self.visits.ListVisitHistory, request, who)).changes)

    async def code(self, buyer: Somebody, visit: visit_pb2.Visit) -> str:
        request = pb.IssueVisitCodeRequest(visit_id=visit.visit_id)
        return str((await self.call(self.visits.IssueVisitCode, request, buyer)).code)

    async def sql(self, statement: str, *arguments: Any) -> list[Any]:
        """Look at what is really there."""
        connection = await asyncpg.connect(self.database.superuser_url)
        try:
            return list(await connection.fetch(statement, *arguments))
        finally:
            await connection.close()

    async def told(self, visit: visit_pb2.Visit) -> list[Any]:
        """What was published of a visit, oldest first."""
        rows = await self.sql("SELECT type, payload FROM visit.outbox WHERE key = $1 ORDER BY id", visit.visit_id)
        return [getattr(visit_events_pb2, row["type"].rpartition(".")[2]).FromString(row["payload"]) for row in rows]

    async def waiting_jobs(self, visit: visit_pb2.Visit) -> set[str]:
        """Keys of the jobs that wait for a visit, without its id."""
        rows = await self.sql("SELECT dedupe_key FROM jobs.pgqueuer WHERE dedupe_key LIKE $1", f"%{visit.visit_id}%")
        return {f"{row[0].split('/')[0]} {row[0].partition(visit.visit_id + '/')[2]}" for row in rows}


class PatientDiary(Diary):
    """Calls as a client does whose server is too busy to answer in time: again by the same key, which does it once."""

    async def call(self, method: Any, request: Any, who: Somebody | None = None, **headers: str) -> Any:
        headers = {"idempotency_key": str(new_id()), **headers}
        while True:
            try:
                return await super().call(method, request, who, **headers)
            except grpc.aio.AioRpcError as error:
                if error.code() in (grpc.StatusCode.DEADLINE_EXCEEDED, grpc.StatusCode.UNAVAILABLE):
                    continue
                if Refusal.of(error).reason != "IDEMPOTENCY_IN_PROGRESS":
                    raise
            await asyncio.sleep(0.05)


@pytest.fixture(scope="module")
async def diary(
    clone_database: Callable[[], TestDatabase], clone_redis: Callable[[], str], tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Diary]:
    database = clone_database()
    async with Harness.open(
        [build_identity, build_property, build],
        database_url=database.url,
        redis_url=clone_redis(),
        keys_dir=tmp_path_factory.mktemp("keys"),
    ) as harness:
        yield Diary(harness, database)


@pytest.fixture
async def home(diary: Diary) -> Home:
    return await diary.home()


@pytest.fixture
def buyer(diary: Diary) -> Somebody:
    return diary.buyer()


@pytest.fixture
def patient(diary: Diary) -> PatientDiary:
    return PatientDiary(diary.harness, diary.database)
