"""Visits, their history, codes and evidence."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Uuid
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from services.chassis.db.models import Timestamps, Versioned
from services.visit.models.base import Row


class Visit(Versioned, Timestamps, Row):
    """One appointment. `busy_*` is the visit with the agent's buffers around it, which the agent's calendar holds."""

    __tablename__ = "visits"

    organization_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    listing_id: Mapped[UUID]
    property_id: Mapped[UUID]
    buyer_id: Mapped[UUID]
    agent_id: Mapped[UUID]
    state: Mapped[str]
    start_time: Mapped[datetime]
    end_time: Mapped[datetime]
    busy_start_time: Mapped[datetime]
    busy_end_time: Mapped[datetime]
    time_zone: Mapped[str]
    proposed_by: Mapped[str]
    round: Mapped[int] = mapped_column(default=0)
    sequence: Mapped[int] = mapped_column(default=0)
    showing_request_type: Mapped[str] = mapped_column(default="UNSPECIFIED")
    showing_method: Mapped[str] = mapped_column(default="UNSPECIFIED")
    confirmation: Mapped[str] = mapped_column(default="ANY_CONTACT")
    contact_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid), default=list)
    confirmed_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid), default=list)
    note: Mapped[str] = mapped_column(default="")
    reason: Mapped[str] = mapped_column(default="")
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    former_start_time: Mapped[datetime | None]
    """Before `proposed_by` moved what was agreed; the other party may have it back."""
    former_end_time: Mapped[datetime | None]
    expire_time: Mapped[datetime | None]
    approve_time: Mapped[datetime | None]
    meet_time: Mapped[datetime | None]
    close_time: Mapped[datetime | None]
    evidence_score: Mapped[int | None]
    needs_review: Mapped[bool] = mapped_column(default=False)
    absent_user_id: Mapped[UUID | None]
    certificate_id: Mapped[UUID | None]

    @property
    def place(self) -> tuple[float, float] | None:
        """(latitude, longitude) of the property; None where nobody knows."""
        return None if self.latitude is None or self.longitude is None else (self.latitude, self.longitude)


class VisitChange(Row):
    """One step in the history of a visit."""

    __tablename__ = "visit_changes"

    organization_id: Mapped[UUID] = mapped_column(primary_key=True)
    visit_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    buyer_id: Mapped[UUID]
    verb: Mapped[str]
    previous_state: Mapped[str]
    state: Mapped[str]
    start_time: Mapped[datetime]
    end_time: Mapped[datetime]
    sequence: Mapped[int]
    actor_id: Mapped[UUID | None]
    party: Mapped[str]
    reason: Mapped[str]
    create_time: Mapped[datetime]


class VisitCode(Row):
    """The code of a visit that is good now: a keyed hash, since six digits are soon tried."""

    __tablename__ = "visit_codes"

    organization_id: Mapped[UUID] = mapped_column(primary_key=True)
    visit_id: Mapped[UUID] = mapped_column(primary_key=True)
    buyer_id: Mapped[UUID]
    salt: Mapped[bytes]
    code_hash: Mapped[bytes]
    issued: Mapped[int]
    tries: Mapped[int]
    expire_time: Mapped[datetime]
    use_time: Mapped[datetime | None]


class VisitEvidence(Row):
    """Where the agent's device said that it was, and what this is worth."""

    __tablename__ = "visit_evidence"

    organization_id: Mapped[UUID] = mapped_column(primary_key=True)
    visit_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    verb: Mapped[str]
    user_id: Mapped[UUID | None]
    fixes: Mapped[list[Any]] = mapped_column(JSONB)
    signals: Mapped[dict[str, Any]] = mapped_column(JSONB)
    score: Mapped[int]
    create_time: Mapped[datetime]
