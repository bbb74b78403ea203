"""What time does to requests that nobody answers."""

from doorstep.partnership.v1 import partnership_jobs_pb2 as pb
from services.chassis.actor import SYSTEM
from services.chassis.clock import Clock
from services.chassis.db.database import Database
from services.chassis.ids import parse_id
from services.chassis.jobs import Job, JobContext
from services.partnership.operations import engagement, partner_request


class Expiry:
    """Lets requests lapse. As the system: a request lies between two users, whose organisations have no part in it."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._db = database
        self._clock = clock

    def jobs(self) -> tuple[Job[pb.ExpirePartnerRequestJob], Job[pb.ExpireEngagementJob]]:
        """The jobs, as the worker wants them."""
        return (
            Job(partner_request.EXPIRE_JOB, self.expire_request, pb.ExpirePartnerRequestJob),
            Job(engagement.EXPIRE_JOB, self.expire_engagement, pb.ExpireEngagementJob),
        )

    async def expire_request(self, context: JobContext, payload: pb.ExpirePartnerRequestJob) -> None:
        """Let a request for a partnership lapse, unless it was answered."""
        async with self._db.transaction(SYSTEM) as tx:
            await partner_request.expire_partner_request(tx, parse_id(payload.partner_request_id), self._clock.now())

    async def expire_engagement(self, context: JobContext, payload: pb.ExpireEngagementJob) -> None:
        """Let a request to an agent lapse, unless it was answered."""
        async with self._db.transaction(SYSTEM) as tx:
            await engagement.expire_engagement(tx, parse_id(payload.engagement_id), self._clock.now())
