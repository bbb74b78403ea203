"""WatchSession: one follower per watched session and process reads what was committed, and all its watchers share it.

A sequence is how far each stream has come (`stream.part-stream.part`). Parts of a stream are committed in order, so
that is an exact place to go on from: a watcher that comes back is given what lies between its place and the
follower's, and then what the follower sends. Being woken by the committer (over Redis from other processes) only makes
it quick; a look every second makes it sure.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import suppress
from datetime import datetime
from uuid import UUID

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from doorstep.telemetry.v1 import telemetry_query_service_pb2 as pb
from services.chassis.actor import Actor, system_for
from services.chassis.clock import Clock
from services.chassis.db.database import Database
from services.chassis.errors import InvalidFields, Violation
from services.chassis.watching import Watcher
from services.telemetry.mapping import read as mapping
from services.telemetry.repository.parts import PartChunk, PartRepository
from services.telemetry.repository.query import Span
from services.telemetry.repository.samples import SampleRepository
from services.telemetry.repository.session import SessionRepository
from services.telemetry.wire import decode_pose

CHANNEL = "doorstep:telemetry:committed"
LOOK_SECONDS = 1.0
HEARTBEAT_SECONDS = 10.0
RETURN_MS = 100
"""When to come back to another process after this one has begun to stop."""
PARTS_AT_A_TIME = 100
BYTES_AT_A_TIME = 256 << 10
"""What is read at a time for one that catches up, unless a single part is larger."""
GATHER_SECONDS = 0.01
"""Commits are announced together: per group commit would be too often, per event absurd."""

Place = dict[int, int]
"""Last part by stream."""
Update = tuple[Place, bytes]

_log = structlog.get_logger("doorstep.telemetry.watch")


def write_sequence(place: Place) -> str:
    """A place as text."""
    return "-".join(f"{stream}.{part}" for stream, part in sorted(place.items())) or "0"


def read_sequence(text: str) -> Place:
    """The place that a text (of the right form) says; `0` is the beginning."""
    if text in ("", "0"):
        return {}
    return {int(stream): int(part) for stream, part in (pair.split(".") for pair in text.split("-"))}


def covers(place: Place, other: Place) -> bool:
    """Whether everything up to `other` lies before `place`."""
    return all(place.get(stream, 0) >= part for stream, part in other.items())


async def batches_between(parts: PartRepository, after: Place, until: Place) -> list[Update]:
    """The batches after one place up to another, in the order of their commits.

    At most PARTS_AT_A_TIME per stream and about BYTES_AT_A_TIME in all, but always one: ask again for the rest.
    """
    wanted = {
        stream: range(first, min(last, first + PARTS_AT_A_TIME - 1) + 1)
        for stream, last in until.items()
        if last >= (first := after.get(stream, 0) + 1)
    }
    if sum(map(len, wanted.values())) > 1:
        wanted = await _what_fits(parts, wanted)
    found: dict[tuple[int, int], tuple[datetime, pb.WatchedBatch]] = {}

    def batch_of(stream: int, part: int, at: datetime) -> pb.WatchedBatch:
        return found.setdefault((stream, part), (at, pb.WatchedBatch(stream=stream, part=part)))[1]

    for stream, numbers in wanted.items():
        for chunk in await parts.chunks(stream, numbers):
            _add_chunk(batch_of(stream, chunk.part, chunk.receive_time), chunk)
        for event in await parts.events(stream, numbers):
            batch_of(stream, event.part, event.receive_time).events.append(mapping.event(event))
    updates: list[Update] = []
    place = dict(after)
    for stream, part in _in_order((stream, part, at) for (stream, part), (at, _) in sorted(found.items())):
        place[stream] = part
        updates.append((dict(place), _message(place, found.pop((stream, part))[1])))
    reached = after | {stream: numbers[-1] for stream, numbers in wanted.items()}
    if reached != place:  # parts of which nothing was stored
        updates.append((reached, b""))
    return updates


async def _what_fits(parts: PartRepository, wanted: dict[int, range]) -> dict[int, range]:
    """Cut what is wanted down to BYTES_AT_A_TIME."""
    sizes: dict[tuple[int, int], int] = {}
    times: list[tuple[int, int, datetime]] = []
    for stream, numbers in wanted.items():
        for weight in await parts.weights(stream, numbers):
            sizes[stream, weight.part] = weight.size
            times.append((stream, weight.part, weight.receive_time))
    fitting: dict[int, range] = {}
    total = 0
    for stream, part in _in_order(times):
        total += sizes[stream, part]
        if total > BYTES_AT_A_TIME and fitting:
            return fitting
        fitting[stream] = range(wanted[stream][0], part + 1)
    return wanted


def _in_order(parts: Iterable[tuple[int, int, datetime]]) -> list[tuple[int, int]]:
    """Streams and parts in the order of their commits; `parts` are (stream, part, time), each stream in its order.

    A stream is never turned round, not even where the clock was set back between two commits.
    """
    latest: dict[int, datetime] = {}
    found = []
    for stream, part, at in parts:
        latest[stream] = max(at, latest.get(stream, at))
        found.append((latest[stream], stream, part))
    return [(stream, part) for _, stream, part in sorted(found)]


def _message(place: Place, batch: pb.WatchedBatch) -> bytes:
    return pb.WatchSessionResponse(sequence=write_sequence(place), batch=batch).SerializeToString()


def _add_chunk(batch: pb.WatchedBatch, chunk: PartChunk) -> None:
    if chunk.poses is None:
        batch.gaze_sample_count += chunk.samples
        return
    batch.pose_sample_count += chunk.samples
    batch.last_pose.CopyFrom(mapping.pose(decode_pose(chunk.poses), -1))


class Follower:
    """Follows one session for all its watchers in this process."""

    def __init__(self, database: Database, span: Span, session_id: UUID, place: Place) -> None:
        """Begin at `place`."""
        self.place = place
        self.watchers: set[Watcher[Place]] = set()
        self.wake = asyncio.Event()
        self.users = 0
        self.final: bytes | None = None
        """The last message, once it was sent."""
        self._database = database
        self._actor = system_for(span.organization_id)
        self._span = span
        self._session_id = session_id

    async def run(self) -> None:
        """Send what is committed until the session has ended."""
        while True:
            self.wake.clear()
            async with self._database.fast_read(self._actor) as connection:
                parts = PartRepository(connection, self._span.up_to_now())
                active, now = await parts.standing()
                updates = await batches_between(parts, self.place, now)
            for place, message in updates:
                self.place = place
                self._send((place, message))
            if not active and covers(self.place, now):
                async with self._database.read(self._actor) as tx:
                    session = await SessionRepository(tx).by_id(self._session_id)
                final = pb.WatchSessionResponse(sequence=write_sequence(now), ended=mapping.session(session))
                self.final = final.SerializeToString()
                self._send((now, self.final))
                self._send(None)
                return
            if not updates:
                with suppress(TimeoutError):
                    async with asyncio.timeout(LOOK_SECONDS):
                        await self.wake.wait()

    def _send(self, update: Update | None) -> None:
        for watcher in list(self.watchers):
            watcher.put(update)
            if watcher.slow:
                self.watchers.discard(watcher)


class Watchers:
    """All followers of this process, and the news between processes."""

    def __init__(
        self, database: Database, redis: Redis, subscriber: Redis, clock: Clock, draining: asyncio.Event
    ) -> None:
        """Publish through `redis`; listen through `subscriber`, which may wait; end all streams when `draining`."""
        self._database = database
        self._redis = redis
        self._subscriber = subscriber
        self._clock = clock
        self._draining = draining
        self._followers: dict[int, tuple[Follower, asyncio.Task[None]]] = {}
        self._news: set[int] = set()
        self._has_news = asyncio.Event()

    def committed(self, sessions: set[tuple[UUID, int]]) -> None:
        """Hear from the committer that sessions have something new."""
        keys = {key for _, key in sessions}
        self._wake(keys)
        self._news |= keys
        self._has_news.set()

    def _wake(self, keys: set[int]) -> None:
        for key in keys & self._followers.keys():
            self._followers[key][0].wake.set()

    async def announce(self) -> None:
        """Tell other processes; runs in the background."""
        while True:
            await self._has_news.wait()
            await asyncio.sleep(GATHER_SECONDS)
            news, self._news = self._news, set()
            self._has_news.clear()
            try:
                await self._redis.publish(CHANNEL, ",".join(map(str, news)))
            except RedisError as error:
                _log.debug("not_announced", error=str(error))  # those who watch elsewhere look every second

    async def listen(self) -> None:
        """Hear from other processes; runs in the background."""
        while True:
            news = self._subscriber.pubsub(ignore_subscribe_messages=True)
            try:
                await news.subscribe(CHANNEL)
                while True:
                    message = await news.get_message(timeout=5)
                    if message is not None:
                        self._wake({int(key) for key in message["data"].split(b",") if key})
            except (RedisError, OSError) as error:
                _log.debug("not_listening", error=str(error))
            finally:
                # Not `async with`: closing may fail, and its error would stand in for our cancellation.
                with suppress(RedisError, OSError):
                    await news.aclose()  # type: ignore[no-untyped-call]
            await asyncio.sleep(LOOK_SECONDS)

    async def drain(self) -> None:
        """Wake everybody when the process stops; runs in the background."""
        await self._draining.wait()
        for follower, _ in self._followers.values():
            for watcher in follower.watchers:
                watcher.wake()

    async def beat(self) -> None:
        """Show those who have nothing to take that we are here; runs in the background."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            heartbeat: Update = ({}, self._heartbeat())  # one for all
            since = time.monotonic() - HEARTBEAT_SECONDS
            for follower, _ in self._followers.values():
                for watcher in follower.watchers:
                    if watcher.idle and watcher.moved <= since:
                        watcher.put(heartbeat)

    async def watch(self, actor: Actor, session_id: UUID, after_sequence: str) -> AsyncIterator[bytes]:
        """Yield messages, serialised.

        Raises:
            SessionNotFound: there is none in the caller's organisation.
        """
        async with self._database.fast_read(actor) as connection:
            span = await SampleRepository(connection).span(session_id)
            _, now = await PartRepository(connection, span).standing()
        place = read_sequence(after_sequence) if after_sequence else now
        if not covers(now, place):
            raise InvalidFields(
                metadata={"fields": "after_sequence"},
                violations=[Violation("after_sequence", "lies beyond what the session has committed")],
            )
        follower = self._follow(span, session_id, now)
        watcher: Watcher[Place] = Watcher()
        try:
            yield self._heartbeat()
            # Our follower may be behind what the caller has seen from another process; it will read what we read.
            while not covers(follower.place, place):
                follower.wake.set()
                await asyncio.sleep(GATHER_SECONDS)
            # From here on nothing waits: what the follower sent before is missed, what it sends after is queued.
            join, final = dict(follower.place), follower.final
            follower.watchers.add(watcher)
            # What the follower sent before we joined; what it sends from now on waits in the queue.
            while missed := await self._missed(actor, span, place, join):
                for place, message in missed:  # noqa: B007 - where we are
                    if message:
                        yield message
            if final is not None:
                yield final
                yield _end("complete", 0)
                return
            async for message in self._live(watcher):
                yield message
        finally:
            follower.watchers.discard(watcher)
            self._leave(span.session_key, follower)

    async def _missed(self, actor: Actor, span: Span, place: Place, join: Place) -> list[Update]:
        if covers(place, join):
            return []
        async with self._database.fast_read(actor) as connection:
            return await batches_between(PartRepository(connection, span), place, join)

    async def _live(self, watcher: Watcher[Place]) -> AsyncIterator[bytes]:
        while not self._draining.is_set():
            for update in watcher.take():
                if update is None:
                    yield _end("complete", 0)
                    return
                if update[1]:
                    yield update[1]
                if self._draining.is_set():
                    break
            else:
                if watcher.slow:
                    yield _end("slow_consumer", 1_000)
                    return
                await watcher.wait()
        yield _end("draining", RETURN_MS)

    def _heartbeat(self) -> bytes:
        heartbeat = pb.StreamHeartbeat()
        heartbeat.time.FromDatetime(self._clock.now())
        return pb.WatchSessionResponse(heartbeat=heartbeat).SerializeToString()

    def _follow(self, span: Span, session_id: UUID, now: Place) -> Follower:
        known = self._followers.get(span.session_key)
        if known is not None:
            known[0].users += 1
            return known[0]
        follower = Follower(self._database, span, session_id, now)
        follower.users = 1
        task = asyncio.create_task(self._run(follower), name="follow")
        self._followers[span.session_key] = (follower, task)
        return follower

    async def _run(self, follower: Follower) -> None:
        while True:
            try:
                await follower.run()
            except Exception:  # noqa: BLE001 - the database may be away: look again
                _log.exception("follow_failed")
                await asyncio.sleep(LOOK_SECONDS)
            else:
                return

    def _leave(self, session_key: int, follower: Follower) -> None:
        follower.users -= 1
        if follower.users == 0:
            self._followers.pop(session_key)[1].cancel()

    async def close(self) -> None:
        """Stop following."""
        tasks = [task for _, task in self._followers.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._subscriber.aclose()


def _end(reason: str, retry_after_ms: int) -> bytes:
    return pb.WatchSessionResponse(end=pb.StreamEnd(reason=reason, retry_after_ms=retry_after_ms)).SerializeToString()
