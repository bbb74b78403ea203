"""pgqueuer's manager, with a probe of the listener that waits until there is one.

pgqueuer 1.6.0 starts to probe before it listens. Where its first probe wins that race nobody hears it, and ten seconds
later the worker is taken for deaf and begins again, with all that it was doing put back.
"""

import asyncio
from contextlib import suppress
from datetime import timedelta

from pgqueuer.core.qm import QueueManager


class Manager(QueueManager):
    """A `QueueManager` whose first probe comes after one interval; listening begins at once."""

    async def _run_periodic_health_check(self, interval: timedelta = timedelta(seconds=10)) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(interval.total_seconds()):
                await self.shutdown.wait()
        await super()._run_periodic_health_check(interval)
