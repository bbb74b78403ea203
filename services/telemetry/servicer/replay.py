"""ReplaySession: poses and events of a session in the order of their times."""

import asyncio
import heapq
import time
from collections.abc import AsyncIterator
from typing import NamedTuple
from uuid import UUID

from doorstep.telemetry.v1 import telemetry_query_service_pb2 as pb
from services.chassis.actor import Actor
from services.chassis.db.database import Database
from services.telemetry.mapping import read as mapping
from services.telemetry.operations.query import find_span
from services.telemetry.repository.query import EventRow, QueryRepository, Span
from services.telemetry.repository.samples import ChunkRow, SampleRepository
from services.telemetry.validation import MAX_STREAM, ColumnOf
from services.telemetry.wire import Column, decode_pose

CHUNKS, EVENTS = 32, 500
"""Read at a time, each in a transaction of its own: none is held while the caller reads."""

STREAMS = MAX_STREAM + 1
"""Chunks that are gone through at once: those of one stream follow one another, unless its clock was set back."""

Timed = tuple[int, pb.ReplaySessionResponse]


class _Chunk(NamedTuple):
    """Poses of one part, and how far it has been gone through; the first three tell chunks apart."""

    at_us: int
    stream: int
    part: int
    place: int
    times: list[int]
    columns: tuple[Column, ...]


async def replay(
    database: Database, actor: Actor, session_id: UUID, speed: float
) -> AsyncIterator[pb.ReplaySessionResponse]:
    """Yield the steps; waits between them unless `speed` is 0.

    Raises:
        SessionNotFound: there is none in the caller's organisation.
    """
    async with database.read(actor) as tx:
        _, span = await find_span(tx, session_id)
    start = time.monotonic()
    first_us: int | None = None
    async for at_us, step in _merged(_poses(database, actor, span), _events(database, actor, span)):
        if speed > 0:
            first_us = at_us if first_us is None else first_us
            wait = (at_us - first_us) / 1e6 / speed - (time.monotonic() - start)
            while wait > 0:
                await asyncio.sleep(min(wait, 10))
                if wait > 10:
                    heartbeat = pb.StreamHeartbeat()
                    heartbeat.time.GetCurrentTime()
                    yield pb.ReplaySessionResponse(heartbeat=heartbeat)
                wait -= 10
        yield step
    yield pb.ReplaySessionResponse(end=pb.StreamEnd(reason="complete"))


async def _poses(database: Database, actor: Actor, span: Span) -> AsyncIterator[Timed]:
    begun: list[_Chunk] = []
    async for row in _chunks(database, actor, span):
        # Chunks of several streams lie across one another: what comes before this one is said first.
        while begun and (begun[0].at_us < row.first_us or len(begun) == STREAMS):
            yield _next_pose(begun)
        columns = decode_pose(row.data)
        heapq.heappush(begun, _Chunk(row.first_us, row.stream, row.part, 0, columns[0].tolist(), columns))
    while begun:
        yield _next_pose(begun)


def _next_pose(begun: list[_Chunk]) -> Timed:
    """Take the earliest pose of the chunks that were begun."""
    chunk = begun[0]
    following = chunk.place + 1
    if following < len(chunk.times):
        heapq.heapreplace(begun, chunk._replace(at_us=chunk.times[following], place=following))
    else:
        heapq.heappop(begun)
    return chunk.at_us, pb.ReplaySessionResponse(pose=mapping.pose(chunk.columns, chunk.place))


async def _chunks(database: Database, actor: Actor, span: Span) -> AsyncIterator[ChunkRow]:
    after: tuple[int, ...] = ()
    while True:
        async with database.fast_read(actor) as connection:
            rows = await SampleRepository(connection).page(span, ColumnOf.POSE, after, CHUNKS)
        for row in rows:
            yield row
        if len(rows) < CHUNKS:
            return
        after = (rows[-1].first_us, rows[-1].stream, rows[-1].part)


async def _events(database: Database, actor: Actor, span: Span) -> AsyncIterator[Timed]:
    after: tuple[int, ...] = ()
    while True:
        async with database.read(actor) as tx:
            rows: list[EventRow] = await QueryRepository(tx).events_after(span, after, EVENTS)
        for row in rows:
            yield row.time_us, pb.ReplaySessionResponse(event=mapping.event(row))
        if len(rows) < EVENTS:
            return
        after = (rows[-1].time_us, rows[-1].stream, rows[-1].part, rows[-1].ordinal)


async def _merged(*sources: AsyncIterator[Timed]) -> AsyncIterator[Timed]:
    heads = [(await anext(source, None), source) for source in sources]
    while waiting := [(head[0], n) for n, (head, _) in enumerate(heads) if head is not None]:
        _, n = min(waiting)
        head, source = heads[n]
        assert head is not None  # noqa: S101 - chosen among those that are not
        yield head
        heads[n] = (await anext(source, None), source)
