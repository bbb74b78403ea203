"""What the service publishes, made from rows. The key of its events is the listing, else the deal."""

from uuid import UUID

from doorstep.deal.v1 import deal_events_pb2 as pb
from doorstep.deal.v1 import deal_jobs_pb2
from services.chassis.mapping import to_money, to_time
from services.deal.models.deal import Deal
from services.deal.models.offer import Offer


def offer_facts(row: Offer, by: UUID | None) -> pb.OfferFacts:
    """What every event says of its offer."""
    return pb.OfferFacts(
        offer_id=str(row.id),
        organization_id=str(row.organization_id),
        listing_id=str(row.listing_id),
        property_id=str(row.property_id),
        buyer_id=str(row.buyer_id),
        agent_id=str(row.agent_id or ""),
        price=to_money(row.price, row.currency_code),
        expire_time=to_time(row.expire_time),
        actor_id=str(by or ""),
    )


def deal_facts(row: Deal, by: UUID | None) -> pb.DealFacts:
    """What every event says of its deal."""
    return pb.DealFacts(
        deal_id=str(row.id),
        organization_id=str(row.organization_id),
        listing_id=str(row.listing_id or ""),
        property_id=str(row.property_id or ""),
        buyer_id=str(row.buyer_id or ""),
        agent_id=str(row.agent_id or ""),
        price=to_money(row.price, row.currency_code),
        actor_id=str(by or ""),
    )


def key_of(row: Offer | Deal) -> str:
    """Facts of one listing are delivered in order; a deal without a listing is its own key."""
    return str(row.listing_id or row.id)


def expire_offer_job(row: Offer) -> deal_jobs_pb2.ExpireOfferJob:
    """What the job that ends unanswered terms is told."""
    return deal_jobs_pb2.ExpireOfferJob(
        offer_id=str(row.id), organization_id=str(row.organization_id), round=row.round
    )
