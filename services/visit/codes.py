"""The six digits by which buyer and agent show that they have met. Pure.

A million codes are tried in a second, so neither their number nor a slow hash protects them: the hash is keyed with a
secret that the database does not hold, a code lives for ten minutes, and five tries use it up.
"""

import hashlib
import hmac
import secrets
from datetime import timedelta
from uuid import UUID

LIFE = timedelta(minutes=10)
TRIES = 5
"""Codes that may be entered for one that was made."""
ISSUES = 10
"""Codes that may be made for one visit."""
_DIGITS = 6
_SALT = 16


def new_code() -> str:
    """Make a code from the system's random numbers, every one of the million equally likely."""
    return f"{secrets.randbelow(10**_DIGITS):0{_DIGITS}d}"


def new_salt() -> bytes:
    """What makes equal codes look different."""
    return secrets.token_bytes(_SALT)


def hash_code(secret: bytes, visit_id: UUID, agent_id: UUID, salt: bytes, code: str) -> bytes:
    """What is stored of a code: good for one visit and one agent only."""
    bound = visit_id.bytes + agent_id.bytes + salt + code.encode()
    return hmac.digest(secret, b"doorstep visit code\0" + bound, hashlib.sha256)


def same(stored: bytes, entered: bytes) -> bool:
    """Compare in constant time."""
    return hmac.compare_digest(stored, entered)
