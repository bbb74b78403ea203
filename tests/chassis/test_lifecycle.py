"""States as tables."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import pytest

from services.chassis.errors import Code, StateRefused
from services.chassis.lifecycle import Lifecycle, Transition


class Door(StrEnum):
    OPEN = "open"
    SHUT = "shut"
    LOCKED = "locked"
    GONE = "gone"


class DoorRefused(StateRefused):
    """The door does not do that now."""

    reason = "DOOR_STATE"
    message = "the door does not do that now"


def lifecycle(*more: Transition[Door]) -> Lifecycle[Door]:
    return Lifecycle(
        Door,
        table="toy.doors",
        start=Door.OPEN,
        transitions=(
            Transition("shut", frozenset({Door.OPEN}), Door.SHUT, "shut_time"),
            Transition("open", frozenset({Door.SHUT}), Door.OPEN),
            Transition("lock", frozenset({Door.SHUT}), Door.LOCKED),
            Transition("remove", frozenset({Door.OPEN, Door.SHUT, Door.LOCKED}), Door.GONE),
            *more,
        ),
        invalid=DoorRefused,
    )


class Row:
    def __init__(self, state: str) -> None:
        self.state: Any = state
        self.shut_time: datetime | None = None


NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize("state", Door)
@pytest.mark.parametrize("verb", ["shut", "open", "lock", "remove", "paint"])
def test_every_verb_from_every_state(verb: str, state: Door) -> None:
    table = {
        ("shut", Door.OPEN): Door.SHUT,
        ("open", Door.SHUT): Door.OPEN,
        ("lock", Door.SHUT): Door.LOCKED,
        ("remove", Door.OPEN): Door.GONE,
        ("remove", Door.SHUT): Door.GONE,
        ("remove", Door.LOCKED): Door.GONE,
    }
    row = Row(state.value)
    if (verb, state) in table:
        lifecycle().apply(row, verb, at=NOW)
        assert row.state == table[verb, state]
        assert row.shut_time == (NOW if verb == "shut" else None)
        return
    with pytest.raises(DoorRefused) as caught:
        lifecycle().apply(row, verb, at=NOW)
    assert row.state == state.value, "a refusal changes nothing"
    assert caught.value.code is Code.FAILED_PRECONDITION
    assert caught.value.metadata["state"] == state.name
    allowed = [s.name for v, s in table if v == verb]
    assert caught.value.metadata["allowed_states"] == ",".join(allowed)


def test_two_rows_for_one_case_are_a_mistake() -> None:
    with pytest.raises(ValueError, match="twice"):
        lifecycle(Transition("shut", frozenset({Door.OPEN}), Door.GONE))


def test_a_verb_may_lead_to_different_places() -> None:
    found = lifecycle(Transition("shut", frozenset({Door.LOCKED}), Door.GONE))
    assert found.target("shut", Door.LOCKED) is Door.GONE
    assert found.allowed_from("shut") == (Door.OPEN, Door.LOCKED)


def test_an_unknown_state_is_a_fault_of_ours() -> None:
    with pytest.raises(ValueError, match="ajar"):
        lifecycle().apply(Row("ajar"), "shut", at=NOW)


def test_what_is_made_of_the_table() -> None:
    found = lifecycle()
    assert found.check_sql() == "state IN ('open', 'shut', 'locked', 'gone')"
    assert found.steps() == {
        (Door.OPEN, Door.SHUT),
        (Door.SHUT, Door.OPEN),
        (Door.SHUT, Door.LOCKED),
        (Door.OPEN, Door.GONE),
        (Door.SHUT, Door.GONE),
        (Door.LOCKED, Door.GONE),
    }
    assert found.terminal() == frozenset({Door.GONE})
    lines = found.mermaid().splitlines()
    assert "    [*] --> OPEN" in lines
    assert "    GONE --> [*]" in lines
    assert lines.count("    SHUT --> LOCKED: lock") == 1
