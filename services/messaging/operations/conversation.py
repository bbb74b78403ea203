"""Conversations: begin, read, list, and how far everybody is."""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.chassis.actor import user_of
from services.chassis.db.database import ReadTransaction, Transaction
from services.chassis.db.elevation import as_system
from services.chassis.ids import new_id
from services.chassis.paging import Page, PageOf
from services.messaging import events
from services.messaging.errors import SequenceBeyondEnd, UserBlocked, UserNotFound
from services.messaging.models import Conversation, Message, Participant
from services.messaging.repository.block import BlockRepository
from services.messaging.repository.conversation import ConversationRepository, ParticipantRepository
from services.messaging.repository.message import MessageRepository

CATCH_UP = 100
"""Conversations that are shown to who comes back to a stream of all."""


@dataclass(frozen=True, slots=True)
class View:
    """A conversation as one of its participants sees it."""

    conversation: Conversation
    participants: Sequence[Participant]
    last_message: Message | None
    viewer_id: UUID

    @property
    def unread_count(self) -> int:
        """What the viewer has not read."""
        # Both from one row: the conversation's was read by a statement before, and may be behind what is read.
        own = next((p for p in self.participants if p.user_id == self.viewer_id), None)
        return 0 if own is None else own.last_sequence - own.read_sequence


async def create_conversation(
    tx: Transaction, others: Collection[UUID], *, listing_id: UUID | None, subject: str, now: datetime
) -> View:
    """Begin a conversation, or find it. That users and listing exist was looked at before.

    Raises:
        UserBlocked, UserNotFound
    """
    me = user_of(tx.actor)
    async with as_system(tx):
        blocked, blocked_by = await BlockRepository(tx).between(me, others)
    if blocked:
        raise UserBlocked
    if blocked_by:
        raise UserNotFound
    members = sorted({me, *others})
    key = members_key(members, listing_id)
    conversations = ConversationRepository(tx)
    values = {
        "id": new_id(),
        "participant_ids": members,
        "members_key": key,
        "listing_id": listing_id,
        "subject": subject,
        "created_by_id": me,
        "last_sequence": 0,
        "last_activity_time": now,
        "create_time": now,
    }
    made = await conversations.put(values)
    row = await conversations.by_members(key)
    if made:
        await ParticipantRepository(tx).put(row.id, members, now)
    return (await _views(tx, [row]))[0]


async def get_conversation(tx: ReadTransaction, conversation_id: UUID) -> View:
    """Read one conversation of the caller's.

    Raises:
        ConversationNotFound
    """
    return (await _views(tx, [await ConversationRepository(tx).get(conversation_id)]))[0]


async def get_conversations(tx: ReadTransaction, conversation_ids: Collection[UUID]) -> list[View]:
    """Read some of the caller's conversations; those that are none are missing."""
    return await _views(tx, await ConversationRepository(tx).among(conversation_ids))


async def changed_conversations(tx: ReadTransaction, since: datetime) -> list[UUID]:
    """Which of the caller's conversations something was said in, or the caller has read in, after a moment.

    The earliest change first; of more than `CATCH_UP`, the liveliest.
    """
    return await ParticipantRepository(tx).changed(user_of(tx.actor), since, CATCH_UP)


async def list_conversations(tx: ReadTransaction, page: Page, *, unread_only: bool) -> PageOf[View]:
    """One page of the caller's conversations, the liveliest first."""
    me = user_of(tx.actor)
    found = await ConversationRepository(tx).page_of(me, page, unread_only=unread_only)
    return PageOf(await _views(tx, found.items), found.next_page_token)


async def get_unread_count(tx: ReadTransaction) -> tuple[int, int]:
    """How many messages the caller has not read, and in how many conversations."""
    return await ConversationRepository(tx).unread(user_of(tx.actor))


async def mark_conversation_delivered(tx: Transaction, conversation_id: UUID, sequence: int) -> Participant:
    """Note that a device of the caller has everything up to a place.

    Raises:
        ConversationNotFound, SequenceBeyondEnd
    """
    me = user_of(tx.actor)
    conversations = ConversationRepository(tx)
    must_reach(await conversations.get(conversation_id), sequence)
    participants = ParticipantRepository(tx)
    news = await participants.deliver(conversation_id, me, sequence)
    return news or await participants.one(conversation_id, me)


async def mark_conversation_read(tx: Transaction, conversation_id: UUID, sequence: int, now: datetime) -> Participant:
    """Note that the caller has read up to a place.

    Raises:
        ConversationNotFound, SequenceBeyondEnd
    """
    me = user_of(tx.actor)
    conversations = ConversationRepository(tx)
    must_reach(await conversations.get(conversation_id), sequence)
    participants = ParticipantRepository(tx)
    news = await participants.read(conversation_id, me, sequence, now)
    if news is None:
        return await participants.one(conversation_id, me)
    tx.publish(events.conversation_read(conversation_id, me, sequence), key=str(conversation_id))
    return news


async def keep_block(tx: Transaction, blocker_id: UUID, blocked_id: UUID) -> None:
    """Learn that somebody wants to hear nothing of somebody else. Runs as the system."""
    await BlockRepository(tx).put(blocker_id, blocked_id)


async def forget_block(tx: Transaction, blocker_id: UUID, blocked_id: UUID) -> None:
    """Learn that a block was taken back. Runs as the system."""
    await BlockRepository(tx).remove(blocker_id, blocked_id)


async def forget_user(tx: Transaction, user_id: UUID, now: datetime) -> None:
    """Erase what a user has said and called conversations, when the account is gone for good. Runs as the system.

    The places stay, empty: the others' clients count on places without gaps.
    """
    await MessageRepository(tx).erase(user_id, now)
    await ConversationRepository(tx).erase_subjects(user_id)
    await BlockRepository(tx).erase(user_id)


def members_key(members: Sequence[UUID], listing_id: UUID | None) -> str:
    """What there is one conversation for: who takes part, and what it is about."""
    names = [*(user_id.hex for user_id in sorted(members)), listing_id.hex if listing_id is not None else ""]
    return hashlib.sha256("/".join(names).encode()).hexdigest()


def must_reach(conversation: Conversation, sequence: int) -> None:
    """Refuse a place at which nothing was said yet.

    Raises:
        SequenceBeyondEnd
    """
    if sequence > conversation.last_sequence:
        raise SequenceBeyondEnd(metadata={"last_sequence": str(conversation.last_sequence)})


async def _views(tx: ReadTransaction, rows: Sequence[Conversation]) -> list[View]:
    """Two statements more, however many conversations."""
    me = user_of(tx.actor)
    participants = await ParticipantRepository(tx).of([row.id for row in rows])
    last = await MessageRepository(tx).at([(row.id, row.last_sequence) for row in rows if row.last_sequence])
    return [View(row, participants.get(row.id, []), last.get(row.id), me) for row in rows]
