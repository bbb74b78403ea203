"""The one service that outreach calls: identity, which knows how people are reached."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

from doorstep.identity.v1 import user_service_pb2 as pb
from doorstep.identity.v1 import user_service_pb2_grpc
from services.chassis.peers import Peers

AT_ONCE = 100
"""Users in one question."""


@dataclass(frozen=True, slots=True)
class Person:
    """How somebody is called and reached. Never stored: addresses change, and people go."""

    user_id: UUID
    display_name: str
    email: str
    phone_number: str
    language_code: str
    time_zone: str


class People(Protocol):
    """Knows people."""

    async def find(self, user_ids: Collection[UUID]) -> Mapping[UUID, Person]:
        """Those of these users that there are."""


class IdentityPeople:
    """Asks the identity service."""

    def __init__(self, peers: Peers) -> None:
        """The channel is made at first use, when the process has its port."""
        self._peers = peers

    async def find(self, user_ids: Collection[UUID]) -> Mapping[UUID, Person]:
        """Call ResolveUsers.

        Raises:
            DependencyUnavailable, DeadlineExceeded: identity is away; a job is tried again then.
        """
        stub = user_service_pb2_grpc.UserServiceStub(
            self._peers.channel("identity", "doorstep.identity.v1.UserService")
        )
        wanted = [str(user_id) for user_id in dict.fromkeys(user_ids)]
        found: dict[UUID, Person] = {}
        for start in range(0, len(wanted), AT_ONCE):
            request = pb.ResolveUsersRequest(user_ids=wanted[start : start + AT_ONCE])
            response: Any = await self._peers.call("identity", stub.ResolveUsers, request)
            for user in response.users:
                user_id = UUID(user.user_id)
                found[user_id] = Person(
                    user_id, user.display_name, user.email, user.phone_number, user.language_code, user.time_zone
                )
        return found
