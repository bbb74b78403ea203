"""A worker that stops or begins again, whatever happens meanwhile: no job is lost, and the next ones are done."""

import asyncio
import gc
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from google.protobuf.wrappers_pb2 import StringValue

from services.chassis.jobs import Job, JobContext, housekeeping, schedules
from services.chassis.jobs import worker as worker_module
from services.chassis.jobs.manager import Manager
from tests.chassis.bakers import Bakery, opened
from tests.chassis.bakery import eventually, working
from tests.fixtures.servers import TestDatabase


@pytest.fixture
async def bakery(database: TestDatabase, redis_url: str, tmp_path: Path) -> AsyncIterator[Bakery]:
    async with opened(database, redis_url, tmp_path) as bakery:
        yield bakery


class Slow:
    """A job that goes on until it is let go."""

    def __init__(self, bakery: Bakery) -> None:
        self.bakery = bakery
        self.started, self.go_on = asyncio.Event(), asyncio.Event()

    async def handle(self, context: JobContext, payload: StringValue) -> None:
        self.started.set()
        await self.go_on.wait()
        self.bakery.ran.append(payload.value)

    @property
    def job(self) -> Job[StringValue]:
        return Job("bakery.bake", self.handle, StringValue)


class Interrupted:
    """The database leaves the look after schedules, as where a connection is cut."""

    def __init__(self, times: int) -> None:
        self.left = times
        self.happened = asyncio.Event()

    async def fire(self, pool: asyncpg.Pool) -> timedelta:
        if self.left:
            self.left -= 1
            raise asyncpg.ConnectionDoesNotExistError("connection was closed in the middle of operation")
        self.happened.set()
        return timedelta(seconds=10)


async def test_a_worker_goes_on_after_whatever_failed_beside_its_jobs(
    bakery: Bakery, monkeypatch: pytest.MonkeyPatch
) -> None:
    interrupted = Interrupted(6)
    monkeypatch.setattr(schedules, "fire", interrupted.fire)
    async with working(bakery.worker().run):
        await eventually(interrupted.happened.is_set)
        await bakery.enqueue("x")
        await eventually(bakery.drained)
    assert bakery.ran == ["x"]


