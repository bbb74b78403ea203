"""The group commit: many batches, one statement, then many acknowledgements.

A batch is a part of a stream. Whether it is new is decided by the stream's position, in the statement that stores it:
`UPDATE positions SET last_part = new WHERE last_part = old`. What belongs to a stream whose position did not match is
not stored by that statement, everything else is; so one stale stream does not hold up the group. There is no unique
index over samples to maintain, and nothing depends on which process a headset talks to.

Each committer takes everything that waits (up to GROUP_BYTES) and commits it; while it commits, the next group gathers.
"""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import Enum, auto
from typing import Any
from uuid import UUID

import asyncpg
import structlog

from services.chassis.failpoints import failpoint
from services.telemetry.clock_offset import UNKNOWN, Reading, span_of
from services.telemetry.repository.counting import Tokens, once

GROUP_BYTES = 4 << 20
ATTEMPTS = 4
"""How often a batch is tried while the database is away, before its client is asked to send it again."""
PAUSE = 0.25
"""Seconds before the first of those tries; doubled each time."""

_REFUSED = (asyncpg.DataError, asyncpg.IntegrityConstraintViolationError)
"""A value that the tables do not take."""
_ROLLED_BACK = (*_REFUSED, asyncpg.DeadlockDetectedError, asyncpg.QueryCanceledError)
"""Errors after which a statement is known not to have been committed."""

_log = structlog.get_logger("doorstep.telemetry.committer")


class Outcome(Enum):
    """What became of a batch."""

    STORED = auto()
    DUPLICATE = auto()
    OUT_OF_ORDER = auto()
    SESSION_ENDED = auto()
    UNAVAILABLE = auto()


@dataclass(slots=True)
class Track:
    """A stream of a session, as this process knows it; what Postgres says wins."""

    organization_id: UUID
    session_key: int
    stream: int
    durable: int
    """Last part known to be committed."""
    queued: int
    """Last part given to a committer."""
    closed: bool = False
    asked: float = 0.0
    """When a part was missing to Postgres, too; monotonic seconds."""
    moved: float = field(default_factory=time.monotonic)
    """When `durable` was last learnt; monotonic seconds."""

    def rests_since(self, at: float) -> bool:
        """Whether nothing was learnt since then, nor is anything on its way."""
        return self.queued <= self.durable and self.moved < at

    def advance(self, last_part: int, closed: bool, asked: float) -> None:
        """Take over what Postgres says that was asked at `asked`.

        What it says may be older than what was committed meanwhile: then not back. Of a stream that rested meanwhile it
        knows less only where it has forgotten parts (a copy that lagged took over): they are not committed any more.
        """
        if self.rests_since(asked):
            self.durable = self.queued = last_part
            self.closed = closed
            return
        self.durable = max(self.durable, last_part)
        self.queued = max(self.queued, self.durable)
        self.closed = self.closed or closed


@dataclass(slots=True, eq=False)
class Item:
    """A batch on its way into the database."""

    track: Track
    part: int
    size: int
    chunks: list[tuple[int, int, int, int, bytes]]
    """(kind, samples, first_us, last_us, data)."""
    events: list[tuple[Any, ...]]
    """(ordinal, kind, time_us, zone_id, object_id, name, x, y, z, duration_us, properties as JSON or None)."""
    rollups: list[tuple[int, int, int, int, int]]
    """(name_id, gaze_samples, gaze_us, visits, interactions)."""
    rejected: list[tuple[int, int, int, str]]
    """(column, index, reason, payload as JSON)."""
    stored_count: int
    done: asyncio.Future[Outcome]
    """The outcome; wait for it by `outcome`, so that who gives up takes it from nobody else."""
    settled: Callable[["Item"], None] | None = None
    """Told once there is an outcome."""
    waiting: list[asyncio.Future[None]] = field(default_factory=list)
    reading: Reading = UNKNOWN
    """What its headset's clock showed."""
    weight: int = 0
    """Bytes that it is counted for while it is on its way."""
    attempts: int = 0
    tried: bool = False
    """A statement with it may have been committed although we were not told."""

    async def outcome(self) -> Outcome:
        """Wait for the outcome."""
        if not self.done.done():
            told = self.done.get_loop().create_future()
            self.waiting.append(told)
            await told
        return self.done.result()

    def settle(self, outcome: Outcome) -> None:
        """Give it its outcome, if it has none yet."""
        if self.done.done():
            return
        self.done.set_result(outcome)
        for told in self.waiting:
            if not told.done():
                told.set_result(None)
        if self.settled is not None:
            self.settled(self)


