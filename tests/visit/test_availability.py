"""AvailabilityService, and how hours bind requests."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from doorstep.visit.v1 import availability_pb2
from doorstep.visit.v1 import availability_service_pb2 as pb
from services.chassis.errors import EtagMismatch, InvalidFields, PermissionMissing
from services.chassis.testing import refused
from services.visit import errors
from tests.visit.conftest import Diary, Home, Somebody
from tests.visit.test_booking import outcome

HOUR = timedelta(hours=1)


def hours(**fields: Any) -> availability_pb2.Availability:
    """Nine to noon every day."""
    values: dict[str, Any] = {
        "time_zone": "UTC",
        "weekly_hours": [
            {"day": day, "hours": {"open_time": {"hours": 9}, "close_time": {"hours": 12}}} for day in range(1, 8)
        ],
        "slot_interval_minutes": 60,
        "slot_duration_minutes": 60,
    }
    return availability_pb2.Availability(**(values | fields))


async def say(diary: Diary, who: Somebody, agent: Somebody | None = None, **fields: Any) -> Any:
    request = pb.ReplaceAvailabilityRequest(availability=hours(**fields))
    request.availability.agent_id = str((agent or who).user_id)
    return (await diary.call(diary.availability.ReplaceAvailability, request, who)).availability


async def free(diary: Diary, home: Home, who: Somebody, **fields: Any) -> Any:
    begin, until = fields.pop("begin", None), fields.pop("until", None)
    request = pb.FindFreeSlotsRequest(listing_id=home.listing_id, **fields)
    if begin is not None:
        request.start_time.FromDatetime(begin)
    if until is not None:
        request.end_time.FromDatetime(until)
    return await diary.call(diary.availability.FindFreeSlots, request, who)


def starts(answer: Any) -> list[datetime]:
    return [slot.start_time.ToDatetime(tzinfo=UTC) for slot in answer.slots]


def morning(diary: Diary, days: int = 2, hour: int = 9) -> datetime:
    return diary.at(days=days).replace(hour=hour, minute=0)


class TestHours:
    async def test_are_said_and_read(self, diary: Diary):
        agent = diary.member("agent")
        request = pb.GetAvailabilityRequest(agent_id=str(agent.user_id))
        with refused(errors.AvailabilityNotFound):
            await diary.call(diary.availability.GetAvailability, request, agent)
        said = await say(
            diary,
            agent,
            date_hours=[{"date": {"year": 2026, "month": 12, "day": 24}}],
            blackouts=[{"start_time": {"seconds": 2_000_000_000}, "end_time": {"seconds": 2_000_003_600}}],
        )
        assert (said.horizon_days, said.etag) == (365, '"1"')
        read = (await diary.call(diary.availability.GetAvailability, request, agent)).availability
        assert read == said
        assert read.weekly_hours == hours().weekly_hours
        assert read.date_hours[0].date.day == 24
        assert not read.date_hours[0].hours

    async def test_etag(self, diary: Diary):
        agent = diary.member("agent")
        first = await say(diary, agent)
        second = await say(diary, agent, etag=first.etag, daily_limit=3)
        assert (second.etag, second.daily_limit) == ('"2"', 3)
        with refused(EtagMismatch):
            await say(diary, agent, etag=first.etag)

    async def test_first_ones_at_once(self, diary: Diary):
        agent = diary.member("agent")
        assert await asyncio.gather(*(outcome(say(diary, agent)) for _ in range(5))) == ["OK"] * 5

    async def test_others_hours(self, diary: Diary):
        agent = diary.member("agent")
        with refused(PermissionMissing):
            await say(diary, diary.member("agent", agent.organization_id), agent)
        with refused(errors.AgentNotFound):
            await say(diary, diary.member("admin", agent.organization_id), diary.buyer())

    @pytest.mark.parametrize(
        ("fields", "field"),
        [
            ({"time_zone": "Mars/Olympus"}, "availability.time_zone"),
            ({"time_zone": "localtime"}, "availability.time_zone"),
            (
                {"weekly_hours": [{"day": 1, "hours": {"open_time": {"hours": 9}, "close_time": {"hours": 9}}}]},
                "availability.weekly_hours[0].hours.close_time",
            ),
            (
                {"weekly_hours": [{"day": 1, "hours": {"close_time": {"hours": 24, "minutes": 1}}}]},
                "availability.weekly_hours[0].hours.close_time",
            ),
            (
                {"date_hours": [{"date": {"year": 2026, "month": 2, "day": 30}}]},
                "availability.date_hours[0].date",
            ),
            (
                {"blackouts": [{"start_time": {"seconds": 2}, "end_time": {"seconds": 1}}]},
                "availability.blackouts[0].end_time",
            ),
            ({"slot_interval_minutes": 5}, "availability.slot_interval_minutes"),
        ],
    )
    async def test_that_make_no_sense(self, diary: Diary, fields: dict[str, Any], field: str):
        with refused(InvalidFields) as refusal:
            await say(diary, diary.member("agent"), **fields)
        assert refusal.fields == [field]


class TestFreeSlots:
    async def test_without_hours_any_time(self, diary: Diary, home: Home, buyer: Somebody):
        answer = await free(diary, home, buyer)
        assert answer.any_time
        assert not answer.slots

    async def test_calendars_of_agent_property_and_buyer(self, diary: Diary, home: Home, buyer: Somebody):
        await say(diary, home.agent)
        begin, until = morning(diary), morning(diary, hour=23)
        everything = [begin, begin + HOUR, begin + 2 * HOUR]
        assert starts(await free(diary, home, buyer, begin=begin, until=until)) == everything
        await diary.request(home, diary.buyer(), begin, lasts=HOUR)
        assert starts(await free(diary, home, buyer, begin=begin, until=until)) == everything[1:]
        elsewhere = await diary.home()
        await diary.request(elsewhere, buyer, begin + HOUR, lasts=HOUR)
        assert starts(await free(diary, home, buyer, begin=begin, until=until)) == everything[2:]
        assert starts(await free(diary, home, diary.buyer(), begin=begin, until=until)) == everything[1:]

    async def test_the_agents_visits_for_another_organisation(self, diary: Diary, home: Home, buyer: Somebody):
        elsewhere = await diary.home(diary.member("agent", user_id=home.agent.user_id))
        await say(diary, home.agent, daily_limit=1)
        begin, until = morning(diary), morning(diary, hour=23)
        await diary.request(elsewhere, diary.buyer(), begin, lasts=HOUR)
        answer = await free(diary, home, buyer, begin=begin, until=until)
        assert starts(answer) == [begin + HOUR, begin + 2 * HOUR], "taken, though not counted in this one's daily limit"
        await diary.request(home, buyer, begin + HOUR, lasts=HOUR)
        assert starts(await free(diary, home, diary.buyer(), begin=begin, until=until)) == []

    async def test_notice_horizon_interval_and_length(self, diary: Diary, home: Home, buyer: Somebody):
        rules: dict[str, Any] = {"slot_interval_minutes": 45, "slot_duration_minutes": 30}
        await say(diary, home.agent, **rules, minimum_notice_minutes=48 * 60, horizon_days=3)
        answer = await free(diary, home, buyer, until=diary.at(days=10))
        found = starts(answer)
        now = diary.harness.clock.now()
        assert found
        assert now + timedelta(days=2) <= found[0]
        assert found[-1] <= now + timedelta(days=3)
        assert {(one.hour, one.minute) for one in found} <= {(9, 0), (9, 45), (10, 30), (11, 15)}
        assert {slot.end_time.seconds - slot.start_time.seconds for slot in answer.slots} == {1800}
        await say(diary, home.agent, **rules)
        (*_, last) = starts(await free(diary, home, buyer, begin=morning(diary), until=morning(diary, hour=23)))
        assert last == morning(diary) + timedelta(minutes=135)
        long = await free(diary, home, buyer, begin=morning(diary), until=morning(diary, hour=23), duration_minutes=120)
        assert starts(long) == [morning(diary), morning(diary) + timedelta(minutes=45)]

    async def test_every_free_slot_can_be_had(self, diary: Diary, home: Home):
        await say(diary, home.agent, buffer_before_minutes=15, buffer_after_minutes=15, minimum_notice_minutes=60)
        for _ in range(20):
            answer = await free(diary, home, diary.buyer())
            if not answer.slots:
                break
            slot = answer.slots[0]
            start = slot.start_time.ToDatetime(tzinfo=UTC)
            await diary.request(home, diary.buyer(), start, lasts=HOUR)

    async def test_until_long_ago(self, diary: Diary, home: Home, buyer: Somebody):
        await say(diary, home.agent, time_zone="America/Los_Angeles")
        for until in (datetime(1, 1, 1, tzinfo=UTC), diary.at(days=-1)):
            assert starts(await free(diary, home, buyer, until=until)) == []

    async def test_too_much_at_once(self, diary: Diary, home: Home, buyer: Somebody):
        with refused(InvalidFields) as refusal:
            await free(diary, home, buyer, begin=diary.at(days=1), until=diary.at(days=16))
        assert refusal.fields == ["end_time"]


class TestRequests:
    async def test_notice_and_horizon(self, diary: Diary, home: Home, buyer: Somebody):
        await say(diary, home.agent, minimum_notice_minutes=48 * 60, horizon_days=3)
        for start, rule in ((morning(diary, days=1), "minimum_notice"), (morning(diary, days=5), "horizon")):
            with refused(errors.SlotUnavailable) as refusal:
                await diary.request(home, buyer, start)
            assert refusal.metadata == {"rule": rule}

    async def test_outside_the_hours(self, diary: Diary, home: Home, buyer: Somebody):
        await say(diary, home.agent)
        with refused(errors.SlotUnavailable) as refusal:
            await diary.request(home, buyer, morning(diary, hour=8))
        assert refusal.metadata == {"rule": "hours"}
        visit = await diary.request(home, buyer, morning(diary))
        late = morning(diary, hour=20)
        with refused(errors.SlotUnavailable):
            await diary.move("RescheduleVisit", buyer, visit, start=late)
        moved = await diary.move("CounterVisit", home.agent, visit, start=late)
        assert moved.start_time.ToDatetime(tzinfo=UTC) == late

    async def test_buffers_are_kept_by_the_database(self, diary: Diary, home: Home, buyer: Somebody):
        await say(diary, home.agent, buffer_after_minutes=15)
        start = morning(diary)
        await diary.request(home, buyer, start)
        with refused(errors.SlotTaken):
            await diary.request(home, diary.buyer(), start + timedelta(minutes=30))
        await diary.request(home, diary.buyer(), start + timedelta(minutes=45))

    async def test_a_visit_that_moves_counts_on_its_new_day(self, diary: Diary, home: Home, buyer: Somebody):
        await say(diary, home.agent, daily_limit=1)
        visit = await diary.request(home, buyer, morning(diary))
        await diary.request(home, diary.buyer(), morning(diary, days=3))
        moved = await diary.move("RescheduleVisit", buyer, visit, start=morning(diary, hour=10))
        assert moved.start_time.ToDatetime(tzinfo=UTC) == morning(diary, hour=10), "it is not in its own way"
        with refused(errors.SlotUnavailable) as refusal:
            await diary.move("RescheduleVisit", buyer, visit, start=morning(diary, days=3, hour=10))
        assert refusal.metadata == {"rule": "daily_limit"}

    async def test_moves_and_new_ones_at_once_keep_the_daily_limit(self, diary: Diary, home: Home):
        await say(diary, home.agent, daily_limit=2)
        movers = [diary.buyer() for _ in range(4)]
        visits = [
            await diary.request(home, one, morning(diary, days=3 + n // 2, hour=9 + n % 2), time_zone="UTC")
            for n, one in enumerate(movers)
        ]
        starts_of_day = [morning(diary) + timedelta(minutes=20 * n) for n in range(8)]
        lasts = timedelta(minutes=20)
        calls = [
            outcome(diary.move("RescheduleVisit", one, visit, start=start, lasts=lasts))
            for one, visit, start in zip(movers, visits, starts_of_day, strict=False)
        ]
        calls += [
            outcome(diary.request(home, diary.buyer(), start, lasts=lasts, time_zone="UTC"))
            for start in starts_of_day[4:]
        ]
        found = await asyncio.gather(*calls)
        assert sorted(found) == ["OK", "OK", *["SLOT_UNAVAILABLE"] * 6]

    async def test_the_daily_limit_counts_visits_that_are_over(self, diary: Diary, home: Home, buyer: Somebody):
        await say(diary, home.agent, daily_limit=2)
        begin, until = morning(diary), morning(diary, hour=23)
        done = await diary.move("ApproveVisit", home.agent, await diary.request(home, buyer, begin))
        missed = await diary.move("ApproveVisit", home.agent, await diary.request(home, buyer, begin + HOUR))
        with diary.later(begin):
            await diary.move("StartVisit", home.agent, done, code=await diary.code(buyer, done))
        with diary.later(begin + timedelta(minutes=80)):
            await diary.move("CompleteVisit", home.agent, done)
            await diary.move("MarkVisitNoShow", home.agent, missed)
            assert starts(await free(diary, home, diary.buyer(), until=until)) == []
            with refused(errors.SlotUnavailable) as refusal:
                await diary.request(home, diary.buyer(), begin + 2 * HOUR)
        assert refusal.metadata == {"rule": "daily_limit"}
        await diary.move("CancelVisit", buyer, await diary.request(home, buyer, morning(diary, days=3)))
        for _ in range(2):  # what was called off does not count
            start = starts(await free(diary, home, buyer, begin=morning(diary, days=3)))[0]
            await diary.request(home, buyer, start)

    async def test_the_daily_limit_holds_at_once(self, diary: Diary, home: Home):
        await say(diary, home.agent, daily_limit=2)
        start = morning(diary)
        calls = [
            outcome(diary.request(home, diary.buyer(), start + timedelta(minutes=30 * n), time_zone="UTC"))
            for n in range(6)
        ]
        found = await asyncio.gather(*calls)
        assert sorted(found) == ["OK", "OK", *["SLOT_UNAVAILABLE"] * 4]
