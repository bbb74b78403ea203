"""Secrets and personal data stay where they belong: not in logs, errors, metrics or strange tables."""

import io
import json
import logging
import re
import sys
from collections.abc import AsyncIterator, Callable
from typing import Any

import asyncpg
import grpc
import httpx
import pytest
import pytest_asyncio
import structlog

from doorstep.identity.v1 import (
    api_key_service_pb2,
    auth_service_pb2,
    invitation_service_pb2,
    user_service_pb2,
)
from services import registry
from services.chassis import observability
from services.chassis.ids import new_id
from services.chassis.testing import Harness, Refusal
from tests.fixtures.servers import TestDatabase
from tests.identity.conftest import House
from tests.outreach.conftest import eventually

pytestmark = pytest.mark.faults

PASSWORD, WRONG = "Canary-Password-51c0", "Canary-Wrong-Password-a7d2"
EMAIL, PHONE, NAME = "canary.91e5@example.com", "+14155550199", "Canaria-Given-6b3f"

PERSONAL_ALLOWED = {
    "identity.users": "the account itself",
    "identity.registrations": "an account that waits for its address to be confirmed",
    "identity.invitations": "whom an invitation is for",
    "identity.notifications": "messages that wait to be sent",
    "identity.audit_entries": "who did what",
    "identity.outbox": "facts for other services",
    "outreach.mailbox": "what would have been sent, in development",
}
"""Tables that may hold an address, a number or a name."""

LINKS_ALLOWED = {"outreach.mailbox": "a link is of use only to whom it is sent; in production no mailbox is kept"}


class Watched:
    """A served suite, everything it logs, and the secrets it has made."""

    def __init__(self, house: House, harness: Harness, written: io.StringIO) -> None:
        self.house = house
        self.harness = harness
        self.written = written
        self.secrets: dict[str, str] = {"password": PASSWORD, "wrong password": WRONG}
        self.links: dict[str, str] = {}
        self.told: list[str] = []

    async def refused(self, call: Any) -> None:
        """Run a call that must fail, and keep what it told."""
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await call
        refusal = Refusal.of(caught.value)
        self.told.append(repr(refusal) + repr(refusal.trailing))


