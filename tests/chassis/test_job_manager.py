"""pgqueuer's manager probes its listener only when it listens."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import asyncpg
import pytest
from pgqueuer.core.qm import QueueManager
from pgqueuer.db import AsyncpgPoolDriver

from services.chassis.db.queue import SETTINGS, queries
from services.chassis.jobs.manager import Manager
from tests.fixtures.servers import TestDatabase

INTERVAL = timedelta(seconds=1)


class Deaf(AsyncpgPoolDriver):
    """Takes a while to begin to listen, as on a busy machine."""

    async def add_listener(self, *arguments: Any) -> None:
        await asyncio.sleep(0.3)
        await super().add_listener(*arguments)


@pytest.mark.parametrize(("kind", "hears"), [(Manager, True), (QueueManager, False)])
async def test_the_first_probe_is_heard(
    kind: type[QueueManager], hears: bool, clone_database: Callable[[], TestDatabase], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: pgqueuer's own begins too early. When it needs no class of ours any more, this fails."""
    probe = kind._run_periodic_health_check
    monkeypatch.setattr(kind, "_run_periodic_health_check", lambda self: probe(self, INTERVAL))
    async with asyncpg.create_pool(clone_database().url, min_size=1, max_size=4) as pool:
        manager = kind(queries(Deaf(pool)), SETTINGS.channel)
        working = asyncio.create_task(
            manager.run(dequeue_timeout=INTERVAL, batch_size=1, shutdown_on_listener_failure=True)
        )
        done, _ = await asyncio.wait({working}, timeout=3 * INTERVAL.total_seconds())
        assert (not done) is hears
        manager.shutdown.set()
        await asyncio.wait({working})
        assert (working.exception() is None) is hears
