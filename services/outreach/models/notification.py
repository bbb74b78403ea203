"""Inboxes and what stands in them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from services.chassis.db.models import Timestamps, Versioned
from services.outreach.models.base import Row


class Notification(Versioned, Timestamps, Row):
    """One event, or several of one kind, as one person is told of it."""

    __tablename__ = "notifications"

    user_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    type: Mapped[str]
    title: Mapped[str]
    body: Mapped[str]
    language_code: Mapped[str]
    resource_type: Mapped[str]
    resource_id: Mapped[str]
    gather_key: Mapped[str] = mapped_column(default="")
    gather_position: Mapped[int] = mapped_column(BigInteger, default=0)
    """Place of the last event that it stands for."""
    event_count: Mapped[int] = mapped_column(default=1)
    sequence: Mapped[int | None] = mapped_column(BigInteger)
    """Place in the inbox; None for what is only sent, because its owner does not want it in the inbox."""
    awaits_digest: Mapped[bool] = mapped_column(default=False)
    """Its mail comes with the next digest."""
    read_time: Mapped[datetime | None]
    delete_time: Mapped[datetime | None]


class Told(Row):
    """That an event was told to somebody."""

    __tablename__ = "told"

    user_id: Mapped[UUID] = mapped_column(primary_key=True)
    event_id: Mapped[UUID] = mapped_column(primary_key=True)
    notification_id: Mapped[UUID]
    create_time: Mapped[datetime]


class Preferences(Versioned, Timestamps, Row):
    """What somebody wants: `{type: {channel: bool}}` where it differs from the defaults or was said expressly."""

    __tablename__ = "preferences"

    user_id: Mapped[UUID] = mapped_column(primary_key=True)
    choices: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
