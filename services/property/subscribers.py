"""What the service learns from others."""

from datetime import UTC, datetime
from uuid import UUID

import structlog

from doorstep.telemetry.v1.telemetry_events_pb2 import SessionEnded
from services.chassis.db.database import Transaction
from services.chassis.events import EventMeta, Subscriber
from services.chassis.ids import parse_id
from services.property.models import Engagement
from services.property.operations.property import record_session

log = structlog.get_logger(__name__)
MICROSECONDS = 1e6


async def count_session(tx: Transaction, event: SessionEnded, meta: EventMeta) -> None:
    """Add an ended VR session to the figures of its property; the inbox sees to it that this happens once."""
    try:
        property_id = UUID(event.property_id)
    except ValueError:
        log.warning("session_of_no_property", event_id=str(meta.event_id), session_id=event.session_id)
        return
    ended = event.end_time
    figures = Engagement(
        organization_id=parse_id(event.organization_id),
        property_id=property_id,
        sessions_total=1,
        seconds_total=event.duration_us / MICROSECONDS,
        gaze_seconds_total=event.gaze_us / MICROSECONDS,
        events_total=event.stored_count,
        last_session_end_time=datetime.fromtimestamp(ended.seconds + ended.nanos / 1e9, UTC),
    )
    await record_session(tx, figures)


SUBSCRIBERS = (Subscriber(SessionEnded, count_session, name="property.count_session"),)
