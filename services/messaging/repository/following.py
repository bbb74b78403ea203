"""What those who follow a conversation read, on raw connections: a look costs two short statements."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from services.messaging.errors import ConversationNotFound

_LAST = "SELECT last_sequence FROM messaging.conversations WHERE id = $1"
_SAID = """
    SELECT sequence, id, sender_id, client_message_id, text, create_time, erase_time FROM messaging.messages
    WHERE conversation_id = $1 AND sequence > $2 AND sequence <= $3 ORDER BY sequence LIMIT $4"""
_RECEIPTS = """
    SELECT user_id, delivered_sequence, read_sequence, read_time FROM messaging.participants
    WHERE conversation_id = $1 ORDER BY user_id"""
_BIGGEST = 2**63 - 1


class Said(NamedTuple):
    """A message, as a row of its own kind: the same names as `models.Message`."""

    conversation_id: UUID
    sequence: int
    id: UUID
    sender_id: UUID
    client_message_id: str
    text: str
    create_time: datetime
    erase_time: datetime | None


class Receipt(NamedTuple):
    """How far a participant is: the same names as `models.Participant`."""

    user_id: UUID
    delivered_sequence: int
    read_sequence: int
    read_time: datetime | None


class FollowingRepository:
    """One conversation."""

    def __init__(self, connection: "PoolConnectionProxy[asyncpg.Record]", conversation_id: UUID) -> None:
        """Read through `connection`, whose actor decides what there is."""
        self._connection = connection
        self._id = conversation_id

    async def last_sequence(self) -> int:
        """The place of the last message.

        Raises:
            ConversationNotFound
        """
        found = await self._connection.fetchval(_LAST, self._id)
        if found is None:
            raise ConversationNotFound
        return int(found)

    async def said(self, after: int, until: int | None, limit: int) -> Sequence[Said]:
        """Messages after one place up to another, or to the last; at most `limit`."""
        rows = await self._connection.fetch(_SAID, self._id, after, _BIGGEST if until is None else until, limit)
        return [Said(self._id, *row) for row in rows]

    async def receipts(self) -> Sequence[Receipt]:
        """How far everybody is."""
        return [Receipt(*row) for row in await self._connection.fetch(_RECEIPTS, self._id)]
