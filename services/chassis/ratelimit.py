"""How often someone may do something: one sliding window in Redis for all processes.

The window is a counter for the current and one for the previous period, the previous weighted by the part of it that
the sliding window still covers: two integers per caller, however many calls. Compared with a log of all calls it is
exact for the current period and assumes that the previous one was evenly spread.

Why not the `limits` library for this: it admits in one trip but needs a second one to say how much remains and when to
come back, which every answer carries here (69 against 63 us for the first trip alone, measured). Both need Lua in
Redis, so nothing is lost where EVAL is forbidden. For the fallback inside a process, where trips cost nothing, the
library is what is used.

A busy caller costs no trip per call: a process leases up to 2 % of the limit at once and counts it down by itself
(measured: a trip per call, twice, tripled the CPU of a small RPC). The lease grows only while it is used up within
`LEASE` seconds, so a slow caller never leases more than the one call it makes, and limits under 100 are exact. A
refusal is remembered until the time that it named. Calls of one caller that come at once make one trip together:
otherwise thousands at once would find no connection left, and a caller could lift its own limit by sheer haste.

Redis away: the call is admitted, logged and counted. Where the rule says `strict` (sign-in, one-time codes), a limit
within each process holds instead, so that stopping Redis does not open a door for guessing.
"""

import asyncio
import hashlib
import ipaddress
import time
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import structlog
from limits import RateLimitItemPerSecond
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from prometheus_client import Counter
from redis.asyncio import Redis
from redis.exceptions import RedisError

from services.chassis.redis import RedisUnavailable
from services.chassis.tally import TALLY

__all__ = ["RateLimiter", "Verdict", "address_identity"]

log = structlog.get_logger(__name__)

HITS = Counter("doorstep_rate_limit_hits_total", "Calls that were counted against a limit.", ["scope", "outcome"])

# One key per caller and rule, a hash {p: number of the period, c: its count, l: count of the period before}.
# The clock is Redis's own: instances whose clocks differ still count in the same period.
# Answer: {calls admitted (0 to the cost asked for), remaining calls, milliseconds until one more call fits}.
_SLIDING_WINDOW = """
local limit, window = tonumber(ARGV[1]), tonumber(ARGV[2])
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
local period = math.floor(now / window)
local into = now - period * window
local h = redis.call('HMGET', KEYS[1], 'p', 'c', 'l')
local p, c, l = tonumber(h[1]) or -1, tonumber(h[2]) or 0, tonumber(h[3]) or 0
if p ~= period then
  if p == period - 1 then l = c else l = 0 end
  c = 0
end
local used = c + l * (window - into) / window
if used + 1 > limit then
  local wait
  if c + 1 <= limit then
    wait = window - (limit - c - 1) * window / l - into
  else
    wait = window - into
    if c > 0 then wait = wait + window - (limit - 1) * window / c end
  end
  return {0, 0, math.max(1, math.ceil(wait))}
end
local cost = math.min(tonumber(ARGV[3]), math.floor(limit - used))
redis.call('HSET', KEYS[1], 'p', period, 'c', c + cost, 'l', l)
redis.call('PEXPIRE', KEYS[1], 2 * window)
return {cost, math.floor(limit - used - cost), 0}
"""


class Verdict(NamedTuple):
    """What a limit says of one call."""

    allowed: bool
    """Whether the call may go on. A refused call has not been counted."""
    limit: int
    """Calls admitted in a window."""
    remaining: int
    """Calls that would still be admitted now; the whole limit when nothing could be counted."""
    retry_after: float
    """Seconds after which one more call fits; 0 when this one was admitted."""


LEASE = 1.0
"""Seconds that leased calls are good for."""
SHARE = 50
"""A lease is at most this part of a limit: 2 %, so that three replicas stay within 5 %."""
_CAPACITY = 100_000


@dataclass(slots=True)
class _Trip:
    """A question to Redis that is under way, and who else waits for its answer."""

    ended: asyncio.Event
    waiting: int = 0
    error: RedisError | None = None


@dataclass(slots=True)
class _Lease:
    """Calls that this process may admit by itself, or a refusal that still holds."""

    left: int
    size: int
    until: float
    remaining: int
    refused: bool = False


