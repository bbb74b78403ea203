"""What time does to requests: they are forgotten. What was done to tasks is kept for good."""

from datetime import timedelta

from google.protobuf.empty_pb2 import Empty

from services.chassis.actor import SYSTEM
from services.chassis.clock import Clock
from services.chassis.db.database import Database
from services.chassis.jobs import Job, Schedule, upkeep
from services.tasks.repository import RequestRepository

KEPT = timedelta(days=90)


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
        async with self._database.transaction(SYSTEM) as tx:
            await RequestRepository(tx).prune(self._clock.now() - KEPT)
