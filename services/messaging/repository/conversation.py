"""Conversations and their participants."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from services.chassis.db.database import ReadTransaction
from services.chassis.db.repository import Repository, after
from services.chassis.paging import Page, PageOf
from services.messaging.errors import ConversationNotFound
from services.messaging.models import Conversation, Participant


class ConversationRepository(Repository[Conversation]):
    """Conversations in which the caller takes part."""

    model = Conversation
    not_found = ConversationNotFound

    async def put(self, values: dict[str, Any]) -> bool:
        """Write a conversation, unless these users have one about this; say whether they had none.

        Whoever is second waits here for the first, and then finds what the first has made.
        """
        statement = insert(Conversation).values(**values).on_conflict_do_nothing().returning(Conversation.id)
        return (await self.session.execute(statement)).first() is not None

    async def among(self, conversation_ids: Collection[UUID]) -> Sequence[Conversation]:
        """Those of some conversations that the caller takes part in, in the order of their last change."""
        statement = select(Conversation).where(Conversation.id.in_(conversation_ids))
        order = (Conversation.last_activity_time, Conversation.id)
        return (await self.session.execute(statement.order_by(*order))).scalars().all()

    async def by_members(self, members_key: str) -> Conversation:
        """The conversation of some users about one thing.

        Raises:
            ConversationNotFound
        """
        return await self._one(select(Conversation).where(Conversation.members_key == members_key))

    async def page_of(self, user_id: UUID, page: Page, *, unread_only: bool) -> PageOf[Conversation]:
        """One page of a user's conversations, the liveliest first."""
        by = (Participant.last_activity_time.desc(), Participant.conversation_id.desc())
        own = select(Participant.conversation_id).where(Participant.user_id == user_id)
        if unread_only:
            own = own.where(Participant.read_sequence < Participant.last_sequence)
        if page.after is not None:
            own = own.where(after(by, page.after))
        # The page is cut before anything is joined: the planner cannot know that each of them is visible.
        cut = own.order_by(*by).limit(page.size + 1).subquery()
        statement = select(Conversation).join(cut, cut.c.conversation_id == Conversation.id)
        order = (Conversation.last_activity_time.desc(), Conversation.id.desc())
        rows = (await self.session.execute(statement.order_by(*order))).scalars().all()
        return page.cut(list(rows), key=lambda row: (row.last_activity_time, row.id))

    async def erase_subjects(self, user_id: UUID) -> None:
        """Erase the titles that a user gave. As the system."""
        joined = select(Participant.conversation_id).where(Participant.user_id == user_id)
        statement = update(Conversation).where(
            Conversation.id.in_(joined), Conversation.created_by_id == user_id, Conversation.subject != ""
        )
        await self.session.execute(statement.values(subject=""))

    async def unread(self, user_id: UUID) -> tuple[int, int]:
        """How many messages a user has not read, and in how many conversations."""
        statement = select(
            func.coalesce(func.sum(Participant.last_sequence - Participant.read_sequence), 0), func.count()
        ).where(Participant.user_id == user_id, Participant.read_sequence < Participant.last_sequence)
        messages, conversations = (await self.session.execute(statement)).one()
        return int(messages), int(conversations)


class ParticipantRepository:
    """How far the participants of the caller's conversations are."""

    def __init__(self, tx: ReadTransaction) -> None:
        """Work within `tx`."""
        self.session = tx.session

    async def put(self, conversation_id: UUID, user_ids: Collection[UUID], now: datetime) -> None:
        """Write the participants of a new conversation."""
        rows = [
            {"conversation_id": conversation_id, "user_id": user_id, "last_activity_time": now} for user_id in user_ids
        ]
        await self.session.execute(insert(Participant).values(rows))

    async def of(self, conversation_ids: Collection[UUID]) -> dict[UUID, list[Participant]]:
        """The participants of some conversations, by user id."""
        if not conversation_ids:
            return {}
        statement = (
            select(Participant)
            .where(Participant.conversation_id.in_(conversation_ids))
            .order_by(Participant.user_id)
            .execution_options(populate_existing=True)
        )
        found: dict[UUID, list[Participant]] = {}
        for row in (await self.session.execute(statement)).scalars():
            found.setdefault(row.conversation_id, []).append(row)
        return found

    async def changed(self, user_id: UUID, since: datetime, limit: int) -> list[UUID]:
        """Conversations of a user that have changed for the user after a moment; of too many, the liveliest."""
        statement = (
            select(Participant.conversation_id)
            .where(
                Participant.user_id == user_id,
                or_(Participant.last_activity_time > since, Participant.read_time > since),
            )
            .order_by(Participant.last_activity_time.desc(), Participant.conversation_id.desc())
            .limit(limit)
        )
        return list((await self.session.execute(statement)).scalars())[::-1]

    async def one(self, conversation_id: UUID, user_id: UUID) -> Participant:
        """How far a participant is."""
        return await self.session.get_one(Participant, (conversation_id, user_id))

    async def deliver(self, conversation_id: UUID, user_id: UUID, sequence: int) -> Participant | None:
        """Note that a user's device has everything up to a place; None where that is no news."""
        return await self._further(
            conversation_id,
            user_id,
            Participant.delivered_sequence < sequence,
            {"delivered_sequence": sequence},
        )

    async def read(self, conversation_id: UUID, user_id: UUID, sequence: int, now: datetime) -> Participant | None:
        """Note that a user has read up to a place; None where that is no news."""
        return await self._further(
            conversation_id,
            user_id,
            Participant.read_sequence < sequence,
            {
                "read_sequence": sequence,
                "read_time": now,
                "delivered_sequence": func.greatest(Participant.delivered_sequence, sequence),
            },
        )

    async def _further(
        self, conversation_id: UUID, user_id: UUID, condition: Any, values: dict[str, Any]
    ) -> Participant | None:
        statement = (
            update(Participant)
            .where(Participant.conversation_id == conversation_id, Participant.user_id == user_id, condition)
            .values(**values)
            .returning(Participant)
            .execution_options(synchronize_session=False)
        )
        return (await self.session.execute(statement)).scalar_one_or_none()
