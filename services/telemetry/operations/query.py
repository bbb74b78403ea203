"""What sessions show: dwell, attention, heat map, path, engagement, rejected events."""

from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import numpy as np
import numpy.typing as npt

from services.chassis.db.database import ReadTransaction, Transaction
from services.chassis.paging import Page, PageOf
from services.telemetry.coordinates import AXES, System, rotate
from services.telemetry.models import Session
from services.telemetry.operations.storing import OBJECT, ZONE, names_of, store
from services.telemetry.repository.query import (
    EventRow,
    NameTotals,
    PropertySessions,
    QueryRepository,
    RejectedRow,
    Span,
    span_of,
)
from services.telemetry.repository.reports import ReportRepository
from services.telemetry.repository.samples import SampleRepository
from services.telemetry.repository.session import SessionRepository
from services.telemetry.validation import FUTURE_US, PAST_US, Checked, ColumnOf, EventFields, check_event, fields_of
from services.telemetry.wire import Batch, Column, decode_gaze, decode_pose

MAX_OBJECTS = 100
MAX_REPROCESSED = 1_000


@dataclass(frozen=True, slots=True)
class Heat:
    """Counts of gaze directions: rows from straight up to straight down, columns from behind over the left."""

    counts: npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Path:
    """The way of a head: columns of PoseTrack in the order of time, and how many samples there are in all."""

    columns: tuple[Column, ...]
    sample_count: int


@dataclass(frozen=True, slots=True)
class Engagement:
    """What all sessions of a property add up to."""

    sessions: PropertySessions
    zones: list[NameTotals]
    objects: list[NameTotals]


async def find_span(tx: ReadTransaction, session_id: UUID) -> tuple[Session, Span]:
    """Find a session and its days.

    Raises:
        SessionNotFound: there is none in the caller's organisation.
    """
    session = await SessionRepository(tx).by_id(session_id)
    return session, span_of(session)


async def list_session_events(
    tx: ReadTransaction, session_id: UUID, page: Page, *, kind: int | None, zone: str | None
) -> PageOf[EventRow]:
    """Read events of a session in the order of their times."""
    _, span = await find_span(tx, session_id)
    return await QueryRepository(tx).events_page(span, page, kind=kind, zone=zone)


async def get_zone_dwell(reports: ReportRepository, session_id: UUID) -> list[NameTotals]:
    """How long each zone held the visitor, longest first."""
    span, ended_at_us = await reports.session(session_id)
    end_us = ended_at_us or await reports.last_time(span)
    return sorted(await reports.zones(span, end_us), key=lambda t: (-t.presence_us, -t.gaze_us, t.name))


async def get_attention(reports: ReportRepository, session_id: UUID) -> list[NameTotals]:
    """Which objects drew the gaze, most first."""
    span, _ = await reports.session(session_id)
    return await reports.objects(span)


async def get_property_engagement(reports: ReportRepository, property_id: UUID) -> Engagement:
    """What all sessions of a property add up to; nothing, for one that nobody visited."""
    sessions = await reports.property_sessions(property_id)
    totals = await reports.property_totals(property_id, MAX_OBJECTS)
    return Engagement(sessions, totals.get(ZONE, []), totals.get(OBJECT, []))


async def get_gaze_heatmap(
    samples: SampleRepository, session_id: UUID, *, width: int, height: int, zone: str | None
) -> Heat:
    """Count gaze directions on a grid; a session without gaze tracks is taken to look where its head points."""
    span = await samples.span(session_id)
    counts = np.zeros(height * width, np.int64)
    zone_id = None
    if zone is not None:
        zone_id = await samples.zone_id(span, zone)
        if zone_id is None:
            return Heat(counts)
    looked = False
    async for chunk in samples.chunks(span, ColumnOf.GAZE):
        looked = True
        columns = decode_gaze(chunk.data)
        directions = np.stack(columns[1:4])
        if zone_id is not None:
            directions = directions[:, columns[7] == zone_id] if len(columns[7]) else directions[:, :0]
        counts += cells(directions, width, height)
    if not looked and zone_id is None:
        async for chunk in samples.chunks(span, ColumnOf.POSE):
            counts += cells(rotate(np.stack(decode_pose(chunk.data)[4:8]), (0, 0, -1)), width, height)
    return Heat(counts)


