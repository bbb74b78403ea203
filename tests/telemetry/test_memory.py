"""What a process holds for a headset that sends and does not listen."""

import asyncio
import gc

from doorstep.vr.v1 import tracking_pb2 as t
from services.telemetry.operations import ingest
from services.telemetry.servicer import stream
from tests.telemetry.headset import event, pose


def waiting(headset):
    """Answers that wait for a headset, as the process holds them."""
    return [
        step.pending
        for one in gc.get_objects()
        if isinstance(one, stream.Stream) and one._session_id == headset.session_id
        for step in one._answers._queue
        if isinstance(step, stream.Taken)
    ]


async def test_what_was_rejected_does_not_wait_with_the_answer(headset, monkeypatch):
    """It is in the database by then; the answer says how much it was, and why. Of it all a stream would hold 64 times
    the largest batch, beside the bound on what is on its way."""
    listening = asyncio.Event()

    async def until_listening(_name):
        await listening.wait()

    monkeypatch.setattr(stream, "failpoint", until_listening)  # after the first answer
    sent = 10
    for _ in range(sent):
        await headset.send(batch=headset.batch(events=[event(kind=99, properties={"p": "x" * 3000})] * 200))
    async with asyncio.timeout(20):
        while len(waiting(headset)) < sent - 1:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
        for pending in waiting(headset):
            await pending.item.outcome()
            assert pending.item.rejected == []
            assert [(rejected.index, rejected.payload) for rejected in pending.rejected] == [
                (n, {}) for n in range(200)
            ]
    listening.set()
    acks = [(await headset.receive()).ack for _ in range(sent)]
    assert {(a.outcome, a.rejected_count, len(a.rejections)) for a in acks} == {(t.BATCH_OUTCOME_STORED, 200, 100)}


async def test_small_events_count_for_what_they_take(headset, monkeypatch):
    """On the wire an event may be thirteen bytes, in the process twenty times that: the bound is on the process."""
    monkeypatch.setattr(ingest, "MAX_IN_FLIGHT", 100_000)
    monkeypatch.setattr(ingest, "ROOM_TIMEOUT", 0.05)
    good, bad, samples = (
        headset.batch(part=1, events=[event(kind=kind)] * 900) if kind else headset.batch(part=1, pose=pose(900))
        for kind in (t.EVENT_KIND_INTERACTION, 99, 0)
    )
    assert max(len(batch.SerializeToString()) for batch in (good, bad)) < len(samples.SerializeToString()) < 100_000
    for batch in (good, bad):
        assert (await headset.write(batch)).refusal == t.REFUSAL_REASON_OVERLOADED
    assert (await headset.write(samples)).outcome == t.BATCH_OUTCOME_STORED
    # Nothing of it is left behind.
    monkeypatch.setattr(ingest, "MAX_IN_FLIGHT", 900 * (ingest.OBJECT_BYTES + 50))
    for part in range(2, 6):
        again = headset.batch(part=part, events=[event()] * 900)
        assert (await headset.write(again)).outcome == t.BATCH_OUTCOME_STORED
