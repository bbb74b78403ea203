"""The services of a sale, and everybody who calls them, in a loop and a thread of their own."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Coroutine, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self, TypeVar

import asyncpg
import grpc

from doorstep.deal.v1 import (
    deal_service_pb2_grpc,
    document_service_pb2_grpc,
    offer_service_pb2_grpc,
    payment_service_pb2_grpc,
)
from doorstep.partnership.v1 import partner_request_service_pb2_grpc, partnership_service_pb2_grpc
from doorstep.visit.v1 import visit_service_pb2_grpc
from services import registry
from services.chassis.testing import Harness
from services.chassis.testing.errors import Refusal
from services.identity.permissions import PREDEFINED
from tests.fixtures.people import Someone, agent, someone
from tests.fixtures.servers import TestDatabase
from tests.property.conftest import Market
from tests.stateful.invariants import ALWAYS, IN_THE_END, STEPS

T = TypeVar("T")
SERVICES = ("identity", "property", "visit", "deal", "partnership", "messaging", "outreach")
SOON = 30.0
"""Seconds for what events and jobs do; far more than they take."""
PROPER = frozenset(
    {
        grpc.StatusCode.FAILED_PRECONDITION,
        grpc.StatusCode.ABORTED,
        grpc.StatusCode.ALREADY_EXISTS,
        grpc.StatusCode.NOT_FOUND,
        grpc.StatusCode.PERMISSION_DENIED,
        grpc.StatusCode.INVALID_ARGUMENT,
        grpc.StatusCode.RESOURCE_EXHAUSTED,
    }
)
"""What a refusal may say; anything else is a fault of ours."""

_STATE = " UNION ALL ".join(f"SELECT '{table}', id, state, version FROM {table}" for table in STEPS)


@dataclass(frozen=True)
class Company:
    """An organisation that sells two homes, and two people who look for one."""

    agent: Someone
    admin: Someone
    buyers: tuple[Someone, Someone]
    listings: tuple[str, str]


class _TakenBack(Exception):
    def __init__(self, found: dict[str, list[Any]]) -> None:
        super().__init__()
        self.found = found


class Loop:
    """A loop that always runs, so that what happens by itself goes on while hypothesis thinks."""

    def __init__(self) -> None:
        """Start the thread."""
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="world")
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Wait for something in it."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def close(self) -> None:
        """End the thread."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


