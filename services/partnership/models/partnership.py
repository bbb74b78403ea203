"""Partnerships and blocks."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from services.chassis.db.models import Timestamps, Versioned
from services.partnership.models.base import Row


class Partnership(Versioned, Timestamps, Row):
    """Two users who work together; `user_a_id` is the smaller of the two ids."""

    __tablename__ = "partnerships"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    user_a_id: Mapped[UUID]
    user_b_id: Mapped[UUID]
    partner_request_id: Mapped[UUID]
    state: Mapped[str]
    end_time: Mapped[datetime | None]
    ended_by_id: Mapped[UUID | None]

    def other_than(self, user_id: UUID | None) -> UUID:
        """Who of the two is not this user."""
        return self.user_b_id if user_id == self.user_a_id else self.user_a_id


class Block(Row):
    """A user wants nothing of another."""

    __tablename__ = "blocks"

    blocker_id: Mapped[UUID] = mapped_column(primary_key=True)
    blocked_id: Mapped[UUID] = mapped_column(primary_key=True)
    create_time: Mapped[datetime]
