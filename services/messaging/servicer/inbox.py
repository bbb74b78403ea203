"""WatchConversations: whatever changes in any of somebody's conversations, each shown as it is now.

What waits for a watcher is which conversations have changed, not what happened in them: it never grows beyond the
conversations that the user has, however slow the watcher and however much is said. Where this process may have missed
events, what has changed since a watcher's place is looked for.
"""

import asyncio
import time
from collections import defaultdict
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

from doorstep.messaging.v1 import conversation_service_pb2 as pb
from doorstep.messaging.v1.messaging_events_pb2 import ConversationRead, MessageSent
from services.chassis.actor import Actor, user_of
from services.chassis.clock import Clock
from services.chassis.db.database import Database
from services.chassis.events.envelope import Received
from services.chassis.mapping import to_time
from services.messaging import mapping
from services.messaging.operations import conversation as operations
from services.messaging.operations.conversation import View

AT_A_TIME = 50
"""Conversations read at a time."""
HEARTBEAT_SECONDS = 8.0
LOOK_SECONDS = 2.0
RETURN_MS = 100
"""When to come back to another process after this one has begun to stop."""
OVERLAP = timedelta(seconds=60)
"""How far before a watcher's place a change is looked for: places are times, and what was changed earlier by its own
time may have been committed later. More than the longest call and the difference of two clocks."""
_MICROSECOND = timedelta(microseconds=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class _Watcher:
    """What waits for one call."""

    def __init__(self) -> None:
        self.changed: dict[UUID, None] = {}
        self.look = False
        """What has changed is to be looked for: nobody will tell of all of it."""
        self.news = asyncio.Event()
        self.moved = time.monotonic()
        """When it was last told something, in seconds."""

    def put(self, *conversation_ids: UUID) -> None:
        self.changed.update(dict.fromkeys(conversation_ids))
        self.news.set()

    def take(self) -> list[UUID]:
        """Some of what waits; what changes from now on is put anew."""
        self.news.clear()
        taken = list(self.changed)[:AT_A_TIME]
        for conversation_id in taken:
            del self.changed[conversation_id]
        return taken


class Inboxes:
    """Everybody in this process who watches all conversations of their own."""

    def __init__(self, database: Database, clock: Clock, draining: asyncio.Event) -> None:
        """End all watching when `draining`."""
        self._database = database
        self._clock = clock
        self._draining = draining
        self._watchers: defaultdict[UUID, set[_Watcher]] = defaultdict(set)

    def hear(self, event: Received) -> None:
        """Tell those whom an event concerns: of messages all who take part, of reading the reader's own devices."""
        if event.meta.type == MessageSent.DESCRIPTOR.full_name:
            said = MessageSent.FromString(event.payload)
            concerned = [said.sender_id, *said.recipient_ids]
        else:
            concerned = [ConversationRead.FromString(event.payload).user_id]
        for user_id in map(UUID, concerned):
            for watcher in self._watchers.get(user_id, ()):
                watcher.put(UUID(event.meta.key))

    def look(self) -> None:
        """Have what has changed looked for, for everybody: this process may not have heard of it."""
        for watchers in self._watchers.values():
            for watcher in watchers:
                watcher.look = True
                watcher.news.set()

    async def drain(self) -> None:
        """Wake everybody when the process stops; runs in the background."""
        await self._draining.wait()
        self._wake(since=time.monotonic())

    async def beat(self) -> None:
        """Have those told that we are here who were told nothing for a while; runs in the background."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            self._wake(since=time.monotonic() - HEARTBEAT_SECONDS)

    def _wake(self, since: float) -> None:
        for watchers in self._watchers.values():
            for watcher in watchers:
                if watcher.moved <= since:
                    watcher.news.set()

    async def watch(self, actor: Actor, after_sequence: int | None) -> AsyncIterator[pb.WatchConversationsResponse]:
        """Yield conversations that have changed after a place, or from now on."""
        me, watcher = user_of(actor), _Watcher()
        watcher.look = after_sequence is not None
        # At least 1: a browser is told no place by 0.
        place = reached = _place_at(self._clock.now()) if after_sequence is None else max(after_sequence, 1)
        self._watchers[me].add(watcher)  # before anything is read: what changes meanwhile is read again
        try:
            yield self._heartbeat()
            while not self._draining.is_set():
                if watcher.look:
                    watcher.look = False
                    watcher.put(*await self._changed(actor, place))
                changed = watcher.take()
                if not changed and not watcher.look:
                    await watcher.news.wait()
                    if not watcher.changed and not watcher.look:
                        yield self._heartbeat()
                        watcher.moved = time.monotonic()
                views = await self._views(actor, changed)
                reached = max([reached, *map(_place_of, views)])
                for n, view in enumerate(views, start=1):
                    # The place moves with the last of all that waits: whoever is cut off before it has missed nothing
                    # that lies before the place.
                    if n == len(views) and not watcher.changed:
                        place = reached
                    yield pb.WatchConversationsResponse(sequence=place, conversation=mapping.conversation(view))
                    watcher.moved = time.monotonic()
            yield pb.WatchConversationsResponse(end=pb.StreamEnd(reason="draining", retry_after_ms=RETURN_MS))
        finally:
            self._watchers[me].discard(watcher)
            if not self._watchers[me]:
                del self._watchers[me]

    async def _changed(self, actor: Actor, place: int) -> list[UUID]:
        async with self._database.read(actor) as tx:
            return await operations.changed_conversations(tx, _EPOCH + place * _MICROSECOND - OVERLAP)

    async def _views(self, actor: Actor, conversation_ids: list[UUID]) -> list[View]:
        if not conversation_ids:
            return []
        async with self._database.read(actor) as tx:
            return await operations.get_conversations(tx, conversation_ids)

    def _heartbeat(self) -> pb.WatchConversationsResponse:
        return pb.WatchConversationsResponse(heartbeat=pb.StreamHeartbeat(time=to_time(self._clock.now())))


def _place_of(view: View) -> int:
    """When the conversation last changed for its viewer, in microseconds."""
    read = next((one.read_time for one in view.participants if one.user_id == view.viewer_id), None)
    last = view.conversation.last_activity_time
    return _place_at(max(last, read or last))


def _place_at(moment: datetime) -> int:
    return (moment - _EPOCH) // _MICROSECOND
