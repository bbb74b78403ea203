"""WatchConversations: all conversations of somebody in one stream, as they change."""

import asyncio
from typing import Any

import grpc
import pytest

from doorstep.messaging.v1 import conversation_service_pb2 as pb
from services.chassis.errors import InvalidFields
from services.chassis.testing import refused
from services.messaging.operations.conversation import CATCH_UP
from services.messaging.servicer.inbox import OVERLAP
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
