"""Many headsets in one cheap process: batches are built once, and only their part number changes.

`python -m tests.benchmarks.headsets '<json of Told>'` opens every stream, prints {"opened": seconds}, waits for a line,
plays, and prints what it saw once every batch that was sent has been answered.
"""

import asyncio
import json
import random
import sys
import time
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import grpc
import numpy as np
import uvloop

import services  # noqa: F401 - chooses gRPC's listener before grpc is imported
from doorstep.vr.v1 import ingest_service_pb2 as pb
from doorstep.vr.v1 import tracking_pb2
from services.chassis.protobytes import varint
from tests.benchmarks.report import percentile
from tests.telemetry.headset import now_us

PATH = "/doorstep.vr.v1.IngestService/Connect"
HZ = 90
ZONES = [f"room {n}" for n in range(6)]
OBJECTS = [f"thing {n}" for n in range(40)]
DWELL = 75
"""Samples of gaze in a row on the same zone and thing: five sixths of a second, the first of them on none."""
OPENING = 64
"""Sessions that are begun at once."""
ATTEMPTS = 5
"""To begin a session, while a busy server says that it is unavailable."""
_BATCH, _PART = 0x1A, 0x18


@dataclass(frozen=True, slots=True)
class Shape:
    """What one batch holds."""

    pose: int = 0
    gaze: int = 0
    events: int = 0

    @property
    def samples(self) -> int:
        """All of it."""
        return self.pose + self.gaze + self.events


@dataclass(frozen=True, slots=True)
class Told:
    """What the process is told."""

    target: str
    api_key: str
    shape: dict[str, int]
    streams: int
    channels: int
    seconds: float
    period: float = 0.0
    """Seconds between the batches of a headset; 0 sends the next one as soon as the last is acknowledged."""


@dataclass(slots=True)
class Tally:
    """What was seen."""

    batches: int = 0
    stored: int = 0
    errors: list[str] = field(default_factory=list)
    milliseconds: list[float] = field(default_factory=list)
    ended: float = 0.0


