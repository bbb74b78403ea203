"""Disputes and what is shown in them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger
from sqlalchemy.orm import Mapped, mapped_column

from services.chassis.db.models import Timestamps, Versioned
from services.deal.models.base import Row


class Dispute(Versioned, Timestamps, Row):
    """What a party of a deal contests, and how it was decided."""

    __tablename__ = "disputes"

    organization_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    deal_id: Mapped[UUID]
    buyer_id: Mapped[UUID | None]
    state: Mapped[str]
    reason: Mapped[str]
    party: Mapped[str]
    opener_id: Mapped[UUID]
    statement: Mapped[str]
    responder_id: Mapped[UUID | None]
    response: Mapped[str] = mapped_column(default="")
    response_deadline: Mapped[datetime]
    outcome: Mapped[str | None]
    resolution: Mapped[str] = mapped_column(default="")
    resolver_id: Mapped[UUID | None]
    payment_id: Mapped[UUID | None]
    currency_code: Mapped[str]
    refund_amount: Mapped[int] = mapped_column(BigInteger, default=0)
    release_amount: Mapped[int] = mapped_column(BigInteger, default=0)
    forfeit_amount: Mapped[int] = mapped_column(BigInteger, default=0)
    respond_time: Mapped[datetime | None]
    end_time: Mapped[datetime | None]


class Evidence(Row):
    """What a side shows, by reference."""

    __tablename__ = "dispute_evidence"

    organization_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    dispute_id: Mapped[UUID]
    buyer_id: Mapped[UUID | None]
    party: Mapped[str]
    actor_id: Mapped[UUID]
    description: Mapped[str]
    document_id: Mapped[UUID | None]
    visit_id: Mapped[UUID | None]
    certificate_id: Mapped[UUID | None]
    uri: Mapped[str] = mapped_column(default="")
    sha256: Mapped[str]
    create_time: Mapped[datetime]
