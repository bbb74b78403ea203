"""What the service publishes, made from rows. The key of its events is the listing, else the deal."""

from uuid import UUID

from doorstep.deal.v1 import deal_events_pb2 as pb
from doorstep.deal.v1 import deal_jobs_pb2, payment_jobs_pb2
from services.chassis.mapping import to_date, to_money, to_time
from services.deal.models.deal import Deal
from services.deal.models.dispute import Dispute, Evidence
from services.deal.models.document import Document
from services.deal.models.offer import Offer
from services.deal.models.payment import Payment
from services.deal.models.payout import Payout


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
    return deal_jobs_pb2.ExpireOfferJob(offer_id=str(row.id), organization_id=str(row.organization_id), round=row.round)


def offer_made(row: Offer, by: UUID | None) -> pb.OfferMade:
    """A buyer offers a price."""
    return pb.OfferMade(offer=offer_facts(row, by))


def offer_countered(row: Offer, by: UUID | None) -> pb.OfferCountered:
    """One side asks for other terms."""
    return pb.OfferCountered(offer=offer_facts(row, by), round=row.round)


def offer_accepted(row: Offer, by: UUID | None) -> pb.OfferAccepted:
    """Both sides agree."""
    return pb.OfferAccepted(offer=offer_facts(row, by), deal_id=str(row.deal_id))


def offer_rejected(row: Offer, by: UUID | None) -> pb.OfferRejected:
    """One side has said no."""
    return pb.OfferRejected(offer=offer_facts(row, by), reason=row.reason)


def offer_withdrawn(row: Offer, by: UUID | None) -> pb.OfferWithdrawn:
    """The buyer takes the offer back."""
    return pb.OfferWithdrawn(offer=offer_facts(row, by))


def offer_expired(row: Offer, by: UUID | None) -> pb.OfferExpired:
    """Nobody answered in time."""
    return pb.OfferExpired(offer=offer_facts(row, by))


def offer_lapsed(row: Offer, by: UUID | None) -> pb.OfferLapsed:
    """The listing is taken."""
    return pb.OfferLapsed(offer=offer_facts(row, by))


def deal_opened(row: Deal, by: UUID | None) -> pb.DealOpened:
    """A deal has begun."""
    return pb.DealOpened(deal=deal_facts(row, by))


def deal_stage_moved(row: Deal, by: UUID | None, before: str) -> pb.DealStageMoved:
    """A deal stands elsewhere in its pipeline."""
    return pb.DealStageMoved(deal=deal_facts(row, by), previous_stage=before, stage=row.stage_display_name)


def deal_closed(row: Deal, by: UUID | None) -> pb.DealClosed:
    """The sale is complete."""
    return pb.DealClosed(deal=deal_facts(row, by), close_date=to_date(row.close_date))


def deal_cancelled(row: Deal, by: UUID | None) -> pb.DealCancelled:
    """The deal has fallen through."""
    return pb.DealCancelled(deal=deal_facts(row, by), reason=row.reason)


def document_verified(row: Deal, document: Document, by: UUID | None) -> pb.DocumentVerified:
    """A document was found good."""
    return pb.DocumentVerified(deal=_document_facts(row, document, by), document_id=str(document.id))


def document_rejected(row: Deal, document: Document, by: UUID | None) -> pb.DocumentRejected:
    """A document was found wanting."""
    facts = _document_facts(row, document, by)
    return pb.DocumentRejected(deal=facts, document_id=str(document.id), reason=document.reason)


def _document_facts(row: Deal, document: Document, by: UUID | None) -> pb.DealFacts:
    """The buyer is told of nothing that is for members."""
    facts = deal_facts(row, by)
    if document.audience == "MEMBERS":
        facts.ClearField("buyer_id")
    return facts


def token_held(row: Deal, payment: Payment, amount: int, by: UUID | None) -> pb.TokenHeld:
    """The buyer's token is paid and held."""
    money = to_money(amount, payment.currency_code)
    return pb.TokenHeld(deal=deal_facts(row, by), payment_id=str(payment.id), amount=money)


def token_released(row: Deal, payment: Payment, amount: int, by: UUID | None) -> pb.TokenReleased:
    """The held token has gone to its purpose."""
    money = to_money(amount, payment.currency_code)
    return pb.TokenReleased(deal=deal_facts(row, by), payment_id=str(payment.id), amount=money)


