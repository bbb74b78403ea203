"""Passwords: argon2id in a bounded pool of threads, and the check that refuses what can be guessed.

Hashing costs about 30 ms and 19 MiB on purpose, so it never runs on the event loop and never more than a few times at
once; when the queue is full, callers are refused at once instead of waiting past their deadlines.

Accounts that come from an older system bring bcrypt hashes. They are right or wrong like any other, and replaced at the
first sign-in. Until the last one is gone, every sign-in computes both kinds, at the greatest cost that is stored:
otherwise the time of an answer would tell which addresses came from there.
"""

import asyncio
import re
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import bcrypt
from argon2 import PasswordHasher, Type, extract_parameters
from argon2.exceptions import InvalidHashError, VerificationError

from services.chassis.errors import RateLimited, Violation
from services.identity.common_passwords import COMMON, SEQUENCES
from services.identity.errors import WeakPassword

BCRYPT_COSTS = range(4, 16)
"""Accepted in hashes of older systems; beyond, one sign-in would keep a thread for many seconds."""
_GREATEST_MEMORY, _GREATEST_PASSES = 262_144, 10
_BCRYPT = re.compile(r"\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}")
_BCRYPT_BYTES = 72
"""What bcrypt reads of a password; implementations of old cut it off there without a word."""

MINIMUM_LENGTH = 10
MAXIMUM_LENGTH = 256
_MINIMUM_DISTINCT = 5
_OWN_WORDS = 4
"""Characters from which on a name or a part of the address counts as a word in the password."""


T = TypeVar("T")


