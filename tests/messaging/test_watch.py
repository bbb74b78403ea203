"""WatchConversation: everything once and in order, for whoever comes back, and for whoever is there."""

import asyncio
from typing import Any
from uuid import UUID

import pytest
from google.protobuf.message import Message

from doorstep.messaging.v1.messaging_events_pb2 import ConversationRead, MessageSent
from services.chassis.actor import Actor, CallerKind
from services.chassis.events.envelope import EventMeta, Received
from services.chassis.ids import new_id
from services.chassis.redis import connect_for_streams
from services.chassis.testing import refused
from services.messaging import errors
from services.messaging.repository.following import Receipt
from services.messaging.servicer.inbox import Inboxes
from services.messaging.servicer.watch import Follower, Followers
from tests.chassis.bakery import eventually
from tests.messaging.conftest import Room, take


class TestWatch:
    async def test_from_the_beginning_and_then_live(self, room: Room):
        one, other, conversation_id = await room.pair()
        for n in range(3):
            await room.say(one, conversation_id, f"before {n}")
        call = room.watch(other, conversation_id, 0)
        assert [u.sequence for u in await take(call, "message", 3)] == [1, 2, 3]
        await room.say(one, conversation_id, "after")
        (update,) = await take(call, "message", 1)
        assert (update.sequence, update.message.text) == (4, "after")
        call.cancel()

    async def test_only_what_comes(self, room: Room):
        one, other, conversation_id = await room.pair()
        await room.say(one, conversation_id, "before")
        call = room.watch(other, conversation_id)
        await take(call, "heartbeat", 1)
        await room.say(one, conversation_id, "after")
        assert [u.message.text for u in await take(call, "message", 1)] == ["after"]
        call.cancel()

    async def test_more_than_is_read_at_a_time(self, room: Room):
        one, other, conversation_id = await room.pair()
        await room.rows(
            "INSERT INTO messaging.messages SELECT $1::uuid, n, gen_random_uuid(), $2::uuid, n::text, 'x', now() "
            "FROM generate_series(1, 450) n",
            conversation_id,
            one.user_id,
        )
        for table, key in (("conversations", "id"), ("participants", "conversation_id")):
            await room.rows(f"UPDATE messaging.{table} SET last_sequence = 450 WHERE {key} = $1::uuid", conversation_id)
        call = room.watch(other, conversation_id, 0)
        assert [u.sequence for u in await take(call, "message", 450)] == list(range(1, 451))
        call.cancel()

    async def test_many_cuts(self, room: Room):
        """A client that loses its line again and again, while somebody talks: each message once, in order."""
        one, other, conversation_id = await room.pair()

        async def talk() -> None:
            for n in range(60):
                await room.say(one, conversation_id, f"message {n}")

        talking = asyncio.create_task(talk())
        seen: list[int] = []
        while len(seen) < 60:
            call = room.watch(other, conversation_id, seen[-1] if seen else 0)
            seen += [u.sequence for u in await take(call, "message", min(7, 60 - len(seen)))]
            call.cancel()
        await talking
        assert seen == list(range(1, 61))

    async def test_shows_how_far_the_others_are(self, room: Room):
        one, other, conversation_id = await room.pair()
        await room.say(one, conversation_id, "hello")
        call = room.watch(one, conversation_id)
        begin = await take(call, "participant", 2)
        assert {u.participant.user_id: u.participant.read_sequence for u in begin} == {one.id: 1, other.id: 0}
        await room.read(other, conversation_id, 1)
        (update,) = await take(call, "participant", 1)
        assert (update.participant.user_id, update.participant.read_sequence) == (other.id, 1)
        call.cancel()

    async def test_not_beyond_the_end(self, room: Room):
        one, _, conversation_id = await room.pair()
        with refused(errors.SequenceBeyondEnd):
            await room.watch(one, conversation_id, 1).read()

    async def test_followers_end_with_their_watchers(self, room: Room):
        one, other, conversation_id = await room.pair()
        calls = [room.watch(who, conversation_id, 0) for who in (one, other)]
        for call in calls:
            await take(call, "heartbeat", 1)
        await room.say(one, conversation_id, "hello")
        for call in calls:
            assert [u.sequence for u in await take(call, "message", 1)] == [1]
            call.cancel()

    @pytest.mark.parametrize("steps", range(6))
    async def test_a_follower_ends_also_where_something_is_said_just_then(self, room: Room, steps: int):
        """`steps` of the loop after it was woken."""
        resources = room.harness.resources
        one, _, conversation_id = await room.pair()
        database, clock, never = resources.database("messaging"), resources.clock, asyncio.Event()
        streams = connect_for_streams(resources.settings.redis_url.get_secret_value())
        followers = Followers(database, streams, clock, never, Inboxes(database, clock, never))
        before = asyncio.all_tasks()
        stream = followers.watch(Actor(CallerKind.USER, user_id=one.user_id), UUID(conversation_id), None)
        for _ in range(3):  # the heartbeat, and how far both are: now it waits
            await anext(stream)
        (following,) = [task for task in asyncio.all_tasks() - before if task.get_name() == "follow"]
        await eventually(lambda: _waits(following))
        followers.wake(UUID(conversation_id))
        for _ in range(steps):
            await asyncio.sleep(0)
        await stream.aclose()
        await asyncio.wait({following}, timeout=10)
        assert following.done()
        await followers.close()


def _waits(task: asyncio.Task[None]) -> bool:
    """Whether a follower has read and waits for more: its innermost frame is the event's."""
    frame: Any = task.get_coro()
    names = []
    while frame is not None:
        names.append(getattr(frame, "__qualname__", ""))
        frame = getattr(frame, "cr_await", None)
    return "Event.wait" in names or "wait_for" in names


class TestHearing:
    """Events of this process tell a follower what it has read already; those of others do not."""

    USER = new_id()

    @pytest.mark.parametrize(
        ("event", "news"),
        [
            (MessageSent(sequence=5), False),
            (MessageSent(sequence=6), True),
            (ConversationRead(user_id=str(USER), sequence=3), False),
            (ConversationRead(user_id=str(USER), sequence=4), True),
            (ConversationRead(user_id=str(new_id()), sequence=1), True),
        ],
        ids=["said and seen", "said", "read and seen", "read", "read by somebody new"],
    )
    async def test_only_news_is_looked_at(self, room: Room, event: Message, news: bool) -> None:
        conversation_id = new_id()
        follower = Follower(room.harness.resources.database("messaging"), conversation_id, 5)
        follower.receipts[self.USER] = Receipt(self.USER, 3, 3, None)
        meta = EventMeta(
            event_id=new_id(),
            type=event.DESCRIPTOR.full_name,
            key=str(conversation_id),
            organization_id=None,
            position=1,
            source="messaging",
            create_time=room.harness.clock.now(),
        )
        follower.hear(Received(meta, event.SerializeToString()))
        assert follower.wake.is_set() is news
