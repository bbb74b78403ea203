"""Bookings of visits, each at a time of its own and many for the same one, against the bare SQL of the same rows.

The ceiling writes what a real booking has written (visit, history, event, job) under other ids and times, in one
transaction through asyncpg, on as many connections as the service has.
"""

import asyncio
import itertools
import os
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import uvloop

from doorstep.visit.v1 import visit_service_pb2 as pb
from services.chassis.ids import new_id
from services.stack.postgres_access import APP, SUPERUSER
from tests.benchmarks.client import Seen, grpc_call, load
from tests.benchmarks.homes import Home, offer_home, token_of
from tests.benchmarks.lab import Lab, laboratory
from tests.benchmarks.report import Goal, Result, alternate, percentile
from tests.benchmarks.unary import served
from tests.fixtures.worker import Process

SECONDS = float(os.environ.get("DOORSTEP_BENCH_SECONDS", "3"))
IN_FLIGHT = 32
SHARERS = 32
"""Bookers of one slot, where slots are contended."""
CONNECTIONS = 8
"""As many as a service has (`database_pool_size`)."""
LASTS = timedelta(minutes=10)
BARE = "bare SQL of the same rows"
REQUEST_VISIT = "/doorstep.visit.v1.VisitService/RequestVisit"
TABLES = {
    "visits": "visit.visits",
    "visit_changes": "visit.visit_changes",
    "outbox": "visit.outbox",
    "jobs": "jobs.pgqueuer",
}
MADE_BY_DATABASE = {"outbox": {"id", "position", "relay_time"}, "jobs": {"id"}}


@dataclass
class Bookings(Seen):
    """Answers with a visit in them, and refusals, which are trailers alone."""

    granted: int = 0
    cpu: float = 0.0
    """Processor seconds that the answers cost."""

    @contextmanager
    def spending(self, *meters: Callable[[], float]) -> Iterator[None]:
        """Read the processor seconds of each process before and after."""
        before = sum(meter() for meter in meters)
        yield
        self.cpu = sum(meter() for meter in meters) - before

    def took(self, begun: float, size: int) -> None:
        """Count any answer; a stream that was reset is none."""
        if size < 0:
            self.failed += 1
            return
        self.answered += 1
        self.granted += size > 0
        self.milliseconds.append((time.perf_counter() - begun) * 1e3)


class Times:
    """Ten minutes after ten minutes, each for so many bookers."""

    def __init__(self, sharers: int, first_day: int) -> None:
        self._numbers = itertools.chain.from_iterable(itertools.repeat(n, sharers) for n in itertools.count())
        self._first = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=first_day)

    def __iter__(self) -> Iterator[datetime]:
        return (self._first + LASTS * n for n in self._numbers)


class Service:
    """Requests to the service; buyers of one slot are the same one, who has to be nobody else's."""

    def __init__(self, lab: Lab, server: Process, home: Home, *, sharers: int, first_day: int) -> None:
        moments = iter(Times(sharers, first_day))
        request = pb.RequestVisitRequest(listing_id=home.listing_id, time_zone="UTC")

        def message() -> bytes:
            start = next(moments)
            request.start_time.FromDatetime(start)
            request.end_time.FromDatetime(start + LASTS)
            return request.SerializeToString()

        buyer = token_of(lab, user_id=new_id(), roles=["buyer"])
        self._meters = (server.cpu, lab.postgres_cpu)
        self._target = grpc_call(server.port, REQUEST_VISIT, message, (("authorization", f"Bearer {buyer}"),))
        self.seen: list[Bookings] = []

    def __call__(self) -> float:
        """Answers a second."""
        seen = Bookings()
        with seen.spending(*self._meters):
            load(self._target, in_flight=IN_FLIGHT, seconds=SECONDS, seen=seen)
        if seen.failed or not seen.granted:
            raise RuntimeError(f"{seen.failed} calls failed, {seen.granted} visits were granted")
        self.seen.append(seen)
        return seen.rate


class Bare:
    """The rows of one booking, written again and again by SQL alone."""

    def __init__(self, lab: Lab, rows: dict[str, dict[str, Any]], *, sharers: int, first_day: int) -> None:
        self._url = lab.postgres.url(APP)
        self._meters = (time.process_time, lab.postgres_cpu)
        self._rows = rows
        self._moments = iter(Times(sharers, first_day))
        self._conflicts = {"visits": "ON CONFLICT DO NOTHING RETURNING id"}
        self.seen: list[Bookings] = []

    def __call__(self) -> float:
        """Transactions a second."""
        seen = Bookings()
        with seen.spending(*self._meters):
            uvloop.run(self._run(seen))
        self.seen.append(seen)
        return seen.rate

    async def _run(self, seen: Bookings) -> None:
        async def plain(_connection: Any) -> None:
            """What a transaction sets ends with it."""

        async with asyncpg.create_pool(self._url, min_size=CONNECTIONS, max_size=CONNECTIONS, reset=plain) as pool:
            begun = time.perf_counter()
            end = begun + SECONDS
            await asyncio.gather(*(self._caller(pool, end, seen) for _ in range(IN_FLIGHT)))
            seen.seconds = time.perf_counter() - begun

    async def _caller(self, pool: Any, end: float, seen: Bookings) -> None:
        while time.perf_counter() < end:
            moment, called = next(self._moments), time.perf_counter()
            async with pool.acquire() as connection:
                seen.took(called, int(await self._book(connection, moment)))

    async def _book(self, connection: Any, start: datetime) -> bool:
        visit = self._rows["visits"]
        until, visit_id = start + LASTS, new_id()
        times = {"start_time": start, "end_time": until, "busy_start_time": start, "busy_end_time": until}
        organization = f"set_config('doorstep.organization_id', '{visit['organization_id']}', true)"
        await connection.execute(f"BEGIN; SELECT {organization}")
        try:
            granted = await self._write(connection, "visits", {"id": visit_id, **times})
            if granted is None:
                return False
            change = {"visit_id": visit_id, "id": new_id(), "start_time": start, "end_time": until}
            await self._write(connection, "visit_changes", change)
            await self._write(connection, "outbox", {"event_id": new_id(), "key": str(visit_id)})
            await self._write(connection, "jobs", {"dedupe_key": f"visit.expire/{visit_id}"})
            return True
        finally:
            await connection.execute("COMMIT")

    async def _write(self, connection: Any, table: str, values: dict[str, Any]) -> Any:
        row = {name: value for name, value in self._rows[table].items() if name not in MADE_BY_DATABASE.get(table, ())}
        row |= values
        places = ", ".join(f"${n}" for n in range(1, len(row) + 1))
        statement = f"INSERT INTO {TABLES[table]} ({', '.join(row)}) VALUES ({places}) {self._conflicts.get(table, '')}"
        return await connection.fetchval(statement, *row.values())


