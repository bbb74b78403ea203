"""The chain: which links, in which order, and how they come around a handler.

One `grpc.aio.ServerInterceptor` for all links: grpc.aio calls every interceptor anew for each RPC and lets it build a
handler, which costs more than the links do. Here the handler of a method is composed once and kept. Requests arrive
as raw bytes, so that even decoding happens inside `Errors`: by itself grpc.aio answers malformed bytes with UNKNOWN
and sends the text of an exception to the caller.
"""

import inspect
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import aclosing
from typing import Any, cast

import grpc

from services.chassis.failpoints import failpoint
from services.chassis.interceptors.call import Call, Kind, Link, Method, Proceed, set_current_call

Handler = Any
"""`grpc.RpcMethodHandler`, which is generic in the stubs only."""


class Chain(grpc.aio.ServerInterceptor):  # type: ignore[type-arg]  # generic in the stubs only
    """Puts the links around every method of ours. Health and reflection pass by: they are the libraries' own."""

    def __init__(self, links: Sequence[Link]) -> None:
        """Take the links, outermost first."""
        self.links = tuple(links)
        self._raw: set[str] = set()
        self._handlers: dict[str, Handler] = {}

    def take_raw(self, paths: set[str]) -> None:
        """Name the methods whose servicer decodes for itself."""
        self._raw |= paths

    async def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Awaitable[Handler]],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> Handler:
        """Hand out the composed handler of the method, or None for one that nobody serves."""
        path: str = handler_call_details.method
        known = self._handlers.get(path)
        if known is not None:
            return known
        handler: Any = await continuation(handler_call_details)
        if handler is None or not path.startswith("/doorstep."):
            return handler
        method = Method.of(path, raw=path in self._raw)
        self._handlers[path] = self._compose(method, handler)
        return self._handlers[path]

    def _compose(self, method: Method, handler: Handler) -> Handler:
        proceed = _innermost(method, handler)
        for link in reversed(self.links):
            proceed = _bind(link, proceed)

        if method.kind.request_streams:

            async def behaviour(requests: AsyncIterator[bytes], context: grpc.aio.ServicerContext[Any, Any]) -> Any:
                call = Call(method, context, _metadata(context), requests=requests)
                set_current_call(call)
                return await proceed(call)

        else:

            async def behaviour(  # type: ignore[misc]
                request: bytes, context: grpc.aio.ServicerContext[Any, Any]
            ) -> Any:
                call = Call(method, context, _metadata(context), raw=request)
                set_current_call(call)
                return await proceed(call)

        make = {
            Kind.UNARY_UNARY: grpc.unary_unary_rpc_method_handler,
            Kind.UNARY_STREAM: grpc.unary_stream_rpc_method_handler,
            Kind.STREAM_UNARY: grpc.stream_unary_rpc_method_handler,
            Kind.STREAM_STREAM: grpc.stream_stream_rpc_method_handler,
        }[method.kind]
        return make(behaviour, request_deserializer=None, response_serializer=serialize)


def serialize(message: Any) -> bytes:
    """Serialise a response; bytes are taken as they are (stored answers, fan-out that serialised once)."""
    return message if isinstance(message, bytes) else message.SerializeToString()


def _metadata(context: grpc.aio.ServicerContext[Any, Any]) -> dict[str, str]:
    return {key: value for key, value in cast("Any", context.invocation_metadata()) or () if isinstance(value, str)}


def _bind(link: Link, proceed: Proceed) -> Proceed:
    return lambda call: link(call, proceed)  # no coroutine of its own: there are twelve of these in every call


def _innermost(method: Method, handler: Handler) -> Proceed:
    """The servicer's method, whatever its kind and style, as one coroutine function."""
    kind = method.kind
    functions: dict[Kind, Any] = {
        Kind.UNARY_UNARY: handler.unary_unary,
        Kind.UNARY_STREAM: handler.unary_stream,
        Kind.STREAM_UNARY: handler.stream_unary,
        Kind.STREAM_STREAM: handler.stream_stream,
    }
    function = functions[kind]
    request_streams = kind.request_streams
    if not kind.response_streams:

        async def unary(call: Call) -> Any:
            given = call.requests if request_streams else call.request
            response = await function(given, call.context)
            await failpoint("before_reply")
            return response

        return unary

    if inspect.isasyncgenfunction(function):

        async def generated(call: Call) -> None:
            given = call.requests if kind.request_streams else call.request
            write = call.context.write
            async with aclosing(function(given, call.context)) as responses:
                async for response in responses:
                    await write(response)
                    call.sent += 1

        return generated

    async def writing(call: Call) -> None:
        await function(call.requests if kind.request_streams else call.request, call.context)

    return writing
