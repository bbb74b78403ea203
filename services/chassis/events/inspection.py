"""Dead letters of events over all services, for operators; each service keeps its own (`inbox.py`)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text

from services.chassis.db.database import ReadTransaction, Transaction

__all__ = ["EventLetter", "dead_event_letters", "list_event_letters", "replay_event_letter"]


@dataclass(frozen=True, slots=True)
class EventLetter:
    """An event that a subscriber gave up. What it says is not shown: it may hold personal data."""

    service: str
    """Whose subscriber."""
    subscriber: str
    event_id: UUID
    type: str
    key: str
    source: str
    organization_id: UUID | None
    attempts: int
    error: str
    create_time: datetime
    dead_time: datetime
    replay_requested: bool


async def list_event_letters(
    tx: ReadTransaction, *, service: str, limit: int, before: tuple[datetime, UUID, str] | None
) -> list[EventLetter]:
    """What was given up, last first.

    Args:
        tx: As the system.
        service: Only of this service's subscribers; of all, where empty.
        limit: At most so many.
        before: Go on after this one: its `dead_time`, `event_id` and `subscriber`.
    """
    services = [name for name in await _services(tx) if not service or name == service]
    if not services:
        return []
    union = " UNION ALL ".join(
        f"(SELECT '{name}' AS service, subscriber, event_id, type, key, source, organization_id, attempts, error, "  # noqa: S608 - names of our own schemas
        f"create_time, dead_time, replay_requested FROM {name}.event_failures WHERE dead_time IS NOT NULL "
        "AND (CAST(:time AS timestamptz) IS NULL "
        "OR (dead_time, event_id, subscriber) < (:time, CAST(:event_id AS uuid), :subscriber)) "
        "ORDER BY dead_time DESC, event_id DESC, subscriber DESC LIMIT :limit)"
        for name in services
    )
    time, event_id, subscriber = before or (None, None, "")
    rows = await tx.session.execute(
        text(f"SELECT * FROM ({union}) AS letter ORDER BY dead_time DESC, event_id DESC, subscriber DESC LIMIT :limit"),  # noqa: S608
        {"time": time, "event_id": event_id, "subscriber": subscriber, "limit": limit},
    )
    return [EventLetter(**row._mapping) for row in rows]


async def dead_event_letters(
    tx: ReadTransaction, service: str, *, subscriber: str, limit: int
) -> list[tuple[UUID, str]]:
    """What one service has given up and is not being replayed, the first to happen first: event and subscriber.

    Args:
        tx: As the system.
        service: Whose subscribers.
        subscriber: Only of this one; of all, where empty.
        limit: At most so many.
    """
    if service not in await _services(tx):
        return []
    rows = await tx.session.execute(
        text(
            f"SELECT event_id, subscriber FROM {service}.event_failures WHERE dead_time IS NOT NULL "  # noqa: S608
            "AND NOT replay_requested AND (:subscriber = '' OR subscriber = :subscriber) "
            "ORDER BY source, position, subscriber LIMIT :limit"
        ),
        {"subscriber": subscriber, "limit": limit},
    )
    return [(row.event_id, row.subscriber) for row in rows]


async def replay_event_letter(tx: Transaction, service: str, event_id: UUID, subscriber: str) -> bool:
    """Have the service hand an event to its subscriber again, soon; False where it was not given up, or was asked to.

    On success the letter is gone; on failure it stays as it is.
    """
    if service not in await _services(tx):
        return False
    done = await tx.session.scalar(
        text(
            f"UPDATE {service}.event_failures SET replay_requested = true "  # noqa: S608
            "WHERE event_id = :event_id AND subscriber = :subscriber AND dead_time IS NOT NULL "
            "AND NOT replay_requested RETURNING true"
        ),
        {"event_id": event_id, "subscriber": subscriber},
    )
    return bool(done)


async def _services(tx: ReadTransaction) -> list[str]:
    """Schemas with letters; whatever a caller names is compared with these before it becomes part of a statement."""
    rows: Any = await tx.session.scalars(
        text(
            "SELECT n.nspname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
            "WHERE c.relname = 'event_failures' AND c.relkind = 'r' ORDER BY n.nspname"
        )
    )
    return list(rows)
