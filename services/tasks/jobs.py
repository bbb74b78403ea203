"""What time does to requests: they are forgotten, once their tasks have ended. What was done is kept."""

from datetime import timedelta

from google.protobuf.empty_pb2 import Empty

from services.chassis.actor import SYSTEM
from services.chassis.clock import Clock
from services.chassis.db.database import Database
from services.chassis.jobs import Job, Schedule, upkeep
from services.tasks.repository import RequestRepository

KEPT = timedelta(days=90)
AT_ONCE = 1_000
"""Rows in one transaction."""


class Housekeeping:
    """Prunes, once a day for the whole platform."""

    def __init__(self, database: Database, clock: Clock) -> None:
        """Work on `database` by `clock`."""
        self._database = database
        self._clock = clock

    def job(self) -> Job[Empty]:
        """As the worker wants it."""
        return upkeep("tasks.tidy", "Forget who asked for tasks 90 days ago", self.once, Schedule("40 3 * * *"))

    async def once(self) -> None:
        """Forget old requests."""
        before, gone = self._clock.now() - KEPT, AT_ONCE
        while gone == AT_ONCE:
            async with self._database.transaction(SYSTEM) as tx:
                gone = await RequestRepository(tx).prune(before, AT_ONCE)
