"""WatchNotifications: inboxes as they grow.

A watcher reads its own rows after its own place, so it misses nothing and gets nothing twice, whatever is restarted.
Being woken by the service's own events only makes it quick; a look every few seconds makes it sure. One reader of the
events per process wakes all watchers in it.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import suppress
from uuid import UUID

from redis.asyncio import Redis

from doorstep.outreach.v1 import notification_service_pb2 as pb
from doorstep.outreach.v1.outreach_events_pb2 import NotificationPosted
from services.chassis.actor import Actor
from services.chassis.clock import Clock
from services.chassis.db.database import Database
from services.chassis.events import watch as follow
from services.chassis.mapping import set_time
from services.outreach import mapping
from services.outreach.operations import notification as operations
from services.outreach.repository.following import following

LOOK_SECONDS = 5.0
"""Longest time until an entry is seen whose event was lost."""
HEARTBEAT_SECONDS = 10.0
AT_A_TIME = 100
RETURN_MS = 100
"""When to come back to another process after this one has begun to stop."""


class Watchers:
    """All watchers of a process."""

    def __init__(self, database: Database, redis: Redis, clock: Clock, draining: asyncio.Event) -> None:
        """Read from `database`, be woken over `redis` (a client of its own, made by `connect_for_streams`)."""
        self._database = database
        self._redis = redis
        self._clock = clock
        self._draining = draining
        self._waiting: defaultdict[UUID, set[asyncio.Event]] = defaultdict(set)

    async def run(self) -> None:
        """Wake those whose inbox has grown, for as long as the process lives."""
        async for event in follow(self._redis, "outreach", types=(NotificationPosted.DESCRIPTOR.full_name,)):
            posted = NotificationPosted.FromString(event.payload)
            for waiting in self._waiting.get(UUID(posted.user_id), ()):
                waiting.set()

    async def drain(self) -> None:
        """Wake everybody when the process stops; runs in the background."""
        await self._draining.wait()
        for waiting in self._waiting.values():
            for woken in waiting:
                woken.set()

    async def watch(
        self, actor: Actor, user_id: UUID, after: int | None
    ) -> AsyncIterator[pb.WatchNotificationsResponse]:
        """Stream an inbox.

        Args:
            actor: The caller: row-level security shows it its own rows only.
            user_id: The caller's id.
            after: Place to go on from; the newest when None.

        Raises:
            SequenceBeyondEnd
        """
        woken = asyncio.Event()
        self._waiting[user_id].add(woken)
        try:
            async with self._database.read(actor) as tx:
                after = await operations.place_to_watch_from(tx, after)
            loop = asyncio.get_running_loop()
            silent_until = loop.time() + HEARTBEAT_SECONDS
            yield self._heartbeat(after)
            while not self._draining.is_set():
                woken.clear()
                async with self._database.fast_read(actor) as connection:
                    rows = await following(connection, after, AT_A_TIME)
                for row in rows:
                    after = row.sequence or after
                    yield pb.WatchNotificationsResponse(sequence=after, notification=mapping.to_notification(row))
                if rows:
                    silent_until = loop.time() + HEARTBEAT_SECONDS
                if len(rows) == AT_A_TIME:
                    continue
                with suppress(TimeoutError):
                    async with asyncio.timeout(min(LOOK_SECONDS, max(0.0, silent_until - loop.time()))):
                        await woken.wait()
                if loop.time() >= silent_until:
                    yield self._heartbeat(after)
                    silent_until = loop.time() + HEARTBEAT_SECONDS
            yield pb.WatchNotificationsResponse(
                sequence=after, end=pb.InboxStreamEnd(reason="draining", retry_after_ms=RETURN_MS)
            )
        finally:
            self._waiting[user_id].discard(woken)
            if not self._waiting[user_id]:
                del self._waiting[user_id]

    def _heartbeat(self, sequence: int) -> pb.WatchNotificationsResponse:
        heartbeat = pb.InboxHeartbeat()
        set_time(heartbeat, "time", self._clock.now())
        return pb.WatchNotificationsResponse(sequence=sequence, heartbeat=heartbeat)

    async def close(self) -> None:
        """Let go of Redis."""
        await self._redis.aclose()
