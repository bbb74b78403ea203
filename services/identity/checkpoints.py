"""Signed statements of how far an audit log went: what a caller keeps to find out whether history was written anew."""

from datetime import datetime
from typing import Any
from uuid import UUID

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from services.chassis.tokens import KeyRing
from services.identity.errors import CheckpointInvalid
from services.identity.operations.audit import Checkpoint

_TYPE = "doorstep-audit+jwt"


class Checkpoints:
    """Signs and reads checkpoints."""

    def __init__(self, ring: KeyRing, issuer: str) -> None:
        """Take the keys that access tokens are signed with; `typ` keeps the two apart."""
        self._ring = ring
        self._issuer = issuer

    def seal(self, checkpoint: Checkpoint, now: datetime) -> str:
        """Sign a checkpoint. It does not expire, but becomes unreadable once its key has been taken away."""
        key = self._ring.signing_key()
        claims = {
            "iss": self._issuer,
            "org": str(checkpoint.organization_id),
            "seq": checkpoint.sequence,
            "hash": checkpoint.hash.hex(),
            "iat": int(now.timestamp()),
        }
        return jwt.encode({"alg": "RS256", "kid": key.kid, "typ": _TYPE}, claims, key)

    def open(self, text: str, organization_id: UUID) -> Checkpoint:
        """Read a checkpoint.

        Raises:
            CheckpointInvalid: not signed by us, or of another organisation.
        """

        def find(obj: Any) -> RSAKey:
            header = obj.headers()
            key = self._ring.verification_key(str(header["kid"]))
            if header.get("typ") != _TYPE or key is None:
                raise ValueError("header")
            return key

        try:
            claims = jwt.decode(text, find, algorithms=["RS256"]).claims
            if claims["iss"] != self._issuer or UUID(claims["org"]) != organization_id:
                raise ValueError("claims")
            return Checkpoint(organization_id, int(claims["seq"]), bytes.fromhex(claims["hash"]))
        except (JoseError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise CheckpointInvalid from error
