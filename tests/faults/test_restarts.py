"""Restarts that nobody notices, and deaths that pass: workers, Envoy, PostgreSQL, Redis, under calls and a visit."""

import asyncio
import contextlib
import dataclasses
import itertools
from collections.abc import AsyncIterator
from pathlib import Path

import grpc
import pytest

from doorstep_client.vr import Progress
from gateway.settings import Address, Upstream
from services.stack.home import Home
from services.stack.ports import LOOPBACK
from services.stack.restart import restart_workers
from tests.faults.running import WORKERS, Load, agent_of, database_of, edge_of, eventually, kill, running
from tests.faults.scale import times
from tests.faults.visits import Visit, faults_of
from tests.fixtures.suite import Suite
from tests.journeys.conftest import People, list_home

pytestmark = [pytest.mark.faults, pytest.mark.timeout(3600), pytest.mark.xdist_group("faults-stressed")]

CYCLES = times(2, 50)
SWAPS = times(2, 20)
DEATHS = times(1, 10)


@contextlib.asynccontextmanager
async def loaded(people: People, target: str) -> AsyncIterator[Load]:
    async with agent_of(people) as agent, Load(target, agent) as load:
        yield load


@contextlib.asynccontextmanager
async def visited(suite: Suite, people: People, url: str) -> AsyncIterator[Visit]:
    """A visit that goes on meanwhile; afterwards everything of it is stored once."""
    async with agent_of(people) as agent:
        home, _ = await list_home(agent, city="Restartville")
    visit = Visit(People(url, people.sign_ins), home, "visitor", seed=1)
    task = asyncio.create_task(visit.run())
    try:
        visit.begin()
        await asyncio.wait_for(visit.opened.wait(), 60)
        yield visit
        visit.stop()
        await task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    async with database_of(suite) as connection:
        assert await faults_of(connection, visit) == []


def target_of(suite: Suite) -> str:
    return suite.url.removeprefix("http://")


def assert_none_failed(load: Load) -> None:
    assert load.failures == [], [str(failure) for failure in load.failures[:3]]


async def test_rolling_restarts_fail_no_call_and_do_nothing_twice(stressed: Suite, stressed_people: People) -> None:
    pids = []
    async with (
        visited(stressed, stressed_people, stressed.url) as visit,
        loaded(stressed_people, target_of(stressed)) as load,
    ):
        for _ in range(CYCLES):
            pids.append({running(stressed, name) for name in WORKERS})
            await asyncio.to_thread(restart_workers, Home(stressed.home), 180)
            await load.more(20)
        pids.append({running(stressed, name) for name in WORKERS})
    assert all(not before & after for before, after in itertools.pairwise(pids)), "not all were replaced"
    assert_none_failed(load)
    await load.assert_once(stressed)
    print(f"{CYCLES} cycles, {load.answered} calls, {visit.recorded.total} samples, 0 failed, 0 twice")


async def test_control_a_killed_worker_fails_calls(stressed: Suite, stressed_people: People) -> None:
    """The same load sees a worker that goes without draining."""
    async with agent_of(stressed_people) as agent, Load(target_of(stressed), agent, tasks=16, pause=0) as load:
        for turn in range(10):
            await kill(stressed, WORKERS[turn % 2])
            await load.more(20)
            if load.failures:
                break
    assert load.failures
    await load.assert_once(stressed)


async def test_envoy_is_exchanged_without_failing_a_call(
    stressed: Suite, stressed_people: People, tmp_path: Path
) -> None:
    with edge_of(stressed, tmp_path) as edge:
        async with visited(stressed, stressed_people, edge.url), loaded(stressed_people, edge.target) as load:
            for _ in range(SWAPS):
                before = edge.gateway.pid
                await asyncio.to_thread(edge.gateway.swap, edge.settings, drain_seconds=4)
                assert edge.gateway.pid != before
                await load.more(20)
    assert_none_failed(load)
    await load.assert_once(stressed)
    print(f"{SWAPS} swaps, {load.answered} calls, 0 failed")


async def test_a_headset_goes_to_the_other_worker_and_back(
    stressed: Suite, stressed_people: People, tmp_path: Path
) -> None:
    """A worker that it was with before knows an older state of its session; what the other stored is not missing."""
    ports = stressed.state()["ports"]
    with edge_of(stressed, tmp_path) as edge:
        async with visited(stressed, stressed_people, edge.url) as visit:
            for name in WORKERS * 2:
                upstream = Upstream("workers", (Address(LOOPBACK, ports[name]),))
                before = visit.writer.progress
                settings = dataclasses.replace(edge.settings, upstreams=(upstream,))
                await asyncio.to_thread(edge.gateway.swap, settings, drain_seconds=1)

                def goes_on(before: Progress = before) -> bool:
                    now = visit.writer.progress
                    return now.connections > before.connections and now.durable_part > before.durable_part + 20

                await eventually(goes_on, f"{name} takes what follows")
    print(f"{visit.writer.progress.connections} connections, {visit.recorded.total} samples")


async def test_control_a_restarted_envoy_fails_calls(stressed: Suite, stressed_people: People, tmp_path: Path) -> None:
    with edge_of(stressed, tmp_path) as edge:
        async with loaded(stressed_people, edge.target) as load:
            await asyncio.to_thread(edge.gateway.stop)
            await asyncio.to_thread(edge.gateway.start, edge.settings)
            await load.more(20)
    assert load.failures
    await load.assert_once(stressed)


async def test_a_killed_postgres_is_unavailable_for_a_while_and_loses_nothing(
    stressed: Suite, stressed_people: People
) -> None:
    async with (
        visited(stressed, stressed_people, stressed.url),
        loaded(stressed_people, target_of(stressed)) as load,
    ):
        for _ in range(DEATHS):
            await kill(stressed, "postgres")
            await load.more(50)
    assert load.failures, "nobody has noticed the death"
    # What happened to the database is no concern of the caller: to come back later is.
    assert {failure.code() for failure in load.failures} <= {
        grpc.StatusCode.UNAVAILABLE,
        grpc.StatusCode.DEADLINE_EXCEEDED,
    }, [str(failure) for failure in load.failures]
    await load.assert_once(stressed)


async def test_a_killed_redis_fails_no_call(stressed: Suite, stressed_people: People) -> None:
    async with loaded(stressed_people, target_of(stressed)) as load:
        for _ in range(DEATHS):
            await kill(stressed, "redis")
            await load.more(50)
    assert_none_failed(load)
    await load.assert_once(stressed)