def batch_of(shape: Shape, session_id: str = "") -> tracking_pb2.TrackingBatch:
    """A batch of somebody who walks, looks around and touches things, without its part number."""
    rng = np.random.default_rng(1)
    start = now_us() - 10_000_000

    def times(count: int) -> Any:
        return (start + np.arange(count) * 1_000_000 // HZ).tolist()

    def unit(count: int, width: int) -> list[Any]:
        rows = rng.normal(size=(width, count))
        return list((rows / np.linalg.norm(rows, axis=0)).astype(np.float32))

    def metres(count: int) -> list[Any]:
        return list((rng.random((3, count), dtype=np.float32) + 0.1) * 500)

    batch = tracking_pb2.TrackingBatch(session_id=session_id, sent_at_us=start)
    if shape.pose:
        columns = [times(shape.pose), *metres(shape.pose), *unit(shape.pose, 4)]
        for descriptor, column in zip(tracking_pb2.PoseTrack.DESCRIPTOR.fields, columns, strict=True):
            getattr(batch.pose, descriptor.name).extend(column)
    if shape.gaze:
        zone = np.arange(shape.gaze) // DWELL % (len(ZONES) + 1)
        thing = np.arange(shape.gaze) // DWELL % (len(OBJECTS) + 1)
        columns = [times(shape.gaze), *unit(shape.gaze, 3), *metres(shape.gaze), zone.tolist(), thing.tolist()]
        for descriptor, column in zip(tracking_pb2.GazeTrack.DESCRIPTOR.fields, columns, strict=True):
            getattr(batch.gaze, descriptor.name).extend(column)
        batch.zones.extend(ZONES)
        batch.objects.extend(OBJECTS[: int(thing.max())])
    for n in range(shape.events):
        x, y, z = (float(v) for v in rng.random(3))
        batch.events.add(
            kind=(2, 3, 4)[n % 3],  # type: ignore[arg-type]  # enters, leaves, touches
            time_us=start + n * 10_000,
            zone=ZONES[n % len(ZONES)],
            object=OBJECTS[n % len(OBJECTS)] if n % 3 == 2 else "",
            x=x,
            y=y,
            z=z,
        )
    return batch


class Template:
    """The bytes of a ConnectRequest with a batch, in which only the part number is open."""

    def __init__(self, shape: Shape) -> None:
        self._tail = batch_of(shape).SerializeToString()

    def write(self, session_id: bytes, part: int) -> bytes:
        """Fields in the order of their numbers, as every encoder writes them."""
        number = varint(part)
        head = b"\x0a" + varint(len(session_id)) + session_id + bytes((_PART,)) + number
        return b"".join((bytes((_BATCH,)), varint(len(head) + len(self._tail)), head, self._tail))


class Load:
    """All headsets of the process."""

    def __init__(self, told: Told) -> None:
        self.told = told
        self.shape = Shape(**told.shape)
        self.tally = Tally()
        self._template = Template(self.shape)
        self._go = asyncio.Event()
        self._begun = 0.0
        self._opening = asyncio.Semaphore(OPENING)
        self._waiting = told.streams
        self._opened = asyncio.Event()

    async def run(self) -> None:
        """Open, wait for the word, play, tell."""
        options = [("grpc.use_local_subchannel_pool", 1), ("grpc.max_receive_message_length", 16 << 20)]
        channels = [grpc.aio.insecure_channel(self.told.target, options=options) for _ in range(self.told.channels)]
        calls: list[Any] = [channel.stream_stream(PATH) for channel in channels]
        begun = time.perf_counter()
        tasks = [asyncio.create_task(self._headset(calls[n % len(calls)])) for n in range(self.told.streams)]
        await self._opened.wait()
        say({"opened": time.perf_counter() - begun, "errors": self.tally.errors[:3]})
        await asyncio.to_thread(sys.stdin.readline)
        self._begun = time.perf_counter()
        self._go.set()
        await asyncio.gather(*tasks)
        tally = self.tally
        say(
            {
                "batches": tally.batches,
                "samples": tally.stored,
                "seconds": tally.ended - self._begun,
                "errors": len(tally.errors),
                "first_errors": tally.errors[:3],
                **{f"p{p}": percentile(tally.milliseconds, p) for p in (50, 95, 99)},
                "worst": max(tally.milliseconds, default=0.0),
            }
        )
        for channel in channels:
            await channel.close()

    async def _headset(self, connect: Any) -> None:
        session_id = str(uuid4())
        try:
            async with self._opening:
                call = await self._open(connect, session_id)
        except (grpc.aio.AioRpcError, RuntimeError) as error:
            self.tally.errors.append(f"opening: {error!r}"[:300])
            return
        finally:
            self._waiting -= 1
            if self._waiting == 0:
                self._opened.set()
        await self._go.wait()
        try:
            await self._play(call, session_id.encode())
        except (grpc.aio.AioRpcError, RuntimeError) as error:
            self.tally.errors.append(repr(error)[:300])
        call.cancel()

    async def _open(self, connect: Any, session_id: str) -> Any:
        """Say hello, and send a first batch, which opens the stream and learns the names; come back when asked to."""
        hello = pb.Hello(
            session_id=session_id,
            property_id=str(uuid4()),
            coordinate_system=tracking_pb2.COORDINATE_SYSTEM_UNREAL,
        )
        for attempt in range(ATTEMPTS):
            call = connect(metadata=(("x-api-key", self.told.api_key),))
            try:
                await call.write(pb.ConnectRequest(hello=hello).SerializeToString())
                welcome = await call.read()
            except grpc.aio.AioRpcError as error:
                if error.code() is not grpc.StatusCode.UNAVAILABLE or attempt == ATTEMPTS - 1:
                    raise
                await asyncio.sleep(1)
                continue
            if welcome is grpc.aio.EOF or not pb.ConnectResponse.FromString(welcome).HasField("welcome"):
                raise RuntimeError(f"no welcome: {await call.code()} {await call.details()}")
            await self._send(call, session_id.encode(), 1)
            return call
        raise RuntimeError("never welcome")

    async def _play(self, call: Any, session_id: bytes) -> None:
        period, tally = self.told.period, self.tally
        end = self._begun + self.told.seconds
        due = self._begun + random.random() * period
        part = 1
        while True:
            if period and due < end:
                await asyncio.sleep(max(0.0, due - time.perf_counter()))
            now = time.perf_counter()
            if (due if period else now) >= end:
                return
            part += 1
            stored = await self._send(call, session_id, part)
            tally.stored += stored
            tally.batches += 1
            tally.ended = time.perf_counter()
            # From when it was due, not from when it was sent: a late answer must not hide behind the next one.
            tally.milliseconds.append((tally.ended - (due if period else now)) * 1e3)
            due += period

    async def _send(self, call: Any, session_id: bytes, part: int) -> int:
        await call.write(self._template.write(session_id, part))
        answer = await call.read()
        if answer is grpc.aio.EOF:
            raise RuntimeError(f"closed: {await call.code()} {await call.details()}")
        ack = pb.ConnectResponse.FromString(answer).ack
        if ack.durable_part < part or ack.stored_count != self.shape.samples:
            raise RuntimeError(f"part {part}: {ack}")
        return ack.stored_count


def say(what: dict[str, Any]) -> None:
    print(json.dumps(what), flush=True)


async def main() -> None:
    await Load(Told(**json.loads(sys.argv[1]))).run()


if __name__ == "__main__":
    uvloop.run(main())
