"""Who is asking: the one object that access rules, policies, row-level security and logs look at."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from services.chassis.errors import PermissionMissing, invalid


class CallerKind(StrEnum):
    """How a caller proved who it is."""

    ANONYMOUS = "anonymous"
    USER = "user"
    API_KEY = "api_key"
    DEVICE = "device"
    SERVICE = "service"
    """Another service of the suite, on nobody's behalf."""
    SYSTEM = "system"
    """Our own background work, and what must run before a caller is known (sign-in)."""


@dataclass(frozen=True, slots=True)
class Actor:
    """A caller, proven. Never built from fields of a request: only the chain, jobs and subscribers make one."""

    kind: CallerKind
    user_id: UUID | None = None
    organization_id: UUID | None = None
    session_id: UUID | None = None
    key_id: UUID | None = None
    """The API key or device key, for those kinds."""
    roles: frozenset[str] = frozenset()
    permissions: frozenset[str] = frozenset()
    authenticated_at: datetime | None = None
    """When a password was last entered; None for keys."""
    token: str | None = None
    """The access token as sent, forwarded to peers, which check it again."""
    identity: str = field(init=False, repr=False, compare=False)
    """A short name for counters and fingerprints, unique per caller; empty for anonymous ones."""

    def __post_init__(self) -> None:
        """Write the name once: the same actor makes many calls."""
        subject = self.key_id or self.user_id
        object.__setattr__(self, "identity", f"{self.kind}:{subject}" if subject else "")

    def can(self, permission: str) -> bool:
        """Say whether the caller holds a permission such as `property.write`."""
        return permission in self.permissions


ANONYMOUS = Actor(CallerKind.ANONYMOUS)
SYSTEM = Actor(CallerKind.SYSTEM)

_current: ContextVar[Actor] = ContextVar("actor", default=ANONYMOUS)


def system_for(organization_id: UUID) -> Actor:
    """Background work on behalf of one organisation: sees that organisation's rows and no others."""
    return Actor(CallerKind.SERVICE, organization_id=organization_id)


def organization_of(actor: Actor) -> UUID:
    """The caller's organisation, for calls that need one.

    Raises:
        InvalidFields: the caller acts for none.
    """
    if actor.organization_id is None:
        raise invalid("organization_id", "sign in to an organisation first", "organization.required")
    return actor.organization_id


def user_of(actor: Actor) -> UUID:
    """The user who calls, for calls that only people make.

    Raises:
        PermissionMissing: the caller is a key or a service, which is nobody.
    """
    if actor.user_id is None:
        raise PermissionMissing(metadata={"permission": "user"})
    return actor.user_id


def current_actor() -> Actor:
    """The caller of the RPC that is running."""
    return _current.get()


def set_current_actor(actor: Actor) -> None:
    """Make `actor` the caller for the rest of this task; only the chain calls it."""
    _current.set(actor)


@contextmanager
def acting_as(actor: Actor) -> Iterator[None]:
    """Act as `actor` within the block: jobs, subscribers, tests."""
    token = _current.set(actor)
    try:
        yield
    finally:
        _current.reset(token)
