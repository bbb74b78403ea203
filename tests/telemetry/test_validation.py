import math

import numpy as np
import pytest

from doorstep.vr.v1 import tracking_pb2 as t
from services.telemetry import clock_offset, validation, wire
from services.telemetry.validation import BatchRefused, ColumnOf, Fault, Kind, Reason

NOW = 1_790_000_000_000_000


def batch(**fields):
    return wire.from_message(t.TrackingBatch(part=1, **fields))


def pose(times=(NOW,), **columns):
    n = len(times)
    return t.PoseTrack(
        time_us=times,
        **{"orientation_x": [0] * n, "orientation_y": [0] * n, "orientation_z": [0] * n, "orientation_w": [1] * n}
        | columns,
    )


def check(one):
    validation.check_form(one)
    return validation.check(one, now_us=NOW, started_at_us=NOW)


class TestForm:
    @pytest.mark.parametrize(
        ("one", "fault"),
        [
            (batch(), Fault.EMPTY),
            (batch(pose=pose([NOW] * 1001)), Fault.TOO_LARGE),
            (batch(pose=pose(orientation_x=[0, 0])), Fault.MALFORMED),
            (batch(pose=pose(position_x=[0])), Fault.MALFORMED),
            (batch(gaze=t.GazeTrack(time_us=[NOW])), Fault.MALFORMED),
            (batch(zones=["x" * 101], events=[t.Event()]), Fault.INVALID),
            (batch(stream=256, events=[t.Event()]), Fault.INVALID),
            (batch(stream=-1, events=[t.Event()]), Fault.INVALID),
        ],
    )
    def test_refused_whole(self, one, fault):
        with pytest.raises(BatchRefused) as refused:
            validation.check_form(one)
        assert refused.value.fault is fault

    def test_a_thousand_are_taken(self):
        assert len(check(batch(pose=pose([NOW] * 1000))).pose[0]) == 1000

    def test_part_zero(self):
        one = wire.from_message(t.TrackingBatch(events=[t.Event()]))
        with pytest.raises(BatchRefused, match="part"):
            validation.check_form(one)


class TestSamples:
    def test_good_ones_are_not_copied(self):
        one = batch(pose=pose([NOW - 1, NOW]))
        assert check(one).pose[0] is one.pose[0]

    def test_each_is_judged_by_itself(self):
        times = [NOW, 0, NOW + 61_000_000, NOW - validation.PAST_US - 1, NOW + 1, NOW, NOW + 2, NOW + 3]
        found = check(batch(pose=pose(times, orientation_w=[1, 1, 1, 1, 1, 1, math.nan, 0.5])))
        assert [(r.index, r.reason) for r in found.rejected] == [
            (1, Reason.TIME_MISSING),
            (2, Reason.TIME_IN_FUTURE),
            (3, Reason.TIME_TOO_OLD),
            (5, Reason.TIME_NOT_MONOTONE),
            (6, Reason.NOT_FINITE),
            (7, Reason.NOT_UNIT),
        ]
        assert found.pose[0].tolist() == [NOW, NOW + 1]
        assert all(r.column is ColumnOf.POSE for r in found.rejected)

    def test_one_minute_ahead_is_allowed(self):
        assert not check(batch(pose=pose([NOW + 60_000_000]))).rejected

    def test_gaze_may_name_only_names_of_the_batch(self):
        gaze = t.GazeTrack(
            time_us=[NOW] * 3, direction_x=[0] * 3, direction_y=[0] * 3, direction_z=[1] * 3, zone=[0, 1, 2]
        )
        found = check(batch(gaze=gaze, zones=["kitchen"]))
        assert [(r.index, r.reason) for r in found.rejected] == [(2, Reason.UNKNOWN_NAME)]

    def test_infinite_positions(self):
        found = check(batch(pose=pose([NOW], position_x=[math.inf], position_y=[0], position_z=[0])))
        assert found.rejected[0].reason is Reason.NOT_FINITE
        assert found.pose == ()


class TestEvents:
    @pytest.mark.parametrize(
        ("event", "reason"),
        [
            (t.Event(time_us=NOW), Reason.KIND_MISSING),
            (t.Event(kind=200, time_us=NOW), Reason.KIND_MISSING),
            (t.Event(kind=Kind.GAZE), Reason.TIME_MISSING),
            (t.Event(kind=Kind.GAZE, time_us=NOW + 60_000_001), Reason.TIME_IN_FUTURE),
            (t.Event(kind=Kind.ZONE_ENTER, time_us=NOW), Reason.NAME_MISSING),
            (t.Event(kind=Kind.CUSTOM, time_us=NOW), Reason.NAME_MISSING),
            (t.Event(kind=Kind.GAZE, time_us=NOW, x=math.nan), Reason.NOT_FINITE),
            (t.Event(kind=Kind.GAZE, time_us=NOW, duration_us=-1), Reason.DURATION_INVALID),
            (t.Event(kind=Kind.GAZE, time_us=NOW, zone="ä" * 51), Reason.TOO_LONG),
            (t.Event(kind=Kind.GAZE, time_us=NOW, properties={"a": "\0"}), Reason.TOO_LONG),
        ],
    )
    def test_rejected(self, event, reason):
        found = check(batch(events=[t.Event(kind=Kind.GAZE, time_us=NOW), event]))
        assert [(r.index, r.reason) for r in found.rejected] == [(1, reason)]
        assert [index for index, _ in found.events] == [0]


class TestClockOffset:
    def test_symmetric_exchange_is_exact(self):
        found = clock_offset.of_exchange(
            sent_us=1_000, server_received_us=51_010, server_sent_us=51_020, received_us=1_030
        )
        assert found == clock_offset.Offset(50_000, 10)

    def test_the_shortest_round_trip_wins(self):
        near, far = clock_offset.Offset(5, 10), clock_offset.Offset(50, 100)
        assert clock_offset.better(near, far) == clock_offset.better(far, near) == near
        assert clock_offset.better(None, far) == far

    @pytest.mark.parametrize("times", [(0, 1, 2, 3), (10, 5, 4, 11), (10, 1, 90, 11), (10, 1, 2, 9)])
    def test_impossible_exchanges_count_for_nothing(self, times):
        sent, received, answered, back = times
        assert (
            clock_offset.of_exchange(
                sent_us=sent, server_received_us=received, server_sent_us=answered, received_us=back
            )
            is None
        )


def test_finite_check_does_not_overflow():
    huge = float(np.finfo(np.float32).max)
    found = check(batch(pose=pose([NOW], orientation_w=[huge])))
    assert found.rejected[0].reason is Reason.NOT_UNIT
