"""Messages that leave the house, and every attempt to send them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from services.chassis.db.models import Timestamps, Versioned
from services.outreach.models.base import Row


class Delivery(Versioned, Timestamps, Row):
    """One message to one person by one channel. It holds no address: that is asked for when it is sent."""

    __tablename__ = "deliveries"

    user_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    notification_id: Mapped[UUID]
    type: Mapped[str]
    channel: Mapped[str]
    state: Mapped[str]
    suppression: Mapped[str] = mapped_column(default="")
    attempt_count: Mapped[int] = mapped_column(default=0)
    sent_time: Mapped[datetime | None]


class DeliveryAttempt(Row):
    """One attempt to hand a delivery to a provider; written before it, completed after it."""

    __tablename__ = "delivery_attempts"

    user_id: Mapped[UUID] = mapped_column(primary_key=True)
    delivery_id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    provider: Mapped[str]
    outcome: Mapped[str] = mapped_column(default="")
    detail: Mapped[str] = mapped_column(default="")
    start_time: Mapped[datetime]
    end_time: Mapped[datetime | None]


class MailboxMessage(Row):
    """What would have been sent, where no provider is set."""

    __tablename__ = "mailbox"

    user_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    delivery_id: Mapped[UUID]
    channel: Mapped[str]
    recipient: Mapped[str]
    subject: Mapped[str]
    body: Mapped[str]
    html: Mapped[str]
    calendar: Mapped[str]
    create_time: Mapped[datetime]
