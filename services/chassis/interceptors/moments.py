"""Times and durations that a request holds: within what google.protobuf allows.

A Timestamp is two integers, and bytes may hold any two. Every conversion to a datetime fails on those that are no
moment (the year 292 billion, minus one nanosecond), so they are refused here, once for all services.
"""

from collections.abc import Iterator
from functools import cache
from typing import Any

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message

from services.chassis.errors import Violation

_SECONDS = {
    "google.protobuf.Timestamp": (-62_135_596_800, 253_402_300_799),  # the years 1 to 9999
    "google.protobuf.Duration": (-315_576_000_000, 315_576_000_000),  # 10,000 years
}
_NANOS = 999_999_999


@cache
def _ways(kind: Descriptor, above: tuple[str, ...] = ()) -> tuple[FieldDescriptor, ...]:
    """The fields through which a moment can be reached; none for most messages, which then cost nothing."""
    if kind.full_name in above:
        return ()
    deeper = (*above, kind.full_name)
    return tuple(
        field
        for field in kind.fields
        if field.message_type is not None
        and (field.message_type.full_name in _SECONDS or _ways(field.message_type, deeper))
    )


def impossible(message: Message, prefix: str = "") -> Iterator[Violation]:
    """Every time or duration in `message` that is none."""
    for field in _ways(message.DESCRIPTOR):
        kind: Any = field.message_type
        if kind.GetOptions().map_entry:
            entries = getattr(message, field.name)
            if kind.fields_by_name["value"].message_type is not None:
                for key in entries:
                    yield from _look(entries[key], f"{prefix}{field.name}[{key}]")
        elif field.is_repeated:
            for n, one in enumerate(getattr(message, field.name)):
                yield from _look(one, f"{prefix}{field.name}[{n}]")
        elif message.HasField(field.name):
            yield from _look(getattr(message, field.name), f"{prefix}{field.name}")


def _look(message: Any, path: str) -> Iterator[Violation]:
    bounds = _SECONDS.get(message.DESCRIPTOR.full_name)
    if bounds is None:
        yield from impossible(message, f"{path}.")
        return
    lowest, highest = bounds
    duration = message.DESCRIPTOR.name == "Duration"
    nanos, seconds = message.nanos, message.seconds
    signs = duration and ((seconds > 0 > nanos) or (seconds < 0 < nanos))
    if not (lowest <= seconds <= highest and (-_NANOS if duration else 0) <= nanos <= _NANOS) or signs:
        what = "duration" if duration else "timestamp"
        yield Violation(path, f"must be a valid {what}", f"{what}.valid")
