"""Streams, batches, and the promise: an acknowledgement means committed, exactly once."""

import asyncio
import math
from uuid import uuid4

import grpc
import pytest

from doorstep.vr.v1 import ingest_service_pb2 as pb
from doorstep.vr.v1 import tracking_pb2 as t
from services.chassis.testing.errors import Refusal
from services.telemetry import wire
from tests.telemetry.headset import Headset, event, gaze, now_us, pose


def assert_error(error, code, reason):
    refusal = Refusal.of(error)
    assert (refusal.code, refusal.reason) == (code, reason)


SESSION = "(SELECT session_key FROM telemetry.sessions WHERE session_id = $1)"


async def stored(rows, headset):
    """What Postgres holds: (samples in chunks, events, rejected events, sum of positions, duplicates)."""
    return tuple(
        await rows.fetchrow(
            f"""SELECT
            (SELECT coalesce(sum(samples), 0) FROM telemetry.sample_chunks WHERE session_key = {SESSION}),
            (SELECT count(*) FROM telemetry.events WHERE session_key = {SESSION}),
            (SELECT count(*) FROM telemetry.rejected_events WHERE session_key = {SESSION}),
            (SELECT coalesce(sum(stored), 0) FROM telemetry.positions WHERE session_key = {SESSION}),
            (SELECT coalesce(sum(duplicate), 0) FROM telemetry.positions WHERE session_key = {SESSION})""",
            headset.session_id,
        )
    )


