"""Offers and what either side asked for."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger
from sqlalchemy.orm import Mapped, mapped_column

from services.chassis.db.models import Timestamps, Versioned
from services.deal.models.base import Row


class Offer(Versioned, Timestamps, Row):
    """The negotiation between one buyer and the seller of one listing."""

    __tablename__ = "offers"

    organization_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    listing_id: Mapped[UUID]
    property_id: Mapped[UUID]
    buyer_id: Mapped[UUID]
    agent_id: Mapped[UUID | None]
    state: Mapped[str]
    awaiting: Mapped[str | None]
    currency_code: Mapped[str]
    price: Mapped[int] = mapped_column(BigInteger)
    close_date: Mapped[date | None]
    message: Mapped[str] = mapped_column(default="")
    round: Mapped[int] = mapped_column(default=0)
    expire_time: Mapped[datetime]
    deal_id: Mapped[UUID | None]
    reason: Mapped[str] = mapped_column(default="")
    end_time: Mapped[datetime | None]


class OfferRound(Row):
    """What one side asked for in one round."""

    __tablename__ = "offer_rounds"

    organization_id: Mapped[UUID] = mapped_column(primary_key=True)
    offer_id: Mapped[UUID] = mapped_column(primary_key=True)
    round: Mapped[int] = mapped_column(primary_key=True)
    buyer_id: Mapped[UUID]
    party: Mapped[str]
    actor_id: Mapped[UUID]
    currency_code: Mapped[str]
    price: Mapped[int] = mapped_column(BigInteger)
    close_date: Mapped[date | None]
    message: Mapped[str]
    expire_time: Mapped[datetime]
    create_time: Mapped[datetime]
