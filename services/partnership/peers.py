"""The services that partnership calls."""

from collections.abc import Collection
from typing import Any, Protocol
from uuid import UUID

from doorstep.identity.v1 import user_service_pb2, user_service_pb2_grpc
from services.chassis.ids import parse_id
from services.chassis.peers import Peers


class Users(Protocol):
    """What must be known of users."""

    async def roles(self, user_ids: Collection[UUID], organization_id: UUID | None = None) -> dict[UUID, list[str]]:
        """Roles in an organisation, by user; users that do not exist are missing."""
        ...


class IdentityUsers:
    """Asks the identity service."""

    def __init__(self, peers: Peers) -> None:
        """The channel is made at first use, when the process has its port."""
        self._peers = peers

    async def roles(self, user_ids: Collection[UUID], organization_id: UUID | None = None) -> dict[UUID, list[str]]:
        """Ask `ResolveUsers`."""
        channel = self._peers.channel("identity", "doorstep.identity.v1.UserService")
        stub = user_service_pb2_grpc.UserServiceStub(channel)
        request = user_service_pb2.ResolveUsersRequest(
            user_ids=[str(user_id) for user_id in user_ids], organization_id=str(organization_id or "")
        )
        answer: Any = await self._peers.call("identity", stub.ResolveUsers, request)
        return {parse_id(user.user_id): list(user.roles) for user in answer.users}