class TestStream:
    async def test_acknowledged_means_committed(self, headset, rows):
        batch = headset.batch(
            events=[event(t.EVENT_KIND_ZONE_ENTER, zone="kitchen"), event(object="oven")],
            pose=pose(90),
            gaze=gaze(90),
            zones=["kitchen"],
        )
        ack = await headset.write(batch)
        assert ack.outcome == t.BATCH_OUTCOME_STORED
        assert (ack.part, ack.durable_part, ack.stored_count, ack.rejected_count) == (1, 1, 182, 0)
        assert await stored(rows, headset) == (180, 2, 0, 182, 0)

    async def test_coordinates_are_stored_in_our_axes(self, headset, rows):
        await headset.write(headset.batch(pose=pose(3), events=[event(x=100.0, y=200.0, z=300.0)]))
        data = await rows.fetchval(
            f"SELECT data FROM telemetry.sample_chunks WHERE session_key = {SESSION}", headset.session_id
        )
        columns = wire.decode_pose(data)
        # Unreal (x cm ahead, 160 cm up) is (0, 1.6, -x m) here.
        assert [round(float(c[2]), 4) for c in columns[1:4]] == [0.0, 1.6, -0.02]
        x, y, z = await rows.fetchrow(
            f"SELECT x, y, z FROM telemetry.events WHERE session_key = {SESSION}", headset.session_id
        )
        assert (x, y, z) == (2.0, 3.0, -1.0)

    async def test_rollups_are_what_the_samples_add_up_to(self, headset, rows):
        for _ in range(3):
            await headset.write(
                headset.batch(gaze=gaze(100, zone=1, thing=2), zones=["hall"], objects=["lamp", "mirror"])
            )
        found = await rows.fetch(
            f"""SELECT n.kind, n.name, r.gaze_samples, r.gaze_us FROM telemetry.rollups r
            JOIN telemetry.names n USING (organization_id, name_id) WHERE session_key = {SESSION} ORDER BY 1""",
            headset.session_id,
        )
        assert [tuple(r) for r in found] == [(1, "hall", 300, 3_000_000), (2, "mirror", 300, 3_000_000)]

    async def test_pipelined_batches_are_answered_in_order(self, headset, rows):
        for _ in range(200):
            await headset.send(batch=headset.batch(events=[event()]))
        acks = [(await headset.receive()).ack for _ in range(200)]
        assert [a.part for a in acks] == list(range(1, 201))
        assert {a.outcome for a in acks} == {t.BATCH_OUTCOME_STORED}
        assert await stored(rows, headset) == (0, 200, 0, 200, 0)

    async def test_everything_sent_twice_is_stored_once(self, headset, rows):
        batches = [headset.batch(pose=pose(10), events=[event()]) for _ in range(20)]
        for batch in batches:
            assert (await headset.write(batch)).outcome == t.BATCH_OUTCOME_STORED
        for batch in reversed(batches):
            ack = await headset.write(batch)
            assert (ack.outcome, ack.duplicate_count, ack.durable_part) == (t.BATCH_OUTCOME_DUPLICATE, 11, 20)
        assert await stored(rows, headset) == (200, 20, 0, 220, 220)

    async def test_resent_over_another_connection_at_the_same_time(self, headset, rows):
        second = headset.resume()
        await second.connect()
        batches = [headset.batch(events=[event()]) for _ in range(50)]
        for batch in batches:
            await headset.send(batch=batch)
            await second.send(batch=batch)
        outcomes = [(await one.receive()).ack for one in (headset, second) for _ in batches]
        assert sum(a.outcome == t.BATCH_OUTCOME_STORED for a in outcomes) >= 50
        assert all(a.outcome != t.BATCH_OUTCOME_REFUSED or a.refusal == t.REFUSAL_REASON_OUT_OF_ORDER for a in outcomes)
        _, events, _, counted, _ = await stored(rows, headset)
        assert events == counted == 50
        second.cut()

    async def test_resume_says_where_to_go_on(self, headset):
        for stream in (0, 7):
            for _ in range(3):
                await headset.write(headset.batch(stream=stream, events=[event()]))
        headset.cut()
        again = headset.resume()
        welcome = await again.connect()
        assert welcome.resumed
        assert [(p.stream, p.durable_part) for p in welcome.positions] == [(0, 3), (7, 3)]
        assert (await again.write(again.batch(events=[event()]))).part == 4
        again.cut()

    async def test_out_of_order_is_refused_with_the_part_to_go_on_from(self, headset, rows):
        await headset.write(headset.batch(events=[event()]))
        ack = await headset.write(headset.batch(part=5, events=[event()]))
        assert (ack.outcome, ack.refusal) == (t.BATCH_OUTCOME_REFUSED, t.REFUSAL_REASON_OUT_OF_ORDER)
        assert ack.durable_part == 1
        assert (await headset.write(headset.batch(part=2, events=[event()]))).outcome == t.BATCH_OUTCOME_STORED
        assert (await stored(rows, headset))[1] == 2

    async def test_bad_samples_are_rejected_one_by_one_and_kept(self, headset, rows):
        track = pose(10)
        track.orientation_w[3] = math.nan
        track.time_us[5] = now_us() + 3_600_000_000
        ack = await headset.write(headset.batch(pose=track, events=[event(), t.Event(time_us=1, zone="a\0b")]))
        assert (ack.outcome, ack.stored_count, ack.rejected_count) == (t.BATCH_OUTCOME_STORED, 9, 3)
        assert {(r.column, r.index, r.reason) for r in ack.rejections} == {
            (t.BATCH_COLUMN_POSE, 3, t.REJECTION_REASON_NOT_FINITE),
            (t.BATCH_COLUMN_POSE, 5, t.REJECTION_REASON_TIME_IN_FUTURE),
            (t.BATCH_COLUMN_EVENTS, 1, t.REJECTION_REASON_KIND_MISSING),
        }
        assert await stored(rows, headset) == (8, 1, 3, 9, 0)

    async def test_a_batch_of_rejects_advances_the_stream(self, headset, rows):
        ack = await headset.write(headset.batch(events=[t.Event()]))
        assert (ack.outcome, ack.stored_count, ack.rejected_count, ack.durable_part) == (
            t.BATCH_OUTCOME_STORED,
            0,
            1,
            1,
        )

    @pytest.mark.parametrize(
        ("fields", "refusal"),
        [
            ({}, t.REFUSAL_REASON_EMPTY),
            ({"pose": t.PoseTrack(time_us=[1, 2], orientation_w=[1])}, t.REFUSAL_REASON_MALFORMED),
            ({"events": [t.Event()] * 1001}, t.REFUSAL_REASON_TOO_LARGE),
            ({"stream": 300, "events": [t.Event()]}, t.REFUSAL_REASON_INVALID),
            ({"part": 0, "events": [t.Event()]}, t.REFUSAL_REASON_INVALID),
        ],
    )
    async def test_a_batch_that_breaks_the_form_is_refused_whole(self, headset, rows, fields, refusal):
        ack = await headset.write(headset.batch(**fields))
        assert (ack.outcome, ack.refusal) == (t.BATCH_OUTCOME_REFUSED, refusal)
        assert ack.message
        assert await stored(rows, headset) == (0, 0, 0, 0, 0)
        assert (await headset.write(headset.batch(part=1, events=[event()]))).outcome == t.BATCH_OUTCOME_STORED

    async def test_garbage_is_answered_and_the_stream_goes_on(self, harness, headset, device, organization):
        raw = harness.channel.stream_stream("/doorstep.vr.v1.IngestService/Connect")
        call = raw(metadata=device(organization))
        await call.write(b"\xff\xff\xff")
        notice = pb.ConnectResponse.FromString(await call.read()).notice
        assert notice.reason == t.REFUSAL_REASON_MALFORMED
        assert not notice.closing
        call.cancel()

    @pytest.mark.parametrize("compression", [None, grpc.Compression.Gzip])
    async def test_a_message_that_is_too_long_ends_the_stream(self, harness, headset, rows, compression):
        """Long after decompression: a bomb of a few kilobytes is not unpacked."""
        await headset.write(headset.batch(events=[event()]))
        raw = harness.channel.stream_stream("/doorstep.vr.v1.IngestService/Connect")
        call = raw(metadata=headset.metadata, compression=compression)
        await call.write(b"\0" * (5 << 20))
        with pytest.raises(grpc.aio.AioRpcError) as error:
            await call.read()
        assert error.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
        assert (await headset.write(headset.batch(events=[event()]))).outcome == t.BATCH_OUTCOME_STORED

    async def test_hello_comes_first(self, harness, device, organization):
        one = Headset(harness.channel, device(organization))
        from doorstep.vr.v1 import ingest_service_pb2_grpc

        one.call = ingest_service_pb2_grpc.IngestServiceStub(harness.channel).Connect(metadata=one.metadata)
        await one.send()  # nothing chosen: TurboLink sends `none`
        await one.send(batch=one.batch(events=[event()]))
        notice = (await one.receive()).notice
        assert (notice.reason, notice.closing) == (t.REFUSAL_REASON_HELLO_EXPECTED, True)
        assert await one.call.read() is grpc.aio.EOF

    @pytest.mark.parametrize("wrong", [{"session_id": "x"}, {"property_id": ""}, {"coordinate_system": 0}])
    async def test_hello_is_checked(self, harness, device, organization, wrong):
        one = Headset(harness.channel, device(organization))
        from doorstep.vr.v1 import ingest_service_pb2_grpc

        one.call = ingest_service_pb2_grpc.IngestServiceStub(harness.channel).Connect(metadata=one.metadata)
        good = {"session_id": one.session_id, "property_id": one.property_id, "coordinate_system": 1}
        await one.send(hello=pb.Hello(**good | wrong))
        notice = (await one.receive()).notice
        assert (notice.reason, notice.closing) == (t.REFUSAL_REASON_INVALID, True)
        assert next(iter(wrong)) in notice.message

    async def test_session_of_another_property_is_a_conflict(self, harness, headset):
        other = headset.resume()
        other.property_id = str(uuid4())
        with pytest.raises(AssertionError, match="SESSION_CONFLICT"):
            await other.connect()

    async def test_the_same_id_in_another_organisation_is_another_session(self, harness, headset, device, rows):
        await headset.write(headset.batch(events=[event()]))
        other = headset.resume()
        other.metadata = device(uuid4())
        welcome = await other.connect()
        assert not welcome.resumed
        assert (await other.write(other.batch(events=[event()]))).outcome == t.BATCH_OUTCOME_STORED
        found = await rows.fetch(
            """SELECT organization_id FROM telemetry.sessions JOIN telemetry.events USING (organization_id, session_key)
            WHERE session_id = $1""",
            headset.session_id,
        )
        assert len({r[0] for r in found}) == len(found) == 2
        other.cut()

    async def test_finish_accounts_for_everything(self, headset, rows):
        await headset.write(headset.batch(pose=pose(10)))
        await headset.write(headset.batch(part=1, pose=pose(10)))
        await headset.write(headset.batch(events=[event(), t.Event()]))
        finished = await headset.finish(recorded=15)
        account = finished.accounting
        assert (account.stored_count, account.duplicate_count, account.rejected_count) == (11, 10, 1)
        assert account.received_count == 22
        assert (account.declared_count, account.missing_count) == (15, 3)
        payload = await rows.fetchval(
            "SELECT count(*) FROM telemetry.outbox WHERE type LIKE '%SessionEnded' AND key = $1", headset.property_id
        )
        assert payload == 1

    async def test_an_ended_session_takes_no_more_but_knows_its_duplicates(self, headset, rows):
        await headset.write(headset.batch(events=[event()]))
        await headset.finish()
        again = headset.resume()
        await again.connect()
        assert (await again.write(again.batch(part=1, events=[event()]))).outcome == t.BATCH_OUTCOME_DUPLICATE
        for stream, part in ((0, 2), (9, 1)):
            ack = await again.write(again.batch(stream=stream, part=part, events=[event()]))
            assert (ack.outcome, ack.refusal) == (t.BATCH_OUTCOME_REFUSED, t.REFUSAL_REASON_SESSION_ENDED)
        again.cut()


