"""Nothing disappears silently: everything sent is stored, a duplicate, rejected, or refused with a reason."""

import contextlib
import random

import grpc
import pytest

from doorstep.telemetry.v1 import telemetry_query_service_pb2 as read
from doorstep.vr.v1 import ingest_service_pb2 as pb
from doorstep.vr.v1 import tracking_pb2 as t
from services.telemetry.repository import refusals
from tests.telemetry.headset import event, pose


@pytest.fixture
def account_of(harness, query, headset, reader):
    """Asks for the account of the headset's session."""

    async def ask(token=reader):
        request = read.GetIngestAccountingRequest(session_id=headset.session_id)
        return (await harness.call(query.GetIngestAccounting, request, token)).accounting

    return ask


def by_reason(account):
    return {r.reason: (r.batch_count, r.event_count) for r in account.refused}


WRONG = {
    t.REFUSAL_REASON_EMPTY: {},
    t.REFUSAL_REASON_MALFORMED: {"pose": t.PoseTrack(time_us=[1, 2], orientation_w=[1])},
    t.REFUSAL_REASON_TOO_LARGE: {"events": [t.Event()] * 1001},
    t.REFUSAL_REASON_INVALID: {"part": 0, "events": [t.Event()] * 3},
}
EVENTS = {
    t.REFUSAL_REASON_EMPTY: 0,
    t.REFUSAL_REASON_MALFORMED: 2,
    t.REFUSAL_REASON_TOO_LARGE: 1001,
    t.REFUSAL_REASON_INVALID: 3,
}


def wrong(headset, reason):
    return headset.batch(**{"part": 1, **WRONG[reason]})


async def test_batches_refused_whole_are_in_the_account(headset):
    for reason in WRONG:
        for _ in range(2):
            assert (await headset.write(wrong(headset, reason))).refusal == reason
    stranger = headset.batch(part=1, events=[event()])
    stranger.session_id = "00000000-0000-0000-0000-000000000000"
    assert (await headset.write(stranger)).refusal == t.REFUSAL_REASON_INVALID
    await headset.call.write(pb.ConnectRequest(hello=pb.Hello(session_id="x")))  # no batch: counts for nothing
    assert (await headset.receive()).notice.reason == t.REFUSAL_REASON_HELLO_EXPECTED
    await headset.write(headset.batch(part=1, events=[event(), t.Event()]))
    account = (await headset.finish(recorded=10)).accounting
    expected = {reason: (2, 2 * EVENTS[reason]) for reason in WRONG}
    expected[t.REFUSAL_REASON_INVALID] = (3, 2 * 3 + 1)
    assert by_reason(account) == expected
    assert account.refused_count == sum(events for _, events in expected.values())
    assert account.received_count == 2 + account.refused_count
    # What was refused is not excused: it is missing unless it came in another batch.
    assert account.missing_count == 8


async def test_what_cannot_be_read_counts_as_a_batch(harness, headset):
    raw = harness.channel.stream_stream("/doorstep.vr.v1.IngestService/Connect")
    call = raw(metadata=headset.metadata)
    hello = pb.Hello(session_id=headset.session_id, property_id=headset.property_id, coordinate_system=1)
    await call.write(pb.ConnectRequest(hello=hello).SerializeToString())
    await call.read()
    await call.write(b"\xff\xff\xff")
    assert pb.ConnectResponse.FromString(await call.read()).notice.reason == t.REFUSAL_REASON_MALFORMED
    call.cancel()
    assert by_reason((await headset.finish()).accounting) == {t.REFUSAL_REASON_MALFORMED: (1, 0)}


async def test_what_comes_after_the_end_is_counted_too(headset, ingest, account_of):
    await headset.write(headset.batch(events=[event()]))
    await headset.finish()
    again = headset.resume()
    await again.connect()
    late = again.batch(part=2, events=[event()] * 5)
    assert (await again.write(late)).refusal == t.REFUSAL_REASON_SESSION_ENDED
    again.cut()
    with pytest.raises(grpc.aio.AioRpcError):
        await ingest.IngestBatch(pb.IngestBatchRequest(batch=late), metadata=headset.metadata)
    account = await account_of()
    assert by_reason(account) == {t.REFUSAL_REASON_SESSION_ENDED: (2, 10)}
    assert (account.stored_count, account.received_count) == (1, 11)


async def test_what_is_to_be_sent_again_is_counted_when_it_comes_again(headset):
    assert (await headset.write(headset.batch(part=2, events=[event()]))).refusal == t.REFUSAL_REASON_OUT_OF_ORDER
    await headset.write(headset.batch(part=1, events=[event()]))
    await headset.write(headset.batch(part=2, events=[event()]))
    account = (await headset.finish()).accounting
    assert (account.received_count, account.stored_count, account.refused_count) == (2, 2, 0)


