"""A copy of the database that lagged behind takes over: what it forgot is not committed, whoever remembers it."""

import pytest

from doorstep.vr.v1 import ingest_service_pb2 as pb
from doorstep.vr.v1 import tracking_pb2 as t
from tests.telemetry.headset import event

SESSION = "(SELECT session_key FROM telemetry.sessions WHERE session_id = $1)"


async def forget(rows, headset, part, *, stream=0):
    """As if everything after `part` had never come to the copy; with 0, not even the stream."""
    await rows.execute(
        f"DELETE FROM telemetry.events WHERE session_key = {SESSION} AND stream = $2 AND part > $3",
        headset.session_id, stream, part,
    )  # fmt: skip
    if part:
        await rows.execute(
            f"UPDATE telemetry.positions SET last_part = $3::integer, stored = $3::integer, closed = false "
            f"WHERE session_key = {SESSION} AND stream = $2",
            headset.session_id, stream, part,
        )  # fmt: skip
    else:
        await rows.execute(
            f"DELETE FROM telemetry.positions WHERE session_key = {SESSION} AND stream = $2", headset.session_id, stream
        )


async def forget_session(rows, headset):
    for table in ("events", "positions", "rollups", "sessions"):
        await rows.execute(f"DELETE FROM telemetry.{table} WHERE session_key = {SESSION}", headset.session_id)


async def names(rows, headset):
    found = await rows.fetch(
        f"SELECT name FROM telemetry.events WHERE session_key = {SESSION} ORDER BY stream, part", headset.session_id
    )
    return [row[0] for row in found]


async def send(headset, *parts, stream=0):
    """Outcomes of parts, each with an event of its own."""
    return [
        (await headset.write(headset.batch(stream=stream, part=part, events=[event(name=f"{stream}.{part}")]))).outcome
        for part in parts
    ]


@pytest.mark.parametrize(("stream", "known"), [(0, 1), (3, 1), (3, 0)])
async def test_parts_that_are_forgotten_are_stored_when_they_come_again(headset, rows, stream, known):
    """The welcome says from where; the process that they were committed by must not call them committed."""
    await send(headset, 1, 2, 3, 4, stream=stream)
    await forget(rows, headset, known, stream=stream)
    back = headset.resume()
    welcome = await back.connect()
    assert [(p.stream, p.durable_part) for p in welcome.positions] == ([(stream, known)] if known else [])
    assert await send(back, *range(known + 1, 6), stream=stream) == [t.BATCH_OUTCOME_STORED] * (5 - known)
    assert await names(rows, headset) == [f"{stream}.{part}" for part in range(1, 6)]
    back.cut()


async def test_a_session_whose_end_is_forgotten_goes_on(headset, rows, telemetry_database):
    await send(headset, 1)
    await headset.finish()
    late = headset.resume()
    await late.connect()
    assert await send(late, 2) == [t.BATCH_OUTCOME_REFUSED]
    late.cut()
    await telemetry_database.past_triggers(
        "UPDATE telemetry.sessions SET state = 'active', ended_at_us = NULL, end_time = NULL WHERE session_id = $1",
        headset.session_id,
    )
    await forget(rows, headset, 1)
    back = headset.resume()
    await back.connect()
    assert await send(back, 2) == [t.BATCH_OUTCOME_STORED]
    assert (await back.finish()).accounting.stored_count == 2


async def test_a_session_that_is_forgotten_begins_anew(headset, rows, ingest):
    await send(headset, 1, 2)
    await forget_session(rows, headset)
    back = headset.resume()
    assert not (await back.connect()).resumed
    assert await send(back, 1, 2, 3) == [t.BATCH_OUTCOME_STORED] * 3
    request = pb.IngestBatchRequest(batch=back.batch(part=4, events=[event(name="0.4")]))
    ack = (await ingest.IngestBatch(request, metadata=back.metadata)).ack
    assert (ack.outcome, ack.durable_part) == (t.BATCH_OUTCOME_STORED, 4)
    assert await names(rows, headset) == ["0.1", "0.2", "0.3", "0.4"]
    assert (await back.finish()).accounting.stored_count == 4
