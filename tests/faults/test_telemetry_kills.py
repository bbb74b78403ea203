"""What was acknowledged is stored exactly once, whoever is killed: workers, PostgreSQL, Redis, Envoy.

Headsets record through Envoy all the while. Beside the kills that the test makes, each worker kills itself now and then
between the commit of telemetry and its acknowledgement, which is when the headset must send again what is stored.
"""

import asyncio
import random
import sys
from collections.abc import AsyncIterator, Iterator

import pytest

from services.stack.process import recorded
from tests.faults.running import UNLIMITED, WORKERS, agent_of, database_of, eventually, kill, running
from tests.faults.scale import times
from tests.faults.visits import Visit, faults_of
from tests.fixtures.suite import Suite
from tests.journeys.conftest import list_home, people_of

pytestmark = [pytest.mark.faults, pytest.mark.timeout(3600), pytest.mark.xdist_group("faults-kills")]

HEADSETS = times(3, 12)
KILLS = times(10, 200)
"""Altogether: those of the test, and the workers' own."""
PARTS = ("worker-1", "worker-2", "postgres", "redis", "gateway")


@pytest.fixture(scope="module")
def seed() -> int:
    return random.randrange(10**6)


@pytest.fixture(scope="module")
def suite(tmp_path_factory: pytest.TempPathFactory, seed: int) -> Iterator[Suite]:
    hits = random.Random(seed).randint(60, 120)
    home = tmp_path_factory.mktemp("kills") / "home"
    broken = Suite(home, environment={**UNLIMITED, "DOORSTEP_FAILPOINTS": f"before_ack=kill@{hits}"})
    try:
        yield broken.start()
    finally:
        broken.stop()


class Deaths:
    """Counts which workers there have been: those that we did not kill have killed themselves."""

    def __init__(self, suite: Suite) -> None:
        self.suite = suite
        self.seen: set[int] = set()
        self.ours: set[int] = set()

    async def watch(self) -> None:
        while True:
            self.seen |= {process.pid for name in WORKERS if (process := running(self.suite, name))}
            await asyncio.sleep(0.02)

    @property
    def by_themselves(self) -> int:
        now = {process.pid for name in WORKERS if (process := running(self.suite, name))}
        return len(self.seen - now - self.ours)


@pytest.fixture(scope="module")
async def visits(suite: Suite, seed: int) -> AsyncIterator[list[Visit]]:
    """Visits that have been through all kills, and have ended."""
    print(f"seed {seed}", file=sys.stderr)
    chance = random.Random(seed)
    people = people_of(suite)
    async with agent_of(people) as agent:
        home, _ = await list_home(agent, city="Killville")
    made = [Visit(people, home, f"headset-{n}", seed + n) for n in range(HEADSETS)]
    deaths = Deaths(suite)
    watching = asyncio.create_task(deaths.watch())
    running_visits = [asyncio.create_task(visit.run()) for visit in made]

    def acknowledged() -> int:
        for task in running_visits:
            assert not task.done(), task.exception()
        return sum(visit.writer.progress.acknowledged for visit in made)

    async def more(number: int) -> None:
        wanted = acknowledged() + number
        await eventually(lambda: acknowledged() >= wanted, f"{number} more are acknowledged")

    try:
        for visit in made:
            await asyncio.wait_for(visit.opened.wait(), 60)
        deaths.ours.add((await kill(suite, chance.choice(WORKERS))).pid)  # while everybody is connected and idle
        for visit in made:
            visit.begin()
        parts = chance.sample(PARTS, len(PARTS))
        while parts or not deaths.by_themselves or len(deaths.ours) + deaths.by_themselves < KILLS:
            part = parts.pop() if parts else chance.choice(PARTS)
            # So that there is something to break: the kill before has been survived.
            await more(50 * HEADSETS)
            await asyncio.sleep(chance.uniform(0, 0.5))
            deaths.ours.add((await kill(suite, part)).pid)
        for visit in made:
            visit.stop()
        await asyncio.gather(*running_visits)
        assert recorded(suite.home / "state.json") is not None, "the suite has survived"
        connections = sum(visit.writer.progress.connections for visit in made)
        assert connections > HEADSETS, "no connection was broken"
        print(
            f"{len(deaths.ours)} kills and {deaths.by_themselves} after a commit; {HEADSETS} headsets, "
            f"{connections} connections",
            file=sys.stderr,
        )
        yield made
    finally:
        for task in (watching, *running_visits):
            task.cancel()
        await asyncio.gather(watching, *running_visits, return_exceptions=True)


async def test_what_was_acknowledged_is_stored_exactly_once(suite: Suite, visits: list[Visit]) -> None:
    async with database_of(suite) as connection:
        for visit in visits:
            assert await faults_of(connection, visit) == []
    print(sum(visit.recorded.total for visit in visits), "events and samples, 0 lost, 0 twice", file=sys.stderr)


async def test_the_account_adds_up(visits: list[Visit]) -> None:
    for visit in visits:
        account, known = visit.accounting, visit.recorded
        assert account.declared_count == known.total == visit.writer.progress.acknowledged
        assert account.stored_count == known.total - known.rejected
        assert (account.rejected_count, account.missing_count) == (known.rejected, 0)
        assert account.received_count == account.stored_count + account.duplicate_count + account.rejected_count


SESSION = "session_key = (SELECT session_key FROM telemetry.sessions WHERE session_id = $1::text::uuid)"
TWICE = f"""
INSERT INTO telemetry.events SELECT organization_id, session_key, stream, part, ordinal + 500, kind, day, time_us,
  zone_id, object_id, name, x, y, z, duration_us, properties, receive_time
FROM telemetry.events WHERE {SESSION} AND part = 1
"""


@pytest.mark.parametrize(
    ("doctoring", "found"),
    [
        (f"DELETE FROM telemetry.events WHERE {SESSION} AND part = 1", "lost"),
        (f"DELETE FROM telemetry.sample_chunks WHERE {SESSION} AND part = 2 AND kind = 2", "poses"),
        (TWICE, "too many"),
        (f"UPDATE telemetry.rollups SET gaze_us = gaze_us + 1 WHERE {SESSION}", "rollups"),
        (f"DELETE FROM telemetry.rejected_events WHERE {SESSION}", "rejected"),
        (f"UPDATE telemetry.positions SET stored = stored + 1 WHERE {SESSION}", "positions"),
    ],
    ids=["an event lost", "a chunk lost", "an event twice", "a rollup off", "a rejection lost", "a position off"],
)
async def test_control_the_checker_sees(suite: Suite, visits: list[Visit], doctoring: str, found: str) -> None:
    visit = visits[0]
    async with database_of(suite) as connection:
        transaction = connection.transaction()
        await transaction.start()
        try:
            assert await connection.execute(doctoring, visit.writer.session_id) != "DELETE 0"
            faults = await faults_of(connection, visit)
        finally:
            await transaction.rollback()
        assert any(found in fault for fault in faults), faults
        assert await faults_of(connection, visit) == []
