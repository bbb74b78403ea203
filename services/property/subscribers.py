"""What the service learns from others."""

from datetime import UTC, date, datetime
from uuid import UUID

import structlog

from doorstep.deal.v1.deal_events_pb2 import DealCancelled, DealClosed, DealFacts, DealOpened, TokenHeld
from doorstep.telemetry.v1.telemetry_events_pb2 import SessionEnded
from services.chassis.db.database import Transaction
from services.chassis.events import EventMeta, Subscriber
from services.chassis.ids import parse_id
from services.chassis.mapping import from_date, from_money
from services.property.models import Engagement
from services.property.operations.listing import follow_deal
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


async def follow_opened(tx: Transaction, event: DealOpened, meta: EventMeta) -> None:
    """A listing whose deal has begun is under contract."""
    await _follow(tx, event.deal, "mark_under_contract", meta)


async def follow_token(tx: Transaction, event: TokenHeld, meta: EventMeta) -> None:
    """A listing whose buyer has paid the token is pending."""
    await _follow(tx, event.deal, "mark_pending", meta)


async def follow_closed(tx: Transaction, event: DealClosed, meta: EventMeta) -> None:
    """A listing whose deal is complete is sold."""
    price, currency = from_money(event.deal.price, "price")
    await _follow(tx, event.deal, "close", meta, (price, currency, from_date(event.close_date, "close_date")))


async def follow_cancelled(tx: Transaction, event: DealCancelled, meta: EventMeta) -> None:
    """A listing whose deal has fallen through is back on the market."""
    await _follow(tx, event.deal, "reactivate", meta)


async def _follow(
    tx: Transaction, deal: DealFacts, verb: str, meta: EventMeta, close: tuple[int, str, date] | None = None
) -> None:
    if not deal.listing_id:
        return
    listing_id = parse_id(deal.listing_id)
    if not await follow_deal(tx, listing_id, verb, position=meta.position, now=meta.create_time, close=close):
        # People may have moved it by hand, and theirs is the last word; or a later event came first.
        log.info("listing_not_moved", event_id=str(meta.event_id), listing_id=deal.listing_id, verb=verb)


SUBSCRIBERS = (
    Subscriber(SessionEnded, count_session, name="property.count_session"),
    Subscriber(DealOpened, follow_opened, name="property.follow_opened"),
    Subscriber(TokenHeld, follow_token, name="property.follow_token"),
    Subscriber(DealClosed, follow_closed, name="property.follow_closed"),
    Subscriber(DealCancelled, follow_cancelled, name="property.follow_cancelled"),
)
