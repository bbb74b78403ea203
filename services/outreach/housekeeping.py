"""What time does to rows: they are forgotten, once a day for the whole platform."""

from datetime import timedelta

from google.protobuf.empty_pb2 import Empty

from services.chassis.actor import SYSTEM
from services.chassis.clock import Clock
from services.chassis.db.database import Database
from services.chassis.jobs import Job, Schedule, upkeep
from services.outreach.repository.delivery import DeliveryRepository, MailboxRepository
from services.outreach.repository.notification import NotificationRepository

NOTIFICATIONS_KEPT = timedelta(days=400)
DELIVERIES_KEPT = timedelta(days=400)
MAILBOX_KEPT = timedelta(days=30)


class Housekeeping:
    """Prunes."""

    def __init__(self, database: Database, clock: Clock) -> None:
        """Work on `database` by `clock`."""
        self._database = database
        self._clock = clock

    def job(self) -> Job[Empty]:
        """As the worker wants it."""
        return upkeep(
            "outreach.tidy", "Forget old notifications, deliveries and mail", self.once, Schedule("10 4 * * *")
        )

    async def once(self) -> None:
        """Tidy up now."""
        now = self._clock.now()
        async with self._database.transaction(SYSTEM) as tx:
            await DeliveryRepository(tx).prune(now - DELIVERIES_KEPT)
            await MailboxRepository(tx).prune(now - MAILBOX_KEPT)
            await NotificationRepository(tx).prune(now - NOTIFICATIONS_KEPT)
