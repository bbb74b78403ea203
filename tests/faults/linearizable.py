"""Whether what many callers saw at once can have happened one after another, each call somewhere in its own time.

The search is that of Wing and Gong as Lowe has it, "just in time": it walks through calls and returns in the order of
their moments, and keeps every pair of a state and of the running calls that have had their effect by then. A call whose
outcome nobody knows (its connection died) runs for ever: it may have its effect at any later moment, or never.
"""

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field
from math import inf
from typing import Any, TypeVar

State = TypeVar("State", bound=Hashable)

UNKNOWN = object()
"""The outcome of a call that broke off."""


@dataclass(slots=True)
class Call:
    """One call as its caller saw it; moments are those of one clock."""

    begun: float
    verb: str
    subject: Any
    outcome: Any = UNKNOWN
    ended: float = field(default=inf)


Model = Callable[[State, str, Any], tuple[Any, State]]
"""(state, verb, subject) → what a caller alone in the world would see, and the state after."""


def linearizable(calls: Iterable[Call], model: Model[State], start: State, *, most: int = 100_000) -> bool:
    """Say whether there is an order that explains all outcomes.

    Args:
        calls: The whole history of one thing.
        model: How the thing behaves for one caller at a time.
        start: Its first state.
        most: Possibilities to keep at once.

    Raises:
        RuntimeError: there are more possibilities than that; nothing is said.
    """
    history = sorted(calls, key=lambda call: call.begun)
    moments = [(call.begun, 1, number) for number, call in enumerate(history)]
    # Of a call and a return at the same moment the call comes first: they may have run at once.
    moments += [(call.ended, 2, number) for number, call in enumerate(history) if call.ended != inf]
    possible: set[tuple[State, frozenset[int]]] = {(start, frozenset())}
    open_calls: set[int] = set()
    for _, kind, number in sorted(moments):
        if kind == 1:
            open_calls.add(number)
            continue
        seen, left = set(possible), list(possible)
        while left:
            state, done = left.pop()
            if number in done:
                continue  # it has had its effect: the others need not be tried before their own returns
            for other in open_calls - done:
                call = history[other]
                outcome, after = model(state, call.verb, call.subject)
                if call.outcome is UNKNOWN:
                    if after == state:
                        continue  # as if it never happened
                elif outcome != call.outcome:
                    continue
                further = (after, done | {other})
                if further not in seen:
                    seen.add(further)
                    left.append(further)
            if len(seen) > most:
                raise RuntimeError("too many possibilities")
        possible = {(state, done - {number}) for state, done in seen if number in done}
        open_calls.remove(number)
        if not possible:
            return False
    return True
