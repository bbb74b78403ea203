"""Housekeeping: what time does to rows. Every process runs it; rows that another one has locked are left to it."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import structlog
from google.protobuf.empty_pb2 import Empty

from services.chassis.actor import SYSTEM
from services.chassis.clock import Clock
from services.chassis.db.database import Database, Transaction
from services.chassis.jobs import Job, upkeep
from services.identity.lockout import QUIET
from services.identity.models.user import AccountLink, PasswordLink, Registration
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
SALTS_KEPT = GRACE + timedelta(minutes=1)
"""Longer than a refresh token may be repeated: without its salt a repetition counts as theft, and whoever answers it
may have a clock that is behind, or have looked at it before waiting for a lock."""
AT_ONCE = 1_000
"""Rows in one transaction."""
_BATCH = 100
"""The same where rows bring others along: a session has a refresh token for every quarter of an hour."""

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
        await self._in_steps(lambda tx: RefreshTokenRepository(tx).forget_salts(now - SALTS_KEPT, AT_ONCE), AT_ONCE)
        for kind in (AccountLink, Registration, PasswordLink):
            await self._in_steps(_links(kind, now), AT_ONCE)
        await self._in_steps(lambda tx: SignInRepository(tx).prune(now - QUIET, AT_ONCE), AT_ONCE)
        await self._in_steps(lambda tx: NotificationRepository(tx).prune(now - NOTIFICATIONS_KEPT, AT_ONCE), AT_ONCE)
        await self._in_steps(lambda tx: SessionRepository(tx).prune(now - ENDED_SESSIONS_KEPT, _BATCH), _BATCH)

    async def _in_steps(self, forget: Callable[[Transaction], Awaitable[int]], step: int) -> None:
        """Forget until less than a step is left, each step in a transaction of its own."""
        gone = step
        while gone == step:
            async with self._database.transaction(SYSTEM) as tx:
                gone = await forget(tx)


def _links(
    kind: type[AccountLink | Registration | PasswordLink], now: datetime
) -> Callable[[Transaction], Awaitable[int]]:
    return lambda tx: LinkRepository(tx).prune(kind, now, AT_ONCE)
