"""Background work of offers; that of payments stands in `payment_jobs`."""

from doorstep.deal.v1.deal_jobs_pb2 import ExpireOfferJob
from services.chassis.actor import system_for
from services.chassis.clock import Clock
from services.chassis.ids import parse_id
from services.chassis.jobs import Job, JobContext
from services.deal.operations.offer import EXPIRE_JOB, expire_offer


class OfferExpiry:
    """Ends terms that nobody has answered in time. The job was enqueued with the terms, so none is forgotten."""

    def __init__(self, clock: Clock) -> None:
        """Work by `clock`."""
        self._clock = clock

    def job(self) -> Job[ExpireOfferJob]:
        """What the queue needs to know."""
        return Job(EXPIRE_JOB, self.run, ExpireOfferJob)

    async def run(self, context: JobContext, payload: ExpireOfferJob) -> None:
        """End the terms, unless they were answered meanwhile; doing it twice does it once."""
        actor = system_for(parse_id(payload.organization_id))
        async with context.database.transaction(actor) as tx:
            await expire_offer(tx, parse_id(payload.offer_id), payload.round, self._clock.now())
