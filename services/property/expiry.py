"""Listings whose owner's contract has run out expire by themselves.

Every process looks; of two that find the same listing the second one sees, under the lock, that it is done.
"""

from datetime import timedelta

import structlog
from google.protobuf.empty_pb2 import Empty
from prometheus_client import Counter

from services.chassis.actor import SYSTEM, Actor, system_for
from services.chassis.clock import Clock
from services.chassis.db.database import Database
from services.chassis.jobs import Job, JobContext, OnRequest
from services.property.operations.listing import EXPIRING, expire_listing, run_out_before
from services.property.repository.listing import ListingRepository

EVERY = timedelta(minutes=1)
_BATCH = 200

EXPIRED = Counter(
    "doorstep_listings_expired_total", "Listings that have expired by themselves, or failed to.", ["outcome"]
)

log = structlog.get_logger("doorstep.property.expiry")


class Expiry:
    """Expires listings after the last day of their contract."""

    def __init__(self, database: Database, clock: Clock) -> None:
        """Work on `database` by `clock`."""
        self._database = database
        self._clock = clock

    def job(self) -> Job[Empty]:
        """The same on request, for those who cannot wait for the next minute."""

        async def handle(context: JobContext, _payload: Empty) -> None:
            await self.once(context.actor)

        request = OnRequest("Expire listings whose contract has run out", "property.write")
        return Job("property.expire", handle, Empty, on_request=request, interruptible=True)

    async def once(self, actor: Actor = SYSTEM) -> int:
        """Expire what is due now, each listing in a transaction of its own; return how many this process did.

        Args:
            actor: Only what this one sees: an organisation's own.
        """
        done, after = 0, None
        while True:
            now = self._clock.now()
            async with self._database.read(actor) as tx:
                due = await ListingRepository(tx).overdue(EXPIRING, run_out_before(now), _BATCH, after)
            for _, organization_id, listing_id in due:
                try:
                    async with self._database.transaction(system_for(organization_id)) as tx:
                        done += await expire_listing(tx, listing_id, now)
                except Exception:  # one that fails must not keep the others on the market; it is tried again
                    EXPIRED.labels("failed").inc()
                    log.exception("listing_not_expired", listing_id=str(listing_id))
            if len(due) < _BATCH:
                break
            after = due[-1]
        if done:
            EXPIRED.labels("expired").inc(done)
            log.info("listings_expired", count=done)
        return done
