"""What a booking and an answer cost: each statement is a round trip, and no row is read twice."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

from services.chassis.interceptors.call import current_call
from tests.visit.conftest import Diary, Home, Somebody

TABLE = re.compile(r"\b(?:FROM|INTO|UPDATE|JOIN) ((?:identity|property|visit|jobs)\.\w+)")


@contextmanager
def watched(diary: Diary) -> Iterator[list[str]]:
    """The statements of transactions, each by the tables that it names, and how they end; of calls, not of jobs."""
    engine, found = diary.harness.resources.engine.sql.sync_engine, list[str]()

    def note(what: str) -> None:
        if current_call() is not None:
            found.append(what)

    def sent(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        note(" ".join(dict.fromkeys(TABLE.findall(statement))) or statement)

    def committed(_connection: Any) -> None:
        note("COMMIT")

    def rolled_back(_connection: Any) -> None:
        note("ROLLBACK")

    listeners = {"before_cursor_execute": sent, "commit": committed, "rollback": rolled_back}
    for name, listener in listeners.items():
        event.listen(engine, name, listener)
    try:
        yield found
    finally:
        for name, listener in listeners.items():
            event.remove(engine, name, listener)


LISTING = ["property.properties property.listings", "ROLLBACK"]
TOLD = ["visit.outbox", "jobs.pgqueuer jobs.pgqueuer_log", "COMMIT"]
"""An event and jobs, each in one statement however many."""


ANSWER = ["visit.visits", "visit.visits", "visit.visit_changes", *TOLD]
"""Locked, written, and the step in its history."""


async def test_a_request(diary: Diary, home: Home, buyer: Somebody):
    with watched(diary) as statements:
        await diary.request(home, buyer, diary.at(days=2), time_zone="UTC")
    rules = "visit.showing_rules visit.availability"
    assert statements == [*LISTING, rules, "visit.visits visit.visit_changes", *TOLD]


async def test_an_answer_of_the_house(diary: Diary, home: Home, buyer: Somebody):
    visit = await diary.request(home, buyer, diary.at(days=2))
    with watched(diary) as statements:
        await diary.move("ApproveVisit", home.agent, visit)
    assert statements == ANSWER


async def test_an_answer_to_a_counter_proposal(diary: Diary, home: Home, buyer: Somebody):
    visit = await diary.request(home, buyer, diary.at(days=2))
    visit = await diary.move("CounterVisit", home.agent, visit, start=diary.at(days=3))
    with watched(diary) as statements:
        await diary.move("AcceptCounter", buyer, visit)
    assert statements == ["visit.visits", "ROLLBACK", *ANSWER], "a buyer does not say whose visit it is"
