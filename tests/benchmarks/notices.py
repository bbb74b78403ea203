"""From an event in another service's outbox to the entry in the streamed inbox of whom it concerns.

On the way lie the relay, Redis, the inbox row with the job, the job, a call to identity, the entry with its own event,
the relay again, and the stream; the mail that goes with each entry is sent to the mailbox meanwhile. The ceilings, in
the same run: what the commits on that way cost a bare connection one after another, and how many entries a second a
bare connection writes, a transaction each.
"""

import asyncio
import statistics
import time
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import asyncpg
import grpc
import uvloop

from doorstep.outreach.v1 import notification_service_pb2 as pb
from doorstep.outreach.v1 import notification_service_pb2_grpc
from doorstep.partnership.v1.partnership_events_pb2 import PartnerRequestCreated
from services.chassis.ids import new_id
from services.stack.postgres_access import SUPERUSER
from tests.benchmarks.homes import token_of
from tests.benchmarks.lab import Lab, laboratory
from tests.benchmarks.report import Goal, Result, percentile
from tests.fixtures.worker import Process

READERS = 50
RATE, SECONDS = 10, 5
BURST = 500
COMMITS = 6
"""On the way: the event, its number, inbox row and job, the job taken, the entry and its event, its number."""
ROUNDS = 3
SERVED = ("outreach", "tests.benchmarks.rivals.registrar:identity", "tests.benchmarks.rivals.registrar:partnership")
EVENT = (
    "WITH written AS (INSERT INTO partnership.outbox (event_id, type, key, payload, headers) "
    "VALUES ($1, 'doorstep.partnership.v1.PartnerRequestCreated', $2, $3, '{}')) "
    "SELECT pg_notify('doorstep_outbox', 'partnership')"
)
ENTRY = (
    "WITH told AS (INSERT INTO outreach.told VALUES ($1, $2, $2)) INSERT INTO outreach.notifications "
    "(user_id, id, type, title, body, language_code, resource_type, resource_id, gather_key, sequence) "
    "VALUES ($1, $2, 'PARTNER_REQUEST_RECEIVED', 'New Partner Request', 'You have a new partner request from Ada.', "
    "'en', 'partner_request', '', '', $3)"
)


@dataclass
class Readers:
    """Inboxes that are watched, and when what came."""

    ids: list[UUID]
    arrived: dict[str, int] = field(default_factory=dict)
    """Nanoseconds by the request that an entry is about."""
    twice: int = 0
    beginning: int = 0

    async def watch(self, channel: grpc.aio.Channel, token: str) -> None:
        stub = notification_service_pb2_grpc.NotificationServiceStub(channel)
        call = stub.WatchNotifications(pb.WatchNotificationsRequest(), metadata=(("authorization", f"Bearer {token}"),))
        self.beginning += 1
        async for step in call:
            if step.WhichOneof("step") == "notification":
                self.twice += step.notification.resource_id in self.arrived
                self.arrived[step.notification.resource_id] = time.perf_counter_ns()
            else:
                self.beginning -= step.sequence == 0

    async def wait_for(self, count: int) -> None:
        async with asyncio.timeout(120):
            while len(self.arrived) < count:  # noqa: ASYNC110 - it comes true elsewhere
                await asyncio.sleep(0.01)


async def play(lab: Lab, server: Process) -> dict[str, Any]:
    """A steady trickle, then a burst."""
    readers = Readers([new_id() for _ in range(READERS)])
    connection = await asyncpg.connect(lab.postgres.url(SUPERUSER))
    channel = grpc.aio.insecure_channel(f"127.0.0.1:{server.port}")
    watching = [asyncio.create_task(readers.watch(channel, token_of(lab, user_id=r))) for r in readers.ids]
    await asyncio.sleep(0)
    async with asyncio.timeout(60):
        while readers.beginning:  # noqa: ASYNC110 - it comes true elsewhere
            await asyncio.sleep(0.01)
    due: dict[str, int] = {}

    async def tell(number: int) -> None:
        request_id = str(new_id())
        event = PartnerRequestCreated(
            partner_request_id=request_id,
            sender_id=str(readers.ids[0]),
            recipient_id=str(readers.ids[number % READERS]),
        )
        due[request_id] = time.perf_counter_ns()
        await connection.execute(EVENT, new_id(), request_id, event.SerializeToString())

    begun = time.perf_counter()
    for number in range(RATE * SECONDS):
        await asyncio.sleep(max(0.0, begun + number / RATE - time.perf_counter()))
        await tell(number)
    await readers.wait_for(len(due))
    times = [(readers.arrived[request_id] - at) / 1e6 for request_id, at in due.items()]
    used, burst = server.cpu(), time.perf_counter()
    async with connection.transaction():
        for number in range(BURST):
            await tell(number)
    await readers.wait_for(len(due))
    burst = time.perf_counter() - burst
    used = server.cpu() - used
    for task in watching:
        task.cancel()
    await asyncio.gather(*watching, return_exceptions=True)
    await channel.close()
    await connection.close()
    return {
        "p50_ms": percentile(times, 50),
        "p99_ms": percentile(times, 99),
        "notices_per_second": BURST / burst,
        "cpu_us_per_notice": used / BURST * 1e6,
        "lost": len(due) - len(readers.arrived),
        "twice": readers.twice,
    }


async def play_bare(lab: Lab) -> dict[str, float]:
    """The commits alone, and the entries alone."""
    connection = await asyncpg.connect(lab.postgres.url(SUPERUSER))
    reader, ways = new_id(), []
    sequence = 0
    for _ in range(100):
        begun = time.perf_counter()
        for _ in range(COMMITS):
            sequence += 1
            await connection.execute(ENTRY, reader, new_id(), sequence)
        ways.append((time.perf_counter() - begun) * 1e3)
    begun = time.perf_counter()
    for _ in range(BURST):
        sequence += 1
        await connection.execute(ENTRY, reader, new_id(), sequence)
    taken = time.perf_counter() - begun
    await connection.close()
    return {"p50_ms": percentile(ways, 50), "entries_per_second": BURST / taken}


def measure() -> Result:
    """Both in turn, several times."""
    runs: list[dict[str, Any]] = []
    bare: list[dict[str, float]] = []
    with laboratory() as lab, Process("tests.fixtures.serve", *SERVED, environment=lab.environment) as server:
        for _ in range(ROUNDS):
            runs.append(uvloop.run(play(lab, server)))
            bare.append(uvloop.run(play_bare(lab)))

    def median(of: list[Any], figure: str) -> float:
        return statistics.median(run[figure] for run in of)

    commits = f"{COMMITS} commits one after another"
    goals = [
        Goal("p50 from event to stream", median(runs, "p50_ms") / median(bare, "p50_ms"), 10.0, False, commits),
        Goal(
            "notices a second in a burst",
            median(runs, "notices_per_second") / median(bare, "entries_per_second"),
            0.05,
            True,
            "entries written by a bare connection",
        ),
        Goal("lost", sum(run["lost"] for run in runs), 0, False, "none", "of all runs"),
        Goal("told twice", sum(run["twice"] for run in runs), 0, False, "none", "of all runs"),
    ]
    note = (
        f"{READERS} inboxes; {RATE} events a second, then {BURST} at once. One process does all: relay, consumer, "
        "jobs, mails into the mailbox, streams."
    )
    return Result("notices", goals, {"suite": runs, "ceiling": bare}, note)
