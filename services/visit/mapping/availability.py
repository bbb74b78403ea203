"""Agents' hours: rows to messages and back."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from google.type import dayofweek_pb2, timeofday_pb2

from doorstep.visit.v1 import availability_pb2 as pb
from services.chassis.errors import invalid
from services.chassis.mapping import from_date, to_date, to_time
from services.visit.mapping.times import checked_zone, from_time
from services.visit.models.availability import Availability
from services.visit.slots import DAY_MINUTES, Minutes, Span

_HOUR = 60
_DEFAULTS = {"horizon_days": 365, "slot_interval_minutes": 30, "slot_duration_minutes": 30}
"""What 0 means."""
_NUMBERS = (
    "buffer_before_minutes",
    "buffer_after_minutes",
    "minimum_notice_minutes",
    "horizon_days",
    "daily_limit",
    "slot_interval_minutes",
    "slot_duration_minutes",
)


def to_message(row: Availability) -> pb.Availability:
    """What an agent has said."""
    return pb.Availability(
        agent_id=str(row.agent_id),
        etag=row.etag,
        time_zone=row.time_zone,
        weekly_hours=[
            pb.WeeklyHours(day=dayofweek_pb2.DayOfWeek.ValueType(day), hours=_hours(frm, to))
            for day, frm, to in row.weekly
        ],
        date_hours=[
            pb.DateHours(date=to_date(date.fromisoformat(day)), hours=[_hours(frm, to) for frm, to in hours])
            for day, hours in row.overrides
        ],
        blackouts=[
            pb.Blackout(start_time=to_time(datetime.fromisoformat(frm)), end_time=to_time(datetime.fromisoformat(to)))
            for frm, to in row.blackouts
        ],
        create_time=to_time(row.create_time),
        update_time=to_time(row.update_time),
        **{name: getattr(row, name) for name in _NUMBERS},
    )


def to_values(message: pb.Availability) -> dict[str, Any]:
    """What an agent says, by column name.

    Raises:
        InvalidFields: a zone, a day or hours that are none.
    """
    field = "availability"
    weekly = [
        [int(one.day), *_minutes(one.hours, f"{field}.weekly_hours[{n}].hours")]
        for n, one in enumerate(message.weekly_hours)
    ]
    overrides = _overrides(message.date_hours, f"{field}.date_hours")
    blackouts = [
        [moment.isoformat() for moment in _blackout(one, f"{field}.blackouts[{n}]")]
        for n, one in enumerate(message.blackouts)
    ]
    numbers = {name: getattr(message, name) or _DEFAULTS.get(name, 0) for name in _NUMBERS}
    return {
        "time_zone": checked_zone(message.time_zone, f"{field}.time_zone"),
        "weekly": weekly,
        "overrides": overrides,
        "blackouts": blackouts,
        **numbers,
    }


def to_slots(spans: Iterable[Span]) -> list[pb.FreeSlot]:
    """Free times."""
    return [pb.FreeSlot(start_time=to_time(frm), end_time=to_time(to)) for frm, to in spans]


def _overrides(messages: Iterable[pb.DateHours], field: str) -> list[list[Any]]:
    found: dict[str, list[list[int]]] = {}
    for n, one in enumerate(messages):
        day = from_date(one.date, f"{field}[{n}].date").isoformat()
        if day in found:
            raise invalid(f"{field}[{n}].date", "must not stand twice", "date_hours.unique")
        found[day] = [list(_minutes(hours, f"{field}[{n}].hours[{m}]")) for m, hours in enumerate(one.hours)]
    return [[day, hours] for day, hours in found.items()]


def _blackout(message: pb.Blackout, field: str) -> Span:
    begin, end = from_time(message.start_time, f"{field}.start_time"), from_time(message.end_time, f"{field}.end_time")
    if begin >= end:
        raise invalid(f"{field}.end_time", "must be after start_time", "blackout.order")
    return begin, end


def _minutes(message: pb.Hours, field: str) -> Minutes:
    begin = _minute(message.open_time, f"{field}.open_time")
    end = _minute(message.close_time, f"{field}.close_time")
    if begin >= end:
        raise invalid(f"{field}.close_time", "must be after open_time; hours past midnight are two", "hours.order")
    return begin, end


def _minute(message: timeofday_pb2.TimeOfDay, field: str) -> int:
    minute: int = message.hours * _HOUR + message.minutes
    whole = message.seconds == 0 and message.nanos == 0
    if not (whole and message.hours >= 0 and 0 <= message.minutes < _HOUR and minute <= DAY_MINUTES):
        raise invalid(field, "must be hours and minutes from 00:00 to 24:00", "time_of_day.invalid")
    return minute


def _hours(frm: int, to: int) -> pb.Hours:
    return pb.Hours(open_time=_time_of_day(frm), close_time=_time_of_day(to))


def _time_of_day(minute: int) -> timeofday_pb2.TimeOfDay:
    return timeofday_pb2.TimeOfDay(hours=minute // _HOUR, minutes=minute % _HOUR)
