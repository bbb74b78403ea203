"""A served identity, and people in it."""

import itertools
import re
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import grpc
import pytest
from sqlalchemy import text

from doorstep.identity.v1 import (
    api_key_pb2,
    api_key_service_pb2,
    api_key_service_pb2_grpc,
    audit_service_pb2_grpc,
    auth_service_pb2,
    auth_service_pb2_grpc,
    invitation_service_pb2,
    invitation_service_pb2_grpc,
    organization_service_pb2,
    organization_service_pb2_grpc,
    role_service_pb2_grpc,
    session_service_pb2_grpc,
    team_service_pb2_grpc,
    user_service_pb2_grpc,
)
from services.chassis import credentials
from services.chassis.actor import SYSTEM
from services.chassis.testing import Harness
from services.identity.app import build
from tests.fixtures.servers import TestDatabase

PASSWORD = "a walk by the lake"
NEW_PASSWORD = "rain on a tin roof"
CODE = re.compile(r"^[\w-]{43}$", re.MULTILINE)


def code_in(mail: str) -> str:
    """The secret in the text of a mail."""
    [found] = CODE.findall(mail)
    return str(found)


@dataclass
class Person:
    """Somebody with an account, signed in."""

    email: str
    user_id: str
    token: str
    refresh_token: str
    device_token: str
    session_id: str
    organization_id: str = ""


