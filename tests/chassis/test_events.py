import asyncio
import signal
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import structlog
from google.protobuf.wrappers_pb2 import Int64Value, StringValue
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider

from services.chassis.actor import SYSTEM, current_actor, system_for
from services.chassis.db.database import Transaction
from services.chassis.errors import DeadLetterNotFound
from services.chassis.events import (
    EventMeta,
    list_dead_letters,
    replay,
    request_replay,
    stream_name,
    watch,
)
from services.chassis.events import relay as relay_module
from services.chassis.ids import new_id
from services.chassis.redis import connect_for_streams
from services.stack.redis import RedisServer
from tests.chassis.bakery import bake, bake_all, eventually, working
from tests.chassis.cafe import World, opened
from tests.fixtures.servers import TestDatabase
from tests.fixtures.worker import run_program


@pytest.fixture
async def world(database: TestDatabase, redis_url: str, tmp_path: Path) -> AsyncIterator[World]:
    async with opened(database, redis_url, tmp_path) as world:
        yield world


async def test_a_committed_event_is_handled_once_and_in_order(world: World) -> None:
    names = [f"loaf {n}" for n in range(50)]
    async with working(world.relay.run, world.consumer().run):
        await bake_all(world.bakery, names)
        await eventually(lambda: world.has(50))
        await eventually(world.all_acknowledged)
    assert await world.loaves() == names
    positions = [r["position"] for r in await world.rows("SELECT position FROM bakery.outbox ORDER BY id")]
    assert positions == list(range(1, 51))


async def test_a_rolled_back_transaction_leaves_no_event(world: World) -> None:
    async def burn() -> None:
        async with world.bakery.transaction(SYSTEM) as tx:
            await bake(tx, "burnt")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await burn()
    assert await world.rows("SELECT 1 FROM bakery.outbox") == []
    # The negative control: the same without the error does leave one.
    await bake_all(world.bakery, ["good"])
    assert len(await world.rows("SELECT 1 FROM bakery.outbox")) == 1


async def test_handlers_run_as_the_organisation_of_the_event_with_its_request_id(world: World) -> None:
    organization_id = new_id()
    seen: list[tuple[UUID | None, Any]] = []

    async def handler(tx: Transaction, event: StringValue, meta: EventMeta) -> None:
        assert meta.organization_id == organization_id
        assert meta.type == "google.protobuf.StringValue"
        seen.append((current_actor().organization_id, structlog.contextvars.get_contextvars().get("request_id")))
        setting = await tx.session.connection()
        found = await setting.exec_driver_sql("SELECT current_setting('doorstep.organization_id')")
        assert found.scalar() == str(organization_id)

    with structlog.contextvars.bound_contextvars(request_id="req-7"):
        async with world.bakery.transaction(system_for(organization_id)) as tx:
            await bake(tx, "rye")
    async with working(world.relay.run, world.consumer(world.subscriber(handler)).run):
        await eventually(lambda: seen)
    assert seen == [(organization_id, "req-7")]


async def test_a_handler_belongs_to_the_trace_of_the_call_that_stated_the_fact(world: World) -> None:
    seen: list[int] = []

    async def handler(tx: Transaction, event: StringValue, meta: EventMeta) -> None:
        seen.append(trace.get_current_span().get_span_context().trace_id)

    with TracerProvider().get_tracer("test").start_as_current_span("call") as span:
        await bake_all(world.bakery, ["rye"])
    async with working(world.relay.run, world.consumer(world.subscriber(handler)).run):
        await eventually(lambda: seen)
    assert seen == [span.get_span_context().trace_id]


