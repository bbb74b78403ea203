"""What a transaction sends out: events into the service's outbox, jobs into the queue, in the same commit."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from google.protobuf.message import Message
from sqlalchemy.ext.asyncio import AsyncSession


@dataclass(frozen=True, slots=True)
class PendingEvent:
    """A fact stated by `Transaction.publish`."""

    message: Message
    key: str
    organization_id: UUID | None


@dataclass(frozen=True, slots=True)
class PendingJob:
    """Work asked for by `Transaction.enqueue`."""

    name: str
    payload: Message
    key: str | None
    delay: timedelta | None
    priority: int
    organization_id: UUID | None


async def write_events(session: AsyncSession, schema: str, events: Sequence[PendingEvent]) -> None:
    """Write the outbox rows."""
    from services.chassis.events import outbox  # noqa: PLC0415 - events builds on db

    await outbox.write(session, schema, events)


async def write_jobs(session: AsyncSession, jobs: Sequence[PendingJob]) -> None:
    """Write the queue rows."""
    from services.chassis.jobs import queue  # noqa: PLC0415 - jobs builds on db

    await queue.write(session, jobs)
