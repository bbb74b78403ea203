"""Workers killed at every point and at random: no job is lost, no effect happens twice, what is unknown is held."""

import asyncio
import random
from pathlib import Path

import asyncpg
import pytest
from google.protobuf.wrappers_pb2 import StringValue

from services.chassis.actor import SYSTEM
from services.chassis.db.database import Database
from services.chassis.jobs import list_dead_letters, replay, settle_effect
from tests.chassis.bakery import engine_for, eventually, make_schema, settings_for, working
from tests.faults.bakers import child, kill_after, work, worker
from tests.faults.scale import times
from tests.fixtures.servers import TestDatabase

pytestmark = [pytest.mark.faults, pytest.mark.timeout(600)]

POINTS = ("after_claim", "after_intent", "after_effect", "before_done", "before_commit", "after_commit", None)


async def _prepare(database: TestDatabase) -> None:
    await make_schema(database.owner_url, "bakery")
    connection = await asyncpg.connect(database.owner_url)
    try:
        await connection.execute(
            "CREATE TABLE bakery.sent (name text NOT NULL); GRANT ALL ON bakery.sent TO doorstep_app, doorstep_system"
        )
    finally:
        await connection.close()


async def _left(database: Database) -> int:
    left = await database.pool.fetchval("SELECT count(*) FROM jobs.pgqueuer WHERE status <> 'failed'")
    return int(left)


async def _drained(database: Database) -> bool:
    return await _left(database) == 0


async def _counts(database: Database, table: str) -> dict[str, int]:
    rows = await database.pool.fetch(f"SELECT name, count(*) AS times FROM bakery.{table} GROUP BY name")
    return {row["name"]: row["times"] for row in rows}


async def test_killed_workers_lose_no_job_and_repeat_no_effect(
    database: TestDatabase, redis_url: str, tmp_path: Path
) -> None:
    seed = random.randrange(10**6)
    print("seed", seed)
    chance = random.Random(seed)
    kills = times(20, 200)
    names: list[str] = []
    await _prepare(database)
    async with engine_for(settings_for(database.url, redis_url, tmp_path)) as engine:
        bakery = Database(engine, "bakery")
        for kill in range(kills):
            async with bakery.transaction(SYSTEM) as tx:
                for n in range(15):
                    names.append(f"{kill}-{n}")
                    tx.enqueue("bakery.bake", StringValue(value=names[-1]))
            point = POINTS[kill % len(POINTS)]
            spec = f"{point}=kill@{chance.randint(1, 12)}" if point else ""
            with child(work, database.url, redis_url, str(tmp_path), spec, True) as process:
                await asyncio.to_thread(kill_after, process, chance.uniform(0.5, 2.0))
                assert process.exitcode == -9
        async with working(worker(bakery, database.url, protected=True).run):
            await eventually(lambda: _drained(bakery), seconds=120)
            held = 0
            # A job may be held for its crashes first and, replayed, for an effect that the last crash cut in two.
            while letters := await list_dead_letters(bakery.pool, limit=10_000):
                held += len(letters)
                assert held <= 3 * len(names), "replaying does not help"
                sent = await _counts(bakery, "sent")
                assert max(sent.values()) == 1
                # As an operator would: look at the provider, settle, replay.
                for letter in letters:
                    assert "EffectUnknown" in letter.error or letter.failures + letter.crashes >= 3, letter
                    name = StringValue.FromString(letter.payload).value
                    if "EffectUnknown" in letter.error:
                        key = f"bakery.bake/{letter.job_id}/mail"
                        await settle_effect(bakery.pool, key, happened=name in sent)
                    await replay(bakery.pool, letter.job_id)
                await eventually(lambda: _drained(bakery), seconds=120)
        for table in ("loaves", "sent"):
            assert await _counts(bakery, table) == dict.fromkeys(names, 1)
    print(f"{kills} kills, {len(names)} jobs, {held} times held and replayed, 0 lost, 0 twice")


async def test_control_without_the_ledger_effects_are_repeated(
    database: TestDatabase, redis_url: str, tmp_path: Path
) -> None:
    await _prepare(database)
    async with engine_for(settings_for(database.url, redis_url, tmp_path)) as engine:
        bakery = Database(engine, "bakery")
        async with bakery.transaction(SYSTEM) as tx:
            for n in range(10):
                tx.enqueue("bakery.bake", StringValue(value=str(n)))
        with child(work, database.url, redis_url, str(tmp_path), "before_done=kill@3", False) as process:
            await asyncio.to_thread(kill_after, process, 60)
            assert process.exitcode == -9
        async with working(worker(bakery, database.url, protected=False).run):
            await eventually(lambda: _drained(bakery), seconds=60)
        assert max((await _counts(bakery, "sent")).values()) > 1
