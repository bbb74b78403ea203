"""What waits for one caller of a server stream: updates that many callers share, bounded for the one that is slow."""

import asyncio
import time
from collections import deque
from collections.abc import Iterator
from typing import Generic, TypeVar

QUEUE = 1_000
"""Messages that may wait for one watcher; a slower one is asked to come back."""
QUEUE_BYTES = 4 << 20
"""Likewise in bytes. Those who watch the same thing share the bytes: it holds so much, not each of its watchers."""

Place = TypeVar("Place")
"""Where a message stands among what is watched: whatever the service goes on from."""


class Watcher(Generic[Place]):
    """What waits for one call, bounded in number and in bytes."""

    def __init__(self) -> None:
        """Begin empty."""
        self.slow = False
        """It was given up on: what it has not taken is not all that there is."""
        self.moved = time.monotonic()
        """When it last took something, in seconds."""
        self._updates: deque[tuple[Place, bytes] | None] = deque()
        self._bytes = 0
        self._news: asyncio.Future[None] | None = None

    @property
    def idle(self) -> bool:
        """Whether it has taken everything."""
        return not self._updates

    def put(self, update: tuple[Place, bytes] | None) -> None:
        """Leave an update, or None as the last one; a watcher for which too much waits becomes `slow` instead."""
        size = 0 if update is None else len(update[1])
        if len(self._updates) >= QUEUE or (self._updates and self._bytes + size > QUEUE_BYTES):
            self.slow = True
            return
        self._updates.append(update)
        self._bytes += size
        self.wake()

    def wake(self) -> None:
        """Let `wait` return."""
        if self._news is not None and not self._news.done():
            self._news.set_result(None)

    async def wait(self) -> None:
        """Wait until there is something to take, or until `wake`."""
        if self._updates:
            return
        self._news = asyncio.get_running_loop().create_future()
        try:
            await self._news
        finally:
            self._news = None

    def take(self) -> Iterator[tuple[Place, bytes] | None]:
        """Take what waits."""
        while self._updates:
            update = self._updates.popleft()
            self._bytes -= 0 if update is None else len(update[1])
            self.moved = time.monotonic()
            yield update