class RateLimiter:
    """Counts calls per scope (which rule) and identity (who) in a sliding window shared by all processes.

    Identities are hashed in keys: an address or a user's id does not stand in Redis in the clear.
    """

    def __init__(self, redis: Redis, *, prefix: str = "doorstep:limit") -> None:
        self._redis = redis
        self._prefix = prefix
        self._script = redis.register_script(_SLIDING_WINDOW)
        self._leases: dict[tuple[str, str, int, int], _Lease] = {}
        self._trips: dict[tuple[str, str, int, int], _Trip] = {}
        self._counters: dict[tuple[str, str], Counter] = {}
        self._local = MovingWindowRateLimiter(MemoryStorage())
        self._last_warning = 0.0

    def held(self, scope: str, identity: str, requests: int, window_seconds: int) -> Verdict | None:
        """What this process can say by itself, from a lease or a refusal that still holds; None where it must `hit`."""
        lease = self._leases.get((scope, identity, requests, window_seconds))
        now = time.monotonic()
        if lease is None or now >= lease.until:
            return None
        if lease.refused:
            self._count(scope, "refused")
            return Verdict(allowed=False, limit=requests, remaining=0, retry_after=lease.until - now)
        if lease.left <= 0:
            return None
        lease.left -= 1
        self._count(scope, "allowed")
        return Verdict(allowed=True, limit=requests, remaining=lease.remaining + lease.left, retry_after=0.0)

    async def hit(
        self, scope: str, identity: str, requests: int, window_seconds: int, *, strict: bool = False
    ) -> Verdict:
        """Count one call and say whether it may go on. Never raises because of Redis.

        Args:
            scope: The rule, for instance the RPC's full name; each scope counts by itself.
            identity: Who calls, for instance `user:<id>` or what `address_identity` gives.
            requests: Calls admitted in a window; 0 admits none.
            window_seconds: Length of the window.
            strict: Keep a limit within this process when Redis is away, instead of admitting everything.

        """
        if requests <= 0:
            HITS.labels(scope, "refused").inc()
            return Verdict(allowed=False, limit=0, remaining=0, retry_after=float(window_seconds))
        name = (scope, identity, requests, window_seconds)
        while True:
            verdict = self.held(*name)
            if verdict is not None:
                return verdict
            trip = self._trips.get(name)
            if trip is None:
                break
            trip.waiting += 1
            await trip.ended.wait()
            if trip.error is not None:
                return self._without_redis(trip.error, name, strict=strict)
        trip = self._trips[name] = _Trip(asyncio.Event())
        try:
            return await self._ask(name, trip)
        except RedisError as error:
            trip.error = error
            return self._without_redis(error, name, strict=strict)
        finally:
            del self._trips[name]
            trip.ended.set()

    async def _ask(self, name: tuple[str, str, int, int], trip: _Trip) -> Verdict:
        """Make the trip, for this call, for those that have begun to wait, and for some that are likely to come."""
        scope, _, requests, window_seconds = name
        await asyncio.sleep(0)  # those that came in the same turn of the loop come along
        now = time.monotonic()
        lease = self._leases.get(name)
        likely = 1
        if lease is not None and not lease.refused and lease.left == 0 and now < lease.until:
            likely = min(lease.size * 2, requests // SHARE)
        cost = max(1 + trip.waiting, likely)
        admitted, remaining, wait = await self._script(
            keys=[self._key(name)], args=[requests, window_seconds * 1000, cost]
        )
        if len(self._leases) >= _CAPACITY:
            self._leases = {n: held for n, held in self._leases.items() if held.until > now}
        until = now + (LEASE if admitted else wait / 1000)
        self._leases[name] = _Lease(int(admitted) - 1, int(admitted), until, int(remaining), refused=not admitted)
        self._count(scope, "allowed" if admitted else "refused")
        return Verdict(bool(admitted), requests, int(remaining), wait / 1000)

    def _key(self, name: tuple[str, str, int, int]) -> str:
        scope, identity, requests, window_seconds = name
        who = hashlib.blake2b(identity.encode(), digest_size=12).hexdigest()
        return f"{self._prefix}:{scope}:{requests}/{window_seconds}:{who}"

    def _count(self, scope: str, outcome: str) -> None:
        counter = self._counters.get((scope, outcome))
        if counter is None:
            counter = self._counters[(scope, outcome)] = HITS.labels(scope, outcome)
        TALLY.add(counter)

    def _without_redis(self, error: RedisError, name: tuple[str, str, int, int], *, strict: bool) -> Verdict:
        scope, _, requests, window_seconds = name
        key = self._key(name)
        now = time.monotonic()
        if now - self._last_warning >= 1.0:  # one line a second says enough; the counter has every call
            self._last_warning = now
            known = isinstance(error, RedisUnavailable)
            log.warning("rate_limit_without_redis", scope=scope, strict=strict, error=str(error), unavailable=known)
        if not strict:
            HITS.labels(scope, "failed_open").inc()
            return Verdict(allowed=True, limit=requests, remaining=requests, retry_after=0.0)
        item = RateLimitItemPerSecond(requests, window_seconds)
        allowed = self._local.hit(item, key)
        reset, remaining = self._local.get_window_stats(item, key)
        HITS.labels(scope, "local_allowed" if allowed else "local_refused").inc()
        return Verdict(allowed, requests, int(remaining), 0.0 if allowed else max(0.001, reset - time.time()))


@lru_cache(maxsize=4096)
def address_identity(address: str) -> str:
    """Who an IP address stands for: itself, or its /64 network for IPv6.

    One household or server owns a whole /64 and could otherwise call from 2^64 addresses. An IPv4 address written as
    IPv6 (`::ffff:192.0.2.1`) counts as the IPv4 address. Text that is no address is its own identity, so that a
    unix socket's peers share one limit.
    """
    try:
        ip = ipaddress.ip_address(address.strip("[]").partition("%")[0])
    except ValueError:
        return f"address:{address}"
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped is None:
            return f"address:{ipaddress.IPv6Network((int(ip) >> 64 << 64, 64))}"
        ip = ip.ipv4_mapped
    return f"address:{ip}"
