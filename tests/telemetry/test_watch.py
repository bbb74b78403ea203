"""What watchers may hold: bounded in number and in bytes, and still given everything once and in order."""

import asyncio
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from doorstep.telemetry.v1 import telemetry_query_service_pb2 as pb
from services.chassis.actor import system_for
from services.chassis.watching import Watcher
from services.telemetry.repository.parts import PartRepository
from services.telemetry.repository.query import span_between
from services.telemetry.repository.samples import SampleRepository
from services.telemetry.servicer import watch
from tests.telemetry.headset import event, gaze, pose


def heavy(kilobytes):
    """Events of about so many kilobytes."""
    return [event(name="heavy", properties={f"p{n}": "x" * 1000 for n in range(3)})] * (kilobytes // 3)


@pytest.fixture
def parts_of(harness, organization):
    """Opens the parts of a headset's session."""

    @asynccontextmanager
    async def opened(headset):
        async with harness.resources.database("telemetry").fast_read(system_for(organization)) as connection:
            span = await SampleRepository(connection).span(UUID(headset.session_id))
            yield PartRepository(connection, span)

    return opened


async def steps(parts):
    """Everything from the beginning, as the steps in which it is read."""
    _, until = await parts.standing()
    place, found = {}, []
    while step := await watch.batches_between(parts, place, until):
        found.append(step)
        place = step[-1][0]
    assert place == until
    return found


def batches(found):
    updates = [message for step in found for _, message in step if message]
    return [pb.WatchSessionResponse.FromString(message).batch for message in updates]


class TestCatchingUp:
    async def test_reads_so_many_bytes_at_a_time(self, headset, parts_of):
        for _ in range(12):
            await headset.write(headset.batch(events=heavy(90)))
        async with parts_of(headset) as parts:
            found = await steps(parts)
        sizes = [sum(len(message) for _, message in step) for step in found]
        assert max(sizes) <= watch.BYTES_AT_A_TIME
        assert len(found) == 6  # two parts of 90 kB each fit, a third does not
        assert [b.part for b in batches(found)] == list(range(1, 13))

    async def test_reads_a_part_that_is_larger_alone(self, headset, parts_of):
        for kilobytes in (30, 360, 30):
            await headset.write(headset.batch(events=heavy(kilobytes)))
        async with parts_of(headset) as parts:
            found = await steps(parts)
        assert [len(step) for step in found] == [1, 1, 1]
        assert len(found[1][0][1]) > watch.BYTES_AT_A_TIME
        assert [b.part for b in batches(found)] == [1, 2, 3]

    async def test_reads_streams_in_the_order_of_commits(self, headset, parts_of, monkeypatch):
        monkeypatch.setattr(watch, "BYTES_AT_A_TIME", 1)
        sent = []
        for n in range(9):
            batch = headset.batch(stream=n % 3, events=[event()], pose=pose(3), gaze=gaze(4, zone=0))
            await headset.write(batch)
            sent.append((batch.stream, batch.part))
        async with parts_of(headset) as parts:
            found = await steps(parts)
        assert [(b.stream, b.part) for b in batches(found)] == sent
        assert all(len(step) == 1 for step in found)
        counts = {(len(b.events), b.pose_sample_count, b.gaze_sample_count) for b in batches(found)}
        assert counts == {(1, 3, 4)}

    @pytest.mark.parametrize("at_a_time", [1, 1 << 20])
    async def test_keeps_the_order_of_a_stream_when_the_clock_was_set_back(
        self, headset, parts_of, rows, monkeypatch, at_a_time
    ):
        monkeypatch.setattr(watch, "BYTES_AT_A_TIME", at_a_time)
        for _ in range(4):
            await headset.write(headset.batch(events=[event()]))
        await rows.execute(
            "UPDATE telemetry.events SET receive_time = receive_time - $2::interval WHERE part = 3 AND session_key = "
            "(SELECT session_key FROM telemetry.sessions WHERE session_id = $1)",
            UUID(headset.session_id), timedelta(hours=1),
        )  # fmt: skip
        async with parts_of(headset) as parts:
            assert [b.part for b in batches(await steps(parts))] == [1, 2, 3, 4]

    async def test_passes_parts_of_which_nothing_was_stored(self, headset, parts_of, monkeypatch):
        monkeypatch.setattr(watch, "BYTES_AT_A_TIME", 1)
        nothing = [event(kind=99)]
        for events in (nothing, [event()], nothing, nothing, [event()], nothing):
            await headset.write(headset.batch(events=events))
        async with parts_of(headset) as parts:
            assert [b.part for b in batches(await steps(parts))] == [2, 5]

    async def test_watching_heavy_parts_from_the_beginning(self, harness, query, headset, reader):
        for _ in range(20):
            await headset.write(headset.batch(events=heavy(90)))
        call = query.WatchSession(
            pb.WatchSessionRequest(session_id=headset.session_id, after_sequence="0"), metadata=harness.metadata(reader)
        )
        seen = []
        async for update in call:
            if update.WhichOneof("update") == "batch":
                seen.append(update.batch.part)
            if update.WhichOneof("update") == "heartbeat":
                await headset.finish()
        assert seen == list(range(1, 21))


class TestFollowing:
    @pytest.fixture
    def follower_of(self, harness, organization):
        async def make(headset, begun, place):
            database = harness.resources.database("telemetry")
            async with database.fast_read(system_for(organization)) as connection:
                span = await SampleRepository(connection).span(UUID(headset.session_id))
            span = span_between(organization, span.session_key, begun, begun)
            follower = watch.Follower(database, span, UUID(headset.session_id), place)
            watcher = Watcher()
            follower.watchers.add(watcher)
            return follower, watcher

        return make

    async def test_a_session_is_followed_for_days(self, headset, follower_of):
        """The days whose partitions are read go on with it."""
        follower, watcher = await follower_of(headset, datetime.now(UTC) - timedelta(days=3), {})
        for _ in range(3):
            await headset.write(headset.batch(events=[event()]))
        await headset.finish()
        await asyncio.wait_for(follower.run(), 20)
        updates = [pb.WatchSessionResponse.FromString(update[1]) for update in watcher.take() if update]
        assert [u.batch.part for u in updates[:-1]] == [1, 2, 3]
        assert updates[-1].HasField("ended")

    async def test_the_end_is_told_although_the_database_has_forgotten_parts(self, headset, follower_of):
        await headset.write(headset.batch(events=[event()]))
        follower, watcher = await follower_of(headset, datetime.now(UTC), {0: 5})
        await headset.finish()
        await asyncio.wait_for(follower.run(), 20)
        assert [pb.WatchSessionResponse.FromString(u[1]).HasField("ended") for u in watcher.take() if u] == [True]


class TestWaiting:
    async def test_heartbeats_while_nothing_happens(self, harness, query, headset, reader, monkeypatch):
        monkeypatch.setattr(watch, "HEARTBEAT_SECONDS", 0.1)
        call = query.WatchSession(
            pb.WatchSessionRequest(session_id=headset.session_id), metadata=harness.metadata(reader)
        )
        for _ in range(3):
            update = await asyncio.wait_for(call.read(), 60)
            assert update.WhichOneof("update") == "heartbeat"
        call.cancel()
