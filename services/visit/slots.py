"""When an agent receives visits, and which times are free. Pure.

Hours are said on the clock on the wall, in a zone of the IANA database, and turned into moments day by day: a day of 23
or 25 hours is one. A time that the clock skips stands for the moment of the skip; of a time that it shows twice, hours
begin with the first and end with the second.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

DAY_MINUTES = 24 * 60
LONGEST = timedelta(hours=8)
"""Of a visit, and of a buffer before or after one."""
_DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)

Span = tuple[datetime, datetime]
"""From the first moment up to, and without, the second."""
Minutes = tuple[int, int]
"""Minutes of a day on the wall, 0 to 1440: from, until."""


@dataclass(frozen=True, slots=True)
class Rules:
    """When an agent receives visits."""

    time_zone: str
    weekly: Mapping[int, Sequence[Minutes]]
    """Hours by ISO weekday: 1 is Monday."""
    overrides: Mapping[date, Sequence[Minutes]] = field(default_factory=dict)
    """Hours of single days, instead of the weekly ones; none at all is a day off."""
    blackouts: Sequence[Span] = ()
    """When nothing goes, whatever the hours."""
    buffer_before: timedelta = timedelta(0)
    buffer_after: timedelta = timedelta(0)
    """What the agent needs around a visit, for the way or the key."""
    minimum_notice: timedelta = timedelta(0)
    horizon: timedelta = timedelta(days=365)
    """How far ahead a visit may begin."""
    daily_limit: int = 0
    """Visits that may begin on one day of the agent's zone; 0 is no limit."""
    interval: timedelta = timedelta(minutes=30)
    """Between the beginnings of free slots."""
    duration: timedelta = timedelta(minutes=30)
    """Of a free slot, unless asked otherwise."""

    @property
    def zone(self) -> ZoneInfo:
        """The zone; its name was checked when it was set."""
        return ZoneInfo(self.time_zone)


@dataclass(frozen=True, slots=True)
class Taken:
    """What is in the way already."""

    agent: Sequence[Span] = ()
    """Visits of the agent with the buffers around them."""
    others: Sequence[Span] = ()
    """Visits of the property and of the buyer."""


def moment(day: date, minute: int, zone: ZoneInfo, *, end: bool = False) -> datetime:
    """The moment, in UTC, at which the clock on the wall shows a minute of a day.

    Args:
        day: The day on the wall.
        minute: 0 to 1440; the latter is midnight at its end.
        zone: Whose clock.
        end: Of a time that is shown twice, take the second.
    """
    wall = datetime.combine(day, time()) + timedelta(minutes=minute)
    second = end and minute < DAY_MINUTES  # a day is over at the first midnight, though the next may show two
    found = wall.replace(tzinfo=zone, fold=int(second)).astimezone(UTC)
    if found.astimezone(zone).replace(tzinfo=None) == wall:
        return found
    # The clock skips it: by the offset before the skip it lies after it, by the offset after the skip before it.
    low, high = sorted(wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    offset = low.astimezone(zone).utcoffset()
    while high - low > _SECOND:
        middle = low + (high - low) / 2
        if middle.astimezone(zone).utcoffset() == offset:
            low = middle
        else:
            high = middle
    return high.replace(microsecond=0)


def open_hours(rules: Rules, begin: datetime, until: datetime) -> list[Span]:
    """When visits are welcome between two moments, hours that touch joined; blackouts are cut out."""
    zone = rules.zone
    day = begin.astimezone(zone).date() - _DAY
    last = until.astimezone(zone).date() + _DAY
    spans: list[Span] = []
    while day <= last:
        hours = rules.overrides.get(day, rules.weekly.get(day.isoweekday(), ()))
        spans += [(moment(day, frm, zone), moment(day, to, zone, end=True)) for frm, to in hours]
        day += _DAY
    return _without(_joined(spans), _joined(rules.blackouts))


def refusal(rules: Rules, begin: datetime, end: datetime, *, now: datetime, count_of_day: int) -> str | None:
    """Why an agent does not receive a visit at a time: the name of the rule, or None.

    Args:
        rules: The agent's.
        begin: Of the visit.
        end: Of the visit.
        now: The server's time.
        count_of_day: How many other visits of the agent begin on the same day (`day_of`).
    """
    if begin < now + rules.minimum_notice:
        return "minimum_notice"
    if begin > now + rules.horizon:
        return "horizon"
    if not any(frm <= begin and end <= to for frm, to in open_hours(rules, begin, end)):
        return "hours"
    if rules.daily_limit and count_of_day >= rules.daily_limit:
        return "daily_limit"
    return None


def day_of(rules: Rules, at: datetime) -> Span:
    """The agent's day around a moment."""
    zone = rules.zone
    day = at.astimezone(zone).date()
    return moment(day, 0, zone), moment(day, DAY_MINUTES, zone)


def free_slots(
    rules: Rules,
    begin: datetime,
    until: datetime,
    *,
    now: datetime,
    taken: Taken,
    starts: Sequence[datetime] = (),
    duration: timedelta | None = None,
) -> Iterator[Span]:
    """Free times that begin between two moments, in order.

    Args:
        rules: The agent's.
        begin: No slot begins before.
        until: Every slot begins before.
        now: The server's time.
        taken: What is in the way.
        starts: When the agent's visits begin, for the daily limit.
        duration: Of the slots; the rules' own when left out.
    """
    lasts = duration or rules.duration
    earliest, latest = max(begin, now + rules.minimum_notice), min(until, now + rules.horizon + _SECOND)
    for frm, to in open_hours(rules, begin, until + lasts):
        start = frm
        if start < earliest:
            start += -((frm - earliest) // rules.interval) * rules.interval
        while start < latest and start + lasts <= to:
            if _is_free(rules, start, start + lasts, taken, starts):
                yield start, start + lasts
            start += rules.interval


def _is_free(rules: Rules, start: datetime, end: datetime, taken: Taken, starts: Sequence[datetime]) -> bool:
    if _overlaps((start - rules.buffer_before, end + rules.buffer_after), taken.agent):
        return False
    if _overlaps((start, end), taken.others):
        return False
    if not rules.daily_limit:
        return True
    first, last = day_of(rules, start)
    return sum(first <= one < last for one in starts) < rules.daily_limit


def _overlaps(span: Span, others: Iterable[Span]) -> bool:
    return any(frm < span[1] and span[0] < to for frm, to in others)


def _joined(spans: Iterable[Span]) -> list[Span]:
    """Spans in order, those that touch or overlap made one; empty ones left out."""
    found: list[Span] = []
    for frm, to in sorted(span for span in spans if span[0] < span[1]):
        if found and frm <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], to))
        else:
            found.append((frm, to))
    return found


def _without(spans: Sequence[Span], holes: Sequence[Span]) -> list[Span]:
    """Spans, less what lies in holes; both in order."""
    found: list[Span] = []
    for frm, to in spans:
        left = frm
        for hole_from, hole_to in holes:
            if hole_to <= left or hole_from >= to:
                continue
            if left < hole_from:
                found.append((left, hole_from))
            left = max(left, hole_to)
        if left < to:
            found.append((left, to))
    return found
