"""Users and listings, as identity and property tell other services of them.

What a service must know of them it says itself, in its `peers.py`; how they are asked for is the same for all.
"""

import asyncio
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from doorstep.identity.v1 import user_service_pb2, user_service_pb2_grpc
from doorstep.property.v1 import listing_service_pb2, listing_service_pb2_grpc
from services.chassis.peers import TIMEOUT, Peers

AT_ONCE = 100
"""Users in one question: what ResolveUsers takes."""


class Directory:
    """Asks. Never within a transaction: it would hold its locks meanwhile."""

    def __init__(self, peers: Peers) -> None:
        """The channels are made at first use, when the process has its port."""
        self._peers = peers

    async def users(
        self, user_ids: Iterable[UUID], organization_id: UUID | None = None, *, timeout: float = TIMEOUT
    ) -> dict[UUID, user_service_pb2.ResolvedUser]:
        """Those of these users that there are, with their roles in an organisation; one call for up to 100.

        Raises:
            DependencyUnavailable, DeadlineExceeded: identity is away.
        """
        stub = user_service_pb2_grpc.UserServiceStub(
            self._peers.channel("identity", "doorstep.identity.v1.UserService")
        )

        async def ask(some: list[str]) -> Any:
            request = user_service_pb2.ResolveUsersRequest(user_ids=some, organization_id=str(organization_id or ""))
            return await self._peers.call("identity", stub.ResolveUsers, request, timeout=timeout)

        wanted = [str(user_id) for user_id in dict.fromkeys(user_ids)]
        answers = await asyncio.gather(*(ask(wanted[at : at + AT_ONCE]) for at in range(0, len(wanted), AT_ONCE)))
        return {UUID(user.user_id): user for answer in answers for user in answer.users}

    async def listing(self, listing_id: UUID) -> listing_service_pb2.ResolveListingResponse | None:
        """A listing in any status; None where there is none.

        Raises:
            DependencyUnavailable, DeadlineExceeded: property is away.
        """
        stub = listing_service_pb2_grpc.ListingServiceStub(
            self._peers.channel("property", "doorstep.property.v1.ListingService")
        )
        request = listing_service_pb2.ResolveListingRequest(listing_id=str(listing_id))
        found: listing_service_pb2.ResolveListingResponse | None = await self._peers.find(
            "property", stub.ResolveListing, request
        )
        return found
