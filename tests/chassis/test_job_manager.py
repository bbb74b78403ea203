"""pgqueuer's manager probes its listener only when it listens."""

import asyncio
import functools
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import asyncpg
import pytest
from pgqueuer.core.qm import QueueManager
from pgqueuer.db import AsyncpgPoolDriver

from services.chassis.db.queue import SETTINGS, queries
from services.chassis.jobs.manager import Manager
from tests.fixtures.servers import TestDatabase

INTERVAL = timedelta(seconds=2)


class Deaf(AsyncpgPoolDriver):
    """Takes a while to begin to listen, as on a busy machine: until it is told to."""

    begin: Callable[[], Awaitable[Any]]

    async def add_listener(self, *arguments: Any) -> None:
        await self.begin()
        await super().add_listener(*arguments)


@pytest.mark.parametrize(("kind", "hears"), [(Manager, True), (QueueManager, False)])
async def test_the_first_probe_is_heard(
    kind: type[QueueManager], hears: bool, clone_database: Callable[[], TestDatabase], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: pgqueuer's own begins too early. When it needs no class of ours any more, this fails."""
    probe, healthy = kind._run_periodic_health_check, kind.listener_healthy
    asked, heard = asyncio.Event(), asyncio.Event()

    async def remembered(self: QueueManager, timeout: timedelta) -> Any:
        found = await healthy(self, timeout if not hears else timedelta(seconds=60))
        heard.set()
        return found

    monkeypatch.setattr(kind, "_run_periodic_health_check", lambda self: probe(self, INTERVAL))
    monkeypatch.setattr(kind, "listener_healthy", remembered)
    async with asyncpg.create_pool(clone_database().url, min_size=1, max_size=4) as pool:
        driver = Deaf(pool)
        manager = kind(queries(driver), SETTINGS.channel)
        notify = manager.queries.notify_health_check

        async def noticed(*arguments: Any) -> None:
            await notify(*arguments)
            asked.set()

        monkeypatch.setattr(manager.queries, "notify_health_check", noticed)
        driver.begin = functools.partial(asyncio.sleep, 0.3) if hears else asked.wait
        working = asyncio.create_task(
            manager.run(dequeue_timeout=INTERVAL, batch_size=1, shutdown_on_listener_failure=True)
        )
        hearing = asyncio.create_task(heard.wait())
        await asyncio.wait({working, hearing}, return_when=asyncio.FIRST_COMPLETED)
        assert (heard.is_set(), working.done()) == (hears, not hears)
        hearing.cancel()
        manager.shutdown.set()
        await asyncio.wait({working})
        assert (working.exception() is None) is hears
