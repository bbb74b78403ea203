"""What a dispute holds."""

from services.chassis.db.database import ReadTransaction
from services.deal.errors import DealDisputed
from services.deal.models.deal import Deal
from services.deal.repository.dispute import DisputeRepository


async def must_be_undisputed(tx: ReadTransaction, deal: Deal) -> None:
    """Refuse to move money of a deal, or to end it, while somebody contests it.

    The caller has locked the deal. Whoever opens a dispute locks it too, so that none is opened behind this look.

    Raises:
        DealDisputed
    """
    dispute_id = await DisputeRepository(tx).lasting(deal.id)
    if dispute_id is not None:
        raise DealDisputed(metadata={"dispute_id": str(dispute_id)})