async def rows_of_a_booking(lab: Lab) -> dict[str, dict[str, Any]]:
    """What the service has written for the first visit that it granted."""
    connection = await asyncpg.connect(lab.postgres.url(SUPERUSER))
    try:
        found = {}
        for name, table in TABLES.items():
            order = {"visits": "create_time, id", "visit_changes": "create_time, id"}.get(name, "id")
            where = "WHERE entrypoint = 'visit.expire'" if name == "jobs" else ""
            found[name] = dict(await connection.fetchrow(f"SELECT * FROM {table} {where} ORDER BY {order} LIMIT 1"))
        return found
    finally:
        await connection.close()


async def booked_twice(lab: Lab) -> int:
    """Slots that more than one visit of an agent has."""
    connection = await asyncpg.connect(lab.postgres.url(SUPERUSER))
    try:
        return int(
            await connection.fetchval(
                "SELECT count(*) FROM (SELECT 1 FROM visit.visits WHERE state = 'PENDING' "
                "GROUP BY agent_id, start_time HAVING count(*) > 1) AS twice"
            )
        )
    finally:
        await connection.close()


def cpu_of(side: Service | Bare) -> float:
    """Processor microseconds of an answer, the median of the rounds."""
    return statistics.median(seen.cpu / seen.answered for seen in side.seen) * 1e6


def figures(sides: dict[str, Any]) -> dict[str, Any]:
    """Rates and times over all rounds."""
    found = {}
    for name, side in sides.items():
        times = [one for seen in side.seen for one in seen.milliseconds]
        found[name] = {
            "answers_per_second": [round(seen.rate) for seen in side.seen],
            "visits_per_second": [round(seen.granted / seen.seconds) for seen in side.seen],
            "cpu_us_per_answer": cpu_of(side),
            "p50_ms": percentile(times, 50),
            "p99_ms": percentile(times, 99),
        }
    return found


def measure() -> Result:
    """Alternate the four."""
    with (
        laboratory() as lab,
        served(
            lab, "services.property.app:build", "services.visit.app:build", "tests.benchmarks.unary:build"
        ) as server,
    ):
        homes = [asyncio.run(offer_home(lab, server.port)) for _ in range(2)]
        warm = Service(lab, server, homes[0], sharers=1, first_day=300)
        warm()
        rows = asyncio.run(rows_of_a_booking(lab))

        def bare(sharers: int, first_day: int) -> Bare:
            people = {name: new_id() for name in ("agent_id", "property_id", "buyer_id")}
            return Bare(lab, {**rows, "visits": rows["visits"] | people}, sharers=sharers, first_day=first_day)

        sides: dict[str, Any] = {
            "apart": Service(lab, server, homes[0], sharers=1, first_day=2),
            "bare_apart": bare(1, 2),
            "contended": Service(lab, server, homes[1], sharers=SHARERS, first_day=302),
            "bare_contended": bare(SHARERS, 2),
        }
        rates = alternate(sides)
        if asyncio.run(booked_twice(lab)):
            raise RuntimeError("somebody was booked twice")
    seen = figures(sides)
    cpu, p99 = ({name: one[of] for name, one in seen.items()} for of in ("cpu_us_per_answer", "p99_ms"))
    return Result(
        "bookings",
        [
            Goal("bookings, each at its own time", rates["apart"] / rates["bare_apart"], 0.25, True, BARE),
            Goal("CPU of these", cpu["apart"] / cpu["bare_apart"], 5, False, BARE),
            Goal("p99 of these", p99["apart"] / p99["bare_apart"], 4, False, BARE),
            Goal("answers, 32 to a slot", rates["contended"] / rates["apart"], 0.8, True, "each at its own time"),
            Goal("p99 of these", p99["contended"] / p99["apart"], 2, False, "each at its own time"),
            Goal("answers, 32 to a slot", rates["contended"] / rates["bare_contended"], 0.06, True, f"{BARE}: no call"),
        ],
        {**seen, "in_flight": IN_FLIGHT, "connections": CONNECTIONS},
        "One serving process with one event loop; each booking is a visit, a step of its history, an event and a job.",
    )
