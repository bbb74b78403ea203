"""In which order to see homes, and whether one gets there in time. Pure.

A way takes its straight line (haversine) at one assumed speed; streets are not looked at. An order is better when less
time is missing before visits that have their time, and among equals when less is travelled. Up to eight stops every
order is looked at, with those cut off early that cannot be the best; beyond that the nearest neighbours are taken and
mended by turning stretches around (2-opt) and moving single stops, until nothing gets better.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.chassis.geo import haversine_meters

EXACT = 8
"""Stops up to which every order is looked at."""

Place = tuple[float, float]
"""(latitude, longitude)"""


@dataclass(frozen=True, slots=True)
class Stop:
    """Somewhere to be; `start` is set where it has its time."""

    place: Place | None
    stay: timedelta
    start: datetime | None = None


@dataclass(frozen=True, slots=True)
class Leg:
    """A stop in its place in the order, with the way to it."""

    number: int
    """Of the stop, as it was given."""
    meters: float
    travel: timedelta
    arrive: datetime
    start: datetime
    end: datetime
    short: timedelta
    """How much too late one arrives."""
    way_known: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """An order."""

    legs: list[Leg]
    optimal: bool


def plan(stops: Sequence[Stop], *, begin: datetime, origin: Place | None, speed_kmh: float) -> Plan:
    """The best order that is found.

    Args:
        stops: In any order; no more than a few dozen.
        begin: When one sets out.
        origin: Where one sets out; None leaves out the first way.
        speed_kmh: Along a straight line.
    """
    ways = _Ways(stops, begin, origin, speed_kmh / 3.6)
    if len(stops) <= EXACT:
        return Plan(ways.legs(_exact(ways)), optimal=True)
    return Plan(ways.legs(_mended(ways, _nearest(ways))), optimal=False)


Cost = tuple[int, int]
"""(seconds too late, seconds on the way): compared in this order. Whole ones: sums must not depend on their order."""


class _Ways:
    """Stops as numbers, so that orders are compared quickly: seconds since the beginning."""

    def __init__(self, stops: Sequence[Stop], begin: datetime, origin: Place | None, speed: float) -> None:
        self.count = len(stops)
        self._begin = begin
        self._fixed = [stop.start for stop in stops]
        self.stay = [round(stop.stay.total_seconds()) for stop in stops]
        self.start = [None if stop.start is None else round((stop.start - begin).total_seconds()) for stop in stops]
        places = [*(stop.place for stop in stops), origin]  # the origin is number -1
        self.known = [[a is not None and b is not None for b in places] for a in places]
        self.meters = [[0.0 if a is None or b is None else haversine_meters(*a, *b) for b in places] for a in places]
        self.travel = [[round(meters / speed) for meters in row] for row in self.meters]

    def go(self, clock: int, frm: int, to: int) -> tuple[int, int]:
        """Leave `frm` at `clock` for `to`: when one leaves `to`, and how much too late one came."""
        arrive = clock + self.travel[frm][to]
        fixed = self.start[to]
        if fixed is None:
            return arrive + self.stay[to], 0
        # A visit ends when it ends: who comes too late stays shorter.
        return max(fixed + self.stay[to], arrive), max(0, arrive - fixed)

    def cost(self, order: Sequence[int]) -> Cost:
        """What an order costs."""
        clock, late, way, at = 0, 0, 0, -1
        for to in order:
            way += self.travel[at][to]
            clock, missing = self.go(clock, at, to)
            late += missing
            at = to
        return late, way

    def legs(self, order: Sequence[int]) -> list[Leg]:
        """An order as times of the day."""
        found, clock, at = [], 0, -1
        for to in order:
            arrive = self._begin + timedelta(seconds=clock + self.travel[at][to])
            begin = self._fixed[to] or arrive
            clock, missing = self.go(clock, at, to)
            found.append(
                Leg(
                    number=to,
                    meters=self.meters[at][to],
                    travel=timedelta(seconds=self.travel[at][to]),
                    arrive=arrive,
                    start=begin,
                    end=begin + timedelta(seconds=self.stay[to]),
                    short=timedelta(seconds=missing),
                    way_known=self.known[at][to],
                )
            )
            at = to
        return found


def _exact(ways: _Ways) -> list[int]:
    """The best of all orders: depth first, cut off where what is gone already costs as much as the best one."""
    best: list[int] = _nearest(ways)
    best_cost = ways.cost(best)

    def deeper(order: list[int], left: frozenset[int], clock: int, cost: Cost) -> None:
        nonlocal best, best_cost
        if not left:
            if cost < best_cost:
                best, best_cost = list(order), cost
            return
        at = order[-1] if order else -1
        for to in sorted(left, key=lambda stop: ways.travel[at][stop]):
            leave, missing = ways.go(clock, at, to)
            reached = (cost[0] + missing, cost[1] + ways.travel[at][to])
            if reached < best_cost:
                order.append(to)
                deeper(order, left - {to}, leave, reached)
                order.pop()

    deeper([], frozenset(range(ways.count)), 0, (0, 0))
    return best


def _nearest(ways: _Ways) -> list[int]:
    """Those with their time in its order; each of the others where it costs least, the nearest to the way first."""
    fixed = [number for number in range(ways.count) if ways.start[number] is not None]
    order = sorted(fixed, key=lambda number: (ways.start[number] or 0, number))
    left = [number for number in range(ways.count) if ways.start[number] is None]
    while left:
        choices = (
            (ways.cost([*order[:place], number, *order[place:]]), number, place)
            for number in left
            for place in range(len(order) + 1)
        )
        _, number, place = min(choices)
        order.insert(place, number)
        left.remove(number)
    return order


def _mended(ways: _Ways, order: list[int]) -> list[int]:
    """Turn stretches around and move single stops until nothing gets better."""
    best, better = ways.cost(order), True
    while better:
        better = False
        for i in range(ways.count):
            for j in range(ways.count):
                rest = [*order[:i], *order[i + 1 :]]
                moved = [*rest[:j], order[i], *rest[j:]]
                turned = [*order[:i], *reversed(order[i : j + 1]), *order[j + 1 :]] if i < j else order
                for tried in (moved, turned):
                    cost = ways.cost(tried)
                    if cost < best:
                        order, best, better = tried, cost, True
    return order
