"""Answers as messages of doorstep.vr.v1."""

from collections.abc import Iterable
from typing import Any, Protocol
from uuid import UUID

from doorstep.vr.v1 import ingest_service_pb2, tracking_pb2
from services.chassis.ids import new_id
from services.chassis.protobytes import tag, varint
from services.telemetry.clock_offset import Offset, of_exchange
from services.telemetry.operations.ingest import Answer
from services.telemetry.operations.session import Accounting, Started
from services.telemetry.repository.committer import Outcome
from services.telemetry.repository.opening import NewSession
from services.telemetry.repository.session import Position
from services.telemetry.validation import MAX_BYTES, MAX_EVENTS

MAX_UNACKNOWLEDGED = 64
MAX_REJECTIONS = 100
"""Named one by one in an acknowledgement; all of them are kept."""
RETRY_MS = 1_000

_CONNECT_ACK = tag(ingest_service_pb2.ConnectResponse, "ack")
_ACK_SESSION, _ACK_STREAM, _ACK_PART, _ACK_DURABLE = (
    tag(tracking_pb2.BatchAck, name) for name in ("session_id", "stream", "part", "durable_part")
)
_ACK_STORED = b"".join(
    (
        tag(tracking_pb2.BatchAck, "outcome"),
        varint(tracking_pb2.BATCH_OUTCOME_STORED),
        tag(tracking_pb2.BatchAck, "stored_count"),
    )
)
_OUTCOMES = {
    Outcome.STORED: tracking_pb2.BATCH_OUTCOME_STORED,
    Outcome.DUPLICATE: tracking_pb2.BATCH_OUTCOME_DUPLICATE,
}
_REFUSALS = {
    Outcome.OUT_OF_ORDER: (tracking_pb2.REFUSAL_REASON_OUT_OF_ORDER, "parts are missing before this one"),
    Outcome.SESSION_ENDED: (tracking_pb2.REFUSAL_REASON_SESSION_ENDED, "the session has ended"),
    Outcome.UNAVAILABLE: (tracking_pb2.REFUSAL_REASON_UNAVAILABLE, "the batch could not be committed; send it again"),
}


class Greeting(Protocol):
    """What Hello and StartSessionRequest have in common."""

    session_id: str
    property_id: str
    participant_id: str
    coordinate_system: Any
    started_at_us: int
    device_model: str
    app_version: str
    scene: str


def new_session(greeting: Greeting) -> NewSession:
    """Read a greeting whose rules have been checked."""
    return NewSession(
        UUID(greeting.session_id) if greeting.session_id else new_id(),
        UUID(greeting.property_id),
        greeting.participant_id,
        int(greeting.coordinate_system),
        greeting.started_at_us,
        greeting.device_model,
        greeting.app_version,
        greeting.scene,
    )


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


def acknowledgement(session_id: bytes, answer: Answer) -> bytes:
    """A ConnectResponse with `ack`; by hand where nothing went wrong, as there is one for every batch.

    Args:
        session_id: As text in ASCII.
        answer: What became of the batch.
    """
    if answer.outcome is not Outcome.STORED or answer.rejected:
        return ingest_service_pb2.ConnectResponse(ack=ack(session_id.decode(), answer)).SerializeToString()
    body = b"".join(
        (
            _ACK_SESSION, varint(len(session_id)), session_id,
            *((_ACK_STREAM, varint(answer.stream)) if answer.stream else ()),
            _ACK_PART, varint(answer.part),
            _ACK_DURABLE, varint(answer.durable_part),
            _ACK_STORED, varint(answer.stored_count),
        )
    )  # fmt: skip
    return b"".join((_CONNECT_ACK, varint(len(body)), body))


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
    """How far streams are committed; those of which nothing is are left out."""
    return [tracking_pb2.StreamPosition(stream=p.stream, durable_part=p.last_part) for p in positions if p.last_part]


def welcome(started: Started, now_us: int) -> ingest_service_pb2.Welcome:
    """Answer a hello."""
    return ingest_service_pb2.Welcome(
        session_id=str(started.session.session_id),
        positions=stream_positions(started.positions),
        resumed=not started.session.created,
        max_batch_events=MAX_EVENTS,
        max_batch_bytes=MAX_BYTES,
        max_unacknowledged=MAX_UNACKNOWLEDGED,
        server_time_us=now_us,
    )


def exchange(ping: ingest_service_pb2.Ping) -> Offset | None:
    """What the exchange before a ping tells of the headset's clock."""
    return of_exchange(
        sent_us=ping.previous_sent_at_us,
        server_received_us=ping.previous_server_received_at_us,
        server_sent_us=ping.previous_server_sent_at_us,
        received_us=ping.previous_received_at_us,
    )


def pong(ping: ingest_service_pb2.Ping, received_us: int, now_us: int, best: Offset | None) -> ingest_service_pb2.Pong:
    """Answer a ping."""
    message = ingest_service_pb2.Pong(
        sent_at_us=ping.sent_at_us, server_received_at_us=received_us, server_sent_at_us=now_us
    )
    if best is not None:
        message.clock_offset_us, message.clock_error_us = best.offset_us, best.error_us
    return message


def accounting(account: Accounting) -> tracking_pb2.IngestAccounting:
    """What became of everything that was sent."""
    return tracking_pb2.IngestAccounting(
        received_count=account.received,
        stored_count=account.stored,
        duplicate_count=account.duplicate,
        rejected_count=account.rejected,
        declared_count=account.declared,
        missing_count=account.missing,
        refused_count=account.refused,
        refused=[
            tracking_pb2.RefusedBatches(
                reason=r.reason,  # type: ignore[arg-type]
                batch_count=r.batches,
                event_count=r.events,
            )
            for r in account.refusals
        ],
    )
