"""How well what a device says speaks for a visit at the property. Pure.

A place can be made up, so it opens nothing: the code does. A place raises or lowers a score, and signals that
contradict each other have somebody look at the visit before money moves because of it.
"""

import itertools
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from services.chassis.geo import haversine_meters

NEAR_METERS = 150.0
"""A device at the door: the plot, and the error of a telephone between houses."""
EXACT_METERS = 100.0
"""A fix that is less exact says little."""
FRESH = timedelta(minutes=5)
"""How far a device's clock and its waiting may be off before a fix is stale."""
FASTEST_METERS_PER_SECOND = 70.0
"""Between two fixes; 250 km/h is no visit."""
REVIEW_BELOW = 60

_CODE, _PRESENT, _EXACT, _FRESH, _PLAUSIBLE = 40, 30, 10, 10, 10
"""Points: 40 for the code, 60 for a place that could not be better."""


@dataclass(frozen=True, slots=True)
class Fix:
    """Where a device believes to have been."""

    latitude: float
    longitude: float
    accuracy_meters: float
    fix_time: datetime
    mock: bool = False


@dataclass(frozen=True, slots=True)
class Signals:
    """What was found; the reasons of a score."""

    code: bool
    fixes: int
    distance_meters: float | None
    """The nearest that a usable fix was to the property."""
    near: bool
    exact: bool
    fresh: bool
    plausible_speed: bool
    mock: bool
    top_meters_per_second: float


@dataclass(frozen=True, slots=True)
class Judgement:
    """A score from 0 to 100, and whether somebody has to look."""

    score: int
    needs_review: bool
    signals: dict[str, object]


def judge(
    fixes: Sequence[Fix],
    place: tuple[float, float] | None,
    *,
    code: bool,
    begin: datetime,
    until: datetime,
) -> Judgement:
    """Score the places of a device between `begin` and `until` (server time) against the property's place.

    Args:
        fixes: As sent, in any order.
        place: (latitude, longitude) of the property; None where nobody knows: then no fix can speak for it.
        code: Whether the buyer's code was entered.
        begin: When the parties met, or now, where that is what is judged.
        until: When the fixes arrived.
    """
    ordered = sorted(fixes, key=lambda fix: fix.fix_time)
    fresh = [fix for fix in ordered if begin - FRESH <= fix.fix_time <= until + FRESH]
    usable = [fix for fix in fresh if not fix.mock]
    nearest = min(usable, key=lambda fix: _distance(fix, place)) if place is not None and usable else None
    distance = None if nearest is None else _distance(nearest, place)
    # A fix may be off by its own error, up to a bound: who claims an error of ten kilometres is not near everything.
    near = (
        nearest is not None
        and distance is not None
        and distance <= NEAR_METERS + min(nearest.accuracy_meters, EXACT_METERS)
    )
    top = _top_speed(ordered)
    signals = Signals(
        code=code,
        fixes=len(ordered),
        distance_meters=None if distance is None else round(distance, 1),
        near=near,
        exact=nearest is not None and nearest.accuracy_meters <= EXACT_METERS,
        fresh=bool(ordered) and len(fresh) == len(ordered),
        plausible_speed=top <= FASTEST_METERS_PER_SECOND,
        mock=any(fix.mock for fix in ordered),
        top_meters_per_second=round(min(top, 1e9), 1),
    )
    score = _CODE * signals.code
    if near:  # exactness and freshness of a place somewhere else are worth nothing
        score += _PRESENT + _EXACT * signals.exact + _FRESH * signals.fresh + _PLAUSIBLE * signals.plausible_speed
    contradiction = signals.mock or not signals.plausible_speed
    return Judgement(score, contradiction or score < REVIEW_BELOW, asdict(signals))


def _distance(fix: Fix, place: tuple[float, float] | None) -> float:
    return math.inf if place is None else haversine_meters(fix.latitude, fix.longitude, *place)


def _top_speed(ordered: Sequence[Fix]) -> float:
    """The fastest way between two consecutive fixes, each moved towards the other by its error; metres per second."""
    top = 0.0
    for a, b in itertools.pairwise(ordered):
        way = haversine_meters(a.latitude, a.longitude, b.latitude, b.longitude)
        way -= min(a.accuracy_meters, EXACT_METERS) + min(b.accuracy_meters, EXACT_METERS)
        if way > 0:
            top = max(top, way / max((b.fix_time - a.fix_time).total_seconds(), 1.0))
    return top
