"""The hash chain of the audit log."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from services.chassis.ids import new_id
from services.identity.audit_chain import Fact, Verifier, entry_hash, genesis

ORGANIZATION = new_id()
Log = list[tuple[Fact, bytes, bytes]]


def make_log(length: int, organization_id: UUID = ORGANIZATION) -> Log:
    log: Log = []
    head = genesis(organization_id)
    start = datetime(2026, 11, 21, tzinfo=UTC)
    for sequence in range(1, length + 1):
        fact = Fact(
            organization_id,
            sequence,
            "member.roles_changed",
            "user",
            new_id(),
            "user",
            str(new_id()),
            {"roles": ["viewer"]},
            {"roles": ["agent", "väldigt"]},
            "r",
            "192.0.2.1",
            start + timedelta(seconds=sequence),
        )
        log.append((fact, head, entry_hash(fact, head)))
        head = log[-1][2]
    return log


def verify(log: Log, head: tuple[int, bytes]) -> tuple[int, str]:
    verifier = Verifier(ORGANIZATION)
    for entry in log:
        verifier.feed(*entry)
    verifier.finish(*head)
    return verifier.broken_sequence, verifier.problem


def test_an_untouched_log_is_intact() -> None:
    log = make_log(100)
    assert verify(log, (100, log[-1][2])) == (0, "")


def test_an_empty_log_is_intact() -> None:
    assert verify([], (0, genesis(ORGANIZATION))) == (0, "")


@pytest.mark.parametrize(
    "change",
    [
        {"action": "member.removed"},
        {"actor_id": new_id()},
        {"after": {"roles": ["admin"]}},
        {"create_time": datetime(2020, 1, 1, tzinfo=UTC)},
        {"address": "192.0.2.2"},
        {"resource_id": "x"},
    ],
)
def test_one_altered_field_is_found(change: dict[str, object]) -> None:
    log = make_log(100)
    fact, previous, stored = log[41]
    log[41] = (replace(fact, **change), previous, stored)  # type: ignore[arg-type]
    assert verify(log, (100, log[-1][2])) == (42, "the entry was altered")


def test_an_altered_entry_with_a_fitting_hash_breaks_the_next_one() -> None:
    log = make_log(100)
    fact, previous, _ = log[41]
    fact = replace(fact, action="nothing.happened")
    log[41] = (fact, previous, entry_hash(fact, previous))
    assert verify(log, (100, log[-1][2]))[0] == 43


def test_a_missing_entry_is_found() -> None:
    log = make_log(100)
    head = (100, log[-1][2])
    assert verify(log[:41] + log[42:], head)[0] == 42
    assert verify(log[:99], head) == (100, "the end of the log is missing")


def test_a_log_of_another_organisation_is_found() -> None:
    log = make_log(3, new_id())
    assert verify(log, (3, log[-1][2]))[0] == 1


def test_one_altered_row_among_a_hundred_thousand_is_found() -> None:
    log = make_log(100_000)
    fact, previous, stored = log[77_776]
    log[77_776] = (replace(fact, request_id="R"), previous, stored)
    assert verify(log, (100_000, log[-1][2]))[0] == 77_777
