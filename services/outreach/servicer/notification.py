"""NotificationService."""

from collections.abc import AsyncIterator
from typing import Any

from doorstep.outreach.v1 import notification_service_pb2 as pb
from doorstep.outreach.v1 import notification_service_pb2_grpc
from services.chassis.actor import current_actor, user_of
from services.chassis.ids import parse_id
from services.outreach import mapping
from services.outreach.operations import delivery as deliveries
from services.outreach.operations import notification as operations
from services.outreach.operations import preference as preferences
from services.outreach.servicer.parts import Parts
from services.outreach.servicer.watch import Watchers


class NotificationServicer(notification_service_pb2_grpc.NotificationServiceServicer):
    """Everybody's own inbox."""

    def __init__(self, parts: Parts, watchers: Watchers) -> None:
        self._parts = parts
        self._db = parts.database
        self._clock = parts.clock
        self._watchers = watchers

    async def ListNotifications(
        self, request: pb.ListNotificationsRequest, context: Any
    ) -> pb.ListNotificationsResponse:
        """Lists the caller's inbox, newest first."""
        page = self._parts.page_tokens.page(request)
        types = [mapping.from_type(number) for number in request.types]
        async with self._db.read(current_actor()) as tx:
            rows, unread = await operations.list_notifications(tx, page, unread_only=request.unread_only, types=types)
        return pb.ListNotificationsResponse(
            notifications=map(mapping.to_notification, rows.items),
            next_page_token=rows.next_page_token,
            unread_count=unread,
        )

    async def GetNotification(self, request: pb.GetNotificationRequest, context: Any) -> pb.GetNotificationResponse:
        """Reads one entry."""
        async with self._db.read(current_actor()) as tx:
            row = await operations.get_notification(tx, parse_id(request.notification_id))
        return pb.GetNotificationResponse(notification=mapping.to_notification(row))

    async def WatchNotifications(
        self, request: pb.WatchNotificationsRequest, context: Any
    ) -> AsyncIterator[pb.WatchNotificationsResponse]:
        """Streams the caller's inbox."""
        after = request.after_sequence if request.HasField("after_sequence") else None
        async for step in self._watchers.watch(current_actor(), user_of(current_actor()), after):
            yield step

    async def MarkNotificationRead(
        self, request: pb.MarkNotificationReadRequest, context: Any
    ) -> pb.MarkNotificationReadResponse:
        """Says that the caller has read an entry."""
        async with self._db.transaction(current_actor()) as tx:
            row = await operations.mark_notification_read(
                tx, parse_id(request.notification_id), etag=request.etag, now=self._clock.now()
            )
        return pb.MarkNotificationReadResponse(notification=mapping.to_notification(row))

    async def MarkAllNotificationsRead(
        self, request: pb.MarkAllNotificationsReadRequest, context: Any
    ) -> pb.MarkAllNotificationsReadResponse:
        """Says that the caller has read up to a place."""
        async with self._db.transaction(current_actor()) as tx:
            read, unread = await operations.mark_all_notifications_read(tx, request.through_sequence, self._clock.now())
        return pb.MarkAllNotificationsReadResponse(read_count=read, unread_count=unread)

    async def DeleteNotification(
        self, request: pb.DeleteNotificationRequest, context: Any
    ) -> pb.DeleteNotificationResponse:
        """Takes an entry out of the caller's inbox."""
        async with self._db.transaction(current_actor()) as tx:
            await operations.delete_notification(
                tx, parse_id(request.notification_id), etag=request.etag, now=self._clock.now()
            )
        return pb.DeleteNotificationResponse()

    async def ListDeliveries(self, request: pb.ListDeliveriesRequest, context: Any) -> pb.ListDeliveriesResponse:
        """Lists what was sent to the caller, with every attempt."""
        page = self._parts.page_tokens.page(request)
        notification_id = parse_id(request.notification_id) if request.notification_id else None
        async with self._db.read(current_actor()) as tx:
            rows, attempts = await deliveries.list_deliveries(tx, page, notification_id=notification_id)
        return pb.ListDeliveriesResponse(
            deliveries=[mapping.to_delivery(row, attempts[row.id]) for row in rows.items],
            next_page_token=rows.next_page_token,
        )

    async def GetNotificationPreferences(
        self, request: pb.GetNotificationPreferencesRequest, context: Any
    ) -> pb.GetNotificationPreferencesResponse:
        """Reads what the caller hears of by which way."""
        async with self._db.read(current_actor()) as tx:
            choices, etag = await preferences.get_notification_preferences(tx, user_of(current_actor()))
        return pb.GetNotificationPreferencesResponse(preferences=mapping.to_preferences(choices, etag))

    async def UpdateNotificationPreferences(
        self, request: pb.UpdateNotificationPreferencesRequest, context: Any
    ) -> pb.UpdateNotificationPreferencesResponse:
        """Sets the named pairs of type and channel."""
        wanted = mapping.from_choices(request.choices)
        async with self._db.transaction(current_actor()) as tx:
            choices, etag = await preferences.update_notification_preferences(
                tx, user_of(current_actor()), wanted, etag=request.etag, now=self._clock.now()
            )
        return pb.UpdateNotificationPreferencesResponse(preferences=mapping.to_preferences(choices, etag))
