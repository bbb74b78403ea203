"""How wrong passwords are counted, so that guessing is slow and nobody can shut a victim out. Pure rules.

Three counters, each for itself:

- **pair**: one account from one network. Five failures lock it for 2 minutes, then 4, 8 ... (2^n, n = locks since the
  last success, at most 2^10). Others' networks are not touched.
- **account**: one account from everywhere, against guessers with many addresses. Fifty failures within an hour lock it
  for an hour for *unknown* devices.
- **device**: one account from one device that has signed in before. Counted like a pair, and instead of the two others:
  whatever strangers do, the owner's own devices stay open.

An attempt is counted as failed *before* the password is looked at, and forgiven when it was right: of two hundred
parallel guesses five reach the hash, not two hundred. Unknown addresses have counters like known ones.
"""

import asyncio
import hashlib
import ipaddress
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from weakref import WeakValueDictionary

QUIET = timedelta(hours=24)
"""After so long without a failure a pair or device begins anew."""
_GREATEST_EXPONENT = 10


class Scope(StrEnum):
    """What a counter counts."""

    PAIR = "pair"
    ACCOUNT = "account"
    DEVICE = "device"


@dataclass(frozen=True, slots=True)
class Counter:
    """The failures of one subject."""

    failures: int = 0
    """Since the last success or lock."""
    lockouts: int = 0
    """Locks since the last success."""
    lock_expire_time: datetime | None = None
    update_time: datetime | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an attempt may do."""

    admitted: bool
    counter: Counter
    """To be stored: with the attempt counted as failed, when it was admitted."""
    remaining: int
    """Attempts left before the lock, should this one fail."""
    retry_after: timedelta
    """How long the lock lasts, should this one fail or where it was refused; zero when there is none."""


@dataclass(frozen=True, slots=True)
class Rule:
    """When a scope locks and for how long."""

    failures: int
    growing: bool
    """2^n minutes; else `flat`."""
    flat: timedelta
    memory: timedelta
    """After so long without a failure everything is forgotten."""

    def lock_length(self, lockouts: int) -> timedelta:
        """How long the lock number `lockouts` (1, 2 ...) lasts."""
        return timedelta(minutes=2 ** min(lockouts, _GREATEST_EXPONENT)) if self.growing else self.flat

    def attempt(self, counter: Counter, now: datetime) -> Verdict:
        """Admit an attempt and count it, or refuse it."""
        if counter.lock_expire_time is not None and counter.lock_expire_time > now:
            return Verdict(False, counter, 0, counter.lock_expire_time - now)
        if counter.update_time is not None and now - counter.update_time > self.memory:
            counter = Counter()
        failures = counter.failures + 1
        if failures < self.failures:
            counted = replace(counter, failures=failures, lock_expire_time=None, update_time=now)
            return Verdict(True, counted, self.failures - failures, timedelta())
        length = self.lock_length(counter.lockouts + 1)
        locked = Counter(0, counter.lockouts + 1, now + length, now)
        return Verdict(True, locked, 0, length)


RULES = {
    Scope.PAIR: Rule(failures=5, growing=True, flat=timedelta(), memory=QUIET),
    Scope.ACCOUNT: Rule(failures=50, growing=False, flat=timedelta(hours=1), memory=timedelta(hours=1)),
    Scope.DEVICE: Rule(failures=5, growing=True, flat=timedelta(), memory=QUIET),
}


@dataclass(frozen=True, slots=True)
class Subject:
    """One counter's name: a hash, so that the table tells nobody who mistyped what from where."""

    scope: Scope
    key: bytes


def subjects(email_key: str, address: str, *, device: bytes | None) -> tuple[Subject, ...]:
    """The counters that an attempt is held against, in the order in which their rows are locked."""
    if device is not None:
        return (Subject(Scope.DEVICE, _hash("device", email_key, device.hex())),)
    return (
        Subject(Scope.PAIR, _hash("pair", email_key, network(address))),
        Subject(Scope.ACCOUNT, _hash("account", email_key)),
    )


def network(address: str) -> str:
    """The network of an address: itself for IPv4, its /64 for IPv6, where one customer has 2^64 addresses."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    return str(parsed.ipv4_mapped or ipaddress.ip_network((parsed, 64), strict=False))


def judge(rules: Sequence[tuple[Rule, Counter]], now: datetime) -> tuple[list[Verdict], Verdict]:
    """Hold an attempt against several counters: refused by one is refused by all, and then nothing is counted.

    Returns:
        The verdict of each, and the strictest one.
    """
    verdicts = [rule.attempt(counter, now) for rule, counter in rules]
    refused = [v for v in verdicts if not v.admitted]
    if refused:
        worst = max(refused, key=lambda v: v.retry_after)
        kept = [replace(v, admitted=False, counter=c) for v, (_, c) in zip(verdicts, rules, strict=True)]
        return kept, worst
    return verdicts, min(verdicts, key=lambda v: (v.remaining, -v.retry_after))


def _hash(*parts: str) -> bytes:
    return hashlib.sha256("\0".join(parts).encode()).digest()


class Turnstile:
    """Lets one attempt per subject through at a time within the process.

    Attempts count as failed until they are known to be right: a person whose three devices sign in at the same moment
    must not look like a guesser.
    """

    def __init__(self) -> None:
        self._locks: WeakValueDictionary[bytes, asyncio.Lock] = WeakValueDictionary()

    @asynccontextmanager
    async def through(self, which: Sequence[Subject]) -> AsyncIterator[None]:
        """Wait for one's turn with every subject."""
        # A device or a pair stands first in its list, and an account is no reason to wait.
        async with AsyncExitStack() as stack:
            for subject in which:
                if subject.scope is not Scope.ACCOUNT:
                    lock = self._locks.get(subject.key)
                    if lock is None:
                        lock = self._locks[subject.key] = asyncio.Lock()
                    await stack.enter_async_context(lock)
            yield
