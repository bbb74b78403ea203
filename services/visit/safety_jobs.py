"""The job that takes the steps of safety watches: each looks at the watch again before it does anything."""

from doorstep.visit.v1 import safety_jobs_pb2 as pb
from services.chassis.actor import SYSTEM
from services.chassis.clock import Clock
from services.chassis.ids import parse_id
from services.chassis.jobs import Job, JobContext
from services.visit.operations import safety as operations
from services.visit.operations.safety import ESCALATE_JOB


class SafetyJobs:
    """What time does to safety watches; a watch is its user's alone, so the system looks."""

    def __init__(self, clock: Clock) -> None:
        """Go by `clock`."""
        self._clock = clock

    def all(self) -> list[Job[pb.EscalateSafetyJob]]:
        """The jobs, as the worker wants them. People wait for it: it is tried for hours before it is given up."""
        return [Job(ESCALATE_JOB, self.escalate, pb.EscalateSafetyJob, max_attempts=30)]

    async def escalate(self, context: JobContext, payload: pb.EscalateSafetyJob) -> None:
        """Take a step once, however often the job runs."""
        async with context.once("step", SYSTEM) as tx:
            if tx is not None:
                await operations.escalate(
                    tx,
                    parse_id(payload.watch_id),
                    round_=payload.round,
                    step=payload.step,
                    now=self._clock.now(),
                )