@pytest_asyncio.fixture(scope="module")
async def watched(
    clone_database: Callable[[], TestDatabase], clone_redis: Callable[[], str], tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[tuple[Watched, TestDatabase]]:
    database, written = clone_database(), io.StringIO()
    async with Harness.open(
        [registry.Builder("identity"), registry.Builder("property"), registry.Builder("outreach")],
        database_url=database.url,
        redis_url=clone_redis(),
        keys_dir=tmp_path_factory.mktemp("keys"),
        credentials="identity",
        log_level="DEBUG",
    ) as harness:
        structlog.configure(logger_factory=structlog.WriteLoggerFactory(file=written), cache_logger_on_first_use=False)
        kept = fresh_loggers()
        handler = logging.StreamHandler(written)
        root = logging.getLogger()
        level, quiet = root.level, [logging.getLogger(n) for n in ("asyncio", "hpack", "httpcore")]
        for logger in quiet:
            logger.setLevel(logging.INFO)
        root.addHandler(handler)
        root.setLevel(logging.DEBUG)
        try:
            found = Watched(House(harness, database), harness, written)
            await story(found)
            await eventually(lambda: sent(found.house))
            yield found, database
        finally:
            root.removeHandler(handler)
            root.setLevel(level)
            for module, name, logger in kept:
                setattr(module, name, logger)
            observability.set_up(harness.settings, "test")


async def sent(house: House) -> bool:
    """Whether every link has gone out and is forgotten."""
    return not await house.sql("SELECT 1 FROM identity.notifications WHERE recipient IS NOT NULL AND data ? 'token'")


def fresh_loggers() -> list[tuple[Any, str, Any]]:
    """Give every module of ours a logger that looks at the configuration of now; the old ones, to be put back."""
    kept = []
    for module in [m for n, m in sys.modules.items() if n.startswith("services.")]:
        for name in ("_log", "log"):
            logger = getattr(module, name, None)
            if logger is not None and "structlog" in type(logger).__module__:
                kept.append((module, name, logger))
                setattr(module, name, structlog.get_logger())
    return kept


async def story(watched: Watched) -> None:
    """Register, sign in rightly and wrongly, make keys, fail in many ways."""
    house = watched.house
    call, auth = house.call, house.auth
    await call(
        auth.Register,
        auth_service_pb2.RegisterRequest(
            email=EMAIL, password=PASSWORD, given_name=NAME, family_name="B", phone_number=PHONE
        ),
        idempotency_key=f"key-{new_id()}",
    )
    watched.links["verification"] = await house.link(EMAIL, "verify_email")
    await call(auth.VerifyEmail, auth_service_pb2.VerifyEmailRequest(token=watched.links["verification"]))
    person = await house.sign_in(EMAIL, password=PASSWORD)
    for name in ("token", "refresh_token", "device_token"):
        watched.secrets[name] = getattr(person, name)
    from doorstep.identity.v1 import organization_service_pb2 as organizations

    made = await call(
        house.organizations.CreateOrganization,
        organizations.CreateOrganizationRequest(display_name="Canary house"),
        person.token,
    )
    person.organization_id = made.organization.organization_id
    switched = await call(
        auth.SwitchOrganization,
        auth_service_pb2.SwitchOrganizationRequest(organization_id=person.organization_id),
        person.token,
    )
    person.token = watched.secrets["organisation token"] = switched.access_token
    request = api_key_service_pb2.CreateApiKeyRequest(
        display_name="k", kind="API_KEY_KIND_SERVER", permissions=["property.read"]
    )
    key = await call(house.keys.CreateApiKey, request, person.token, idempotency_key=f"key-{new_id()}")
    watched.secrets["api key"] = _secret_of(key)
    refreshed = await house.refresh(person.refresh_token)
    watched.secrets["second refresh token"] = refreshed.refresh_token
    await house.invite(person, "invited.canary.91e5@example.com", "viewer")
    watched.links["invitation"] = await house.link("invited.canary.91e5@example.com", "invitation")
    await call(auth.RequestPasswordReset, auth_service_pb2.RequestPasswordResetRequest(email=EMAIL))

    login = auth_service_pb2.LoginRequest
    refused = watched.refused
    await refused(call(auth.Login, login(email=EMAIL, password=WRONG)))
    await refused(call(auth.Login, login(email=EMAIL + "\0", password=WRONG)))
    await refused(call(auth.Login, login(email=EMAIL, password=WRONG * 50)))
    await refused(
        call(auth.RefreshToken, auth_service_pb2.RefreshTokenRequest(refresh_token=person.refresh_token[:-1]))
    )
    await refused(call(auth.VerifyEmail, auth_service_pb2.VerifyEmailRequest(token=watched.links["verification"])))
    await refused(call(auth.GetMe, auth_service_pb2.GetMeRequest(), person.token[:-4]))
    await refused(call(auth.GetMe, auth_service_pb2.GetMeRequest(), None, api_key=watched.secrets["api key"][:-2]))
    await refused(
        call(
            house.invitations.AcceptInvitation,
            invitation_service_pb2.AcceptInvitationRequest(token=watched.links["invitation"], password="short"),
        )
    )
    await refused(
        call(
            auth.ChangePassword,
            auth_service_pb2.ChangePasswordRequest(current_password=WRONG, new_password=PASSWORD),
            person.token,
        )
    )
    await refused(call(house.users.GetUser, user_service_pb2.GetUserRequest(user_id=EMAIL), person.token))


def _secret_of(answer: Any) -> str:
    for field, value in answer.ListFields():
        if isinstance(value, str) and value.startswith("ds_"):
            return value
        assert field is not None
    raise AssertionError(answer)


def _parts(secret: str) -> list[str]:
    """A JWT gives itself away by its signature too."""
    return [secret, *(part for part in secret.split(".") if len(part) > 80)]


def test_no_secret_in_logs_errors_or_addresses(watched: Any) -> None:
    found, _ = watched
    text = found.written.getvalue() + "\n".join(found.told)
    assert text.count('"event": "rpc"') > 12, "nothing was logged, so nothing is proven"
    for name, secret in {**found.secrets, **found.links}.items():
        for part in _parts(secret):
            assert part not in text, name


def test_nothing_personal_in_logs_and_errors(watched: Any) -> None:
    found, _ = watched
    text = found.written.getvalue() + "\n".join(found.told)
    for canary in (EMAIL, EMAIL.partition("@")[0], PHONE, NAME):
        lines = [line for line in text.splitlines() if canary in line]
        assert lines == [], canary


async def test_no_secret_and_nothing_personal_in_metrics(watched: Any) -> None:
    found, _ = watched
    port = observability.serve_metrics(found.harness.settings)
    async with httpx.AsyncClient() as client:
        text = (await client.get(f"http://127.0.0.1:{port}/metrics")).text
    assert "rpc_server_calls_total" in text
    for canary in (*found.secrets.values(), *found.links.values(), EMAIL, PHONE, NAME):
        assert canary not in text


async def test_tables_hold_no_secret(watched: Any) -> None:
    """Passwords are hashed with salt, tokens and keys by digest; stored answers are encrypted."""
    found, database = watched
    where: dict[str, set[str]] = {}
    async for table, text in rows(database):
        for name, secret in {**found.secrets, **found.links}.items():
            if any(_holds(text, part) for part in _parts(secret)):
                where.setdefault(table, set()).add(name)
    assert {t: names for t, names in where.items() if not (t in LINKS_ALLOWED and names <= set(found.links))} == {}


async def test_personal_data_stands_in_known_tables_only(watched: Any) -> None:
    _, database = watched
    where = set()
    async for table, text in rows(database):
        if any(_holds(text, canary) for canary in (EMAIL, PHONE, NAME)):
            where.add(table)
    assert "identity.users" in where
    assert where <= set(PERSONAL_ALLOWED)


async def test_redis_holds_neither(watched: Any) -> None:
    found, _ = watched
    redis = found.harness.resources.redis
    kept = streamed = b""
    async for key in redis.scan_iter(count=1000):
        kept += key
        kind = await redis.type(key)
        if kind == b"string":
            kept += await redis.get(key) or b""
        elif kind == b"hash":
            kept += repr(await redis.hgetall(key)).encode()
        elif kind == b"stream":
            streamed += repr(await redis.xrange(key)).encode()
    assert kept, "nothing was counted, so nothing is proven"
    for canary in (*found.secrets.values(), *found.links.values(), EMAIL, PHONE, NAME):
        assert canary.encode() not in kept
    # Events may name people: who is called how is what some of them tell.
    assert b"AccountMessageWritten" in streamed
    for canary in (*found.secrets.values(), *found.links.values(), EMAIL, PHONE):
        assert canary.encode() not in streamed


async def rows(database: TestDatabase) -> AsyncIterator[tuple[str, str]]:
    """Every row of every table, as text."""
    connection = await asyncpg.connect(database.superuser_url)
    try:
        tables = await connection.fetch(
            "SELECT n.nspname || '.' || c.relname AS name "
            "FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
            "WHERE c.relkind = 'r' AND n.nspname NOT LIKE 'pg_%' AND n.nspname <> 'information_schema'"
        )
        for table in tables:
            for row in await connection.fetch(f"SELECT t::text AS text FROM {table['name']} t"):
                yield table["name"], row["text"]
    finally:
        await connection.close()


def _holds(text: str, canary: str) -> bool:
    """As it is, or within a bytea."""
    return canary in text or canary.encode().hex() in text


def test_the_control_finds_a_canary() -> None:
    line = json.dumps({"event": "x", "error": f"duplicate key: {EMAIL}"})
    assert re.search(re.escape(EMAIL), line)
    assert _holds("(1,\\x" + PASSWORD.encode().hex() + ")", PASSWORD)
