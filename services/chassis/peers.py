"""Calls to other services: one channel each, the caller's token and trace carried on, retries only where harmless."""

import json
from collections.abc import Awaitable, Callable
from typing import TypeVar

import grpc
from google.protobuf.message import Message
from opentelemetry.propagate import inject

from services.chassis.actor import current_actor
from services.chassis.errors import CredentialsInvalid, DeadlineExceeded, DependencyUnavailable
from services.chassis.interceptors.call import current_call, methods_of
from services.chassis.tokens import ServiceTokens

Response = TypeVar("Response")

TIMEOUT = 2.0
"""Seconds for a call to a peer, unless less is left of the caller's own time."""
LEAST = 0.02
"""Seconds: with less left, the peer is not asked."""
HOPS_HEADER = "x-doorstep-hops"
MAXIMUM_HOPS = 4


class Peers:
    """Channels to the other services by name; services of this process are reached through its own port."""

    def __init__(self, addresses: dict[str, str], tokens: ServiceTokens) -> None:
        """`addresses` by service name; `local` answers for those that are missing, once the server has its port."""
        self._addresses = addresses
        self._tokens = tokens
        self._channels: dict[tuple[str, ...], grpc.aio.Channel] = {}
        self.local = ""

    def channel(self, service: str, *proto_services: str) -> grpc.aio.Channel:
        """The channel to a service for some of its proto services; made at first use.

        Args:
            service: Its name, `identity`.
            proto_services: Full names of the proto services that will be called; their reads are retried.
        """
        # What is retried belongs to the channel, and callers in one process name different proto services.
        key = (service, *proto_services)
        channel = self._channels.get(key)
        if channel is None:
            address = self._addresses.get(service) or self.local
            channel = self._channels[key] = grpc.aio.insecure_channel(
                address,
                options=[
                    ("grpc.service_config", _service_config(proto_services)),
                    ("grpc.use_local_subchannel_pool", 1),
                    ("grpc.max_reconnect_backoff_ms", 1000),
                    ("grpc.initial_reconnect_backoff_ms", 100),
                ],
            )
        return channel

    async def call(
        self,
        service: str,
        method: Callable[..., Awaitable[Response]],
        request: Message,
        *,
        timeout: float = TIMEOUT,
    ) -> Response:
        """Call a unary method of a stub made on `channel(service)`, on behalf of the current caller.

        Raises:
            DeadlineExceeded: the caller's own time is nearly up, or the peer took too long.
            DependencyUnavailable: the peer cannot be reached, or calls go in circles.
            CredentialsInvalid: the peer finds the caller's token, which went along, no longer good.
            grpc.aio.AioRpcError: any other refusal; the adapter in `peers.py` of the service knows what it means.
        """
        call = current_call()
        metadata: list[tuple[str, str]] = [(ServiceTokens.HEADER, self._tokens.make(service))]
        hops = 1
        if call is not None:
            remaining: float | None = call.context.time_remaining()
            timeout = min(timeout, remaining) if remaining is not None else timeout
            hops = _hops(call.metadata.get(HOPS_HEADER, "")) + 1
            metadata.append(("x-request-id", call.request_id))
        if timeout < LEAST:
            raise DeadlineExceeded
        if hops > MAXIMUM_HOPS:
            raise DependencyUnavailable("calls between services go in circles")
        metadata.append((HOPS_HEADER, str(hops)))
        token = current_actor().token
        if token is not None:
            metadata.append(("authorization", f"Bearer {token}"))
        carrier: dict[str, str] = {}
        inject(carrier)
        metadata += carrier.items()
        try:
            return await method(request, timeout=timeout, metadata=metadata)
        except grpc.aio.AioRpcError as error:
            if error.code() is grpc.StatusCode.UNAVAILABLE:
                raise DependencyUnavailable(retry_after=1) from error
            if error.code() is grpc.StatusCode.UNAUTHENTICATED and token is not None:
                # The session has ended, or the token has expired, since we looked: what we remember is seconds old.
                raise CredentialsInvalid from error
            if error.code() is grpc.StatusCode.DEADLINE_EXCEEDED:
                raise DeadlineExceeded from error
            raise

    async def find(self, service: str, method: Callable[..., Awaitable[Response]], request: Message) -> Response | None:
        """`call` for what may not be there: None where the peer says NOT_FOUND."""
        try:
            return await self.call(service, method, request)
        except grpc.aio.AioRpcError as error:
            if error.code() is grpc.StatusCode.NOT_FOUND:
                return None
            raise

    async def close(self) -> None:
        """Close every channel."""
        for channel in self._channels.values():
            await channel.close(None)


def _hops(header: str) -> int:
    """How many services a call has passed; anything but a small number counts as none."""
    return int(header) if len(header) == 1 and header in "0123456789" else 0


def _service_config(proto_services: tuple[str, ...]) -> str:
    """Retry what the protos declare free of side effects, throttled so that retries never double a load."""
    names = [
        {"service": method.service, "method": method.name}
        for full_name in proto_services
        for method in methods_of(full_name)
        if method.read_only
    ]
    policy = {
        "maxAttempts": 3,
        "initialBackoff": "0.05s",
        "maxBackoff": "0.5s",
        "backoffMultiplier": 2,
        "retryableStatusCodes": ["UNAVAILABLE"],
    }
    config = {
        "methodConfig": [{"name": names, "retryPolicy": policy}] if names else [],
        "retryThrottling": {"maxTokens": 100, "tokenRatio": 0.1},
    }
    return json.dumps(config)
