"""Payments, and what providers tell about them and about payouts."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger
from sqlalchemy.orm import Mapped, mapped_column

from services.chassis.db.models import Timestamps, Versioned
from services.deal.models.base import Row


class Payment(Versioned, Timestamps, Row):
    """The token of one deal."""

    __tablename__ = "payments"

    organization_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    deal_id: Mapped[UUID]
    buyer_id: Mapped[UUID]
    state: Mapped[str]
    currency_code: Mapped[str]
    amount: Mapped[int] = mapped_column(BigInteger)
    provider: Mapped[str]
    provider_sequence: Mapped[int] = mapped_column(BigInteger, default=0)
    held_amount: Mapped[int] = mapped_column(BigInteger, default=0)
    refund_amount: Mapped[int] = mapped_column(BigInteger, default=0)
    refunds: Mapped[int] = mapped_column(default=0)
    refund_returned: Mapped[bool] = mapped_column(default=False)
    provider_reference: Mapped[str] = mapped_column(default="")
    failure: Mapped[str] = mapped_column(default="")
    reason: Mapped[str] = mapped_column(default="")
    hold_time: Mapped[datetime | None]
    end_time: Mapped[datetime | None]


class ReceivedEvent(Row):
    """An event of a provider, as it came, and what it did."""

    __tablename__ = "provider_events"

    organization_id: Mapped[UUID] = mapped_column(primary_key=True)
    provider: Mapped[str] = mapped_column(primary_key=True)
    event_id: Mapped[str] = mapped_column(primary_key=True)
    payment_id: Mapped[UUID | None]
    payout_id: Mapped[UUID | None]
    type: Mapped[str]
    sequence: Mapped[int] = mapped_column(BigInteger)
    currency_code: Mapped[str]
    amount: Mapped[int] = mapped_column(BigInteger)
    failure: Mapped[str] = mapped_column(default="")
    payload: Mapped[bytes]
    outcome: Mapped[str]
    receive_time: Mapped[datetime]


class InSuiteOrder(Row):
    """What the in-suite provider was asked for, so that it does it once."""

    __tablename__ = "insuite_orders"

    subject_id: Mapped[UUID] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
