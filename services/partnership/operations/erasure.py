"""What is left of somebody whose account is gone for good: that there was something between two users, and no words."""

from datetime import datetime
from uuid import UUID

from services.chassis.db.database import Transaction
from services.partnership.operations.partnership import close_between
from services.partnership.repository.agent_profile import AgentProfileRepository
from services.partnership.repository.engagement import EngagementRepository
from services.partnership.repository.pair import lock_pair
from services.partnership.repository.partner_request import PartnerRequestRepository
from services.partnership.repository.partnership import BlockRepository, PartnershipRepository


async def forget_user(tx: Transaction, user_id: UUID, now: datetime) -> None:
    """Close what is open between a user and others, and erase what the user wrote and whom they blocked.

    Runs as the system. What others wrote to the user is theirs and stays. A second time it finds nothing to do.
    """
    requests, engagements = PartnerRequestRepository(tx), EngagementRepository(tx)
    others = await requests.pending_with(user_id)
    others |= await PartnershipRepository(tx).active_with(user_id)
    others |= await engagements.open_with(user_id)
    for other in sorted(others):
        await lock_pair(tx, user_id, other)
        await close_between(tx, user_id, other, now)
    await requests.erase_notes(user_id, now)
    await engagements.erase_notes(user_id, now)
    await AgentProfileRepository(tx).remove(user_id)
    await BlockRepository(tx).erase(user_id)
