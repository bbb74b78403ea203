"""The receiving half: reads the streams of other services and runs this service's subscribers, once per event.

One process of a service reads (see `leader`); the others wait to take over. Events with equal keys form a lane and are
handled one after the other; lanes run beside each other. An event is acknowledged in the stream after the commit, so
whatever was cut off is still pending there, and the next reader begins with it: one event at a time then, each counted
before it is tried, because one of them may be what killed the process.
"""

import asyncio
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import asyncpg
import structlog
from prometheus_client import Counter
from redis.asyncio import Redis
from redis.exceptions import RedisError, ResponseError
from sqlalchemy.exc import SQLAlchemyError

from services.chassis.db.database import Database
from services.chassis.errors import DependencyUnavailable, DoorstepError
from services.chassis.events.envelope import Received, Subscriber, from_entry, stream_name
from services.chassis.events.inbox import Inbox, next_requested, replay
from services.chassis.events.leader import OUTAGES, leading
from services.chassis.failpoints import failpoint
from services.chassis.interceptors.errors import translate

__all__ = ["Consumer"]

log = structlog.get_logger(__name__)

BATCH = 100
"""Entries per read."""
IN_HAND = 500
"""Entries read and not done with; reading stops there."""
BLOCK = 1.0
"""Seconds of one blocking read; after each the connection that holds the lock is looked after."""
FIRST_PAUSE = 0.1
"""Seconds before the second attempt; doubles for each further one."""
LONGEST_PAUSE = 5.0
REPLAY_EVERY = 2.0
"""Seconds between two looks for dead letters that are to be replayed."""
_READER = "reader"
"""Name of the one consumer in each group: whoever leads is it, and so finds what its predecessor left."""

EVENTS = Counter("doorstep_events_consumed_total", "Events by what became of them.", ["service", "outcome"])


