"""What the way in is held against: raw COPY into the same tables, and what somebody would write instead of it."""

import asyncio
import json
import struct
import time
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from typing import Any
from uuid import uuid4

import asyncpg
import uvloop

from services.stack.ports import LOOPBACK
from services.stack.postgres_access import APP, OWNER, SUPERUSER
from services.telemetry.coordinates import AXES, System
from services.telemetry.operations.storing import OBJECT, ZONE, Stored, names_of, store
from services.telemetry.validation import check
from services.telemetry.wire import parse_batch
from tests.benchmarks.headsets import Shape, batch_of
from tests.benchmarks.lab import Lab
from tests.benchmarks.pipeline import Seen, settle
from tests.benchmarks.rivals import fastapi_ingest
from tests.fixtures.worker import Process
from tests.telemetry.headset import now_us

COPY_CONNECTIONS = 2
COPY_ROWS = 10_000
"""Samples or events per COPY: the group commit of the way in is of that size."""
HTTP_CONNECTIONS = 32

_KEY = ("organization_id", "session_key", "stream", "part")
_CHUNK = (*_KEY, "kind", "day", "samples", "first_us", "last_us", "data")
_EVENT = (
    *_KEY,
    *("ordinal", "kind", "day", "time_us", "zone_id", "object_id", "name", "x", "y", "z", "duration_us", "properties"),
)
_START, _END = b"PGCOPY\n\xff\r\n\0" + bytes(8), b"\xff\xff"


def stored_of(shape: Shape) -> Stored:
    """What the product stores of a batch."""
    batch = parse_batch(batch_of(shape).SerializeToString())
    checked = check(batch, now_us=now_us(), started_at_us=now_us())
    names = {key: number for number, key in enumerate(sorted(names_of(batch, checked)), 1)}
    assert all(kind in (ZONE, OBJECT) for kind, _ in names)
    return store(batch, checked, AXES[System.UNREAL], names)


def _field(form: str, value: Any) -> bytes:
    data = value if form == "b" else struct.pack(f"!{form}", value)
    return struct.pack("!i", len(data)) + data


_EPOCH = date(2000, 1, 1)
_MARK = -0x0123456789ABCDEF
"""Stands for the session's key in a row until it is copied."""


def _rows(stored: Stored, organization_id: bytes) -> tuple[bytes, bytes]:
    """Chunks and events of one batch in COPY's binary form."""
    day = (datetime.now(UTC).date() - _EPOCH).days
    head = _field("b", organization_id) + _field("q", _MARK) + _field("h", 0) + _field("i", 1)
    chunks, events = b"", b""
    for kind, samples, first, last, data in stored.chunks:
        rest = [("h", kind), ("i", day), ("i", samples), ("q", first), ("q", last), ("b", data)]
        chunks += struct.pack("!h", len(_CHUNK)) + head + b"".join(_field(*one) for one in rest)
    for ordinal, kind, time_us, zone, thing, name, x, y, z, duration, _properties in stored.events:
        rest = [
            ("h", ordinal), ("h", kind), ("i", day), ("q", time_us), ("i", zone), ("i", thing), ("b", name.encode()),
            ("f", x), ("f", y), ("f", z), ("q", duration),
        ]  # fmt: skip
        events += struct.pack("!h", len(_EVENT)) + head + b"".join(_field(*one) for one in rest) + b"\xff\xff\xff\xff"
    return chunks, events


def raw_copy(lab: Lab, shape: Shape, *, seconds: float, events: bool) -> Seen:
    """COPY the ready-made chunks (and, with `events`, the events) of batches of `shape`, as fast as it goes."""
    settle(lab)
    begun, before = time.process_time(), lab.postgres_cpu()
    samples, took = uvloop.run(_copy(lab, shape, seconds=seconds, events=events))
    return Seen(samples, took, 0.0, lab.postgres_cpu() - before, time.process_time() - begun)


