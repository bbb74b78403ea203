"""WatchSession: from the moment a headset's part is due to its arrival at 1 to 5,000 watchers of the session.

The headset and the watchers are processes of their own; one process serves both. A part is small (an event and a few
poses): what is measured is the way through, not the size. In the last run a share of the watchers hang up, at a moment
by chance, and go on after the last sequence they have seen.
"""

import asyncio
import contextlib
import json
import random
import statistics
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass, field
from typing import Any

import grpc
import uvloop

from doorstep.telemetry.v1 import telemetry_query_service_pb2 as pb
from services.chassis.ids import new_id
from tests.benchmarks.homes import token_of
from tests.benchmarks.lab import laboratory
from tests.benchmarks.report import Goal, Result, percentile
from tests.benchmarks.rivals import fanout
from tests.fixtures.worker import Process
from tests.telemetry.headset import Headset, event, pose

METHOD = "/doorstep.telemetry.v1.TelemetryQueryService/WatchSession"
ON_A_CONNECTION = 100
PATIENCE = 30.0
"""Seconds that watchers wait after the last part is due."""
POSES = 6
ROUNDS = 3


@dataclass(frozen=True, slots=True)
class Load:
    """How many watch, and what they are shown."""

    watchers: int
    rate: float
    """Parts a second."""
    seconds: float
    leaving: float = 0
    """Share of the watchers that hang up once and come back."""

    @property
    def parts(self) -> int:
        """Parts in all."""
        return int(self.rate * self.seconds)

    @property
    def name(self) -> str:
        """As it is shown."""
        return f"{self.watchers} watchers, {self.rate:g}/s" + (
            f", {self.leaving:.0%} come back" if self.leaving else ""
        )


MAIN, OFTEN = Load(1_000, 5, 8), Load(1_000, 15, 6)
BACK = Load(1_000, 5, 8, leaving=0.3)
MOST = Load(5_000, 2, 6)
LOADS = (Load(1, 200, 4), Load(100, 20, 4), *(MAIN, OFTEN) * ROUNDS, BACK, MOST)


@dataclass(slots=True)
class Seen:
    """What one watcher was given."""

    messages: list[tuple[int, bytes]] = field(default_factory=list)
    """(nanoseconds on the clock that all processes share, message)."""
    opened: int = 0
    greeted: asyncio.Event = field(default_factory=asyncio.Event)
    """Set by the first heartbeat."""
    refused: int = 0
    """Streams that did not come about, or broke."""

    def sequence(self) -> str:
        """Where to go on."""
        return pb.WatchSessionResponse.FromString(self.messages[-1][1]).sequence if self.messages else "0"


async def _watch(method: Any, metadata: Any, session_id: str, seen: Seen, *, parts: int, leave_after: int) -> None:
    """Receive until every part has come; a stream that ends is begun again where it ended."""
    while len(seen.messages) < parts:
        request = pb.WatchSessionRequest(session_id=session_id, after_sequence=seen.sequence())
        call = method(request.SerializeToString(), metadata=metadata)
        seen.opened += 1
        try:
            async for message in call:
                at = time.perf_counter_ns()
                if len(message) < 30:  # a heartbeat, or the end: what a watcher is told of a batch is longer
                    seen.greeted.set()
                    continue
                seen.messages.append((at, message))
                if len(seen.messages) == parts or (len(seen.messages) == leave_after and seen.opened == 1):
                    call.cancel()
                    break
        except grpc.aio.AioRpcError:
            seen.refused += 1
            await asyncio.sleep(0.1)


