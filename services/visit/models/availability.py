"""When agents receive visits."""

from typing import Any
from uuid import UUID

from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from services.chassis.db.models import Timestamps, Versioned
from services.visit.models.base import Row


class Availability(Versioned, Timestamps, Row):
    """One agent's rules in one organisation; times of day are minutes on the wall, days ISO dates."""

    __tablename__ = "availability"

    organization_id: Mapped[UUID] = mapped_column(primary_key=True)
    agent_id: Mapped[UUID] = mapped_column(primary_key=True)
    time_zone: Mapped[str]
    weekly: Mapped[list[Any]] = mapped_column(JSONB)
    overrides: Mapped[list[Any]] = mapped_column(JSONB)
    blackouts: Mapped[list[Any]] = mapped_column(JSONB)
    buffer_before_minutes: Mapped[int] = mapped_column(default=0)
    buffer_after_minutes: Mapped[int] = mapped_column(default=0)
    minimum_notice_minutes: Mapped[int] = mapped_column(default=0)
    horizon_days: Mapped[int] = mapped_column(default=365)
    daily_limit: Mapped[int] = mapped_column(default=0)
    slot_interval_minutes: Mapped[int] = mapped_column(default=30)
    slot_duration_minutes: Mapped[int] = mapped_column(default=30)
