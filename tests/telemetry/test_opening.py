"""Headsets that all come at once: who loses a race finds what the winner made."""

import asyncio
from uuid import uuid4

import grpc
import pytest

from doorstep.vr.v1 import ingest_service_pb2 as pb
from doorstep.vr.v1 import tracking_pb2 as t
from services.chassis.actor import system_for
from services.telemetry.repository.opening import NewSession, OpeningRepository
from tests.telemetry.headset import Headset, event

CROWD = 12


@pytest.fixture
def opening(harness, organization):
    """Calls a method of the repository in a transaction of its own."""
    database = harness.resources.database("telemetry")

    async def call(method, *arguments, owner=organization):
        async with database.fast_write(system_for(owner)) as connection:
            return await getattr(OpeningRepository(connection, owner), method)(*arguments)

    return call


async def test_one_session_begun_by_many_is_one(opening):
    new = NewSession(uuid4(), uuid4(), "", 1, 1, "", "", "")
    begun = await asyncio.gather(*(opening("begin", new) for _ in range(CROWD)))
    assert len({one.session_key for one in begun}) == 1
    assert [one.created for one in begun].count(True) == 1


async def test_names_learnt_by_many_have_one_id(opening):
    names = {(kind, f"{word} {uuid4()}") for kind in (1, 2) for word in ("kitchen", "hall")}
    learnt = await asyncio.gather(*(opening("name_ids", names) for _ in range(CROWD)))
    assert all(one == learnt[0] for one in learnt)
    assert learnt[0].keys() == names
    more = await opening("name_ids", names | {(1, f"attic {uuid4()}")})
    assert more.items() >= learnt[0].items()


async def test_a_stream_opened_by_many_begins_at_nothing(opening):
    key = (await opening("begin", NewSession(uuid4(), uuid4(), "", 1, 1, "", "", ""))).session_key
    assert await asyncio.gather(*(opening("open", key, 3) for _ in range(CROWD))) == [(0, False)] * CROWD
    assert [(p.stream, p.last_part) for p in await opening("resume", key)] == [(0, 0), (3, 0)]


async def test_a_session_of_another_organisation_opens_no_stream(opening):
    key = (await opening("begin", NewSession(uuid4(), uuid4(), "", 1, 1, "", "", ""))).session_key
    assert await opening("open", key, 0, owner=uuid4()) == (0, True)
    assert await opening("resume", key, owner=uuid4()) == []


async def test_a_new_stream_of_an_ended_session_is_closed(headset, ingest):
    await headset.write(headset.batch(events=[event()]))
    await headset.finish()
    again = headset.resume()
    await again.connect()
    assert (await again.write(again.batch(stream=7, part=1, events=[event()]))).refusal == (
        t.REFUSAL_REASON_SESSION_ENDED
    )
    again.cut()


async def test_an_id_in_use_for_another_home_is_refused_and_changes_nothing(harness, headset, ingest):
    other = Headset(harness.channel, headset.metadata)
    request = pb.StartSessionRequest(
        session_id=headset.session_id, property_id=other.property_id, coordinate_system=headset.system
    )
    with pytest.raises(grpc.aio.AioRpcError) as error:
        await ingest.StartSession(request, metadata=headset.metadata)
    assert error.value.code() is grpc.StatusCode.ALREADY_EXISTS
    assert (await headset.write(headset.batch(events=[event()]))).stored_count == 1
