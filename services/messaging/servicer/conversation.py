"""ConversationService."""

from collections.abc import AsyncIterator, Sequence
from typing import Any
from uuid import UUID

from doorstep.messaging.v1 import conversation_pb2, conversation_service_pb2_grpc
from doorstep.messaging.v1 import conversation_service_pb2 as pb
from services.chassis.actor import Actor, current_actor
from services.chassis.ids import parse_id
from services.messaging import mapping, policy
from services.messaging.errors import ListingNotFound, UserNotFound
from services.messaging.operations import conversation as operations
from services.messaging.operations import message as messages
from services.messaging.servicer.parts import Parts


class ConversationServicer(conversation_service_pb2_grpc.ConversationServiceServicer):
    """Lets users talk."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._db = parts.database
        self._clock = parts.clock

    async def CreateConversation(
        self, request: pb.CreateConversationRequest, context: Any
    ) -> pb.CreateConversationResponse:
        """Begins a conversation with some users, or finds the one that there is."""
        actor = current_actor()
        others = policy.others_of(actor, [parse_id(text) for text in request.participant_ids])
        listing_id = parse_id(request.listing_id) if request.listing_id else None
        if listing_id is not None:
            await self._must_know(actor, listing_id)
        if others - await self._parts.users.existing(others):
            raise UserNotFound
        async with self._db.transaction(actor) as tx:
            view = await operations.create_conversation(
                tx, others, listing_id=listing_id, subject=request.subject, now=self._clock.now()
            )
        return pb.CreateConversationResponse(conversation=mapping.conversation(view))

    async def _with_names(self, views: Sequence[operations.View]) -> list[conversation_pb2.Conversation]:
        names = await self._parts.names.of(one.user_id for view in views for one in view.participants)
        return [mapping.conversation(view, names) for view in views]

    async def _must_know(self, actor: Actor, listing_id: UUID) -> None:
        offer = await self._parts.listings.offer(listing_id)
        if offer is None or not (offer.on_market or offer.organization_id == actor.organization_id):
            raise ListingNotFound

    async def GetConversation(self, request: pb.GetConversationRequest, context: Any) -> pb.GetConversationResponse:
        """Reads one conversation of the caller's."""
        async with self._db.read(current_actor()) as tx:
            view = await operations.get_conversation(tx, parse_id(request.conversation_id))
        (message,) = await self._with_names([view])
        return pb.GetConversationResponse(conversation=message)

    async def ListConversations(
        self, request: pb.ListConversationsRequest, context: Any
    ) -> pb.ListConversationsResponse:
        """Lists the caller's conversations, those in which something was said last first."""
        page = self._parts.page_tokens.page(request)
        async with self._db.read(current_actor()) as tx:
            views = await operations.list_conversations(tx, page, unread_only=request.unread_only)
        return pb.ListConversationsResponse(
            conversations=await self._with_names(views.items), next_page_token=views.next_page_token
        )

    async def GetUnreadCount(self, request: pb.GetUnreadCountRequest, context: Any) -> pb.GetUnreadCountResponse:
        """Says how much the caller has not read."""
        async with self._db.read(current_actor()) as tx:
            message_count, conversation_count = await operations.get_unread_count(tx)
        return pb.GetUnreadCountResponse(message_count=message_count, conversation_count=conversation_count)

    async def SendMessage(self, request: pb.SendMessageRequest, context: Any) -> pb.SendMessageResponse:
        """Says something, once."""
        conversation_id = parse_id(request.conversation_id)
        async with self._db.transaction(current_actor()) as tx:
            row = await messages.send_message(
                tx, conversation_id, request.client_message_id, request.text, self._clock.now()
            )
        self._parts.followers.wake(conversation_id)  # those of this process, who need not wait for the event
        return pb.SendMessageResponse(message=mapping.message(row))

    async def ListMessages(self, request: pb.ListMessagesRequest, context: Any) -> pb.ListMessagesResponse:
        """Lists what was said, from the newest back or from any place in either direction."""
        page = self._parts.page_tokens.page(request)
        async with self._db.read(current_actor()) as tx:
            rows = await messages.list_messages(
                tx,
                parse_id(request.conversation_id),
                page,
                oldest_first=request.order == conversation_pb2.MESSAGE_ORDER_OLDEST_FIRST,
                from_sequence=request.from_sequence,
            )
        return pb.ListMessagesResponse(messages=map(mapping.message, rows.items), next_page_token=rows.next_page_token)

    async def MarkConversationDelivered(
        self, request: pb.MarkConversationDeliveredRequest, context: Any
    ) -> pb.MarkConversationDeliveredResponse:
        """Says that a device of the caller has every message up to a place."""
        conversation_id = parse_id(request.conversation_id)
        async with self._db.transaction(current_actor()) as tx:
            row = await operations.mark_conversation_delivered(tx, conversation_id, request.sequence)
        self._parts.followers.wake(conversation_id)
        return pb.MarkConversationDeliveredResponse(participant=mapping.participant(row))

    async def MarkConversationRead(
        self, request: pb.MarkConversationReadRequest, context: Any
    ) -> pb.MarkConversationReadResponse:
        """Says that the caller has read up to a place."""
        conversation_id = parse_id(request.conversation_id)
        async with self._db.transaction(current_actor()) as tx:
            row = await operations.mark_conversation_read(tx, conversation_id, request.sequence, self._clock.now())
        self._parts.followers.wake(conversation_id)
        return pb.MarkConversationReadResponse(participant=mapping.participant(row))

    async def WatchConversation(  # type: ignore[override]  # the messages are serialised already
        self, request: pb.WatchConversationRequest, context: Any
    ) -> AsyncIterator[bytes]:
        """Streams what is said; messages are serialised once for all who watch."""
        after_sequence = request.after_sequence if request.HasField("after_sequence") else None
        conversation_id = parse_id(request.conversation_id)
        async for update in self._parts.followers.watch(current_actor(), conversation_id, after_sequence):
            yield update

    async def WatchConversations(
        self, request: pb.WatchConversationsRequest, context: Any
    ) -> AsyncIterator[pb.WatchConversationsResponse]:
        """Streams the caller's conversations as they change."""
        after_sequence = request.after_sequence if request.HasField("after_sequence") else None
        async for update in self._parts.inboxes.watch(current_actor(), after_sequence):
            yield update
