"""Safety watches, and who is on duty."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import UUID as PG_UUID
from sqlalchemy.orm import Mapped, mapped_column

from services.chassis.db.models import Timestamps, Versioned
from services.visit.models.base import Row


class SafetyWatch(Versioned, Timestamps, Row):
    """A timer over one party of a visit. `shown_state` is what the user is shown after a silent call for help."""

    __tablename__ = "safety_watches"

    organization_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    visit_id: Mapped[UUID]
    user_id: Mapped[UUID]
    other_id: Mapped[UUID]
    state: Mapped[str]
    shown_state: Mapped[str | None]
    round: Mapped[int] = mapped_column(default=0)
    due_time: Mapped[datetime | None]
    contact_ids: Mapped[list[UUID]] = mapped_column(ARRAY(PG_UUID(as_uuid=True)))
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    accuracy_meters: Mapped[float | None]
    fix_time: Mapped[datetime | None]
    resolver_id: Mapped[UUID | None]


class DutyRoster(Row):
    """Who is called by every alarm of an organisation."""

    __tablename__ = "duty_rosters"

    organization_id: Mapped[UUID] = mapped_column(primary_key=True)
    user_ids: Mapped[list[UUID]] = mapped_column(ARRAY(PG_UUID(as_uuid=True)))
