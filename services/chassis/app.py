"""What a service is made of, and what it is handed: the seam between the chassis and `services/<name>/app.py`."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import grpc
from redis.asyncio import Redis

from services.chassis.clock import Clock
from services.chassis.db.database import Database
from services.chassis.db.engine import Engine
from services.chassis.paging import PageTokens
from services.chassis.peers import Peers
from services.chassis.settings import Settings
from services.chassis.tokens import KeyRing

AddToServer = Callable[[Any, Any], None]
"""A generated `add_XServiceServicer_to_server`."""


@dataclass
class Resources:
    """All that a service may use of its process."""

    settings: Settings
    engine: Engine
    redis: Redis
    clock: Clock
    key_ring: KeyRing
    page_tokens: PageTokens
    peers: Peers
    schemas: dict[str, str] = field(default_factory=dict)
    """Where the rows of each proto service are that this process serves, by its full name."""
    draining: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the process stops and callers are sent elsewhere: long streams ask theirs to connect again."""

    def database(self, service: str) -> Database:
        """The service's way to its rows."""
        return Database(self.engine, service)

    def database_of(self, proto_service: str) -> Database | None:
        """The same by the full name of a proto service; None for one that is not served here."""
        schema = self.schemas.get(proto_service)
        return None if schema is None else self.database(schema)


@dataclass
class App:
    """One service: its RPCs, and what it does besides answering."""

    name: str
    subscribers: Sequence[Any] = ()
    jobs: Sequence[Any] = ()
    background: Sequence[Callable[[], Awaitable[None]]] = ()
    """Coroutine functions that run until cancelled; one that fails is started again."""
    on_close: Sequence[Callable[[], Awaitable[None]]] = ()
    servicers: list[tuple[AddToServer, Any]] = field(default_factory=list)

    def add(self, add_to_server: AddToServer, servicer: Any) -> "App":
        """Serve a proto service."""
        self.servicers.append((add_to_server, servicer))
        return self

    def register(self, server: grpc.aio.Server) -> tuple[list[str], set[str]]:
        """Put the servicers into a server; return the full names of their proto services and the raw methods' paths."""
        recorder = _Recorder(server)
        raw: set[str] = set()
        for add_to_server, servicer in self.servicers:
            before = len(recorder.names)
            add_to_server(servicer, recorder)
            for name in recorder.names[before:]:
                raw |= {f"/{name}/{method}" for method in getattr(servicer, "raw_requests", ())}
        return recorder.names, raw


class _Recorder:
    """Stands between generated code and the server to learn the names of the services."""

    def __init__(self, server: grpc.aio.Server) -> None:
        self._server = server
        self.names: list[str] = []

    def add_generic_rpc_handlers(self, handlers: Any) -> None:
        self._server.add_generic_rpc_handlers(handlers)

    def add_registered_method_handlers(self, service: str, handlers: Any) -> None:
        self.names.append(service)
        self._server.add_registered_method_handlers(service, handlers)  # type: ignore[attr-defined]