_COMMIT = """
WITH g AS MATERIALIZED (
  SELECT * FROM unnest($1::int[], $2::uuid[], $3::bigint[], $4::smallint[], $5::int[], $6::int[], $7::bigint[],
    $8::bigint[], $42::bigint[], $43::bigint[], $44::bigint[])
    AS x (g, organization_id, session_key, stream, old_part, new_part, stored, rejected, lag_us, first_us, last_us)
), u AS (
  UPDATE telemetry.positions p
  SET last_part = g.new_part, stored = p.stored + g.stored, rejected = p.rejected + g.rejected, receive_time = now(),
    lag_us = least(p.lag_us, g.lag_us), epoch_first_us = least(p.epoch_first_us, g.first_us),
    epoch_last_us = greatest(p.epoch_last_us, g.last_us)
  FROM g
  WHERE p.organization_id = g.organization_id AND p.session_key = g.session_key AND p.stream = g.stream
    AND p.last_part = g.old_part AND NOT p.closed
  RETURNING g.g, p.organization_id, p.session_key, p.stream
), c AS (
  INSERT INTO telemetry.sample_chunks
    (organization_id, session_key, stream, part, kind, day, samples, first_us, last_us, data)
  SELECT u.organization_id, u.session_key, u.stream, x.part, x.kind, $9::date, x.samples, x.first_us, x.last_us, x.data
  FROM u JOIN unnest($10::text::int[], $11::text::int[], $12::text::smallint[], $13::text::int[],
    $14::text::bigint[], $15::text::bigint[], $16::bytea[])
    AS x (g, part, kind, samples, first_us, last_us, data) USING (g)
), e AS (
  INSERT INTO telemetry.events (organization_id, session_key, stream, part, ordinal, kind, day, time_us, zone_id,
    object_id, name, x, y, z, duration_us, properties)
  SELECT u.organization_id, u.session_key, u.stream, x.part, x.ordinal, x.kind, $9::date, x.time_us, x.zone_id,
    x.object_id, x.name, x.x, x.y, x.z, x.duration_us, x.properties
  FROM u JOIN unnest($17::text::int[], $18::text::int[], $19::text::smallint[], $20::text::smallint[],
    $21::text::bigint[], $22::text::int[], $23::text::int[], $24::text[],
    $25::real[], $26::real[], $27::real[], $28::text::bigint[], $29::jsonb[])
    AS x (g, part, ordinal, kind, time_us, zone_id, object_id, name, x, y, z, duration_us, properties) USING (g)
), r AS (
  INSERT INTO telemetry.rollups AS t
    (organization_id, session_key, name_id, gaze_samples, gaze_us, visits, interactions)
  SELECT u.organization_id, u.session_key, x.name_id, sum(x.gaze_samples), sum(x.gaze_us), sum(x.visits),
    sum(x.interactions)
  FROM u JOIN unnest($30::text::int[], $31::text::int[], $32::text::bigint[], $33::text::bigint[],
    $34::text::int[], $35::text::int[])
    AS x (g, name_id, gaze_samples, gaze_us, visits, interactions) USING (g)
  GROUP BY 1, 2, 3
  ON CONFLICT (organization_id, session_key, name_id) DO UPDATE SET
    gaze_samples = t.gaze_samples + excluded.gaze_samples, gaze_us = t.gaze_us + excluded.gaze_us,
    visits = t.visits + excluded.visits, interactions = t.interactions + excluded.interactions
), j AS (
  INSERT INTO telemetry.rejected_events
    (organization_id, session_key, stream, part, batch_column, ordinal, reason, day, payload)
  SELECT u.organization_id, u.session_key, u.stream, x.part, x.batch_column, x.ordinal, x.reason, $9::date, x.payload
  FROM u JOIN unnest($36::int[], $37::int[], $38::smallint[], $39::smallint[], $40::smallint[], $41::jsonb[])
    AS x (g, part, batch_column, ordinal, reason, payload) USING (g)
)
SELECT g FROM u
"""

