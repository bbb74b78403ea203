"""MailboxService."""

from typing import Any

from doorstep.outreach.v1 import mailbox_service_pb2 as pb
from doorstep.outreach.v1 import mailbox_service_pb2_grpc
from services.chassis.actor import SYSTEM, current_actor
from services.outreach import mapping
from services.outreach.errors import MailboxNotInUse
from services.outreach.operations import delivery as operations
from services.outreach.servicer.parts import Parts


class MailboxServicer(mailbox_service_pb2_grpc.MailboxServiceServicer):
    """The mailbox of development."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._db = parts.database

    async def ListMailboxMessages(
        self, request: pb.ListMailboxMessagesRequest, context: Any
    ) -> pb.ListMailboxMessagesResponse:
        """Lists the messages to the caller that were kept instead of being sent."""
        page = self._parts.page_tokens.page(request)
        if not self._parts.mailbox_in_use:
            raise MailboxNotInUse
        channel = mapping.from_channel(request.channel) if request.channel else None
        actor = current_actor()
        # Operators look for a recipient, who may have no account yet.
        reader = SYSTEM if request.recipient and actor.can("platform.operate") else actor
        async with self._db.read(reader) as tx:
            rows = await operations.list_mailbox_messages(tx, page, channel, request.recipient)
        return pb.ListMailboxMessagesResponse(
            messages=map(mapping.to_mailbox_message, rows.items), next_page_token=rows.next_page_token
        )
