"""Engagements of agents."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from services.chassis.db.models import Timestamps, Versioned
from services.partnership.models.base import Row


class Engagement(Versioned, Timestamps, Row):
    """An agent hired by a client."""

    __tablename__ = "engagements"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    client_id: Mapped[UUID]
    agent_id: Mapped[UUID]
    agent_organization_id: Mapped[UUID]
    purpose: Mapped[str]
    note: Mapped[str] = mapped_column(default="")
    state: Mapped[str]
    expire_time: Mapped[datetime]
    response_time: Mapped[datetime | None]
    end_time: Mapped[datetime | None]

    def other_than(self, user_id: UUID | None) -> UUID:
        """Who of the two is not this user."""
        return self.agent_id if user_id == self.client_id else self.client_id
