"""`doorstep dead-letters` as an operator runs it: another process, with the settings of a serving one."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.wrappers_pb2 import StringValue

from services.chassis.actor import SYSTEM
from services.chassis.db.database import Database
from services.chassis.events import Consumer, Relay, Subscriber
from services.chassis.jobs import Job, Worker
from services.chassis.redis import connect_for_streams
from tests.chassis.bakery import bake_all, engine_for, eventually, make_schema, settings_for, working
from tests.fixtures.servers import TestDatabase
from tests.fixtures.worker import Operator


@pytest.fixture
def operator(database: TestDatabase, redis_url: str, tmp_path: Path) -> Operator:
    return Operator(database_url=database.url, redis_url=redis_url, folder=tmp_path)


async def letters(operator: Operator) -> list[dict[str, Any]]:
    code, out, err = await operator.run("dead-letters", "list", "--service", "cafe")
    assert code == 0, err
    return [json.loads(line) for line in out.splitlines()]


async def test_what_was_given_up_is_listed_and_done_after_all(
    operator: Operator, database: TestDatabase, redis_url: str, tmp_path: Path
) -> None:
    healed = False
    done: list[str] = []

    async def handle(_context: Any, payload: StringValue, _meta: object = None) -> None:
        if not healed:
            raise RuntimeError("oven is cold")
        done.append(payload.value)

    for schema in ("bakery", "cafe"):
        await make_schema(database.owner_url, schema)
    async with engine_for(settings_for(database.url, redis_url, tmp_path)) as engine:
        bakery, cafe = Database(engine, "bakery"), Database(engine, "cafe")
        redis = connect_for_streams(redis_url, block=1.0)
        subscriber = Subscriber(StringValue, handle, source="bakery", name="cafe.eat", max_attempts=1)
        job = Job("bakery.bake", handle, StringValue, max_attempts=1, first_pause=timedelta(0))
        worker = Worker(database.url, {"bakery": (bakery, [job])})
        consumer = Consumer(database.url, redis, cafe, [subscriber])
        assert await letters(operator) == []
        async with working(Relay(database.url, redis, ["bakery"]).run, consumer.run, worker.run):
            await bake_all(bakery, ["an event"])
            async with bakery.transaction(SYSTEM) as tx:
                tx.enqueue("bakery.bake", StringValue(value="a job"))

            async def both() -> list[dict[str, Any]]:
                found = await letters(operator)
                return found if len(found) == 2 else []

            job_letter, event_letter = await eventually(both, seconds=60)
            assert (job_letter["kind"], job_letter["name"]) == ("job", "bakery.bake")
            assert (event_letter["kind"], event_letter["type"]) == ("event", "google.protobuf.StringValue")
            assert "oven is cold" in job_letter["error"]
            assert "oven is cold" in event_letter["error"]
            healed = True
            code, _, err = await operator.run("dead-letters", "replay-job", str(job_letter["job_id"]))
            assert code == 0, err
            code, _, err = await operator.run(
                "dead-letters", "replay-event", "cafe", event_letter["event_id"], "cafe.eat"
            )
            assert code == 0, err
            await eventually(lambda: len(done) == 2)

            async def settled() -> bool:
                return await letters(operator) == []  # they do it, and commit that they have, after `done` knows it

            await eventually(settled, seconds=60)
        await redis.aclose()
    assert sorted(done) == ["a job", "an event"]


async def test_what_is_not_there_is_said_in_one_line(operator: Operator) -> None:
    code, out, err = await operator.run("dead-letters", "replay-job", "4711")
    assert (code, out) == (1, "")
    assert err == "error: there is no such dead letter\n"
    code, _, err = await operator.run("dead-letters", "settle", "no/such/effect", "--happened")
    assert code == 1
    assert err.startswith("error: ")


async def test_missing_settings_are_named(operator: Operator) -> None:
    del operator.environment["DOORSTEP_REDIS_URL"]
    code, _, err = await operator.run("dead-letters", "list")
    assert code == 78
    assert "DOORSTEP_REDIS_URL" in err
