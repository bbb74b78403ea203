"""How far the clock of a headset is off: by its pings, by its batches, and whether it was set meanwhile."""

import pytest
from google.protobuf import json_format

from doorstep.telemetry.v1 import session_service_pb2 as read
from doorstep.vr.v1 import ingest_service_pb2 as pb
from doorstep.vr.v1 import tracking_pb2 as t
from tests.telemetry.headset import event, now_us


@pytest.fixture
def read_session(harness, sessions, headset, reader):
    """Reads the headset's session."""

    async def ask():
        request = read.GetSessionRequest(session_id=headset.session_id)
        return (await harness.call(sessions.GetSession, request, reader)).session

    return ask


async def test_clock_offset_is_measured(headset, rows):
    await headset.send(ping=pb.Ping(sent_at_us=now_us()))
    first = (await headset.receive()).pong
    back = now_us()
    assert first.clock_offset_us == 0
    ahead = 5_000_000  # the headset's clock is five seconds ahead
    await headset.send(
        ping=pb.Ping(
            sent_at_us=now_us() + ahead,
            previous_sent_at_us=first.sent_at_us + ahead,
            previous_server_received_at_us=first.server_received_at_us,
            previous_server_sent_at_us=first.server_sent_at_us,
            previous_received_at_us=back + ahead,
        )
    )
    second = (await headset.receive()).pong
    assert abs(second.clock_offset_us + ahead) <= second.clock_error_us
    kept = await rows.fetchval(
        "SELECT clock_offset_us FROM telemetry.sessions WHERE session_id = $1", headset.session_id
    )
    assert kept == second.clock_offset_us


async def test_clock_offset_without_pings_is_bounded_by_the_fastest_batch(headset, read_session):
    ahead, began = 5_000_000, now_us() - 100_000_000
    for stream, delay in ((0, 40_000_000), (0, 0), (3, 90_000_000)):
        batch = headset.batch(stream=stream, events=[event()])
        batch.sent_at_us = now_us() + ahead - delay  # as if the way had taken that long
        batch.uptime_us = batch.sent_at_us - began - ahead
        assert (await headset.write(batch)).outcome == t.BATCH_OUTCOME_STORED
    await headset.finish()
    session = await read_session()
    assert -ahead <= session.clock_offset.ToMicroseconds() < -ahead + 40_000_000
    assert not session.HasField("clock_error")
    assert session.clock_step.ToMicroseconds() == 0


async def test_a_clock_that_is_set_meanwhile_shows(headset, read_session):
    for uptime_us, set_by in ((1_000, 0), (2_000, 7_000_000), (3_000, 7_000_000)):
        batch = headset.batch(events=[event()])
        batch.sent_at_us, batch.uptime_us = 1_000_000_000_000_000 + uptime_us + set_by, uptime_us
        await headset.write(batch)
    await headset.finish()
    assert (await read_session()).clock_step.ToMicroseconds() == 7_000_000


async def test_a_ping_that_came_back_after_ages_is_none(headset, read_session):
    """A clock error of more than a Duration holds could be read by nobody, nor any list with the session in it."""
    now = now_us()
    await headset.send(
        ping=pb.Ping(
            sent_at_us=now,
            previous_sent_at_us=now,
            previous_server_received_at_us=now,
            previous_server_sent_at_us=now,
            previous_received_at_us=2**63 - 1,
        )
    )
    assert (await headset.receive()).pong.clock_error_us == 0
    session = await read_session()
    assert not session.HasField("clock_error")
    json_format.MessageToJson(session)


@pytest.mark.parametrize("nonsense", [-(2**63), -1, 0, 2**63 - 1])
async def test_clocks_that_are_none_are_ignored(headset, read_session, nonsense):
    batch = headset.batch(events=[event()])
    batch.sent_at_us = batch.uptime_us = nonsense
    assert (await headset.write(batch)).outcome == t.BATCH_OUTCOME_STORED
    await headset.finish()
    session = await read_session()
    assert not any(session.HasField(name) for name in ("clock_offset", "clock_error", "clock_step"))
