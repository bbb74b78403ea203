"""Requests for partnerships."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from services.chassis.db.models import Timestamps, Versioned
from services.partnership.models.base import Row


class PartnerRequest(Versioned, Timestamps, Row):
    """One user's wish to be another user's partner."""

    __tablename__ = "partner_requests"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    sender_id: Mapped[UUID]
    recipient_id: Mapped[UUID]
    note: Mapped[str] = mapped_column(default="")
    state: Mapped[str]
    expire_time: Mapped[datetime]
    response_time: Mapped[datetime | None]
    partnership_id: Mapped[UUID | None]

    def other_than(self, user_id: UUID | None) -> UUID:
        """Who of the two is not this user."""
        return self.recipient_id if user_id == self.sender_id else self.sender_id
