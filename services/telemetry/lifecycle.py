"""The states of a session."""

from enum import StrEnum

from services.chassis.lifecycle import Lifecycle, Transition
from services.telemetry.errors import SessionEnded


class SessionState(StrEnum):
    """Where a session stands."""

    ACTIVE = "active"
    ENDED = "ended"
    ABANDONED = "abandoned"


LIFECYCLE = Lifecycle(
    SessionState,
    table="telemetry.sessions",
    start=SessionState.ACTIVE,
    transitions=(
        Transition("end", frozenset({SessionState.ACTIVE}), SessionState.ENDED, "end_time"),
        Transition("abandon", frozenset({SessionState.ACTIVE}), SessionState.ABANDONED, "end_time"),
    ),
    invalid=SessionEnded,
)
