"""How a completed visit is certified: content, chain and signature. Pure: the same functions write and verify.

A certificate's hash covers its content and the hash of the one before it in the organisation; its signature covers the
hash. Who can write to the database could compute a whole chain anew, but not sign it: the key is made from a secret
that the database does not hold. Public keys of earlier secrets stand in the settings: certificates outlive secrets.
"""

import hashlib
import hmac
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

FORMAT = 1


class Problem(StrEnum):
    """What is wrong with a certificate."""

    UNKNOWN = "UNKNOWN"
    ALTERED = "ALTERED"
    FORGED = "FORGED"
    BROKEN_CHAIN = "BROKEN_CHAIN"
    VISIT_DIFFERS = "VISIT_DIFFERS"


@dataclass(frozen=True, slots=True)
class Facts:
    """What is certified."""

    certificate_id: UUID
    organization_id: UUID
    sequence: int
    visit_id: UUID
    listing_id: UUID
    property_id: UUID
    buyer_id: UUID
    agent_id: UUID
    recorder_id: UUID
    start_time: datetime
    end_time: datetime
    meet_time: datetime | None
    complete_time: datetime
    code_used: bool
    overridden: bool
    evidence_score: int
    needs_review: bool


@dataclass(frozen=True, slots=True)
class Link:
    """A certificate in its chain."""

    content: str
    previous_hash: bytes
    hash: bytes
    signature: bytes
    key_id: str


def canonical(facts: Facts) -> str:
    """The one way to write facts down."""
    return json.dumps({"format": FORMAT, **asdict(facts)}, sort_keys=True, separators=(",", ":"), default=_text)


def _text(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def genesis(organization_id: UUID) -> bytes:
    """What the first certificate of an organisation follows: a chain cannot be moved to another one."""
    return hashlib.sha256(b"doorstep visit certificates\0" + organization_id.bytes).digest()


def link_hash(previous: bytes, content: str) -> bytes:
    """The hash of a certificate that follows `previous`."""
    return hashlib.sha256(previous + content.encode()).digest()


class Keys:
    """The key that signs, and those whose signatures count."""

    def __init__(self, secret: bytes, former: Iterable[str] = ()) -> None:
        """Make the key.

        Args:
            secret: The same in every process; the database does not hold it.
            former: Public keys of earlier secrets, in hex.

        Raises:
            ValueError: a former key is none.
        """
        seed = hmac.digest(secret, b"doorstep visit certificates ed25519", "sha256")
        self._private = Ed25519PrivateKey.from_private_bytes(seed)
        self._public: dict[str, Ed25519PublicKey] = {}
        for key in (self._private.public_key(), *(_public(text) for text in former)):
            self._public.setdefault(_id(key), key)
        self.key_id = next(iter(self._public))

    def sign(self, digest: bytes) -> bytes:
        """Sign a hash."""
        return self._private.sign(digest)

    def signed(self, digest: bytes, signature: bytes, key_id: str) -> bool:
        """Whether one of our keys signed a hash."""
        key = self._public.get(key_id)
        if key is None:
            return False
        try:
            key.verify(signature, digest)
        except InvalidSignature:
            return False
        return True

    def public(self) -> list[tuple[str, str]]:
        """(id, key in hex) of all, the current one first."""
        return [(key_id, _raw(key).hex()) for key_id, key in self._public.items()]


def make(facts: Facts, previous: bytes, keys: Keys) -> Link:
    """Certify."""
    content = canonical(facts)
    digest = link_hash(previous, content)
    return Link(content, previous, digest, keys.sign(digest), keys.key_id)


def problem_of(facts: Facts, link: Link, previous: bytes | None, keys: Keys) -> Problem | None:
    """What is wrong with a stored certificate.

    Args:
        facts: As its columns have them.
        link: As stored.
        previous: Hash of the one before it as stored there; None where that one is missing.
        keys: Ours.
    """
    if link.content != canonical(facts) or link_hash(link.previous_hash, link.content) != link.hash:
        return Problem.ALTERED
    if not keys.signed(link.hash, link.signature, link.key_id):
        return Problem.FORGED
    return None if previous == link.previous_hash else Problem.BROKEN_CHAIN


def _public(text: str) -> Ed25519PublicKey:
    return Ed25519PublicKey.from_public_bytes(bytes.fromhex(text))


def _raw(key: Ed25519PublicKey) -> bytes:
    return key.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)


def _id(key: Ed25519PublicKey) -> str:
    return hashlib.sha256(_raw(key)).hexdigest()[:16]