def cells(directions: npt.NDArray[np.float32], width: int, height: int) -> npt.NDArray[np.int64]:
    """Count directions (rows x, y, z) in the cells of a grid over the sphere."""
    x, y, z = directions
    yaw = np.arctan2(x, -z)  # 0 ahead, negative to the left
    pitch = np.arcsin(np.clip(y, -1, 1))
    column = np.clip(((yaw / (2 * np.pi) + 0.5) * width).astype(np.int64), 0, width - 1)
    row = np.clip(((0.5 - pitch / np.pi) * height).astype(np.int64), 0, height - 1)
    return np.bincount(row * width + column, minlength=width * height).astype(np.int64)


async def get_session_path(samples: SampleRepository, session_id: UUID, *, max_points: int) -> Path:
    """The way of the head, thinned out evenly."""
    span = await samples.span(session_id)
    total = await samples.count(span, ColumnOf.POSE)
    stride = max(1, -(-total // max_points))
    kept: list[tuple[Column, ...]] = []
    skip = 0
    async for chunk in samples.chunks(span, ColumnOf.POSE):
        columns = decode_pose(chunk.data)
        kept.append(tuple(c[skip::stride].copy() if len(c) else np.full(0, 0, c.dtype) for c in columns))
        skip = (skip - len(columns[0])) % stride
    if not kept:
        return Path((), 0)
    with_position = all(len(k[1]) == len(k[0]) for k in kept)
    joined = tuple(np.concatenate([k[n] for k in kept]) for n in range(8) if n in (0, 4, 5, 6, 7) or with_position)
    order = np.argsort(joined[0], kind="stable")
    ordered = [c[order] for c in joined]
    if not with_position:
        ordered[1:1] = [np.empty(0, np.float32)] * 3
    return Path(tuple(ordered), total)


async def list_rejected_events(tx: ReadTransaction, session_id: UUID, page: Page) -> PageOf[RejectedRow]:
    """Read what was not stored, as it was sent."""
    _, span = await find_span(tx, session_id)
    return await QueryRepository(tx).rejected_page(span, page)


async def reprocess_rejected_events(tx: Transaction, session_id: UUID, *, now_us: int) -> tuple[int, int]:
    """Check rejected discrete events again and store those that pass; returns (stored, rejected still).

    At most MAX_REPROCESSED at a time; call again for more.

    Raises:
        SessionNotFound: there is none in the caller's organisation.
    """
    sessions, query = SessionRepository(tx), QueryRepository(tx)
    session = await sessions.by_id(session_id, lock=True)
    span = span_of(session)
    floor, ceiling = max(1, session.started_at_us - PAST_US), now_us + FUTURE_US
    good: list[tuple[RejectedRow, EventFields]] = []
    after: tuple[int, ...] = ()
    # What stays rejected must not stand before what is good by now.
    while len(good) < MAX_REPROCESSED and (rows := await query.rejected_events(span, after, MAX_REPROCESSED)):
        after = (rows[-1].stream, rows[-1].part, rows[-1].ordinal)
        for row in rows:
            event = fields_of(_event_of(row.payload))
            if check_event(event, floor, ceiling) is None:
                good.append((row, event))
    del good[MAX_REPROCESSED:]
    if good:
        checked = Checked(events=[(row.ordinal, event) for row, event in good])
        wanted = names_of(Batch(), checked)
        names: dict[tuple[int, str], int] = {}
        for kind in sorted({kind for kind, _ in wanted}):
            found = await sessions.name_ids(session.organization_id, kind, [n for k, n in wanted if k == kind])
            names |= {(kind, name): name_id for name, name_id in found.items()}
        stored = store(Batch(), checked, AXES[System(session.coordinate_system)], names)
        for (row, _), event_row in zip(good, stored.events, strict=True):
            await query.restore(span, row, event_row)
        for rollup in stored.rollups:
            await query.add_rollup(span, rollup)
        if session.ended_at_us is not None:
            await query.fold_presence(span, session.ended_at_us)
    return len(good), await query.rejected_count(span)


def _event_of(payload: Any) -> SimpleNamespace:
    x, y, z = (float(v) for v in payload["position"])
    names = ("kind", "time_us", "zone", "object", "name", "duration_us", "properties")
    return SimpleNamespace(x=x, y=y, z=z, **{name: payload[name] for name in names})
