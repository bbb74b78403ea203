"""The sending half of events: rows written in the transaction that makes the fact true."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from google.protobuf.message import Message
from sqlalchemy.ext.asyncio import AsyncSession

from services.chassis.ids import new_id
from services.chassis.propagation import carrier

CHANNEL = "doorstep_outbox"
"""What the relay listens on; the payload is the schema."""


@dataclass(frozen=True, slots=True)
class PendingEvent:
    """A fact stated by `Transaction.publish`."""

    message: Message
    key: str
    organization_id: UUID | None


async def write(session: AsyncSession, schema: str, events: Sequence[PendingEvent]) -> None:
    """Write one row per event, in the order in which they were stated, and wake the relay when they are committed.

    One statement and one NOTIFY however many events: every NOTIFY of a transaction costs a lock at its commit.
    """
    connection = await session.connection()
    await connection.exec_driver_sql(
        f"""
        WITH written AS (
            INSERT INTO {schema}.outbox (event_id, type, key, organization_id, payload, headers)
            SELECT event_id, type, key, organization_id, payload, $6::jsonb
            FROM unnest($1::uuid[], $2::text[], $3::text[], $4::uuid[], $5::bytea[])
                WITH ORDINALITY AS event (event_id, type, key, organization_id, payload, n)
            ORDER BY n
        )
        SELECT pg_notify('{CHANNEL}', '{schema}')
        """,  # noqa: S608 - our own schema name
        (
            [new_id() for _ in events],
            [event.message.DESCRIPTOR.full_name for event in events],
            [event.key for event in events],
            [event.organization_id for event in events],
            [event.message.SerializeToString() for event in events],
            json.dumps(carrier()),
        ),
    )
