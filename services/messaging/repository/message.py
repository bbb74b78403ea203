"""Messages."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, case, exists, insert, select, tuple_, update

from services.chassis.db.repository import Repository
from services.chassis.paging import Page, PageOf
from services.messaging.errors import ConversationNotFound
from services.messaging.models import Conversation, Message, Participant
from services.messaging.repository.block import between


class MessageRepository(Repository[Message]):
    """What was said in the caller's conversations."""

    model = Message
    not_found = ConversationNotFound

    async def before(self, row: Message, others: Collection[UUID]) -> tuple[Message | None, bool]:
        """What its sender has said under the name of a message already, and whether a block stands between them.

        As the system; the conversation's row is locked.
        """
        blocked = exists().where(between(row.sender_id, others))
        same = and_(
            Message.conversation_id == row.conversation_id,
            Message.sender_id == row.sender_id,
            Message.client_message_id == row.client_message_id,
        )
        one = select(blocked.label("blocked")).subquery()
        found = (
            await self.session.execute(select(Message, one.c.blocked).select_from(one).outerjoin(Message, same))
        ).one()
        return found[0], found[1]

    async def say(self, row: Message) -> None:
        """Write a message at the end of its conversation; its sender has read everything. As the system.

        The conversation's row is locked: nobody else takes the place, or notes it, meanwhile.
        """
        place, now, own = row.sequence, row.create_time, Participant.user_id == row.sender_id
        said = insert(Message).values({column.name: getattr(row, column.name) for column in Message.__table__.columns})
        heard = update(Participant).where(Participant.conversation_id == row.conversation_id)
        heard = heard.values(
            last_sequence=place,
            last_activity_time=now,
            delivered_sequence=case((own, place), else_=Participant.delivered_sequence),
            read_sequence=case((own, place), else_=Participant.read_sequence),
            read_time=case((own, now), else_=Participant.read_time),
        )
        statement = update(Conversation).where(Conversation.id == row.conversation_id)
        statement = statement.values(last_sequence=place, last_activity_time=now)
        statement = statement.add_cte(said.cte("said"), heard.cte("heard"))
        await self.session.execute(statement.execution_options(synchronize_session=False))

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
