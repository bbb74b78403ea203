"""Signing access tokens: which claims, for how long. How they are verified stands in `chassis/tokens.py`."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from services.chassis.ids import new_id
from services.chassis.tokens import AUDIENCE, KeyRing, sign_access_token

LIFETIME = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom a token is for and what it lets them do."""

    user_id: UUID
    session_id: UUID
    organization_id: UUID | None
    roles: tuple[str, ...]
    permissions: frozenset[str]
    authorization_version: int
    authenticated_time: datetime


class AccessTokenIssuer:
    """Signs access tokens with the newest key."""

    def __init__(self, ring: KeyRing, issuer: str) -> None:
        """Take the keys, and the name that we sign with."""
        self._ring = ring
        self._issuer = issuer

    def issue(self, subject: Subject, now: datetime) -> str:
        """Sign a token that lives for `LIFETIME`."""
        issued = int(now.timestamp())
        claims: dict[str, Any] = {
            "iss": self._issuer,
            "aud": AUDIENCE,
            "sub": str(subject.user_id),
            "sid": str(subject.session_id),
            "roles": sorted(subject.roles),
            "scope": " ".join(sorted(subject.permissions)),
            "auth_time": int(subject.authenticated_time.timestamp()),
            "azv": subject.authorization_version,
            "jti": str(new_id()),
            "iat": issued,
            "nbf": issued,
            "exp": issued + int(LIFETIME.total_seconds()),
        }
        if subject.organization_id is not None:
            claims["org"] = str(subject.organization_id)
        return sign_access_token(self._ring, claims)
