"""What a process holds for a headset that sends and does not listen."""

import asyncio
import gc

from doorstep.vr.v1 import tracking_pb2 as t
from services.telemetry.servicer import stream
from tests.telemetry.headset import event


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
