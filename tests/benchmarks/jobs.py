"""Background work: jobs a second, and how long a job waits from its commit until it begins.

Ours counts every run and every death of a process, keeps progress, effects and dead letters. The ceiling is bare
pgqueuer with the same batches and as many jobs at once, on the same tables, in the same run; beside it the bare
statements, one transaction per job: pick with SKIP LOCKED, delete.
"""

import asyncio
import os
import statistics
import time
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from typing import Any

import asyncpg
import uvloop
from google.protobuf.wrappers_pb2 import StringValue
from pgqueuer.adapters.drivers.asyncpg import AsyncpgPoolDriver

from services.chassis.actor import SYSTEM
from services.chassis.db.database import Database
from services.chassis.db.queue import SETTINGS, queries
from services.chassis.jobs import Job, JobContext, Worker
from services.chassis.jobs.manager import Manager
from tests.benchmarks.lab import Lab, laboratory
from tests.benchmarks.report import Goal, Result, alternate, percentile
from tests.chassis.bakery import engine_for, settings_for

JOBS = int(os.environ.get("DOORSTEP_BENCH_JOBS", "2000"))
"""To be worked off in one round."""
ONE_BY_ONE = 150
"""Jobs whose wait is measured, each after the one before has begun."""
ROUNDS = 3
CONCURRENCY = 16
BATCH = CONCURRENCY // 2
NAME = "tasks.nothing"


class Done:
    """Counts jobs, and says when the last one was done or the next one has begun."""

    def __init__(self) -> None:
        self.left = 0
        self.all = asyncio.Event()
        self.begun = asyncio.Event()

    def expect(self, count: int) -> None:
        self.left = count
        self.all.clear()

    def one(self) -> None:
        self.begun.set()
        self.left -= 1
        if self.left == 0:
            self.all.set()


@asynccontextmanager
async def running(work: Callable[[], Awaitable[Any]]) -> Any:
    """Work within the block."""
    task = asyncio.ensure_future(work())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


@asynccontextmanager
async def ours(lab: Lab, database: Database, done: Done) -> Any:
    """A worker of the suite."""

    async def nothing(_context: JobContext, _payload: StringValue) -> None:
        done.one()

    jobs = [Job(NAME, nothing, StringValue)]
    worker = Worker(lab.database_url, {"tasks": (database, jobs)}, concurrency=CONCURRENCY, grace=0.1)
    async with running(worker.run):
        yield


@asynccontextmanager
async def bare(lab: Lab, _database: Database, done: Done) -> Any:
    """pgqueuer's own worker, as its documentation shows it."""
    async with asyncpg.create_pool(lab.database_url, min_size=1, max_size=4) as pool:
        manager = Manager(queries(AsyncpgPoolDriver(pool)), SETTINGS.channel)

        @manager.entrypoint(NAME)  # type: ignore[untyped-decorator]
        async def nothing(_job: Any) -> None:
            done.one()

        task = asyncio.ensure_future(
            manager.run(dequeue_timeout=timedelta(seconds=2), batch_size=BATCH, max_concurrent_tasks=2 * BATCH)
        )
        try:
            yield
        finally:
            manager.shutdown.set()
            await task


WORKERS = {"ours": ours, "bare pgqueuer": bare}


async def fill(pool: asyncpg.Pool, count: int) -> None:
    """So many jobs, with what ours carry."""
    await pool.execute(
        "INSERT INTO jobs.pgqueuer (priority, status, entrypoint, payload, headers) "
        "SELECT 0, 'queued', $1, '\\x0a0178', '{}' FROM generate_series(1, $2)",
        NAME,
        count,
    )
    await pool.execute("ANALYZE jobs.pgqueuer")


async def empty(pool: asyncpg.Pool) -> None:
    """Wait until what was done is written, and forget it."""
    while await pool.fetchval("SELECT count(*) FROM jobs.pgqueuer"):  # noqa: ASYNC110 - rows, not an event
        await asyncio.sleep(0.01)
    await pool.execute("DELETE FROM jobs.pgqueuer_log")


