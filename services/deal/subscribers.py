"""What the service learns from others: which visits somebody has to look at before money moves because of them."""

from typing import Any

from doorstep.visit.v1.visit_events_pb2 import VisitCompleted, VisitEvidenceAccepted, VisitFacts
from services.chassis.db.database import Transaction
from services.chassis.events import EventMeta, Subscriber
from services.chassis.ids import parse_id
from services.deal.repository.doubt import DoubtRepository


async def doubt(tx: Transaction, event: VisitCompleted, meta: EventMeta) -> None:
    """Keep the payouts of a visit whose evidence is weak, contradicts itself or was overridden."""
    if event.needs_review:
        await DoubtRepository(tx).keep(_values(event.visit, meta))


async def trust(tx: Transaction, event: VisitEvidenceAccepted, meta: EventMeta) -> None:
    """Let them go again."""
    await DoubtRepository(tx).accept(_values(event.visit, meta))


def _values(visit: VisitFacts, meta: EventMeta) -> dict[str, Any]:
    return {
        "organization_id": parse_id(visit.organization_id),
        "visit_id": parse_id(visit.visit_id),
        "listing_id": parse_id(visit.listing_id),
        "property_id": parse_id(visit.property_id) if visit.property_id else None,
        "buyer_id": parse_id(visit.buyer_id),
        "create_time": meta.create_time,
    }


SUBSCRIBERS = (
    Subscriber(VisitCompleted, doubt, name="deal.doubt"),
    Subscriber(VisitEvidenceAccepted, trust, name="deal.trust"),
)
