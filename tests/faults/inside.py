"""The chain and the services behind it, called without the network between: thousands of requests a second."""

import asyncio
import inspect
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from types import SimpleNamespace
from typing import Any

import grpc

from services.chassis.interceptors.authenticate import Credentials
from services.chassis.interceptors.chain import Chain
from services.chassis.ratelimit import RateLimiter
from services.chassis.run import Running
from services.chassis.server import links
from tests.contracts.walk import Rpc

Handler = Any


Handler = Any


class Context:
    """What a call sees of its connection."""

    def __init__(self, metadata: Sequence[tuple[str, str]]) -> None:
        self.written = 0
        self.trailing: list[tuple[str, Any]] = []
        self.error: grpc.aio.AioRpcError | None = None
        self._metadata = metadata
        self._code: grpc.StatusCode | None = None

    def invocation_metadata(self) -> Sequence[tuple[str, str]]:
        return self._metadata

    def peer(self) -> str:
        return "ipv4:127.0.0.1:1"

    def time_remaining(self) -> float:
        return 10.0

    def set_trailing_metadata(self, trailing: Sequence[tuple[str, Any]]) -> None:
        self.trailing = list(trailing)

    def code(self) -> grpc.StatusCode | None:
        return self._code

    async def write(self, message: Any) -> None:
        self.written += 1

    async def abort(self, code: grpc.StatusCode, details: str = "", trailing: Sequence[tuple[str, Any]] = ()) -> None:
        self._code = code
        self.error = grpc.aio.AioRpcError(
            code, grpc.aio.Metadata(), grpc.aio.Metadata(*(trailing or self.trailing)), details=details
        )
        raise grpc.aio.AbortError


class Inside:
    """Every RPC of a running process, behind all links of the chain.

    Of the requests that the chain lets pass, `through` reach each RPC's own code and whatever that does to the
    database; the others stop there. RPCs that read raw bytes get all of them: what refuses is their own code.
    """

    def __init__(self, process: Running, credentials: Credentials, *, through: int) -> None:
        self.passed: Counter[str] = Counter()
        """How many requests the chain has let pass, by path."""
        self._through = through
        self._handlers: dict[str, Handler] = {}
        self._chain = Chain(links(process.resources, RateLimiter(process.resources.redis), credentials))
        for app in process.apps:
            _, raw = app.register(self)  # type: ignore[arg-type]  # it takes what a server takes
            self._chain.take_raw(raw)
            for path in self._handlers.keys() - raw:
                self._handlers[path] = self._stopping(path, self._handlers[path])

    def add_generic_rpc_handlers(self, handlers: Any) -> None:
        """As a server has it; the registered ones say the same."""

    def add_registered_method_handlers(self, service: str, handlers: dict[str, Handler]) -> None:
        """As a server has it."""
        self._handlers |= {f"/{service}/{name}": handler for name, handler in handlers.items()}

    def _stopping(self, path: str, handler: Handler) -> Handler:
        if getattr(handler, "stops", False):
            return handler
        kinds = ("unary_unary", "unary_stream", "stream_unary", "stream_stream")
        (kind,) = (kind for kind in kinds if getattr(handler, kind) is not None)
        function = getattr(handler, kind)

        def stopped() -> bool:
            self.passed[path] += 1
            return self.passed[path] > self._through

        if inspect.isasyncgenfunction(function):

            async def generated(request: Any, context: Any) -> AsyncIterator[Any]:
                if not stopped():
                    async for answer in function(request, context):
                        yield answer

            made: Any = generated
        else:

            async def single(request: Any, context: Any) -> Any:
                return b"" if stopped() else await function(request, context)

            made = single
        return SimpleNamespace(**{**dict.fromkeys(kinds), kind: made}, stops=True)

    async def send(self, rpc: Rpc, sent: list[bytes], metadata: Any) -> grpc.aio.AioRpcError | None:
        """One call of any kind; a stream that answers for ever is left after a moment."""

        async def found(_: Any) -> Handler:
            return self._handlers[rpc.path]

        handler: Any = await self._chain.intercept_service(found, SimpleNamespace(method=rpc.path))
        client, answers = rpc.streams
        behaviour = getattr(handler, f"{'stream' if client else 'unary'}_{'stream' if answers else 'unary'}")
        context = Context(metadata)

        async def each() -> AsyncIterator[bytes]:
            for part in sent:
                yield part

        try:
            calling = behaviour(each() if client else sent[0], context)
            await (asyncio.wait_for(calling, 0.5) if answers else calling)
        except grpc.aio.AbortError:
            return context.error
        except TimeoutError:
            return None
        return None
