"""What users are called, for answers that show one user to another.

Asked of identity when an answer is read, and kept nowhere: a name that is changed or erased is so everywhere at once,
there is nothing to fill when a service joins, and no personal data in events. The price is one call for a page.
"""

import asyncio
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

import grpc
import structlog

from doorstep.identity.v1 import user_service_pb2 as pb
from doorstep.identity.v1 import user_service_pb2_grpc
from services.chassis.errors import DeadlineExceeded, DependencyUnavailable
from services.chassis.peers import Peers

AT_ONCE = 100
"""Users in one question: what ResolveUsers takes."""
TIMEOUT = 0.5
"""Seconds: an answer is better without names than late."""

_log = structlog.get_logger("doorstep.names")


class Names:
    """Asks identity what users are called."""

    def __init__(self, peers: Peers) -> None:
        """The channel is made at first use, when the process has its port."""
        self._peers = peers

    async def of(self, user_ids: Iterable[UUID]) -> Mapping[UUID, str]:
        """Names to show by user, "" for one who is gone; none at all where identity does not answer.

        One call for up to 100 users. Never within a transaction: it would hold its locks meanwhile.
        """
        wanted = list(dict.fromkeys(user_ids))
        parts = [wanted[start : start + AT_ONCE] for start in range(0, len(wanted), AT_ONCE)]
        try:
            found = await asyncio.gather(*map(self._ask, parts))
        except (DependencyUnavailable, DeadlineExceeded, grpc.aio.AioRpcError) as error:
            _log.warning("names_unknown", users=len(wanted), error=repr(error))
            return {}
        known = {user.user_id: user.display_name for users in found for user in users}
        return {user_id: known.get(str(user_id), "") for user_id in wanted}

    async def _ask(self, user_ids: list[UUID]) -> Any:
        channel = self._peers.channel("identity", "doorstep.identity.v1.UserService")
        request = pb.ResolveUsersRequest(user_ids=map(str, user_ids))
        stub = user_service_pb2_grpc.UserServiceStub(channel)
        answer: Any = await self._peers.call("identity", stub.ResolveUsers, request, timeout=TIMEOUT)
        return answer.users
