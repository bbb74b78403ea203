"""RateLimit: how often one address, and one caller, may call (the limits of the proto, or the default)."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from doorstep.options.v1 import options_pb2
from services.chassis.errors import RateLimited
from services.chassis.interceptors.call import Call, Method, Proceed
from services.chassis.ratelimit import RateLimiter, Verdict, address_identity
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
        held = self._limiter.held("address", address, *self._default)
        _admit(held or await self._limiter.hit("address", address, *self._default), self._default)
        own = call.method.rate_limit
        if own is not None and own.per_address:
            limit = _declared(call.method, own, self._instead)
            verdict = await self._limiter.hit(f"address{call.method.path}", address, *limit, strict=own.strict)
            _admit(verdict, limit)
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
            strict = own is not None and own.strict
            held = self._limiter.held(call.method.path, identity, *limit)
            _admit(held or await self._limiter.hit(call.method.path, identity, *limit, strict=strict), limit)
        elif own is not None and not own.per_address:
            limit = _declared(call.method, own, self._instead)
            address = address_identity(call.address)
            _admit(await self._limiter.hit(call.method.path, address, *limit, strict=own.strict), limit)
        return await proceed(call)


def _declared(method: Method, own: options_pb2.RateLimit, instead: Mapping[str, int]) -> Limit:
    """The limit of an RPC that has one of its own; settings may put another number of calls in its place."""
    return Limit(instead.get(method.path[1:], own.requests), own.window_seconds)


def _admit(verdict: Verdict, limit: Limit) -> None:
    if not verdict.allowed:
        raise RateLimited(
            metadata={"limit": str(limit.requests), "window_seconds": str(limit.window_seconds)},
            retry_after=max(verdict.retry_after, 1.0),
        )
