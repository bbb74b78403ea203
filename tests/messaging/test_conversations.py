"""ConversationService: one conversation for the same people, messages once and in order, receipts."""

import asyncio
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.event import listen, remove

from doorstep.messaging.v1 import conversation_pb2
from doorstep.messaging.v1 import conversation_service_pb2 as pb
from doorstep.partnership.v1 import partnership_service_pb2, partnership_service_pb2_grpc
from services import registry
from services.chassis.errors import InvalidFields
from services.chassis.ids import new_id
from services.chassis.interceptors.call import current_call
from services.chassis.testing import Harness, refused
from services.messaging import errors
from services.messaging.repository.conversation import ParticipantRepository
from tests.fixtures.people import Someone, erase, someone
from tests.messaging.conftest import Room, take
from tests.property.conftest import Market

NEWEST = conversation_pb2.MESSAGE_ORDER_NEWEST_FIRST
OLDEST = conversation_pb2.MESSAGE_ORDER_OLDEST_FIRST


class TestCreate:
    async def test_the_same_people_have_one(self, room: Room):
        one, other, third = await room.person(), await room.person(), await room.person()
        first = await room.begin(one, other, subject="The house by the lake")
        assert {p.user_id for p in first.participants} == {one.id, other.id}
        assert (await room.begin(other, one)).conversation_id == first.conversation_id
        assert (await room.begin(one, one, other)).conversation_id == first.conversation_id
        assert (await room.begin(one, other, third)).conversation_id != first.conversation_id

    async def test_at_once(self, room: Room):
        one, other = await room.person(), await room.person()
        made = await asyncio.gather(*(room.begin(*pair) for pair in [(one, other), (other, one)] * 5))
        assert len({conversation.conversation_id for conversation in made}) == 1

    async def test_with_oneself_and_with_nobody(self, room: Room):
        one = await room.person()
        with refused(errors.SelfConversation):
            await room.begin(one, one)
        with refused(errors.UserNotFound):
            await room.begin(one, await room.person(), Someone(new_id(), ""))

    async def test_with_too_many(self, room: Room):
        one, others = await room.person(), [await room.person() for _ in range(20)]
        assert len((await room.begin(one, one, *others[:19])).participants) == 20
        with refused(InvalidFields) as refusal:
            await room.begin(one, *others)
        assert refusal.fields == ["participant_ids"]

    async def test_about_a_listing(self, room: Room):
        market = Market(room.harness, room.database)
        agent = market.agent()
        home = await market.property(agent)
        listing = await market.listing(agent, home.property_id)
        one, other = await room.person(), await room.person()
        with refused(errors.ListingNotFound):  # nobody may know of it yet
            await room.begin(one, other, listing_id=listing.listing_id)
        with refused(errors.ListingNotFound):
            await room.begin(one, other, listing_id=str(new_id()))
        await market.move(agent, listing.listing_id, "PublishListing")
        about = await room.begin(one, other, listing_id=listing.listing_id)
        assert about.listing_id == listing.listing_id
        assert (await room.begin(one, other)).conversation_id != about.conversation_id

    async def test_for_strangers_there_is_none(self, room: Room):
        one, _, conversation_id = await room.pair()
        stranger = await room.person()
        await room.say(one, conversation_id, "hello")
        with refused(errors.ConversationNotFound):
            await room.get(stranger, conversation_id)
        with refused(errors.ConversationNotFound):
            await room.say(stranger, conversation_id, "hello")
        with refused(errors.ConversationNotFound):
            await room.messages(stranger, conversation_id)
        with refused(errors.ConversationNotFound):
            await room.read(stranger, conversation_id, 1)
        with refused(errors.ConversationNotFound):
            await room.watch(stranger, conversation_id).read()


