"""The Redis clients of a process, and what happens when Redis is away.

Redis holds nothing that cannot be lost: counters of rate limits, caches, and streams that the outbox can feed again.
A call to it is therefore never worth waiting for. The library retries ten times by default (4.1 s for one call with
Redis stopped); the client made here makes one attempt within 50 ms and answers `RedisUnavailable`, and after three
faults in a row it answers so at once for two seconds, after which a single call tries again.

What may be put here: clients and their guard. What may not: keys, scripts, or what is done when Redis is away (the
caller decides: fail open, skip the cache, keep the rows in the outbox).
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import structlog
from prometheus_client import Counter
from redis.asyncio import ConnectionPool, Redis
from redis.asyncio.client import Pipeline
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

__all__ = ["Breaker", "GuardedRedis", "RedisUnavailable", "connect", "connect_for_streams"]

log = structlog.get_logger(__name__)
T = TypeVar("T")

FAULTS = Counter("doorstep_redis_faults_total", "Calls to Redis that failed or timed out.", ["kind"])
SHORTED = Counter("doorstep_redis_shorted_total", "Calls refused at once because the breaker was open.")
OPENED = Counter("doorstep_redis_breaker_opened_total", "How often the breaker of a Redis client opened.")


class RedisUnavailable(RedisConnectionError):  # it says what is the case, as the gRPC code does
    """Redis did not answer in time, or is known to be away. Nothing may be concluded about the call's effect."""


