"""Deadlines, callers that go away, and stopping."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from sqlalchemy import text

from services.chassis import errors, run
from services.chassis.actor import SYSTEM
from services.chassis.errors import DeadlineExceeded
from services.chassis.interceptors import authenticate, deadline
from services.chassis.interceptors.call import unfinished
from services.chassis.testing import Harness, refused
from tests.chassis.bakery import eventually
from tests.chassis.conftest import Capture, World
from tests.chassis.contract import SERVICE, Ask, ToyStub
from tests.fixtures.servers import TestDatabase


async def backends(world: World) -> set[int]:
    """The process ids of all connections that SQLAlchemy may open, and of no other."""
    found = set()
    async with contextlib.AsyncExitStack() as held:
        for _ in range(world.harness.settings.database_pool_size):
            tx = await held.enter_async_context(world.toy.database.read(SYSTEM))
            found.add(int(await tx.session.scalar(text("SELECT pg_backend_pid()")) or 0))
    return found


class TestDeadline:
    async def test_the_callers(self, world: World) -> None:
        world.toy.entered.clear()
        for patience in (0.2, 2, 20):  # a busy machine may not even begin within a short one
            with pytest.raises(grpc.aio.AioRpcError) as caught:
                await world.call("Do", "wait:late", timeout=patience)
            assert caught.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED
            if world.toy.entered.is_set():
                break
        assert world.toy.entered.is_set()
        assert "late" not in world.toy.finished
        world.toy.release.set()
        await eventually(lambda: "late" in world.toy.finished)
        world.toy.release.clear()

    async def test_ours(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(deadline, "LIMIT", 0.2)
        world.toy.entered.clear()
        with refused(DeadlineExceeded) as refusal:
            await world.call("Do", "wait:ours", timeout=None)
        assert refusal.metadata == {"limit_ms": "200"}
        await asyncio.wait_for(world.toy.entered.wait(), 30)
        world.toy.release.set()
        await eventually(lambda: "ours" in world.toy.finished)
        world.toy.release.clear()

    async def test_work_is_not_begun_when_its_answer_would_come_too_late(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(deadline, "TOO_LATE", 60.0)
        before = world.toy.entered_count
        with refused(DeadlineExceeded):
            await world.call("Do", "wait:never", timeout=30)
        assert world.toy.entered_count == before

    async def test_a_statement_may_not_outlive_it(self, world: World) -> None:
        with refused(DeadlineExceeded):
            await world.call("Do", "sqlstate:57014")

    async def test_a_fault_after_the_caller_left_is_logged(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        told: list[Any] = []
        monkeypatch.setattr(deadline, "_log", type("Log", (), {"error": lambda _, *a, **k: told.append((a, k))})())
        world.toy.entered.clear()
        call = world.stub.Make(Ask(what="waits afterwards"), metadata=world.metadata(), timeout=10)
        monkeypatch.setattr(world.toy.release, "wait", _raising)
        await asyncio.wait_for(world.toy.entered.wait(), 10)
        call.cancel()
        world.toy.entered.clear()
        await eventually(lambda: told)
        assert "unexpected_after_the_caller_left" in told[0][0]


async def _raising() -> None:
    await asyncio.sleep(0.3)
    raise ValueError("after the caller left")


class TestCallersThatGoAway:
    async def _cancel_many(self, world: World, number: int) -> None:
        async def one(n: int) -> None:
            call = world.stub.Do(Ask(what=f"sleep:0.0{n % 9 + 1}"), metadata=world.metadata(), timeout=10)
            await asyncio.sleep(0.01 + n % 7 * 0.008)
            call.cancel()

        for _ in range(number // 20):
            await asyncio.gather(*(one(n) for n in range(20)))
        await eventually(lambda: not unfinished())

    async def test_cost_no_connection(self, world: World) -> None:
        before = await backends(world)
        await self._cancel_many(world, 200)
        assert await backends(world) == before

    async def test_would_cost_connections_without_the_shield(self, world: World, monkeypatch: Any) -> None:
        """The negative control: what the shield is for."""

        async def bare(_: Any, call: Any, proceed: Any) -> Any:
            return await proceed(call)

        before = await backends(world)
        monkeypatch.setattr(deadline.Deadline, "__call__", bare)

        async def cost() -> bool:
            await self._cancel_many(world, 100)
            return await backends(world) != before

        assert await eventually(cost), "some are cancelled while their statement runs"

    async def test_their_streams_end(self, world: World) -> None:
        world.toy.streams_ended.clear()
        tell = world.stub.Tell(Ask(what="wait:stream", number=1), metadata=world.metadata())
        await tell.read()
        talk = world.stub.Talk(metadata=world.metadata())
        await talk.write(Ask(what="echo:1"))
        await talk.read()
        tell.cancel()
        talk.cancel()
        await eventually(lambda: sorted(world.toy.streams_ended) == ["Talk", "Tell"])


class TestStreamsAndCredentials:
    """A stream is looked at again while it lasts."""

    @pytest.fixture(autouse=True)
    def often(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(authenticate, "RECHECK", 0.1)

    async def _talk(self, world: World, token: str) -> Any:
        call = world.stub.Talk(metadata=world.harness.metadata(token))
        await call.write(Ask(what="echo:1"))
        assert (await call.read()).text == "1"
        return call

    async def test_lasts_while_they_hold(self, world: World) -> None:
        call = await self._talk(world, world.token)
        for n in range(4):
            await asyncio.sleep(0.11)
            await call.write(Ask(number=n))
            assert (await call.read()).number == n
        call.cancel()

    async def test_ends_when_the_session_is_revoked(self, world: World) -> None:
        from services.chassis.ids import new_id

        session = new_id()
        call = await self._talk(world, world.harness.token(session_id=session))
        credentials: Any = world.harness.credentials
        credentials.revoked.add(session)
        assert await asyncio.wait_for(call.code(), 10) is grpc.StatusCode.UNAUTHENTICATED

    async def test_ends_when_the_token_expires(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        from services.chassis import tokens

        call = await self._talk(world, world.token)
        real = tokens.time.time
        monkeypatch.setattr(tokens.time, "time", lambda: real() + 700)
        assert await asyncio.wait_for(call.code(), 10) is grpc.StatusCode.UNAUTHENTICATED

    @pytest.mark.parametrize(
        "lost",
        [
            errors.DependencyUnavailable(),
            errors.DeadlineExceeded(),
            grpc.aio.AioRpcError(grpc.StatusCode.INTERNAL, grpc.aio.Metadata(), grpc.aio.Metadata()),
        ],
        ids=["away", "late", "at fault"],
    )
    async def test_lasts_while_nobody_can_say(
        self, world: World, monkeypatch: pytest.MonkeyPatch, lost: Exception
    ) -> None:
        call = await self._talk(world, world.token)
        asked: list[int] = []

        async def away(_: Any) -> bool:
            asked.append(1)
            raise lost

        with monkeypatch.context() as patch:
            patch.setattr(world.harness.credentials, "check_session", away)
            await eventually(lambda: len(asked) >= 3)
        await call.write(Ask(what="echo:still here"))
        assert (await call.read()).text == "still here"
        call.cancel()

    async def test_ends_what_waits_for_ever(self, world: World) -> None:
        """The handler is cancelled too, not only its caller told."""
        from services.chassis.ids import new_id

        session = new_id()
        world.toy.streams_ended.clear()
        call = world.stub.Tell(
            Ask(what="wait:x", number=1), metadata=world.harness.metadata(world.harness.token(session_id=session))
        )
        await call.read()
        credentials: Any = world.harness.credentials
        credentials.revoked.add(session)
        assert await asyncio.wait_for(call.code(), 10) is grpc.StatusCode.UNAUTHENTICATED
        await eventually(lambda: "Tell" in world.toy.streams_ended)


async def _alone(
    toy_database: TestDatabase, redis_url: str, keys: Path, **overrides: Any
) -> AsyncIterator[tuple[Harness, Capture]]:
    capture = Capture()
    async with Harness.open(
        [capture], database_url=toy_database.url, redis_url=redis_url, keys_dir=keys, **overrides
    ) as harness:
        yield harness, capture


class TestDrain:
    async def test_says_so_first_then_finishes_what_runs(
        self, toy_database: TestDatabase, redis_url: str, toy_keys: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        said: list[int] = []
        told = asyncio.Event()

        async def until_told(point: str) -> None:
            if point == "in_drain":
                await asyncio.wait_for(told.wait(), 30)

        monkeypatch.setattr(run, "failpoint", until_told)
        serving = health_pb2.HealthCheckResponse.SERVING
        not_serving = health_pb2.HealthCheckResponse.NOT_SERVING
        async for harness, capture in _alone(toy_database, redis_url, toy_keys, drain_seconds=0.3, grace_seconds=5):
            token = harness.token(permissions=[])
            channel = grpc.aio.insecure_channel(f"127.0.0.1:{harness.process.port}")
            health = health_pb2_grpc.HealthStub(channel)
            watching = health.Watch(health_pb2.HealthCheckRequest(service=SERVICE))

            async def watch(watching: Any = watching) -> None:
                async for answer in watching:
                    said.append(answer.status)
                    if said[-2:] == [
                        health_pb2.HealthCheckResponse.SERVING,
                        health_pb2.HealthCheckResponse.NOT_SERVING,
                    ]:
                        told.set()
                        watching.cancel()
                        return

            watcher = asyncio.ensure_future(watch())
            await eventually(lambda: health_pb2.HealthCheckResponse.SERVING in said)
            stub: Any = ToyStub(channel)
            calls = [stub.Do(Ask(what="sleep:0.6"), metadata=harness.metadata(token), timeout=10) for _ in range(6)]
            toy = capture.servicer
            await eventually(lambda toy=toy: toy.entered_count == 6)
        # The harness has stopped: everything that ran has been answered.
        answers = await asyncio.gather(*calls)
        assert [a.text for a in answers] == ["0.6"] * 6
        await asyncio.wait((watcher,))
        await channel.close()
        assert said[0] == not_serving
        assert said[said.index(serving) :] == [serving, not_serving]

    async def test_under_load_fails_nobody(
        self, toy_database: TestDatabase, redis_url: str, toy_keys: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Callers that follow health, as the gateway does, notice nothing of a server that stops."""
        turned = asyncio.Event()

        async def until_turned(point: str) -> None:
            # `drain_seconds` is longer than the gateway needs to see it; on a busy machine no number of seconds is.
            if point == "in_drain":
                await asyncio.wait_for(turned.wait(), 30)

        monkeypatch.setattr(run, "failpoint", until_turned)
        how: Any = {"database_url": toy_database.url, "redis_url": redis_url, "keys_dir": toy_keys}
        secret = {name: "one-secret-for-both-servers-" + name for name in ("internal_secret", "page_token_secret")}
        stop, served = asyncio.Event(), dict.fromkeys("ab", 0)
        channels: dict[str, grpc.aio.Channel] = {}
        async with Harness.open([Capture()], drain_seconds=0.5, grace_seconds=5, **how, **secret) as staying:
            leaving = Harness.open([Capture()], drain_seconds=0.5, grace_seconds=5, **how, **secret)
            harness = await leaving.__aenter__()
            token = harness.metadata(harness.token())
            for name, one in (("a", harness), ("b", staying)):
                channels[name] = grpc.aio.insecure_channel(f"127.0.0.1:{one.process.port}")
            healthy = {"a", "b"}
            health = health_pb2_grpc.HealthStub(channels["a"])

            async def serving() -> bool:
                answer = await health.Check(health_pb2.HealthCheckRequest())
                return bool(answer.status == health_pb2.HealthCheckResponse.SERVING)

            async def follow() -> None:
                while await serving():  # noqa: ASYNC110 - as Envoy does
                    await asyncio.sleep(0.02)
                healthy.discard("a")
                turned.set()

            async def more(name: str) -> None:
                wanted = served[name] + 11
                await eventually(lambda: served[name] >= wanted or any(each.done() for each in callers))

            async def caller(n: int) -> None:
                while not stop.is_set():
                    name = "a" if "a" in healthy and n % 2 else "b"
                    stub: Any = ToyStub(channels[name])
                    answer = await stub.Do(Ask(what="sleep:0.02"), metadata=token, timeout=10)
                    assert answer.text == "0.02"
                    served[name] += 1

            await eventually(serving)
            following = asyncio.ensure_future(follow())
            callers = [asyncio.ensure_future(caller(n)) for n in range(8)]
            await more("a")
            await leaving.__aexit__(None, None, None)
            await asyncio.wait_for(following, 10)
            await more("b")
            stop.set()
            await asyncio.gather(*callers)
            for channel in channels.values():
                await channel.close()
        assert min(served.values()) > 10

    async def test_waits_for_work_whose_caller_has_gone(
        self, toy_database: TestDatabase, redis_url: str, toy_keys: Path
    ) -> None:
        async for harness, capture in _alone(toy_database, redis_url, toy_keys, grace_seconds=5):
            toy, stub = capture.servicer, ToyStub(harness.channel)
            call = stub.Do(Ask(what="sleep:0.8"), metadata=harness.metadata(harness.token()), timeout=10)
            await asyncio.wait_for(toy.entered.wait(), 10)
            call.cancel()
        assert toy.finished == ["sleep:0.8"]

    async def test_ends_in_time_with_a_connection_that_never_comes_back(
        self, toy_database: TestDatabase, redis_url: str, toy_keys: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from services.chassis.db import engine

        monkeypatch.setattr(engine, "CLOSING", 0.2)
        async for harness, _ in _alone(toy_database, redis_url, toy_keys, grace_seconds=0):
            held = await harness.resources.engine.pool.acquire()
        assert held is not None


class TestHealth:
    async def test_follows_postgres(self, private_postgres: Callable[..., Any], redis_url: str, toy_keys: Path) -> None:
        from services.stack.postgres_access import APP, OWNER
        from tests.chassis import toy

        server = private_postgres()
        server.create_database("toys")
        await toy.make_schema(server.url(OWNER, "toys"))
        capture = Capture()
        async with Harness.open(
            [capture], database_url=server.url(APP, "toys"), redis_url=redis_url, keys_dir=toy_keys
        ) as harness:
            stub = health_pb2_grpc.HealthStub(harness.channel)
            call: Any = ToyStub(harness.channel)

            async def status(service: str = "") -> int:
                return int((await stub.Check(health_pb2.HealthCheckRequest(service=service))).status)

            names = ("", SERVICE)
            serving, away = health_pb2.HealthCheckResponse.SERVING, health_pb2.HealthCheckResponse.NOT_SERVING

            async def all_say(expected: int) -> bool:
                return [await status(n) for n in names] == [expected] * len(names)

            await eventually(lambda: all_say(serving))
            token = harness.metadata(harness.token())
            await call.Do(Ask(what="sleep:0"), metadata=token)
            server.kill()
            for _ in range(5):
                with pytest.raises(grpc.aio.AioRpcError) as caught:
                    await call.Do(Ask(what="sleep:0"), metadata=token)
                assert caught.value.code() is grpc.StatusCode.UNAVAILABLE
                assert "asyncpg" not in str(caught.value.details())
            await eventually(lambda: all_say(away))
            server.start()
            await eventually(lambda: all_say(serving))
            assert (await call.Do(Ask(what="sleep:0"), metadata=token)).text == "0"

    async def test_a_busy_pool_sends_nobody_away(self, world: World) -> None:
        engine = world.harness.resources.engine
        size = world.harness.settings.fast_pool_size
        held = [await engine.pool.acquire() for _ in range(size)]
        try:
            for _ in range(3):
                assert await world.harness.process.health.ready()
        finally:
            for connection in held:
                await engine.pool.release(connection)

    async def test_waits_for_the_schema(
        self, clone_database: Callable[[], TestDatabase], redis_url: str, toy_keys: Path
    ) -> None:
        from tests.chassis import toy

        clone = clone_database()
        async for harness, _ in _alone(clone, redis_url, toy_keys):
            assert not await harness.process.health.ready()
            await toy.make_schema(clone.owner_url)
            assert await harness.process.health.ready()


async def test_a_second_process_on_the_same_port_is_refused(
    toy_database: TestDatabase, redis_url: str, toy_keys: Path
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(RuntimeError):
            async for _ in _alone(toy_database, redis_url, toy_keys, port=taken.getsockname()[1]):
                pass
