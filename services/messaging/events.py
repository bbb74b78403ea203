"""What the service publishes, made from rows. Events never hold what was said. Key: the conversation."""

from uuid import UUID

from doorstep.messaging.v1 import messaging_events_pb2 as pb
from services.chassis.mapping import to_time
from services.messaging.models import Conversation, Message


def message_sent(conversation: Conversation, row: Message) -> pb.MessageSent:
    """A conversation has a new message."""
    return pb.MessageSent(
        conversation_id=str(row.conversation_id),
        message_id=str(row.id),
        sequence=row.sequence,
        sender_id=str(row.sender_id),
        recipient_ids=[str(user_id) for user_id in conversation.participant_ids if user_id != row.sender_id],
        create_time=to_time(row.create_time),
    )


def conversation_read(conversation_id: UUID, user_id: UUID, sequence: int) -> pb.ConversationRead:
    """A participant has read up to a place."""
    return pb.ConversationRead(conversation_id=str(conversation_id), user_id=str(user_id), sequence=sequence)