async def watchers(session_id: str, port: int, token: str, load: Load) -> None:
    """Open all streams, say so, receive, and say what came."""
    metadata = (("authorization", f"Bearer {token}"),)
    rng = random.Random(11)
    async with contextlib.AsyncExitStack() as stack:
        methods = []
        for _ in range(-(-load.watchers // ON_A_CONNECTION)):
            channel = grpc.aio.insecure_channel(f"127.0.0.1:{port}", options=[("grpc.use_local_subchannel_pool", 1)])
            methods.append((await stack.enter_async_context(channel)).unary_stream(METHOD))
        everybody = [Seen() for _ in range(load.watchers)]
        leaving = {n: rng.randrange(2, load.parts - 2) for n in range(int(load.watchers * load.leaving))}
        tasks = []
        for number, seen in enumerate(everybody):
            method = methods[number % len(methods)]
            watching = _watch(method, metadata, session_id, seen, parts=load.parts, leave_after=leaving.get(number, 0))
            tasks.append(asyncio.create_task(watching))
            if number % 50 == 49:
                await seen.greeted.wait()  # they do not all come in the same moment
        await asyncio.gather(*(seen.greeted.wait() for seen in everybody))
        print(json.dumps({"watching": len(tasks)}), flush=True)
        used = time.process_time()
        _, unfinished = await asyncio.wait(tasks, timeout=load.seconds + PATIENCE)
        used = time.process_time() - used
        for task in unfinished:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    print(json.dumps({**_judge(everybody, load.parts), "watching_cpu": used}), flush=True)


def _judge(everybody: list[Seen], parts: int) -> dict[str, float]:
    times, lost, repeated, disordered = [], 0, 0, 0
    for seen in everybody:
        given = []
        for at, message in seen.messages:
            batch = pb.WatchSessionResponse.FromString(message).batch
            given.append(batch.part)
            times.append((at - int(batch.events[0].name)) / 1e6)
        lost += parts - len(set(given))
        repeated += len(given) - len(set(given))
        disordered += given != sorted(given)
    return {
        "deliveries": len(times), "p50_ms": percentile(times, 50), "p99_ms": percentile(times, 99),
        "lost": lost, "repeated": repeated, "watchers_out_of_order": disordered,
        "came_back": sum(seen.opened - 1 for seen in everybody), "refused": sum(seen.refused for seen in everybody),
    }  # fmt: skip


async def play(server: Process, token: str, load: Load) -> dict[str, Any]:
    """Send a session's parts when they are due, watched by another process."""
    async with grpc.aio.insecure_channel(f"127.0.0.1:{server.port}") as channel:
        headset = Headset(channel, [("authorization", f"Bearer {token}")])
        await headset.connect()

        async def show() -> None:
            begun = time.perf_counter_ns() + 200_000_000
            acknowledged = asyncio.create_task(_acknowledged(headset, load.parts))
            for number in range(load.parts):
                due = begun + int(number / load.rate * 1e9)
                await asyncio.sleep(max(0, due - time.perf_counter_ns()) / 1e9)
                await headset.send(batch=headset.batch(events=[event(name=str(due))], pose=pose(POSES)))
            await acknowledged

        seen = await watched(server, token, load, headset.session_id, show)
        headset.cut()
    return seen


async def play_bare(server: Process, load: Load) -> dict[str, Any]:
    """Have as much made up by the ceiling."""
    async with grpc.aio.insecure_channel(f"127.0.0.1:{server.port}") as channel:
        made_up = json.dumps({"parts": load.parts, "rate": load.rate}).encode()
        return await watched(server, "", load, "", lambda: channel.unary_unary(fanout.PLAY)(made_up))


async def watched(
    server: Process, token: str, load: Load, session_id: str, show: Callable[[], Awaitable[Any]]
) -> dict[str, Any]:
    """Have a process watch while something is shown; what it saw, and what that cost the server."""
    told = {"session_id": session_id, "port": server.port, "token": token, "load": asdict(load)}
    before = server.cpu()
    process = await asyncio.to_thread(Process, "tests.benchmarks.watch", json.dumps(told))
    with process:
        used = server.cpu()
        opening = used - before
        await show()
        seen = await asyncio.to_thread(process.line)
        used = server.cpu() - used
    return {
        **seen,
        "cpu_us_per_delivery": used / max(1, seen["deliveries"]) * 1e6,
        "cpu_us_per_opening": opening / load.watchers * 1e6,
    }


async def _acknowledged(headset: Headset, parts: int) -> None:
    for _ in range(parts):
        answer = await headset.receive()
        if answer.WhichOneof("body") != "ack":
            raise AssertionError(answer)


def measure() -> Result:
    """Every load in turn, against one process; the main ones also against the ceiling."""
    runs: dict[str, list[dict[str, Any]]] = {}
    with laboratory() as lab:
        organization = new_id()
        permissions = ["session.read", "telemetry.ingest"]
        served = ("services.telemetry.app:build", "tests.benchmarks.unary:build")
        with (
            Process("tests.fixtures.serve", *served, environment=lab.environment) as server,
            Process("tests.benchmarks.rivals.fanout") as ceiling,
        ):
            for load in LOADS:
                token = token_of(lab, organization_id=organization, permissions=permissions)
                runs.setdefault(load.name, []).append(uvloop.run(play(server, token, load)))
                if load in {MAIN, OFTEN}:
                    runs.setdefault(f"ceiling: {load.name}", []).append(uvloop.run(play_bare(ceiling, load)))

    def median(name: str, figure: str) -> float:
        return statistics.median(run[figure] for run in runs[name])

    goals = [
        Goal(f"p99, {load.name}", median(load.name, "p99_ms"), bound, False, "fixed bound", "ms")
        for load, bound in ((MAIN, 60.0), (OFTEN, 60.0), (MOST, 400.0))
    ]
    for load in (MAIN, OFTEN):
        cost = median(load.name, "cpu_us_per_delivery")
        bare = median(f"ceiling: {load.name}", "cpu_us_per_delivery")
        goals.append(Goal(f"CPU of a delivery, {load.name}", cost, 30.0, False, "fixed bound", "µs"))
        goals.append(Goal(f"CPU of a delivery, {load.name}", cost / bare, 1.25, False, "bare grpc.aio fan-out"))
    for figure in ("lost", "repeated", "watchers_out_of_order"):
        count = sum(run[figure] for several in runs.values() for run in several)
        goals.append(Goal(figure.replace("_", " "), count, 0, False, "none", "of all runs"))
    note = "Half of a delivery is the system call that sends it: gRPC makes one per message, for the ceiling as well."
    return Result("watch", goals, {"runs": runs}, note)


if __name__ == "__main__":
    _told = json.loads(sys.argv[1])
    uvloop.run(watchers(_told["session_id"], _told["port"], _told["token"], Load(**_told["load"])))
