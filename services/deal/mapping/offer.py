"""Offers: rows to messages, terms out of requests."""

from datetime import UTC, datetime

from doorstep.deal.v1 import offer_pb2 as pb
from doorstep.deal.v1 import offer_service_pb2 as service_pb
from services.chassis.mapping import from_date, from_money, to_date, to_money, to_time
from services.deal.models.offer import Offer, OfferRound
from services.deal.operations.offer import Terms


def to_message(row: Offer) -> pb.Offer:
    """An offer as its parties see it."""
    return pb.Offer(
        offer_id=str(row.id),
        organization_id=str(row.organization_id),
        listing_id=str(row.listing_id),
        property_id=str(row.property_id),
        buyer_id=str(row.buyer_id),
        agent_id=str(row.agent_id or ""),
        etag=row.etag,
        state=f"OFFER_STATE_{row.state}",
        awaiting=f"OFFER_PARTY_{row.awaiting}" if row.awaiting else None,
        price=to_money(row.price, row.currency_code),
        close_date=to_date(row.close_date),
        message=row.message,
        round=row.round,
        expire_time=to_time(row.expire_time),
        deal_id=str(row.deal_id or ""),
        reason=row.reason,
        create_time=to_time(row.create_time),
        update_time=to_time(row.update_time),
        end_time=to_time(row.end_time),
    )


def to_round(row: OfferRound) -> pb.OfferRound:
    """What one side asked for."""
    return pb.OfferRound(
        round=row.round,
        party=f"OFFER_PARTY_{row.party}",
        actor_id=str(row.actor_id),
        price=to_money(row.price, row.currency_code),
        close_date=to_date(row.close_date),
        message=row.message,
        expire_time=to_time(row.expire_time),
        create_time=to_time(row.create_time),
    )


def to_terms(request: service_pb.MakeOfferRequest | service_pb.CounterOfferRequest) -> Terms:
    """What one side asks for.

    Raises:
        InvalidFields: a price or a day that is none.
    """
    price, currency = from_money(request.price, "price")
    expire_time: datetime | None = None
    if request.HasField("expire_time"):
        expire_time = request.expire_time.ToDatetime(tzinfo=UTC)
    day = from_date(request.close_date, "close_date") if request.HasField("close_date") else None
    return Terms(price, currency, day, request.message, expire_time)
