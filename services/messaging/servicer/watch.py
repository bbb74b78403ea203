"""WatchConversation: one follower per watched conversation and process reads what was said; all its watchers share it.

Places in a conversation have no gaps and become visible in their order, since whoever says something holds the
conversation's row until the commit. So a place is all that a watcher needs to go on: it is given what lies between its
place and the follower's, and then what the follower sends. The service's own events wake followers in every process
within the time that an event takes; a look every few seconds makes it sure.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from uuid import UUID

import structlog
from redis.asyncio import Redis

from doorstep.messaging.v1 import conversation_service_pb2 as pb
from doorstep.messaging.v1.messaging_events_pb2 import ConversationRead, MessageSent
from services.chassis import events
from services.chassis.actor import SYSTEM, Actor
from services.chassis.clock import Clock
from services.chassis.db.database import Database
from services.chassis.events.envelope import Received
from services.chassis.mapping import to_time
from services.chassis.watching import Watcher
from services.messaging import mapping
from services.messaging.errors import SequenceBeyondEnd
from services.messaging.repository.following import FollowingRepository, Receipt, Said
from services.messaging.servicer.inbox import Inboxes

LOOK_SECONDS = 2.0
HEARTBEAT_SECONDS = 8.0
"""With a look in between, 10 at most pass."""
CATCH_UP_SECONDS = 0.01
RETURN_MS = 100
"""When to come back to another process after this one has begun to stop."""
AT_A_TIME = 200
"""Messages read at a time: under a megabyte."""
WAKING = (MessageSent.DESCRIPTOR.full_name, ConversationRead.DESCRIPTOR.full_name)

_log = structlog.get_logger("doorstep.messaging.watch")


class Follower:
    """Follows one conversation for all its watchers in this process."""

    def __init__(self, database: Database, conversation_id: UUID, sequence: int) -> None:
        """Begin after `sequence`."""
        self.sequence = sequence
        self.receipts: dict[UUID, Receipt] = {}
        self.watchers: set[Watcher[int]] = set()
        self.wake = asyncio.Event()
        self.users = 0
        self._database = database
        self._conversation_id = conversation_id

    async def run(self) -> None:
        """Send what is said, and how far everybody is, for as long as somebody watches."""
        while True:
            self.wake.clear()
            # As the system: it reads for all who watch, each of whom was let in as themselves.
            async with self._database.fast_read(SYSTEM) as connection:
                repository = FollowingRepository(connection, self._conversation_id)
                said = await repository.said(self.sequence, None, AT_A_TIME)
                receipts = await repository.receipts()
            spoke: dict[UUID, int] = {}
            for row in said:
                self.sequence = spoke[row.sender_id] = row.sequence
                self._send((row.sequence, _said(row)))
            for receipt in receipts:
                if self.receipts.get(receipt.user_id) == receipt:
                    continue
                self.receipts[receipt.user_id] = receipt
                # A message says by itself how far its sender is: saying so again would double what everybody is sent.
                if spoke.get(receipt.user_id) != receipt.read_sequence:
                    self._send((self.sequence, _receipt(receipt)))
            if len(said) < AT_A_TIME:
                with suppress(TimeoutError):
                    async with asyncio.timeout(LOOK_SECONDS):
                        await self.wake.wait()

    def hear(self, event: Received) -> None:
        """Look, unless what an event tells has been seen: what is said in this process wakes us before its event."""
        if event.meta.type == MessageSent.DESCRIPTOR.full_name:
            seen = self.sequence >= MessageSent.FromString(event.payload).sequence
        else:
            read = ConversationRead.FromString(event.payload)
            receipt = self.receipts.get(UUID(read.user_id))
            seen = receipt is not None and receipt.read_sequence >= read.sequence
        if not seen:
            self.wake.set()

    def _send(self, update: tuple[int, bytes]) -> None:
        for watcher in list(self.watchers):
            watcher.put(update)
            if watcher.slow:
                self.watchers.discard(watcher)
                watcher.wake()


class Followers:
    """All followers of this process."""

    def __init__(
        self, database: Database, streams: Redis, clock: Clock, draining: asyncio.Event, inboxes: Inboxes
    ) -> None:
        """Hear of news through `streams`, a client that may wait; end all watching when `draining`."""
        self._database = database
        self._inboxes = inboxes
        self._streams = streams
        self._clock = clock
        self._draining = draining
        self._followers: dict[UUID, tuple[Follower, asyncio.Task[None]]] = {}

    def wake(self, conversation_id: UUID) -> None:
        """Have a conversation looked at now."""
        known = self._followers.get(conversation_id)
        if known is not None:
            known[0].wake.set()

    async def listen(self) -> None:
        """Hear from all processes that something was said or read, and tell inboxes; runs in the background."""
        async for event in events.watch(self._streams, "messaging", types=WAKING, on_gap=self._inboxes.look):
            known = self._followers.get(UUID(event.meta.key))
            if known is not None:
                known[0].hear(event)
            self._inboxes.hear(event)

    async def drain(self) -> None:
        """Wake everybody when the process stops; runs in the background."""
        await self._draining.wait()
        for follower, _ in self._followers.values():
            for watcher in follower.watchers:
                watcher.wake()

    async def beat(self) -> None:
        """Show those who have nothing to take that we are here; runs in the background."""
        # One timer for all: a limit on every wait of every watcher would cost more than what is waited for.
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            heartbeat, since = self._heartbeat(), time.monotonic() - HEARTBEAT_SECONDS
            for follower, _ in self._followers.values():
                for watcher in follower.watchers:
                    if watcher.idle and watcher.moved <= since:
                        watcher.put((follower.sequence, heartbeat))

    async def watch(self, actor: Actor, conversation_id: UUID, after_sequence: int | None) -> AsyncIterator[bytes]:
        """Yield messages, serialised.

        Raises:
            ConversationNotFound: the caller takes no part in one of this id.
            SequenceBeyondEnd: nothing was said at this place yet.
        """
        async with self._database.fast_read(actor) as connection:
            last = await FollowingRepository(connection, conversation_id).last_sequence()
        place = last if after_sequence is None else after_sequence
        if place > last:
            raise SequenceBeyondEnd(metadata={"last_sequence": str(last)})
        follower = self._follow(conversation_id, last)
        watcher: Watcher[int] = Watcher()
        try:
            yield self._heartbeat()
            # Our follower may be behind what the caller has seen from another process; it will read what we read.
            while follower.sequence < place:
                follower.wake.set()
                await asyncio.sleep(CATCH_UP_SECONDS)
            # From here on nothing waits: what the follower sent before is missed, what it sends after is queued.
            join, receipts = follower.sequence, list(follower.receipts.values())
            follower.watchers.add(watcher)
            while place < join:
                for row in await self._missed(actor, conversation_id, place, join):
                    place = row.sequence
                    yield _said(row)
            for receipt in receipts:
                yield _receipt(receipt)
            async for message in self._live(watcher):
                yield message
        finally:
            follower.watchers.discard(watcher)
            self._leave(conversation_id, follower)

    async def _missed(self, actor: Actor, conversation_id: UUID, after: int, until: int) -> Sequence[Said]:
        async with self._database.fast_read(actor) as connection:
            return await FollowingRepository(connection, conversation_id).said(after, until, AT_A_TIME)

    async def _live(self, watcher: Watcher[int]) -> AsyncIterator[bytes]:
        while not self._draining.is_set():
            for update in watcher.take():
                if update is not None:
                    yield update[1]
                if self._draining.is_set():
                    break
            else:
                if watcher.slow:
                    yield _end("slow_consumer", 1_000)
                    return
                await watcher.wait()
        yield _end("draining", RETURN_MS)

    def _heartbeat(self) -> bytes:
        heartbeat = pb.StreamHeartbeat(time=to_time(self._clock.now()))
        return pb.WatchConversationResponse(heartbeat=heartbeat).SerializeToString()

    def _follow(self, conversation_id: UUID, last: int) -> Follower:
        known = self._followers.get(conversation_id)
        if known is not None:
            known[0].users += 1
            return known[0]
        follower = Follower(self._database, conversation_id, last)
        follower.users = 1
        task = asyncio.create_task(self._run(follower), name="follow")
        self._followers[conversation_id] = (follower, task)
        return follower

    async def _run(self, follower: Follower) -> None:
        while True:
            try:
                await follower.run()
            except Exception:  # noqa: BLE001 - the database may be away: look again
                _log.exception("follow_failed")
                await asyncio.sleep(LOOK_SECONDS)

    def _leave(self, conversation_id: UUID, follower: Follower) -> None:
        follower.users -= 1
        if follower.users == 0:
            self._followers.pop(conversation_id)[1].cancel()

    async def close(self) -> None:
        """Stop following."""
        tasks = [task for _, task in self._followers.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._streams.aclose()


def _said(row: Said) -> bytes:
    return pb.WatchConversationResponse(sequence=row.sequence, message=mapping.message(row)).SerializeToString()


def _receipt(row: Receipt) -> bytes:
    return pb.WatchConversationResponse(participant=mapping.participant(row)).SerializeToString()


def _end(reason: str, retry_after_ms: int) -> bytes:
    end = pb.StreamEnd(reason=reason, retry_after_ms=retry_after_ms)
    return pb.WatchConversationResponse(end=end).SerializeToString()
