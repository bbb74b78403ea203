"""Which events and samples of a batch may be stored: checked as arrays, and one by one only where something is wrong.

A batch that breaks the form (columns of different length, too much, nothing at all) is refused whole. Within a good
batch each event and sample is accepted or rejected by itself, with a reason.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import IntEnum
from functools import lru_cache
from math import isfinite
from operator import attrgetter
from typing import Any

import numpy as np
import numpy.typing as npt

from services.telemetry.coordinates import Matrix
from services.telemetry.wire import Batch, Column, Columns, rows_of

MAX_EVENTS = 1_000
MAX_BYTES = 4 << 20
MAX_NAME_BYTES = 100
MAX_PROPERTIES = 32
MAX_PROPERTY_BYTES = 4 << 10
FUTURE_US = 60_000_000
"""How far ahead of the server's clock an event may be."""
PAST_US = 86_400_000_000
"""How far before the start of its session an event may be: time for a headset that was offline."""
MAX_STREAM = 255
_UNSIGNED = np.dtype("<u4")
_UNSIGNED_LONG = np.dtype("<u8")
_UNIT_TOLERANCE = 0.02
"""Of the squared length: 1 % of the length."""
_DIRECTION, _ROTATION = slice(0, 3), slice(3, 7)
"""Unit vectors among the rows of a track."""


class Reason(IntEnum):
    """The numbers of doorstep.vr.v1.RejectionReason."""

    KIND_MISSING = 1
    TIME_MISSING = 2
    TIME_IN_FUTURE = 3
    TIME_TOO_OLD = 4
    TIME_NOT_MONOTONE = 5
    NOT_FINITE = 6
    NOT_UNIT = 7
    UNKNOWN_NAME = 8
    NAME_MISSING = 9
    TOO_LONG = 10
    DURATION_INVALID = 11


class ColumnOf(IntEnum):
    """The numbers of doorstep.vr.v1.BatchColumn."""

    EVENTS = 1
    POSE = 2
    GAZE = 3


class Kind(IntEnum):
    """The numbers of doorstep.vr.v1.EventKind."""

    GAZE = 1
    ZONE_ENTER = 2
    ZONE_EXIT = 3
    INTERACTION = 4
    CUSTOM = 5


# As plain numbers: comparing with members of an enum is most of what checking an event would cost.
_GAZE, _CUSTOM = int(Kind.GAZE), int(Kind.CUSTOM)
_OF_ZONES = (int(Kind.ZONE_ENTER), int(Kind.ZONE_EXIT))


class Fault(IntEnum):
    """Why a batch is refused whole: numbers of doorstep.vr.v1.RefusalReason."""

    MALFORMED = 1
    EMPTY = 2
    TOO_LARGE = 3
    SESSION_ENDED = 5
    INVALID = 10


class BatchRefused(ValueError):
    """The batch breaks the form."""

    def __init__(self, fault: Fault, message: str) -> None:
        """Say what is wrong in words for the log of a game."""
        super().__init__(message)
        self.fault = fault


@dataclass(frozen=True, slots=True)
class Rejected:
    """One event or sample that is not stored."""

    column: ColumnOf
    index: int
    reason: Reason
    payload: dict[str, Any]
    """What was sent, for inspection."""


EventFields = tuple[int, int, str, str, str, float, float, float, int, Any]
"""The fields of an event in the order of `fields_of`."""
fields_of: Callable[[Any], EventFields] = attrgetter(
    "kind", "time_us", "zone", "object", "name", "x", "y", "z", "duration_us", "properties"
)
"""Reads an event once; field by field is most of what checking and storing it would cost."""


@dataclass(slots=True)
class Checked:
    """What of a batch may be stored."""

    events: list[tuple[int, EventFields]] = field(default_factory=list)
    """With their positions in the batch."""
    pose: tuple[Column, ...] = ()
    gaze: tuple[Column, ...] = ()
    rejected: list[Rejected] = field(default_factory=list)


def check_form(batch: Batch) -> None:
    """Hold a batch against the rules that concern it as a whole.

    Raises:
        BatchRefused: it breaks one.
    """
    if not 0 <= batch.stream <= MAX_STREAM:
        raise BatchRefused(Fault.INVALID, f"stream must be 0 to {MAX_STREAM}")
    if batch.part < 1:
        raise BatchRefused(Fault.INVALID, "part must be 1 or more")
    for name, track, always, optional in (
        ("pose", batch.pose, (4, 5, 6, 7), ((1, 2, 3),)),
        ("gaze", batch.gaze, (1, 2, 3), ((4, 5, 6), (7,), (8,))),
    ):
        if not track or isinstance(track, Columns):  # these are of one length
            continue
        lengths = [len(column) for column in track]
        if lengths.count(lengths[0]) == len(lengths):
            continue
        absent = {i for group in optional if not any(lengths[i] for i in group) for i in group}
        if any(lengths[i] != lengths[0] for group in (always, *optional) for i in group if i not in absent):
            raise BatchRefused(Fault.MALFORMED, f"the columns of {name} differ in length")
    if batch.count == 0:
        raise BatchRefused(Fault.EMPTY, "the batch holds neither events nor samples")
    if batch.count > MAX_EVENTS:
        raise BatchRefused(Fault.TOO_LARGE, f"the batch holds more than {MAX_EVENTS} events and samples")
    for names in (batch.zones, batch.objects):
        if len(names) > MAX_EVENTS or not all(map(_is_name, names)):
            raise BatchRefused(Fault.INVALID, f"names must be 1 to {MAX_NAME_BYTES} bytes")


