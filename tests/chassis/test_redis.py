import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import suppress

import pytest
from redis.asyncio import Redis
from redis.exceptions import ResponseError

from services.chassis.redis import Breaker, GuardedRedis, RedisUnavailable, connect, connect_for_streams
from services.stack.redis import RedisServer
from tests.chassis.bakery import eventually


@pytest.fixture
async def client(redis_url: str) -> AsyncIterator[GuardedRedis]:
    # The breaker's own clock is turned by hand where a test needs it; a longer timeout keeps a busy machine out of it.
    client = connect(redis_url, timeout=30.0)
    yield client
    await client.aclose()


class TestBreaker:
    def setup_method(self) -> None:
        self.now = 100.0
        self.breaker = Breaker(clock=lambda: self.now)

    def fail(self, times: int = 1) -> None:
        for _ in range(times):
            self.breaker.failed(OSError("gone"))

    def test_opens_after_three_faults_in_a_row_and_not_before(self) -> None:
        self.fail(2)
        self.breaker.admit()
        self.breaker.succeeded()
        self.fail(2)
        self.breaker.admit()
        self.fail()
        with pytest.raises(RedisUnavailable):
            self.breaker.admit()

    def test_lets_one_call_try_after_the_pause(self) -> None:
        self.fail(3)
        self.now += 2.01
        self.breaker.admit()
        with pytest.raises(RedisUnavailable):
            self.breaker.admit()
        self.breaker.succeeded()
        self.breaker.admit()
        assert not self.breaker.is_open

    def test_opens_again_when_the_trial_fails(self) -> None:
        self.fail(3)
        self.now += 2.01
        self.breaker.admit()
        self.fail()
        assert self.breaker.is_open


async def test_commands_and_pipelines_answer(client: GuardedRedis) -> None:
    await client.set("a", 1)
    pipeline = client.pipeline(transaction=False)
    pipeline.get("a")
    pipeline.incr("a")
    assert await pipeline.execute() == [b"1", 2]


async def test_an_error_reply_is_an_answer_and_no_fault(client: GuardedRedis) -> None:
    await client.set("text", "x")
    for _ in range(5):
        with pytest.raises(ResponseError):
            await client.incr("text")
    assert not client.breaker.is_open
    assert await client.get("text") == b"x"


async def test_a_stopped_server_is_asked_three_times_and_then_not_at_all(
    private_redis: Callable[[], RedisServer],
) -> None:
    redis = private_redis()
    now = [0.0]
    client = connect(redis.url(), timeout=30.0, breaker=Breaker(clock=lambda: now[0]))
    try:
        assert await client.ping()
        redis.kill()
        for _ in range(3):
            with pytest.raises(RedisUnavailable):
                await client.get("x")
        assert client.breaker.is_open
        redis.start()
        with pytest.raises(RedisUnavailable, match="not asked"):
            await client.get("x")
        pipeline = client.pipeline(transaction=False)
        pipeline.get("x")
        with pytest.raises(RedisUnavailable, match="not asked"):
            await pipeline.execute()
        now[0] += 3
        assert await client.get("x") is None
    finally:
        await client.aclose()


async def test_a_frozen_server_costs_one_timeout_not_ten_retries(private_redis: Callable[[], RedisServer]) -> None:
    redis = private_redis()
    client = connect(redis.url())
    guard = 30.0  # the library's default would go on for 4 s a call and, without a timeout, for ever

    async def answers() -> bool:
        with suppress(RedisUnavailable):  # 50 ms may be short on a busy machine
            return bool(await client.ping())
        return False

    try:
        await eventually(answers)
        os.kill(redis.pid, signal.SIGSTOP)
        for _ in range(3):
            with pytest.raises(RedisUnavailable):
                await asyncio.wait_for(client.get("x"), guard)
        assert client.breaker.is_open
    finally:
        os.kill(redis.pid, signal.SIGCONT)
        await client.aclose()


async def test_the_client_for_streams_waits_longer_than_it_blocks(redis_url: str) -> None:
    client: Redis = connect_for_streams(redis_url, block=0.2)
    try:
        assert not await client.xread({"nothing": "$"}, block=200)
    finally:
        await client.aclose()


async def test_a_cancellation_is_not_lost_in_a_call(redis_url: str) -> None:
    """Each loop is cancelled at another moment of its calls; the library alone lets some of them go on for ever."""
    clients: list[Redis] = [connect(redis_url, timeout=30.0), connect_for_streams(redis_url)]

    async def loop(client: Redis) -> None:
        while True:
            await client.get("x")

    try:
        for client in clients:
            for n in range(200):
                task = asyncio.create_task(loop(client))
                for _ in range(n % 40):
                    await asyncio.sleep(0)
                task.cancel()
                done, _ = await asyncio.wait({task}, timeout=20)
                assert done, f"still running after a cancellation at step {n % 40}"
    finally:
        for client in clients:
            await client.aclose()