class World:
    """What is served, and what can be asked of it."""

    def __init__(self, loop: Loop, harness: Harness, database: TestDatabase, stack: AsyncExitStack) -> None:
        """Use `World.open`."""
        self.harness = harness
        self._loop = loop
        self._database = database
        self._stack = stack
        self._sql: asyncpg.Connection | None = None
        self._market = Market(harness, database)
        self.visits = harness.stub(visit_service_pb2_grpc.VisitServiceStub)
        self.offers = harness.stub(offer_service_pb2_grpc.OfferServiceStub)
        self.deals = harness.stub(deal_service_pb2_grpc.DealServiceStub)
        self.documents = harness.stub(document_service_pb2_grpc.DocumentServiceStub)
        self.payments = harness.stub(payment_service_pb2_grpc.PaymentServiceStub)
        self.requests = harness.stub(partner_request_service_pb2_grpc.PartnerRequestServiceStub)
        self.partnerships = harness.stub(partnership_service_pb2_grpc.PartnershipServiceStub)

    @classmethod
    def open(cls, database: TestDatabase, redis_url: str, keys: Path) -> Self:
        """Serve everything."""
        loop = Loop()

        async def start() -> Self:
            stack = AsyncExitStack()
            builds = [registry.Builder(name) for name in SERVICES]
            harness = await stack.enter_async_context(
                Harness.open(builds, database_url=database.url, redis_url=redis_url, keys_dir=keys)
            )
            return cls(loop, harness, database, stack)

        try:
            return loop.run(start())
        except BaseException:
            loop.close()
            raise

    def close(self) -> None:
        """Stop everything."""
        try:
            self._loop.run(self._stack.aclose())
        finally:
            self._loop.close()

    def found_company(self) -> Company:
        """Found one with two homes on the market."""

        async def found() -> Company:
            buyers = (await someone(self.harness, "Bea Okafor"), await someone(self.harness, "Ben Osei"))
            ada = await agent(self.harness)
            noor = await someone(self.harness, "Noor Haddad")

            def member(user: Someone, role: str) -> Someone:
                token = self.harness.token(
                    user_id=user.user_id,
                    organization_id=ada.organization_id,
                    roles=[role],
                    permissions=PREDEFINED[role][1],
                )
                return Someone(user.user_id, token, ada.organization_id)

            seller = member(ada, "agent")
            listings = [await self._market.on_market(seller.token) for _ in range(2)]
            return Company(
                seller, member(noor, "admin"), buyers, (listings[0][1].listing_id, listings[1][1].listing_id)
            )

        return self._loop.run(found())

    def call(self, method: Any, request: Any, who: Someone) -> Any:
        """Call; a refusal is returned as such.

        Raises:
            AssertionError: the call ended as no refusal may.
        """

        async def call() -> Any:
            try:
                return await self.harness.call(method, request, who.token)
            except grpc.aio.AioRpcError as error:
                return Refusal.of(error)

        answer = self._loop.run(call())
        if isinstance(answer, Refusal):
            assert answer.code in PROPER, answer
            assert answer.reason, answer
        return answer

    def state(self) -> dict[str, dict[Any, tuple[str, int]]]:
        """State and version of all rows that have one, by table, all of one moment."""

        async def look() -> dict[str, dict[Any, tuple[str, int]]]:
            found: dict[str, dict[Any, tuple[str, int]]] = {table: {} for table in STEPS}
            async with self._look() as sql:
                for table, row, state, version in await sql.fetch(_STATE):
                    found[table][row] = (state, version)
            return found

        return self._loop.run(look())

    def broken(self, promises: Mapping[str, str]) -> dict[str, list[Any]]:
        """The promises that do not hold now, with the rows that break them."""

        async def ask() -> dict[str, list[Any]]:
            # All in one statement: a machine takes many steps.
            names = list(promises)
            looks = (f"SELECT {n} AS n WHERE EXISTS ({promises[name]})" for n, name in enumerate(names))
            async with self._look() as sql:
                found = [names[row["n"]] for row in await sql.fetch(" UNION ALL ".join(looks))]
                return {name: [tuple(row) for row in await sql.fetch(promises[name])] for name in found}

        return self._loop.run(ask())

    def broken_by(self, damage: str) -> dict[str, list[Any]]:
        """The promises that would not hold after a statement, which is taken back: whether a check can fail at all."""

        async def ask() -> dict[str, list[Any]]:
            sql = await asyncpg.connect(self._database.superuser_url)
            try:
                async with sql.transaction():
                    await sql.execute("SET LOCAL session_replication_role = 'replica'")  # past triggers and keys
                    await sql.execute(damage)
                    found = {name: await sql.fetch(statement) for name, statement in ALWAYS.items()}
                    raise _TakenBack({name: rows for name, rows in found.items() if rows})
            except _TakenBack as taken_back:
                return taken_back.found
            finally:
                await sql.close()

        return self._loop.run(ask())

    def until_settled(self, payment_id: str) -> None:
        """Wait until the provider has answered."""
        waiting = f"SELECT id FROM deal.payments WHERE id = '{payment_id}' AND state IN ('CREATED', 'REFUNDING')"
        end = time.monotonic() + SOON
        while self.broken({"it has answered": waiting}):
            assert time.monotonic() < end
            time.sleep(0.02)

    def assert_always(self) -> None:
        """Hold the tables against what must be true at every moment."""
        assert not self.broken(ALWAYS)

    def assert_in_the_end(self) -> None:
        """Wait for what must come true by itself."""
        end = time.monotonic() + SOON
        while broken := self.broken(IN_THE_END):
            assert time.monotonic() < end, broken
            time.sleep(0.05)

    @asynccontextmanager
    async def _look(self) -> AsyncIterator[asyncpg.Connection]:
        """One moment of the tables, past every policy: jobs and events go on meanwhile."""
        if self._sql is None:
            self._sql = await asyncpg.connect(self._database.superuser_url)
            self._stack.push_async_callback(self._sql.close)
        async with self._sql.transaction(isolation="repeatable_read", readonly=True):
            yield self._sql