async def test_a_worker_that_is_told_to_stop_while_it_begins_again_lets_its_jobs_end(
    bakery: Bakery, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow, begun = Slow(bakery), asyncio.Event()
    stop = worker_module.Worker._stop

    async def told(*arguments: Any) -> None:
        begun.set()
        await stop(*arguments)

    monkeypatch.setattr(worker_module.Worker, "_stop", told)
    await bakery.enqueue("x")

    async def fire(pool: asyncpg.Pool) -> timedelta:
        await slow.started.wait()
        raise asyncpg.ConnectionDoesNotExistError("connection was closed in the middle of operation")

    monkeypatch.setattr(schedules, "fire", fire)
    work = asyncio.create_task(bakery.worker(slow.job, grace=30.0).run())
    await begun.wait()
    work.cancel()
    await asyncio.sleep(0)
    slow.go_on.set()
    await asyncio.wait({work})
    assert work.cancelled()
    assert bakery.ran == ["x"]
    assert await bakery.waiting() == 0


async def test_what_does_not_end_when_it_is_told_to_is_put_back_too(
    bakery: Bakery, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker_module, "PATIENCE", 0.2)
    started = asyncio.Event()

    async def stubborn(context: JobContext, payload: StringValue) -> None:
        started.set()
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.Event().wait()  # cleans up for longer than anybody waits

    await bakery.enqueue("x")
    async with working(bakery.worker(Job("bakery.bake", stubborn, StringValue)).run):
        await started.wait()
    (row,) = await bakery.rows("SELECT status::text FROM jobs.pgqueuer")
    assert row["status"] == "queued"
    async with working(bakery.worker().run):
        await eventually(bakery.drained)
    assert bakery.ran == ["x"]


async def test_a_manager_that_fails_while_its_worker_is_stopped_leaves_no_error_behind(
    bakery: Bakery, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What nobody asks for, asyncio complains of when it is collected: as an error, in the middle of something else."""
    begun = asyncio.Event()

    async def fail(manager: Any, **how: Any) -> None:
        begun.set()
        await manager.shutdown.wait()
        raise asyncpg.ConnectionDoesNotExistError("connection was closed in the middle of operation")

    complaints: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, about: complaints.append(about))
    monkeypatch.setattr(Manager, "run", fail)
    work = asyncio.create_task(bakery.worker().run())
    await begun.wait()
    work.cancel()
    await asyncio.wait({work})
    del work
    gc.collect()
    assert complaints == []


async def test_housekeeping_removes_a_few_rows_at_a_time_and_only_what_is_old(
    bakery: Bakery, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(housekeeping, "AT_ONCE", 10)
    await bakery.enqueue("later", delay=timedelta(days=1))
    (waiting,) = [row["id"] for row in await bakery.rows("SELECT id FROM jobs.pgqueuer")]
    days = "interval '1 day'"
    for table, columns, values in (
        ("pgqueuer_log", "created, job_id, status, priority, entrypoint", f"now() - 8 * {days}, n, 'queued', 0, 'x'"),
        (
            "pgqueuer_statistics",
            "created, count, priority, status, entrypoint",
            f"now() - 31 * {days}, 1, n, 'queued', 'x'",
        ),
        ("attempts", "end_time, job_id, outcome", f"now() - 8 * {days}, -n, 'FAILED'"),
        ("runs", "update_time, job_id", f"now() - 2 * {days}, -n"),
        ("effects", "create_time, key, state", f"now() - 91 * {days}, 'old ' || n, 'done'"),
    ):
        await bakery.rows(f"INSERT INTO jobs.{table} ({columns}) SELECT {values} FROM generate_series(1, 35) AS n")
    for table, columns, values in (
        ("attempts", "end_time, job_id, outcome", f"now() - 8 * {days}, {waiting}, 'FAILED'"),
        ("runs", "update_time, job_id", f"now() - 2 * {days}, {waiting}"),
        ("effects", "create_time, key, state", f"now() - 91 * {days}, 'unknown', 'unknown'"),
        ("effects", "key, state", "'young', 'done'"),
    ):
        await bakery.rows(f"INSERT INTO jobs.{table} ({columns}) VALUES ({values})")
    tables = ("pgqueuer_log", "pgqueuer_statistics", "attempts", "runs", "effects")
    await bakery.rows("CREATE TABLE public.gone (number bigint)")
    await bakery.rows(
        "CREATE FUNCTION public.note() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS "
        "$$ BEGIN INSERT INTO public.gone SELECT count(*) FROM old; RETURN NULL; END $$"
    )
    for table in tables:
        await bakery.rows(
            f"CREATE TRIGGER note AFTER DELETE ON jobs.{table} REFERENCING OLD TABLE AS old "
            "FOR EACH STATEMENT EXECUTE FUNCTION public.note()"
        )

    async def left() -> list[int]:
        return [(await bakery.rows(f"SELECT count(*) FROM jobs.{table}"))[0][0] for table in tables]

    async def tidy() -> bool:
        return await left() == [1, 0, 1, 1, 2]

    async with working(bakery.worker().run, bakery.worker().run):
        await eventually(tidy)
    numbers = [row["number"] for row in await bakery.rows("SELECT number FROM public.gone")]
    assert max(numbers) <= 10
    assert sum(numbers) == 5 * 35


async def test_a_worker_of_a_process_that_stops_answering_takes_no_further_jobs(bakery: Bakery) -> None:
    """They may call services of their own process, find nobody, and use up their attempts."""
    slow, draining = Slow(bakery), asyncio.Event()
    await bakery.enqueue("running")
    async with working(bakery.worker(slow.job, grace=30.0, draining=draining).run) as (work,):
        await slow.started.wait()
        draining.set()
        await bakery.enqueue("later")
        slow.go_on.set()
        await asyncio.wait({work})
    assert bakery.ran == ["running"]
    assert await bakery.waiting() == 1
    assert await bakery.rows("SELECT 1 FROM jobs.attempts") == []
