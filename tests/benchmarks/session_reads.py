"""One session's samples, and the reports from rollups, out of ten million samples: as fast as out of one million."""

import random
import time
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import asyncpg
import grpc
import uvloop

from doorstep.telemetry.v1 import telemetry_query_service_pb2 as pb
from doorstep.telemetry.v1 import telemetry_query_service_pb2_grpc
from services.chassis.actor import Actor, CallerKind
from services.chassis.db.database import Database
from services.chassis.db.engine import Engine
from services.chassis.ids import new_id
from services.chassis.settings import Settings
from services.stack.postgres_access import APP, DATABASE, SUPERUSER
from services.telemetry.operations import query
from services.telemetry.repository.reports import ReportRepository
from services.telemetry.repository.samples import SampleRepository
from services.telemetry.validation import ColumnOf
from services.telemetry.wire import decode_gaze, decode_pose
from tests.benchmarks.homes import token_of
from tests.benchmarks.lab import Lab, laboratory
from tests.benchmarks.report import Goal, Result, percentile
from tests.benchmarks.search import Clock
from tests.benchmarks.visits import SAMPLES, SESSIONS_OF_PROPERTY, Visit, Visits
from tests.fixtures.worker import Process

FEW, MANY = 1_000_000, 10_000_000
ASKED = 300
"""Questions of a kind in each database, each about a session by chance."""
CALLS = 200

_BACKEND = "SELECT pg_backend_pid()"

Ask = Callable[[Database, Actor, Visit], Awaitable[Any]]


async def samples(database: Database, actor: Actor, visit: Visit) -> None:
    """Every sample of a session as columns."""
    count = 0
    async with database.fast_read(actor) as connection:
        repository = SampleRepository(connection)
        span = await repository.span(visit.session_id)
        for kind, decode in ((ColumnOf.POSE, decode_pose), (ColumnOf.GAZE, decode_gaze)):
            async for chunk in repository.chunks(span, kind):
                count += len(decode(chunk.data)[0])
    if count != SAMPLES:
        raise AssertionError(f"read {count} samples of {SAMPLES}")


async def dwell(database: Database, actor: Actor, visit: Visit) -> None:
    """The zones of a session."""
    async with database.fast_read(actor) as connection:
        if not await query.get_zone_dwell(ReportRepository(connection), visit.session_id):
            raise AssertionError("no dwell")


async def engagement(database: Database, actor: Actor, visit: Visit) -> None:
    """What the sessions of a property add up to."""
    async with database.fast_read(actor) as connection:
        found = await query.get_property_engagement(ReportRepository(connection), visit.property_id)
    if found.sessions.sessions != SESSIONS_OF_PROPERTY or not found.zones:
        raise AssertionError(f"{found.sessions.sessions} sessions")


ASKS: dict[str, Ask] = {"samples": samples, "dwell": dwell, "engagement": engagement}


@asynccontextmanager
async def opened(lab: Lab, url: str) -> Any:
    """A service's way to one of the databases, and the backend of its connection."""
    said = {name.removeprefix("DOORSTEP_").lower(): value for name, value in lab.environment.items()}
    settings = Settings(**{**said, "database_url": url, "database_pool_size": 1, "fast_pool_size": 1})  # type: ignore[arg-type]
    engine = await Engine.open(settings)
    try:
        yield Database(engine, "telemetry"), await engine.pool.fetchval(_BACKEND)
    finally:
        await engine.close()


