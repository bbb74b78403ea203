"""State machines as tables: one table per resource, keyed by the verb, which is the RPC (AIP-216).

The same table drives the code, the database CHECK (`check_sql`), the triggers that refuse every other step
(`ddl.guard_states`) and the diagram (`mermaid`); contract tests compare them with the proto and with the database.
`Lifecycle.apply` is the only writer of `.state`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Generic, Protocol, TypeVar

from services.chassis.errors import StateRefused

S = TypeVar("S", bound=StrEnum)


class HasState(Protocol):
    """A row with a state."""

    state: Any


@dataclass(frozen=True, slots=True)
class Transition(Generic[S]):
    """From any of `frm` by `verb` to `to`; `stamp` names the timestamp column that records when."""

    verb: str
    frm: frozenset[S]
    to: S
    stamp: str | None = None


class Lifecycle(Generic[S]):
    """The states of a resource and the verbs between them."""

    def __init__(
        self,
        states: type[S],
        *,
        table: str,
        column: str = "state",
        start: S | tuple[S, ...],
        transitions: tuple[Transition[S], ...],
        invalid: type[StateRefused],
    ) -> None:
        """Declare the table; a verb may stand in several rows as long as their `frm` do not overlap.

        Args:
            states: All of them.
            table: Of the database, with its schema: whose rows these are.
            column: Of that table, which holds the state; the model calls it `state`.
            start: In which a row may begin.
            transitions: The verbs.
            invalid: The refusal of a verb.
        """
        self.states = states
        self.table = table
        self.column = column
        self.start = start if isinstance(start, tuple) else (start,)
        self.transitions = transitions
        self.invalid = invalid
        self._table: dict[tuple[str, S], Transition[S]] = {}
        for transition in transitions:
            for state in transition.frm:
                if (transition.verb, state) in self._table:
                    raise ValueError(f"{transition.verb} from {state} stands twice")
                self._table[(transition.verb, state)] = transition

    @property
    def verbs(self) -> frozenset[str]:
        """All verbs."""
        return frozenset(t.verb for t in self.transitions)

    def allowed_from(self, verb: str) -> tuple[S, ...]:
        """The states from which `verb` leads somewhere, in the order of the enum."""
        return tuple(s for s in self.states if (verb, s) in self._table)

    def target(self, verb: str, state: S) -> S:
        """The state that `verb` leads to, or the refusal.

        Raises:
            StateRefused: in the service's own class, with `state` and `allowed_states`.
        """
        transition = self._table.get((verb, state))
        if transition is None:
            allowed = ",".join(s.name for s in self.allowed_from(verb))
            raise self.invalid(metadata={"verb": verb, "state": state.name, "allowed_states": allowed})
        return transition.to

    def apply(self, row: HasState, verb: str, *, at: datetime) -> None:
        """Move a row that is locked (`get_for_update`) along `verb` and stamp it."""
        state = self.states(row.state)
        to = self.target(verb, state)
        stamp = self._table[(verb, state)].stamp
        row.state = to
        if stamp is not None:
            setattr(row, stamp, at)

    def check_sql(self) -> str:
        """The condition of the table's CHECK constraint."""
        return f"{self.column} IN ({', '.join(repr(str(s)) for s in self.states)})"

    def terminal(self) -> frozenset[S]:
        """States without a way out."""
        return frozenset(s for s in self.states if not any(s in t.frm for t in self.transitions))

    def steps(self) -> frozenset[tuple[S, S]]:
        """Every (from, to) between two different states, whatever the verb: what the database lets pass."""
        return frozenset((frm, t.to) for t in self.transitions for frm in t.frm if frm is not t.to)

    def mermaid(self) -> str:
        """The diagram, as a service's README shows it."""
        lines = ["stateDiagram-v2", *(f"    [*] --> {s.name}" for s in self.start)]
        for transition in self.transitions:
            ordered = [s for s in self.states if s in transition.frm]
            lines += [f"    {s.name} --> {transition.to.name}: {transition.verb}" for s in ordered]
        lines += [f"    {s.name} --> [*]" for s in self.states if s in self.terminal()]
        return "\n".join(lines)

    def as_table(self) -> Mapping[tuple[str, S], S]:
        """Every (verb, from) and where it leads: for tests."""
        return {key: transition.to for key, transition in self._table.items()}
