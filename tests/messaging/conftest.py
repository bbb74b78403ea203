"""A served messaging service beside those that it calls and hears from, and people who talk."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import asyncpg
import pytest

from doorstep.messaging.v1 import conversation_pb2, conversation_service_pb2_grpc
from doorstep.messaging.v1 import conversation_service_pb2 as pb
from services import registry
from services.chassis.testing import Harness
from tests.fixtures.people import Someone, someone
from tests.fixtures.servers import TestDatabase


class Room:
    """The stub of messaging, and shortcuts to get somewhere."""

    def __init__(self, harness: Harness, database: TestDatabase) -> None:
        self.harness = harness
        self.database = database
        self.stub = harness.stub(conversation_service_pb2_grpc.ConversationServiceStub)

    async def call(self, method: Any, request: Any, who: Someone, **headers: str) -> Any:
        return await self.harness.call(method, request, who.token, **headers)

    async def person(self) -> Someone:
        return await someone(self.harness)

    async def begin(self, who: Someone, *others: Someone, **fields: Any) -> conversation_pb2.Conversation:
        request = pb.CreateConversationRequest(participant_ids=[other.id for other in others], **fields)
        return (await self.call(self.stub.CreateConversation, request, who)).conversation

    async def pair(self) -> tuple[Someone, Someone, str]:
        one, other = await self.person(), await self.person()
        return one, other, (await self.begin(one, other)).conversation_id

    async def get(self, who: Someone, conversation_id: str) -> conversation_pb2.Conversation:
        request = pb.GetConversationRequest(conversation_id=conversation_id)
        return (await self.call(self.stub.GetConversation, request, who)).conversation

    async def say(self, who: Someone, conversation_id: str, text: str, name: str = "") -> conversation_pb2.Message:
        request = pb.SendMessageRequest(
            conversation_id=conversation_id, client_message_id=name or text.replace(" ", "-"), text=text
        )
        return (await self.call(self.stub.SendMessage, request, who)).message

    async def read(self, who: Someone, conversation_id: str, sequence: int) -> conversation_pb2.Participant:
        request = pb.MarkConversationReadRequest(conversation_id=conversation_id, sequence=sequence)
        return (await self.call(self.stub.MarkConversationRead, request, who)).participant

    async def messages(self, who: Someone, conversation_id: str, **fields: Any) -> list[str]:
        request = pb.ListMessagesRequest(conversation_id=conversation_id, **fields)
        return [m.text for m in (await self.call(self.stub.ListMessages, request, who)).messages]

    def watch(self, who: Someone, conversation_id: str, after_sequence: int | None = None) -> Any:
        request = pb.WatchConversationRequest(conversation_id=conversation_id, after_sequence=after_sequence)
        return self.stub.WatchConversation(request, metadata=self.harness.metadata(who.token), timeout=60)

    async def rows(self, statement: str, *values: Any) -> list[Any]:
        """What is really there, past every policy."""
        connection = await asyncpg.connect(self.database.superuser_url)
        try:
            return list(await connection.fetch(statement, *values))
        finally:
            await connection.close()


async def take(call: Any, kind: str, count: int) -> list[Any]:
    """The next updates of a kind; others are passed over."""
    found: list[Any] = []
    async with asyncio.timeout(30):
        while len(found) < count:
            update = await call.read()
            if update.WhichOneof("update") == kind:
                found.append(update)
    return found


@pytest.fixture(scope="module")
async def room(
    clone_database: Callable[[], TestDatabase], clone_redis: Callable[[], str], tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Room]:
    database = clone_database()
    names = ("identity", "property", "partnership", "messaging")
    async with Harness.open(
        [registry.Builder(name) for name in names],
        database_url=database.url,
        redis_url=clone_redis(),
        keys_dir=tmp_path_factory.mktemp("keys"),
        rate_limits={
            "doorstep.messaging.v1.ConversationService/SendMessage": 100_000,
            "doorstep.messaging.v1.ConversationService/CreateConversation": 100_000,
        },
    ) as harness:
        yield Room(harness, database)
