"""Rows as messages of doorstep.telemetry.v1."""

import itertools
import json
from collections.abc import Iterable, Sequence

from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp

from doorstep.telemetry.v1 import session_pb2
from services.telemetry.events import timestamp
from services.telemetry.lifecycle import SessionState
from services.telemetry.models import Session
from services.telemetry.operations.query import Engagement, Path
from services.telemetry.repository.query import EventRow, NameTotals, RejectedRow
from services.telemetry.wire import Column

STATES = {
    SessionState.ACTIVE: session_pb2.SESSION_STATE_ACTIVE,
    SessionState.ENDED: session_pb2.SESSION_STATE_ENDED,
    SessionState.ABANDONED: session_pb2.SESSION_STATE_ABANDONED,
}


def duration(us: int) -> Duration:
    """Microseconds as a message."""
    found = Duration()
    found.FromMicroseconds(us)
    return found


def session(row: Session) -> session_pb2.Session:
    """A session as callers see it."""
    message = session_pb2.Session(
        session_id=str(row.session_id),
        property_id=str(row.property_id),
        participant_id=row.participant_id,
        state=STATES[SessionState(row.state)],
        start_time=timestamp(row.started_at_us),
        source_coordinate_system=row.coordinate_system,  # type: ignore[arg-type]
        device_model=row.device_model,
        app_version=row.app_version,
        scene=row.scene,
    )
    message.create_time.FromDatetime(row.create_time)
    if row.ended_at_us is not None:
        message.end_time.CopyFrom(timestamp(row.ended_at_us))
    if row.clock_offset_us is not None:
        message.clock_offset.CopyFrom(duration(row.clock_offset_us))
    if row.clock_error_us is not None:
        message.clock_error.CopyFrom(duration(row.clock_error_us))
    if row.clock_step_us is not None:
        message.clock_step.CopyFrom(duration(row.clock_step_us))
    return message


def event(row: EventRow) -> session_pb2.SessionEvent:
    """An event as callers see it."""
    message = session_pb2.SessionEvent(
        event_id=f"{row.stream}.{row.part}.{row.ordinal}",
        kind=row.kind,  # type: ignore[arg-type]
        time=timestamp(row.time_us),
        zone=row.zone,
        object=row.object,
        name=row.name,
        position=session_pb2.Position(x=row.x, y=row.y, z=row.z),
        duration=duration(row.duration_us),
        properties=row.properties or {},
    )
    message.receive_time.FromDatetime(row.receive_time)
    return message


def pose(columns: Sequence[Column], index: int) -> session_pb2.Pose:
    """One sample of a track."""
    x, y, z, w = (float(c[index]) for c in columns[4:8])
    message = session_pb2.Pose(
        time=timestamp(int(columns[0][index])), orientation_x=x, orientation_y=y, orientation_z=z, orientation_w=w
    )
    if len(columns[1]):
        px, py, pz = (float(c[index]) for c in columns[1:4])
        message.position.CopyFrom(session_pb2.Position(x=px, y=py, z=pz))
    return message


def path(found: Path) -> list[session_pb2.Pose]:
    """The way of a head."""
    if not found.columns:
        return []
    times, *columns = (c.tolist() for c in found.columns)  # numbers of Python's own, made all at once
    positions = zip(*columns[:3], strict=True) if columns[0] else itertools.repeat(None)
    return [
        session_pb2.Pose(
            time=Timestamp(seconds=us // 1_000_000, nanos=us % 1_000_000 * 1_000),
            position=place and session_pb2.Position(x=place[0], y=place[1], z=place[2]),
            orientation_x=x, orientation_y=y, orientation_z=z, orientation_w=w,
        )
        for us, place, x, y, z, w in zip(times, positions, *columns[3:], strict=False)
    ]  # fmt: skip


def dwell(totals: Iterable[NameTotals]) -> list[session_pb2.ZoneDwell]:
    """Zones with what they drew."""
    return [
        session_pb2.ZoneDwell(
            zone=t.name,
            presence=duration(t.presence_us),
            visit_count=t.visits,
            gaze=duration(t.gaze_us),
            gaze_sample_count=t.gaze_samples,
            interaction_count=t.interactions,
        )
        for t in totals
    ]


def attention(totals: Sequence[NameTotals]) -> list[session_pb2.AttentionShare]:
    """Objects with what they drew, and their share of it."""
    whole = sum(t.gaze_us for t in totals)
    return [
        session_pb2.AttentionShare(
            object=t.name,
            gaze=duration(t.gaze_us),
            share=t.gaze_us / whole if whole else 0.0,
            gaze_sample_count=t.gaze_samples,
            interaction_count=t.interactions,
        )
        for t in totals
    ]


def engagement(property_id: str, found: Engagement) -> session_pb2.PropertyEngagement:
    """What all sessions of a property add up to."""
    message = session_pb2.PropertyEngagement(
        property_id=property_id,
        session_count=found.sessions.sessions,
        participant_count=found.sessions.participants,
        total_duration=duration(found.sessions.duration_us),
        zones=dwell(found.zones),
        objects=attention(found.objects),
    )
    if found.sessions.last_started_us is not None:
        message.last_session_time.CopyFrom(timestamp(found.sessions.last_started_us))
    return message


def rejected(row: RejectedRow) -> session_pb2.RejectedEvent:
    """An event or sample that was not stored."""
    message = session_pb2.RejectedEvent(
        rejected_event_id=f"{row.stream}.{row.part}.{row.batch_column}.{row.ordinal}",
        stream=row.stream,
        part=row.part,
        column=row.batch_column,  # type: ignore[arg-type]
        index=row.ordinal,
        reason=row.reason,  # type: ignore[arg-type]
        payload_json=json.dumps(row.payload),
    )
    message.receive_time.FromDatetime(row.receive_time)
    return message
