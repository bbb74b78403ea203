"""The receiving half's memory: what was handled, what failed how often, and what was given up.

`inbox` has a row per event and subscriber, written in the transaction of the handler: the handler's rows and the fact
that it ran are true together. `event_failures` has a row from the first failure on; `dead_time` makes it a dead
letter. Failures are counted in transactions of their own, so that the count survives whatever ended the handler, a
killed process included.
"""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import text

from services.chassis.actor import SYSTEM, acting_as, system_for
from services.chassis.db.database import Database
from services.chassis.db.texts import storable
from services.chassis.errors import DeadLetterNotFound
from services.chassis.events.envelope import EventMeta, Received, Subscriber
from services.chassis.propagation import resumed

__all__ = ["DeadLetter", "Inbox", "list_dead_letters", "next_requested", "replay", "request_replay"]

log = structlog.get_logger(__name__)

_CLAIM = (
    "INSERT INTO {schema}.inbox (event_id, subscriber) VALUES (:event_id, :subscriber) "
    "ON CONFLICT DO NOTHING RETURNING true"
)
_CLAIM_DEAD = (
    "UPDATE {schema}.inbox SET dead = false WHERE event_id = :event_id AND subscriber = :subscriber AND dead "
    "RETURNING true"
)


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """An event that a subscriber gave up."""

    event: Received
    subscriber: str
    attempts: int
    error: str
    dead_time: datetime


