"""Tours that are kept."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from services.chassis.db.models import Timestamps, Versioned
from services.visit.models.base import Row


class Tour(Versioned, Timestamps, Row):
    """What somebody wants to see on a day; the plan is made whenever it is read. Stops are [kind, id, minutes]."""

    __tablename__ = "tours"

    user_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    display_name: Mapped[str]
    start_time: Mapped[datetime]
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    speed_kmh: Mapped[int]
    stops: Mapped[list[Any]] = mapped_column(JSONB)
