"""Load without a client library: the same call again and again, for a few microseconds each.

The generators share the machine with what they measure, so they must be cheap. HTTP/2 headers are encoded once (from
the second call on all of them stand in the connection's dynamic table, as with any client), answers are read as far as
needed to know that they came whole: their body must have as many bytes as the first one's, which the caller checks.
"""

import asyncio
import re
import struct
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

import uvloop
from hpack import Encoder

CONNECTIONS = 2
"""Over HTTP/2; over HTTP/1.1 every call in flight has a connection."""
_PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
_DATA, _HEADERS, _RESET, _SETTINGS, _PING, _GOAWAY = 0, 1, 3, 4, 6, 7
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)\r\n", re.IGNORECASE)


@dataclass
class Seen:
    """What came back."""

    seconds: float = 0.0
    answered: int = 0
    failed: int = 0
    milliseconds: list[float] = field(default_factory=list)
    size: int | None = None
    """Bytes of each answer's body."""
    body: bytes = b""
    """The first answer's."""

    def took(self, begun: float, size: int) -> None:
        """Count an answer; one of another size is no answer."""
        if self.size is None:
            self.size = size
        if size != self.size:
            self.failed += 1
            return
        self.answered += 1
        self.milliseconds.append((time.perf_counter() - begun) * 1e3)

    @property
    def rate(self) -> float:
        """Answers a second."""
        return self.answered / self.seconds


@dataclass(frozen=True)
class Target:
    """One call."""

    port: int
    path: str
    headers: Sequence[tuple[str, str]] = ()
    message: bytes | Callable[[], bytes] | None = None
    """gRPC's request, or what makes the next one; None for a GET."""


def grpc_call(
    port: int, path: str, message: bytes | Callable[[], bytes], headers: Sequence[tuple[str, str]] = ()
) -> Target:
    """A unary call."""
    return Target(port, path, (("te", "trailers"), ("content-type", "application/grpc"), *headers), message)


class _Http2(asyncio.Protocol):
    def __init__(self, target: Target, share: int, end: float, seen: Seen) -> None:
        self._share, self._end, self._seen = share, end, seen
        self._encoder = Encoder()
        self._fields = [
            (":method", "GET" if target.message is None else "POST"), (":scheme", "http"), (":path", target.path),
            (":authority", f"127.0.0.1:{target.port}"), *target.headers,
        ]  # fmt: skip
        self._make = target.message if callable(target.message) else None
        self._body = _message(target.message) if isinstance(target.message, bytes) else b""
        self._streams: dict[int, tuple[float, int]] = {}
        self._next, self._block, self._buffer = 1, b"", b""
        self.over: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: asyncio.Transport = transport  # type: ignore[assignment]
        window = (1 << 31) - 1
        settings = struct.pack(">HIHI", 2, 0, 4, window)
        transport.write(  # type: ignore[attr-defined]
            _PREFACE + _frame(_SETTINGS, 0, 0, settings) + _frame(8, 0, 0, struct.pack(">I", window - 65_535))
            + b"".join(self._call() for _ in range(self._share))
        )  # fmt: skip

    def _call(self) -> bytes:
        stream, self._next = self._next, self._next + 2
        if stream <= 3:  # the first fills the dynamic table, the second names its entries, as all later ones do
            self._block = self._encoder.encode(self._fields)
        self._streams[stream] = (time.perf_counter(), 0)
        if self._make is not None:
            self._body = _message(self._make())
        block = _frame(_HEADERS, 4 if self._body else 5, stream, self._block)
        return block + _frame(_DATA, 1, stream, self._body) if self._body else block

    def data_received(self, data: bytes) -> None:
        data, at, out = self._buffer + data, 0, []
        while len(data) - at >= 9:
            size = int.from_bytes(data[at : at + 3], "big")
            if len(data) - at < 9 + size:
                break
            kind, flags = data[at + 3], data[at + 4]
            stream = int.from_bytes(data[at + 5 : at + 9], "big")
            if kind == _DATA:
                begun, got = self._streams[stream]
                self._streams[stream] = (begun, got + size)
                if self._seen.size is None:
                    self._seen.body += data[at + 9 : at + 9 + size]
            elif kind == _SETTINGS and not flags & 1:
                out.append(_frame(_SETTINGS, 1, 0, b""))
            elif kind == _PING and not flags & 1:
                out.append(_frame(_PING, 1, 0, data[at + 9 : at + 17]))
            elif kind == _GOAWAY:
                self.connection_lost(ConnectionError("the server asks to leave"))
                return
            if kind == _RESET or (kind in (_DATA, _HEADERS) and flags & 1):
                begun, got = self._streams.pop(stream)
                self._seen.took(begun, -1 if kind == _RESET else got)
                if time.perf_counter() < self._end:
                    out.append(self._call())
            at += 9 + size
        self._buffer = data[at:]
        if out:
            self._transport.write(b"".join(out))
        if not self._streams and not self.over.done():
            self.over.set_result(None)

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.over.done():
            self.over.set_exception(exc or ConnectionError("the server has hung up"))


class _Http1(asyncio.Protocol):
    """One call after the other."""

    def __init__(self, target: Target, _share: int, end: float, seen: Seen) -> None:
        fields = "".join(f"{name}: {value}\r\n" for name, value in target.headers)
        self._request = f"GET {target.path} HTTP/1.1\r\nhost: 127.0.0.1:{target.port}\r\n{fields}\r\n".encode()
        self._end, self._seen, self._buffer, self._begun = end, seen, b"", 0.0
        self.over: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: asyncio.Transport = transport  # type: ignore[assignment]
        self._call()

    def _call(self) -> None:
        self._begun = time.perf_counter()
        self._transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, found, body = self._buffer.partition(b"\r\n\r\n")
        if not found:
            return
        length = _LENGTH.search(head + b"\r\n")
        if length is None:
            raise ValueError("an answer without a length")
        if len(body) < int(length[1]):
            return
        if self._seen.size is None:
            self._seen.body = body
        self._seen.took(self._begun, len(body) if b" 200 " in head[:16] else -1)
        self._buffer = b""
        if time.perf_counter() < self._end:
            self._call()
        else:
            self.over.set_result(None)

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.over.done():
            self.over.set_exception(exc or ConnectionError("the server has hung up"))


def _message(payload: bytes) -> bytes:
    return b"\0" + struct.pack(">I", len(payload)) + payload


def _frame(kind: int, flags: int, stream: int, payload: bytes) -> bytes:
    return struct.pack(">I", len(payload))[1:] + bytes((kind, flags)) + struct.pack(">I", stream) + payload


async def _run(
    make: Callable[[Target, int, float, Seen], _Http1 | _Http2],
    target: Target,
    shares: list[int],
    seconds: float,
    seen: Seen,
) -> Seen:
    loop, begun = asyncio.get_running_loop(), time.perf_counter()
    made = [
        await loop.create_connection(partial(make, target, share, begun + seconds, seen), "127.0.0.1", target.port)
        for share in shares
    ]
    await asyncio.gather(*(protocol.over for _, protocol in made))
    seen.seconds = time.perf_counter() - begun
    for transport, _ in made:
        transport.close()
    return seen


def load(target: Target, *, in_flight: int, seconds: float, http1: bool = False, seen: Seen | None = None) -> Seen:
    """Keep `in_flight` calls in flight for `seconds`, and count them in `seen`."""
    counted = Seen() if seen is None else seen
    if http1:
        return uvloop.run(_run(_Http1, target, [1] * in_flight, seconds, counted))
    return uvloop.run(_run(_Http2, target, [in_flight // CONNECTIONS] * CONNECTIONS, seconds, counted))
