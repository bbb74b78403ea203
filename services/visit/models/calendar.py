"""Feeds for calendar programs."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from services.visit.models.base import Row


class CalendarFeed(Row):
    """An address at which a user's visits are read; of its secret only a hash is kept."""

    __tablename__ = "calendar_feeds"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[UUID]
    organization_id: Mapped[UUID | None]
    display_name: Mapped[str]
    secret_hash: Mapped[bytes]
    create_time: Mapped[datetime]
