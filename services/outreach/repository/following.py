"""What those who watch an inbox read, on raw connections: a look costs one short statement."""

from collections.abc import Sequence

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from services.outreach.models.notification import Notification

_FOLLOWING = """
    SELECT user_id, id, type, title, body, language_code, resource_type, resource_id, gather_key, gather_position,
        event_count, sequence, read_time, delete_time, create_time, update_time, version
    FROM outreach.notifications WHERE sequence > $1 AND delete_time IS NULL ORDER BY sequence LIMIT $2"""


async def following(
    connection: "PoolConnectionProxy[asyncpg.Record]", after: int, limit: int
) -> Sequence[Notification]:
    """Entries of the caller's inbox after a place, in its order, as rows of no session (`Database.fast_read`)."""
    return [Notification(**row) for row in await connection.fetch(_FOLLOWING, after, limit)]
