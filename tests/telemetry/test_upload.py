"""Many batches over one call with one answer, and signs of life without a stream."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import grpc
import pytest

from doorstep.vr.v1 import ingest_service_pb2 as pb
from doorstep.vr.v1 import tracking_pb2 as t
from services.chassis.actor import SYSTEM
from services.chassis.testing.errors import Refusal
from services.telemetry.repository.session import SessionRepository
from services.telemetry.servicer import stream
from tests.telemetry.headset import Headset, as_turbolink, event, now_us, pose


def request(batch):
    return as_turbolink(pb.IngestBatchesRequest(batch=batch))


async def upload(ingest, headset, batches):
    return await ingest.IngestBatches([request(b) for b in batches], metadata=headset.metadata)


class TestIngestBatches:
    async def test_stores_in_order_and_answers_once(self, ingest, headset):
        batches = [headset.batch(stream=n % 2, events=[event()], pose=pose(9)) for n in range(200)]
        batches[50].events[0].time_us = 0
        answer = await upload(ingest, headset, batches)
        assert (answer.committed_count, answer.refused_count) == (200, 0)
        assert (answer.stored_count, answer.duplicate_count, answer.rejected_count) == (1999, 0, 1)
        assert [(p.stream, p.durable_part) for p in answer.positions] == [(0, 100), (1, 100)]
        assert answer.first_refused.outcome == t.BATCH_OUTCOME_UNSPECIFIED
        account = (await headset.finish()).accounting
        assert (account.received_count, account.stored_count, account.rejected_count) == (2000, 1999, 1)

    async def test_everything_may_be_sent_again(self, ingest, headset):
        batches = [headset.batch(events=[event()]) for _ in range(100)]
        await upload(ingest, headset, batches[:60])
        again = await upload(ingest, headset, batches)
        assert (again.committed_count, again.stored_count, again.duplicate_count) == (100, 40, 60)

    async def test_at_the_same_time_as_the_stream(self, ingest, headset):
        batches = [headset.batch(events=[event()]) for _ in range(50)]
        answer, *acks = await asyncio.gather(upload(ingest, headset, batches), self.stream(headset, batches))
        stored = answer.stored_count + sum(a.stored_count for a in acks[0])
        assert stored == 50
        assert (await headset.finish()).accounting.stored_count == 50

    async def stream(self, headset, batches):
        for batch in batches:
            await headset.send(batch=batch)
        return [(await headset.receive()).ack for _ in batches]

    async def test_a_refused_batch_stops_its_own_stream_only(self, ingest, headset):
        batches = [
            headset.batch(part=1, events=[event()]),
            headset.batch(part=2),
            headset.batch(part=3, events=[event()]),
            headset.batch(stream=7, part=1, events=[event()]),
        ]
        answer = await upload(ingest, headset, batches)
        assert (answer.committed_count, answer.refused_count, answer.stored_count) == (2, 2, 2)
        refused = answer.first_refused
        assert (refused.part, refused.refusal, refused.durable_part) == (2, t.REFUSAL_REASON_EMPTY, 1)
        assert [(p.stream, p.durable_part) for p in answer.positions] == [(0, 1), (7, 1)]

    async def test_a_batch_of_another_session_or_none_at_all(self, harness, ingest, headset):
        stray = headset.batch(stream=1, events=[event()])
        stray.session_id = str(uuid4())
        good = headset.batch(events=[event()])
        unnamed = headset.batch(events=[event()])
        unnamed.session_id = ""
        answer = await upload(ingest, headset, [good, stray, unnamed])
        assert (answer.committed_count, answer.refused_count) == (2, 1)
        assert answer.first_refused.refusal == t.REFUSAL_REASON_INVALID
        raw = harness.channel.stream_unary("/doorstep.vr.v1.IngestService/IngestBatches")
        first = request(headset.batch(part=1, events=[event()])).SerializeToString()
        found = pb.IngestBatchesResponse.FromString(await raw([first, b"\xff\xff"], metadata=headset.metadata))
        assert (found.committed_count, found.first_refused.refusal) == (1, t.REFUSAL_REASON_MALFORMED)

    @pytest.mark.parametrize("first", [None, b"\xff", pb.IngestBatchesRequest().SerializeToString()])
    async def test_the_first_batch_names_the_session(self, harness, headset, first):
        raw = harness.channel.stream_unary("/doorstep.vr.v1.IngestService/IngestBatches")
        with pytest.raises(grpc.aio.AioRpcError) as error:
            await raw([] if first is None else [first], metadata=headset.metadata)
        assert Refusal.of(error.value).reason == "INVALID_FIELDS"

    async def test_sessions_of_others_are_not_there(self, ingest, headset, device):
        other = Headset(headset.channel, device(uuid4()), session_id=headset.session_id)
        with pytest.raises(grpc.aio.AioRpcError) as error:
            await upload(ingest, other, [other.batch(events=[event()])])
        assert Refusal.of(error.value).reason == "SESSION_NOT_FOUND"

    async def test_after_the_end(self, ingest, headset):
        await headset.finish()
        answer = await upload(ingest, headset, [headset.batch(events=[event()])])
        assert answer.first_refused.refusal == t.REFUSAL_REASON_SESSION_ENDED


class TestHeartbeat:
    async def test_measures_the_clock(self, ingest, headset, sessions, reader, harness):
        ahead = 3_000_000
        call = pb.HeartbeatRequest(session_id=headset.session_id, ping=pb.Ping(sent_at_us=now_us() + ahead))
        first = (await ingest.Heartbeat(as_turbolink(call), metadata=headset.metadata)).pong
        assert (first.sent_at_us, first.clock_offset_us) == (call.ping.sent_at_us, 0)
        call.ping.CopyFrom(
            pb.Ping(
                sent_at_us=now_us() + ahead,
                previous_sent_at_us=first.sent_at_us,
                previous_server_received_at_us=first.server_received_at_us,
                previous_server_sent_at_us=first.server_sent_at_us,
                previous_received_at_us=now_us() + ahead,
            )
        )
        second = (await ingest.Heartbeat(call, metadata=headset.metadata)).pong
        assert abs(second.clock_offset_us + ahead) <= second.clock_error_us
        # What was learnt stays, though a later heartbeat brings no new exchange.
        call.ping.Clear()
        third = (await ingest.Heartbeat(call, metadata=headset.metadata)).pong
        assert third.clock_offset_us == second.clock_offset_us

    async def test_only_a_session_that_lives(self, ingest, headset):
        await headset.finish()
        for session_id, reason in ((headset.session_id, "SESSION_ENDED"), (str(uuid4()), "SESSION_NOT_FOUND")):
            with pytest.raises(grpc.aio.AioRpcError) as error:
                await ingest.Heartbeat(pb.HeartbeatRequest(session_id=session_id), metadata=headset.metadata)
            assert Refusal.of(error.value).reason == reason

    @pytest.mark.parametrize("sign", ["heartbeat", "start", "ping", "batch", None])
    async def test_a_session_with_a_sign_of_life_is_not_abandoned(self, harness, ingest, headset, rows, sign):
        pinging = headset.resume()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(stream, "BEAT_SECONDS", 0)
            await pinging.connect()
        await rows.execute(
            "UPDATE telemetry.sessions SET create_time = now() - interval '9 hours', "
            "heartbeat_time = now() - interval '9 hours' WHERE session_id = $1",
            headset.session_id,
        )
        await rows.execute(
            "UPDATE telemetry.positions SET receive_time = now() - interval '9 hours' WHERE session_key = "
            "(SELECT session_key FROM telemetry.sessions WHERE session_id = $1)",
            headset.session_id,
        )
        match sign:
            case "heartbeat":
                await ingest.Heartbeat(pb.HeartbeatRequest(session_id=headset.session_id), metadata=headset.metadata)
            case "start":
                await headset.resume().connect()
            case "ping":
                await pinging.send(ping=pb.Ping(sent_at_us=now_us()))
                await pinging.receive()
            case "batch":
                await headset.write(headset.batch(events=[event()]))
        async with harness.resources.database("telemetry").read(SYSTEM) as tx:
            idle = await SessionRepository(tx).idle_since(datetime.now(UTC) - timedelta(hours=4), 1_000)
        assert (headset.session_id in {str(session_id) for _, session_id in idle}) == (sign is None)
        pinging.cut()
