"""What agents show of themselves."""

from uuid import UUID

from sqlalchemy import Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from services.chassis.db.models import Timestamps, Versioned
from services.partnership.models.base import Row


class AgentProfile(Versioned, Timestamps, Row):
    """An agent who can be hired."""

    __tablename__ = "agent_profiles"

    agent_id: Mapped[UUID] = mapped_column(primary_key=True)
    agent_organization_id: Mapped[UUID]
    headline: Mapped[str]
    about: Mapped[str]
    purposes: Mapped[list[str]] = mapped_column(ARRAY(Text))
    language_codes: Mapped[list[str]] = mapped_column(ARRAY(Text))
    latitude: Mapped[float]
    longitude: Mapped[float]
    work_radius_meters: Mapped[float]
