"""The services that outreach calls: identity, for how people are reached, and visit, for calendar entries."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol
from uuid import UUID

from doorstep.identity.v1 import message_service_pb2, message_service_pb2_grpc
from doorstep.visit.v1 import calendar_pb2, calendar_service_pb2, calendar_service_pb2_grpc
from services.chassis.directory import Directory
from services.chassis.mapping import enum_name
from services.chassis.peers import Peers
from services.outreach.channels.port import Invitation


@dataclass(frozen=True, slots=True)
class Person:
    """How somebody is called and reached. Never stored: addresses change, and people go."""

    user_id: UUID
    display_name: str
    email: str
    phone_number: str
    language_code: str
    time_zone: str


@dataclass(frozen=True, slots=True)
class AccountMessage:
    """A link or a notice about an account, as identity has it. Never stored: it may hold a secret."""

    message_id: UUID
    kind: str
    """Its type, without the contract's prefix."""
    reader: Person
    """Addressed as the message is; by the message's id where there is no account yet."""
    token: str = field(repr=False)
    organization: str
    lock_minutes: int
    device_name: str
    create_time: datetime


class People(Protocol):
    """Knows people."""

    async def account_message(self, message_id: UUID) -> AccountMessage | None:
        """A message to somebody about an account; None where there is none, or nobody."""

    async def find(self, user_ids: Collection[UUID]) -> Mapping[UUID, Person]:
        """Those of these users that there are."""


class IdentityPeople:
    """Asks the identity service."""

    def __init__(self, peers: Peers, directory: Directory) -> None:
        """The channel is made at first use, when the process has its port."""
        self._peers = peers
        self._directory = directory

    async def account_message(self, message_id: UUID) -> AccountMessage | None:
        """Call GetAccountMessage.

        Raises:
            DependencyUnavailable, DeadlineExceeded: identity is away; a job is tried again then.
        """
        stub = message_service_pb2_grpc.MessageServiceStub(
            self._peers.channel("identity", "doorstep.identity.v1.MessageService")
        )
        request = message_service_pb2.GetAccountMessageRequest(message_id=str(message_id))
        response: Any = await self._peers.find("identity", stub.GetAccountMessage, request)
        if response is None:
            return None
        found = response.message
        return AccountMessage(
            message_id=message_id,
            kind=enum_name(message_service_pb2.AccountMessageType, "ACCOUNT_MESSAGE_TYPE_", found.type),
            reader=Person(
                UUID(found.user_id) if found.user_id else message_id,
                found.display_name,
                found.recipient,
                "",
                found.language_code,
                "",
            ),
            token=found.token,
            organization=found.organization_display_name,
            lock_minutes=found.lock_minutes,
            device_name=found.device_name,
            create_time=found.create_time.ToDatetime(UTC),
        )

    async def find(self, user_ids: Collection[UUID]) -> Mapping[UUID, Person]:
        """Call ResolveUsers.

        Raises:
            DependencyUnavailable, DeadlineExceeded: identity is away; a job is tried again then.
        """
        return {
            user_id: Person(
                user_id, user.display_name, user.email, user.phone_number, user.language_code, user.time_zone
            )
            for user_id, user in (await self._directory.users(user_ids)).items()
        }


class Invitations(Protocol):
    """Writes calendar entries."""

    async def to_visit(self, visit_id: UUID, user_id: UUID) -> Invitation | None:
        """The invitation to a visit as it stands, for one of its parties; None for somebody who is none."""


class VisitInvitations:
    """Asks the visit service."""

    def __init__(self, peers: Peers) -> None:
        """The channel is made at first use, when the process has its port."""
        self._peers = peers

    async def to_visit(self, visit_id: UUID, user_id: UUID) -> Invitation | None:
        """Call ResolveVisitInvitation.

        Raises:
            DependencyUnavailable, DeadlineExceeded: visit is away.
        """
        stub = calendar_service_pb2_grpc.CalendarServiceStub(
            self._peers.channel("visit", "doorstep.visit.v1.CalendarService")
        )
        request = calendar_service_pb2.ResolveVisitInvitationRequest(visit_id=str(visit_id), user_id=str(user_id))
        found: Any = await self._peers.find("visit", stub.ResolveVisitInvitation, request)
        if found is None:
            return None
        method = enum_name(calendar_pb2.InvitationMethod, "INVITATION_METHOD_", found.method)
        return Invitation(method, found.file_name, found.content.decode())
