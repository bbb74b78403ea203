"""Visits whose evidence is in doubt."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from services.deal.models.base import Row


class VisitDoubt(Row):
    """A completed visit that somebody has to look at, or has looked at."""

    __tablename__ = "visit_doubts"

    organization_id: Mapped[UUID] = mapped_column(primary_key=True)
    visit_id: Mapped[UUID] = mapped_column(primary_key=True)
    listing_id: Mapped[UUID]
    property_id: Mapped[UUID | None]
    buyer_id: Mapped[UUID]
    accept_time: Mapped[datetime | None]
    create_time: Mapped[datetime]
