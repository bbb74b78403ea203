"""Messages: say something once, in order, and read what was said."""

from datetime import datetime
from uuid import UUID

from services.chassis.actor import user_of
from services.chassis.db.database import ReadTransaction, Transaction
from services.chassis.db.elevation import as_system
from services.chassis.ids import new_id
from services.chassis.paging import Page, PageOf
from services.messaging import events
from services.messaging.errors import ClientMessageIdReused, ConversationBlocked
from services.messaging.models import Message
from services.messaging.repository.conversation import ConversationRepository
from services.messaging.repository.message import MessageRepository

PAIR = 2
"""Participants of a conversation that a block closes; in a larger one, others may still want to hear both."""


async def send_message(
    tx: Transaction, conversation_id: UUID, client_message_id: str, text: str, now: datetime
) -> Message:
    """Say something; what was said under the same name already is found.

    The conversation's row is locked first: whoever comes next takes the next place, so places have no gaps, and whoever
    sends the same message again finds it.

    Raises:
        ConversationNotFound, ClientMessageIdReused, ConversationBlocked
    """
    me = user_of(tx.actor)
    conversation = await ConversationRepository(tx).get_for_update(conversation_id)
    others = [user_id for user_id in conversation.participant_ids if user_id != me]
    row = Message(
        conversation_id=conversation_id,
        sequence=conversation.last_sequence + 1,
        id=new_id(),
        sender_id=me,
        client_message_id=client_message_id,
        text=text,
        create_time=now,
    )
    async with as_system(tx):
        messages = MessageRepository(tx)
        there, blocked = await messages.before(row, others)
        if there is not None:
            if there.text != text:
                raise ClientMessageIdReused(metadata={"message_id": str(there.id)})
            return there
        if blocked and len(conversation.participant_ids) == PAIR:
            raise ConversationBlocked
        await messages.say(row)
    tx.publish(events.message_sent(conversation, row), key=str(conversation_id))
    return row


async def list_messages(
    tx: ReadTransaction, conversation_id: UUID, page: Page, *, oldest_first: bool, from_sequence: int
) -> PageOf[Message]:
    """One page of what was said.

    Raises:
        ConversationNotFound
    """
    await ConversationRepository(tx).get(conversation_id)
    return await MessageRepository(tx).page_of(
        conversation_id, page, oldest_first=oldest_first, from_sequence=from_sequence
    )
