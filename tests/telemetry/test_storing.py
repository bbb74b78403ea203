"""The quick way from bytes to what is stored, held against the plain one; and the acknowledgement written by hand."""

import math
import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from doorstep.vr.v1 import ingest_service_pb2
from doorstep.vr.v1 import tracking_pb2 as t
from services.telemetry import wire
from services.telemetry.coordinates import AXES, System
from services.telemetry.mapping import vr as mapping
from services.telemetry.operations.ingest import Answer
from services.telemetry.operations.storing import names_of, store
from services.telemetry.repository.committer import Outcome
from services.telemetry.validation import ColumnOf, Reason, Rejected, check

NOW = 1_790_000_000_000_000
ZONES, THINGS = ["kitchen", "hall"], ["oven"]
# Mostly unit vectors and usual numbers; sometimes what only just passes, what does not, and what is no number.
ODD = st.sampled_from((0.0, -0.0, 1e-40, 3.4e38, -3.4e38, math.nan, math.inf, -math.inf))
METRES = st.one_of(st.floats(-500, 500, width=32), ODD)
LENGTHS = st.one_of(st.just(1.0), st.floats(0.985, 1.015), ODD)
STEPS = st.one_of(st.integers(0, 300_000), st.sampled_from((-1, 2**62, -(2**62), 2**63 - 1, -(2**63))))


@st.composite
def tracks(draw):
    n = draw(st.integers(1, 6))
    usual = draw(st.booleans())
    at, times = NOW, []
    for _ in range(n):
        times.append(at)
        at = (at + (draw(st.integers(0, 300_000)) if usual else draw(STEPS)) + 2**63) % 2**64 - 2**63

    def column(element):
        return [draw(element) for _ in range(n)]

    def vectors(width):
        rows = np.array([[draw(st.floats(0.1, 1)) for _ in range(n)] for _ in range(width)])
        rows /= np.linalg.norm(rows, axis=0)
        with np.errstate(all="ignore"):
            rows *= np.ones(n) if usual else np.array(column(LENGTHS))
            return rows.astype(np.float32).tolist()

    metres = st.floats(-500, 500, width=32) if usual else METRES
    index = st.integers(0, 2) if usual else st.integers(-1, 3)
    pose = t.PoseTrack(time_us=times)
    for name, values in zip(wire.POSE_FIELDS[1:], [*(column(metres) for _ in range(3)), *vectors(4)], strict=True):
        getattr(pose, name).extend(values)
    gaze = t.GazeTrack(time_us=times, zone=column(index), object=column(st.integers(0, 1) if usual else index))
    for name, values in zip(wire.GAZE_FIELDS[1:7], [*vectors(3), *(column(metres) for _ in range(3))], strict=True):
        getattr(gaze, name).extend(values)
    return t.TrackingBatch(part=1, pose=pose, gaze=gaze, zones=ZONES, objects=THINGS)


def outcome(batch: wire.Batch, system: System):
    checked = check(batch, now_us=NOW, started_at_us=NOW)
    names = {key: number for number, key in enumerate(sorted(names_of(batch, checked)), 1)}
    stored = store(batch, checked, AXES[system], names)
    rejected = [(r.column, r.index, r.reason, r.payload) for r in checked.rejected]
    return (
        [(*rest, bytes(data)) for *rest, data in stored.chunks],
        sorted(stored.rollups),
        stored.stored_count,
        rejected,
    )


@given(tracks(), st.sampled_from(System))
@settings(max_examples=300, deadline=None)
def test_both_ways_store_the_same_and_reject_the_same(message, system):
    quick = wire.parse_batch(message.SerializeToString())
    assert isinstance(quick.pose, wire.Columns)
    assert isinstance(quick.gaze, wire.Columns)
    assert outcome(quick, system) == outcome(wire.from_message(message), system)


def test_times_that_wrap_around_are_not_taken_for_ascending():
    """Three steps forward, of a quarter to a half of all numbers each, end one microsecond after the start."""
    times = [NOW, -(2**63) + NOW, -1, NOW + 1]
    gaze = t.GazeTrack(time_us=times, zone=[0] * 4, object=[0] * 4)
    for name in wire.GAZE_FIELDS[1:7]:
        getattr(gaze, name).extend([float(name == "direction_x")] * 4)
    found = check(
        wire.parse_batch(t.TrackingBatch(part=1, gaze=gaze).SerializeToString()), now_us=NOW, started_at_us=NOW
    )
    assert [(r.index, r.reason) for r in found.rejected] == [(1, Reason.TIME_MISSING), (2, Reason.TIME_MISSING)]


@given(st.floats(width=32, allow_nan=False, allow_infinity=False), st.sampled_from(System))
def test_one_position_becomes_what_a_row_of_them_does(number, system):
    row = AXES[system].positions(np.array([[number], [1.5], [-number]], np.float32))[:, 0]
    point = AXES[system].point(number, 1.5, -number)
    assert struct.pack("<3f", *point) == row.tobytes()


def test_a_name_that_is_not_known_is_no_zero():
    batch = wire.from_message(t.TrackingBatch(events=[t.Event(kind=2, time_us=NOW, zone="attic")]))
    checked = check(batch, now_us=NOW, started_at_us=NOW)
    with pytest.raises(KeyError):
        store(batch, checked, AXES[System.OPENXR], {})


NUMBERS = st.integers(0, 2**31 - 1)


@given(
    st.builds(
        Answer, NUMBERS, NUMBERS, NUMBERS, st.sampled_from(Outcome), NUMBERS, st.just(0),
        st.lists(st.builds(Rejected, st.sampled_from(ColumnOf), NUMBERS, st.sampled_from(Reason), st.just({}))),
    )
)  # fmt: skip
def test_an_acknowledgement_written_by_hand_is_the_message(answer):
    session_id = "01a1fd49-fac7-71da-b3ee-ab44f50e4c05"
    written = mapping.acknowledgement(session_id.encode(), answer)
    expected = ingest_service_pb2.ConnectResponse(ack=mapping.ack(session_id, answer))
    assert ingest_service_pb2.ConnectResponse.FromString(written) == expected