async def test_a_reader_that_lags_too_far_holds_the_feeding_back_instead_of_losing_events(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (("KEEP", 5), ("BOUND", 20), ("BATCH", 10)):
        monkeypatch.setattr(relay_module, name, value)
    names = [f"loaf {n}" for n in range(120)]
    await world.redis.xgroup_create(stream_name("bakery"), "cafe", id="0", mkstream=True)
    async with world.bakery.transaction(SYSTEM) as tx:
        for name in names:
            tx.publish(StringValue(value=name), key="oven")
    async with working(world.relay.run):
        await eventually(lambda: _length(world, 20))
        await asyncio.sleep(1.5)  # long enough for it to look again
        assert await world.redis.xlen(stream_name("bakery")) < 60
        async with working(world.consumer().run):
            await eventually(lambda: world.has(120))
    assert await world.loaves() == names


async def _length(world: World, at_least: int) -> bool:
    return bool(await world.redis.xlen(stream_name("bakery")) >= at_least)


async def test_types_without_a_subscriber_are_passed_over(world: World) -> None:
    async with world.bakery.transaction(SYSTEM) as tx:
        tx.publish(Int64Value(value=7), key="oven")
        await bake(tx, "rye")
    async with working(world.relay.run, world.consumer().run):
        await eventually(lambda: world.has(1))
        await eventually(world.all_acknowledged)


async def test_a_failing_handler_is_tried_again_and_leaves_nothing_of_its_failures(world: World) -> None:
    tries: list[str] = []

    async def handler(tx: Transaction, event: StringValue, meta: EventMeta) -> None:
        await world.note(tx, event.value)
        tries.append(event.value)
        if len(tries) < 3:
            raise RuntimeError("not yet")

    await bake_all(world.bakery, ["rye"])
    async with working(world.relay.run, world.consumer(world.subscriber(handler)).run):
        await eventually(lambda: world.has(1))
        await eventually(world.all_acknowledged)
    assert tries == ["rye"] * 3
    assert await world.loaves() == ["rye"]
    assert await world.rows("SELECT 1 FROM cafe.event_failures") == []


async def test_a_poison_event_becomes_a_dead_letter_and_holds_up_its_own_key_only(world: World) -> None:
    healed = False
    order: list[str] = []

    async def handler(tx: Transaction, event: StringValue, meta: EventMeta) -> None:
        if event.value == "poison" and not healed:
            raise RuntimeError("cannot digest")
        await world.note(tx, event.value)
        order.append(event.value)

    subscriber = world.subscriber(handler, max_attempts=1000)
    await bake_all(world.bakery, ["poison", "after poison"], key="one")
    await bake_all(world.bakery, [f"other {n}" for n in range(10)], key="two")
    async with working(world.relay.run, world.consumer(subscriber).run):
        await eventually(lambda: world.has(10))
        assert "after poison" not in order, "the same key waits, the other one does not"
        subscriber.max_attempts = 3
        await eventually(lambda: world.has(11))
        await eventually(world.all_acknowledged)
    assert order[-1] == "after poison"
    (letter,) = await list_dead_letters(world.cafe)
    assert letter.subscriber == "cafe.eat"
    assert letter.attempts >= 3
    assert "cannot digest" in letter.error
    event_id = letter.event.meta.event_id

    with pytest.raises(RuntimeError):
        await replay(world.cafe, [subscriber], event_id, "cafe.eat")
    assert len(await list_dead_letters(world.cafe)) == 1, "a replay that fails leaves the letter"
    healed = True
    results = await asyncio.gather(
        *(replay(world.cafe, [subscriber], event_id, "cafe.eat") for _ in range(5)), return_exceptions=True
    )
    assert sum(result is None for result in results) == 1
    assert all(result is None or isinstance(result, DeadLetterNotFound) for result in results)
    assert (await world.loaves()).count("poison") == 1
    assert await list_dead_letters(world.cafe) == []


async def test_an_operator_may_have_a_dead_letter_replayed(world: World) -> None:
    healed = False

    async def handler(tx: Transaction, event: StringValue, meta: EventMeta) -> None:
        if not healed:
            raise RuntimeError("cannot digest")
        await world.note(tx, event.value)

    await bake_all(world.bakery, ["rye"])
    async with working(world.relay.run, world.consumer(world.subscriber(handler, max_attempts=1)).run):
        (letter,) = await eventually(lambda: list_dead_letters(world.cafe))
        healed = True
        with pytest.raises(DeadLetterNotFound):
            await request_replay(world.cafe, new_id(), "cafe.eat")
        await request_replay(world.cafe, letter.event.meta.event_id, "cafe.eat")
        await eventually(lambda: world.has(1))

        async def gone() -> bool:  # after what it held was done
            return not await list_dead_letters(world.cafe)

        await eventually(gone)


async def test_a_payload_that_is_not_its_message_becomes_a_dead_letter(world: World) -> None:
    await bake_all(world.bakery, ["rye", "good"])
    await world.rows("UPDATE bakery.outbox SET payload = '\\xff' WHERE id = (SELECT min(id) FROM bakery.outbox)")
    async with working(world.relay.run, world.consumer(world.subscriber(max_attempts=2)).run):
        await eventually(lambda: world.has(1))
    assert await world.loaves() == ["good"]
    (letter,) = await list_dead_letters(world.cafe)
    assert "DecodeError" in letter.error


async def test_redis_that_loses_everything_loses_no_event_and_repeats_no_effect(
    world: World, private_redis: Callable[[], RedisServer]
) -> None:
    server = private_redis()
    await world.redis.aclose()
    world.redis = connect_for_streams(server.url(), block=1.0)
    async with working(world.relay.run, world.consumer().run):
        await bake_all(world.bakery, [f"before {n}" for n in range(20)])
        await eventually(lambda: world.has(20))
        server.kill()
        await bake_all(world.bakery, [f"while away {n}" for n in range(20)])
        server.start()
        await eventually(lambda: world.has(40))
        await world.redis.flushall()
        await bake_all(world.bakery, [f"after {n}" for n in range(20)])
        await eventually(lambda: world.has(60))
        await eventually(world.all_acknowledged)
    found = await world.loaves()
    assert len(found) == len(set(found)) == 60
    assert await world.redis.xlen(stream_name("bakery")) == 60, "all of it was fed again, under the same positions"


async def test_without_the_inbox_the_same_loss_would_repeat_effects(world: World) -> None:
    """The negative control of the test above."""
    async with working(world.relay.run, world.consumer().run):
        await bake_all(world.bakery, ["a", "b"])
        await eventually(lambda: world.has(2))
    await world.rows("DELETE FROM cafe.inbox")
    await world.redis.flushall()
    async with working(world.relay.run, world.consumer().run):
        await eventually(lambda: world.has(4))


async def test_a_stream_left_by_another_database_is_replaced(world: World) -> None:
    await world.redis.xadd(stream_name("bakery"), {"foreign": "1"}, id="999-0")
    await bake_all(world.bakery, ["rye"])
    async with working(world.relay.run, world.consumer().run):
        await eventually(lambda: world.has(1))
    assert await world.loaves() == ["rye"]


async def test_events_left_between_numbering_and_feeding_are_fed_by_the_next_leader(world: World) -> None:
    await bake_all(world.bakery, ["a", "b", "c"])
    # As a relay leaves them that dies after it numbered three and fed one of them.
    await world.rows("UPDATE bakery.outbox SET position = id")
    rows = await world.rows("SELECT * FROM bakery.outbox ORDER BY id LIMIT 1")
    from services.chassis.events.envelope import to_fields

    await world.redis.xadd(stream_name("bakery"), to_fields(dict(rows[0])), id=f"{rows[0]['position']}-0")  # type: ignore[arg-type]
    async with working(world.relay.run, world.consumer().run):
        await eventually(lambda: world.has(3))
        await bake_all(world.bakery, ["d"])
        await eventually(lambda: world.has(4))
    assert await world.loaves() == ["a", "b", "c", "d"]
    assert await world.rows("SELECT 1 FROM bakery.outbox WHERE relay_time IS NULL") == []


async def test_two_processes_relay_and_consume_without_doing_it_twice(world: World) -> None:
    names = [f"loaf {n}" for n in range(40)]
    async with working(world.relay.run, world.relay.run, world.consumer().run, world.consumer().run):
        await bake_all(world.bakery, names)
        await eventually(lambda: world.has(40))
    assert await world.loaves() == names


CHILD = """
import asyncio, sys
from pathlib import Path
from google.protobuf.wrappers_pb2 import StringValue
from services.chassis import failpoints
from services.chassis.db.database import Database
from services.chassis.events import Consumer, Relay, Subscriber
from services.chassis.redis import connect_for_streams
from tests.chassis.bakery import bake, bake_all, engine_for, settings_for

async def main(database_url, redis_url, folder, what):
    async with engine_for(settings_for(database_url, redis_url, Path(folder))) as engine:
        redis = connect_for_streams(redis_url)
        failpoints.activate(None, production=False)
        if what == "bake":
            await bake_all(Database(engine, "bakery"), ["from a dead process"])
        elif what == "relay":
            await Relay(database_url, redis, ["bakery"]).run()
        else:
            async def eat(tx, event, meta):
                if event.value == "deadly":
                    import os, signal
                    os.kill(os.getpid(), signal.SIGKILL)
                await (await tx.session.connection()).exec_driver_sql(
                    "INSERT INTO cafe.loaves (name) VALUES ($1)", (event.value,))
            subscriber = Subscriber(StringValue, eat, source="bakery", name="cafe.eat", max_attempts=3)
            await Consumer(database_url, redis, Database(engine, "cafe"), [subscriber]).run()

asyncio.run(main(*sys.argv[1:]))
"""


async def run_child(world: World, folder: Path, what: str, spec: str) -> int:
    return await run_program(CHILD, world.urls.url, world.redis_url, folder, what, failpoints=spec)


async def test_kill_9_after_the_commit_loses_no_event(world: World, tmp_path: Path) -> None:
    assert await run_child(world, tmp_path, "bake", "after_commit=kill") == -signal.SIGKILL
    async with working(world.relay.run, world.consumer().run):
        await eventually(lambda: world.has(1))
    assert await world.loaves() == await world.loaves("bakery") == ["from a dead process"]


async def test_kill_9_before_the_commit_leaves_neither_row_nor_event(world: World, tmp_path: Path) -> None:
    assert await run_child(world, tmp_path, "bake", "before_commit=kill") == -signal.SIGKILL
    assert await world.loaves("bakery") == []
    assert await world.rows("SELECT 1 FROM bakery.outbox") == []


async def test_kill_9_of_the_relay_between_feeding_and_marking_repeats_nothing(world: World, tmp_path: Path) -> None:
    await bake_all(world.bakery, ["a", "b"])
    assert await run_child(world, tmp_path, "relay", "after_relay=kill") == -signal.SIGKILL
    assert await world.redis.xlen(stream_name("bakery")) == 2
    async with working(world.relay.run, world.consumer().run):
        await eventually(lambda: world.has(2))
        await bake_all(world.bakery, ["c"])
        await eventually(lambda: world.has(3))
    assert await world.redis.xlen(stream_name("bakery")) == 3
    assert await world.loaves() == ["a", "b", "c"]


async def test_kill_9_of_the_consumer_before_it_acknowledged_repeats_nothing(world: World, tmp_path: Path) -> None:
    await bake_all(world.bakery, ["a", "b"])
    async with working(world.relay.run):
        assert await run_child(world, tmp_path, "consume", "after_handle=kill") == -signal.SIGKILL
        assert await world.loaves() == ["a"]
        async with working(world.consumer().run):
            await eventually(lambda: world.has(2))
            await eventually(world.all_acknowledged)
    assert await world.loaves() == ["a", "b"]


async def test_an_event_that_kills_its_consumer_is_given_up_and_the_others_are_handled(
    world: World, tmp_path: Path
) -> None:
    await bake_all(world.bakery, ["deadly"], key="bad")
    await bake_all(world.bakery, ["good"], key="fine")
    async with working(world.relay.run):
        for _ in range(3):
            assert await run_child(world, tmp_path, "consume", "") == -signal.SIGKILL
        # This one would survive the event, but three attempts are all that it has.
        async with working(world.consumer(world.subscriber(max_attempts=3)).run):
            await eventually(lambda: world.has(1))
            await eventually(world.all_acknowledged)
    assert await world.loaves() == ["good"]
    (letter,) = await list_dead_letters(world.cafe)
    assert letter.attempts == 3
    assert "process ended" in letter.error


async def test_watch_goes_on_from_a_position_over_a_loss_of_redis(world: World) -> None:
    seen: list[tuple[int, str]] = []

    async def follow() -> None:
        async for event in watch(world.redis, "bakery", after=0, types=["google.protobuf.StringValue"], block=0.2):
            seen.append((event.meta.position, StringValue.FromString(event.payload).value))  # noqa: PERF401

    async with working(world.relay.run, follow):
        await bake_all(world.bakery, ["a", "b"])
        await eventually(lambda: len(seen) == 2)
        await world.redis.flushall()
        await bake_all(world.bakery, ["c"])
        await eventually(lambda: len(seen) == 3)
    assert seen == [(1, "a"), (2, "b"), (3, "c")]


async def test_two_subscribers_of_one_name_are_refused(world: World) -> None:
    with pytest.raises(ValueError, match="share a name"):
        world.consumer(world.subscriber(), world.subscriber())
