"""Connections that ask for nothing, and frames that no client would send in such numbers."""

import asyncio
import struct

import psutil
import pytest

from gateway.settings import Limits
from tests.gateway.conftest import Edge

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
SETTINGS, PING = 4, 6
MANY = 2_000_000
BOUND = 8 << 20
"""What Envoy may grow by, in bytes; the answers to all frames are at least twice as much."""


def frame(kind: int, payload: bytes = b"") -> bytes:
    return struct.pack(">I", len(payload))[1:] + bytes([kind, 0]) + bytes(4) + payload


async def opened(edge: Edge) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    return await asyncio.open_connection(edge.settings.public.host, edge.settings.public.port)


async def ends(reader: asyncio.StreamReader, seconds: float) -> bool:
    """Whether the gateway closes a connection within so many seconds."""
    try:
        async with asyncio.timeout(seconds):
            while await reader.read(4096):
                pass
    except TimeoutError:
        return False
    except ConnectionError:
        return True
    return True


@pytest.mark.parametrize("small_edge", [Limits(connection_idle_seconds=1)], indirect=True)
@pytest.mark.parametrize("said", [b"", PREFACE + frame(SETTINGS)], ids=["nothing", "a preface"])
async def test_silent_connections_are_closed(small_edge: Edge, said: bytes) -> None:
    readers = []
    for _ in range(50):
        reader, writer = await opened(small_edge)
        writer.write(said)
        readers.append((reader, writer))
    try:
        assert all(await asyncio.gather(*(ends(reader, 60) for reader, _ in readers)))
    finally:
        for _, writer in readers:
            writer.close()


async def test_control_silent_connections_are_kept_for_a_minute_by_default(edge: Edge) -> None:
    reader, writer = await opened(edge)
    assert not await ends(reader, 3)
    writer.close()


@pytest.mark.parametrize(
    "flood",
    [frame(PING, b"flooding"), frame(SETTINGS), frame(SETTINGS, struct.pack(">HI", 4, 65_535))],
    ids=["pings", "empty settings", "settings"],
)
async def test_floods_of_frames_that_want_an_answer_are_bounded(edge: Edge, flood: bytes) -> None:
    """The answers are not read, so they would pile up."""
    envoy = psutil.Process(edge.gateway.pid)
    before = envoy.memory_info().rss
    _, writer = await opened(edge)
    writer.write(PREFACE + frame(SETTINGS))
    sent = 0
    try:
        async with asyncio.timeout(20):
            while sent < MANY:
                writer.write(flood * 10_000)
                await writer.drain()
                sent += 10_000
    except (ConnectionError, TimeoutError):
        pass  # closed, or no longer read: both bound it
    grown = envoy.memory_info().rss - before
    assert (await edge.http.get("/api/v1/echoes/a")).status_code == 200, "others are served meanwhile"
    writer.close()
    assert grown < BOUND, f"after {sent} frames"
