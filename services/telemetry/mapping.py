"""Rows and answers as messages of doorstep.vr.v1 and doorstep.telemetry.v1."""

from collections.abc import Iterable, Sequence

from google.protobuf.duration_pb2 import Duration

from doorstep.telemetry.v1 import session_pb2
from doorstep.vr.v1 import ingest_service_pb2, tracking_pb2
from services.telemetry.events import timestamp
from services.telemetry.lifecycle import SessionState
from services.telemetry.models import Session
from services.telemetry.operations.ingest import Answer
from services.telemetry.operations.session import Accounting, Started
from services.telemetry.repository.committer import Outcome
from services.telemetry.repository.session import Position
from services.telemetry.validation import MAX_BYTES, MAX_EVENTS

MAX_UNACKNOWLEDGED = 64
MAX_REJECTIONS = 100
"""Named one by one in an acknowledgement; all of them are kept."""
RETRY_MS = 1_000

STATES = {
    SessionState.ACTIVE: session_pb2.SESSION_STATE_ACTIVE,
    SessionState.ENDED: session_pb2.SESSION_STATE_ENDED,
    SessionState.ABANDONED: session_pb2.SESSION_STATE_ABANDONED,
}

_OUTCOMES = {
    Outcome.STORED: tracking_pb2.BATCH_OUTCOME_STORED,
    Outcome.DUPLICATE: tracking_pb2.BATCH_OUTCOME_DUPLICATE,
}
_REFUSALS = {
    Outcome.OUT_OF_ORDER: (tracking_pb2.REFUSAL_REASON_OUT_OF_ORDER, "parts are missing before this one"),
    Outcome.SESSION_ENDED: (tracking_pb2.REFUSAL_REASON_SESSION_ENDED, "the session has ended"),
    Outcome.UNAVAILABLE: (tracking_pb2.REFUSAL_REASON_UNAVAILABLE, "the batch could not be committed; send it again"),
}


def duration(us: int) -> Duration:
    """Microseconds as a message."""
    found = Duration()
    found.FromMicroseconds(us)
    return found


def ack(session_id: str, answer: Answer) -> tracking_pb2.BatchAck:
    """Answer a batch."""
    message = tracking_pb2.BatchAck(
        session_id=session_id,
        stream=answer.stream,
        part=answer.part,
        durable_part=answer.durable_part,
        outcome=_OUTCOMES.get(answer.outcome, tracking_pb2.BATCH_OUTCOME_REFUSED),
        stored_count=answer.stored_count,
        duplicate_count=answer.duplicate_count,
    )
    if answer.rejected:
        message.rejected_count = len(answer.rejected)
        message.rejections.extend(
            tracking_pb2.Rejection(column=r.column, index=r.index, reason=r.reason)  # type: ignore[arg-type]
            for r in answer.rejected[:MAX_REJECTIONS]
        )
    refusal = _REFUSALS.get(answer.outcome)
    if refusal is not None:
        message.refusal, message.message = refusal
        if answer.outcome is Outcome.UNAVAILABLE:
            message.retry_after_ms = RETRY_MS
    return message


def refused(
    session_id: str, stream: int, part: int, reason: int, text: str, *, retry_after_ms: int = 0
) -> tracking_pb2.BatchAck:
    """Refuse a batch before it has come to any stream's queue."""
    return tracking_pb2.BatchAck(
        session_id=session_id,
        stream=stream,
        part=part,
        outcome=tracking_pb2.BATCH_OUTCOME_REFUSED,
        refusal=reason,  # type: ignore[arg-type]
        message=text,
        retry_after_ms=retry_after_ms,
    )


def stream_positions(positions: Iterable[Position]) -> list[tracking_pb2.StreamPosition]:
    """How far streams are committed."""
    return [tracking_pb2.StreamPosition(stream=p.stream, durable_part=p.last_part) for p in positions]


def welcome(started: Started, now_us: int) -> ingest_service_pb2.Welcome:
    """Answer a hello."""
    return ingest_service_pb2.Welcome(
        session_id=str(started.session.session_id),
        positions=stream_positions(started.positions),
        resumed=started.resumed,
        max_batch_events=MAX_EVENTS,
        max_batch_bytes=MAX_BYTES,
        max_unacknowledged=MAX_UNACKNOWLEDGED,
        server_time_us=now_us,
    )


def accounting(account: Accounting) -> tracking_pb2.IngestAccounting:
    """What became of everything that was sent."""
    return tracking_pb2.IngestAccounting(
        received_count=account.received,
        stored_count=account.stored,
        duplicate_count=account.duplicate,
        rejected_count=account.rejected,
        declared_count=account.declared,
        missing_count=account.missing,
    )


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
    if row.clock_offset_us is not None and row.clock_error_us is not None:
        message.clock_offset.CopyFrom(duration(row.clock_offset_us))
        message.clock_error.CopyFrom(duration(row.clock_error_us))
    return message


def sessions(rows: Sequence[Session]) -> list[session_pb2.Session]:
    """Many of them."""
    return [session(row) for row in rows]
