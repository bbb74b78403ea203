"""What users are called, for answers that show one user to another.

Asked of identity when an answer is read, and kept nowhere: a name that is changed or erased is so everywhere at once,
there is nothing to fill when a service joins, and no personal data in events. The price is one call for a page.
"""

from collections.abc import Iterable, Mapping
from uuid import UUID

import grpc
import structlog

from services.chassis.directory import Directory
from services.chassis.errors import DeadlineExceeded, DependencyUnavailable

TIMEOUT = 0.5
"""Seconds: an answer is better without names than late."""

_log = structlog.get_logger("doorstep.names")


class Names:
    """Asks identity what users are called."""

    def __init__(self, directory: Directory) -> None:
        """Ask by `directory`."""
        self._directory = directory

    async def of(self, user_ids: Iterable[UUID]) -> Mapping[UUID, str]:
        """Names to show by user, "" for one who is gone; none at all where identity does not answer.

        One call for up to 100 users. Never within a transaction: it would hold its locks meanwhile.
        """
        wanted = list(dict.fromkeys(user_ids))
        try:
            known = await self._directory.users(wanted, timeout=TIMEOUT)
        except (DependencyUnavailable, DeadlineExceeded, grpc.aio.AioRpcError) as error:
            _log.warning("names_unknown", users=len(wanted), error=repr(error))
            return {}
        return {user_id: known[user_id].display_name if user_id in known else "" for user_id in wanted}
