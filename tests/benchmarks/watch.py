"""WatchSession: from the moment a headset's part is due to its arrival at 1 to 5,000 watchers of the session.

The headset and the watchers are processes of their own; one process serves both. A part is small (an event and a few
poses): what is measured is the way through, not the size. In the last run a share of the watchers hang up, at a moment
by chance, and go on after the last sequence they have seen.
"""

import asyncio
import json
import statistics
import time
from typing import Any

import grpc
import uvloop

from services.chassis.ids import new_id
from tests.benchmarks.audience import Load, Scene, watched
from tests.benchmarks.homes import token_of
from tests.benchmarks.lab import laboratory
from tests.benchmarks.report import Goal, Result
from tests.benchmarks.rivals import fanout
from tests.fixtures.worker import Process
from tests.telemetry.headset import Headset, event, pose

POSES = 6
ROUNDS = 3


MAIN, OFTEN = Load(1_000, 5, 8), Load(1_000, 15, 6)
BACK = Load(1_000, 5, 8, leaving=0.3)
MOST = Load(5_000, 2, 6)
LOADS = (Load(1, 200, 4), Load(100, 20, 4), *(MAIN, OFTEN) * ROUNDS, BACK, MOST)


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

        seen = await watched(server, load, Scene("session", headset.session_id, [token]), show)
        headset.cut()
    return seen


async def play_bare(server: Process, load: Load) -> dict[str, Any]:
    """Have as much made up by the ceiling."""
    async with grpc.aio.insecure_channel(f"127.0.0.1:{server.port}") as channel:
        made_up = json.dumps({"parts": load.parts, "rate": load.rate}).encode()
        return await watched(
            server, load, Scene("session", "", [""]), lambda: channel.unary_unary(fanout.PLAY)(made_up)
        )


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
