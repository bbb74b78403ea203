"""The services that messaging calls."""

from collections.abc import Collection
from typing import Any, NamedTuple, Protocol
from uuid import UUID

import grpc

from doorstep.identity.v1 import user_service_pb2, user_service_pb2_grpc
from doorstep.property.v1 import listing_pb2, listing_service_pb2, listing_service_pb2_grpc
from services.chassis.ids import parse_id
from services.chassis.peers import Peers

ON_MARKET = frozenset(
    {
        listing_pb2.STANDARD_STATUS_COMING_SOON,
        listing_pb2.STANDARD_STATUS_ACTIVE,
        listing_pb2.STANDARD_STATUS_ACTIVE_UNDER_CONTRACT,
        listing_pb2.STANDARD_STATUS_PENDING,
    }
)
"""Statuses in which everybody may know of a listing."""


class Offer(NamedTuple):
    """What messaging must know of a listing."""

    organization_id: UUID
    on_market: bool


class Users(Protocol):
    """What must be known of users."""

    async def existing(self, user_ids: Collection[UUID]) -> set[UUID]:
        """Those that exist."""
        ...


class Listings(Protocol):
    """What must be known of listings."""

    async def offer(self, listing_id: UUID) -> Offer | None:
        """One listing; None where there is none."""
        ...


class IdentityUsers:
    """Asks the identity service."""

    def __init__(self, peers: Peers) -> None:
        """The channel is made at first use, when the process has its port."""
        self._peers = peers

    async def existing(self, user_ids: Collection[UUID]) -> set[UUID]:
        """Ask `ResolveUsers`."""
        channel = self._peers.channel("identity", "doorstep.identity.v1.UserService")
        request = user_service_pb2.ResolveUsersRequest(user_ids=map(str, user_ids))
        stub = user_service_pb2_grpc.UserServiceStub(channel)
        answer: Any = await self._peers.call("identity", stub.ResolveUsers, request)
        return {parse_id(user.user_id) for user in answer.users}


class PropertyListings:
    """Asks the property service."""

    def __init__(self, peers: Peers) -> None:
        """The channel is made at first use, when the process has its port."""
        self._peers = peers

    async def offer(self, listing_id: UUID) -> Offer | None:
        """Ask `ResolveListing`."""
        channel = self._peers.channel("property", "doorstep.property.v1.ListingService")
        stub = listing_service_pb2_grpc.ListingServiceStub(channel)
        request = listing_service_pb2.ResolveListingRequest(listing_id=str(listing_id))
        try:
            found: Any = await self._peers.call("property", stub.ResolveListing, request)
        except grpc.aio.AioRpcError as error:
            if error.code() is grpc.StatusCode.NOT_FOUND:
                return None
            raise
        return Offer(parse_id(found.organization_id), found.standard_status in ON_MARKET)
