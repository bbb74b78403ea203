"""One call on its way through the chain, and what its method declares in the proto."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextvars import ContextVar
from dataclasses import dataclass, field
from enum import Enum
from functools import lru_cache
from typing import Any, Protocol

import grpc
from google.protobuf import descriptor_pool
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.descriptor_pb2 import MethodOptions
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from doorstep.options.v1 import options_pb2
from services.chassis.actor import ANONYMOUS, Actor


class Kind(Enum):
    """The four kinds of RPC: (request streams, response streams)."""

    UNARY_UNARY = (False, False)
    UNARY_STREAM = (False, True)
    STREAM_UNARY = (True, False)
    STREAM_STREAM = (True, True)

    @property
    def request_streams(self) -> bool:
        """Whether the caller sends many messages."""
        return self.value[0]

    @property
    def response_streams(self) -> bool:
        """Whether we send many messages."""
        return self.value[1]


@dataclass(frozen=True, slots=True)
class Method:
    """An RPC as its proto declares it."""

    path: str
    """`/doorstep.identity.v1.AuthService/Login`."""
    service: str
    name: str
    kind: Kind
    request: type[Message]
    access: options_pb2.Access | None
    rate_limit: options_pb2.RateLimit | None
    read_only: bool
    """Declared NO_SIDE_EFFECTS."""
    takes_key: bool = False
    """Not declared harmless to repeat, so a caller may send an idempotency key."""
    raw: bool = False
    """The servicer takes undecoded bytes and validates for itself."""

    @property
    def owner(self) -> str:
        """The service that the RPC belongs to: `identity`."""
        return self.service.split(".")[1]

    @classmethod
    def of(cls, path: str, *, raw: bool = False) -> "Method":
        """Look an RPC up by its path.

        Raises:
            KeyError: its descriptor is not loaded.
        """
        _, service, name = path.split("/")
        found: MethodDescriptor = descriptor_pool.Default().FindServiceByName(service).FindMethodByName(name)
        options = found.GetOptions()
        access: Any = options_pb2.access
        limit: Any = options_pb2.rate_limit
        return cls(
            path=path,
            service=service,
            name=name,
            kind=Kind((found.client_streaming, found.server_streaming)),
            request=GetMessageClass(found.input_type),
            access=options.Extensions[access] if options.HasExtension(access) else None,
            rate_limit=options.Extensions[limit] if options.HasExtension(limit) else None,
            read_only=options.idempotency_level == MethodOptions.NO_SIDE_EFFECTS,
            takes_key=options.idempotency_level == MethodOptions.IDEMPOTENCY_UNKNOWN,
            raw=raw,
        )


_served: dict[str, Method] = {}


def know(path: str, *, raw: bool = False) -> Method:
    """Look an RPC up once and remember it."""
    method = _served.get(path)
    if method is None:
        method = _served[path] = Method.of(path, raw=raw)
    return method


def methods_of(service: str) -> list[Method]:
    """Every RPC of a proto service, by the service's full name."""
    found = descriptor_pool.Default().FindServiceByName(service)
    return [know(f"/{service}/{method.name}") for method in found.methods]


@dataclass(slots=True)
class Call:
    """The state of one call; links read and write it."""

    method: Method
    context: grpc.aio.ServicerContext[Any, Any]
    metadata: dict[str, str]
    """The text headers; the last one wins where a name repeats."""
    raw: bytes = b""
    request: Any = None
    requests: AsyncIterator[Any] | None = None
    actor: Actor = ANONYMOUS
    from_peer: bool = False
    """Another service sent it and has proven so, be it on its own or on a user's behalf."""
    request_id: str = ""
    status: str = "OK"
    """Name of the code that the call ended with."""
    reason: str = ""
    sent: int = 0
    received: int = 0
    started: float = field(default_factory=time.perf_counter)

    @property
    def address(self) -> str:
        """The caller's network address: what Envoy saw, else the peer of the connection.

        Only Envoy's own header counts (it overwrites whatever the outside sent); `x-forwarded-for` is anybody's claim.
        """
        seen = self.metadata.get("x-envoy-external-address")
        if seen:
            return seen
        return _host(self.context.peer())


@lru_cache(maxsize=4096)
def _host(peer: str) -> str:
    """The address in gRPC's name of a peer."""
    return peer.split(":", 1)[1].rsplit(":", 1)[0].strip("[]") if ":" in peer else peer


Proceed = Callable[[Call], Awaitable[Any]]
"""The rest of the chain. Returns the response of a unary-response RPC, None where responses stream."""


class Link(Protocol):
    """One interceptor. It works for all four kinds because it never touches how messages travel."""

    async def __call__(self, call: Call, proceed: Proceed) -> Any:
        """Do its part around `await proceed(call)`."""


_current: ContextVar[Call | None] = ContextVar("call", default=None)


def current_call() -> Call | None:
    """The call that is running, if one is."""
    return _current.get()


def set_current_call(call: Call) -> None:
    """Only the chain calls it."""
    _current.set(call)


_background: set[asyncio.Task[Any]] = set()


def keep(task: asyncio.Task[Any]) -> None:
    """Hold a strong reference until the task is done: asyncio keeps none, and a collected task is silent loss."""
    _background.add(task)
    task.add_done_callback(_forget)


def _forget(task: asyncio.Task[Any]) -> None:
    _background.discard(task)
    if not task.cancelled():
        task.exception()  # seen: whoever waited has been told already


def unfinished() -> set[asyncio.Task[Any]]:
    """Calls that their callers have given up on and that still run; the drain waits for them."""
    return set(_background)
