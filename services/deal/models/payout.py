"""Payouts: what is owed to people on its way to them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger
from sqlalchemy.orm import Mapped, mapped_column

from services.chassis.db.models import Timestamps, Versioned
from services.deal.models.base import Row


class Payout(Versioned, Timestamps, Row):
    """What one person is owed from one deal."""

    __tablename__ = "payouts"

    organization_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    deal_id: Mapped[UUID]
    payee_id: Mapped[UUID]
    state: Mapped[str]
    currency_code: Mapped[str]
    amount: Mapped[int] = mapped_column(BigInteger)
    provider: Mapped[str]
    destination: Mapped[str]
    provider_sequence: Mapped[int] = mapped_column(BigInteger, default=0)
    failure: Mapped[str] = mapped_column(default="")
    reason: Mapped[str] = mapped_column(default="")
    maker_id: Mapped[UUID]
    checker_id: Mapped[UUID | None]
    approve_time: Mapped[datetime | None]
    end_time: Mapped[datetime | None]