class TestUnary:
    async def start(self, ingest, metadata, **fields):
        request = pb.StartSessionRequest(**{"property_id": str(uuid4()), "coordinate_system": 2, **fields})
        return (await ingest.StartSession(request, metadata=metadata)).welcome

    async def test_start_batch_end(self, ingest, device, organization):
        who = device(organization)
        welcome = await self.start(ingest, who)
        batch = t.TrackingBatch(session_id=welcome.session_id, part=1, events=[event()])
        first = await ingest.IngestBatch(pb.IngestBatchRequest(batch=batch), metadata=who)
        again = await ingest.IngestBatch(pb.IngestBatchRequest(batch=batch), metadata=who)
        assert (first.ack.outcome, again.ack.outcome) == (t.BATCH_OUTCOME_STORED, t.BATCH_OUTCOME_DUPLICATE)
        ended = await ingest.EndSession(pb.EndSessionRequest(session_id=welcome.session_id), metadata=who)
        twice = await ingest.EndSession(pb.EndSessionRequest(session_id=welcome.session_id), metadata=who)
        assert ended.finished == twice.finished
        assert ended.finished.accounting.received_count == 2

    async def test_concurrent_copies_of_one_batch(self, ingest, device, organization, rows):
        who = device(organization)
        welcome = await self.start(ingest, who)
        batch = t.TrackingBatch(session_id=welcome.session_id, part=1, events=[event()])
        answers = await asyncio.gather(
            *(ingest.IngestBatch(pb.IngestBatchRequest(batch=batch), metadata=who) for _ in range(20))
        )
        outcomes = [a.ack.outcome for a in answers]
        assert outcomes.count(t.BATCH_OUTCOME_STORED) == 1
        assert outcomes.count(t.BATCH_OUTCOME_DUPLICATE) == 19
        account = await ingest.EndSession(pb.EndSessionRequest(session_id=welcome.session_id), metadata=who)
        assert account.finished.accounting.received_count == 20

    @pytest.mark.parametrize(
        ("fields", "expected"),
        [
            ({}, (grpc.StatusCode.INVALID_ARGUMENT, "BATCH_EMPTY")),
            ({"events": [t.Event()] * 1001}, (grpc.StatusCode.INVALID_ARGUMENT, "BATCH_TOO_LARGE")),
            ({"pose": t.PoseTrack(time_us=[1])}, (grpc.StatusCode.INVALID_ARGUMENT, "BATCH_MALFORMED")),
            ({"part": 0, "events": [t.Event()]}, (grpc.StatusCode.INVALID_ARGUMENT, "INVALID_FIELDS")),
            ({"session_id": "nonsense", "events": [t.Event()]}, (grpc.StatusCode.INVALID_ARGUMENT, "INVALID_FIELDS")),
            ({"session_id": str(uuid4()), "events": [t.Event()]}, (grpc.StatusCode.NOT_FOUND, "SESSION_NOT_FOUND")),
        ],
    )
    async def test_refused(self, ingest, device, organization, fields, expected):
        who = device(organization)
        welcome = await self.start(ingest, who)
        batch = t.TrackingBatch(**{"session_id": welcome.session_id, "part": 1, **fields})
        with pytest.raises(grpc.aio.AioRpcError) as error:
            await ingest.IngestBatch(pb.IngestBatchRequest(batch=batch), metadata=who)
        assert_error(error.value, *expected)

    async def test_after_the_end(self, ingest, device, organization):
        who = device(organization)
        welcome = await self.start(ingest, who)
        await ingest.EndSession(pb.EndSessionRequest(session_id=welcome.session_id), metadata=who)
        batch = t.TrackingBatch(session_id=welcome.session_id, part=1, events=[event()])
        with pytest.raises(grpc.aio.AioRpcError) as error:
            await ingest.IngestBatch(pb.IngestBatchRequest(batch=batch), metadata=who)
        assert_error(error.value, grpc.StatusCode.FAILED_PRECONDITION, "SESSION_ENDED")

    async def test_garbage(self, harness, device, organization):
        call = harness.channel.unary_unary("/doorstep.vr.v1.IngestService/IngestBatch")
        with pytest.raises(grpc.aio.AioRpcError) as error:
            await call(b"\xff\xff", metadata=device(organization))
        assert_error(error.value, grpc.StatusCode.INVALID_ARGUMENT, "BATCH_MALFORMED")

    async def test_sessions_of_others_cannot_be_written_or_ended(self, ingest, device, organization):
        welcome = await self.start(ingest, device(organization))
        other = device(uuid4())
        batch = t.TrackingBatch(session_id=welcome.session_id, part=1, events=[event()])
        for call, request in (
            (ingest.IngestBatch, pb.IngestBatchRequest(batch=batch)),
            (ingest.EndSession, pb.EndSessionRequest(session_id=welcome.session_id)),
        ):
            with pytest.raises(grpc.aio.AioRpcError) as error:
                await call(request, metadata=other)
            assert_error(error.value, grpc.StatusCode.NOT_FOUND, "SESSION_NOT_FOUND")

    @pytest.mark.parametrize(
        ("permissions", "code"),
        [(frozenset(), grpc.StatusCode.PERMISSION_DENIED), (None, grpc.StatusCode.UNAUTHENTICATED)],
    )
    async def test_without_the_right(self, ingest, harness, device, permissions, code):
        who = device(uuid4(), permissions) if permissions is not None else None
        with pytest.raises(grpc.aio.AioRpcError) as error:
            await self.start(ingest, who)
        assert error.value.code() is code
        one = Headset(harness.channel, who or [])
        with pytest.raises(grpc.aio.AioRpcError) as error:
            await one.connect()
        assert error.value.code() is code

    async def test_ending_before_the_start_or_in_the_future(self, ingest, device, organization):
        who = device(organization)
        welcome = await self.start(ingest, who)
        for ended in (1, now_us() + 120_000_000):
            with pytest.raises(grpc.aio.AioRpcError) as error:
                await ingest.EndSession(
                    pb.EndSessionRequest(session_id=welcome.session_id, ended_at_us=ended), metadata=who
                )
            assert_error(error.value, grpc.StatusCode.INVALID_ARGUMENT, "INVALID_FIELDS")