_ADD_DUPLICATES = """
UPDATE telemetry.positions p SET duplicate = p.duplicate + x.n
FROM once, (SELECT organization_id, session_key, stream, sum(n) AS n
      FROM unnest($1::uuid[], $2::bigint[], $3::smallint[], $4::bigint[]) AS x (organization_id, session_key, stream, n)
      GROUP BY 1, 2, 3) x
WHERE p.organization_id = x.organization_id AND p.session_key = x.session_key AND p.stream = x.stream
"""
_COUNT_DUPLICATES = once("$5", "$6") + _ADD_DUPLICATES

_READ = (
    "SELECT last_part, closed FROM telemetry.positions WHERE organization_id = $1 AND session_key = $2 AND stream = $3"
)


@dataclass(slots=True)
class _Run:
    """The batches of one stream within a group, in order."""

    track: Track
    items: list[Item] = field(default_factory=list)


class Committer:
    """One connection of its own and the queue in front of it. A stream always goes through the same committer."""

    def __init__(
        self, connect: Callable[[], Awaitable[asyncpg.Connection]], committed: Callable[[set[tuple[UUID, int]]], None]
    ) -> None:
        """Make it idle.

        Args:
            connect: Opens a connection as the system role.
            committed: Told which sessions have something new, after each commit.
        """
        self._connect = connect
        self._committed = committed
        self._connection: asyncpg.Connection | None = None
        self._waiting: deque[Item] = deque()
        self._duplicates: list[Item] = []
        self._counting: list[Item] = []
        """The duplicates that are counted under the token of now."""
        self._tokens = Tokens()
        self._wake = asyncio.Event()

    def put(self, item: Item) -> None:
        """Take a batch; its future tells the outcome."""
        self._waiting.append(item)
        self._wake.set()

    def put_duplicate(self, item: Item) -> None:
        """Count a batch that was sent again; its future tells when that is committed."""
        self._duplicates.append(item)
        self._wake.set()

    async def run(self) -> None:
        """Commit until cancelled, then finish what is there."""
        try:
            while True:
                while not self._waiting and not self._duplicates and not self._counting:
                    self._wake.clear()
                    await self._wake.wait()
                await self.step()
        finally:
            for item in (*self._waiting, *self._duplicates, *self._counting):
                _refuse(item, Outcome.UNAVAILABLE)
            self._waiting.clear()
            self._duplicates.clear()
            self._counting.clear()
            if self._connection is not None:
                self._connection.terminate()
                self._connection = None

    async def step(self) -> None:
        """Commit one group."""
        items = self._take()
        if not self._counting:
            self._counting, self._duplicates = self._duplicates, []
        duplicates = self._counting
        try:
            connection = await self._connected()
            if duplicates:
                tokens = self._tokens.now, self._tokens.before
                await connection.execute(_COUNT_DUPLICATES, *_columns(map(_duplicate_row, duplicates), 4), *tokens)
                self._counted()
                for item in duplicates:
                    item.settle(Outcome.DUPLICATE)
                duplicates = []
            if items:
                await self._commit_or_isolate(connection, items)
        except Exception as error:  # noqa: BLE001 - a dying connection shows in many ways; all of them are logged
            await self._failed(error, items, duplicates)
        except BaseException:
            for item in (*items, *duplicates):
                _refuse(item, Outcome.UNAVAILABLE)
            raise

    def _counted(self) -> None:
        self._counting = []
        self._tokens.next()

    def _take(self) -> list[Item]:
        items: list[Item] = []
        size = 0
        while self._waiting and size < GROUP_BYTES:
            item = self._waiting.popleft()
            size += item.size
            items.append(item)
        return items

    async def _connected(self) -> asyncpg.Connection:
        if self._connection is None or self._connection.is_closed():
            self._connection = await self._connect()
        return self._connection

    async def _commit_or_isolate(self, connection: asyncpg.Connection, items: list[Item]) -> None:
        """Commit together; where a value is refused, stream by stream, so that one cannot hold up the others."""
        try:
            await self._commit(connection, items)
        except _REFUSED:
            _log.exception("group_refused", batches=len(items))
        else:
            return
        for run in _runs_of([i for i in items if not i.done.done()]):
            try:
                await self._commit(connection, run.items)
            except _REFUSED:
                _log.exception("batch_refused", session_key=run.track.session_key, part=run.items[0].part)
                for item in run.items:
                    _refuse(item, Outcome.UNAVAILABLE)

    async def _commit(self, connection: asyncpg.Connection, items: list[Item]) -> None:
        runs = _runs(items)
        if not runs:
            return
        arguments = _arguments(runs)
        await failpoint("before_commit")
        fresh = [item for run in runs for item in run.items if not item.tried]
        for item in fresh:
            item.tried = True
        try:
            stored = {row[0] for row in await connection.fetch(_COMMIT, *arguments)}
        except _ROLLED_BACK:
            for item in fresh:
                item.tried = False
            raise
        del arguments
        await failpoint("after_commit")
        await failpoint("before_ack")
        sessions: set[tuple[UUID, int]] = set()
        for number, run in enumerate(runs):
            if number in stored:
                run.track.durable, run.track.moved = run.items[-1].part, time.monotonic()
                sessions.add((run.track.organization_id, run.track.session_key))
                for item in run.items:
                    item.settle(Outcome.STORED)
        if sessions:
            self._committed(sessions)
        for item in fresh:
            # This statement is known to have passed it by; an earlier one, whose answer was lost, may not have.
            item.tried = item.done.done()
        for number, run in enumerate(runs):
            if number not in stored:
                await self._reread(connection, run)

    async def _failed(self, error: Exception, items: list[Item], duplicates: list[Item]) -> None:
        """Try again for a while; whether the statement was committed is found out from the positions."""
        _log.warning("commit_failed", error=repr(error), batches=len(items))
        if self._connection is not None:
            self._connection.terminate()
            self._connection = None
        again: list[Item] = []
        for item in (*items, *duplicates):
            item.attempts += 1
            if item.done.done():
                continue
            if item.attempts >= ATTEMPTS:
                _refuse(item, Outcome.UNAVAILABLE)
            else:
                again.append(item)
        if duplicates:
            self._counting = [i for i in again if i in duplicates]
            if not self._counting:
                self._counted()
        retry = [i for i in again if i not in duplicates]
        self._waiting.extendleft(reversed(retry))
        if again:
            await asyncio.sleep(PAUSE * 2 ** (again[0].attempts - 1))
        if not retry:
            return
        try:
            connection = await self._connected()
            for run in _runs_of(retry):
                await self._reread(connection, run)
        except Exception as still:  # noqa: BLE001 - as in `step`; the batches wait in the queue
            _log.warning("database_away", error=repr(still))

    async def _reread(self, connection: asyncpg.Connection, run: _Run) -> None:
        """Learn where the stream stands, drop what is committed, and put what fits back to the head of the queue."""
        track = run.track
        row = await connection.fetchrow(_READ, track.organization_id, track.session_key, track.stream)
        track.durable, track.closed = (row["last_part"], row["closed"]) if row else (0, True)
        track.moved = time.monotonic()
        for item in run.items:
            if item in self._waiting:  # put back when the database was away
                self._waiting.remove(item)
        back: list[Item] = []
        for item in run.items:
            if item.part <= track.durable:
                if item.tried:
                    item.settle(Outcome.STORED)
                else:
                    self.put_duplicate(item)
            elif track.closed:
                _refuse(item, Outcome.SESSION_ENDED)
            elif item.part == track.durable + 1 + len(back):
                item.tried = False
                back.append(item)
            else:
                _refuse(item, Outcome.OUT_OF_ORDER)
        # Never behind what is committed, whoever did it; nor beyond it where the database has forgotten parts (a copy
        # that lagged took over), or the stream would wait for ever for what comes after them.
        fits = track.durable + len(back)
        track.queued = fits if any(item.part > fits for item in run.items) else max(track.queued, track.durable)
        self._waiting.extendleft(reversed(back))


