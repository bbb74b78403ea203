"""A served outreach beside an identity that knows whom it is told, and events as other services would send them."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from google.protobuf.message import Message

from doorstep.identity.v1 import user_service_pb2, user_service_pb2_grpc
from doorstep.outreach.v1 import (
    mailbox_service_pb2,
    mailbox_service_pb2_grpc,
    notification_service_pb2,
    notification_service_pb2_grpc,
)
from doorstep.visit.v1 import calendar_service_pb2, calendar_service_pb2_grpc
from services.chassis.app import App, Resources
from services.chassis.errors import DependencyUnavailable
from services.chassis.events import EventMeta
from services.chassis.events.envelope import Received, source_of
from services.chassis.events.inbox import Inbox
from services.chassis.ids import new_id
from services.chassis.testing import Harness
from services.outreach.app import build
from services.outreach.subscribers import SUBSCRIBERS
from services.visit.errors import VisitNotFound
from tests.fixtures.servers import TestDatabase


class Directory(user_service_pb2_grpc.UserServiceServicer):  # type: ignore[misc]
    """Answers ResolveUsers over the real contract, with whom it was given."""

    def __init__(self) -> None:
        self.people: dict[str, user_service_pb2.ResolvedUser] = {}

    async def ResolveUsers(self, request: Any, context: Any) -> user_service_pb2.ResolveUsersResponse:
        found = [self.people[user_id] for user_id in request.user_ids if user_id in self.people]
        return user_service_pb2.ResolveUsersResponse(users=found)

    def build(self, _resources: Resources) -> App:
        return App("identity").add(user_service_pb2_grpc.add_UserServiceServicer_to_server, self)


class Calendar(calendar_service_pb2_grpc.CalendarServiceServicer):  # type: ignore[misc]
    """Answers ResolveVisitInvitation over the real contract, for whom it was given."""

    def __init__(self) -> None:
        self.invited: dict[tuple[str, str], str] = {}
        """Text of the entry by visit and user."""
        self.away = False
        self.asked = 0

    async def ResolveVisitInvitation(
        self, request: Any, context: Any
    ) -> calendar_service_pb2.ResolveVisitInvitationResponse:
        self.asked += 1
        if self.away:
            raise DependencyUnavailable
        found = self.invited.get((request.visit_id, request.user_id))
        if found is None:
            raise VisitNotFound
        return calendar_service_pb2.ResolveVisitInvitationResponse(
            method="INVITATION_METHOD_REQUEST", sequence=1, file_name="visit.ics", content=found.encode()
        )

    def build(self, _resources: Resources) -> App:
        return App("visit").add(calendar_service_pb2_grpc.add_CalendarServiceServicer_to_server, self)


@dataclass(frozen=True)
class Reader:
    """Somebody who is told things."""

    user_id: str
    token: str


class Post:
    """The stubs of outreach, people, and events."""

    def __init__(self, harness: Harness, database: TestDatabase, directory: Directory, calendar: Calendar) -> None:
        self.harness = harness
        self.database = database
        self.directory = directory
        self.calendar = calendar
        self.notifications = harness.stub(notification_service_pb2_grpc.NotificationServiceStub)
        self.mailboxes = harness.stub(mailbox_service_pb2_grpc.MailboxServiceStub)
        self.position = 0

    def reader(self, name: str = "Ada Agent", **fields: str) -> Reader:
        """A person with an account."""
        user_id = str(new_id())
        values = {
            "display_name": name,
            "email": f"{re.sub('[^a-z]', '', name.split(maxsplit=1)[0].lower())}.{user_id[-6:]}@example.com",
            "phone_number": "+15550100",
            "language_code": "en-US",
            "time_zone": "America/Los_Angeles",
        }
        self.directory.people[user_id] = user_service_pb2.ResolvedUser(user_id=user_id, **(values | fields))
        return Reader(user_id, self.harness.token(user_id=UUID(user_id)))

    async def tell(self, event: Message, *, event_id: UUID | None = None) -> UUID:
        """Let the service's subscribers handle an event, as its consumer does."""
        (subscriber,) = [s for s in SUBSCRIBERS if isinstance(event, s.event)]
        self.position += 1
        meta = EventMeta(
            event_id=event_id or new_id(),
            type=event.DESCRIPTOR.full_name,
            key="test",
            organization_id=None,
            position=self.position,
            source=source_of(event.DESCRIPTOR.full_name),
            create_time=datetime.now(UTC),
        )
        inbox = Inbox(self.harness.resources.database("outreach"))
        await inbox.handle(subscriber, Received(meta, event.SerializeToString()))
        return meta.event_id

    async def call(self, method: Any, request: Any, reader: Reader) -> Any:
        return await self.harness.call(method, request, reader.token)

    async def inbox(self, reader: Reader, **fields: Any) -> notification_service_pb2.ListNotificationsResponse:
        request = notification_service_pb2.ListNotificationsRequest(**fields)
        return await self.call(self.notifications.ListNotifications, request, reader)

    async def deliveries(self, reader: Reader) -> Any:
        request = notification_service_pb2.ListDeliveriesRequest()
        return (await self.call(self.notifications.ListDeliveries, request, reader)).deliveries

    async def mailbox(self, reader: Reader) -> Any:
        request = mailbox_service_pb2.ListMailboxMessagesRequest()
        return (await self.call(self.mailboxes.ListMailboxMessages, request, reader)).messages

    async def rows(self, query: str, *arguments: Any) -> list[Any]:
        connection = await asyncpg.connect(self.database.superuser_url)
        try:
            return await connection.fetch(query, *arguments)
        finally:
            await connection.close()

    async def quiet(self) -> None:
        """Wait until no job waits or runs."""

        async def nothing_left() -> bool:
            return not await self.rows("SELECT 1 FROM jobs.pgqueuer WHERE status IN ('queued', 'picked')")

        await eventually(nothing_left)


async def eventually(condition: Callable[[], Awaitable[bool]], *, seconds: float = 30) -> None:
    """Wait for something that comes true by itself; the bound only ends a test that hangs."""
    async with asyncio.timeout(seconds):
        while not await condition():  # noqa: ASYNC110 - it comes true elsewhere
            await asyncio.sleep(0.02)


@pytest.fixture
def open_post(
    clone_database: Callable[[], TestDatabase], clone_redis: Callable[[], str], tmp_path: Path
) -> Callable[..., Any]:
    """Opens a post with settings of the test's own."""
    from contextlib import asynccontextmanager

    @asynccontextmanager
    async def opened(**settings: Any) -> AsyncIterator[Post]:
        database, directory = clone_database(), Directory()
        calendar = Calendar()
        async with Harness.open(
            [directory.build, calendar.build, build],
            database_url=database.url,
            redis_url=clone_redis(),
            keys_dir=tmp_path / "keys",
            **settings,
        ) as harness:
            yield Post(harness, database, directory, calendar)

    return opened


@pytest.fixture
async def post(open_post: Callable[..., Any]) -> AsyncIterator[Post]:
    async with open_post() as found:
        yield found