@pytest.mark.parametrize("seed", range(3))
async def test_everything_sent_meets_exactly_one_end(headset, ingest, account_of, seed):
    """Good, repeated, partly bad and refused batches in any order, by stream and by single calls."""
    dice = random.Random(seed)
    sent, parts = 0, []
    for _ in range(60):
        match dice.choice(("good", "good", "again", "bad", "wrong")):
            case "good":
                batch = headset.batch(events=[event()] * dice.randint(0, 3), pose=pose(dice.randint(1, 20)))
                parts.append(batch)
            case "bad":
                batch = headset.batch(events=[t.Event(), event()])
                parts.append(batch)
            case "again" if parts:
                batch = dice.choice(parts)
            case _:
                batch = wrong(headset, dice.choice(list(WRONG)))
        sent += len(batch.events) + len(batch.pose.time_us)
        if dice.random() < 0.5:
            await headset.write(batch)
        else:
            with contextlib.suppress(grpc.aio.AioRpcError):
                await ingest.IngestBatch(pb.IngestBatchRequest(batch=batch), metadata=headset.metadata)
    account = await account_of()
    assert account.received_count == sent
    ends = (account.stored_count, account.duplicate_count, account.rejected_count, account.refused_count)
    assert sum(ends) == sent
    assert min(ends) > 0
    assert (await headset.finish()).accounting == account


async def test_nonsense_makes_numbers_grow_and_not_tables(headset, rows):
    for _ in range(300):
        await headset.send(batch=headset.batch(part=1))
    for _ in range(300):
        assert (await headset.receive()).ack.refusal == t.REFUSAL_REASON_EMPTY
    found = await rows.fetch(
        "SELECT reason, batches FROM telemetry.refusals JOIN telemetry.sessions USING (organization_id, session_key) "
        "WHERE session_id = $1",
        headset.session_id,
    )
    assert [tuple(r) for r in found] == [(t.REFUSAL_REASON_EMPTY, 300)]


async def test_counts_outlast_a_database_that_is_away(headset, monkeypatch):
    monkeypatch.setattr(refusals, "PATIENCE", 0.05)
    monkeypatch.setattr(refusals, "PAUSE", 0.2)
    write = refusals.Refusals._write
    failures = iter([ConnectionError("away")] * 2)

    async def sometimes(self, counts):
        for failure in failures:
            raise failure
        await write(self, counts)

    monkeypatch.setattr(refusals.Refusals, "_write", sometimes)
    for _ in range(2):
        assert (await headset.write(wrong(headset, t.REFUSAL_REASON_EMPTY))).refusal == t.REFUSAL_REASON_EMPTY
    monkeypatch.setattr(refusals, "PATIENCE", 30.0)
    await headset.write(wrong(headset, t.REFUSAL_REASON_EMPTY))
    assert by_reason((await headset.finish()).accounting) == {t.REFUSAL_REASON_EMPTY: (3, 0)}


async def test_counts_whose_answer_was_lost_are_counted_once(headset, monkeypatch):
    monkeypatch.setattr(refusals, "PAUSE", 0.0)
    write = refusals.Refusals._write
    failures = iter([ConnectionError("answer lost")] * 2)

    async def unheard(self, counts):
        await write(self, counts)
        for failure in failures:
            raise failure

    monkeypatch.setattr(refusals.Refusals, "_write", unheard)
    for _ in range(3):
        assert (await headset.write(wrong(headset, t.REFUSAL_REASON_EMPTY))).refusal == t.REFUSAL_REASON_EMPTY
    assert by_reason((await headset.finish()).accounting) == {t.REFUSAL_REASON_EMPTY: (3, 0)}


async def test_counting_leaves_no_more_than_a_row(headset, rows):
    for _ in range(5):
        await headset.write(headset.batch(part=1, events=[event()]))
        await headset.write(wrong(headset, t.REFUSAL_REASON_EMPTY))
    kept = await rows.fetchval("SELECT count(*) FROM telemetry.inbox WHERE subscriber = 'telemetry.counts'")
    for _ in range(20):
        await headset.write(headset.batch(part=1, events=[event()]))
        await headset.write(wrong(headset, t.REFUSAL_REASON_EMPTY))
    assert await rows.fetchval("SELECT count(*) FROM telemetry.inbox WHERE subscriber = 'telemetry.counts'") == kept


async def test_another_organisation_does_not_see_the_account(headset, account_of, stranger):
    await headset.write(wrong(headset, t.REFUSAL_REASON_EMPTY))
    with pytest.raises(grpc.aio.AioRpcError) as error:
        await account_of(stranger)
    assert error.value.code() is grpc.StatusCode.NOT_FOUND
