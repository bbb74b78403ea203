"""WatchSession: one follower per watched session and process reads what was committed, and all its watchers share it.

A sequence is how far each stream has come (`stream.part-stream.part`). Parts of a stream are committed in order, so
that is an exact place to go on from: a watcher that comes back is given what lies between its place and the
follower's, and then what the follower sends. Being woken by the committer (over Redis from other processes) only makes
it quick; a look every second makes it sure.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field
from uuid import UUID

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from doorstep.telemetry.v1 import telemetry_query_service_pb2 as pb
from services.chassis.actor import Actor, system_for
from services.chassis.clock import Clock
from services.chassis.db.database import Database, ReadTransaction
from services.chassis.errors import InvalidFields, Violation
from services.telemetry.lifecycle import SessionState
from services.telemetry.mapping import read as mapping
from services.telemetry.operations.query import find_span
from services.telemetry.repository.query import ChunkRow, QueryRepository, Span
from services.telemetry.repository.session import SessionRepository
from services.telemetry.validation import ColumnOf
from services.telemetry.wire import decode_pose

CHANNEL = "doorstep:telemetry:committed"
LOOK_SECONDS = 1.0
HEARTBEAT_SECONDS = 10.0
QUEUE = 1_000
"""Messages that may wait for one watcher; a slower one is asked to come back."""
RETURN_MS = 100
"""When to come back to another process after this one has begun to stop."""
PARTS_AT_A_TIME = 100
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


async def batches_between(tx: ReadTransaction, span: Span, after: Place, until: Place) -> list[Update]:
    """The batches after one place up to another, in the order of their commits, at most PARTS_AT_A_TIME per stream."""
    query = QueryRepository(tx)
    found: list[tuple[float, int, int, pb.WatchedBatch]] = []
    reached = dict(after)
    for stream, last in until.items():
        first = after.get(stream, 0) + 1
        last_read = min(last, first + PARTS_AT_A_TIME - 1)
        if first > last_read:
            continue
        batches: dict[int, tuple[float, pb.WatchedBatch]] = {}
        for row in await query.chunks_of_parts(span, stream, first, last_read):
            _, batch = batches.setdefault(
                row.part, (row.receive_time.timestamp(), pb.WatchedBatch(stream=stream, part=row.part))
            )
            _add_chunk(batch, row)
        for event in await query.events_of_parts(span, stream, first, last_read):
            _, batch = batches.setdefault(
                event.part, (event.receive_time.timestamp(), pb.WatchedBatch(stream=stream, part=event.part))
            )
            batch.events.append(mapping.event(event))
        found += [(at, stream, part, batch) for part, (at, batch) in batches.items()]
        reached[stream] = last_read
    updates: list[Update] = []
    place = dict(after)
    for _, stream, part, batch in sorted(found, key=lambda f: f[:3]):
        place[stream] = part
        updates.append((dict(place), _message(place, batch)))
    if reached != place:  # parts of which nothing was stored
        updates.append((reached, b""))
    return updates


def _message(place: Place, batch: pb.WatchedBatch) -> bytes:
    return pb.WatchSessionResponse(sequence=write_sequence(place), batch=batch).SerializeToString()


def _add_chunk(batch: pb.WatchedBatch, row: ChunkRow) -> None:
    if row.kind == ColumnOf.GAZE:
        batch.gaze_sample_count += row.samples
        return
    batch.pose_sample_count += row.samples
    batch.last_pose.CopyFrom(mapping.pose(decode_pose(row.data), -1))


@dataclass(eq=False)
class Watcher:
    """One call's queue."""

    queue: asyncio.Queue[Update | None] = field(default_factory=lambda: asyncio.Queue(QUEUE))
    slow: bool = False


class Follower:
    """Follows one session for all its watchers in this process."""

    def __init__(self, database: Database, span: Span, session_id: UUID, place: Place) -> None:
        """Begin at `place`."""
        self.place = place
        self.watchers: set[Watcher] = set()
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
            async with self._database.read(self._actor) as tx:
                session = await SessionRepository(tx).by_id(self._session_id)
                ended = session.state != SessionState.ACTIVE
                now = await positions(tx, self._span)
                updates = await batches_between(tx, self._span, self.place, now)
            for place, message in updates:
                self.place = place
                self._send((place, message))
            if ended and self.place == now:
                final = pb.WatchSessionResponse(sequence=write_sequence(now), ended=mapping.session(session))
                self.final = final.SerializeToString()
                self._send((now, self.final))
                self._send(None)
                return
            if not updates:
                with suppress(TimeoutError):
                    await asyncio.wait_for(self.wake.wait(), LOOK_SECONDS)

    def _send(self, update: Update | None) -> None:
        for watcher in list(self.watchers):
            try:
                watcher.queue.put_nowait(update)
            except asyncio.QueueFull:
                watcher.slow = True
                self.watchers.discard(watcher)


async def positions(tx: ReadTransaction, span: Span) -> Place:
    """Where the streams of a session stand."""
    found = await SessionRepository(tx).positions(span.session_key)
    return {p.stream: p.last_part for p in found if p.last_part}


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
                with suppress(asyncio.QueueFull):  # then it does not wait
                    watcher.queue.put_nowait(({}, b""))

    async def watch(self, actor: Actor, session_id: UUID, after_sequence: str) -> AsyncIterator[bytes]:
        """Yield messages, serialised.

        Raises:
            SessionNotFound: there is none in the caller's organisation.
        """
        async with self._database.read(actor) as tx:
            _, span = await find_span(tx, session_id)
            now = await positions(tx, span)
        place = read_sequence(after_sequence) if after_sequence else now
        if not covers(now, place):
            raise InvalidFields(
                metadata={"fields": "after_sequence"},
                violations=[Violation("after_sequence", "lies beyond what the session has committed")],
            )
        follower = self._follow(span, session_id, now)
        watcher = Watcher()
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
        async with self._database.read(actor) as tx:
            return await batches_between(tx, span, place, join)

    async def _live(self, watcher: Watcher) -> AsyncIterator[bytes]:
        while True:
            if watcher.slow and watcher.queue.empty():
                yield _end("slow_consumer", 1_000)
                return
            if self._draining.is_set():
                yield _end("draining", RETURN_MS)
                return
            try:
                update = await asyncio.wait_for(watcher.queue.get(), HEARTBEAT_SECONDS)
            except TimeoutError:
                yield self._heartbeat()
                continue
            if update is None:
                yield _end("complete", 0)
                return
            if update[1]:
                yield update[1]

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
