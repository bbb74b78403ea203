"""Sessions that fell silent, days that are made and dropped; what cannot be done does not hold up the rest."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import asyncpg
import pytest
from google.protobuf.empty_pb2 import Empty

from doorstep.telemetry.v1 import session_pb2
from doorstep.telemetry.v1 import session_service_pb2 as spb
from doorstep.telemetry.v1 import telemetry_query_service_pb2 as pb
from doorstep.vr.v1 import tracking_pb2 as t
from services.chassis.actor import system_for
from services.telemetry import app as module
from services.telemetry.errors import SessionNotFound
from services.telemetry.operations.session import abandon_session
from tests.telemetry.headset import event, now_us, pose

SESSION = "(SELECT session_key FROM telemetry.sessions WHERE session_id = $1)"


@pytest.fixture
def keep_house(harness):
    """Does what every process does each hour."""
    (app,) = (app for app in harness.process.apps if app.name == "telemetry")
    (job,) = (job for job in app.jobs if job.name == "telemetry.tidy")

    async def work():
        await job.handler(None, Empty())

    return work


@pytest.fixture
def abandon(harness, organization):
    async def work(headset):
        async with harness.resources.database("telemetry").transaction(system_for(organization)) as tx:
            return await abandon_session(tx, UUID(headset.session_id), now=harness.clock.now())

    return work


@pytest.fixture
def read_session(harness, sessions, reader):
    async def ask(headset):
        request = spb.GetSessionRequest(session_id=headset.session_id)
        return (await harness.call(sessions.GetSession, request, reader)).session

    return ask


async def silence(rows, headset, hours=9):
    """As if nothing had been heard of a session for so long."""
    await rows.execute(
        f"""WITH s AS (
          UPDATE telemetry.sessions SET create_time = now() - $2::interval, heartbeat_time = now() - $2::interval
          WHERE session_id = $1
        ) UPDATE telemetry.positions SET receive_time = now() - $2::interval WHERE session_key = {SESSION}""",
        headset.session_id,
        timedelta(hours=hours),
    )


async def test_a_silent_session_ends_with_the_last_moment_that_it_recorded(headset, rows, keep_house, read_session):
    """Not hours later, when the server gave it up: nobody was in the home then."""
    start = now_us() - 60_000_000
    await headset.write(
        headset.batch(events=[event(t.EVENT_KIND_ZONE_ENTER, zone="attic", time_us=start)], pose=pose(90, start))
    )
    last = start + 89 * 1_000_000 // 90
    await rows.execute(
        "UPDATE telemetry.sessions SET started_at_us = $2 WHERE session_id = $1", headset.session_id, start
    )
    await silence(rows, headset)
    await keep_house()
    session = await read_session(headset)
    assert session.state == session_pb2.SESSION_STATE_ABANDONED
    assert session.end_time.ToMicroseconds() == last


async def test_a_silent_session_that_recorded_nothing_ends_where_it_began(headset, rows, keep_house, read_session):
    await silence(rows, headset)
    await keep_house()
    session = await read_session(headset)
    assert session.state == session_pb2.SESSION_STATE_ABANDONED
    assert session.end_time == session.start_time


@pytest.mark.parametrize("sign", ["batch", "hello", "end"])
async def test_a_session_that_is_heard_of_after_it_was_found_silent_is_left_alone(
    abandon, headset, rows, read_session, sign
):
    await silence(rows, headset)
    match sign:
        case "batch":
            await headset.write(headset.batch(events=[event()]))
        case "hello":
            await headset.resume().connect()
        case "end":
            await headset.finish()
    assert not await abandon(headset)
    state = (await read_session(headset)).state
    assert state == (session_pb2.SESSION_STATE_ENDED if sign == "end" else session_pb2.SESSION_STATE_ACTIVE)


async def test_a_session_of_very_many_moves_can_be_read_and_ended(harness, query, headset, reader, rows):
    """A game whose visitor stands on a threshold enters and leaves many times a second."""
    moves = 80_000
    await headset.write(
        headset.batch(events=[event(t.EVENT_KIND_ZONE_ENTER, zone=zone) for zone in ("hall", "kitchen")])
    )
    await rows.execute(
        f"""INSERT INTO telemetry.events SELECT e.organization_id, e.session_key, 200, 1 + n / 1000, n % 1000,
        2 + n % 2, e.day, e.time_us - 1000000000 + n * 1000, e.zone_id, 0, '', 0, 0, 0, 0
        FROM telemetry.events e, generate_series(0, {moves - 1}) n WHERE session_key = {SESSION} AND ordinal = 0""",
        headset.session_id,
    )
    request = pb.GetZoneDwellRequest(session_id=headset.session_id)
    zones = {z.zone: z for z in (await harness.call(query.GetZoneDwell, request, reader, timeout=60)).zones}
    # Entered at every even number, left at the next odd one.
    assert zones["hall"].presence.ToMicroseconds() >= moves // 2 * 1000
    await headset.finish()


async def test_a_session_that_cannot_be_ended_does_not_keep_others_from_it(
    headset, rows, keep_house, read_session, monkeypatch
):
    others = []
    for _ in range(3):
        other = headset.resume()
        other.session_id = str(UUID(int=UUID(headset.session_id).int ^ (len(others) + 1)))
        await other.connect()
        others.append(other)
    for one in (headset, *others):
        await silence(rows, one)

    async def fails(tx, session_id, *, now):
        if str(session_id) == headset.session_id:
            raise SessionNotFound
        return await abandon_session(tx, session_id, now=now)

    monkeypatch.setattr(module, "abandon_session", fails)
    await keep_house()
    assert (await read_session(headset)).state == session_pb2.SESSION_STATE_ACTIVE
    assert {(await read_session(one)).state for one in others} == {session_pb2.SESSION_STATE_ABANDONED}
    for one in others:
        one.cut()


async def test_an_old_day_that_somebody_reads_does_not_keep_new_days_from_being_made(
    telemetry_database, headset, rows, keep_house, read_session
):
    today = datetime.now(UTC).date()
    old, new = (f"telemetry.events_{today + timedelta(days=days):%Y%m%d}" for days in (-450, 5))
    await rows.execute("SELECT telemetry.create_partitions($1, 1)", today - timedelta(days=450))
    await rows.execute(f"DROP TABLE {new}")
    await silence(rows, headset)
    reading = await asyncpg.connect(telemetry_database.superuser_url)
    try:
        async with reading.transaction():
            await reading.execute(f"LOCK TABLE {old} IN ACCESS SHARE MODE")
            await keep_house()
            assert await rows.fetchval("SELECT to_regclass($1)", new) is not None
            assert await rows.fetchval("SELECT to_regclass($1)", old) is not None
    finally:
        await reading.close()
    assert (await read_session(headset)).state == session_pb2.SESSION_STATE_ABANDONED
    await keep_house()
    assert await rows.fetchval("SELECT to_regclass($1)", old) is None
