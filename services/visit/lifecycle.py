"""The states of visits, and the verbs between them. Pure."""

from enum import StrEnum

from services.chassis.lifecycle import Lifecycle, Transition
from services.visit.errors import ReviewStateRefused, SafetyWatchStateRefused, VisitStateRefused


class VisitState(StrEnum):
    """Where a visit stands."""

    PENDING = "PENDING"
    COUNTERED = "COUNTERED"
    APPROVED = "APPROVED"
    IN_PROGRESS = "IN_PROGRESS"
    COMPLETED = "COMPLETED"
    REJECTED = "REJECTED"
    CANCELLED = "CANCELLED"
    EXPIRED = "EXPIRED"
    NO_SHOW = "NO_SHOW"


class Party(StrEnum):
    """The two sides of a visit."""

    BUYER = "BUYER"
    AGENT = "AGENT"

    @property
    def other(self) -> "Party":
        """The side that has to answer this one."""
        return Party.AGENT if self is Party.BUYER else Party.BUYER


_S = VisitState

OPEN = frozenset({_S.PENDING, _S.COUNTERED})
"""Somebody has to answer."""
LIVING = frozenset({*OPEN, _S.APPROVED, _S.IN_PROGRESS})
"""States that occupy the time; the exclusion constraints name the same ones."""
AGREED = frozenset({_S.APPROVED, _S.IN_PROGRESS, _S.COMPLETED})
"""States of those who mean to meet, or have met."""
OF_A_DAY = frozenset({*LIVING, _S.COMPLETED, _S.NO_SHOW})
"""States in which a visit is one of its agent's day: the agent is, or was, to be there."""


def _verb(verb: str, to: VisitState, *frm: VisitState, stamp: str | None = None) -> Transition[VisitState]:
    return Transition(verb, frozenset(frm), to, stamp)


VISIT_LIFECYCLE = Lifecycle(
    VisitState,
    table="visit.visits",
    start=_S.PENDING,
    transitions=(
        _verb("approve", _S.APPROVED, _S.PENDING, stamp="approve_time"),
        # One of several who all have to agree.
        _verb("confirm", _S.PENDING, _S.PENDING),
        _verb("confirm", _S.COUNTERED, _S.COUNTERED),
        _verb("counter", _S.COUNTERED, _S.PENDING, _S.COUNTERED),
        _verb("accept_counter", _S.APPROVED, _S.COUNTERED, stamp="approve_time"),
        _verb("reject", _S.REJECTED, _S.PENDING, _S.COUNTERED, stamp="close_time"),
        # A visit that moves stays what it is: the answer given before holds for the new time too.
        _verb("reschedule", _S.PENDING, _S.PENDING),
        _verb("reschedule", _S.APPROVED, _S.APPROVED),
        _verb("decline_reschedule", _S.APPROVED, _S.APPROVED),
        _verb("cancel", _S.CANCELLED, _S.PENDING, _S.COUNTERED, _S.APPROVED, stamp="close_time"),
        # Nobody answered; or they agreed, and nobody ever said what became of it.
        _verb("expire", _S.EXPIRED, _S.PENDING, _S.COUNTERED, _S.APPROVED, stamp="close_time"),
        _verb("start", _S.IN_PROGRESS, _S.APPROVED, stamp="meet_time"),
        _verb("complete", _S.COMPLETED, _S.IN_PROGRESS, stamp="close_time"),
        _verb("mark_no_show", _S.NO_SHOW, _S.APPROVED, stamp="close_time"),
        _verb("override", _S.COMPLETED, _S.APPROVED, _S.IN_PROGRESS, _S.NO_SHOW, stamp="close_time"),
        # Somebody has looked at evidence that is in doubt.
        _verb("accept_evidence", _S.COMPLETED, _S.COMPLETED),
    ),
    invalid=VisitStateRefused,
)


class ReviewState(StrEnum):
    """Whether a review may be seen."""

    PENDING = "PENDING"
    PUBLISHED = "PUBLISHED"
    REJECTED = "REJECTED"


_R = ReviewState

REVIEW_LIFECYCLE = Lifecycle(
    ReviewState,
    table="visit.reviews",
    start=_R.PENDING,
    transitions=(
        Transition("publish", frozenset({_R.PENDING}), _R.PUBLISHED, "publish_time"),
        Transition("reject", frozenset({_R.PENDING, _R.PUBLISHED}), _R.REJECTED),
        Transition("revise", frozenset({_R.PENDING, _R.REJECTED}), _R.PENDING),
    ),
    invalid=ReviewStateRefused,
)


class SafetyWatchState(StrEnum):
    """Where a watch over a party of a visit stands."""

    RUNNING = "RUNNING"
    OVERDUE = "OVERDUE"
    DISTRESS = "DISTRESS"
    ENDED = "ENDED"


_W = SafetyWatchState

SAFETY_WATCH_LIFECYCLE = Lifecycle(
    SafetyWatchState,
    table="visit.safety_watches",
    start=_W.ENDED,
    transitions=(
        Transition("start", frozenset({_W.ENDED}), _W.RUNNING),
        Transition("check_in", frozenset({_W.RUNNING, _W.OVERDUE}), _W.RUNNING),
        Transition("expire", frozenset({_W.RUNNING}), _W.OVERDUE),
        # Who called for help cannot take it back: somebody may be standing beside.
        Transition("end", frozenset({_W.RUNNING, _W.OVERDUE}), _W.ENDED),
        Transition("raise", frozenset({_W.RUNNING, _W.OVERDUE, _W.ENDED}), _W.DISTRESS),
        Transition("resolve", frozenset({_W.OVERDUE, _W.DISTRESS}), _W.ENDED),
    ),
    invalid=SafetyWatchStateRefused,
)
