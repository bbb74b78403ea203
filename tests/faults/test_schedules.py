"""Workers killed while they fire schedules and while their jobs are cancelled: a firing is one job, a wish is kept."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg
import pytest
from google.protobuf.wrappers_pb2 import StringValue

from services.chassis.actor import SYSTEM
from services.chassis.db.database import Database
from services.chassis.jobs import list_dead_letters, steering
from tests.chassis.bakery import engine_for, eventually, make_schema, settings_for, working
from tests.faults.bakers import child, clockworker, kill_after, tick
from tests.faults.scale import times
from tests.fixtures.servers import TestDatabase

pytestmark = [pytest.mark.faults, pytest.mark.timeout(600)]

SCHEDULES = 12
POINTS = ("before_commit", "after_commit", "after_claim", "before_done", None)
ENDLESS = 8


@asynccontextmanager
async def bakery_at(database: TestDatabase, redis_url: str, folder: Path) -> AsyncIterator[Database]:
    await make_schema(database.owner_url, "bakery")
    connection = await asyncpg.connect(database.owner_url)
    try:
        await connection.execute(
            "CREATE TABLE bakery.sent (name text NOT NULL); GRANT ALL ON bakery.sent TO doorstep_app, doorstep_system"
        )
    finally:
        await connection.close()
    async with engine_for(settings_for(database.url, redis_url, folder)) as engine:
        yield Database(engine, "bakery")


async def make_schedules(bakery: Database) -> None:
    await bakery.pool.execute(
        "INSERT INTO jobs.schedules (name, kind, payload, priority, cron, time_zone, declared, next_time) "
        "SELECT 'chime-' || n, 'bakery.chime', '', 0, '0 0 1 1 *', 'UTC', false, $2 FROM generate_series(1, $1) AS n",
        SCHEDULES,
        datetime.now(UTC) + timedelta(days=100),
    )


async def come_due(bakery: Database) -> int:
    """Let the time come of all schedules that have fired; how many."""
    done = await bakery.pool.execute("UPDATE jobs.schedules SET next_time = now() WHERE next_time > now()")
    return int(done.rpartition(" ")[2])


async def all_fired(bakery: Database) -> bool:
    return not await bakery.pool.fetchval("SELECT count(*) FROM jobs.schedules WHERE next_time <= now()")


async def left(bakery: Database) -> int:
    return int(await bakery.pool.fetchval("SELECT count(*) FROM jobs.pgqueuer WHERE status <> 'failed'"))


async def drained(bakery: Database) -> bool:
    return await left(bakery) == 0


async def test_each_firing_is_one_job_however_many_workers_are_killed(
    database: TestDatabase, redis_url: str, tmp_path: Path
) -> None:
    seed = random.randrange(10**6)
    print("seed", seed)
    chance = random.Random(seed)
    kills = times(12, 120)
    firings = 0
    async with bakery_at(database, redis_url, tmp_path) as bakery:
        await make_schedules(bakery)
        arguments = (database.url, redis_url, str(tmp_path))
        for kill in range(0, kills, 2):
            specs = []
            for n in range(2):
                point = POINTS[(kill + n) % len(POINTS)]
                specs.append(f"{point}=kill@{chance.randint(1, 12)}" if point else "")
            with child(tick, *arguments, specs[0]) as one, child(tick, *arguments, specs[1]) as other:
                deaths = [
                    asyncio.create_task(asyncio.to_thread(kill_after, process, chance.uniform(1.0, 2.5)))
                    for process in (one, other)
                ]
                while not all(death.done() for death in deaths):
                    firings += await come_due(bakery)
                    await asyncio.sleep(0.02)
                await asyncio.gather(*deaths)
                assert one.exitcode == other.exitcode == -9
            async with working(clockworker(bakery, database.url).run):  # else most firings would be skipped
                await eventually(lambda: all_fired(bakery), seconds=60)
                await eventually(lambda: drained(bakery), seconds=120)
        assert await list_dead_letters(bakery.pool) == []
        counted = await bakery.pool.fetchrow(
            "SELECT sum(fired_count)::bigint AS fired, sum(skipped_count)::bigint AS skipped FROM jobs.schedules"
        )
        assert counted is not None
        done = await bakery.pool.fetch("SELECT name, count(*) AS times FROM bakery.loaves GROUP BY name")
        enqueued = await bakery.pool.fetchval(
            "SELECT count(*) FROM jobs.pgqueuer_log WHERE entrypoint = 'bakery.chime' AND status = 'queued'"
        )
        assert counted["fired"] + counted["skipped"] == firings, "a firing was lost or counted twice"
        assert enqueued == counted["fired"], "a firing that is counted has its job, and none has two"
        assert len(done) == counted["fired"]
        assert {row["times"] for row in done} == {1}
    print(f"{kills} kills, {firings} firings, {counted['fired']} jobs, {counted['skipped']} skipped, 0 lost, 0 twice")


async def test_control_a_firing_in_two_steps_happens_twice(
    database: TestDatabase, redis_url: str, tmp_path: Path
) -> None:
    """What the one transaction is for: the job first and the next time afterwards, with a death between."""
    async with bakery_at(database, redis_url, tmp_path) as bakery:
        await make_schedules(bakery)
        await bakery.pool.execute("UPDATE jobs.schedules SET next_time = now() WHERE name = 'chime-1'")
        async with bakery.transaction(SYSTEM) as tx:
            tx.enqueue("bakery.chime", StringValue())
        # Here the process died. Whoever comes next finds the schedule due.
        async with working(clockworker(bakery, database.url).run):

            async def chimed() -> bool:
                return int(await bakery.pool.fetchval("SELECT count(*) FROM bakery.loaves")) == 2

            await eventually(chimed)


async def test_what_is_cancelled_ends_however_many_workers_are_killed(
    database: TestDatabase, redis_url: str, tmp_path: Path
) -> None:
    seed = random.randrange(10**6)
    print("seed", seed)
    chance = random.Random(seed)
    kills = times(6, 60)
    taken_out: dict[int, int] = {}
    """Cancelled while they waited, with how often each had begun before."""
    wished = 0
    async with bakery_at(database, redis_url, tmp_path) as bakery:

        async def cancel(job_id: int) -> None:
            nonlocal wished
            async with bakery.transaction(SYSTEM) as tx:
                if await steering.cancel_task(tx, job_id):
                    taken_out[job_id] = await begun(bakery, job_id)
                else:
                    wished += await steering.end_run(tx, job_id)

        async def some_run() -> bool:
            return bool(await bakery.pool.fetchval("SELECT count(*) FROM jobs.runs WHERE running"))

        for _ in range(kills):
            async with bakery.transaction(SYSTEM) as tx:
                for _ in range(ENDLESS):
                    tx.enqueue("bakery.endless", StringValue())
            with child(tick, database.url, redis_url, str(tmp_path), "") as process:
                await eventually(some_run, seconds=60)
                death = asyncio.create_task(asyncio.to_thread(kill_after, process, chance.uniform(0.3, 1.5)))
                rows = await bakery.pool.fetch("SELECT id FROM jobs.pgqueuer ORDER BY status <> 'picked', id")
                there = [row["id"] for row in rows]
                for job_id in there[:2] + chance.sample(there[2:], len(there) // 4):
                    await cancel(job_id)
                    await asyncio.sleep(chance.uniform(0, 0.05))
                await death
                assert process.exitcode == -9
        for row in await bakery.pool.fetch("SELECT id FROM jobs.pgqueuer"):
            await cancel(row["id"])
        async with working(clockworker(bakery, database.url).run):
            await eventually(lambda: drained(bakery), seconds=120)
        assert await list_dead_letters(bakery.pool) == []
        ends = await bakery.pool.fetch(
            "SELECT job_id, array_agg(status::text) AS ends FROM jobs.pgqueuer_log WHERE entrypoint = 'bakery.endless' "
            "AND status IN ('successful', 'canceled', 'exception', 'failed') GROUP BY job_id"
        )
        assert len(ends) == kills * ENDLESS, "a job was lost"
        assert {tuple(row["ends"]) for row in ends} == {("canceled",)}, "each has ended once, as it was wished"
        for job_id, before in taken_out.items():
            assert await begun(bakery, job_id) == before, "it was begun after it was taken out"
    print(f"{kills} kills, {len(ends)} jobs: {len(taken_out)} taken out while they waited, {wished} asked to end")


async def begun(bakery: Database, job_id: int) -> int:
    return int(await bakery.pool.fetchval("SELECT count(*) FROM bakery.sent WHERE name = $1", str(job_id)))