def _refuse(item: Item, outcome: Outcome) -> None:
    """Tell that a batch is not stored; the stream goes on from the part before it."""
    if not item.done.done():
        if item.part > item.track.durable:  # others wait behind it, as they do not behind a repeat
            item.track.queued = max(item.track.durable, min(item.track.queued, item.part - 1))
        item.settle(outcome)


def _duplicate_row(item: Item) -> tuple[Any, ...]:
    track = item.track
    return track.organization_id, track.session_key, track.stream, item.stored_count + len(item.rejected)


def _runs_of(items: Sequence[Item]) -> list[_Run]:
    runs: dict[int, _Run] = {}
    for item in items:
        runs.setdefault(id(item.track), _Run(item.track)).items.append(item)
    return list(runs.values())


def _runs(items: Sequence[Item]) -> list[_Run]:
    """Group by stream; a part that does not follow the one before it (that one was refused) is refused too."""
    runs = _runs_of(items)
    for run in runs:
        first = run.items[0].part
        fitting = [item for n, item in enumerate(run.items) if item.part == first + n]
        for item in run.items:
            if item not in fitting:
                _refuse(item, Outcome.OUT_OF_ORDER)
        run.items = fitting
    return [run for run in runs if run.items]


def _arguments(runs: Sequence[_Run]) -> list[Any]:
    heads, chunks, events, rollups, rejected, clocks = [], [], [], [], [], []
    for g, run in enumerate(runs):
        track, first, last = run.track, run.items[0], run.items[-1]
        stored = sum(i.stored_count for i in run.items)
        refused = sum(len(i.rejected) for i in run.items)
        heads.append(
            (g, track.organization_id, track.session_key, track.stream, first.part - 1, last.part, stored, refused)
        )
        clocks.append(span_of(i.reading for i in run.items))
        for item in run.items:
            chunks += [(g, item.part, *chunk) for chunk in item.chunks]
            events += [(g, item.part, *event) for event in item.events]
            rollups += [(g, *rollup) for rollup in item.rollups]
            rejected += [(g, item.part, *one) for one in item.rejected]
    return [
        *_columns(heads, 8),
        datetime.now(UTC).date(),
        *_texts(chunks, 7, keep=(6,)),
        *_texts(events, 13, keep=(7, 8, 9, 10, 12)),
        *_texts(rollups, 6),
        *_columns(rejected, 6),
        *_columns(clocks, 3),
    ]


def _columns(rows: Any, width: int) -> list[Any]:
    """Turn rows into as many arrays."""
    columns: list[Any] = list(zip(*rows, strict=True))
    return columns or [[] for _ in range(width)]


def _texts(rows: Any, width: int, keep: Sequence[int] = ()) -> list[Any]:
    """As `_columns`, but columns of integers as the text of an array, which asyncpg sends four times as fast."""
    return [
        column if n in keep else "{" + str(list(column))[1:-1] + "}" for n, column in enumerate(_columns(rows, width))
    ]
