"""The services that messaging calls."""

from collections.abc import Collection
from typing import NamedTuple, Protocol
from uuid import UUID

from doorstep.property.v1 import listing_pb2
from services.chassis.directory import Directory

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

    def __init__(self, directory: Directory) -> None:
        """Ask by `directory`."""
        self._directory = directory

    async def existing(self, user_ids: Collection[UUID]) -> set[UUID]:
        """Ask `ResolveUsers`."""
        return set(await self._directory.users(user_ids))


class PropertyListings:
    """Asks the property service."""

    def __init__(self, directory: Directory) -> None:
        """Ask by `directory`."""
        self._directory = directory

    async def offer(self, listing_id: UUID) -> Offer | None:
        """Ask `ResolveListing`."""
        found = await self._directory.listing(listing_id)
        if found is None:
            return None
        return Offer(UUID(found.organization_id), found.standard_status in ON_MARKET)