class Inbox:
    """What one consuming service remembers."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._schema = database.schema

    async def handle(self, subscriber: Subscriber[Any], event: Received, *, dead: bool = False) -> bool:
        """Run a handler once, in one transaction with the record of it; False when it ran before.

        Args:
            subscriber: Whose handler.
            event: For it.
            dead: Handle it only if it was given up and not handled since: a replay.

        Raises:
            google.protobuf.message.DecodeError: the payload is not the message that it claims to be.
            Exception: whatever the handler raises; nothing it did remains then.
        """
        meta = event.meta
        organization_id = None if subscriber.as_system else meta.organization_id
        actor = SYSTEM if organization_id is None else system_for(organization_id)
        with (
            resumed(f"event {meta.type}", meta.headers, event_id=str(meta.event_id), subscriber=subscriber.name),
            acting_as(actor),
        ):
            async with self._database.transaction(actor) as tx:
                claim = _CLAIM_DEAD if dead else _CLAIM
                fresh = await tx.session.scalar(
                    text(claim.format(schema=self._schema)),
                    {"event_id": meta.event_id, "subscriber": subscriber.name},
                )
                if not fresh:
                    return False
                message = subscriber.event()
                message.ParseFromString(event.payload)
                await subscriber.handler(tx, message, meta)
            return True

    async def handled(self, events: Collection[Received], subscribers: Collection[str]) -> set[tuple[UUID, str]]:
        """Of these events, those that these subscribers have done with: one query for a whole batch."""
        async with self._database.read(SYSTEM) as tx:
            rows = await tx.session.execute(
                text(
                    f"SELECT event_id, subscriber FROM {self._schema}.inbox "  # noqa: S608
                    "WHERE event_id = ANY(:events) AND subscriber = ANY(:subscribers)"
                ),
                {"events": [event.meta.event_id for event in events], "subscribers": list(subscribers)},
            )
            return {(row.event_id, row.subscriber) for row in rows}

    async def count_failure(self, subscriber: str, event: Received, error: str) -> int:
        """Count one more failed attempt; return how many there were."""
        meta = event.meta
        async with self._database.transaction(SYSTEM) as tx:
            attempts = await tx.session.scalar(
                text(
                    f"""
                    INSERT INTO {self._schema}.event_failures AS failure
                        (event_id, subscriber, type, key, organization_id, source, position, payload, headers,
                         create_time, attempts, error)
                    VALUES (:event_id, :subscriber, :type, :key, :organization_id, :source, :position, :payload,
                            CAST(:headers AS jsonb), :create_time, 1, :error)
                    ON CONFLICT (event_id, subscriber)
                        DO UPDATE SET attempts = failure.attempts + 1, error = excluded.error
                    RETURNING attempts
                    """  # noqa: S608
                ),
                {
                    "event_id": meta.event_id,
                    "subscriber": subscriber,
                    "type": meta.type,
                    "key": meta.key,
                    "organization_id": meta.organization_id,
                    "source": meta.source,
                    "position": meta.position,
                    "payload": event.payload,
                    "headers": json.dumps(dict(meta.headers)),
                    "create_time": meta.create_time,
                    "error": storable(error[:2000]),
                },
            )
        return int(attempts or 0)

    async def bury(self, subscriber: str, event: Received) -> None:
        """Make a failing event a dead letter, and never hand it to the subscriber again unasked."""
        async with self._database.transaction(SYSTEM) as tx:
            values = {"event_id": event.meta.event_id, "subscriber": subscriber}
            await tx.session.execute(
                text(
                    f"INSERT INTO {self._schema}.inbox (event_id, subscriber, dead) "  # noqa: S608
                    "VALUES (:event_id, :subscriber, true) ON CONFLICT DO NOTHING"
                ),
                values,
            )
            await tx.session.execute(
                text(
                    f"UPDATE {self._schema}.event_failures SET dead_time = now() "  # noqa: S608
                    "WHERE event_id = :event_id AND subscriber = :subscriber"
                ),
                values,
            )
        log.error("event_given_up", event_id=str(event.meta.event_id), subscriber=subscriber, type=event.meta.type)

    async def forget_failure(self, subscriber: str, event: Received) -> None:
        """Drop the count of an event that was handled after all."""
        async with self._database.transaction(SYSTEM) as tx:
            await tx.session.execute(
                text(
                    f"DELETE FROM {self._schema}.event_failures "  # noqa: S608
                    "WHERE event_id = :event_id AND subscriber = :subscriber AND dead_time IS NULL"
                ),
                {"event_id": event.meta.event_id, "subscriber": subscriber},
            )


async def list_dead_letters(
    database: Database, *, limit: int = 100, before: datetime | None = None
) -> list[DeadLetter]:
    """List what the service's subscribers gave up, newest first.

    Args:
        database: Of the consuming service.
        limit: At most so many.
        before: Only those given up before; the last one's `dead_time` leads to the next page.
    """
    async with database.read(SYSTEM) as tx:
        rows = await tx.session.execute(
            text(
                f"SELECT * FROM {database.schema}.event_failures WHERE dead_time IS NOT NULL "  # noqa: S608
                "AND (CAST(:before AS timestamptz) IS NULL OR dead_time < :before) ORDER BY dead_time DESC LIMIT :limit"
            ),
            {"before": before, "limit": limit},
        )
        return [_dead_letter(row) for row in rows]


async def replay(
    database: Database, subscribers: Sequence[Subscriber[Any]], event_id: UUID, subscriber_name: str
) -> None:
    """Hand a dead letter to its subscriber again, now. On success it is gone; on failure it stays as it was.

    Of two replays at once one handles it, and the other finds nothing.

    Raises:
        DeadLetterNotFound: there is none, or the service has no such subscriber.
        Exception: whatever the handler raises.
    """
    subscriber = next((s for s in subscribers if s.name == subscriber_name), None)
    if subscriber is None:
        raise DeadLetterNotFound
    values = {"event_id": event_id, "subscriber": subscriber_name}
    which = "event_id = :event_id AND subscriber = :subscriber AND dead_time IS NOT NULL"
    async with database.read(SYSTEM) as tx:
        row = (
            await tx.session.execute(
                text(f"SELECT * FROM {database.schema}.event_failures WHERE {which}"),  # noqa: S608
                values,
            )
        ).one_or_none()
    if row is None:
        raise DeadLetterNotFound
    handled = await Inbox(database).handle(subscriber, _dead_letter(row).event, dead=True)
    # Gone in both cases: where it was not handled now, a replay before this one died before it came here.
    async with database.transaction(SYSTEM) as tx:
        await tx.session.execute(text(f"DELETE FROM {database.schema}.event_failures WHERE {which}"), values)  # noqa: S608
    if not handled:
        raise DeadLetterNotFound


async def request_replay(database: Database, event_id: UUID, subscriber_name: str) -> None:
    """Have the service that consumes replay a dead letter, soon; for those who are not that service.

    Raises:
        DeadLetterNotFound: there is none.
    """
    async with database.transaction(SYSTEM) as tx:
        found = await tx.session.scalar(
            text(
                f"UPDATE {database.schema}.event_failures SET replay_requested = true "  # noqa: S608
                "WHERE event_id = :event_id AND subscriber = :subscriber AND dead_time IS NOT NULL RETURNING true"
            ),
            {"event_id": event_id, "subscriber": subscriber_name},
        )
    if not found:
        raise DeadLetterNotFound


async def next_requested(database: Database) -> tuple[UUID, str] | None:
    """Take the request for the replay of what happened first: event and subscriber. Whoever takes it must replay it.

    One at a time: a process that dies of it takes no other with it.
    """
    failures = f"{database.schema}.event_failures"
    async with database.transaction(SYSTEM) as tx:
        row = (
            await tx.session.execute(
                text(
                    f"UPDATE {failures} SET replay_requested = false WHERE (event_id, subscriber) = "  # noqa: S608
                    f"(SELECT event_id, subscriber FROM {failures} WHERE replay_requested AND dead_time IS NOT NULL "
                    "ORDER BY source, position, subscriber LIMIT 1 FOR UPDATE SKIP LOCKED) "
                    "RETURNING event_id, subscriber"
                )
            )
        ).one_or_none()
        return None if row is None else (row.event_id, row.subscriber)


def _dead_letter(row: Any) -> DeadLetter:
    meta = EventMeta(
        event_id=row.event_id,
        type=row.type,
        key=row.key,
        organization_id=row.organization_id,
        position=row.position,
        source=row.source,
        create_time=row.create_time,
        headers=row.headers if isinstance(row.headers, dict) else json.loads(row.headers),
    )
    return DeadLetter(Received(meta, row.payload), row.subscriber, row.attempts, row.error, row.dead_time)
