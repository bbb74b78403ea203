"""Conversions between rows and messages that services share: money, days, moments, enums, update masks."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from google.protobuf.field_mask_pb2 import FieldMask
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp
from google.type import date_pb2, money_pb2

from services.chassis import money
from services.chassis.errors import InvalidFields, invalid
from services.chassis.interceptors.validate import check

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def checked(message: Message, prefix: str) -> None:
    """Hold a message against its rules, naming its fields below `prefix`.

    Raises:
        InvalidFields: with one violation per broken rule.
    """
    try:
        check(message)
    except InvalidFields as error:
        violations = tuple(v._replace(field=f"{prefix}.{v.field}" if v.field else prefix) for v in error.violations)
        fields = ",".join(dict.fromkeys(v.field for v in violations))
        raise InvalidFields(metadata={"fields": fields}, violations=violations) from error


def enum_name(wrapper: Any, prefix: str, number: int) -> str:
    """`PROPERTY_TYPE_LAND` as `LAND`, as the tables keep it."""
    return str(wrapper.Name(number)).removeprefix(prefix)


def to_money(minor: int | None, currency_code: str) -> money_pb2.Money | None:
    """Minor units as a message; None stays unset."""
    if minor is None:
        return None
    units, nanos = money.from_minor(minor, currency_code)
    return money_pb2.Money(currency_code=currency_code, units=units, nanos=nanos)


def from_money(message: money_pb2.Money, field: str) -> tuple[int, str]:
    """A message as minor units and currency.

    Raises:
        InvalidFields: negative, out of bounds, without a currency, or finer than its smallest coin.
    """
    code = message.currency_code
    if len(code) != 3 or not code.isascii() or not code.isalpha() or not code.isupper():
        raise invalid(f"{field}.currency_code", "must be an ISO 4217 code", "money.currency_code")
    if not 0 <= message.units <= money.MAXIMUM or not 0 <= message.nanos < money.NANOS:
        raise invalid(field, "must not be negative or above 10^14", "money.range")
    minor = money.to_minor(message.units, message.nanos, code)
    if minor is None:
        raise invalid(f"{field}.nanos", f"is finer than the smallest coin of {code}", "money.precision")
    return minor, code


def to_date(day: date | None) -> date_pb2.Date | None:
    """A day as a message; None stays unset."""
    return None if day is None else date_pb2.Date(year=day.year, month=day.month, day=day.day)


def from_date(message: date_pb2.Date, field: str) -> date:
    """A message as a day.

    Raises:
        InvalidFields: no such day, or only a part of one.
    """
    try:
        return date(message.year, message.month, message.day)
    except ValueError as error:
        raise invalid(field, "must be a day of the calendar with year, month and day", "date.invalid") from error


def to_time(moment: datetime | None) -> Timestamp | None:
    """A moment as a message; None stays unset. A third of the time that `Timestamp.FromDatetime` takes."""
    if moment is None:
        return None
    since = moment - _EPOCH
    return Timestamp(seconds=since.days * 86_400 + since.seconds, nanos=since.microseconds * 1_000)


def set_time(message: Message, field: str, moment: datetime | None) -> None:
    """Set a Timestamp field, if there is a moment."""
    if moment is not None:
        getattr(message, field).CopyFrom(to_time(moment))


def masked(message: Message, mask: FieldMask, allowed: Sequence[str], prefix: str) -> tuple[str, ...]:
    """Which fields an update is about (AIP-134): the mask's; `*` is all; without a mask, those that are set.

    Raises:
        InvalidFields: the mask names what is no field or not the caller's to set, or nothing is left to change.
    """
    paths = tuple(dict.fromkeys(mask.paths))
    if "*" in paths:
        return tuple(allowed)
    for path in paths:
        if path not in allowed:
            raise invalid("update_mask", f"{path} is no field that can be set", "update_mask.path")
    if not paths:
        present = {field.name for field, _ in message.ListFields()}
        paths = tuple(name for name in allowed if name in present)
    if not paths:
        raise invalid(prefix, "nothing to change", "update_mask.empty")
    return paths


def without(values: Mapping[str, Any], *names: str) -> dict[str, Any]:
    """A copy with some keys left out."""
    return {key: value for key, value in values.items() if key not in names}
