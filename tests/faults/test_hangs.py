"""Workers that run and answer nothing: callers are served by the others, and a new worker takes the place."""

import asyncio
import multiprocessing
import signal
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import grpc
import psutil
import pytest

from services.chassis.ids import new_id
from services.chassis.tokens import KeyRing, make_key
from services.chassis.where import WHERE
from services.stack.watch import PROBES, Watch
from services.stack.worker import health_of
from tests.chassis import toy
from tests.chassis.contract import Ask, ToyStub
from tests.faults.running import WORKERS, Load, agent_of, eventually, running
from tests.faults.scale import LONG, times
from tests.faults.test_idempotency import SERVED
from tests.fixtures.servers import TestDatabase
from tests.fixtures.suite import Suite
from tests.fixtures.worker import Process, worker_environment
from tests.journeys.conftest import People

pytestmark = [pytest.mark.faults, pytest.mark.timeout(3600)]


@pytest.mark.xdist_group("faults-stressed")
async def test_a_worker_that_hangs_is_replaced_and_callers_go_on(stressed: Suite, stressed_people: People) -> None:
    target = stressed.url.removeprefix("http://")
    for turn in range(times(1, 6)):
        name = WORKERS[turn % 2]
        before, counted = running(stressed, name), stressed.state()["hangs"].get(name, 0)
        assert before is not None
        # Many, because until the gateway has noticed some of them call the one that hangs, and wait.
        async with agent_of(stressed_people) as agent, Load(target, agent, tasks=16) as load:
            before.send_signal(signal.SIGSTOP)
            reading = [asyncio.create_task(load.read()) for _ in range(16)]
            answered = await served_until_gone(stressed, load, name, before)
            assert answered > 20, "callers were served while it hung"
            await asyncio.gather(*reading)  # what only reads is sent to the other worker as well, and succeeds
            await eventually(lambda gone=before, name=name: running(stressed, name) not in (None, gone), "another")
            await load.more(50)
        # What the worker had taken on may be lost with it, and is the caller's to repeat.
        assert {failure.code() for failure in load.failures} <= {
            grpc.StatusCode.UNAVAILABLE,
            grpc.StatusCode.DEADLINE_EXCEEDED,
        }, [str(failure) for failure in load.failures]
        await load.assert_once(stressed)
        assert stressed.state()["hangs"][name] == counted + 1
        async with agent_of(stressed_people) as agent, Load(target, agent) as load:
            await load.more(50)
        assert load.failures == [], "the new one serves as the old one did"


async def served_until_gone(suite: Suite, load: Load, name: str, process: psutil.Process) -> int:
    """How many calls are answered while a process is still there."""
    before = now = load.answered
    while running(suite, name) == process:
        now = load.answered
        await asyncio.sleep(0.1)
    return now - before


def burn() -> None:
    """Use a processor up."""
    while True:
        pass


@pytest.mark.skipif(not LONG, reason="takes all processors for a minute; `make faults` does")
@pytest.mark.xdist_group("faults-stressed")
async def test_workers_that_are_only_slow_are_left_alone(stressed: Suite, stressed_people: People) -> None:
    before = {name: running(stressed, name) for name in WORKERS}
    counted = stressed.state()["hangs"]
    with ExitStack() as stack:
        for _ in range(4 * multiprocessing.cpu_count()):
            burner = multiprocessing.get_context("spawn").Process(target=burn, daemon=True)
            burner.start()
            stack.callback(burner.kill)
        async with (
            agent_of(stressed_people) as agent,
            Load(stressed.url.removeprefix("http://"), agent, tasks=32, pause=0) as load,
        ):
            await asyncio.sleep(60)
    assert load.answered > 0
    assert {name: running(stressed, name) for name in WORKERS} == before
    assert stressed.state()["hangs"] == counted


async def test_a_blocked_event_loop_is_noticed_and_tells_where(
    database: TestDatabase, redis_url: str, tmp_path: Path, token_for: Callable[..., str]
) -> None:
    """A process may answer pings of its connections for ever, and no call."""
    await toy.make_schema(database.owner_url)
    make_key(tmp_path / "keys")
    token = token_for(KeyRing(tmp_path / "keys", strict=False), organization_id=new_id())
    environment = worker_environment(database_url=database.url, redis_url=redis_url, keys_dir=tmp_path / "keys")
    environment["DOORSTEP_FAILPOINTS"] = "before_commit=block"
    with (
        (tmp_path / "log").open("w") as log,
        Process("tests.fixtures.serve", *SERVED, environment=environment, stderr=log) as process,
    ):
        address = f"127.0.0.1:{process.port}"
        watching = Watch(lambda _: health_of(address, 2.0) is not None, 1.0)
        for _ in range(2 * PROBES):
            await asyncio.to_thread(watching.probe)
        assert not watching.hangs
        async with grpc.aio.insecure_channel(address) as channel:
            with pytest.raises(grpc.aio.AioRpcError) as caught:
                await ToyStub(channel).Make(
                    Ask(what="blocks"), metadata=[("authorization", f"Bearer {token}")], timeout=3
                )
            assert caught.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED
            for _ in range(PROBES):
                await asyncio.to_thread(watching.probe)
            assert watching.hangs
        psutil.Process(process.pid).send_signal(WHERE)
        await eventually(lambda: "failpoints.py" in (tmp_path / "log").read_text(), "it says where it hangs")
        assert process.running
        process.kill()
