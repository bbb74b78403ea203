import asyncio
import subprocess
import sys

import pytest

from services.chassis import failpoints
from services.chassis.failpoints import FailpointError, failpoint, failpoint_sync


@pytest.fixture(autouse=True)
def _off_afterwards() -> object:
    yield
    failpoints.deactivate()


def test_nothing_is_on_by_default() -> None:
    failpoints.activate("", production=True)
    assert not failpoints.is_on()


async def test_production_refuses_any_point() -> None:
    with pytest.raises(RuntimeError, match="refused in production"):
        failpoints.activate("before_ack=sleep:1", production=True)
    await failpoint("before_ack")


@pytest.mark.parametrize(
    "spec", ["before_ack", "befor_ack=kill", "before_ack=explode", "before_ack=sleep:soon", "before_ack=kill@x"]
)
def test_a_misspelt_point_or_action_is_refused(spec: str) -> None:
    with pytest.raises(ValueError, match="expected "):
        failpoints.activate(spec, production=False)


async def test_raise_happens_at_the_named_hit_only() -> None:
    failpoints.activate("before_ack=raise@3;after_ack=sleep:0", production=False)
    await failpoint("before_ack")
    failpoint_sync("before_ack")
    with pytest.raises(FailpointError):
        await failpoint("before_ack")
    await failpoint("before_ack")
    await failpoint("after_ack")
    await failpoint("before_commit")


async def test_hang_lasts_until_cancelled() -> None:
    failpoints.activate("before_commit=hang", production=False)
    task = asyncio.create_task(failpoint("before_commit"))
    await asyncio.sleep(0.05)
    assert not task.done()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


def test_kill_leaves_no_time_for_anything() -> None:
    program = (
        "import asyncio\n"
        "from services.chassis import failpoints\n"
        "failpoints.activate(None, production=False)\n"
        "try:\n"
        "    asyncio.run(failpoints.failpoint('after_commit'))\n"
        "finally:\n"
        "    print('cleaned up')\n"
    )
    environment = {"DOORSTEP_FAILPOINTS": "after_commit=kill", "PATH": ""}
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, env=environment, check=False)
    assert done.returncode == -9, done.stderr
    assert b"cleaned up" not in done.stdout
