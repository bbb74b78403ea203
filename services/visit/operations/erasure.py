"""What is left of somebody whose account is gone for good: that there were visits, what proves them, and no words."""

from datetime import datetime
from uuid import UUID

from services.chassis.db.database import Transaction
from services.visit.lifecycle import VISIT_LIFECYCLE, VisitState
from services.visit.operations.common import take_step
from services.visit.repository.calendar import CalendarFeedRepository
from services.visit.repository.review import ReviewRepository
from services.visit.repository.safety import SafetyRepository
from services.visit.repository.tour import TourRepository
from services.visit.repository.visit import VisitRepository


async def forget_user(tx: Transaction, user_id: UUID, now: datetime) -> None:
    """Call off what a user was to visit, and erase what the user wrote, planned and where the user was.

    Runs as the system. History, evidence and certificates stay: they are kept against being changed. A second time it
    finds nothing to do.
    """
    visits = VisitRepository(tx)
    for visit_id in await visits.to_come(user_id, VISIT_LIFECYCLE.allowed_from("cancel")):
        row = await visits.get_for_update(visit_id)
        if VisitState(row.state) in VISIT_LIFECYCLE.allowed_from("cancel"):  # still, now that it is locked
            await take_step(tx, row, "cancel", caller=None, party=None, now=now)
    await visits.erase_notes(user_id)
    await ReviewRepository(tx).erase_texts(user_id)
    await SafetyRepository(tx).erase_places(user_id)
    await SafetyRepository(tx).leave_duty(user_id)
    await TourRepository(tx).erase(user_id)
    await CalendarFeedRepository(tx).erase(user_id)
