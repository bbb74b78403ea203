"""Messages."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, tuple_, update

from services.chassis.db.repository import Repository
from services.chassis.paging import Page, PageOf
from services.messaging.errors import ConversationNotFound
from services.messaging.models import Message, Participant


class MessageRepository(Repository[Message]):
    """What was said in the caller's conversations."""

    model = Message
    not_found = ConversationNotFound

    async def by_client_id(self, conversation_id: UUID, sender_id: UUID, client_message_id: str) -> Message | None:
        """What a sender has said under a name of their own."""
        statement = select(Message).where(
            Message.conversation_id == conversation_id,
            Message.sender_id == sender_id,
            Message.client_message_id == client_message_id,
        )
        return (await self.session.execute(statement)).scalar_one_or_none()

    async def at(self, places: Collection[tuple[UUID, int]]) -> dict[UUID, Message]:
        """One message each of some conversations, by conversation."""
        if not places:
            return {}
        statement = select(Message).where(tuple_(Message.conversation_id, Message.sequence).in_(places))
        return {row.conversation_id: row for row in (await self.session.execute(statement)).scalars()}

    async def erase(self, sender_id: UUID, now: datetime) -> None:
        """Erase everything that a user has said; the places stay. As the system."""
        # By way of the conversations: their index of messages by sender begins with them.
        joined = select(Participant.conversation_id).where(Participant.user_id == sender_id)
        statement = update(Message).where(
            Message.conversation_id.in_(joined), Message.sender_id == sender_id, Message.erase_time.is_(None)
        )
        await self.session.execute(statement.values(text="", erase_time=now))

    async def page_of(
        self, conversation_id: UUID, page: Page, *, oldest_first: bool, from_sequence: int
    ) -> PageOf[Message]:
        """One page of what was said, beyond a place unless it is 0, in either direction."""
        statement = select(Message).where(Message.conversation_id == conversation_id)
        if from_sequence and oldest_first:
            statement = statement.where(Message.sequence > from_sequence)
        elif from_sequence:
            statement = statement.where(Message.sequence < from_sequence)
        if page.after is not None:
            last = page.after[0]
            statement = statement.where(Message.sequence > last if oldest_first else Message.sequence < last)
        by = Message.sequence.asc() if oldest_first else Message.sequence.desc()
        rows = (await self.session.execute(statement.order_by(by).limit(page.size + 1))).scalars().all()
        return page.cut(list(rows), key=lambda row: (row.sequence,))