class Breaker:
    """Counts faults in a row and, after `threshold` of them, refuses calls for `open_seconds`.

    One breaker belongs to one client: a slow cache must not stop rate limits on another server.
    """

    def __init__(
        self, *, threshold: int = 3, open_seconds: float = 2.0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._threshold = threshold
        self._open_seconds = open_seconds
        self._clock = clock
        self._faults = 0
        self._open_until = 0.0

    @property
    def is_open(self) -> bool:
        """Whether a call made now would be refused without asking Redis."""
        return self._faults >= self._threshold and self._clock() < self._open_until

    def admit(self) -> None:
        """Let a call through or raise `RedisUnavailable`. After the pause exactly one call is let through to try."""
        if self._faults < self._threshold:
            return
        now = self._clock()
        if now < self._open_until:
            SHORTED.inc()
            raise RedisUnavailable("Redis is away; not asked")
        self._open_until = now + self._open_seconds

    def succeeded(self) -> None:
        """Close the breaker: Redis answered."""
        if self._faults:
            if self._faults >= self._threshold:
                log.info("redis_back")
            self._faults = 0

    def failed(self, error: BaseException) -> None:
        """Count a fault, and open the breaker when it was one too many."""
        FAULTS.labels(kind="timeout" if isinstance(error, RedisTimeoutError | TimeoutError) else "connection").inc()
        self._faults += 1
        if self._faults >= self._threshold:
            self._open_until = self._clock() + self._open_seconds
            if self._faults == self._threshold:
                OPENED.inc()
                log.warning("redis_away", error=str(error), open_seconds=self._open_seconds)

    async def guard(self, call: Callable[[], Awaitable[T]]) -> T:
        """Run one call to Redis under this breaker.

        Raises:
            RedisUnavailable: Redis did not answer, or the breaker is open.

        """
        self.admit()
        try:
            answer = await not_swallowed(call)
        except (RedisConnectionError, RedisTimeoutError, OSError) as error:
            self.failed(error)
            raise RedisUnavailable(str(error) or type(error).__name__) from error
        except BaseException as error:
            # An error reply (a wrong type, a missing script) is an answer; a cancelled call says nothing.
            if isinstance(error, Exception):
                self.succeeded()
            raise
        self.succeeded()
        return answer


async def not_swallowed(call: Callable[[], Awaitable[T]]) -> T:
    """Run one call to Redis so that a cancellation during it is not lost.

    The library sends under `asyncio.wait_for`, which in Python 3.11 forgets a cancellation that arrives just when it
    is done: the call then ends well, and a loop around it that was told to stop goes on for ever.
    """
    task = asyncio.current_task()
    before = task.cancelling() if task is not None else 0
    try:
        answer = await call()
    except Exception as error:
        if task is not None and task.cancelling() > before:
            raise asyncio.CancelledError from error
        raise
    if task is not None and task.cancelling() > before:
        raise asyncio.CancelledError
    return answer


class GuardedPipeline(Pipeline):
    """A pipeline whose one trip runs under the client's breaker."""

    breaker: Breaker
    places: asyncio.Semaphore

    async def execute(self, raise_on_error: bool = True) -> list[Any]:
        """Send everything collected; see `redis.asyncio.client.Pipeline.execute`."""
        parent = super().execute
        async with self.places:
            return await self.breaker.guard(lambda: parent(raise_on_error))


class GuardedRedis(Redis):
    """`redis.asyncio.Redis` whose every command and pipeline runs under one breaker."""

    # Set after construction by `connect`: the library's constructor is called by `from_url`.
    breaker: Breaker
    places: asyncio.Semaphore
    """One per connection: who finds none free waits for one. Waits are short, since every holder gives up soon; the
    library's own pool that blocks times out by `wait_for`, which loses cancellations (see `not_swallowed`)."""

    async def execute_command(self, *args: Any, **options: Any) -> Any:
        """Run one command; see `redis.asyncio.Redis.execute_command`."""
        parent: Callable[..., Awaitable[Any]] = super().execute_command
        async with self.places:
            return await self.breaker.guard(lambda: parent(*args, **options))

    def pipeline(self, transaction: bool = True, shard_hint: str | None = None) -> GuardedPipeline:
        """Collect commands for one trip."""
        pipeline = GuardedPipeline(self.connection_pool, self.response_callbacks, transaction, shard_hint)
        pipeline.breaker, pipeline.places = self.breaker, self.places
        return pipeline


class StreamPipeline(Pipeline):
    """A pipeline that can be cancelled."""

    async def execute(self, raise_on_error: bool = True) -> list[Any]:
        """Send everything collected; see `redis.asyncio.client.Pipeline.execute`."""
        parent = super().execute
        return await not_swallowed(lambda: parent(raise_on_error))


class StreamRedis(Redis):
    """`redis.asyncio.Redis` whose commands can be cancelled, for loops."""

    async def execute_command(self, *args: Any, **options: Any) -> Any:
        """Run one command; see `redis.asyncio.Redis.execute_command`."""
        parent: Callable[..., Awaitable[Any]] = super().execute_command
        return await not_swallowed(lambda: parent(*args, **options))

    def pipeline(self, transaction: bool = True, shard_hint: str | None = None) -> StreamPipeline:
        """Collect commands for one trip."""
        return StreamPipeline(self.connection_pool, self.response_callbacks, transaction, shard_hint)


def connect(
    url: str, *, timeout: float = 0.05, max_connections: int = 64, breaker: Breaker | None = None
) -> GuardedRedis:
    """Make the client for everything that answers a request: limits, caches, counters. No connection is opened yet.

    Args:
        url: `redis://` or `rediss://` or `unix://` address.
        timeout: Seconds for connecting and, separately, for each answer.
        max_connections: Bound of the pool; whoever finds no connection free waits for one.
        breaker: Shared by tests that watch it; a fresh one otherwise.

    Answers come as bytes.

    """
    pool = ConnectionPool.from_url(
        url,
        socket_timeout=timeout,
        socket_connect_timeout=timeout,
        retry=Retry(NoBackoff(), 0),
        max_connections=max_connections,
    )
    client = GuardedRedis(connection_pool=pool)
    client.auto_close_connection_pool = True  # closing the client closes the pool
    client.breaker = breaker or Breaker()
    client.places = asyncio.Semaphore(max_connections)
    return client


def connect_for_streams(url: str, *, block: float = 5.0, max_connections: int = 16) -> Redis:
    """Make the client for background readers and writers of streams, which wait and repeat by themselves.

    Blocking reads hold a connection for up to `block` seconds, so they need their own pool and a longer timeout than
    requests have. No breaker: every caller is a loop with its own pause.

    Args:
        url: `redis://` or `rediss://` or `unix://` address.
        block: Longest blocking read in seconds; the socket waits two seconds more before it gives up.
        max_connections: Bound of the pool: one connection for each reader, a few for writers.

    """
    pool = ConnectionPool.from_url(
        url,
        socket_timeout=block + 2.0,
        socket_connect_timeout=1.0,
        retry=Retry(NoBackoff(), 0),
        max_connections=max_connections,
    )
    client = StreamRedis(connection_pool=pool)
    client.auto_close_connection_pool = True  # closing the client closes the pool
    return client
