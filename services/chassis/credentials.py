"""What only the identity service can say about credentials, asked for over its internal RPCs and remembered briefly.

`FRESH` is the promise of the suite: a revoked key or a disabled user is refused everywhere within five seconds.
"""

import asyncio
import contextvars
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Any, Generic, TypeVar
from uuid import UUID

import grpc

from doorstep.identity.v1 import (
    api_key_pb2,
    api_key_service_pb2,
    api_key_service_pb2_grpc,
    session_service_pb2,
    session_service_pb2_grpc,
)
from services.chassis.actor import Actor, CallerKind
from services.chassis.interceptors.call import keep
from services.chassis.peers import Peers
from services.chassis.tokens import Claims

FRESH = 4.0
"""Seconds that an answer is believed; with the time of the call itself, under the promised five."""
CAPACITY = 50_000
MAXIMUM_KEY = 200
"""Characters; longer ones are nobody's."""

Answer = TypeVar("Answer")


class Recent(Generic[Answer]):
    """Answers by question, each for `FRESH` seconds; callers with the same question wait for one answer."""

    def __init__(self) -> None:
        self._answers: OrderedDict[Any, tuple[float, Answer]] = OrderedDict()
        self._asking: dict[Any, asyncio.Task[Answer]] = {}

    async def get(self, question: Any, ask: Callable[[], Awaitable[Answer]]) -> Answer:
        """The remembered answer, or a new one; errors are not remembered."""
        known = self.known(question)
        if known is not None:
            return known[1]
        task = self._asking.get(question)
        if task is None:
            # In a context of its own: the answer is for everybody who waits, so neither the deadline nor the token
            # of whoever came first may go along (a forwarded token would make the callee ask the same question).
            task = self._asking[question] = asyncio.get_running_loop().create_task(
                self._ask(question, ask), context=contextvars.Context()
            )
            keep(task)
        return await asyncio.shield(task)

    def known(self, question: Any) -> tuple[float, Answer] | None:
        """The remembered answer, if it is still to be believed, with the time (monotonic) until it is."""
        known = self._answers.get(question)
        return known if known is not None and known[0] > time.monotonic() else None

    async def _ask(self, question: Any, ask: Callable[[], Awaitable[Answer]]) -> Answer:
        try:
            began = time.monotonic()
            answer = await ask()
        finally:
            del self._asking[question]
        self._answers[question] = (began + FRESH, answer)
        self._answers.move_to_end(question)
        if len(self._answers) > CAPACITY:
            self._answers.popitem(last=False)
        return answer


class IdentityCredentials:
    """The adapter of `Authenticate` to the identity service."""

    def __init__(self, peers: Peers) -> None:
        """The channel is made at first use, when the process has its port."""
        self._peers = peers
        self._sessions: Recent[bool] = Recent()
        self._keys: Recent[Actor | None] = Recent()

    def _channel(self) -> grpc.aio.Channel:
        return self._peers.channel(
            "identity", "doorstep.identity.v1.SessionService", "doorstep.identity.v1.ApiKeyService"
        )

    async def check_session(self, claims: Claims) -> bool:
        """Ask `CheckSession`; an answer holds for the session as this token describes it."""
        actor = claims.actor
        question = (actor.session_id, actor.user_id, actor.organization_id, claims.authorization_version)

        known = self._sessions.known(question)
        if known is not None:
            return known[1]

        async def ask() -> bool:
            request = session_service_pb2.CheckSessionRequest(
                session_id=str(actor.session_id),
                user_id=str(actor.user_id),
                organization_id=str(actor.organization_id or ""),
                authorization_version=claims.authorization_version,
            )
            stub = session_service_pb2_grpc.SessionServiceStub(self._channel())
            response: Any = await self._peers.call("identity", stub.CheckSession, request)
            return bool(response.live)

        return await self._sessions.get(question, ask)

    async def verify_key(self, key: str) -> Actor | None:
        """Ask `VerifyApiKey`."""
        if not key.isascii() or len(key) > MAXIMUM_KEY:
            return None

        async def ask() -> Actor | None:
            stub = api_key_service_pb2_grpc.ApiKeyServiceStub(self._channel())
            try:
                found: Any = await self._peers.call(
                    "identity", stub.VerifyApiKey, api_key_service_pb2.VerifyApiKeyRequest(api_key=key)
                )
            except grpc.aio.AioRpcError as error:
                if error.code() is grpc.StatusCode.UNAUTHENTICATED:
                    return None
                raise
            device = found.kind == api_key_pb2.API_KEY_KIND_DEVICE
            return Actor(
                CallerKind.DEVICE if device else CallerKind.API_KEY,
                organization_id=UUID(found.organization_id),
                key_id=UUID(found.api_key_id),
                permissions=frozenset(found.permissions),
            )

        return await self._keys.get(key, ask)
