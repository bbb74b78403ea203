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
