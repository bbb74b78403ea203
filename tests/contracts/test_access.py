"""Who may call what: every RPC by every kind of caller, through the served chain."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import grpc
import pytest

from services.chassis.actor import Actor, CallerKind
from services.chassis.ids import new_id
from services.chassis.testing import Harness, Refusal
from services.identity.permissions import CATALOGUE, OPERATE, PREDEFINED
from tests.contracts.conftest import served_packages
from tests.contracts.walk import Rpc, find, rpcs

ADMITTED = "admitted"
PERMISSIONS = {role: permissions for role, (_, permissions) in PREDEFINED.items()}


@dataclass(frozen=True)
class Principal:
    """A kind of caller."""

    name: str
    kind: CallerKind
    permissions: frozenset[str] = frozenset()
    recent: bool = True


PRINCIPALS = (
    Principal("anonymous", CallerKind.ANONYMOUS),
    *(Principal(role, CallerKind.USER, permissions) for role, permissions in PERMISSIONS.items()),
    Principal("no role", CallerKind.USER),
    Principal("operator", CallerKind.USER, frozenset({OPERATE})),
    Principal("admin, signed in long ago", CallerKind.USER, frozenset(CATALOGUE), recent=False),
    Principal("api key", CallerKind.API_KEY, frozenset(CATALOGUE)),
    Principal("headset", CallerKind.DEVICE, frozenset({"telemetry.ingest"})),
    Principal("service", CallerKind.SERVICE),
    Principal("expired", CallerKind.ANONYMOUS),
)


def expected(rpc: Rpc, who: Principal) -> str:
    """What the options of the proto say, read without the code that enforces them."""
    access = rpc.access
    if rpc.rule == "public":
        return ADMITTED
    if who.kind is CallerKind.ANONYMOUS:
        return "CREDENTIALS_INVALID" if who.name == "expired" else "CREDENTIALS_MISSING"
    if rpc.rule == "internal":
        return ADMITTED if who.kind is CallerKind.SERVICE else "PERMISSION_MISSING"
    numbers = {CallerKind.API_KEY: 2, CallerKind.DEVICE: 3, CallerKind.SERVICE: -1}
    if who.kind is not CallerKind.USER and numbers[who.kind] not in access.callers:
        return "PERMISSION_MISSING"
    if rpc.rule == "permission" and access.permission not in who.permissions:
        return "PERMISSION_MISSING"
    if access.recent_authentication and not (who.recent and who.kind is CallerKind.USER):
        return "REAUTH_REQUIRED"
    return ADMITTED


def metadata(suite: Harness, rpc: Rpc, who: Principal) -> list[tuple[str, str]]:
    """Headers that prove the principal."""
    credentials: Any = suite.credentials
    if who.name == "expired":
        return suite.metadata(suite.token(iat=1_000, nbf=1_000, exp=1_600))
    match who.kind:
        case CallerKind.ANONYMOUS:
            return []
        case CallerKind.SERVICE:
            return suite.metadata(service=rpc.package)
        case CallerKind.USER:
            token = suite.token(
                organization_id=new_id(), permissions=who.permissions, roles=[who.name], age=0 if who.recent else 3600
            )
            return suite.metadata(token)
    key = f"key-of-{who.name}"
    credentials.keys[key] = Actor(who.kind, organization_id=new_id(), key_id=new_id(), permissions=who.permissions)
    return suite.metadata(api_key=key)


async def outcome(suite: Harness, rpc: Rpc, headers: Iterable[tuple[str, str]]) -> str:
    """Whether Authorize let an empty request pass, else the reason of the refusal."""
    client, answers = rpc.streams
    make = getattr(suite.channel, f"{'stream' if client else 'unary'}_{'stream' if answers else 'unary'}")
    method = make(rpc.path)

    async def nothing() -> Any:
        return
        yield b""

    call = method(nothing() if client else b"", metadata=tuple(headers), timeout=20)
    try:
        if answers:
            async for _ in call:
                break
            call.cancel()
        else:
            await call
    except grpc.aio.AioRpcError as error:
        refusal = Refusal.of(error)
        stopped = ("CREDENTIALS_MISSING", "CREDENTIALS_INVALID", "PERMISSION_MISSING", "REAUTH_REQUIRED")
        if refusal.reason in (*stopped, "ACCESS_UNDECLARED"):
            return refusal.reason
        assert refusal.code not in (grpc.StatusCode.INTERNAL, grpc.StatusCode.UNKNOWN), f"{rpc}: {refusal}"
        assert refusal.code is not grpc.StatusCode.UNIMPLEMENTED, f"{rpc} is not served"
    return ADMITTED


SERVED_RPCS = [rpc for rpc in rpcs() if rpc.package in served_packages()]

REFUSED_BY_SERVICE = {
    "identity.AuthService.Login": "wrong credentials are what it refuses",
    "identity.AuthService.RefreshToken": "a bad refresh token is answered as a bad token",
}
"""Public RPCs that may answer with a reason of the chain themselves."""


@pytest.mark.parametrize("rpc", SERVED_RPCS, ids=str)
async def test_every_kind_of_caller(suite: Harness, rpc: Rpc) -> None:
    found = await asyncio.gather(*(outcome(suite, rpc, metadata(suite, rpc, who)) for who in PRINCIPALS))
    wanted = [expected(rpc, who) for who in PRINCIPALS]
    table = {who.name: (got, want) for who, got, want in zip(PRINCIPALS, found, wanted, strict=True) if got != want}
    if rpc.name in REFUSED_BY_SERVICE:
        assert all(want == ADMITTED for _, want in table.values())
        return
    # What an operation refuses on top (a row's policy) says PERMISSION_MISSING or REAUTH_REQUIRED as well.
    stricter = {n: pair for n, pair in table.items() if pair[1] == ADMITTED and rpc.name in STRICTER}
    assert {n: pair for n, pair in table.items() if n not in stricter} == {}


STRICTER: dict[str, str] = {}
"""RPCs whose operation asks for more than the option can say, with the reason."""


def test_every_permission_is_in_the_catalogue() -> None:
    for rpc in rpcs():
        if rpc.rule == "permission":
            assert rpc.access.permission in {*CATALOGUE, OPERATE}, rpc.name


def test_every_permission_of_the_catalogue_opens_something() -> None:
    used = {rpc.access.permission for rpc in rpcs() if rpc.rule == "permission"}
    assert set(CATALOGUE) - used <= set(NOT_IN_OPTIONS)


NOT_IN_OPTIONS = {
    "session.write": "a buyer's own session goes through telemetry.ingest; held for the sessions of others",
}


def test_roles_are_made_of_the_catalogue() -> None:
    for role, permissions in PERMISSIONS.items():
        assert permissions <= set(CATALOGUE), role
        assert OPERATE not in permissions


# What must never change by accident, said a second time and by hand.
BY_HAND = {
    "AuthService.Login": {"anonymous", "viewer"},
    "UserService.ListUsersAdmin": {"admin"},
    "UserService.AdminResetPassword": {"admin"},
    "RoleService.CreateRole": {"admin"},
    "ApiKeyService.CreateApiKey": {"admin"},
    "AuditService.ListAuditLog": {"admin"},
    "PropertyService.CreateProperty": {"admin", "agent", "api key"},
    "ListingService.PublishListing": {"admin", "agent", "api key"},
    "ListingService.GetListing": {"anonymous", "viewer", "headset"},
    "SessionService.CheckSession": {"service"},
    "ApiKeyService.VerifyApiKey": {"service"},
    "VisitService.OverrideVisit": {"admin"},
    "AvailabilityService.ReplaceAvailability": {"admin", "agent"},
    "ShowingRulesService.ReplaceShowingRules": {"admin", "agent"},
    "IngestService.Connect": {"headset", "agent", "admin", "api key"},
}


@pytest.mark.parametrize("name", BY_HAND)
def test_by_hand(name: str) -> None:
    rpc = find(name)
    admitted = {who.name for who in PRINCIPALS if expected(rpc, who) == ADMITTED}
    wanted = BY_HAND[name]
    assert wanted <= admitted
    if rpc.rule != "public":
        assert admitted == wanted | ({"admin, signed in long ago"} & admitted)
