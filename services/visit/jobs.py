"""Background jobs: visits that lapse, and reminders. Each looks at the visit again before it does anything."""

from doorstep.visit.v1 import visit_jobs_pb2 as pb
from services.chassis.actor import system_for
from services.chassis.clock import Clock
from services.chassis.db.database import Database
from services.chassis.ids import parse_id
from services.chassis.jobs import Job, JobContext
from services.visit.operations import visit as operations
from services.visit.operations.common import EXPIRE_JOB, REMIND_JOB


class VisitJobs:
    """What time does to visits.

    The organisation is that of the visit, as the payload names it: a buyer who caused the job acts for none.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._db = database
        self._clock = clock

    def all(self) -> list[Job[pb.ExpireVisitJob] | Job[pb.RemindVisitJob]]:
        """The jobs, as the worker wants them."""
        return [
            Job(EXPIRE_JOB, self._expire, pb.ExpireVisitJob),
            Job(REMIND_JOB, self._remind, pb.RemindVisitJob),
        ]

    async def _expire(self, context: JobContext, payload: pb.ExpireVisitJob) -> None:
        await self.expire(payload)

    async def expire(self, payload: pb.ExpireVisitJob) -> bool:
        """Let a visit lapse; say whether it still had to be done. Twice is once: the state says what is left to do."""
        async with self._db.transaction(system_for(parse_id(payload.organization_id))) as tx:
            return await operations.expire_visit(
                tx, parse_id(payload.visit_id), sequence=payload.sequence, now=self._clock.now()
            )

    async def _remind(self, context: JobContext, payload: pb.RemindVisitJob) -> None:
        """Remind once, however often the job runs."""
        async with context.once("remind", system_for(parse_id(payload.organization_id))) as tx:
            if tx is not None:
                await operations.remind_visit(
                    tx,
                    parse_id(payload.visit_id),
                    sequence=payload.sequence,
                    minutes_before=payload.minutes_before,
                    now=self._clock.now(),
                )
