"""What outboxes and inboxes remember and forget, and what was given up however long ago."""

import asyncio
import signal
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.wrappers_pb2 import StringValue
from redis.exceptions import ConnectionError as RedisConnectionError

from services.chassis.db.database import Transaction
from services.chassis.errors import DeadLetterNotFound
from services.chassis.events import EventMeta, Relay, list_dead_letters, replay, stream_name, watch
from services.chassis.events import relay as relay_module
from services.chassis.ids import new_id
from tests.chassis.bakery import bake_all, eventually, working
from tests.chassis.cafe import World, opened
from tests.chassis.test_events import run_child
from tests.fixtures.servers import TestDatabase


@pytest.fixture
async def world(database: TestDatabase, redis_url: str, tmp_path: Path) -> AsyncIterator[World]:
    async with opened(database, redis_url, tmp_path) as world:
        yield world


def relay(world: World) -> Relay:
    """For both services, so that both are cleaned, where `soon` was called."""
    return Relay(world.urls.url, world.redis, ["bakery", "cafe"])


def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is old is removed as soon as there is a relay, and every now and then."""
    monkeypatch.setattr(relay_module, "HOUSEKEEPING", 0.0)


async def days_pass(world: World, days: int = 4) -> None:
    """Everything that there is was written so long ago."""
    for table, column in (
        ("bakery.outbox", "create_time"),
        ("bakery.outbox", "relay_time"),
        ("cafe.inbox", "receive_time"),
        ("cafe.event_failures", "create_time"),
        ("cafe.event_failures", "dead_time"),
    ):
        await world.rows(f"UPDATE {table} SET {column} = {column} - interval '{days} days'")


async def give_up(world: World, *names: str) -> list[Any]:
    """Events that a subscriber has given up, in their order."""

    async def refuse(tx: Transaction, event: StringValue, meta: EventMeta) -> None:
        raise RuntimeError("cannot digest")

    async def all_dead() -> bool:
        return len(await list_dead_letters(world.cafe)) == len(names)

    await bake_all(world.bakery, list(names))
    async with working(world.relay.run, world.consumer(world.subscriber(refuse, max_attempts=1)).run):
        await eventually(all_dead)
        await eventually(world.all_acknowledged)
    return sorted(await list_dead_letters(world.cafe), key=lambda letter: letter.event.meta.position)


async def replays_requested(world: World) -> None:
    await world.rows("UPDATE cafe.event_failures SET replay_requested = true")


async def test_a_loss_of_redis_repeats_nothing_that_no_inbox_remembers_any_more(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The newest row of a quiet service stays in its outbox for ever: positions go on from it."""
    soon(monkeypatch)
    await bake_all(world.bakery, ["old"])
    async with working(relay(world).run, world.consumer().run):
        await eventually(lambda: world.has(1))
        await eventually(world.all_acknowledged)
    await days_pass(world)

    async def forgotten() -> bool:
        return not await world.rows("SELECT 1 FROM cafe.inbox")

    async with working(relay(world).run):
        await eventually(forgotten)
    await world.redis.flushall()
    async with working(relay(world).run, world.consumer().run):
        await bake_all(world.bakery, ["new"])
        await eventually(lambda: world.has(2))
        await eventually(world.all_acknowledged)
    assert await world.loaves() == ["old", "new"]
    (newest,) = await world.rows("SELECT max(position) FROM bakery.outbox")
    assert newest[0] == 2, "positions have gone on"


async def test_after_a_long_time_without_anything_running_nothing_is_lost_or_repeated(world: World) -> None:
    """And with Redis lost. What was fed and not handled is fed again, beside what was handled."""
    await bake_all(world.bakery, ["handled"])
    async with working(relay(world).run, world.consumer().run):
        await eventually(lambda: world.has(1))
    await bake_all(world.bakery, ["fed"])
    async with working(relay(world).run):
        await eventually(lambda: _fed(world, 2))
    await days_pass(world)
    await world.redis.flushall()
    async with working(relay(world).run):
        await eventually(lambda: _fed(world, 2))
        await bake_all(world.bakery, ["new"])
        await eventually(lambda: _fed(world, 3))
        async with working(world.consumer().run):
            await eventually(lambda: world.has(3))
            await eventually(world.all_acknowledged)
    assert await world.loaves() == ["handled", "fed", "new"]