class TestTrouble:
    async def test_connections_to_postgres_are_cut(self, headset, rows):
        """Whether a statement was committed is found out, not guessed: nothing is lost, nothing counted twice."""
        batches = [headset.batch(events=[event(name=str(n))], pose=pose(5)) for n in range(120)]

        async def cut():
            for _ in range(6):
                await asyncio.sleep(0.05)
                await rows.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE application_name = 'doorstep-committer' AND datname = current_database()"
                )

        cutting = asyncio.create_task(cut())
        n = 0
        while n < len(batches):
            await headset.send(batch=batches[n])
            ack = (await headset.receive()).ack
            if ack.outcome == t.BATCH_OUTCOME_REFUSED:
                assert ack.refusal == t.REFUSAL_REASON_UNAVAILABLE
                assert ack.retry_after_ms > 0
                continue
            n += 1
            await asyncio.sleep(0.004)
        await cutting
        assert await stored(rows, headset) == (600, 120, 0, 720, 0)

    async def test_a_full_house_is_told_in_band_and_recovers(self, harness, headset, rows, monkeypatch):
        from services.telemetry.operations import ingest as module

        monkeypatch.setattr(module, "MAX_IN_FLIGHT", 0)
        monkeypatch.setattr(module, "ROOM_TIMEOUT", 0.05)
        ack = await headset.write(headset.batch(events=[event()]))
        assert (ack.outcome, ack.refusal) == (t.BATCH_OUTCOME_REFUSED, t.REFUSAL_REASON_OVERLOADED)
        assert ack.retry_after_ms == 1000
        monkeypatch.undo()
        assert (await headset.write(headset.batch(part=1, events=[event()]))).outcome == t.BATCH_OUTCOME_STORED

    async def test_a_full_house_is_told_to_unary_callers(self, harness, headset, ingest, device, monkeypatch):
        from services.telemetry.operations import ingest as module

        monkeypatch.setattr(module, "MAX_IN_FLIGHT", 0)
        monkeypatch.setattr(module, "ROOM_TIMEOUT", 0.05)
        request = pb.IngestBatchRequest(batch=headset.batch(events=[event()]))
        with pytest.raises(grpc.aio.AioRpcError) as error:
            await ingest.IngestBatch(request, metadata=headset.metadata)
        assert_error(error.value, grpc.StatusCode.RESOURCE_EXHAUSTED, "INGEST_OVERLOADED")
        assert Refusal.of(error.value).retry_after == 1

    async def test_a_process_with_a_stale_view_finds_out(self, headset, rows):
        """Another process has taken the session further: what it committed is a duplicate here, the rest goes on."""
        first = headset.batch(events=[event()])
        await headset.write(first)
        # As if parts 2 and 3 had been committed elsewhere.
        await rows.execute(
            f"UPDATE telemetry.positions SET last_part = 3, stored = stored + 2 WHERE session_key = {SESSION}",
            headset.session_id,
        )
        second = await headset.write(headset.batch(part=2, events=[event()]))
        assert (second.outcome, second.durable_part) == (t.BATCH_OUTCOME_DUPLICATE, 3)
        fourth = await headset.write(headset.batch(part=4, events=[event()]))
        assert (fourth.outcome, fourth.durable_part) == (t.BATCH_OUTCOME_STORED, 4)

    @staticmethod
    async def elsewhere(rows, headset, part):
        """As if another process had committed everything up to `part`."""
        await rows.execute(
            f"UPDATE telemetry.positions SET last_part = $2, stored = stored + 1 WHERE session_key = {SESSION}",
            headset.session_id,
            part,
        )

    async def test_a_headset_comes_back_to_a_process_that_it_had_left(self, headset, rows):
        """What this process remembers of the time before is behind what the welcome says."""
        await headset.write(headset.batch(events=[event()]))
        await self.elsewhere(rows, headset, 3)
        back = headset.resume()
        assert [(p.stream, p.durable_part) for p in (await back.connect()).positions] == [(0, 3)]
        for part in (4, 5):
            ack = await back.write(back.batch(part=part, events=[event()]))
            assert (ack.outcome, ack.durable_part) == (t.BATCH_OUTCOME_STORED, part)

    async def test_batches_go_to_one_process_and_another(self, headset, ingest, rows):
        """Calls are dealt out one by one: each process sees some parts and has to take the others for committed."""
        await headset.write(headset.batch(events=[event()]))
        for part in (4, 8):
            await self.elsewhere(rows, headset, part - 1)
            request = pb.IngestBatchRequest(batch=headset.batch(part=part, events=[event()]))
            ack = (await ingest.IngestBatch(request, metadata=headset.metadata)).ack
            assert (ack.outcome, ack.durable_part) == (t.BATCH_OUTCOME_STORED, part)
        beyond = pb.IngestBatchRequest(batch=headset.batch(part=10, events=[event()]))
        ack = (await ingest.IngestBatch(beyond, metadata=headset.metadata)).ack
        assert (ack.refusal, ack.durable_part) == (t.REFUSAL_REASON_OUT_OF_ORDER, 8)

    async def test_a_session_that_ended_elsewhere_is_known_to_have_ended(self, headset, rows):
        """A part out of order must not be asked for again of a session that takes nothing any more."""
        await headset.write(headset.batch(events=[event()]))
        await rows.execute(
            f"UPDATE telemetry.positions SET closed = true WHERE session_key = {SESSION}", headset.session_id
        )
        ack = await headset.write(headset.batch(part=5, events=[event()]))
        assert ack.refusal == t.REFUSAL_REASON_SESSION_ENDED

    async def test_many_headsets_at_once(self, harness, device, organization, rows):
        who = device(organization)
        headsets = [Headset(harness.channel, who) for _ in range(100)]

        async def visit(one):
            await one.connect()
            for _ in range(5):
                ack = await one.write(one.batch(pose=pose(20), events=[event(object="door")]))
                assert ack.outcome == t.BATCH_OUTCOME_STORED
            return (await one.finish()).accounting

        accounts = await asyncio.gather(*(visit(one) for one in headsets))
        assert {(a.received_count, a.stored_count) for a in accounts} == {(105, 105)}
        found = await rows.fetchval("SELECT count(*) FROM telemetry.events WHERE organization_id = $1", organization)
        assert found == 500

    async def test_partitions_are_made_ahead(self, rows):
        days = await rows.fetchval(
            "SELECT count(*) FROM pg_inherits WHERE inhparent = 'telemetry.sample_chunks'::regclass"
        )
        assert days >= 8
        assert await rows.fetchval("SELECT telemetry.create_partitions(current_date + 30, 1)") == 3
        assert await rows.fetchval("SELECT telemetry.create_partitions(current_date - 500, 1)") == 3
        assert await rows.fetchval("SELECT telemetry.drop_partitions(current_date - 400)") == 3
