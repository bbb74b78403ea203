"""The checker of histories knows a right one from a wrong one."""

from math import inf
from typing import Any

import pytest

from tests.faults.linearizable import UNKNOWN, Call, linearizable


def one_place(holder: str | None, verb: str, subject: Any) -> tuple[Any, str | None]:
    """A place that one person can have."""
    match verb:
        case "book":
            return ("OK", subject) if holder is None else ("TAKEN", holder)
        case "cancel":
            return ("OK", None) if holder == subject else ("GONE", holder)
        case _:
            return holder, holder


def call(begun: float, ended: float, verb: str, subject: Any, outcome: Any) -> Call:
    return Call(begun, verb, subject, outcome, ended)


RIGHT = {
    "nothing": [],
    "one after another": [
        call(0, 1, "book", "a", "OK"),
        call(2, 3, "book", "b", "TAKEN"),
        call(4, 5, "read", None, "a"),
    ],
    "the later one first": [call(0, 3, "book", "a", "TAKEN"), call(1, 2, "book", "b", "OK")],
    "touching": [call(0, 1, "book", "a", "TAKEN"), call(1, 2, "book", "b", "OK")],
    "an unknown cancellation happened": [
        call(0, 1, "book", "a", "OK"),
        call(1.5, inf, "cancel", "a", UNKNOWN),
        call(2, 3, "book", "b", "OK"),
    ],
    "an unknown cancellation happened late": [
        call(0, 1, "book", "a", "OK"),
        call(1.5, inf, "cancel", "a", UNKNOWN),
        call(2, 3, "book", "b", "TAKEN"),
        call(4, 5, "book", "b", "OK"),
    ],
    "an unknown booking happened": [call(0, inf, "book", "a", UNKNOWN), call(2, 3, "book", "b", "TAKEN")],
    "an unknown booking never happened": [call(0, inf, "book", "a", UNKNOWN), call(2, 3, "read", None, None)],
}
WRONG = {
    "two have it": [call(0, 1, "book", "a", "OK"), call(2, 3, "book", "b", "OK")],
    "two at once have it": [call(0, 3, "book", "a", "OK"), call(1, 2, "book", "b", "OK")],
    "taken by nobody": [call(0, 1, "book", "a", "TAKEN")],
    "lost": [call(0, 1, "book", "a", "OK"), call(2, 3, "read", None, None)],
    "an unknown booking happened and did not": [
        call(0, inf, "book", "a", UNKNOWN),
        call(2, 3, "read", None, "a"),
        call(4, 5, "read", None, None),
    ],
    "one unknown cancellation frees twice": [
        call(0, 1, "book", "a", "OK"),
        call(1.5, inf, "cancel", "a", UNKNOWN),
        call(2, 3, "book", "b", "OK"),
        call(4, 5, "book", "c", "OK"),
    ],
    "an effect before its call": [call(0, 1, "read", None, "a"), call(2, 3, "book", "a", "OK")],
}


@pytest.mark.parametrize("history", RIGHT.values(), ids=RIGHT)
def test_right(history: list[Call]) -> None:
    assert linearizable(history, one_place, None)


@pytest.mark.parametrize("history", WRONG.values(), ids=WRONG)
def test_wrong(history: list[Call]) -> None:
    assert not linearizable(history, one_place, None)


def test_too_much_to_say() -> None:
    many = [call(0, inf, "book", str(n), UNKNOWN) for n in range(50)]
    with pytest.raises(RuntimeError):
        linearizable([*many, call(1, 2, "read", None, "nobody")], one_place, None, most=10)