async def in_database(lab: Lab, sizes: dict[str, tuple[str, list[Visit]]], organization: UUID) -> dict[str, Any]:
    """Ask both databases in turn; percentiles by question and size."""
    actor = Actor(CallerKind.USER, organization_id=organization, user_id=new_id())
    rng = random.Random(5)
    seen: dict[str, Any] = {name: {} for name in ASKS}
    async with opened(lab, sizes["few"][0]) as few, opened(lab, sizes["many"][0]) as many:
        ways = {"few": few, "many": many}
        for name, ask in ASKS.items():
            for number in (ASKED // 3, ASKED):  # the first round warms
                for size, (database, backend) in ways.items():
                    visits = sizes[size][1]
                    clock = Clock(backend, asking=True)
                    seen[name][size] = await clock(
                        number, lambda a=ask, d=database, v=visits: a(d, actor, rng.choice(v))
                    )
    return seen


CALLED: dict[str, Callable[[Visit], Any]] = {
    "GetSessionPath": lambda visit: pb.GetSessionPathRequest(session_id=str(visit.session_id)),
    "GetGazeHeatmap": lambda visit: pb.GetGazeHeatmapRequest(session_id=str(visit.session_id)),
    "GetZoneDwell": lambda visit: pb.GetZoneDwellRequest(session_id=str(visit.session_id)),
    "GetPropertyEngagement": lambda visit: pb.GetPropertyEngagementRequest(property_id=str(visit.property_id)),
}


async def end_to_end(port: int, token: str, visits: list[Visit]) -> dict[str, dict[str, float]]:
    """Milliseconds of RPCs, one after the other."""
    seen: dict[str, dict[str, float]] = {}
    rng, metadata = random.Random(6), (("authorization", f"Bearer {token}"),)
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        stub = telemetry_query_service_pb2_grpc.TelemetryQueryServiceStub(channel)
        for name, make in CALLED.items():
            method, times = getattr(stub, name), []
            for _ in range(CALLS + CALLS // 4):
                begun = time.perf_counter()
                await method(make(rng.choice(visits)), metadata=metadata)
                times.append((time.perf_counter() - begun) * 1e3)
            del times[: CALLS // 4]  # warming
            seen[name] = {f"p{n}": percentile(times, n) for n in (50, 95, 99)}
    return seen


async def fill(lab: Lab) -> tuple[Visits, list[Visit], float]:
    """Write the first million, copy the database, write the rest; returns the seconds that took as well."""
    begun = time.monotonic()
    connection = await asyncpg.connect(lab.postgres.url(SUPERUSER), timeout=10)
    visits = Visits(connection)
    await visits.prepare()
    await visits.write(FEW)
    await connection.close()
    lab.postgres.create_database("few", template=DATABASE)
    few = list(visits.written)
    visits.connection = connection = await asyncpg.connect(lab.postgres.url(SUPERUSER), timeout=10)
    await visits.write(MANY)
    await connection.close()
    return visits, few, time.monotonic() - begun


def measure() -> Result:
    """Fill, ask the databases, call the service."""
    with laboratory() as lab:
        visits, few, seconds = uvloop.run(fill(lab))
        urls = {"few": lab.postgres.url(APP, "few"), "many": lab.postgres.url(APP)}
        sizes = {"few": (urls["few"], few), "many": (urls["many"], visits.written)}
        seen = uvloop.run(in_database(lab, sizes, visits.organization_id))
        token = token_of(lab, organization_id=visits.organization_id, permissions=["session.read"])
        served = ("services.telemetry.app:build", "tests.benchmarks.unary:build")
        with Process("tests.fixtures.serve", *served, environment=lab.environment) as server:
            called = uvloop.run(end_to_end(server.port, token, visits.written))
    bounds = (
        ("samples", "a session's 10,000 samples", 2.0),
        ("dwell", "dwell report", 5.0),
        ("engagement", "engagement report", 5.0),
    )
    goals = [
        Goal(f"{what} p95", seen[name]["many"]["p95"], bound, False, "fixed bound", "ms")
        for name, what, bound in bounds
    ]
    for name, sides in seen.items():
        growth = sides["many"]["p50"] / sides["few"]["p50"]
        goals.append(Goal(f"{name} p50 out of 10 M", growth, 1.2, False, "out of 1 M"))
    figures = {
        "samples": [FEW, MANY], "samples_of_session": SAMPLES, "fill_seconds": seconds, "milliseconds": seen,
        "end_to_end_ms": called,
    }  # fmt: skip
    note = "In the database and decoded: processor time of both processes together; wall_p: by the clock on the wall."
    return Result("session_reads", goals, figures, note)
