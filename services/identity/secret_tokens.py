"""Secrets that we hand out and only keep hashes of: refresh tokens, links, devices, API keys. Pure.

Each is 32 random bytes, so a plain SHA-256 is enough to store: there is nothing to guess (unlike passwords).
"""

import binascii
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

_BYTES = 32
_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_ID_LENGTH = 22
_SECRET_LENGTH = 43
_CHECK_LENGTH = 6
PREFIX_SHOWN = 8
"""Characters of the id part that are shown in lists beside the prefix of the kind."""


def new_token() -> str:
    """Make a secret for a link or a device: 43 characters, safe in an address."""
    return secrets.token_urlsafe(_BYTES)


def hash_token(token: str) -> bytes:
    """What is stored of a secret."""
    return hashlib.sha256(token.encode()).digest()


# --- refresh tokens ----------------------------------------------------------------------------------------------

GRACE = timedelta(seconds=10)
"""How long a refresh token may be sent again, because its answer was lost or two tabs were open."""


class Use(StrEnum):
    """What presenting a refresh token means."""

    FIRST = "first"
    """Never used: exchange it for its successor."""
    REPEATED = "repeated"
    """Used a moment ago, its successor not yet: answer with the same successor."""
    REUSED = "reused"
    """Used, and it cannot be an innocent repetition: end the session."""


def judge_use(*, used_time: datetime | None, successor_used: bool, now: datetime) -> Use:
    """Decide what presenting a refresh token means.

    A successor in use proves that its answer arrived, so whoever still sends the predecessor copied it.
    """
    if used_time is None:
        return Use.FIRST
    return Use.REPEATED if not successor_used and now - used_time <= GRACE else Use.REUSED


def new_salt() -> bytes:
    """What makes a successor unpredictable to someone who has stolen its predecessor."""
    return secrets.token_bytes(_BYTES)


def successor(token: str, salt: bytes) -> str:
    """The one successor of a refresh token.

    It follows from the token, which only the client has, and the salt, which only the database has: a repetition gets
    the same answer although neither the answer nor anything that it could be read from is stored.
    """
    digest = hmac.digest(salt, b"doorstep refresh successor\0" + token.encode(), "sha256")
    return binascii.b2a_base64(digest, newline=False).decode().translate(str.maketrans("+/", "-_", "="))


# --- API keys ----------------------------------------------------------------------------------------------------


class KeyPrefix(StrEnum):
    """How a key begins: what it is, to a person and to a scanner for leaked secrets."""

    SERVER = "ds_live_"
    DEVICE = "ds_dev_"


@dataclass(frozen=True, slots=True)
class ParsedKey:
    """A key taken apart."""

    prefix: KeyPrefix
    key_id: UUID
    secret_hash: bytes


def new_key(prefix: KeyPrefix, key_id: UUID) -> tuple[str, bytes]:
    """Make a key.

    Returns:
        The key, shown once, and the hash of its secret, which is stored.
    """
    secret = _encode(int.from_bytes(secrets.token_bytes(_BYTES)), _SECRET_LENGTH)
    body = f"{prefix}{_encode(key_id.int, _ID_LENGTH)}_{secret}"
    return body + _check(body), hash_token(secret)


def shown_prefix(prefix: KeyPrefix, key_id: UUID) -> str:
    """The beginning of a key, enough to recognise it."""
    return prefix + _encode(key_id.int, _ID_LENGTH)[-PREFIX_SHOWN:] + "..."


def parse_key(key: str) -> ParsedKey | None:
    """Take a key apart; None when it cannot be one. The check sum keeps typing errors away from the database."""
    prefix = next((p for p in KeyPrefix if key.startswith(p)), None)
    if prefix is None or not key.isascii():
        return None
    id_part, _, rest = key.removeprefix(prefix).partition("_")
    if len(id_part) != _ID_LENGTH or len(rest) != _SECRET_LENGTH + _CHECK_LENGTH:
        return None
    if not hmac.compare_digest(_check(key[:-_CHECK_LENGTH]), key[-_CHECK_LENGTH:]):
        return None
    number = _decode(id_part)
    if number is None or number >= 1 << 128:
        return None
    return ParsedKey(prefix, UUID(int=number), hash_token(rest[:-_CHECK_LENGTH]))


def _check(body: str) -> str:
    return _encode(binascii.crc32(body.encode()), _CHECK_LENGTH)


def _encode(number: int, length: int) -> str:
    digits = ""
    while number:
        number, digit = divmod(number, len(_ALPHABET))
        digits = _ALPHABET[digit] + digits
    return digits.rjust(length, _ALPHABET[0])


def _decode(text: str) -> int | None:
    number = 0
    for character in text:
        digit = _ALPHABET.find(character)
        if digit < 0:
            return None
        number = number * len(_ALPHABET) + digit
    return number
