"""Housekeeping: what time does to rows. Every process runs it; rows that another one has locked are left to it."""

from datetime import timedelta

import structlog
from google.protobuf.empty_pb2 import Empty

from services.chassis.actor import SYSTEM
from services.chassis.clock import Clock
from services.chassis.db.database import Database
from services.chassis.jobs import Job, upkeep
from services.identity.lockout import QUIET
from services.identity.operations.invitation import settle
from services.identity.operations.user import erase_due_users
from services.identity.repository.notification import NotificationRepository
from services.identity.repository.role import InvitationRepository
from services.identity.repository.session import RefreshTokenRepository, SessionRepository
from services.identity.repository.user import LinkRepository, SignInRepository
from services.identity.secret_tokens import GRACE

EVERY = timedelta(minutes=1)
ENDED_SESSIONS_KEPT = timedelta(days=30)
"""So that a refresh token that turns up late is still recognised as one of ours."""
NOTIFICATIONS_KEPT = timedelta(days=30)
_BATCH = 100

_log = structlog.get_logger("doorstep.identity.housekeeping")


class Housekeeping:
    """Erases, expires and prunes."""

    def __init__(self, database: Database, clock: Clock) -> None:
        """Work on `database` by `clock`."""
        self._database = database
        self._clock = clock

    def job(self) -> Job[Empty]:
        """The same on request, for operators who cannot wait for the next minute."""
        return upkeep("identity.tidy", "Erase users who are due, let invitations lapse, forget the old", self.once)

    async def once(self) -> None:
        """Tidy up now, each kind of row in its own short transaction."""
        now = self._clock.now()
        async with self._database.transaction(SYSTEM) as tx:
            erased = await erase_due_users(tx, now=now)
        if erased:
            _log.info("users_erased", count=erased)
        async with self._database.transaction(SYSTEM) as tx:
            for invitation in await InvitationRepository(tx).overdue(now, _BATCH):
                settle(invitation, now)
        async with self._database.transaction(SYSTEM) as tx:
            await RefreshTokenRepository(tx).forget_salts(now - GRACE)
        async with self._database.transaction(SYSTEM) as tx:
            await LinkRepository(tx).prune(now)
            await SignInRepository(tx).prune(now - QUIET)
            await NotificationRepository(tx).prune(now - NOTIFICATIONS_KEPT)
        async with self._database.transaction(SYSTEM) as tx:
            await SessionRepository(tx).prune(now - ENDED_SESSIONS_KEPT)
