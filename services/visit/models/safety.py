"""Safety watches, and who is on duty."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import func
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import UUID as PG_UUID
from sqlalchemy.orm import Mapped, mapped_column

from services.chassis.db.models import Timestamps, Versioned
from services.visit.models.base import Row


class SafetyWatch(Versioned, Timestamps, Row):
    """A timer over one party of a visit.

    Behind a silent call for help the timer goes on for show: `due_time`, `round` and `shown_*` are what would be true
    without the call, `state`, `contact_ids` and `alarm_round` what is.
    """

    __tablename__ = "safety_watches"

    organization_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    visit_id: Mapped[UUID]
    user_id: Mapped[UUID]
    other_id: Mapped[UUID]
    state: Mapped[str]
    shown_state: Mapped[str | None]
    """`NONE` where there would be no watch."""
    shown_contact_ids: Mapped[list[UUID] | None] = mapped_column(ARRAY(PG_UUID(as_uuid=True)))
    shown_update_time: Mapped[datetime | None]
    round: Mapped[int] = mapped_column(default=0)
    """Of the timer; a job of another round is void."""
    alarm_round: Mapped[int | None]
    """Of a call for help."""
    due_time: Mapped[datetime | None]
    contact_ids: Mapped[list[UUID]] = mapped_column(ARRAY(PG_UUID(as_uuid=True)))
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    accuracy_meters: Mapped[float | None]
    fix_time: Mapped[datetime | None]
    resolver_id: Mapped[UUID | None]
    update_time: Mapped[datetime] = mapped_column(server_default=func.now())
    """As shown; never the database's own word, which would tell of a change that is not shown."""


class DutyRoster(Row):
    """Who is called by every alarm of an organisation."""

    __tablename__ = "duty_rosters"

    organization_id: Mapped[UUID] = mapped_column(primary_key=True)
    user_ids: Mapped[list[UUID]] = mapped_column(ARRAY(PG_UUID(as_uuid=True)))
