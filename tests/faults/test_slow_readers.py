"""Readers that do not read: what waits for them does not pile up in the workers or in Envoy."""

import asyncio
import contextlib
from typing import Any

import grpc
import psutil
import pytest

from doorstep.telemetry.v1 import telemetry_query_service_pb2, telemetry_query_service_pb2_grpc
from doorstep.vr.v1 import tracking_pb2
from tests.faults.running import WORKERS, agent_of, running
from tests.faults.scale import times
from tests.fixtures.suite import Suite
from tests.journeys.conftest import People, list_home
from tests.telemetry.headset import Headset, event

pytestmark = [pytest.mark.faults, pytest.mark.timeout(3600), pytest.mark.xdist_group("faults-stressed")]

READERS = times(50, 200)
PARTS = times(100, 1_000)
CEILING = 96 << 20
"""What a process may grow by, in bytes. What the readers leave unread is several times as much."""


def parts_of(headset: Headset, number: int) -> list[tracking_pb2.TrackingBatch]:
    """Parts of about a hundred kilobytes."""
    properties = {f"property-{n}": "x" * 90 for n in range(10)}
    return [
        headset.batch(events=[event(name=f"{n}-{m}", properties=properties) for m in range(100)]) for n in range(number)
    ]


class Grown:
    """How much memory the processes behind the gateway, and the gateway, have come to use."""

    def __init__(self, suite: Suite) -> None:
        found = {name: running(suite, name) for name in (*WORKERS, "gateway")}
        self.processes: dict[str, psutil.Process] = {name: p for name, p in found.items() if p is not None}
        assert len(self.processes) == len(found)
        self.before = {name: process.memory_info().rss for name, process in self.processes.items()}
        self.most = dict.fromkeys(self.before, 0)

    async def watch(self) -> None:
        while True:
            for name, process in self.processes.items():
                self.most[name] = max(self.most[name], process.memory_info().rss - self.before[name])
            await asyncio.sleep(0.05)


async def test_readers_that_do_not_read_cost_bounded_memory(stressed: Suite, stressed_people: People) -> None:
    options = [("grpc.use_local_subchannel_pool", 1)]
    target = stressed.url.removeprefix("http://")
    async with contextlib.AsyncExitStack() as stack:
        agent = await stack.enter_async_context(agent_of(stressed_people))
        device = await stack.enter_async_context(stressed_people.headset())
        home, _ = await list_home(agent, city="Slowville")
        channel = await stack.enter_async_context(grpc.aio.insecure_channel(target, options=options))
        headset = Headset(channel, await device.headers("/"), property_id=home)  # type: ignore[arg-type]
        await headset.connect()
        first, *parts = parts_of(headset, PARTS)
        await headset.write(first)
        size = sum(part.ByteSize() for part in parts)
        metadata = await agent.headers("/")
        watching: list[Any] = []
        for number in range(READERS):
            own = await stack.enter_async_context(grpc.aio.insecure_channel(target, options=options))
            stub = telemetry_query_service_pb2_grpc.TelemetryQueryServiceStub(own)
            # Half of them are behind from the start: what they have missed waits for them as well.
            request = telemetry_query_service_pb2.WatchSessionRequest(
                session_id=headset.session_id, after_sequence="0" if number % 2 else ""
            )
            call = stub.WatchSession(request, metadata=metadata, timeout=3600)
            await call.read()  # a heartbeat; nothing from here on
            watching.append(call)
        grown = Grown(stressed)
        measuring = asyncio.create_task(grown.watch())
        try:
            for part in parts:
                ack = await headset.write(part)
                assert ack.outcome == tracking_pb2.BATCH_OUTCOME_STORED
            # A reader that reads is served all the while, and given everything in order.
            stub = telemetry_query_service_pb2_grpc.TelemetryQueryServiceStub(channel)
            request = telemetry_query_service_pb2.WatchSessionRequest(session_id=headset.session_id, after_sequence="0")
            seen: list[int] = []
            reader = stub.WatchSession(request, metadata=metadata, timeout=600)
            async for update in reader:
                if update.HasField("batch"):
                    seen.append(update.batch.part)
                if len(seen) == PARTS:
                    break
            reader.cancel()
            await asyncio.sleep(times(2, 600))
        finally:
            measuring.cancel()
        for call in watching:
            call.cancel()
        headset.cut()
    assert seen == list(range(1, PARTS + 1))
    unread = size * READERS
    print(f"{unread >> 20} MiB unread by {READERS} readers; grown by", {n: b >> 20 for n, b in grown.most.items()})
    assert unread > 4 * CEILING, "the readers leave too little unread to tell"
    assert max(grown.most.values()) < CEILING, grown.most
    assert all(process.is_running() for process in grown.processes.values())
