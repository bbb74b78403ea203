"""From checked columns to what is stored: our axes, names as ids, gaze added up per zone and object. Pure."""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from services.telemetry.coordinates import Axes
from services.telemetry.validation import Checked, ColumnOf, Kind, Rejected
from services.telemetry.wire import INDEX, REAL, Batch, Column, encode_track, rows_of

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
    for _, event in checked.events:
        zone, thing = event.zone, event.object
        if zone:
            names.add((ZONE, zone))
        if thing:
            names.add((OBJECT, thing))
    return names


def store(batch: Batch, checked: Checked, axes: Axes, names: Names) -> Stored:
    """Build what is stored of a batch; `names` holds every name of `names_of`."""
    stored = Stored(rejected=[(r.column, r.index, r.reason, payload_json(r)) for r in checked.rejected])
    sums: dict[int, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    if checked.pose:
        _store_pose(checked.pose, axes, stored)
    if checked.gaze:
        _store_gaze(batch, checked.gaze, axes, names, stored=stored, sums=sums)
    if checked.events:
        _store_events(checked.events, axes, names, stored, sums)
    stored.rollups = [(name_id, *values) for name_id, values in sums.items()]  # type: ignore[misc]
    stored.stored_count = len(checked.events) + sum(c[1] for c in stored.chunks)
    return stored


def _store_pose(track: tuple[Column, ...], axes: Axes, stored: Stored) -> None:
    time = track[0]
    position = tuple(axes.positions(rows_of(track, 1, 4))) if len(track[1]) else track[1:4]
    rotation = axes.rotations(rows_of(track, 4, 8))
    data = encode_track((time, *position, *rotation))
    stored.chunks.append((_POSE, len(time), int(time[0]), int(time[-1]), data))


def _store_gaze(
    batch: Batch, track: tuple[Column, ...], axes: Axes, names: Names, *, stored: Stored, sums: dict[int, list[int]]
) -> None:
    time = track[0]
    direction = axes.directions(rows_of(track, 1, 4))
    hit = tuple(axes.positions(rows_of(track, 4, 7))) if len(track[4]) else track[4:7]
    spans = gaze_spans(time)
    ids: list[Column] = []
    for kind, column, texts in ((ZONE, track[7], batch.zones), (OBJECT, track[8], batch.objects)):
        if not len(column):
            ids.append(column)
            continue
        lookup = [0, *[names[kind, t] for t in texts]]
        index = column.astype(np.intp)
        ids.append(np.array(lookup, INDEX)[index])
        samples = np.bincount(index, minlength=len(lookup)).tolist()
        spent = np.bincount(index, spans, len(lookup)).tolist()
        for name_id, count, us in zip(lookup, samples, spent, strict=True):
            if count and name_id:
                values = sums[name_id]
                values[0] += count
                values[1] += int(us)
    data = encode_track((time, *direction, *hit, *ids))
    stored.chunks.append((_GAZE, len(time), int(time[0]), int(time[-1]), data))


def gaze_spans(time: Column) -> Column:
    """How long each gaze sample counts, in microseconds; the last one of a batch as long as the one before it."""
    spans = np.empty(len(time), np.int64)
    np.minimum(time[1:] - time[:-1], MAX_GAZE_GAP_US, out=spans[:-1])
    spans[-1] = spans[-2] if len(time) > 1 else 0
    return spans


def _store_events(events: Sequence[Any], axes: Axes, names: Names, stored: Stored, sums: dict[int, list[int]]) -> None:
    positions = axes.positions(np.array([(e.x, e.y, e.z) for _, e in events], REAL).T).T.tolist()
    for (ordinal, event), (x, y, z) in zip(events, positions, strict=True):
        kind, zone, thing, duration_us = event.kind, event.zone, event.object, event.duration_us
        zone_id = names[ZONE, zone] if zone else 0
        object_id = names[OBJECT, thing] if thing else 0
        properties = event.properties
        told = json.dumps(dict(properties)) if properties else None
        stored.events.append((ordinal, kind, event.time_us, zone_id, object_id, event.name, x, y, z, duration_us, told))
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