@lru_cache(4096)
def _is_name(text: str) -> bool:
    """Whether a zone or object may be called so; a headset uses the same few names again and again."""
    return bool(text) and len(text.encode()) <= MAX_NAME_BYTES and "\0" not in text


def check(batch: Batch, *, now_us: int, started_at_us: int) -> Checked:
    """Check every event and sample.

    Args:
        batch: Its form has been checked.
        now_us: The server's clock, microseconds since 1970.
        started_at_us: When the session began.
    """
    floor, ceiling = max(1, started_at_us - PAST_US), now_us + FUTURE_US
    result = Checked()
    if batch.pose:
        result.pose = _check_pose(batch.pose, floor, ceiling, result.rejected)
    if batch.gaze:
        result.gaze = _check_gaze(batch, floor, ceiling, result.rejected)
    for index, event in enumerate(batch.events):
        fields = fields_of(event)
        reason = check_event(fields, floor, ceiling)
        if reason is None:
            result.events.append((index, fields))
        else:
            result.rejected.append(Rejected(ColumnOf.EVENTS, index, reason, event_payload(event)))
    return result


def _times_good(time: Column, floor: int, ceiling: int) -> bool:
    """Ascending times need looking at their ends only."""
    return bool(time[0] >= floor and time[-1] <= ceiling and (time[1:] >= time[:-1]).all())


def _units_good(rows: Matrix) -> bool:
    """All of length 1; false also where a number is not finite."""
    squares = np.einsum("ij,ij->j", rows, rows)
    # NaN makes both comparisons false.
    return bool(np.minimum.reduce(squares) >= 1 - _UNIT_TOLERANCE and np.maximum.reduce(squares) <= 1 + _UNIT_TOLERANCE)


def _finite(rows: Matrix) -> bool:
    """No infinity, nothing that is no number."""
    return bool(np.isfinite(rows).all())


def _within(index: Column, names: list[str]) -> bool:
    """Whether an index points at nothing (0) or at one of `names`; a negative number is a huge one without its sign."""
    return not len(index) or bool(np.maximum.reduce(index.view(_UNSIGNED)) <= len(names))


def _surely_good(track: Columns, units: slice, floor: int, ceiling: int) -> bool:
    """Whether a few sums already show that times, numbers and unit vectors (`units` of the rows) are good.

    False says nothing: what is only just good is looked at closely, like what is bad.
    """
    time, steps, rows = track[0], track.steps, track.rows
    if not (time[0] >= floor and time[-1] <= ceiling):
        return False
    # A step back is a huge one without its sign; of steps of at most ceiling - floor, a thousand cannot wrap around.
    if len(steps) and np.maximum.reduce(steps.view(_UNSIGNED_LONG)) > ceiling - floor:
        return False
    flat, vectors = rows.reshape(-1), rows[units]
    with np.errstate(over="ignore", invalid="ignore"):
        off = np.einsum("ij,ij->j", vectors, vectors)
        off -= 1
        return isfinite(np.dot(flat, flat)) and bool(np.dot(off, off) <= _UNIT_TOLERANCE**2)


def _check_pose(track: tuple[Column, ...], floor: int, ceiling: int, rejected: list[Rejected]) -> tuple[Column, ...]:
    if isinstance(track, Columns) and _surely_good(track, _ROTATION, floor, ceiling):
        return track
    time = track[0]
    rotation = rows_of(track, 4, 8)
    position = rows_of(track, 1, 4) if len(track[1]) else None
    good = _times_good(time, floor, ceiling) and _units_good(rotation)
    if good and (position is None or _finite(position)):
        return track
    reasons = _time_reasons(time, floor, ceiling)
    _mark_vectors(reasons, rotation, unit=True)
    if position is not None:
        _mark_vectors(reasons, position, unit=False)
    return _split(ColumnOf.POSE, track, reasons, rejected)