class TestSend:
    async def test_places_have_no_gaps(self, room: Room):
        """Forty at once from both sides: 1 to 40, each once."""
        one, other, conversation_id = await room.pair()
        said = [room.say(who, conversation_id, f"message {n}") for n in range(20) for who in (one, other)]
        places = [message.sequence for message in await asyncio.gather(*said)]
        assert sorted(places) == list(range(1, 41))
        conversation = await room.get(one, conversation_id)
        assert conversation.last_sequence == 40
        assert conversation.last_message.sequence == 40
        repeated = await room.rows(
            "SELECT last_sequence FROM messaging.participants WHERE conversation_id = $1", UUID(conversation_id)
        )
        assert [row["last_sequence"] for row in repeated] == [40, 40]

    async def test_once(self, room: Room):
        one, other, conversation_id = await room.pair()
        said = await asyncio.gather(*(room.say(one, conversation_id, "hello", "n1") for _ in range(10)))
        assert {(message.message_id, message.sequence) for message in said} == {(said[0].message_id, 1)}
        with refused(errors.ClientMessageIdReused) as refusal:
            await room.say(one, conversation_id, "something else", "n1")
        assert refusal.metadata == {"message_id": said[0].message_id}
        assert (await room.say(other, conversation_id, "hello", "n1")).sequence == 2
        rows = await room.rows("SELECT type FROM messaging.outbox WHERE key = $1 ORDER BY id", conversation_id)
        assert [row["type"].rpartition(".")[2] for row in rows] == ["MessageSent"] * 2

    async def test_in_four_statements(self, room: Room):
        """The conversation, what was said and who is blocked, what is said, and the event."""
        one, _, conversation_id = await room.pair()
        tables, seen = ("conversations", "messages", "participants", "blocks", "outbox"), []

        def see(*given: Any) -> None:
            if current_call() is not None and any(f"messaging.{table}" in given[2] for table in tables):
                seen.append(given[2])

        engine = room.harness.resources.engine.sql.sync_engine
        listen(engine, "before_cursor_execute", see)
        try:
            await room.say(one, conversation_id, "hello")
        finally:
            remove(engine, "before_cursor_execute", see)
        assert len(seen) == 4, seen

    @pytest.mark.parametrize("text", ["", "   ", "x" * 4001, "\U0001f3e1" * 4001, "a\0b", "a\x1b[31mb", "a\x85b"])
    async def test_what_cannot_be_said(self, room: Room, text: str):
        one, _, conversation_id = await room.pair()
        with refused(InvalidFields):
            await room.say(one, conversation_id, text, "n1")

    @pytest.mark.parametrize("text", ["\U0001f3e1" * 4000, "two\nlines,\tand more\r\n"])
    async def test_what_can(self, room: Room, text: str):
        one, other, conversation_id = await room.pair()
        await room.say(one, conversation_id, text, "n1")
        assert await room.messages(other, conversation_id) == [text]

    @pytest.mark.parametrize("subject", ["x" * 201, "a\0b", "two\nlines"])
    async def test_a_subject_is_a_line(self, room: Room, subject: str):
        with refused(InvalidFields) as refusal:
            await room.begin(await room.person(), await room.person(), subject=subject)
        assert refusal.fields == ["subject"]

    async def test_not_to_those_who_do_not_want_to_hear(self, room: Room):
        one, other, conversation_id = await room.pair()
        partnerships = room.harness.stub(partnership_service_pb2_grpc.PartnershipServiceStub)
        await room.call(partnerships.BlockUser, partnership_service_pb2.BlockUserRequest(user_id=one.id), other)
        await _until(room, "SELECT 1 FROM messaging.blocks WHERE blocked_id = $1", one.user_id, there=True)
        for who in (one, other):
            with refused(errors.ConversationBlocked):
                await room.say(who, conversation_id, "hello")
        with refused(errors.UserNotFound):
            await room.begin(one, other)
        with refused(errors.UserBlocked):
            await room.begin(other, one)
        await room.call(partnerships.UnblockUser, partnership_service_pb2.UnblockUserRequest(user_id=one.id), other)
        await _until(room, "SELECT 1 FROM messaging.blocks WHERE blocked_id = $1", one.user_id, there=False)
        assert (await room.say(one, conversation_id, "hello")).sequence == 1


async def _until(room: Room, statement: str, value: UUID, *, there: bool) -> None:
    """Wait for an event to arrive."""
    async with asyncio.timeout(60):
        while bool(await room.rows(statement, value)) is not there:  # noqa: ASYNC110 - another service tells
            await asyncio.sleep(0.05)


class TestPeople:
    """What participants are called, and what is left of those who are gone."""

    async def test_names(self, room: Room):
        ana, ben = await someone(room.harness, "Ana Costa"), await someone(room.harness, "Ben Okoro")
        made = await room.begin(ana, ben)
        assert [p.HasField("display_name") for p in made.participants] == [False, False]  # changes do not ask
        found = await room.get(ana, made.conversation_id)
        assert {p.user_id: p.display_name for p in found.participants} == {ana.id: "Ana Costa", ben.id: "Ben Okoro"}
        (listed,) = (await room.call(room.stub.ListConversations, pb.ListConversationsRequest(), ben)).conversations
        assert listed == found

    async def test_without_identity_there_are_none(self, room: Room):
        one, _, conversation_id = await room.pair()
        settings = room.harness.settings
        async with Harness.open(
            [registry.Builder("messaging")],
            database_url=room.database.url,
            redis_url=settings.redis_url.get_secret_value(),
            keys_dir=settings.keys_dir,
            peers={"identity": "127.0.0.1:9"},
        ) as alone:
            found = await Room(alone, room.database).get(one, conversation_id)
        assert [p.HasField("display_name") for p in found.participants] == [False, False]

    async def test_of_the_erased_nothing_is_left_but_the_places(self, room: Room):
        gone, other = await room.person(), await room.person()
        conversation_id = (await room.begin(gone, other, subject="my flat")).conversation_id
        for n, who in enumerate((gone, other, gone), start=1):
            await room.say(who, conversation_id, f"message {n}")
        await erase(room.harness, gone)
        statement = "SELECT 1 FROM messaging.conversations WHERE id = $1 AND subject <> ''"
        await _until(room, statement, UUID(conversation_id), there=False)
        found = await room.get(other, conversation_id)
        assert (found.subject, found.last_sequence) == ("", 3)
        assert {p.user_id: p.display_name == "" for p in found.participants} == {gone.id: True, other.id: False}
        request = pb.ListMessagesRequest(conversation_id=conversation_id, order=OLDEST)
        messages = (await room.call(room.stub.ListMessages, request, other)).messages
        assert [(m.sequence, m.text, m.HasField("erase_time")) for m in messages] == [
            (1, "", True),
            (2, "message 2", False),
            (3, "", True),
        ]
        call = room.watch(other, conversation_id, 0)
        assert [u.message for u in await take(call, "message", 3)] == list(messages)
        call.cancel()


