"""What holds money back: a dispute and what it has decided, and a visit whose evidence is in doubt."""

from services.chassis.db.database import ReadTransaction
from services.deal.errors import DealDisputed, RefundDecided, ReleaseDecided, VisitInDoubt
from services.deal.models.deal import Deal
from services.deal.models.payment import Payment
from services.deal.repository.dispute import DisputeRepository
from services.deal.repository.doubt import DoubtRepository


async def must_be_undisputed(tx: ReadTransaction, deal: Deal) -> None:
    """Refuse to move money of a deal, or to end it, while somebody contests it.

    The caller has locked the deal. Whoever opens a dispute locks it too, so that none is opened behind this look.

    Raises:
        DealDisputed
    """
    dispute_id = await DisputeRepository(tx).lasting(deal.id)
    if dispute_id is not None:
        raise DealDisputed(metadata={"dispute_id": str(dispute_id)})


async def must_not_be_the_buyers(tx: ReadTransaction, payment: Payment) -> None:
    """Refuse to take what a dispute has given back to the buyer.

    A refund that fails leaves the money in escrow, where it looks like a token that nobody has decided about. It may be
    refunded again, or another dispute may decide otherwise; the organisation alone may not.

    Raises:
        RefundDecided
    """
    dispute_id = await DisputeRepository(tx).refunding(payment.deal_id, payment.id)
    if dispute_id is not None:
        raise RefundDecided(metadata={"dispute_id": str(dispute_id)})


async def must_not_be_released_by_decision(tx: ReadTransaction, payment: Payment) -> None:
    """Refuse to take back what a dispute has left to the commission.

    Raises:
        ReleaseDecided
    """
    dispute_id = await DisputeRepository(tx).releasing(payment.deal_id, payment.id)
    if dispute_id is not None:
        raise ReleaseDecided(metadata={"dispute_id": str(dispute_id)})


async def must_be_beyond_doubt(tx: ReadTransaction, deal: Deal) -> None:
    """Refuse to pay anybody out of a deal while the evidence of its buyer's visit to its home is in doubt.

    Raises:
        VisitInDoubt
    """
    if deal.listing_id is None or deal.buyer_id is None:
        return
    visits = await DoubtRepository(tx).open_ones(deal.buyer_id, deal.listing_id, deal.property_id)
    if visits:
        raise VisitInDoubt(metadata={"visits": ",".join(sorted(map(str, visits)))})
