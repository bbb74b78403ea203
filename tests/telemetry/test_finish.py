"""The end of a session, and what the server could not take before it."""

import grpc
import pytest

from doorstep.vr.v1 import ingest_service_pb2 as pb
from doorstep.vr.v1 import tracking_pb2 as t
from services.telemetry.operations import ingest
from services.telemetry.repository import committer
from tests.telemetry.headset import event


@pytest.mark.parametrize("why", ["overloaded", "unavailable"])
async def test_a_session_does_not_end_before_what_is_to_be_sent_again(headset, monkeypatch, why):
    """The finish follows at once; what the server could not take before it must not be lost by it."""

    if why == "overloaded":
        monkeypatch.setattr(ingest, "MAX_IN_FLIGHT", 0)
        monkeypatch.setattr(ingest, "ROOM_TIMEOUT", 0.05)
    else:
        monkeypatch.setattr(committer, "ATTEMPTS", 1)
        monkeypatch.setattr(committer, "_COMMIT", "SELECT pg_terminate_backend(pg_backend_pid())")
    batch = headset.batch(events=[event()])
    await headset.send(batch=batch)
    await headset.send(finish=pb.Finish(recorded_count=1))
    refused = (await headset.receive()).ack
    assert refused.retry_after_ms == 1000
    notice = (await headset.receive()).notice
    assert (notice.reason, notice.closing) == (t.REFUSAL_REASON_UNAVAILABLE, True)
    assert notice.retry_after_ms == 1000
    assert await headset.call.read() is grpc.aio.EOF
    monkeypatch.undo()
    again = headset.resume()
    await again.connect()
    assert (await again.write(batch)).outcome == t.BATCH_OUTCOME_STORED
    account = (await again.finish(recorded=1)).accounting
    assert (account.stored_count, account.missing_count) == (1, 0)


async def test_a_session_ends_when_what_was_to_be_sent_again_has_come(headset, monkeypatch):

    monkeypatch.setattr(ingest, "MAX_IN_FLIGHT", 0)
    monkeypatch.setattr(ingest, "ROOM_TIMEOUT", 0.05)
    batch = headset.batch(events=[event()])
    assert (await headset.write(batch)).refusal == t.REFUSAL_REASON_OVERLOADED
    monkeypatch.undo()
    assert (await headset.write(batch)).outcome == t.BATCH_OUTCOME_STORED
    assert (await headset.finish()).accounting.stored_count == 1