@dataclass
class House:
    """The stubs of identity, and shortcuts to get somewhere."""

    harness: Harness
    database: TestDatabase
    auth: Any = field(init=False)
    users: Any = field(init=False)
    organizations: Any = field(init=False)
    teams: Any = field(init=False)
    roles: Any = field(init=False)
    invitations: Any = field(init=False)
    sessions: Any = field(init=False)
    keys: Any = field(init=False)
    audit: Any = field(init=False)

    def __post_init__(self) -> None:
        stub = self.harness.stub
        self.auth = stub(auth_service_pb2_grpc.AuthServiceStub)
        self.users = stub(user_service_pb2_grpc.UserServiceStub)
        self.organizations = stub(organization_service_pb2_grpc.OrganizationServiceStub)
        self.teams = stub(team_service_pb2_grpc.TeamServiceStub)
        self.roles = stub(role_service_pb2_grpc.RoleServiceStub)
        self.invitations = stub(invitation_service_pb2_grpc.InvitationServiceStub)
        self.sessions = stub(session_service_pb2_grpc.SessionServiceStub)
        self.keys = stub(api_key_service_pb2_grpc.ApiKeyServiceStub)
        self.audit = stub(audit_service_pb2_grpc.AuditServiceStub)
        self._numbers = itertools.count(1)
        self.call = self.harness.call
        self.clock = self.harness.clock

    def new_email(self) -> str:
        return f"person{next(self._numbers)}@example.com"

    async def sql(self, statement: str, **values: Any) -> list[Any]:
        """What is really there, past every policy of a caller."""
        async with self.harness.resources.database("identity").transaction(SYSTEM) as tx:
            result = await tx.session.execute(text(statement), values)
            return list(result.all()) if result.returns_rows else []

    async def messages(self, email: str, kind: str = "") -> list[Any]:
        rows = await self.sql(
            "SELECT id, kind, data FROM identity.notifications WHERE recipient = :email ORDER BY create_time, id",
            email=email,
        )
        return [row for row in rows if not kind or row.kind == kind]

    async def link(self, email: str, kind: str) -> str:
        """The secret in the newest message of a kind; where outreach is served and was quick, in the mail."""
        newest = (await self.messages(email, kind))[-1]
        if "token" in newest.data:
            return str(newest.data["token"])
        [mail] = await self.sql(
            "SELECT body FROM outreach.mailbox JOIN outreach.deliveries d ON d.id = delivery_id "
            "JOIN outreach.notifications n ON n.id = d.notification_id WHERE n.resource_id = :message_id",
            message_id=str(newest.id),
        )
        return code_in(mail.body)

    async def register(self, email: str, given_name: str = "Ana", family_name: str = "Costa") -> None:
        await self.call(
            self.auth.Register,
            auth_service_pb2.RegisterRequest(
                email=email, password=PASSWORD, given_name=given_name, family_name=family_name
            ),
        )

    async def login(self, email: str, password: str = PASSWORD, *, address: str = "", **fields: str) -> Any:
        headers = {"x_envoy_external_address": address} if address else {}
        return await self.call(
            self.auth.Login, auth_service_pb2.LoginRequest(email=email, password=password, **fields), **headers
        )

    async def sign_in(self, email: str, **fields: str) -> Person:
        found = await self.login(email, **fields)
        return Person(
            email,
            found.user.user_id,
            found.access_token,
            found.refresh_token,
            found.device_token,
            found.session_id,
            found.organization_id,
        )

    async def person(self, **names: str) -> Person:
        """Somebody new without an organisation."""
        email = self.new_email()
        await self.register(email, **names)
        token = await self.link(email, "verify_email")
        await self.call(self.auth.VerifyEmail, auth_service_pb2.VerifyEmailRequest(token=token))
        return await self.sign_in(email)

    async def admin(self, name: str = "Agency") -> Person:
        """Somebody new who administers a new organisation."""
        person = await self.person()
        made = await self.call(
            self.organizations.CreateOrganization,
            organization_service_pb2.CreateOrganizationRequest(display_name=name),
            person.token,
        )
        person.organization_id = made.organization.organization_id
        switched = await self.call(
            self.auth.SwitchOrganization,
            auth_service_pb2.SwitchOrganizationRequest(organization_id=person.organization_id),
            person.token,
        )
        person.token = switched.access_token
        return person

    async def invite(self, admin: Person, email: str, *roles: str) -> Any:
        made = await self.call(
            self.invitations.CreateInvitation,
            invitation_service_pb2.CreateInvitationRequest(email=email, roles=roles),
            admin.token,
        )
        return made.invitation

    async def member(self, admin: Person, *roles: str, given_name: str = "Ben") -> Person:
        """Somebody new, invited into the organisation of `admin`."""
        email = self.new_email()
        await self.invite(admin, email, *roles)
        await self.call(
            self.invitations.AcceptInvitation,
            invitation_service_pb2.AcceptInvitationRequest(
                token=await self.link(email, "invitation"),
                password=PASSWORD,
                given_name=given_name,
                family_name="Okafor",
            ),
        )
        return await self.sign_in(email)

    async def refresh(self, token: str) -> Any:
        return await self.call(self.auth.RefreshToken, auth_service_pb2.RefreshTokenRequest(refresh_token=token))

    async def create_key(self, admin: Person, kind: str = "SERVER", **fields: Any) -> Any:
        return await self.call(
            self.keys.CreateApiKey,
            api_key_service_pb2.CreateApiKeyRequest(
                display_name="A key", kind=api_key_pb2.ApiKeyKind.Value(f"API_KEY_KIND_{kind}"), **fields
            ),
            admin.token,
        )

    async def alive(self, token: str) -> bool:
        """Whether an access token still opens anything."""
        try:
            await self.call(self.auth.GetMe, auth_service_pb2.GetMeRequest(), token)
        except grpc.aio.AioRpcError as error:
            if error.code() is grpc.StatusCode.UNAUTHENTICATED:
                return False
            raise
        return True


@pytest.fixture(scope="session")
async def served(
    clone_database: Callable[[], TestDatabase],
    clone_redis: Callable[[], str],
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[House]:
    database = clone_database()
    keys: Path = tmp_path_factory.mktemp("identity") / "keys"
    async with Harness.open(
        [build], database_url=database.url, redis_url=clone_redis(), keys_dir=keys, credentials="identity"
    ) as harness:
        yield House(harness, database)


@pytest.fixture
async def house(served: House, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[House]:
    """The served identity; the clock is put back after each test."""
    # Answers about sessions and keys are believed for some seconds; here every call asks, so that no test has to wait.
    monkeypatch.setattr(credentials, "FRESH", 0.0)
    yield served
    served.clock.offset *= 0


@pytest.fixture(autouse=True)
async def _no_limits(request: pytest.FixtureRequest) -> None:
    """Tests come from one address, so they would meet the limits meant for strangers."""
    if "house" in request.fixturenames and "limits" not in request.keywords:
        served: House = request.getfixturevalue("served")
        await served.harness.resources.redis.flushdb()


__all__ = ["UUID", "House", "Person"]
