"""Recordings are read whatever their defects, and every sample of them is accounted for."""

import os
import tarfile
from pathlib import Path
from uuid import uuid4

import grpc
import numpy as np
import pytest

from doorstep.telemetry.v1 import telemetry_query_service_pb2 as pb
from services.telemetry import recordings
from services.telemetry.coordinates import rotate
from services.telemetry.replay import ROOMS, Player, batches

DATA = Path(os.environ.get("DOORSTEP_DATA_DIR", Path(__file__).parents[2].parent / "shared" / "data"))
TRACES = DATA / "vr_head_traces" / "traces_users_a.tar.xz"

real_traces = pytest.mark.skipif(not TRACES.exists(), reason="the recorded traces are not here; set DOORSTEP_DATA_DIR")


@pytest.fixture(scope="module")
def real():
    return [recordings.parse(name, content) for name, content in recordings.find(TRACES)]


class TestReading:
    @real_traces
    def test_all_real_recordings_are_read(self, real):
        assert len(real) == 300
        assert len({r.participant for r in real}) == 20
        assert recordings.describe(real)["copies"] > 0
        assert all(r.name == r.name.strip() for r in real)
        assert all((np.diff(r.seconds) > 0).all() for r in real)

    @real_traces
    def test_the_axes_are_those_of_the_recorded_directions(self):
        """Each row also holds the direction of view, with Y up and Z ahead."""
        name, content = next(iter(recordings.find(TRACES)))
        table = np.array([[float(c) for c in line.split(",")] for line in content.decode().split()])
        ahead = rotate(recordings.parse(name, content).rotations, (0, 0, -1))
        assert np.allclose(ahead, [table[:, 5], table[:, 6], -table[:, 7]], atol=2e-3)

    def test_defects_are_survived(self, tmp_path):
        rows = [
            "t,qx,qy,qz,qw",
            "0,0,0,0,1",
            "0.1,0,0,0,1",
            "0.05,0,0,0,1",
            "0.2,0,0,0,3",
            "0.3,nan,0,0,1",
            "0.4",
            "",
            "0.5,0,0,0,1",
        ]
        (tmp_path / "A B_Intro .csv").write_text("\n".join(rows))
        (tmp_path / "empty.csv").write_text("")
        (tmp_path / "image.csv").write_bytes(bytes(range(256)))
        found = dict(recordings.find(tmp_path))
        good = recordings.parse("A B_Intro .csv", found["A B_Intro .csv"])
        assert (good.name, good.participant) == ("A B_Intro", "A B")
        assert good.seconds.tolist() == [0, 0.1, 0.5]
        assert good.skipped_rows == 5
        for name in ("empty.csv", "image.csv"):
            with pytest.raises(recordings.Unreadable):
                recordings.parse(name, found[name])

    def test_archives_and_single_files(self, tmp_path):
        file = tmp_path / "x.csv"
        file.write_text("0,0,0,0,1\n1,0,0,0,1\n")
        with tarfile.open(tmp_path / "x.tar.xz", "w:xz") as archive:
            archive.add(file, "deep/x.csv")
        assert [n for n, _ in recordings.find(tmp_path / "x.tar.xz")] == ["deep/x.csv"]
        assert [n for n, _ in recordings.find(file)] == ["x.csv"]

    def test_batches_hold_every_sample_once(self):
        recording = turning(1000)
        cut = list(batches(recording, str(uuid4()), 1_700_000_000_000_000, 300))
        assert [b.part for b in cut] == [1, 2, 3, 4]
        times = [t for b in cut for t in b.pose.time_us]
        assert len(times) == 1000
        assert times == sorted(times)
        entered = [e.zone for b in cut for e in b.events if e.kind == 2]
        assert set(entered) == set(ROOMS)


def turning(samples: int, participant: str = "p1") -> recordings.Recording:
    """A head that turns once around in samples / 60 seconds."""
    half = np.linspace(-np.pi, np.pi, samples) / 2
    zero = np.zeros(samples)
    rotations = np.array([zero, -np.sin(half), zero, np.cos(half)], np.float32)
    return recordings.Recording(participant, participant, participant, np.arange(samples) / 60, rotations, 0)


def player(harness, metadata, property_id, **options):
    return Player(
        lambda: grpc.aio.insecure_channel(f"127.0.0.1:{harness.process.port}"),
        metadata,
        property_id,
        real_time=False,
        **options,
    )


async def test_everything_played_is_stored_and_shows(harness, query, device, organization, reader):
    property_id = uuid4()
    seen = []
    playing = player(harness, device(organization), property_id, progress=seen.append)
    tally = await playing.play_all([turning(900, f"p{n}") for n in range(12)], 6)
    assert tally.failed == []
    assert tally.adds_up
    assert tally.sessions == 12
    assert sum(seen) == tally.acknowledged == tally.stored == tally.recorded
    assert tally.stored >= 12 * 1800
    request = pb.GetPropertyEngagementRequest(property_id=str(property_id))
    found = (await harness.call(query.GetPropertyEngagement, request, reader)).engagement
    assert (found.session_count, found.participant_count) == (12, 12)
    zones = {z.zone: z for z in found.zones}
    assert set(zones) == set(ROOMS)
    # Once around in 15 s past six equal rooms.
    assert all(abs(z.gaze.ToMicroseconds() / 12 / 1e6 - 2.5) < 0.1 for z in zones.values())
    assert sum(z.gaze_sample_count for z in zones.values()) == 12 * 900


async def test_what_the_server_refuses_is_told(harness, device, organization):
    playing = player(harness, device(organization, frozenset()), uuid4())
    tally = await playing.play_all([turning(100)], 1)
    assert not tally.adds_up
    assert "p1" in tally.failed[0]


@real_traces
async def test_real_people_in_one_home(harness, device, organization, real):
    property_id = uuid4()
    people = list({r.participant: r for r in real}.values())
    tally = await player(harness, device(organization), property_id).play_all(people, 20)
    assert tally.adds_up, tally
    assert (tally.sessions, tally.rejected, tally.duplicate) == (20, 0, 0)
    assert tally.stored == tally.recorded > 20 * 7000
