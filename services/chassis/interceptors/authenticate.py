"""Authenticate: find out who is calling, from a token, a key, or a peer's service token."""

import asyncio
from typing import Any, Protocol

import grpc
import structlog

from services.chassis.actor import ANONYMOUS, Actor, CallerKind, set_current_actor
from services.chassis.errors import CredentialsInvalid, DeadlineExceeded, DependencyUnavailable, Unauthenticated
from services.chassis.interceptors.call import Call, Kind, Proceed
from services.chassis.tokens import AccessTokens, Claims, ServiceTokens

RECHECK = 15.0
"""Seconds between two looks at the credentials of a stream: a revoked caller is gone within 20."""
KEY_HEADER = "x-api-key"

_log = structlog.get_logger("doorstep.authenticate")


class Credentials(Protocol):
    """What only the identity service can say; its adapter caches for at most 5 seconds."""

    async def check_session(self, claims: Claims) -> bool:
        """Whether the session of a token still lives and its rights are unchanged."""

    async def verify_key(self, key: str) -> Actor | None:
        """Whose API key or device key this is; None for nobody's."""


class Authenticate:
    """Proves the caller.

    On public RPCs bad credentials count as none: an old token must not keep one from signing in.
    """

    def __init__(self, tokens: AccessTokens, service_tokens: ServiceTokens, credentials: Credentials) -> None:
        """Take the verifiers."""
        self._tokens = tokens
        self._service_tokens = service_tokens
        self._credentials = credentials

    async def __call__(self, call: Call, proceed: Proceed) -> Any:
        """Set the actor for the rest of the call; look again while a stream lasts."""
        access = call.method.access
        public = access is not None and access.public
        try:
            actor = await self._prove(call)
        except Unauthenticated:
            if not public:
                raise
            actor = ANONYMOUS
        call.actor = actor
        set_current_actor(actor)
        if call.method.kind is Kind.UNARY_UNARY or actor.kind in (CallerKind.ANONYMOUS, CallerKind.SERVICE):
            return await proceed(call)
        return await self._watched(call, proceed)

    async def _prove(self, call: Call) -> Actor:
        authorization = call.metadata.get("authorization", "")
        service_token = call.metadata.get(ServiceTokens.HEADER)
        key = call.metadata.get(KEY_HEADER)
        if service_token is not None:
            self._service_tokens.verify(service_token, call.method.owner)
            call.from_peer = True
            if not authorization and not key:
                return Actor(CallerKind.SERVICE)
        if authorization:
            scheme, _, token = authorization.partition(" ")
            if scheme.lower() != "bearer":
                raise CredentialsInvalid
            claims = self._tokens.verify(token)
            if not await self._credentials.check_session(claims):
                raise CredentialsInvalid
            return claims.actor
        if key:
            actor = await self._credentials.verify_key(key)
            if actor is None:
                raise CredentialsInvalid
            return actor
        return ANONYMOUS

    async def _watched(self, call: Call, proceed: Proceed) -> Any:
        """Run a stream, and end it when its caller may no longer be here: revoked, or the token has expired.

        A stream does not outlive its token; clients resume with a fresh one.
        """
        task: asyncio.Task[Any] = asyncio.ensure_future(proceed(call))
        try:
            while True:
                done, _ = await asyncio.wait((task,), timeout=RECHECK)
                if done:
                    return task.result()
                try:
                    await self._prove(call)
                except (DependencyUnavailable, DeadlineExceeded, grpc.aio.AioRpcError):
                    continue  # not known to be revoked, whatever ails who should know; ask again
        except BaseException as reason:
            if not task.done():
                task.cancel()
                await asyncio.wait((task,))
            error = None if task.cancelled() else task.exception()
            if error is not None and error is not reason:
                # Nobody else will hear of it. What gRPC itself says is that a message met no one: the caller hung up.
                log = _log.debug if isinstance(error, grpc.aio.InternalError) else _log.error
                log("stream_ended_otherwise", method=call.method.path, exc_info=error)
            raise
