"""WatchConversations: all conversations of somebody in one stream, as they change."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import grpc
import pytest

from doorstep.messaging.v1 import conversation_service_pb2 as pb
from services.chassis.actor import Actor, CallerKind
from services.chassis.errors import InvalidFields
from services.chassis.redis import connect_for_streams
from services.chassis.testing import refused
from services.messaging.operations.conversation import CATCH_UP
from services.messaging.servicer import inbox
from services.messaging.servicer.inbox import OVERLAP, Inboxes
from services.messaging.servicer.watch import Followers
from tests.chassis.bakery import working
from tests.fixtures.people import Someone
from tests.messaging.conftest import Room, take


def watch(room: Room, who: Someone, after_sequence: int | None = None) -> Any:
    request = pb.WatchConversationsRequest(after_sequence=after_sequence)
    return room.stub.WatchConversations(request, metadata=room.harness.metadata(who.token), timeout=60)


async def watching(room: Room, who: Someone, after_sequence: int | None = None) -> Any:
    """A stream that has begun."""
    call = watch(room, who, after_sequence)
    await take(call, "heartbeat", 1)
    return call


async def until(call: Any, conversation_id: str, last_sequence: int, unread: int) -> Any:
    """The update that shows a conversation like this; what it was like before may have been shown or not."""
    while True:
        (update,) = await take(call, "conversation", 1)
        shown = update.conversation
        assert shown.conversation_id == conversation_id
        if (shown.last_sequence, shown.unread_count) == (last_sequence, unread):
            return update


class TestWatchAll:
    async def test_of_all_conversations_and_nobody_elses(self, room: Room):
        me = await room.person()
        rooms = [await room.begin(me, await room.person()) for _ in range(2)]
        one, _, foreign = await room.pair()
        call = await watching(room, me)
        await room.say(one, foreign, "not for you")
        for conversation in rooms:
            (partner,) = [p.user_id for p in conversation.participants if p.user_id != me.id]
            speaker = Someone(me.user_id, room.harness.token(user_id=partner))
            await room.say(speaker, conversation.conversation_id, "hello")
            update = await until(call, conversation.conversation_id, 1, 1)
            assert update.conversation.last_message.text == "hello"
            assert update.sequence > 0
        call.cancel()

    async def test_reading_on_one_device_shows_on_the_others(self, room: Room):
        me, other, conversation_id = await room.pair()
        for n in range(3):
            await room.say(other, conversation_id, f"message {n}")
        call = await watching(room, me)
        theirs = await watching(room, other)
        await room.read(me, conversation_id, 2)
        await until(call, conversation_id, 3, 1)
        await room.say(me, conversation_id, "seen")  # one's own words too; and with them everything is read
        await until(call, conversation_id, 4, 0)
        await until(theirs, conversation_id, 4, 1)
        call.cancel()
        theirs.cancel()

    async def test_much_at_once_is_shown_in_the_end(self, room: Room):
        me, other, conversation_id = await room.pair()
        call = await watching(room, me)
        await asyncio.gather(*(room.say(other, conversation_id, f"message {n}") for n in range(15)))
        places = []
        while not places or places[-1][1] < 15:
            (update,) = await take(call, "conversation", 1)
            places.append((update.sequence, update.conversation.last_sequence))
        assert places == sorted(places)
        assert len(places) <= 15
        call.cancel()

    async def test_who_comes_back_is_shown_what_has_changed(self, room: Room):
        me = await room.person()
        old, new = [(await room.begin(await room.person(), me)).conversation_id for _ in range(2)]
        call = await watching(room, me, 0)
        shown = await take(call, "conversation", 2)
        assert [u.conversation.conversation_id for u in shown] == [old, new]
        call.cancel()
        room.harness.clock.turn(OVERLAP * 2)
        try:
            await room.say(me, new, "while nobody watched")
            call = await watching(room, me, shown[-1].sequence)
            shown = await take(call, "conversation", 2)  # the old one again: its change is no minute before the place
            assert [u.conversation.conversation_id for u in shown] == [old, new]
            assert [u.conversation.last_sequence for u in shown] == [0, 1]
            call.cancel()
            call = await watching(room, me, shown[-1].sequence)
            shown = await take(call, "conversation", 1)
            assert [u.conversation.conversation_id for u in shown] == [new]  # the old one no more
            await room.say(me, old, "and now")
            await until(call, old, 1, 0)
            call.cancel()
        finally:
            room.harness.clock.offset *= 0

    async def test_after_long_the_liveliest_are_shown(self, room: Room):
        me = await room.person()
        await room.rows(
            "INSERT INTO messaging.conversations SELECT gen_random_uuid(), ARRAY[$1::uuid, gen_random_uuid()], "
            "'many ' || $1::text || n, NULL, n::text, $1::uuid, 0, now() + n * interval '1 ms', now() "
            "FROM generate_series(1, 2 * $2::int) n",
            me.user_id,
            CATCH_UP,
        )
        await room.rows(
            "INSERT INTO messaging.participants SELECT id, $1::uuid, 0, last_activity_time "
            "FROM messaging.conversations WHERE created_by_id = $1::uuid",
            me.user_id,
        )
        call = await watching(room, me, 0)
        shown = await take(call, "conversation", CATCH_UP)
        assert [u.conversation.subject for u in shown] == [str(n) for n in range(CATCH_UP + 1, 2 * CATCH_UP + 1)]
        call.cancel()

    @pytest.mark.parametrize("place", [-1, 2**63 - 1])
    async def test_a_place_that_is_none(self, room: Room, place: int):
        with refused(InvalidFields):
            await watch(room, await room.person(), place).read()

    async def test_nothing_is_left_of_who_has_gone(self, room: Room):
        """A call that is cancelled is forgotten; a new one of the same user is told everything."""
        me, other, conversation_id = await room.pair()
        for n in range(1, 4):
            call = await watching(room, me)
            await room.say(other, conversation_id, f"message {n}")
            await until(call, conversation_id, n, n)
            call.cancel()
            assert await call.code() is grpc.StatusCode.CANCELLED


@pytest.fixture
async def another(room: Room) -> AsyncIterator[tuple[Inboxes, Followers]]:
    """Another process, which hears nothing yet."""
    resources = room.harness.resources
    database, clock = resources.database("messaging"), resources.clock
    streams = connect_for_streams(resources.settings.redis_url.get_secret_value(), block=0.2)
    inboxes = Inboxes(database, clock, asyncio.Event())
    followers = Followers(database, streams, clock, asyncio.Event(), inboxes)
    yield inboxes, followers
    await followers.close()


async def begun(inboxes: Inboxes, who: Someone, after_sequence: int | None = None) -> Any:
    """A stream from `inboxes` that has begun."""
    stream = inboxes.watch(Actor(CallerKind.USER, user_id=who.user_id), after_sequence)
    assert (await anext(stream)).HasField("heartbeat")
    return stream


async def shown(stream: Any) -> Any:
    async with asyncio.timeout(30):
        while not (update := await anext(stream)).HasField("conversation"):
            pass
    return update


class TestMissed:
    async def test_what_was_said_before_a_process_began_to_hear_is_shown(self, room: Room, another: Any):
        """It serves before Redis has answered it for the first time."""
        inboxes, followers = another
        me, other, conversation_id = await room.pair()
        elsewhere = await watching(room, me)
        stream = await begun(inboxes, me)
        waiting = asyncio.create_task(shown(stream))
        await room.say(other, conversation_id, "hello")
        await until(elsewhere, conversation_id, 1, 1)  # the event has been there, and nobody heard it here
        elsewhere.cancel()
        async with working(followers.listen):
            update = await waiting
            assert (update.conversation.conversation_id, update.conversation.unread_count) == (conversation_id, 1)
            await room.say(other, conversation_id, "and now")
            update = await shown(stream)
            assert update.conversation.last_sequence == 2
        await stream.aclose()

    @pytest.mark.parametrize("at_a_time", [1, 50])
    async def test_who_is_cut_off_between_two_conversations_is_shown_the_other_one(
        self, room: Room, another: Any, monkeypatch: pytest.MonkeyPatch, at_a_time: int
    ):
        """One of them has been read just now, on another device: its change is later than that of the other one."""
        monkeypatch.setattr(inbox, "AT_A_TIME", at_a_time)
        inboxes, _ = another
        me = await room.person()
        pairs = [(await room.begin(await room.person(), me)).conversation_id for _ in range(2)]
        now = datetime.now(UTC)
        for conversation_id, hours in zip(pairs, (2, 1), strict=True):
            for table, key in (("conversations", "id"), ("participants", "conversation_id")):
                await room.rows(
                    f"UPDATE messaging.{table} SET last_activity_time = $2 WHERE {key} = $1::uuid",
                    conversation_id,
                    now - timedelta(hours=hours),
                )
        await room.rows(
            "UPDATE messaging.participants SET read_time = $2 WHERE conversation_id = $1::uuid AND user_id = $3",
            pairs[0],
            now,
            me.user_id,
        )
        stream = await begun(inboxes, me, 0)
        first = await shown(stream)
        await stream.aclose()
        assert first.conversation.conversation_id == pairs[0]
        stream = await begun(inboxes, me, first.sequence)
        updates = [await shown(stream) for _ in pairs]
        await stream.aclose()
        assert [update.conversation.conversation_id for update in updates] == pairs
        stream = await begun(inboxes, me, updates[-1].sequence)
        assert (await shown(stream)).conversation.conversation_id == pairs[0], "within the minute before, and no more"
        await stream.aclose()