class Passwords:
    """Hashes and verifies. One per process."""

    def __init__(self, *, threads: int = 2, queue: int = 64, memory_kib: int = 19_456, passes: int = 2) -> None:
        """Choose the cost; the defaults are OWASP's profile for argon2id.

        Args:
            threads: Hashes computed at the same time.
            queue: Hashes computed or waiting before callers are refused.
            memory_kib: Memory of one hash in KiB.
            passes: Passes over the memory.
        """
        self._hasher = PasswordHasher(time_cost=passes, memory_cost=memory_kib, parallelism=1)
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="argon2")
        self._queue = queue
        self._pending = 0
        self._nobody = self._hasher.hash("nobody has this password")

    async def hash(self, password: str) -> str:
        """Hash a new password.

        Raises:
            RateLimited: too many hashes are waiting.
        """
        return await self._run(self._hasher.hash, _canonical(password))

    async def verify(self, stored: str | None, password: str, *, bcrypt_cost: int = 0) -> bool:
        """Say whether `password` is the one that `stored` was made of.

        `None` (an account that does not exist) takes the same time and is never right.

        Args:
            stored: The hash; argon2id or bcrypt.
            password: As typed.
            bcrypt_cost: The greatest cost of any bcrypt hash there is; 0 when there is none.

        Raises:
            RateLimited: too many hashes are waiting.
        """
        right = await self._run(self._check_all, stored or self._nobody, password, bcrypt_cost)
        return right and stored is not None

    def outdated(self, stored: str) -> bool:
        """Whether a hash was made otherwise or at another cost than today's and should be made anew."""
        return is_bcrypt(stored) or self._hasher.check_needs_rehash(stored)

    def close(self) -> None:
        """End the threads."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _check_all(self, stored: str, password: str, bcrypt_cost: int) -> bool:
        """Compare, and do the work of the other kind of hash for nothing."""
        old = is_bcrypt(stored)
        right = self._check(self._nobody if old else stored, _canonical(password))
        if not old and not bcrypt_cost:
            return right
        right_of_old = _check_bcrypt(stored if old else "", password, bcrypt_cost)
        return right_of_old if old else right

    def _check(self, stored: str, password: str) -> bool:
        try:
            return self._hasher.verify(stored, password)
        except (VerificationError, InvalidHashError):
            return False

    async def _run(self, function: Callable[..., T], *arguments: str | int) -> T:
        if self._pending >= self._queue:
            raise RateLimited("too many sign-ins at once; try again", retry_after=1)
        self._pending += 1
        future = asyncio.get_running_loop().run_in_executor(self._pool, function, *arguments)
        # Counted until the thread is done, not until the caller has gone: a cancelled call still uses its thread.
        future.add_done_callback(self._done)
        return await future

    def _done(self, _future: "asyncio.Future[T]") -> None:
        self._pending -= 1


def is_bcrypt(stored: str) -> bool:
    """Whether a hash is one of bcrypt that we accept."""
    found = _BCRYPT.fullmatch(stored)
    return found is not None and int(found[1]) in BCRYPT_COSTS


def can_be_taken_over(stored: str) -> bool:
    """Whether a hash out of another system is one that we can compare with: bcrypt, or argon2id at a sane cost."""
    if is_bcrypt(stored):
        return True
    try:
        found = extract_parameters(stored)
    except InvalidHashError:
        return False
    return (
        stored.isascii()
        and found.type is Type.ID
        and found.memory_cost <= _GREATEST_MEMORY
        and found.time_cost <= _GREATEST_PASSES
    )


def _check_bcrypt(stored: str, password: str, most: int) -> bool:
    """Compare with a bcrypt hash, or none, and take as long as one of cost `most` does.

    The bytes are the ones that were typed: the system that made the hash knew nothing of canonical forms.
    """
    typed = password.encode()[:_BCRYPT_BYTES]
    right = bool(stored) and bcrypt.checkpw(typed, stored.encode())
    # 2^4 and 2^4 and 2^5 ... rounds make 2^most.
    cost = int(stored[4:6]) if stored else 0
    for missing in range(cost, most) if stored else (most,):
        bcrypt.hashpw(typed, bcrypt.gensalt(missing))
    return right


def _canonical(password: str) -> str:
    """The same password typed on another keyboard must be the same bytes (NIST SP 800-63B 5.1.1.2)."""
    return unicodedata.normalize("NFKC", password)


def require_strong(password: str, *, own: tuple[str, ...] = (), field: str = "password") -> None:
    """Refuse what a guesser tries first: short, common, a run of keys, few different characters, one's own name.

    Args:
        password: As typed.
        own: The address and names of the account.
        field: Path of the password in the request.

    Raises:
        WeakPassword: with the rule that is broken.
    """
    problem = weakness(password, own=own)
    if problem:
        raise WeakPassword(metadata={"fields": field}, violations=(Violation(field, problem, "WEAK_PASSWORD"),))


def weakness(password: str, *, own: tuple[str, ...] = ()) -> str:
    """The first rule that `password` breaks, in words; empty when it breaks none."""
    text = _canonical(password)
    if len(text) < MINIMUM_LENGTH:
        return f"must have at least {MINIMUM_LENGTH} characters"
    if len(text) > MAXIMUM_LENGTH:
        return f"must have at most {MAXIMUM_LENGTH} characters"
    lower = text.casefold()
    if len(set(lower)) < _MINIMUM_DISTINCT:
        return "must have more different characters"
    plain = lower.translate(_LEET)
    core = re.sub(r"^[\d\W_]+|[\d\W_]+$", "", lower).translate(_LEET)
    # "P@ssw0rd2026!" is "password" once signs at the ends are dropped and the others are read as letters.
    bases = {re.sub(r"[^a-z]", "", text) for text in (plain, core, lower)}
    for word in own:
        for part in re.split(r"[^\w]+", word.casefold()):
            if len(part) >= _OWN_WORDS and part in (lower if part.isdigit() else plain + " " + lower):
                rest = len(lower) - len(part)
                if rest < MINIMUM_LENGTH - 2:
                    return "must not be made of your name or address"
    if lower in COMMON or any(
        (base in COMMON and len(lower) - len(base) < MINIMUM_LENGTH) or _twice(base) for base in bases
    ):
        return "is one of the passwords that are tried first"
    if any(len(run) >= len(lower) - 4 for run in _runs(lower)):
        return "must not be a run of neighbouring keys, letters or digits"
    return ""


_LEET = str.maketrans({"0": "o", "1": "l", "3": "e", "4": "a", "5": "s", "7": "t", "@": "a", "$": "s", "!": "i"})


def _twice(letters: str) -> bool:
    """Whether the letters are a common word written twice."""
    half = len(letters) // 2
    return len(letters) % 2 == 0 and half >= 4 and letters[:half] == letters[half:] and letters[:half] in COMMON


def _runs(text: str) -> list[str]:
    """The longest pieces that lie in a row on a keyboard, in the alphabet or among the digits, in either direction."""
    found = []
    for sequence in SEQUENCES:
        for line in (sequence * 3, sequence[::-1] * 3):
            for start in range(len(text)):
                end = start
                while end < len(text) and text[start : end + 1] in line:
                    end += 1
                found.append(text[start:end])
    return found
