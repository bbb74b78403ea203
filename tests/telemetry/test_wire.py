"""Both ways of reading a batch give the same batch, whatever the bytes."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from doorstep.vr.v1 import ingest_service_pb2, tracking_pb2
from services.telemetry import wire

REALS = st.floats(width=32)
TIMES = st.integers(-(2**63), 2**63 - 1)
NAMES = st.text(max_size=8)


def columns(element, most=5):
    return st.lists(element, max_size=most)


POSES = st.builds(
    tracking_pb2.PoseTrack, time_us=columns(TIMES), **{n: columns(REALS) for n in wire.POSE_FIELDS if n != "time_us"}
)
GAZES = st.builds(
    tracking_pb2.GazeTrack,
    time_us=columns(TIMES),
    zone=columns(st.integers(-(2**31), 2**31 - 1)),
    object=columns(st.integers(0, 9)),
    **{n: columns(REALS) for n in wire.GAZE_FIELDS if n not in ("time_us", "zone", "object")},
)
EVENTS = st.builds(
    tracking_pb2.Event, kind=st.integers(0, 300), time_us=TIMES, zone=NAMES, x=REALS,
    properties=st.dictionaries(NAMES, NAMES, max_size=2),
)  # fmt: skip
BATCHES = st.builds(
    tracking_pb2.TrackingBatch,
    session_id=NAMES,
    stream=st.integers(-(2**31), 2**31 - 1),
    part=st.integers(-5, 2**31 - 1),
    sent_at_us=TIMES,
    uptime_us=TIMES,
    events=st.lists(EVENTS, max_size=3),
    pose=st.none() | POSES,
    gaze=st.none() | GAZES,
    zones=st.lists(NAMES, max_size=3),
    objects=st.lists(NAMES, max_size=3),
)


def assert_same(left: wire.Batch, right: wire.Batch) -> None:
    for name in ("session_id", "stream", "part", "sent_at_us", "uptime_us", "zones", "objects"):
        assert getattr(left, name) == getattr(right, name)
    # NaN differs from itself: compare bytes.
    assert [e.SerializeToString(deterministic=True) for e in left.events] == [
        e.SerializeToString(deterministic=True) for e in right.events
    ]
    for a, b in ((left.pose, right.pose), (left.gaze, right.gaze)):
        assert [c.tobytes() for c in a] == [c.tobytes() for c in b]


def outcome(read, raw):
    try:
        return read(raw)
    except wire.Malformed:
        return None


@given(BATCHES)
@settings(max_examples=200, deadline=None)
def test_fast_and_slow_agree_on_messages(message):
    raw = message.SerializeToString()
    assert_same(wire.parse_batch(raw), wire.parse_batch_slowly(raw))


@given(BATCHES, st.data())
@settings(max_examples=300, deadline=None)
def test_fast_and_slow_agree_on_damaged_bytes(message, data):
    raw = bytearray(message.SerializeToString())
    for _ in range(data.draw(st.integers(1, 3))):
        action = data.draw(st.sampled_from(("flip", "cut", "insert", "double")))
        at = data.draw(st.integers(0, max(0, len(raw) - 1)))
        if action == "flip" and raw:
            raw[at] = data.draw(st.integers(0, 255))
        elif action == "cut":
            del raw[at:]
        elif action == "insert":
            raw[at:at] = data.draw(st.binary(max_size=4))
        else:
            raw += raw[at:]
    fast, slow = outcome(wire.parse_batch, bytes(raw)), outcome(wire.parse_batch_slowly, bytes(raw))
    assert (fast is None) == (slow is None)
    if fast is not None and slow is not None:
        assert_same(fast, slow)


def test_the_usual_batch_takes_the_fast_way(monkeypatch):
    def never(_message):
        pytest.fail("fell back to the protobuf parser")

    monkeypatch.setattr(wire, "from_message", never)
    n = 90
    pose = tracking_pb2.PoseTrack(time_us=range(1, n + 1), orientation_w=[1.0] * n)
    batch = tracking_pb2.TrackingBatch(
        session_id="s", part=1, pose=pose, zones=["kitchen"], events=[tracking_pb2.Event(kind=1)]
    )
    read = wire.parse_connect(ingest_service_pb2.ConnectRequest(batch=batch).SerializeToString())
    assert isinstance(read, wire.Batch)
    assert read.count == n + 1
    assert read.pose[0].tolist() == list(range(1, n + 1))
    assert not read.pose[0].flags.owndata  # a view of the message


def test_tracks_are_stored_as_the_message_they_came_from():
    pose = tracking_pb2.PoseTrack(time_us=[5, 6], orientation_x=[0, 1], orientation_w=[1, 0])
    read = wire.parse_batch(tracking_pb2.TrackingBatch(pose=pose).SerializeToString())
    stored = wire.encode_track(read.pose)
    assert stored == pose.SerializeToString()
    assert np.array_equal(wire.decode_pose(stored)[7], np.array([1, 0], np.float32))


@pytest.mark.parametrize("raw", [b"\xff\xff", b"\x1a\x05\x08", b"\x12\x02\xff"])
def test_garbage_is_malformed(raw):
    with pytest.raises(wire.Malformed):
        wire.parse_connect(raw)
