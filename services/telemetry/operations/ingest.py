"""Taking batches in: which session, is the part next, check, store, and what to answer.

Order matters and costs nothing: a stream's batches are checked and queued one after another, and only their commits
are waited for together. All state here is a cache of what Postgres knows; a wrong guess costs one re-read.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from uuid import UUID

import asyncpg

from services.chassis.actor import Actor
from services.chassis.clock import Clock
from services.chassis.db.database import Database
from services.telemetry.clock_offset import of_batch
from services.telemetry.coordinates import AXES, Axes, System
from services.telemetry.errors import IngestOverloaded
from services.telemetry.events import microseconds
from services.telemetry.models import Session
from services.telemetry.operations.session import own_organization
from services.telemetry.operations.storing import Stored, names_of, store
from services.telemetry.repository.committer import Committer, Item, Outcome, Track
from services.telemetry.repository.opening import Opened, OpeningRepository
from services.telemetry.repository.refusals import Refusals
from services.telemetry.repository.session import Position, SessionRepository
from services.telemetry.validation import BatchRefused, Fault, Rejected, check, check_form
from services.telemetry.wire import Batch

COMMITTERS = 2
"""Per process: one commits while the other gathers; more brought nothing."""
MAX_IN_FLIGHT = 64 << 20
"""Bytes of batches between their receipt and their commit, per process."""
OBJECT_BYTES = 300
"""About what an event, or a rejected sample, takes beside its bytes while on its way; on the wire it may be 13."""
ROOM_TIMEOUT = 2.0
"""Seconds that a stream waits for room before its batch is refused; it reads nothing meanwhile."""
ASK_SECONDS = 0.1
"""Behind a part that was refused others may be on their way: they are not worth asking Postgres about each of them."""
CACHE_SECONDS = 300
MAX_NAMES = 100_000


@dataclass(slots=True, eq=False)
class Known:
    """A session that batches arrive for."""

    actor: Actor
    organization_id: UUID
    session_key: int
    session_id: UUID
    text_id: str
    """The session's id as text, lower case: every batch repeats it."""
    started_at_us: int
    axes: Axes
    used: float
    tracks: dict[int, Track] = field(default_factory=dict)
    waiting: dict[tuple[int, int], Item] = field(default_factory=dict)
    """Batches on their way, by stream and part."""
    opening: asyncio.Lock = field(default_factory=asyncio.Lock)


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a batch."""

    stream: int
    part: int
    durable_part: int
    outcome: Outcome
    stored_count: int = 0
    duplicate_count: int = 0
    rejected: Sequence[Rejected] = ()


@dataclass(slots=True)
class Pending:
    """A batch that was taken, or is known not to be."""

    answer: Answer | None
    track: Track
    item: Item | None = None
    rejected: Sequence[Rejected] = ()
    original: Item | None = None
    """The same part, on its way over another connection."""


class Ingest:
    """The way in, one per process."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        connect: Callable[[], Awaitable[asyncpg.Connection]],
        committed: Callable[[set[tuple[UUID, int]]], None],
    ) -> None:
        """Make it idle; run every `committers[n].run`, and `refusals.run`, in the background."""
        self.committers = [Committer(connect, committed) for _ in range(COMMITTERS)]
        self.refusals = Refusals(database)
        self._database = database
        self._clock = clock
        self._sessions: dict[tuple[UUID, UUID], Known] = {}
        self._names: dict[UUID, dict[tuple[int, str], int]] = {}
        """By organisation."""
        self._names_kept = 0
        self._in_flight = 0
        self._room = asyncio.Event()

    def remember(self, actor: Actor, session: Session | Opened, positions: Iterable[Position], asked: float) -> Known:
        """Keep a session that was just read, with all its positions.

        Args:
            actor: Who calls.
            session: The session.
            positions: Of its streams.
            asked: When reading it began, in monotonic seconds.
        """
        key = (session.organization_id, session.session_id)
        known = self._sessions.get(key)
        # Another key: the database has forgotten the session (a copy that lagged took over), and it was begun anew.
        if known is None or known.session_key != session.session_key:
            known = Known(
                actor,
                session.organization_id,
                session.session_key,
                session.session_id,
                str(session.session_id),
                session.started_at_us,
                AXES[System(session.coordinate_system)],
                time.monotonic(),
            )
            self._sessions[key] = known
        forgotten = {stream for stream, track in known.tracks.items() if track.rests_since(asked)}
        for position in positions:
            forgotten.discard(position.stream)
            track = known.tracks.get(position.stream)
            if track is None:
                known.tracks[position.stream] = self._track(known, position)
            else:  # of a time before the headset was with another process
                track.advance(position.last_part, position.closed, asked)
        for stream in forgotten:
            del known.tracks[stream]
        return known

    async def find(self, actor: Actor, session_id: UUID) -> Known:
        """Find a session for a caller.

        Raises:
            SessionNotFound: there is none in the caller's organisation.
        """
        known = self._sessions.get((own_organization(actor), session_id))
        if known is None:
            asked = time.monotonic()
            async with self._database.read(actor) as tx:
                sessions = SessionRepository(tx)
                session = await sessions.by_id(session_id)
                positions = await sessions.positions(session.session_key)
            known = self.remember(actor, session, positions, asked)
        known.used = time.monotonic()
        return known

    def forget_idle(self) -> None:
        """Drop sessions from the cache that were not used for CACHE_SECONDS."""
        before = time.monotonic() - CACHE_SECONDS
        for key, known in list(self._sessions.items()):
            if known.used < before and not known.waiting:
                del self._sessions[key]

    async def take(self, known: Known, batch: Batch, size: int) -> Pending:
        """Check a batch and queue it. Batches of a stream must be taken one after another.

        Args:
            known: Its session.
            batch: The batch.
            size: Its length in bytes.

        Raises:
            BatchRefused: it breaks the form.
            IngestOverloaded: there was no room for it.
        """
        try:
            check_form(batch)
        except BatchRefused as error:
            await self.refused(known, error.fault, batch.count)
            raise
        known.used = time.monotonic()
        track = known.tracks.get(batch.stream) or await self._open(known, batch.stream)
        if batch.part > track.queued + 1:
            await self._catch_up(known, track)
        settled = self._settled(known, track, batch)
        if settled is not None:
            return settled
        now_us = microseconds(self._clock.now())
        checked = check(batch, now_us=now_us, started_at_us=known.started_at_us)
        try:
            stored = store(batch, checked, known.axes, self._names.get(known.organization_id, {}))
        except KeyError:  # a name that is new here
            names = await self._resolve(known, names_of(batch, checked))
            stored = store(batch, checked, known.axes, names)
        weight = size + OBJECT_BYTES * (len(stored.events) + len(stored.rejected))
        await self._wait_for_room(weight)
        # Others may have run while we waited: look again, and queue without waiting in between.
        settled = self._settled(known, track, batch)
        if settled is not None:
            return settled
        item = self._item(track, batch.part, size, stored)
        item.reading = of_batch(sent_us=batch.sent_at_us, uptime_us=batch.uptime_us, received_us=now_us)
        track.queued = batch.part
        known.waiting[batch.stream, batch.part] = item
        item.weight = weight
        self._in_flight += weight
        item.settled = partial(self._finished, known)
        self._committer(track).put(item)
        # Without what was sent: answers wait for a headset that does not read them.
        told = [replace(rejected, payload={}) for rejected in checked.rejected]
        return Pending(None, track, item, told)

    async def answer(self, known: Known, pending: Pending, batch_count: int) -> Answer:
        """Wait until a batch that was taken is committed, and say what became of it."""
        track = pending.track
        if pending.answer is not None:
            return await self._answered(known, pending.answer, batch_count)
        item = pending.item
        if pending.original is not None:
            original = pending.original
            outcome = await original.outcome()
            if outcome not in (Outcome.STORED, Outcome.DUPLICATE):
                answer = Answer(track.stream, original.part, track.durable, outcome)
                return await self._answered(known, answer, batch_count)
            item = self.duplicate(known, track, original.part, batch_count)
        assert item is not None  # noqa: S101 - one of the three is set
        outcome = await item.outcome()
        if outcome is Outcome.STORED:
            return Answer(track.stream, item.part, track.durable, outcome, item.stored_count, rejected=pending.rejected)
        duplicates = batch_count if outcome is Outcome.DUPLICATE else 0
        answer = Answer(track.stream, item.part, track.durable, outcome, duplicate_count=duplicates)
        return await self._answered(known, answer, batch_count)

    async def _answered(self, known: Known, answer: Answer, count: int) -> Answer:
        """Count what is refused for good; what is to be sent again has not met its end yet."""
        if answer.outcome is Outcome.SESSION_ENDED:
            await self.refused(known, Fault.SESSION_ENDED, count)
        return answer

    async def refused(self, known: Known, fault: Fault, count: int) -> None:
        """Count a batch that is refused whole and should not be sent again."""
        await self.refusals.count(known.organization_id, known.session_key, fault, count)

    def duplicate(self, known: Known, track: Track, part: int, count: int) -> Item:
        """Have a repeated batch counted."""
        item = self._item(track, part, 0, Stored(stored_count=count))
        self._committer(track).put_duplicate(item)
        known.used = time.monotonic()
        return item

    def _settled(self, known: Known, track: Track, batch: Batch) -> Pending | None:
        """What is known about a batch without storing it."""
        if batch.part <= track.durable:
            return Pending(None, track, self.duplicate(known, track, batch.part, batch.count))
        original = known.waiting.get((batch.stream, batch.part))
        if original is not None:
            return Pending(None, track, original=original)
        if track.closed:
            return Pending(Answer(track.stream, batch.part, track.durable, Outcome.SESSION_ENDED), track)
        if batch.part != track.queued + 1:
            return Pending(Answer(track.stream, batch.part, track.durable, Outcome.OUT_OF_ORDER), track)
        return None

    def _item(self, track: Track, part: int, size: int, stored: Stored) -> Item:
        return Item(
            track,
            part,
            size,
            stored.chunks,
            stored.events,
            stored.rollups,
            stored.rejected,
            stored.stored_count,
            asyncio.get_running_loop().create_future(),
        )

    def _finished(self, known: Known, item: Item) -> None:
        known.waiting.pop((item.track.stream, item.part), None)
        self._in_flight -= item.weight
        # A stream keeps its last answers for a while; what they held must not stay with them.
        item.chunks, item.events, item.rollups, item.rejected = [], [], [], []
        self._room.set()

    async def _wait_for_room(self, weight: int) -> None:
        if self._in_flight + weight <= MAX_IN_FLIGHT:
            return
        try:
            async with asyncio.timeout(ROOM_TIMEOUT):
                while self._in_flight + weight > MAX_IN_FLIGHT:
                    self._room.clear()
                    await self._room.wait()
        except TimeoutError:
            raise IngestOverloaded(retry_after=1.0) from None

    def _committer(self, track: Track) -> Committer:
        return self.committers[track.session_key % COMMITTERS]

    def _track(self, known: Known, position: Position) -> Track:
        return Track(
            known.organization_id,
            known.session_key,
            position.stream,
            position.last_part,
            position.last_part,
            position.closed,
        )

    async def _open(self, known: Known, stream: int) -> Track:
        """Read where a stream stands; one that is new begins at 0, unless the session has ended."""
        async with known.opening:
            if stream in known.tracks:
                return known.tracks[stream]
            part, closed = await self._standing(known, stream)
            track = Track(known.organization_id, known.session_key, stream, part, part, closed)
            known.tracks[stream] = track
            return track

    async def _catch_up(self, known: Known, track: Track) -> None:
        """Parts seem to be missing: perhaps not to another process, which the headset was with meanwhile."""
        if track.queued > track.durable or time.monotonic() - track.asked < ASK_SECONDS:
            return
        before, asked = track.queued, time.monotonic()
        track.advance(*await self._standing(known, track.stream), asked)
        if track.queued <= before:
            track.asked = time.monotonic()

    async def _standing(self, known: Known, stream: int) -> tuple[int, bool]:
        async with self._database.fast_write(known.actor) as connection:
            return await OpeningRepository(connection, known.organization_id).open(known.session_key, stream)

    async def _resolve(self, known: Known, wanted: set[tuple[int, str]]) -> dict[tuple[int, str], int]:
        """The ids of names, from the cache where they are there."""
        organization_id = known.organization_id
        kept = self._names.get(organization_id, {})
        missing = {key for key in wanted if key not in kept}
        if not missing:
            return kept
        async with self._database.fast_write(known.actor) as connection:
            found = await OpeningRepository(connection, organization_id).name_ids(missing)
        # Only now: what is not committed has no id that lasts.
        if self._names_kept + len(missing) > MAX_NAMES:
            self._names, self._names_kept = {}, 0
        # A new mapping: a batch that is being stored holds on to the old one.
        self._names[organization_id] = self._names.get(organization_id, {}) | found
        self._names_kept += len(missing)
        return {key: kept[key] for key in wanted - missing} | found
