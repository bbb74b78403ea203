"""The demo people's conversation: once, and nobody is told."""

from doorstep.messaging.v1 import conversation_service_pb2 as pb
from services.chassis.demo import PEOPLE
from services.messaging.seed import SAID, seed
from tests.fixtures.people import Someone
from tests.messaging.conftest import Room


async def test_once(room: Room):
    waiting = len(await room.rows("SELECT 1 FROM messaging.outbox"))
    for _ in range(2):
        await seed(room.harness.resources)
    for role, unread in (("agent", 1), ("buyer", 0)):
        user_id = next(person.user_id for person in PEOPLE if person.role == role)
        who = Someone(user_id, room.harness.token(user_id=user_id))
        (found,) = (await room.call(room.stub.ListConversations, pb.ListConversationsRequest(), who)).conversations
        assert (found.last_sequence, found.unread_count) == (len(SAID), unread)
        assert found.last_message.text == SAID[-1][1]
        texts = await room.messages(who, found.conversation_id)
        assert texts[::-1] == [words for _, words in SAID]
    assert len(await room.rows("SELECT 1 FROM messaging.outbox")) == waiting