class TestHistory:
    async def test_both_ways(self, room: Room):
        one, other, conversation_id = await room.pair()
        texts = [f"message {n}" for n in range(1, 8)]
        for text in texts:
            await room.say(one, conversation_id, text)
        assert await room.messages(other, conversation_id) == texts[::-1]
        assert await room.messages(other, conversation_id, order=OLDEST) == texts
        assert await room.messages(other, conversation_id, order=OLDEST, from_sequence=5) == texts[5:]
        assert await room.messages(other, conversation_id, order=NEWEST, from_sequence=3) == ["message 2", "message 1"]

    @pytest.mark.parametrize("order", [NEWEST, OLDEST])
    async def test_in_pages(self, room: Room, order: conversation_pb2.MessageOrder.ValueType):
        one, _, conversation_id = await room.pair()
        for n in range(5):
            await room.say(one, conversation_id, f"message {n}")
        seen, token = [], ""
        while True:
            request = pb.ListMessagesRequest(
                conversation_id=conversation_id, order=order, page_size=2, page_token=token
            )
            page = await room.call(room.stub.ListMessages, request, one)
            seen += [message.sequence for message in page.messages]
            token = page.next_page_token
            if not token:
                break
        assert seen == ([5, 4, 3, 2, 1] if order == NEWEST else [1, 2, 3, 4, 5])


class TestReceipts:
    async def test_unread(self, room: Room):
        one, other, conversation_id = await room.pair()
        for n in range(3):
            await room.say(one, conversation_id, f"message {n}")
        assert (await room.get(one, conversation_id)).unread_count == 0
        assert (await room.get(other, conversation_id)).unread_count == 3
        count = await room.call(room.stub.GetUnreadCount, pb.GetUnreadCountRequest(), other)
        assert (count.message_count, count.conversation_count) == (3, 1)
        mine = await room.read(other, conversation_id, 2)
        assert (mine.read_sequence, mine.delivered_sequence) == (2, 2)
        assert (await room.read(other, conversation_id, 1)).read_sequence == 2
        assert (await room.get(other, conversation_id)).unread_count == 1
        with refused(errors.SequenceBeyondEnd) as refusal:
            await room.read(other, conversation_id, 4)
        assert refusal.metadata == {"last_sequence": "3"}

    async def test_what_is_said_while_it_is_looked_is_never_less_than_nothing_unread(
        self, room: Room, monkeypatch: pytest.MonkeyPatch
    ):
        one, other, conversation_id = await room.pair()
        await room.say(other, conversation_id, "hello")
        find = ParticipantRepository.of

        async def find_late(repository: ParticipantRepository, conversation_ids: Any) -> Any:
            monkeypatch.undo()
            await room.say(one, conversation_id, "hello yourself")
            return await find(repository, conversation_ids)

        monkeypatch.setattr(ParticipantRepository, "of", find_late)
        assert (await room.get(one, conversation_id)).unread_count == 0

    async def test_delivered(self, room: Room):
        one, other, conversation_id = await room.pair()
        await room.say(one, conversation_id, "hello")
        request = pb.MarkConversationDeliveredRequest(conversation_id=conversation_id, sequence=1)
        mine = (await room.call(room.stub.MarkConversationDelivered, request, other)).participant
        assert (mine.delivered_sequence, mine.read_sequence) == (1, 0)

    async def test_the_liveliest_first(self, room: Room):
        one = await room.person()
        made = [(await room.begin(one, await room.person())).conversation_id for _ in range(3)]
        await room.say(one, made[0], "hello")
        request = pb.ListConversationsRequest()
        found = await room.call(room.stub.ListConversations, request, one)
        assert [c.conversation_id for c in found.conversations] == [made[0], made[2], made[1]]
        assert found.conversations[0].last_message.text == "hello"
        assert not found.conversations[1].HasField("last_message")
        unread = await room.call(room.stub.ListConversations, pb.ListConversationsRequest(unread_only=True), one)
        assert list(unread.conversations) == []