def token_refunded(row: Deal, payment: Payment, amount: int, by: UUID | None) -> pb.TokenRefunded:
    """The token is back with the buyer."""
    money = to_money(amount, payment.currency_code)
    return pb.TokenRefunded(deal=deal_facts(row, by), payment_id=str(payment.id), amount=money)


def token_refund_returned(row: Deal, payment: Payment, amount: int, asked_by: UUID | None) -> pb.TokenRefundReturned:
    """What had been sent back to the buyer has come back; `asked_by` had it sent."""
    return pb.TokenRefundReturned(
        deal=deal_facts(row, None),
        payment_id=str(payment.id),
        amount=to_money(amount, payment.currency_code),
        reason=payment.failure,
        requester_id=str(asked_by or ""),
    )


def token_forfeited(row: Deal, payment: Payment, amount: int, by: UUID | None) -> pb.TokenForfeited:
    """The buyer has lost the token by contract."""
    money = to_money(amount, payment.currency_code)
    return pb.TokenForfeited(deal=deal_facts(row, by), payment_id=str(payment.id), amount=money)


def charge_job(row: Payment, payment_method: str) -> payment_jobs_pb2.SubmitPaymentJob:
    """What the job that asks the provider for the money is told."""
    return payment_jobs_pb2.SubmitPaymentJob(
        payment_id=str(row.id),
        organization_id=str(row.organization_id),
        order="PAYMENT_ORDER_CHARGE",
        payment_method=payment_method,
    )


def refund_job(row: Payment) -> payment_jobs_pb2.SubmitPaymentJob:
    """What the job that asks the provider to send the money back is told."""
    return payment_jobs_pb2.SubmitPaymentJob(
        payment_id=str(row.id),
        organization_id=str(row.organization_id),
        order="PAYMENT_ORDER_REFUND",
        attempt=row.refunds,
    )


def payout_released(row: Deal, payout: Payout, by: UUID | None) -> pb.PayoutReleased:
    """A share of the commission is on its way."""
    return pb.PayoutReleased(
        deal=deal_facts(row, by),
        payout_id=str(payout.id),
        payee_id=str(payout.payee_id),
        amount=to_money(payout.amount, payout.currency_code),
    )


def payout_job(row: Payout) -> payment_jobs_pb2.SubmitPayoutJob:
    """What the job that asks the provider for the transfer is told."""
    return payment_jobs_pb2.SubmitPayoutJob(payout_id=str(row.id), organization_id=str(row.organization_id))


def dispute_opened(row: Deal, dispute: Dispute, by: UUID | None) -> pb.DisputeOpened:
    """A party contests something."""
    facts, dispute_id = deal_facts(row, by), str(dispute.id)
    return pb.DisputeOpened(deal=facts, dispute_id=dispute_id, reason=dispute.reason, party=dispute.party)


def dispute_answered(row: Deal, dispute: Dispute, by: UUID | None) -> pb.DisputeAnswered:
    """The other side has spoken."""
    return pb.DisputeAnswered(deal=deal_facts(row, by), dispute_id=str(dispute.id))


def dispute_evidence_added(row: Deal, shown: Evidence, by: UUID | None) -> pb.DisputeEvidenceAdded:
    """A side shows something."""
    facts, dispute_id = deal_facts(row, by), str(shown.dispute_id)
    return pb.DisputeEvidenceAdded(deal=facts, dispute_id=dispute_id, evidence_id=str(shown.id), sha256=shown.sha256)


def dispute_withdrawn(row: Deal, dispute: Dispute, by: UUID | None) -> pb.DisputeWithdrawn:
    """Whoever opened a dispute has taken it back."""
    return pb.DisputeWithdrawn(deal=deal_facts(row, by), dispute_id=str(dispute.id))


def dispute_resolved(row: Deal, dispute: Dispute, by: UUID | None) -> pb.DisputeResolved:
    """A dispute was decided."""
    currency = dispute.currency_code
    return pb.DisputeResolved(
        deal=deal_facts(row, by),
        dispute_id=str(dispute.id),
        outcome=dispute.outcome or "",
        refund_amount=to_money(dispute.refund_amount, currency),
        release_amount=to_money(dispute.release_amount, currency),
        forfeit_amount=to_money(dispute.forfeit_amount, currency),
    )
