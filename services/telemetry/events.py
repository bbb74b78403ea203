"""What telemetry publishes."""

from datetime import UTC, datetime, timedelta

from google.protobuf.timestamp_pb2 import Timestamp

from doorstep.telemetry.v1 import telemetry_events_pb2
from services.telemetry.models import Session
from services.telemetry.repository.session import PropertyTotals

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def timestamp(us: int) -> Timestamp:
    """Microseconds since 1970 as a message."""
    found = Timestamp()
    found.FromMicroseconds(us)
    return found


def moment(us: int) -> datetime:
    """Microseconds since 1970 as a datetime."""
    return _EPOCH + timedelta(microseconds=us)


def microseconds(at: datetime) -> int:
    """A datetime as microseconds since 1970, exactly."""
    return (at - _EPOCH) // timedelta(microseconds=1)


def session_ended(
    session: Session, *, stored_count: int, gaze_us: int, top_zone: str, totals: PropertyTotals
) -> telemetry_events_pb2.SessionEnded:
    """State that a session has ended, with the totals of its property."""
    ended = session.ended_at_us or session.started_at_us
    return telemetry_events_pb2.SessionEnded(
        session_id=str(session.session_id),
        organization_id=str(session.organization_id),
        property_id=str(session.property_id),
        participant_id=session.participant_id,
        start_time=timestamp(session.started_at_us),
        end_time=timestamp(ended),
        duration_us=ended - session.started_at_us,
        stored_count=stored_count,
        gaze_us=gaze_us,
        top_zone=top_zone,
        property_session_count=totals.session_count,
        property_duration_us=totals.duration_us,
        property_gaze_us=totals.gaze_us,
    )