def _check_gaze(batch: Batch, floor: int, ceiling: int, rejected: list[Rejected]) -> tuple[Column, ...]:
    track = batch.gaze
    if isinstance(track, Columns) and _surely_good(track, _DIRECTION, floor, ceiling):
        zone, thing = np.maximum.reduce(track.indices.view(_UNSIGNED), 1).tolist()
        if zone <= len(batch.zones) and thing <= len(batch.objects):
            return track
    time, zone, thing = track[0], track[7], track[8]
    direction = rows_of(track, 1, 4)
    hit = rows_of(track, 4, 7) if len(track[4]) else None
    good = _times_good(time, floor, ceiling) and _units_good(direction)
    good = good and (hit is None or _finite(hit))
    if good and _within(zone, batch.zones) and _within(thing, batch.objects):
        return track
    reasons = _time_reasons(time, floor, ceiling)
    _mark_vectors(reasons, direction, unit=True)
    if hit is not None:
        _mark_vectors(reasons, hit, unit=False)
    for index, names in ((zone, batch.zones), (thing, batch.objects)):
        if len(index):
            reasons[(reasons == 0) & ((index < 0) | (index > len(names)))] = Reason.UNKNOWN_NAME
    return _split(ColumnOf.GAZE, track, reasons, rejected)


def _time_reasons(time: Column, floor: int, ceiling: int) -> npt.NDArray[np.uint8]:
    reasons = np.zeros(len(time), np.uint8)
    reasons[time < floor] = Reason.TIME_TOO_OLD
    reasons[time <= 0] = Reason.TIME_MISSING
    reasons[time > ceiling] = Reason.TIME_IN_FUTURE
    # Behind any earlier sample whose own time is good; a sample from the far future must not condemn the rest.
    usable = np.where(reasons == 0, time, np.iinfo(np.int64).min)
    latest = np.maximum.accumulate(usable)
    behind = np.zeros(len(time), bool)
    behind[1:] = time[1:] < latest[:-1]
    reasons[(reasons == 0) & behind] = Reason.TIME_NOT_MONOTONE
    return reasons


def _mark_vectors(reasons: npt.NDArray[np.uint8], rows: Matrix, *, unit: bool) -> None:
    finite = np.isfinite(rows).all(axis=0)
    reasons[(reasons == 0) & ~finite] = Reason.NOT_FINITE
    if unit:
        with np.errstate(over="ignore", invalid="ignore"):
            long = np.abs(np.einsum("ij,ij->j", rows, rows) - 1) > _UNIT_TOLERANCE
        reasons[(reasons == 0) & long] = Reason.NOT_UNIT


def _split(
    column: ColumnOf, track: tuple[Column, ...], reasons: npt.NDArray[np.uint8], rejected: list[Rejected]
) -> tuple[Column, ...]:
    for index in np.flatnonzero(reasons):
        # Text keeps what JSON numbers cannot: infinities and NaN.
        payload = {"columns": [str(c[index]) if len(c) else "" for c in track]}
        rejected.append(Rejected(column, int(index), Reason(int(reasons[index])), payload))
    keep = reasons == 0
    return tuple(c[keep] if len(c) else c for c in track) if keep.any() else ()


def check_event(fields: EventFields, floor: int, ceiling: int) -> Reason | None:
    """Check one event; times in microseconds since 1970."""
    kind, time, zone, thing, name, x, y, z, duration_us, properties = fields
    if not _GAZE <= kind <= _CUSTOM:
        return Reason.KIND_MISSING
    if not floor <= time <= ceiling:
        if time <= 0:
            return Reason.TIME_MISSING
        return Reason.TIME_IN_FUTURE if time > ceiling else Reason.TIME_TOO_OLD
    if not isfinite(x + y + z):  # 32-bit numbers: their sum is finite if they are
        return Reason.NOT_FINITE
    if not 0 <= duration_us <= PAST_US:
        return Reason.DURATION_INVALID
    if kind in _OF_ZONES and not zone:
        return Reason.NAME_MISSING
    if kind == _CUSTOM and not name:
        return Reason.NAME_MISSING
    for text in (zone, thing, name):
        # A character takes up to four bytes: short texts need no counting.
        if text and (len(text) * 4 > MAX_NAME_BYTES < len(text.encode()) or "\0" in text):
            return Reason.TOO_LONG
    return _check_properties(properties) if properties else None


def _check_properties(properties: Any) -> Reason | None:
    pairs = [f"{k}{v}" for k, v in properties.items()]
    size = sum(len(p.encode()) for p in pairs)
    # Postgres stores no NUL in text.
    if len(pairs) > MAX_PROPERTIES or size > MAX_PROPERTY_BYTES or any("\0" in p for p in pairs):
        return Reason.TOO_LONG
    return None


def event_payload(event: Any) -> dict[str, Any]:
    """An event as JSON that can be read back."""
    return {
        "kind": event.kind,
        "time_us": event.time_us,
        "zone": event.zone,
        "object": event.object,
        "name": event.name,
        "position": [str(event.x), str(event.y), str(event.z)],
        "duration_us": event.duration_us,
        "properties": dict(event.properties),
    }
