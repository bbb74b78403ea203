"""Processes die at the worst moments; every acknowledged event is stored, and every event once."""

import asyncio
import json
import os
import random
import subprocess
import sys
from pathlib import Path
from uuid import uuid4

import asyncpg
import grpc
import pytest

from doorstep.vr.v1 import tracking_pb2 as t
from services.stack.ports import free_port
from services.stack.worker import with_import_roots
from tests.telemetry.headset import Headset, event, gaze, pose

pytestmark = [pytest.mark.faults, pytest.mark.timeout(300)]
SESSIONS, BATCHES = 8, 60
KEY = "ds_dev_crash"


class Victim:
    """A telemetry process that is started again whenever it has died."""

    def __init__(self, told):
        self.told = told
        self.deaths = 0
        self.process = None
        self.failpoints = ""

    def start(self, failpoints=""):
        self.failpoints = failpoints
        command = [sys.executable, "-m", "tests.telemetry.ingest_process"]
        self.process = subprocess.Popen(
            [*command, json.dumps({**self.told, "failpoints": failpoints})],
            stdout=subprocess.PIPE,
            text=True,
            env=with_import_roots(dict(os.environ)),
            cwd=Path(__file__).parents[2],
        )
        for line in self.process.stdout:
            if line.strip() == "serving":
                return
        raise AssertionError("the process did not start")

    def kill(self):
        self.process.kill()
        self.process.wait()

    async def die(self, ways):
        """Die once in each way (a failpoint, or at random), starting again at once; live on after the last."""
        for following in (*ways[1:], None):
            if not self.failpoints:
                await asyncio.sleep(random.uniform(0.3, 0.8))
                self.process.kill()
            await asyncio.to_thread(self.process.wait)
            self.deaths += 1
            await asyncio.to_thread(self.start, following or "")


@pytest.fixture
def victim(database, redis_url, tmp_path):
    one = Victim(
        {
            "database_url": database.url,
            "redis_url": redis_url,
            "keys_dir": str(tmp_path / "keys"),
            "port": free_port(),
            "keys": {KEY: str(uuid4())},
        }
    )
    yield one
    if one.process is not None:
        one.kill()


class Visitor:
    """Sends its batches until all are acknowledged, over as many connections as it takes."""

    def __init__(self, port, *, honest=True):
        self.address = f"127.0.0.1:{port}"
        self.session_id = uuid4()
        self.property_id = uuid4()
        self.honest = honest
        self.connections = 0
        self.acknowledged = set()

    def fields(self, number):
        return {"events": [event(name=f"{number}.{n}", object="door") for n in range(3)], "pose": pose(10)} | (
            {"gaze": gaze(10), "zones": ["hall"]}
        )

    async def visit(self):
        batches = [self.fields(n) for n in range(BATCHES)]
        durable = 0
        while len(self.acknowledged) < BATCHES:
            options = [("grpc.use_local_subchannel_pool", 1), ("grpc.initial_reconnect_backoff_ms", 100)]
            async with grpc.aio.insecure_channel(self.address, options=options) as channel:
                one = Headset(channel, [("x-api-key", KEY)], session_id=self.session_id, property_id=self.property_id)
                self.connections += 1
                try:
                    welcome = await one.connect()
                    durable = max([p.durable_part for p in welcome.positions], default=0)
                    if self.honest:
                        self.acknowledged |= set(range(durable))
                    for number in range(BATCHES):
                        if number in self.acknowledged:
                            continue
                        # The dishonest one gives what it sends again a new number.
                        part = number + 1 if self.honest else durable + 1
                        ack = await one.write(one.batch(part=part, **batches[number]))
                        assert ack.outcome in (t.BATCH_OUTCOME_STORED, t.BATCH_OUTCOME_DUPLICATE), ack
                        durable = ack.durable_part
                        self.acknowledged.add(number)
                        await asyncio.sleep(0.02)
                except (grpc.aio.AioRpcError, AssertionError, TimeoutError, asyncio.InvalidStateError) as error:
                    if "ack" in str(error) and "outcome" in str(error):
                        raise
                    await asyncio.sleep(0.1)


async def what_is_stored(url):
    """Per session: events, distinct events, samples, counted, rolled up."""
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetch(
            """SELECT s.session_id,
            (SELECT count(*) FROM telemetry.events e WHERE e.session_key = s.session_key) AS events,
            (SELECT count(DISTINCT name) FROM telemetry.events e WHERE e.session_key = s.session_key)
              AS distinct_events,
            (SELECT coalesce(sum(samples), 0) FROM telemetry.sample_chunks c WHERE c.session_key = s.session_key)
              AS samples,
            (SELECT stored FROM telemetry.positions p WHERE p.session_key = s.session_key) AS counted,
            (SELECT last_part FROM telemetry.positions p WHERE p.session_key = s.session_key) AS last_part,
            (SELECT coalesce(sum(gaze_samples), 0) FROM telemetry.rollups r WHERE r.session_key = s.session_key)
              AS gaze_samples,
            (SELECT coalesce(sum(interactions), 0) FROM telemetry.rollups r WHERE r.session_key = s.session_key)
              AS interactions
            FROM telemetry.sessions s"""
        )
    finally:
        await connection.close()


async def run(victim, *ways, honest=True):
    victim.start(ways[0])
    visitors = [Visitor(victim.told["port"], honest=honest) for _ in range(SESSIONS)]
    dying = asyncio.create_task(victim.die(ways))
    try:
        async with asyncio.timeout(270):
            await asyncio.gather(*(v.visit() for v in visitors))
            await dying
    finally:
        dying.cancel()
        await asyncio.gather(dying, return_exceptions=True)
    return visitors


async def test_exactly_once_whenever_the_process_dies(victim, database):
    visitors = await run(victim, "before_commit=kill@15", "after_commit=kill@15", "before_ack=kill@15", "")
    assert victim.deaths == 4
    assert sum(v.connections for v in visitors) > SESSIONS
    rows = await what_is_stored(database.superuser_url)
    assert len(rows) == SESSIONS
    for row in rows:
        assert row["events"] == row["distinct_events"] == row["interactions"] == 3 * BATCHES
        assert row["samples"] == 20 * BATCHES
        assert row["gaze_samples"] == 10 * BATCHES
        assert row["counted"] == 23 * BATCHES
        assert row["last_part"] == BATCHES


async def test_the_proof_would_notice(victim, database):
    """Negative control: numbering what is sent again anew stores it twice, and the count shows it."""
    await run(victim, "before_ack=kill@25", honest=False)
    rows = await what_is_stored(database.superuser_url)
    assert sum(r["events"] for r in rows) > sum(r["distinct_events"] for r in rows) == 3 * BATCHES * SESSIONS
