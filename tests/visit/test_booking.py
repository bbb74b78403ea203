"""Nobody is in two places at once, whatever happens at once."""

import asyncio
from datetime import timedelta
from typing import Any

import grpc
import pytest

from services.chassis.testing import Refusal, refused
from services.visit import errors
from tests.visit.conftest import HALF_HOUR, Diary, Home, PatientDiary, Somebody

OVERLAPS = """
    SELECT count(*) FROM visit.visits a JOIN visit.visits b ON a.id < b.id
    WHERE a.state IN ('PENDING', 'COUNTERED', 'APPROVED', 'IN_PROGRESS')
        AND b.state IN ('PENDING', 'COUNTERED', 'APPROVED', 'IN_PROGRESS')
        AND (a.agent_id = b.agent_id OR a.property_id = b.property_id OR a.buyer_id = b.buyer_id)
        AND a.start_time < b.end_time AND b.start_time < a.end_time"""


async def outcome(call: Any) -> str:
    """`OK`, or the reason of the refusal."""
    try:
        await call
    except grpc.aio.AioRpcError as error:
        return Refusal.of(error).reason
    return "OK"


async def overlaps(diary: Diary) -> int:
    return int((await diary.sql(OVERLAPS))[0][0])


class TestCalendars:
    async def test_the_agent(self, diary: Diary, home: Home, buyer: Somebody):
        other = await diary.home(home.agent)
        await diary.request(home, buyer, diary.at(days=2))
        with refused(errors.SlotTaken) as refusal:
            await diary.request(other, diary.buyer(), diary.at(days=2, minutes=15))
        assert refusal.metadata == {"calendar": "agent"}

    async def test_the_buyer_across_organisations(self, diary: Diary, home: Home, buyer: Somebody):
        await diary.request(home, buyer, diary.at(days=2))
        with refused(errors.SlotTaken) as refusal:
            await diary.request(await diary.home(), buyer, diary.at(days=2, minutes=15))
        assert refusal.metadata.get("calendar", "") != "agent"

    async def test_back_to_back(self, diary: Diary, home: Home, buyer: Somebody):
        start = diary.at(days=2)
        await diary.request(home, buyer, start)
        await diary.request(home, diary.buyer(), start + HALF_HOUR)
        await diary.request(home, diary.buyer(), start - HALF_HOUR)

    async def test_a_refusal_says_nothing_of_the_other_visit(self, diary: Diary, home: Home, buyer: Somebody):
        visit = await diary.request(home, buyer, diary.at(days=2))
        with refused(errors.SlotTaken) as refusal:
            await diary.request(home, diary.buyer(), diary.at(days=2, minutes=15))
        text = f"{refusal.message} {refusal.metadata} {refusal.trailing}"
        assert visit.visit_id not in text
        assert str(buyer.user_id) not in text


class TestOneSlot:
    @pytest.mark.parametrize("_round", range(3))
    async def test_of_many_at_once_one_wins(self, diary: Diary, patient: PatientDiary, _round: int):
        home, start = await diary.home(), diary.at(days=2)
        starts = [start + timedelta(minutes=n % 25) for n in range(100)]
        calls = [outcome(patient.request(home, diary.buyer(), one, time_zone="UTC")) for one in starts]
        found = await asyncio.gather(*calls)
        assert found.count("OK") == 1
        assert set(found) == {"OK", "SLOT_TAKEN"}, "a deadlock would be CONFLICT_RETRY"
        assert await overlaps(diary) == 0

    async def test_one_buyer_at_many_homes_at_once(self, diary: Diary, patient: PatientDiary, buyer: Somebody):
        homes = [await diary.home() for _ in range(10)]
        start = diary.at(days=2)
        found = await asyncio.gather(*(outcome(patient.request(home, buyer, start)) for home in homes))
        assert sorted(found) == ["OK", *["SLOT_TAKEN"] * 9]


class TestMoves:
    async def test_many_into_one_window(self, diary: Diary, patient: PatientDiary, home: Home):
        buyers = [diary.buyer() for _ in range(40)]
        visits = [await diary.request(home, one, diary.at(days=2, hours=n)) for n, one in enumerate(buyers)]
        target = diary.at(days=10)
        calls = [
            outcome(patient.move("RescheduleVisit", one, visit, start=target))
            for one, visit in zip(buyers, visits, strict=True)
        ]
        found = await asyncio.gather(*calls)
        assert found.count("OK") == 1
        assert set(found) == {"OK", "SLOT_TAKEN"}
        assert await overlaps(diary) == 0

    async def test_moves_and_new_ones_at_once(self, diary: Diary, patient: PatientDiary, home: Home):
        buyers = [diary.buyer() for _ in range(10)]
        visits = [await diary.request(home, one, diary.at(days=2, hours=n)) for n, one in enumerate(buyers)]
        target = diary.at(days=11)
        calls = [
            outcome(patient.move("RescheduleVisit", one, visit, start=target))
            for one, visit in zip(buyers, visits, strict=True)
        ]
        calls += [outcome(patient.request(home, diary.buyer(), target)) for _ in range(10)]
        found = await asyncio.gather(*calls)
        assert found.count("OK") == 1
        assert set(found) == {"OK", "SLOT_TAKEN"}
        assert await overlaps(diary) == 0

    async def test_two_that_change_places(self, diary: Diary, patient: PatientDiary, home: Home):
        """Neither can go first: both are refused, and neither waits for the other."""
        a, b = diary.buyer(), diary.buyer()
        first = await diary.request(home, a, diary.at(days=2))
        second = await diary.request(home, b, diary.at(days=3))
        found = await asyncio.gather(
            outcome(patient.move("RescheduleVisit", a, first, start=diary.at(days=3))),
            outcome(patient.move("RescheduleVisit", b, second, start=diary.at(days=2))),
        )
        assert found == ["SLOT_TAKEN", "SLOT_TAKEN"]

    async def test_one_etag_is_good_for_one_change(
        self, diary: Diary, patient: PatientDiary, home: Home, buyer: Somebody
    ):
        visit = await diary.request(home, buyer, diary.at(days=2))
        calls = [
            outcome(patient.move("RescheduleVisit", buyer, visit, etag=visit.etag, start=diary.at(days=3, hours=n)))
            for n in range(100)
        ]
        found = await asyncio.gather(*calls)
        assert found.count("OK") == 1
        assert found.count("ETAG_MISMATCH") == 99


async def test_the_control_finds_a_visit_booked_twice(diary: Diary, home: Home, buyer: Somebody):
    """What these tests look for is found in a copy of the table that lacks the constraints."""
    visit = await diary.request(home, buyer, diary.at(days=2))
    await diary.sql("CREATE TABLE visit.control AS SELECT * FROM visit.visits WHERE id::text = $1", visit.visit_id)
    try:
        await diary.sql("ALTER TABLE visit.control ALTER COLUMN id SET DEFAULT uuidv7()")
        columns = "listing_id, property_id, buyer_id, agent_id, state, start_time, end_time"
        await diary.sql(f"INSERT INTO visit.control ({columns}) SELECT {columns} FROM visit.control")
        found = await diary.sql(OVERLAPS.replace("visit.visits", "visit.control"))
    finally:
        await diary.sql("DROP TABLE visit.control")
    assert found[0][0] == 1
