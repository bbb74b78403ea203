"""The sending half: rows written in the transaction that makes the fact true."""

import json
from collections.abc import Sequence

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.chassis.db.outgoing import PendingEvent
from services.chassis.ids import new_id


async def write(session: AsyncSession, schema: str, events: Sequence[PendingEvent]) -> None:
    """Write one row per event, in the order in which they were stated."""
    await session.execute(
        text(
            f"INSERT INTO {schema}.outbox (event_id, type, key, organization_id, payload, headers) "  # noqa: S608
            "VALUES (:event_id, :type, :key, :organization_id, :payload, CAST(:headers AS jsonb))"
        ),
        [
            {
                "event_id": new_id(),
                "type": event.message.DESCRIPTOR.full_name,
                "key": event.key,
                "organization_id": event.organization_id,
                "payload": event.message.SerializeToString(),
                "headers": json.dumps({}),
            }
            for event in events
        ],
    )
