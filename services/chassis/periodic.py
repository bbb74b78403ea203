"""Work that a process does again and again: housekeeping, expiry, sweeping."""

import asyncio
import functools
from collections.abc import Awaitable, Callable


def every(seconds: float, work: Callable[[], Awaitable[object]]) -> Callable[[], Awaitable[None]]:
    """Make background work for `App.background`: `work` at once, and again `seconds` after each end.

    Every process does it, so `work` must leave alone what another process is at. When it fails, it is logged and begun
    again a second later, as all background work is.
    """

    @functools.wraps(work)
    async def run() -> None:
        while True:
            await work()
            await asyncio.sleep(seconds)

    return run
