"""Tables."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import UUID as PG_UUID
from sqlalchemy.orm import Mapped, mapped_column

from services.chassis.db.models import schema_base

Base = schema_base("messaging")


class Row(Base):  # type: ignore[misc,valid-type]
    """A table of this service."""

    __abstract__ = True


class Conversation(Row):
    """What some users say to one another."""

    __tablename__ = "conversations"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    participant_ids: Mapped[list[UUID]] = mapped_column(ARRAY(PG_UUID(as_uuid=True)))
    """Sorted. Row-level security goes by it."""
    members_key: Mapped[str]
    listing_id: Mapped[UUID | None]
    subject: Mapped[str] = mapped_column(default="")
    created_by_id: Mapped[UUID]
    last_sequence: Mapped[int] = mapped_column(BigInteger, default=0)
    last_activity_time: Mapped[datetime]
    create_time: Mapped[datetime]


class Participant(Row):
    """One of them: how far the conversation is, and how far the user is in it."""

    __tablename__ = "participants"

    conversation_id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(primary_key=True)
    last_sequence: Mapped[int] = mapped_column(BigInteger, default=0)
    """As the conversation has it, for an index of what somebody has not read; likewise the time."""
    last_activity_time: Mapped[datetime]
    delivered_sequence: Mapped[int] = mapped_column(BigInteger, default=0)
    read_sequence: Mapped[int] = mapped_column(BigInteger, default=0)
    read_time: Mapped[datetime | None]


class Message(Row):
    """One thing said."""

    __tablename__ = "messages"

    conversation_id: Mapped[UUID] = mapped_column(primary_key=True)
    sequence: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    id: Mapped[UUID]
    sender_id: Mapped[UUID]
    client_message_id: Mapped[str]
    text: Mapped[str]
    create_time: Mapped[datetime]
    erase_time: Mapped[datetime | None]


class Block(Row):
    """Who wants to hear nothing of whom, as partnership tells it."""

    __tablename__ = "blocks"

    blocker_id: Mapped[UUID] = mapped_column(primary_key=True)
    blocked_id: Mapped[UUID] = mapped_column(primary_key=True)