async def test_what_was_given_up_is_replayed_however_long_ago(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    (letter,) = await give_up(world, "rye")
    await days_pass(world)
    soon(monkeypatch)
    await world.rows(
        "INSERT INTO cafe.inbox (event_id, subscriber, receive_time) VALUES ($1, 'handled', now() - interval '4 days')",
        new_id(),
    )

    async def cleaned() -> bool:
        return not await world.rows("SELECT 1 FROM cafe.inbox WHERE subscriber = 'handled'")

    async with working(relay(world).run):
        await eventually(cleaned)
    await replay(world.cafe, [world.subscriber()], letter.event.meta.event_id, "cafe.eat")
    assert await world.loaves() == ["rye"]
    with pytest.raises(DeadLetterNotFound):
        await replay(world.cafe, [world.subscriber()], letter.event.meta.event_id, "cafe.eat")


async def test_what_is_old_goes_a_few_rows_at_a_time_and_what_is_needed_stays(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay_module, "AT_ONCE", 10)
    monkeypatch.setattr(relay_module, "POLL", 0.05)
    soon(monkeypatch)
    await give_up(world, "given up")
    await bake_all(world.bakery, [f"loaf {n}" for n in range(35)])
    async with working(world.relay.run, world.consumer().run):
        await eventually(lambda: world.has(35))
        await eventually(world.all_acknowledged)
    await world.rows(
        "INSERT INTO cafe.event_failures SELECT gen_random_uuid(), subscriber, type, key, organization_id, source, "
        "position, payload, headers, create_time, 1, 'handled by a process that died', NULL, false "
        "FROM cafe.event_failures, generate_series(1, 25)"
    )
    await world.rows(
        "INSERT INTO cafe.idempotency_keys SELECT 'caller', n::text, '', '', now() - n * interval '2 hours' "
        "FROM generate_series(1, 40) AS n"
    )
    await days_pass(world)
    young = new_id()
    await world.rows("INSERT INTO cafe.inbox (event_id, subscriber) VALUES ($1, 'cafe.eat')", young)
    await world.rows("CREATE TABLE public.gone (number bigint)")
    await world.rows(
        "CREATE FUNCTION public.note() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS "
        "$$ BEGIN INSERT INTO public.gone SELECT count(*) FROM old; RETURN NULL; END $$"
    )
    tables = ("bakery.outbox", "cafe.inbox", "cafe.event_failures", "cafe.idempotency_keys")
    for table in tables:
        await world.rows(
            f"CREATE TRIGGER note AFTER DELETE ON {table} REFERENCING OLD TABLE AS old "
            "FOR EACH STATEMENT EXECUTE FUNCTION public.note()"
        )

    async def left() -> list[int]:
        return [(await world.rows(f"SELECT count(*) FROM {table}"))[0][0] for table in tables]

    async def cleaned() -> bool:
        return await left() == [1, 2, 1, 11]

    async with working(relay(world).run):
        await eventually(cleaned)
    kept = {(row["event_id"], row["dead"]) for row in await world.rows("SELECT event_id, dead FROM cafe.inbox")}
    (letter,) = await list_dead_letters(world.cafe)
    assert kept == {(young, False), (letter.event.meta.event_id, True)}
    numbers = [row["number"] for row in await world.rows("SELECT number FROM public.gone")]
    assert max(numbers) == 10
    assert sum(numbers) == 35 + 35 + 25 + 29


async def test_requested_replays_come_in_the_order_in_which_it_happened(world: World) -> None:
    await give_up(world, "first", "second", "third")
    # Its row lies behind the others now, as after any change.
    await world.rows("UPDATE cafe.event_failures SET attempts = attempts + 1 WHERE position = 1")
    await replays_requested(world)
    async with working(world.consumer().run):
        await eventually(lambda: world.has(3))
    assert await world.loaves() == ["first", "second", "third"]


async def test_a_replay_that_kills_its_process_takes_no_other_request_with_it(world: World, tmp_path: Path) -> None:
    await give_up(world, "deadly", "good")
    await replays_requested(world)
    assert await run_child(world, tmp_path, "consume", "") == -signal.SIGKILL

    async def settled() -> bool:  # the letter goes after what it held was done
        return len(await list_dead_letters(world.cafe)) == 1

    async with working(world.consumer().run):
        await eventually(lambda: world.has(1))
        await eventually(settled)
    assert await world.loaves() == ["good"]
    (letter,) = await list_dead_letters(world.cafe)
    assert StringValue.FromString(letter.event.payload).value == "deadly"


async def test_what_could_not_be_acknowledged_during_recovery_is_acknowledged_after_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused, go_on = asyncio.Event(), asyncio.Event()
    acknowledge = world.redis.xack

    async def refuse_once(*arguments: Any) -> Any:
        if not refused.is_set():
            refused.set()
            raise RedisConnectionError("gone")
        return await acknowledge(*arguments)

    async def handler(tx: Transaction, event: StringValue, meta: EventMeta) -> None:
        if event.value == "second":
            await go_on.wait()
        await world.note(tx, event.value)

    async with working(world.relay.run):
        await bake_all(world.bakery, ["first", "second"])
        await world.redis.xgroup_create(stream_name("bakery"), "cafe", id="0", mkstream=True)
        await eventually(lambda: _taken(world, 2))
        monkeypatch.setattr(world.redis, "xack", refuse_once)
        async with working(world.consumer(world.subscriber(handler)).run):
            await eventually(refused.is_set)
            go_on.set()
            await eventually(lambda: world.has(2))
            await eventually(world.all_acknowledged)
    assert await world.loaves() == ["first", "second"]


async def _taken(world: World, number: int) -> bool:
    """Whether a reader that has gone has left so many unfinished."""
    await world.redis.xreadgroup("cafe", "reader", {stream_name("bakery"): ">"})
    pending = await world.redis.xpending(stream_name("bakery"), "cafe")
    return int(pending["pending"]) == number


async def test_watch_says_where_it_passes_over_events(world: World) -> None:
    seen: list[Any] = []

    async def follow() -> None:
        async for event in watch(world.redis, "bakery", block=0.2, on_gap=lambda: seen.append("gap")):
            seen.append(StringValue.FromString(event.payload).value)  # noqa: PERF401

    async with working(world.relay.run):
        await bake_all(world.bakery, ["before"])
        await eventually(lambda: _fed(world, 1))
        async with working(follow):
            await eventually(lambda: seen)
            await bake_all(world.bakery, ["a", "b"])
            await eventually(lambda: len(seen) == 3)
        await bake_all(world.bakery, ["c", "d", "e"])
        await eventually(lambda: _fed(world, 6))
    assert seen == ["gap", "a", "b"]
    await world.redis.xtrim(stream_name("bakery"), minid="6-0", approximate=False)
    late: list[Any] = []

    async def come_back() -> None:
        gap = lambda: late.append("gap")  # noqa: E731
        async for event in watch(world.redis, "bakery", after=3, block=0.2, on_gap=gap):
            late.append(StringValue.FromString(event.payload).value)  # noqa: PERF401

    async with working(come_back):
        await eventually(lambda: len(late) == 2)
    assert late == ["gap", "e"]


async def _fed(world: World, number: int) -> bool:
    return bool(await world.redis.xlen(stream_name("bakery")) >= number)
