"""The services that visit asks: property about listings, identity about people. Asked before a transaction opens."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

import grpc

from doorstep.identity.v1 import user_service_pb2, user_service_pb2_grpc
from doorstep.property.v1 import listing_pb2, listing_service_pb2, listing_service_pb2_grpc
from services.chassis.mapping import enum_name
from services.chassis.peers import Peers
from services.visit.errors import ListingNotFound


@dataclass(frozen=True, slots=True)
class ListingFacts:
    """What visits must know of a listing."""

    listing_id: UUID
    property_id: UUID
    organization_id: UUID
    agent_id: UUID | None
    standard_status: str
    """RESO StandardStatus, `ACTIVE`."""
    place: tuple[float, float] | None
    """(latitude, longitude), where it is known."""
    address: str = ""
    """In one line, whatever the public may see."""


@dataclass(frozen=True, slots=True)
class Person:
    """What visits must know of a user."""

    user_id: UUID
    time_zone: str
    roles: tuple[str, ...] = ()
    """In the organisation that was asked about."""
    display_name: str = ""
    email: str = ""
    """For the user's own eyes."""


class Listings(Protocol):
    """Where listings are."""

    async def listing(self, listing_id: UUID) -> ListingFacts:
        """The facts of a listing in any status.

        Raises:
            ListingNotFound
        """


class People(Protocol):
    """Where users are."""

    async def people(self, user_ids: Sequence[UUID], organization_id: UUID | None = None) -> Mapping[UUID, Person]:
        """Those users that there are, with their roles in an organisation."""


class PropertyListings:
    """The adapter of `Listings` to the property service."""

    def __init__(self, peers: Peers) -> None:
        """The channel is made at first use, when the process has its port."""
        self._peers = peers

    async def listing(self, listing_id: UUID) -> ListingFacts:
        """Ask `ResolveListing`."""
        channel = self._peers.channel("property", "doorstep.property.v1.ListingService")
        stub = listing_service_pb2_grpc.ListingServiceStub(channel)
        request = listing_service_pb2.ResolveListingRequest(listing_id=str(listing_id))
        try:
            found: Any = await self._peers.call("property", stub.ResolveListing, request)
        except grpc.aio.AioRpcError as error:
            if error.code() is grpc.StatusCode.NOT_FOUND:
                raise ListingNotFound from error
            raise
        return ListingFacts(
            listing_id=UUID(found.listing_id),
            property_id=UUID(found.property_id),
            organization_id=UUID(found.organization_id),
            agent_id=UUID(found.list_agent_id) if found.list_agent_id else None,
            standard_status=enum_name(listing_pb2.StandardStatus, "STANDARD_STATUS_", found.standard_status),
            place=(found.location.latitude, found.location.longitude) if found.HasField("location") else None,
            address=found.unparsed_address,
        )


class IdentityPeople:
    """The adapter of `People` to the identity service."""

    def __init__(self, peers: Peers) -> None:
        """The channel is made at first use, when the process has its port."""
        self._peers = peers

    async def people(self, user_ids: Sequence[UUID], organization_id: UUID | None = None) -> Mapping[UUID, Person]:
        """Ask `ResolveUsers`."""
        channel = self._peers.channel("identity", "doorstep.identity.v1.UserService")
        stub = user_service_pb2_grpc.UserServiceStub(channel)
        request = user_service_pb2.ResolveUsersRequest(
            user_ids=[str(one) for one in dict.fromkeys(user_ids)], organization_id=str(organization_id or "")
        )
        found: Any = await self._peers.call("identity", stub.ResolveUsers, request)
        people = (
            Person(UUID(user.user_id), user.time_zone, tuple(user.roles), user.display_name, user.email)
            for user in found.users
        )
        return {person.user_id: person for person in people}
