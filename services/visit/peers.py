"""The services that visit asks: property about listings, identity about people. Asked before a transaction opens."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from doorstep.property.v1 import listing_pb2
from services.chassis.directory import Directory
from services.chassis.mapping import enum_name
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

    async def people(self, user_ids: Iterable[UUID], organization_id: UUID | None = None) -> Mapping[UUID, Person]:
        """Those users that there are, with their roles in an organisation."""


class PropertyListings:
    """The adapter of `Listings` to the property service."""

    def __init__(self, directory: Directory) -> None:
        """Ask by `directory`."""
        self._directory = directory

    async def listing(self, listing_id: UUID) -> ListingFacts:
        """Ask `ResolveListing`."""
        found = await self._directory.listing(listing_id)
        if found is None:
            raise ListingNotFound
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

    def __init__(self, directory: Directory) -> None:
        """Ask by `directory`."""
        self._directory = directory

    async def people(self, user_ids: Iterable[UUID], organization_id: UUID | None = None) -> Mapping[UUID, Person]:
        """Ask `ResolveUsers`."""
        found = await self._directory.users(user_ids, organization_id)
        return {
            user_id: Person(user_id, user.time_zone, tuple(user.roles), user.display_name, user.email)
            for user_id, user in found.items()
        }
