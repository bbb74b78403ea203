"""Rows to messages."""

from collections.abc import Mapping
from uuid import UUID

from doorstep.messaging.v1 import conversation_pb2 as pb
from services.chassis.mapping import to_time
from services.messaging.models import Message, Participant
from services.messaging.operations.conversation import View
from services.messaging.repository.following import Receipt, Said


def message(row: Message | Said) -> pb.Message:
    """One thing said."""
    return pb.Message(
        message_id=str(row.id),
        conversation_id=str(row.conversation_id),
        sequence=row.sequence,
        sender_id=str(row.sender_id),
        client_message_id=row.client_message_id,
        text=row.text,
        create_time=to_time(row.create_time),
        erase_time=to_time(row.erase_time),
    )


def participant(row: Participant | Receipt, display_name: str | None = None) -> pb.Participant:
    """How far somebody is."""
    return pb.Participant(
        user_id=str(row.user_id),
        delivered_sequence=row.delivered_sequence,
        read_sequence=row.read_sequence,
        read_time=to_time(row.read_time),
        display_name=display_name,
    )


def conversation(view: View, names: Mapping[UUID, str] | None = None) -> pb.Conversation:
    """A conversation as one of its participants sees it; where names were looked up, with those."""
    row, known = view.conversation, names or {}
    return pb.Conversation(
        conversation_id=str(row.id),
        participants=[participant(one, known.get(one.user_id)) for one in view.participants],
        listing_id=str(row.listing_id or ""),
        subject=row.subject,
        last_sequence=row.last_sequence,
        last_message=message(view.last_message) if view.last_message is not None else None,
        unread_count=view.unread_count,
        create_time=to_time(row.create_time),
        last_activity_time=to_time(row.last_activity_time),
    )
