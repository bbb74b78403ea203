"""What time does to rows: they are forgotten. Every process runs it; removing what is gone does nothing."""

from datetime import timedelta

from services.chassis.actor import SYSTEM
from services.chassis.clock import Clock
from services.chassis.db.database import Database
from services.outreach.repository.delivery import DeliveryRepository, MailboxRepository
from services.outreach.repository.notification import NotificationRepository

EVERY = timedelta(hours=1)
NOTIFICATIONS_KEPT = timedelta(days=400)
DELIVERIES_KEPT = timedelta(days=400)
MAILBOX_KEPT = timedelta(days=30)


class Housekeeping:
    """Prunes."""

    def __init__(self, database: Database, clock: Clock) -> None:
        """Work on `database` by `clock`."""
        self._database = database
        self._clock = clock

    async def once(self) -> None:
        """Tidy up now."""
        now = self._clock.now()
        async with self._database.transaction(SYSTEM) as tx:
            await DeliveryRepository(tx).prune(now - DELIVERIES_KEPT)
            await MailboxRepository(tx).prune(now - MAILBOX_KEPT)
            await NotificationRepository(tx).prune(now - NOTIFICATIONS_KEPT)
