"""The services that partnership calls."""

from collections.abc import Collection
from typing import Protocol
from uuid import UUID

from services.chassis.directory import Directory


class Users(Protocol):
    """What must be known of users."""

    async def roles(self, user_ids: Collection[UUID], organization_id: UUID | None = None) -> dict[UUID, list[str]]:
        """Roles in an organisation, by user; users that do not exist are missing."""
        ...


class IdentityUsers:
    """Asks the identity service."""

    def __init__(self, directory: Directory) -> None:
        """Ask by `directory`."""
        self._directory = directory

    async def roles(self, user_ids: Collection[UUID], organization_id: UUID | None = None) -> dict[UUID, list[str]]:
        """Ask `ResolveUsers`."""
        found = await self._directory.users(user_ids, organization_id)
        return {user_id: list(user.roles) for user_id, user in found.items()}
