"""How a listing is shown."""

from typing import Any
from uuid import UUID

from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from services.chassis.db.models import Timestamps, Versioned
from services.visit.models.base import Row


class ShowingRules(Versioned, Timestamps, Row):
    """Who confirms visits of one listing: contacts as pairs of a user id and a RESO ShowingContactType."""

    __tablename__ = "showing_rules"

    organization_id: Mapped[UUID] = mapped_column(primary_key=True)
    listing_id: Mapped[UUID] = mapped_column(primary_key=True)
    confirmation: Mapped[str]
    contacts: Mapped[list[Any]] = mapped_column(JSONB)
    showing_instructions: Mapped[str]

    @property
    def contact_ids(self) -> list[UUID]:
        """The contacts' user ids."""
        return [UUID(user_id) for user_id, _ in self.contacts]
