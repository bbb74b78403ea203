"""What was said is heard by everybody once and in its order, whoever is killed while it is said."""

import asyncio
import random
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from services.chassis.tokens import KeyRing, make_key
from tests.faults.scale import times
from tests.faults.talkers import Conversation, Said, Workers, all_done, wrong
from tests.fixtures.servers import TestDatabase

pytestmark = [pytest.mark.faults, pytest.mark.timeout(3600)]

FAULTS = times(4, 80)
"""Beside those that the workers make themselves."""
PEOPLE = times(3, 8)
LISTENERS = times(2, 5)
"""Streams of each of them, as of several devices."""
BETWEEN = 40
"""Messages acknowledged between two faults, so that there is something to break."""


async def test_everything_is_heard_once_and_in_order(
    database: TestDatabase, redis_url: str, tmp_path: Path, token_for: Callable[..., str]
) -> None:
    seed = random.randrange(10**6)
    print(f"seed {seed}", file=sys.stderr)
    make_key(tmp_path / "keys")
    ring = KeyRing(tmp_path / "keys", strict=False)
    workers = Workers(database, redis_url, tmp_path / "keys", random.Random(seed))
    conversation = Conversation(workers, lambda **who: token_for(ring, **who), PEOPLE)
    await conversation.begin()
    heard: list[list[Said]] = [[] for _ in range(PEOPLE * LISTENERS)]
    await workers.start()
    replacing = asyncio.create_task(workers.replace())
    listening = [
        asyncio.create_task(conversation.listen(conversation.people[number % PEOPLE], ears))
        for number, ears in enumerate(heard)
    ]
    tasks = [replacing, *listening]
    try:
        talking = [asyncio.create_task(conversation.talk(person)) for person in conversation.people]
        for _ in range(FAULTS):
            wanted = len(conversation.acknowledged) + BETWEEN
            await all_done([*tasks, *talking], lambda wanted=wanted: len(conversation.acknowledged) >= wanted)
            await workers.break_something()
        await all_done(tasks, lambda: workers.died > workers.killed)  # at least one by itself, after a commit
        conversation.finished.set()
        await asyncio.gather(*talking)
        stored = await conversation.stored()
        await all_done(tasks, lambda: all(ears and ears[-1].sequence == stored[-1].sequence for ears in heard))
    finally:
        for task in listening:
            task.cancel()
        await asyncio.gather(*listening, return_exceptions=True)
        await conversation.close()
        await workers.stop(replacing)
    conversation.report()
    assert [one.sequence for one in stored] == list(range(1, len(stored) + 1)), "places have gaps"
    assert {(one.sender_id, one.name): one.sequence for one in stored} == conversation.acknowledged
    assert len(stored) == len(conversation.acknowledged), "something was said twice"
    assert conversation.repeated > 0, "no sender has met a fault"
    assert conversation.opened > len(heard), "no stream was cut"
    assert [wrong(ears, stored) for ears in heard] == [[]] * len(heard)


SAID = [Said(n, "ana", f"n{n}") for n in range(1, 6)]


@pytest.mark.parametrize(
    ("heard", "what"),
    [
        (SAID[:2] + SAID[3:], "lost"),
        (SAID[:3] + SAID[2:], "twice"),
        ([SAID[1], SAID[0], *SAID[2:]], "out of order"),
        ([*SAID, Said(6, "ana", "n6")], "never said"),
    ],
)
def test_control_the_checker_sees(heard: list[Said], what: str) -> None:
    assert any(found.startswith(what) for found in wrong(heard, SAID))
    assert wrong(SAID, SAID) == []
