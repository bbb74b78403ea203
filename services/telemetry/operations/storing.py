"""From checked columns to what is stored: our axes, names as ids, gaze added up per zone and object. Pure."""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from services.telemetry.coordinates import Axes
from services.telemetry.validation import Checked, ColumnOf, EventFields, Kind, Rejected
from services.telemetry.wire import INDEX, Batch, Column, Columns, encode_track, rows_of

ZONE, OBJECT = 1, 2
"""Kinds of names."""
MAX_GAZE_GAP_US = 250_000
"""A gaze sample counts until the next one, but no longer than this: a headset put down does not look."""
MAX_PAYLOAD = 32 << 10
# As plain numbers: members of an enum are slow to compare, and print themselves as something else.
_POSE, _GAZE = int(ColumnOf.POSE), int(ColumnOf.GAZE)
_LOOKED, _ENTERED, _TOUCHED = int(Kind.GAZE), int(Kind.ZONE_ENTER), int(Kind.INTERACTION)

Names = Mapping[tuple[int, str], int]
"""(kind, name) to id."""


@dataclass(slots=True)
class Stored:
    """What a batch becomes; the fields are those of the committer's Item."""

    chunks: list[tuple[int, int, int, int, bytes]] = field(default_factory=list)
    events: list[tuple[Any, ...]] = field(default_factory=list)
    rollups: list[tuple[int, int, int, int, int]] = field(default_factory=list)
    rejected: list[tuple[int, int, int, str]] = field(default_factory=list)
    stored_count: int = 0


def names_of(batch: Batch, checked: Checked) -> set[tuple[int, str]]:
    """The names that a batch uses."""
    names = {(ZONE, n) for n in batch.zones} | {(OBJECT, n) for n in batch.objects} if checked.gaze else set()
    for _, (_, _, zone, thing, *_) in checked.events:
        if zone:
            names.add((ZONE, zone))
        if thing:
            names.add((OBJECT, thing))
    return names


def store(batch: Batch, checked: Checked, axes: Axes, names: Names) -> Stored:
    """Build what is stored of a batch.

    Raises:
        KeyError: `names` does not hold every name of `names_of`.
    """
    stored = Stored()
    if checked.rejected:
        stored.rejected = [(r.column, r.index, r.reason, payload_json(r)) for r in checked.rejected]
    sums: dict[int, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    if checked.pose:
        stored.chunks.append(_chunk(_POSE, checked.pose[0], _pose(checked.pose, axes)))
    if checked.gaze:
        data = _gaze(batch, checked.gaze, axes, names, sums)
        stored.chunks.append(_chunk(_GAZE, checked.gaze[0], data))
    if checked.events:
        _store_events(checked.events, axes, names, stored, sums)
    stored.rollups = [(name_id, *values) for name_id, values in sums.items()]  # type: ignore[misc]
    stored.stored_count = len(checked.events) + sum(c[1] for c in stored.chunks)
    return stored


def _chunk(kind: int, time: Column, data: bytes) -> tuple[int, int, int, int, bytes]:
    return kind, len(time), time.item(0), time.item(-1), data


def _pose(track: tuple[Column, ...], axes: Axes) -> bytes:
    if isinstance(track, Columns):
        return track.rewritten(axes.poses(track.rows))
    position = tuple(axes.positions(rows_of(track, 1, 4))) if len(track[1]) else track[1:4]
    return encode_track((track[0], *position, *axes.rotations(rows_of(track, 4, 8))))


def _gaze(batch: Batch, track: tuple[Column, ...], axes: Axes, names: Names, sums: dict[int, list[int]]) -> bytes:
    zones = [0, *[names[ZONE, name] for name in batch.zones]]
    objects = [0, *[names[OBJECT, name] for name in batch.objects]]
    if isinstance(track, Columns):
        # Both columns at once: objects are numbered behind the zones.
        lookup = zones + objects
        index = track.indices.astype(np.intp)
        index[1] += len(zones)
        _add_up(index, gaze_spans(track.steps), lookup, sums)
        return track.rewritten(axes.gazes(track.rows), np.array(lookup, INDEX).take(index))
    spans = gaze_spans(track[0][1:] - track[0][:-1])
    ids: list[Column] = []
    for column, lookup in ((track[7], zones), (track[8], objects)):
        if len(column):
            index = column.astype(np.intp)[None]
            _add_up(index, spans, lookup, sums)
            column = np.array(lookup, INDEX)[index[0]]  # noqa: PLW2901
        ids.append(column)
    direction = axes.directions(rows_of(track, 1, 4))
    hit = tuple(axes.positions(rows_of(track, 4, 7))) if len(track[4]) else track[4:7]
    return encode_track((track[0], *direction, *hit, *ids))


def _add_up(index: Column, spans: Column, lookup: list[int], sums: dict[int, list[int]]) -> None:
    """Count the samples and the time of each name; `index` has rows, `spans` is for each of them."""
    flat = index.reshape(-1)
    weights = spans if len(index) == 1 else np.concatenate([spans] * len(index))
    samples = np.bincount(flat, minlength=len(lookup)).tolist()
    spent = np.bincount(flat, weights, len(lookup)).tolist()
    for name_id, count, us in zip(lookup, samples, spent, strict=True):
        if count and name_id:
            values = sums[name_id]
            values[0] += count
            values[1] += int(us)


def gaze_spans(steps: Column) -> Column:
    """How long each gaze sample counts, in microseconds; the last one of a batch as long as the one before it."""
    spans = np.empty(len(steps) + 1, np.int64)
    np.minimum(steps, MAX_GAZE_GAP_US, out=spans[:-1])
    spans[-1] = spans[-2] if len(steps) else 0
    return spans


def _store_events(
    events: Sequence[tuple[int, EventFields]], axes: Axes, names: Names, stored: Stored, sums: dict[int, list[int]]
) -> None:
    point = axes.point
    for ordinal, (kind, time_us, zone, thing, name, x, y, z, duration_us, properties) in events:
        zone_id = names[ZONE, zone] if zone else 0
        object_id = names[OBJECT, thing] if thing else 0
        told = json.dumps(dict(properties)) if properties else None
        stored.events.append((ordinal, kind, time_us, zone_id, object_id, name, *point(x, y, z), duration_us, told))
        for name_id in (zone_id, object_id):
            if name_id == 0:
                continue
            values = sums[name_id]
            if kind == _LOOKED:
                values[0] += 1
                values[1] += duration_us
            elif kind == _ENTERED and name_id == zone_id:
                values[2] += 1
            elif kind == _TOUCHED:
                values[3] += 1


def payload_json(rejected: Rejected) -> str:
    """What was sent, as JSON that Postgres takes (it stores no NUL) and of bounded size."""
    text = json.dumps(rejected.payload).replace("\\u0000", "\\ufffd")
    return text if len(text) <= MAX_PAYLOAD else json.dumps({"truncated": text[:MAX_PAYLOAD]})
