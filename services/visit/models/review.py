"""Reviews of visits."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from services.chassis.db.models import Timestamps, Versioned
from services.visit.models.base import Row


class Review(Versioned, Timestamps, Row):
    """What one party of a completed visit says of it."""

    __tablename__ = "reviews"

    organization_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    visit_id: Mapped[UUID]
    property_id: Mapped[UUID]
    buyer_id: Mapped[UUID]
    agent_id: Mapped[UUID]
    author_id: Mapped[UUID]
    party: Mapped[str]
    state: Mapped[str]
    rating: Mapped[int]
    text: Mapped[str]
    reason: Mapped[str] = mapped_column(default="")
    publish_time: Mapped[datetime | None]
