"""Moments, spans of time and zones, out of messages."""

from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Protocol
from zoneinfo import available_timezones

from google.protobuf.timestamp_pb2 import Timestamp

from services.chassis.errors import invalid
from services.visit.slots import LONGEST, Span

AHEAD = timedelta(days=365)
SHORTEST = timedelta(minutes=10)


class HasTimes(Protocol):
    """A request for a time."""

    @property
    def start_time(self) -> Timestamp:
        """When it begins."""

    @property
    def end_time(self) -> Timestamp:
        """When it ends."""


def from_time(message: Timestamp, field: str) -> datetime:
    """A moment, in UTC.

    Raises:
        InvalidFields: no such moment.
    """
    try:
        return message.ToDatetime(tzinfo=UTC)
    except (ValueError, OverflowError) as error:
        raise invalid(field, "must be a moment between the years 1 and 9999", "timestamp.range") from error


def to_span(request: HasTimes, now: datetime) -> Span:
    """The time that a visit shall have.

    Raises:
        InvalidFields: in the past, too far away, too short or too long.
    """
    begin, end = from_time(request.start_time, "start_time"), from_time(request.end_time, "end_time")
    if begin <= now:
        raise invalid("start_time", "must be in the future", "timestamp.gt_now")
    if begin > now + AHEAD:
        raise invalid("start_time", "must be within 365 days", "timestamp.within")
    if not SHORTEST <= end - begin <= LONGEST:
        raise invalid("end_time", "must be 10 minutes to 8 hours after start_time", "visit.duration")
    return begin, end


def checked_zone(name: str, field: str) -> str:
    """A zone that the IANA database has.

    Raises:
        InvalidFields
    """
    if name not in _zones():
        raise invalid(field, "must be the IANA name of a time zone, for instance Europe/Vienna", "time_zone.unknown")
    return name


def is_zone(name: str) -> bool:
    """Whether the IANA database has a zone."""
    return name in _zones()


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones() - {"localtime", "Factory"})  # names of whatever a machine is set to