class Consumer:
    """Runs the subscribers of one service; runs in every process, works in one.

    Args:
        dsn: Address of the database, as the services' role; the consumer opens a connection of its own for the lock.
        redis: A client made by `connect_for_streams`.
        database: The service's.
        subscribers: All of them.
        concurrency: Handlers at once, hence connections taken from the pool.
    """

    def __init__(
        self,
        dsn: str,
        redis: Redis,
        database: Database,
        subscribers: Sequence[Subscriber[Any]],
        *,
        concurrency: int = 3,
    ) -> None:
        names = [subscriber.name for subscriber in subscribers]
        if len(set(names)) != len(names):
            raise ValueError(f"subscribers of {database.schema} share a name: {sorted(names)}")
        self._dsn = dsn
        self._redis = redis
        self._database = database
        self._service = database.schema
        self._inbox = Inbox(database)
        self._sources = sorted({subscriber.source for subscriber in subscribers})
        self._subscribers: dict[str, list[Subscriber[Any]]] = {}
        for subscriber in subscribers:
            self._subscribers.setdefault(subscriber.type, []).append(subscriber)
        self._slots = asyncio.Semaphore(concurrency)
        self._lanes: dict[tuple[str, str], deque[Received]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._in_hand: set[tuple[str, int]] = set()
        self._left_over: set[str] = set()
        self._done: dict[str, list[str]] = {}
        self._some_done = asyncio.Event()
        self._moved = asyncio.Event()

    async def run(self) -> None:
        """Consume until cancelled. Waits and begins again when Postgres or Redis is away."""
        while True:
            try:
                async with leading(self._dsn, f"consumer {self._service}") as connection:
                    await self._lead(connection)
            except (*OUTAGES, asyncpg.PostgresError, RedisError, SQLAlchemyError) as error:
                log.warning("consumer_interrupted", service=self._service, error=str(error) or type(error).__name__)
                await asyncio.sleep(0.5)
            finally:
                await self._drop_lanes()

    async def _lead(self, connection: "asyncpg.Connection[Any]") -> None:
        tasks = [asyncio.create_task(self._read(source)) for source in self._sources]
        tasks.append(asyncio.create_task(_hold(connection)))
        tasks.append(asyncio.create_task(self._acknowledge()))
        tasks.append(asyncio.create_task(self._replay()))
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
            for task in done:
                task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _read(self, source: str) -> None:
        """Read one stream for as long as this process leads; waits when Redis is away or was wiped."""
        self._left_over.add(source)
        taken_over = True
        while True:
            try:
                await self._join(source)
                while True:
                    while len(self._in_hand) >= IN_HAND:
                        self._moved.clear()
                        await self._moved.wait()
                    if source in self._left_over:
                        # What a predecessor, or this process before a fault of Redis, took and did not finish.
                        self._left_over.discard(source)  # before: what is left over meanwhile is looked for again
                        await self._recover(source, count=taken_over)
                        taken_over = False
                    answer: Any = await self._redis.xreadgroup(
                        self._service, _READER, {stream_name(source): ">"}, count=BATCH, block=int(BLOCK * 1000)
                    )
                    for _, entries in answer:
                        await self._take(source, entries)
            except RedisError as error:
                if "NOGROUP" not in str(error):
                    log.warning("consumer_waits_for_redis", service=self._service, source=source, error=str(error))
                    await asyncio.sleep(0.5)
                self._left_over.add(source)

    async def _join(self, source: str) -> None:
        try:
            await self._redis.xgroup_create(stream_name(source), self._service, id="0", mkstream=True)
        except ResponseError as error:
            if "BUSYGROUP" not in str(error):
                raise

    async def _recover(self, source: str, *, count: bool) -> None:
        after: str | bytes = "0"
        while True:
            answer: Any = await self._redis.xreadgroup(
                self._service, _READER, {stream_name(source): after}, count=BATCH
            )
            entries = answer[0][1] if answer else []
            if not entries:
                return
            after = entries[-1][0]
            for event in await self._fresh(source, entries):
                if count:
                    for subscriber in self._subscribers[event.meta.type]:
                        await self._count(subscriber, event, "the process ended while it was being handled")
                await self._finish(event, counted=count)

    async def _take(self, source: str, entries: Sequence[tuple[bytes, dict[bytes, bytes]]]) -> None:
        """Put each event into the lane of its key."""
        for event in await self._fresh(source, entries):
            lane = (source, event.meta.key)
            self._in_hand.add((source, event.meta.position))
            waiting = self._lanes.get(lane)
            if waiting is not None:
                waiting.append(event)
                continue
            self._lanes[lane] = deque([event])
            task = asyncio.create_task(self._work_off(lane), name=f"lane {self._service} {lane}")
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _fresh(self, source: str, entries: Sequence[tuple[bytes, dict[bytes, bytes]]]) -> list[Received]:
        """Of what was read, the events that some subscriber has still to handle; the rest is acknowledged."""
        events: list[Received] = []
        done: list[bytes] = []
        for entry_id, fields in entries:
            if not fields:  # cut away while it was pending; the outbox would have fed it again
                done.append(entry_id)
                continue
            try:
                event = from_entry(source, entry_id, fields)
            except (KeyError, ValueError):
                log.exception("entry_not_of_the_relay", source=source, entry_id=entry_id)
                done.append(entry_id)
                continue
            if (source, event.meta.position) in self._in_hand:
                continue
            if event.meta.type in self._subscribers:
                events.append(event)
            else:
                done.append(entry_id)
        if events:
            names = [s.name for subscribers in self._subscribers.values() for s in subscribers]
            handled = await self._handled(events, names)
            for event in list(events):
                if all((event.meta.event_id, s.name) in handled for s in self._subscribers[event.meta.type]):
                    events.remove(event)
                    done.append(event.entry_id.encode())
                    EVENTS.labels(self._service, "repeated").inc()
        if done:
            await self._redis.xack(stream_name(source), self._service, *done)
        return events

    async def _handled(self, events: Sequence[Received], names: Sequence[str]) -> set[tuple[Any, str]]:
        while True:
            try:
                return await self._inbox.handled(events, names)
            except Exception as error:
                if not _is_outage(error):
                    raise
                log.warning("consumer_waits_for_database", service=self._service, error=str(error))
                await asyncio.sleep(0.5)

    async def _work_off(self, lane: tuple[str, str]) -> None:
        waiting = self._lanes[lane]
        try:
            while waiting:
                event = waiting[0]
                await self._finish(event)
                waiting.popleft()
                self._in_hand.discard((lane[0], event.meta.position))
                self._moved.set()
        except Exception:
            log.exception("lane_failed", service=self._service, lane=lane)
            await asyncio.sleep(LONGEST_PAUSE)
        finally:
            for event in waiting:
                self._in_hand.discard((lane[0], event.meta.position))
                self._left_over.add(lane[0])
            self._lanes.pop(lane, None)
            self._moved.set()

    async def _finish(self, event: Received, *, counted: bool = False) -> None:
        """Bring an event to its end with every subscriber, and acknowledge it."""
        for subscriber in self._subscribers[event.meta.type]:
            await self._deliver(subscriber, event, counted=counted)
        await failpoint("after_handle")
        self._done.setdefault(event.meta.source, []).append(event.entry_id)
        self._some_done.set()

    async def _acknowledge(self) -> None:
        """Acknowledge what is done, all of it in one trip: lanes are many, connections few."""
        while True:
            await self._some_done.wait()
            self._some_done.clear()
            done, self._done = self._done, {}
            for source, entries in done.items():
                try:
                    await self._redis.xack(stream_name(source), self._service, *entries)
                except RedisError as error:
                    # Handled and still pending: it is read again, and skipped by the inbox.
                    log.warning("consumer_could_not_acknowledge", service=self._service, error=str(error))
                    self._left_over.add(source)

    async def _deliver(self, subscriber: Subscriber[Any], event: Received, *, counted: bool) -> None:
        """Try until it is handled or given up. A database that is away is waited for and not counted."""
        pause = FIRST_PAUSE
        while True:
            try:
                async with self._slots:
                    fresh = await self._inbox.handle(subscriber, event)
                if counted:
                    await self._inbox.forget_failure(subscriber.name, event)
            except Exception as error:
                if _is_outage(error):
                    log.warning("event_waits", subscriber=subscriber.name, error=str(error))
                else:
                    log.warning(
                        "event_failed", subscriber=subscriber.name, event_id=str(event.meta.event_id), exc_info=True
                    )
                    EVENTS.labels(self._service, "failed").inc()
                    counted = True
                    if await self._count(subscriber, event, f"{type(error).__name__}: {error}"):
                        return
            else:
                EVENTS.labels(self._service, "handled" if fresh else "repeated").inc()
                return
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)

    async def _count(self, subscriber: Subscriber[Any], event: Received, error: str) -> bool:
        """Count a failure; when it was one too many, give the event up and return True. Waits for the database."""
        while True:
            try:
                attempts = await self._inbox.count_failure(subscriber.name, event, error)
                if attempts < subscriber.max_attempts:
                    return False
                await self._inbox.bury(subscriber.name, event)
            except Exception as problem:
                if not _is_outage(problem):
                    raise
                await asyncio.sleep(0.5)
            else:
                EVENTS.labels(self._service, "given_up").inc()
                return True

    async def _replay(self) -> None:
        """Replay the dead letters that an operator asked for. One that fails again stays where it is."""
        subscribers = [s for found in self._subscribers.values() for s in found]
        while True:
            await asyncio.sleep(REPLAY_EVERY)
            while (found := await next_requested(self._database)) is not None:
                event_id, name = found
                try:
                    await replay(self._database, subscribers, event_id, name)
                except Exception:
                    log.exception("replay_failed", subscriber=name, event_id=str(event_id))

    async def _drop_lanes(self) -> None:
        """Let what is being handled come to its end, shortly; what waits is pending in the stream."""
        for waiting in self._lanes.values():
            while len(waiting) > 1:
                waiting.pop()
        tasks = list(self._tasks)
        if tasks:
            await asyncio.wait(tasks, timeout=LONGEST_PAUSE)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._lanes.clear()
        self._in_hand.clear()
        with suppress(RedisError):  # what cannot be acknowledged now is skipped by the inbox later
            for source, entries in self._done.items():
                await self._redis.xack(stream_name(source), self._service, *entries)
        self._done.clear()


async def _hold(connection: "asyncpg.Connection[Any]") -> None:
    """Look after the connection that holds the lock; raises when it is lost."""
    while True:
        await asyncio.sleep(BLOCK)
        await connection.execute("SELECT 1")


def _is_outage(error: Exception) -> bool:
    """Whether a server is away, so that the event is not to blame."""
    if isinstance(error, DoorstepError):
        return isinstance(error, DependencyUnavailable)
    return isinstance(translate(error), DependencyUnavailable)
