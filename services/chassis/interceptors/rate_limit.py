"""RateLimit: how often one address, and one caller, may call (the limits of the proto, or the default)."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from doorstep.options.v1 import options_pb2
from services.chassis.errors import RateLimited
from services.chassis.interceptors.call import Call, Method, Proceed
from services.chassis.ratelimit import RateLimiter, address_identity
from services.chassis.tokens import ServiceTokens


class Limit(NamedTuple):
    """Calls in a window of seconds."""

    requests: int
    window_seconds: int


class RateLimitByAddress:
    """Before the caller is known: what one network address may do, over all RPCs and on those that say so."""

    def __init__(
        self, limiter: RateLimiter, default: Limit, service_tokens: ServiceTokens, instead: Mapping[str, int]
    ) -> None:
        """`default` is over all RPCs; `service_tokens` prove peers, which all call from the same few addresses."""
        self._limiter = limiter
        self._instead = instead
        self._default = default
        self._service_tokens = service_tokens

    async def __call__(self, call: Call, proceed: Proceed) -> Any:
        """Refuse or go on; peers are not limited."""
        sent = call.metadata.get(ServiceTokens.HEADER)
        if sent is not None and self._service_tokens.accepts(sent, call.method.owner):
            return await proceed(call)
        address = address_identity(call.address)
        if not self._limiter.leased("address", address, *self._default):
            await _hit(self._limiter, "address", address, self._default, strict=False)
        own = call.method.rate_limit
        if own is not None and own.per_address:
            limit = _declared(call.method, own, self._instead)
            await _hit(self._limiter, f"address{call.method.path}", address, limit, strict=own.strict)
        return await proceed(call)


class RateLimitByCaller:
    """After the caller is known: one user does not use up another's share behind the same address."""

    def __init__(self, limiter: RateLimiter, default: Limit, instead: Mapping[str, int]) -> None:
        """`default` holds for each RPC that declares no limit."""
        self._limiter = limiter
        self._instead = instead
        self._default = default

    async def __call__(self, call: Call, proceed: Proceed) -> Any:
        """Refuse or go on; peers are not limited."""
        if call.from_peer:
            return await proceed(call)
        identity = call.actor.identity
        own = call.method.rate_limit
        if identity:
            limit = _declared(call.method, own, self._instead) if own is not None else self._default
            if not self._limiter.leased(call.method.path, identity, *limit):
                await _hit(self._limiter, call.method.path, identity, limit, strict=own is not None and own.strict)
        elif own is not None and not own.per_address:
            limit = _declared(call.method, own, self._instead)
            await _hit(self._limiter, call.method.path, address_identity(call.address), limit, strict=own.strict)
        return await proceed(call)


def _declared(method: Method, own: options_pb2.RateLimit, instead: Mapping[str, int]) -> Limit:
    """The limit of an RPC that has one of its own; settings may put another number of calls in its place."""
    return Limit(instead.get(method.path[1:], own.requests), own.window_seconds)


async def _hit(limiter: RateLimiter, scope: str, identity: str, limit: Limit, *, strict: bool) -> None:
    verdict = await limiter.hit(scope, identity, limit.requests, limit.window_seconds, strict=strict)
    if not verdict.allowed:
        raise RateLimited(
            metadata={"limit": str(limit.requests), "window_seconds": str(limit.window_seconds)},
            retry_after=max(verdict.retry_after, 1.0),
        )