async def drain(lab: Lab, database: Database, side: str) -> float:
    """Jobs a second, from the first look of a worker to the last row gone."""
    pool, done = database.pool, Done()
    await fill(pool, JOBS)
    done.expect(JOBS)
    begun = time.perf_counter()
    async with WORKERS[side](lab, database, done):
        await done.all.wait()
        while await pool.fetchval("SELECT EXISTS (SELECT FROM jobs.pgqueuer)"):  # noqa: ASYNC110 - rows, not an event
            await asyncio.sleep(0.005)
        seconds = time.perf_counter() - begun
    await empty(pool)
    return JOBS / seconds


async def statements(pool: asyncpg.Pool) -> float:
    """Jobs a second by two statements each, as many at once."""
    await fill(pool, JOBS)
    begun = time.perf_counter()

    async def work() -> None:
        while True:
            async with pool.acquire() as connection, connection.transaction():
                job_id = await connection.fetchval(
                    "SELECT id FROM jobs.pgqueuer WHERE entrypoint = $1 AND status = 'queued' "
                    "ORDER BY priority DESC, id FOR UPDATE SKIP LOCKED LIMIT 1",
                    NAME,
                )
                if job_id is None:
                    return
                await connection.execute("DELETE FROM jobs.pgqueuer WHERE id = $1", job_id)

    await asyncio.gather(*(work() for _ in range(CONCURRENCY)))
    return JOBS / (time.perf_counter() - begun)


async def waits(lab: Lab, database: Database, side: str) -> list[float]:
    """Milliseconds from the commit of a job until its handler begins, one after the other, on an idle worker."""
    pool, done = database.pool, Done()
    seen = []
    async with WORKERS[side](lab, database, done):
        for n in range(ONE_BY_ONE + 10):
            done.begun.clear()
            if side == "ours":
                async with database.transaction(SYSTEM) as tx:
                    tx.enqueue(NAME, StringValue(value="x"))
            else:
                await queries(AsyncpgPoolDriver(pool)).enqueue([NAME], [b"\x0a\x01x"], [0])
            committed = time.perf_counter()
            await done.begun.wait()
            if n >= 10:  # the first ones wait for the worker to be up
                seen.append((time.perf_counter() - committed) * 1e3)
    await empty(pool)
    return seen


def measure() -> Result:
    """Work off, and wait, ours and bare in turn."""
    with laboratory() as lab:

        def with_database(work: Callable[[Database], Awaitable[Any]]) -> Any:
            async def run() -> Any:
                settings = settings_for(lab.database_url, lab.redis.url(), lab.folder)
                async with engine_for(settings) as engine:
                    return await work(Database(engine, "tasks"))

            return uvloop.run(run())

        rates = alternate(
            {
                "ours": lambda: with_database(lambda database: drain(lab, database, "ours")),
                "bare pgqueuer": lambda: with_database(lambda database: drain(lab, database, "bare pgqueuer")),
                "bare statements": lambda: with_database(lambda database: statements(database.pool)),
            },
            ROUNDS,
        )
        seen: dict[str, list[float]] = {side: [] for side in WORKERS}
        for _ in range(ROUNDS):
            for side in WORKERS:
                seen[side] += with_database(lambda database, side=side: waits(lab, database, side))
    medians = {side: statistics.median(values) for side, values in seen.items()}
    return Result(
        "jobs",
        [
            Goal("jobs a second", rates["ours"] / rates["bare pgqueuer"], 0.6, True, "bare pgqueuer"),
            Goal(
                "from the commit to the start, median",
                medians["ours"] / medians["bare pgqueuer"],
                1.75,
                False,
                "bare pgqueuer",
            ),
        ],
        {
            "jobs": JOBS,
            "at_once": CONCURRENCY,
            "jobs_per_second": rates,
            "milliseconds_to_start": {
                side: {"p50": medians[side], "p99": percentile(values, 99)} for side, values in seen.items()
            },
        },
        "One process. Each of our jobs costs one statement more than pgqueuer's, which marks its run as begun: that is "
        "how a death is counted. It does not wait for the disk; forgetting the runs that are over is done for many.",
    )
