"""What time does to requests: they are forgotten. What was done to tasks is kept for good."""

from datetime import timedelta

from google.protobuf.empty_pb2 import Empty

from services.chassis.actor import SYSTEM
from services.chassis.clock import Clock
from services.chassis.jobs import OPERATE, Job, JobContext, OnRequest, Priority, Schedule
from services.tasks.repository import RequestRepository

KEPT = timedelta(days=90)


class Housekeeping:
    """Prunes, once a day for the whole platform."""

    def __init__(self, clock: Clock) -> None:
        """Work by `clock`."""
        self._clock = clock

    def job(self) -> Job[Empty]:
        """As the worker wants it."""
        return Job(
            "tasks.tidy",
            self.run,
            Empty,
            priority=Priority.LOW,
            on_request=OnRequest("Forget who asked for tasks that ended 90 days ago", OPERATE, single=True),
            schedule=Schedule("40 3 * * *"),
        )

    async def run(self, context: JobContext, _payload: Empty) -> None:
        """Forget old requests."""
        async with context.database.transaction(SYSTEM) as tx:
            await RequestRepository(tx).prune(self._clock.now() - KEPT)
