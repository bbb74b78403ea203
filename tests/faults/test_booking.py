"""Nobody is in two places at once: 200 who want one slot, and whole histories, with backends killed in their midst."""

import asyncio
import random
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import asyncpg
import pytest

from services.visit.errors import SlotTaken
from services.visit.models.visit import Visit, VisitChange
from services.visit.repository.visit import VisitRepository
from tests.faults.bookers import Agent, Desk, a_buyer, a_listing, desk_at, kill_backends, one_agent, outcome
from tests.faults.linearizable import linearizable
from tests.faults.scale import times
from tests.fixtures.servers import TestDatabase

pytestmark = [pytest.mark.faults, pytest.mark.timeout(3600), pytest.mark.xdist_group("faults-booking")]

BOOKERS = 200
CALENDARS = ("agent", "property", "buyer")


@pytest.fixture
async def desk(database: TestDatabase, redis_url: str, tmp_path: Path) -> AsyncIterator[Desk]:
    async with desk_at(database, redis_url, tmp_path) as desk:
        yield desk


@pytest.fixture
def chance() -> random.Random:
    seed = random.randrange(10**6)
    print(f"seed {seed}", file=sys.stderr)
    return random.Random(seed)


@pytest.mark.parametrize("shared", CALENDARS)
async def test_of_200_at_once_one_wins(desk: Desk, chance: random.Random, shared: str) -> None:
    """Whichever calendar they meet at, and wherever they overlap; a deadlock would be CONFLICT_RETRY."""
    for _ in range(times(2, 20)):
        home, person = a_listing(), a_buyer()
        calls = []
        for _ in range(BOOKERS):
            listing = {
                "agent": replace(a_listing(), organization_id=home.organization_id, agent_id=home.agent_id),
                "property": replace(home, agent_id=a_listing().agent_id),
                "buyer": a_listing(),
            }[shared]
            begin, end = desk.span(0)
            # All hold the same moment; most begin and end at different ones.
            begin, end = begin + (end - begin) * chance.choice((0, 0.25, 0.5)), end + (end - begin) * chance.random()
            calls.append(outcome(desk.request(listing, person if shared == "buyer" else a_buyer(), (begin, end))))
        found = [reason for reason, _ in await asyncio.gather(*calls)]
        assert found.count("OK") == 1
        assert set(found) == {"OK", "SLOT_TAKEN"}


async def test_who_moves_and_who_is_new_meet_without_a_deadlock(desk: Desk, chance: random.Random) -> None:
    """An UPDATE waits for whoever is before it; an INSERT that finds it gives way instead of waiting in a circle."""
    for _ in range(times(3, 30)):
        home = a_listing()
        movers = [(a_buyer(), slot) for slot in range(2, 62, 2)]
        visits = [await desk.request(home, buyer, desk.span(slot)) for buyer, slot in movers]
        calls = [
            outcome(desk.move(home, buyer, visit_id, desk.span(0)))
            for (buyer, _), visit_id in zip(movers, visits, strict=True)
        ]
        calls += [outcome(desk.request(home, a_buyer(), desk.span(0))) for _ in range(BOOKERS - len(movers))]
        chance.shuffle(calls)
        found = [reason for reason, _ in await asyncio.gather(*calls)]
        assert found.count("OK") == 1
        assert set(found) == {"OK", "SLOT_TAKEN"}


async def test_histories_are_linearizable(database: TestDatabase, desk: Desk, chance: random.Random) -> None:
    """Slots are requested, moved into, called off and read, while backends die; 100,000 calls in the long form."""
    agents = [Agent(desk, random.Random(chance.random())) for _ in range(times(8, 40))]
    calls = times(100, 2500)
    spacing = len(agents) * calls // times(8, 60)

    def due() -> bool:
        nonlocal killed_for
        made = sum(len(agent.history) for agent in agents) // spacing
        if made <= killed_for:
            return False
        killed_for = made
        return True

    killed_for, stopping = 0, asyncio.Event()
    killing = asyncio.create_task(kill_backends(database, due, stopping))
    try:
        for first in range(0, len(agents), 8):
            await asyncio.gather(*(agent.work(5, calls) for agent in agents[first : first + 8]))
    finally:
        stopping.set()
        killed = await killing
    broken = sum(agent.broken for agent in agents)
    made = sum(len(agent.history) for agent in agents)
    print(f"{made} calls, {killed} backends killed, {broken} calls of unknown outcome", file=sys.stderr)
    assert killed
    assert broken, "nothing was broken"
    for agent in agents:
        outcomes = {call.outcome for call in agent.history if isinstance(call.outcome, str)}
        assert outcomes <= {"OK", "SLOT_TAKEN", "VISIT_STATE"}
        assert linearizable(agent.history, one_agent, agent.start)


async def test_control_without_the_constraints_the_checker_sees_it(
    database: TestDatabase, desk: Desk, chance: random.Random, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same calls on a table without the constraints, by code that looks first and writes then."""
    connection = await asyncpg.connect(database.owner_url)
    try:
        for name in CALENDARS:
            await connection.execute(f"ALTER TABLE visit.visits DROP CONSTRAINT visits_{name}_free")
    finally:
        await connection.close()
    looks = VisitRepository._calendar
    writes = VisitRepository.insert

    async def look_then_write(self: VisitRepository, row: Visit, change: VisitChange) -> Visit:
        if await looks(self, row):
            raise SlotTaken
        return await writes(self, row, change)

    monkeypatch.setattr(VisitRepository, "insert", look_then_write)
    agents = [Agent(desk, random.Random(chance.random()), moves=False) for _ in range(times(4, 40))]
    for first in range(0, len(agents), 8):
        await asyncio.gather(*(agent.work(20, 100) for agent in agents[first : first + 8]))
    refuted = [not linearizable(agent.history, one_agent, agent.start) for agent in agents]
    print(f"{sum(refuted)} of {len(refuted)} refuted", file=sys.stderr)
    assert all(refuted)
