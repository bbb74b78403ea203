"""Deals and what has happened to them."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger
from sqlalchemy.orm import Mapped, mapped_column

from services.chassis.db.models import Timestamps, Versioned
from services.deal.models.base import Row


class Deal(Versioned, Timestamps, Row):
    """A sale. Name and probability of its stage stand here too: its buyer may not read pipelines."""

    __tablename__ = "deals"

    organization_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    display_name: Mapped[str]
    state: Mapped[str]
    listing_id: Mapped[UUID | None]
    property_id: Mapped[UUID | None]
    offer_id: Mapped[UUID | None]
    buyer_id: Mapped[UUID | None]
    agent_id: Mapped[UUID | None]
    currency_code: Mapped[str]
    price: Mapped[int] = mapped_column(BigInteger)
    close_date: Mapped[date | None]
    pipeline_id: Mapped[UUID]
    stage_id: Mapped[UUID]
    stage_display_name: Mapped[str]
    probability: Mapped[int]
    reason: Mapped[str] = mapped_column(default="")
    stage_time: Mapped[datetime]
    end_time: Mapped[datetime | None]


class TimelineEntry(Row):
    """One thing that has happened to a deal."""

    __tablename__ = "deal_timeline"

    organization_id: Mapped[UUID] = mapped_column(primary_key=True)
    deal_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    buyer_id: Mapped[UUID | None]
    kind: Mapped[str]
    actor_id: Mapped[UUID | None]
    resource_id: Mapped[UUID | None]
    previous_value: Mapped[str] = mapped_column(default="")
    new_value: Mapped[str] = mapped_column(default="")
    note: Mapped[str] = mapped_column(default="")
    members_only: Mapped[bool] = mapped_column(default=False)
    create_time: Mapped[datetime]
