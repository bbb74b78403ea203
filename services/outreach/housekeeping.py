"""What time does to rows: they are forgotten, once a day for the whole platform."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from google.protobuf.empty_pb2 import Empty

from services.chassis.actor import SYSTEM
from services.chassis.clock import Clock
from services.chassis.db.database import Database
from services.chassis.jobs import Job, Schedule, upkeep
from services.outreach.models.delivery import Delivery, MailboxMessage
from services.outreach.models.notification import Notification, Told
from services.outreach.repository.pruning import prune

KEPT: Mapping[type[Any], timedelta] = {
    Delivery: timedelta(days=400),
    MailboxMessage: timedelta(days=30),
    Notification: timedelta(days=400),
    Told: timedelta(days=400),
}
"""How long anybody looks back; attempts go with their deliveries."""
AT_ONCE = 1_000
"""Rows in one transaction."""


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
        for model, kept in KEPT.items():
            gone = AT_ONCE
            while gone == AT_ONCE:
                async with self._database.transaction(SYSTEM) as tx:
                    gone = await prune(tx, model, now - kept, AT_ONCE)
