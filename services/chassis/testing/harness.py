"""A process under test: real server, real chain, real Postgres and Redis, on a free port of the test's own loop."""

import secrets
import time
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeVar
from uuid import UUID

import grpc
from pydantic import SecretStr

from services.chassis import observability
from services.chassis.actor import Actor
from services.chassis.clock import TurnableClock
from services.chassis.ids import new_id
from services.chassis.interceptors.authenticate import Credentials
from services.chassis.run import Build, Running, running
from services.chassis.settings import Environment, Settings
from services.chassis.tokens import AUDIENCE, Claims, KeyRing, ServiceTokens, make_key, sign_access_token

Stub = TypeVar("Stub")

ISSUER = "http://127.0.0.1:8080"


@dataclass
class TrustingCredentials:
    """Credentials for tests of services other than identity: every well-signed token lives, keys are as told."""

    keys: dict[str, Actor] = field(default_factory=dict)
    revoked: set[UUID] = field(default_factory=set)

    async def check_session(self, claims: Claims) -> bool:
        """Alive unless told otherwise."""
        return claims.actor.session_id not in self.revoked

    async def verify_key(self, key: str) -> Actor | None:
        """As told."""
        return self.keys.get(key)


class Harness:
    """Calls a running process as anybody."""

    def __init__(self, process: Running, credentials: Credentials | None, channel: grpc.aio.Channel) -> None:
        """Use `Harness.open`."""
        self.process = process
        self.credentials = credentials
        self.channel = channel
        self.resources = process.resources
        self.settings = process.resources.settings
        self.clock: TurnableClock = process.resources.clock  # type: ignore[assignment]

    @classmethod
    @asynccontextmanager
    async def open(
        cls,
        builds: Sequence[Build],
        *,
        database_url: str,
        redis_url: str,
        keys_dir: Path,
        credentials: Credentials | Literal["identity"] | None = None,
        **overrides: Any,
    ) -> AsyncIterator["Harness"]:
        """Serve `builds` within the block.

        Args:
            builds: `build` functions of the services.
            database_url: A migrated database of the test's own, as the role of the services.
            redis_url: A Redis; keys of tests carry random organisations, so it may be shared.
            keys_dir: Holds signing keys; one is made when there is none.
            credentials: Who decides about sessions and keys: `TrustingCredentials` when left out; "identity" asks the
                identity service, which must then be among `builds`.
            overrides: Other settings.
        """
        settings = make_settings(database_url=database_url, redis_url=redis_url, keys_dir=keys_dir, **overrides)
        used: Credentials | None = credentials if not isinstance(credentials, str) else None
        if credentials is None:
            used = TrustingCredentials()
        observability.set_up(settings, "test")
        async with (
            running(settings, builds, clock=TurnableClock(), credentials=used) as process,
            grpc.aio.insecure_channel(f"127.0.0.1:{process.port}") as channel,
        ):
            yield cls(process, used, channel)

    def stub(self, make: Callable[[grpc.aio.Channel], Stub]) -> Stub:
        """A stub on the harness's channel."""
        return make(self.channel)

    def token(
        self,
        *,
        organization_id: UUID | None = None,
        user_id: UUID | None = None,
        session_id: UUID | None = None,
        roles: Iterable[str] = (),
        permissions: Iterable[str] = (),
        age: float = 0,
        authorization_version: int = 1,
        **claims: Any,
    ) -> str:
        """An access token as the identity service would sign it; `claims` override or add."""
        now = int(time.time())
        body: dict[str, Any] = {
            "iss": self.settings.issuer,
            "aud": AUDIENCE,
            "sub": str(user_id or new_id()),
            "sid": str(session_id or new_id()),
            "roles": list(roles),
            "scope": " ".join(permissions),
            "auth_time": int(now - age),
            "azv": authorization_version,
            "jti": str(new_id()),
            "iat": now,
            "nbf": now,
            "exp": now + 600,
        }
        if organization_id is not None:
            body["org"] = str(organization_id)
        return sign_access_token(self.resources.key_ring, {**body, **claims})

    def metadata(
        self, token: str | None = None, *, api_key: str | None = None, service: str | None = None, **headers: str
    ) -> list[tuple[str, str]]:
        """Headers of a caller: a user's token, a key, or (with `service`, the callee's name) another service."""
        found = [(name.replace("_", "-"), value) for name, value in headers.items()]
        if token is not None:
            found.append(("authorization", f"Bearer {token}"))
        if api_key is not None:
            found.append(("x-api-key", api_key))
        if service is not None:
            secret = self.settings.internal_secret.get_secret_value()
            found.append((ServiceTokens.HEADER, ServiceTokens(secret).make(service)))
        return found

    async def call(
        self, method: Any, request: Any, token: str | None = None, *, timeout: float = 20, **who: str
    ) -> Any:
        """Call a unary method of a stub."""
        return await method(request, metadata=self.metadata(token, **who), timeout=timeout)


def make_settings(*, database_url: str, redis_url: str, keys_dir: Path, **overrides: Any) -> Settings:
    """Settings of a process under test; secrets are random."""
    keys_dir.mkdir(parents=True, exist_ok=True)
    if not list(keys_dir.glob("*.pem")):
        make_key(keys_dir)
    values: dict[str, Any] = {
        "environment": Environment.TEST,
        "database_url": SecretStr(database_url),
        "redis_url": SecretStr(redis_url),
        "keys_dir": keys_dir,
        "port": 0,
        "log_level": "ERROR",
        "public_url": ISSUER,
        "internal_secret": SecretStr(secrets.token_urlsafe(48)),
        "page_token_secret": SecretStr(secrets.token_urlsafe(48)),
        "drain_seconds": 0,
        "grace_seconds": 2,
        "rate_limit_requests": 100_000,
        "rate_limit_address_requests": 1_000_000,
        "database_pool_size": 8,
    }
    return Settings(**{**values, **overrides})


__all__ = ["Harness", "KeyRing", "TrustingCredentials", "make_settings"]
