"""Relays and consumers killed at every point, Redis wiped in between: every fact is known once, in its order."""

import asyncio
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from google.protobuf.wrappers_pb2 import StringValue

from services.chassis.actor import SYSTEM
from services.chassis.db.database import Database
from services.chassis.db.migrate import migrate_blocking
from services.chassis.events import Consumer, Relay
from services.chassis.redis import connect_for_streams
from services.stack.postgres import PostgresServer
from services.stack.postgres_access import APP, OWNER
from services.stack.redis import RedisServer
from tests.chassis.bakery import bake, engine_for, eventually, make_schema, settings_for, working
from tests.faults.bakers import child, eat_and_relay, kill_after, subscriber, worker
from tests.faults.scale import times
from tests.fixtures.servers import TestDatabase

pytestmark = [pytest.mark.faults, pytest.mark.timeout(600)]

POINTS = ("after_relay", "before_commit", "after_commit", "after_handle", None)
KEYS = 4


class Publisher:
    """States facts about a few keys, each numbered, until told to stop."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.stopped = False
        self.stated: list[str] = []

    async def run(self) -> None:
        n = 0
        while not self.stopped:
            n += 1
            name = f"{n % KEYS}/{n:06}"
            try:
                async with self.database.transaction(SYSTEM) as tx:
                    await bake(tx, name, key=str(n % KEYS))
            except Exception:  # noqa: BLE001 - the server is being killed; what was committed is read from the table
                await asyncio.sleep(0.2)
            await asyncio.sleep(0.005)


async def _names(pool: asyncpg.Pool, schema: str) -> list[str]:
    return [row["name"] for row in await pool.fetch(f"SELECT name FROM {schema}.loaves ORDER BY id")]


async def _same(pool: asyncpg.Pool) -> bool:
    return len(await _names(pool, "bakery")) <= len(await _names(pool, "cafe"))


def _by_key(names: list[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name in names:
        found.setdefault(name.partition("/")[0], []).append(name)
    return found


@pytest.mark.parametrize("protected", [True, False], ids=["with inbox", "control: effects beside the transaction"])
async def test_killed_processes_and_a_wiped_redis_lose_and_repeat_nothing(
    database: TestDatabase, private_redis: Callable[[], RedisServer], tmp_path: Path, *, protected: bool
) -> None:
    seed = random.randrange(10**6)
    print("seed", seed)
    chance = random.Random(seed)
    kills = times(20, 200) if protected else 60
    server = private_redis()
    for schema in ("bakery", "cafe"):
        await make_schema(database.owner_url, schema)
    async with engine_for(settings_for(database.url, server.url(), tmp_path)) as engine:
        bakery, cafe = Database(engine, "bakery"), Database(engine, "cafe")
        publisher = Publisher(bakery)
        publishing = asyncio.create_task(publisher.run())
        wipes = 0
        for kill in range(kills):
            point = POINTS[kill % len(POINTS)]
            spec = f"{point}=kill@{chance.randint(1, 20)}" if point else ""
            arguments = (database.url, server.url(), str(tmp_path), spec, protected)
            with child(eat_and_relay, *arguments) as process:
                if kill % 4 == 3:
                    await asyncio.sleep(chance.uniform(0.2, 1.0))
                    server.kill()
                    server.start()  # empty
                    wipes += 1
                await asyncio.to_thread(kill_after, process, chance.uniform(1.0, 3.0))
                assert process.exitcode == -9
            if not protected and kill >= 7:  # on a busy machine some die before they have done anything
                known = await _names(cafe.pool, "cafe")
                if len(known) > len(set(known)):
                    break
        publisher.stopped = True
        await publishing
        redis = connect_for_streams(server.url(), block=1.0)
        relay = Relay(database.url, redis, ["bakery"])
        consumer = Consumer(database.url, redis, cafe, [subscriber(cafe, protected=protected)])
        async with working(relay.run, consumer.run):
            await eventually(lambda: _same(cafe.pool), seconds=120)
        await redis.aclose()
        stated, known = await _names(cafe.pool, "bakery"), await _names(cafe.pool, "cafe")
    assert len(stated) > kill
    if not protected:
        assert len(known) > len(set(known)), "the control must repeat an effect"
        return
    assert sorted(known) == sorted(stated)
    assert _by_key(known) == _by_key(stated)
    print(f"{kills} kills, {wipes} wipes of Redis, {len(stated)} facts, 0 lost, 0 twice, in order")


async def test_a_killed_postgres_is_waited_for(
    private_postgres: Callable[[], PostgresServer], redis_url: str, tmp_path: Path
) -> None:
    """Relay, consumer and worker go on after a crash of the database; nothing becomes a dead letter by it."""
    server = private_postgres()
    server.create_database("doorstep")
    owner, app = server.url(OWNER, "doorstep"), server.url(APP, "doorstep")
    await asyncio.to_thread(migrate_blocking, owner)
    for schema in ("bakery", "cafe"):
        await make_schema(owner, schema)
    connection = await asyncpg.connect(owner)
    await connection.execute("CREATE TABLE bakery.sent (name text); GRANT ALL ON bakery.sent TO doorstep_app")
    await connection.close()
    async with engine_for(settings_for(app, redis_url, tmp_path)) as engine:
        bakery, cafe = Database(engine, "bakery"), Database(engine, "cafe")
        redis = connect_for_streams(redis_url, block=1.0)
        publisher = Publisher(bakery)
        consumer = Consumer(app, redis, cafe, [subscriber(cafe, protected=True)])
        async with working(Relay(app, redis, ["bakery"]).run, consumer.run, worker(bakery, app, protected=True).run):
            publishing = asyncio.create_task(publisher.run())
            for n in range(times(2, 15)):
                await asyncio.sleep(1)
                async with bakery.transaction(SYSTEM) as tx:
                    for job in range(20):
                        tx.enqueue("bakery.bake", StringValue(value=f"job {n}-{job}"))
                server.kill()
                await asyncio.to_thread(server.start)
                await eventually(lambda: _answers(bakery), seconds=60)
            publisher.stopped = True
            await publishing
            await eventually(lambda: _drained(bakery), seconds=120)
            await eventually(lambda: _consumed(cafe), seconds=120)
        await redis.aclose()
        stated = [name for name in await _names(cafe.pool, "bakery") if not name.startswith("job")]
        assert _by_key(await _names(cafe.pool, "cafe")) == _by_key(stated)
        for letter in await cafe.pool.fetch("SELECT error FROM jobs.runs JOIN jobs.pgqueuer ON job_id = id"):
            # An effect that the crash cut in two is not ours to repeat; nothing else may be held.
            assert "EffectUnknown" in letter["error"]


async def _answers(database: Database) -> bool:
    try:
        return bool(await database.pool.fetchval("SELECT 1"))
    except Exception:  # noqa: BLE001 - starting
        return False


async def _drained(database: Database) -> bool:
    return not await database.pool.fetchval("SELECT count(*) FROM jobs.pgqueuer WHERE status <> 'failed'")


async def _consumed(database: Database) -> Any:
    return await database.pool.fetchval(
        "SELECT (SELECT count(*) FROM bakery.outbox) = (SELECT count(*) FROM cafe.loaves)"
    )