async def _copy(lab: Lab, shape: Shape, *, seconds: float, events: bool) -> tuple[int, float]:
    chunk, event = _rows(stored_of(shape), uuid4().bytes)
    mark = struct.pack("!q", _MARK)
    tables = [("sample_chunks", _CHUNK, chunk)] if chunk else []
    tables += [("events", _EVENT, event)] if event and events else []
    counted = shape.samples if events else shape.pose + shape.gaze
    batches = max(1, COPY_ROWS // shape.samples)
    key = copied = 0
    begun = time.perf_counter()

    async def one(connection: asyncpg.Connection) -> None:
        nonlocal key, copied
        while time.perf_counter() - begun < seconds:
            keys = [struct.pack("!q", key + n) for n in range(batches)]
            key += batches
            async with connection.transaction():
                for table, columns, row in tables:
                    pieces = row.split(mark)

                    async def rows(pieces: list[bytes] = pieces) -> AsyncIterator[bytes]:
                        yield b"".join((_START, *(number.join(pieces) for number in keys), _END))  # noqa: B023

                    await connection.copy_to_table(
                        table, schema_name="telemetry", columns=columns, format="binary", source=rows()
                    )
            copied += batches * counted

    # Row-level security allows no COPY; who owns the server is above it.
    connections = [await asyncpg.connect(lab.postgres.url(SUPERUSER)) for _ in range(COPY_CONNECTIONS)]
    begun = time.perf_counter()
    await asyncio.gather(*(one(connection) for connection in connections))
    took = time.perf_counter() - begun
    for connection in connections:
        await connection.close()
    return copied, took


def rival(lab: Lab, shape: Shape, *, seconds: float) -> Seen:
    """FastAPI + pydantic + asyncpg COPY: as many samples and events a batch, as JSON, into rows.

    Raises:
        AssertionError: what is stored is not what was acknowledged.
    """
    uvloop.run(_prepare(lab))
    with Process("tests.benchmarks.rivals.fastapi_ingest", lab.postgres.url(APP)) as server:
        settle(lab)
        begun, before, postgres = time.process_time(), server.cpu(), lab.postgres_cpu()
        samples, took = uvloop.run(_post(server.port, shape.samples, seconds))
        seen = Seen(samples, took, server.cpu() - before, lab.postgres_cpu() - postgres, time.process_time() - begun)
    rows = uvloop.run(_rival_rows(lab))
    assert rows == samples, (rows, samples)
    return seen


async def _prepare(lab: Lab) -> None:
    connection = await asyncpg.connect(lab.postgres.url(OWNER))
    await connection.execute(fastapi_ingest.SCHEMA)
    await connection.close()


async def _rival_rows(lab: Lab) -> int:
    connection = await asyncpg.connect(lab.postgres.url(OWNER))
    rows: int = await connection.fetchval("SELECT count(*) FROM rival.events")
    await connection.close()
    return rows


async def _post(port: int, events: int, seconds: float) -> tuple[int, float]:
    start = now_us()
    body = {
        "session_id": "S" * 36,
        "first_seq": 1,
        "events": [
            {
                "time_us": start + n * 11_111,
                "kind": "gaze",
                "zone": f"room {n % 6}",
                "position": [1.25 + n, 2.5, 160.25],
                "rotation": [0.1825, 0.3651, 0.5477, 0.7302],
            }
            for n in range(events)
        ],
    }
    text = json.dumps(body).encode()
    mark = b"S" * 36
    begun = time.perf_counter()
    acknowledged = 0

    async def one() -> None:
        """HTTP by hand: a client library would cost more than the server under test."""
        nonlocal acknowledged
        reader, writer = await asyncio.open_connection(LOOPBACK, port)
        head = (
            f"POST /batch HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: {len(text)}\r\n\r\n"
        )
        while time.perf_counter() - begun < seconds:
            writer.write(head.encode() + text.replace(mark, str(uuid4()).encode()))
            status = await reader.readline()
            assert b" 202 " in status, status
            length = 0
            while (line := await reader.readline()) != b"\r\n":
                if line.lower().startswith(b"content-length:"):
                    length = int(line.split(b":")[1])
            accepted = json.loads(await reader.readexactly(length))["accepted"]
            acknowledged += accepted
        writer.close()
        await writer.wait_closed()

    await asyncio.gather(*(one() for _ in range(HTTP_CONNECTIONS)))
    return acknowledged, time.perf_counter() - begun
