"""VisitService: asking, answering, moving, calling off, reading, and what time does."""

from datetime import UTC, timedelta
from typing import Any

import pytest

from doorstep.visit.v1 import visit_events_pb2, visit_jobs_pb2, visit_pb2
from doorstep.visit.v1 import visit_service_pb2 as pb
from services.chassis.actor import system_for
from services.chassis.errors import EtagMismatch, InvalidFields, PermissionMissing
from services.chassis.ids import new_id, parse_id
from services.chassis.testing import refused
from services.visit import errors
from services.visit.jobs import VisitJobs
from services.visit.operations import visit as operations
from tests.chassis.bakery import eventually
from tests.visit.conftest import HALF_HOUR, Diary, Home, Somebody

STATE = visit_pb2.VisitState.Value


def state(visit: visit_pb2.Visit) -> str:
    return visit_pb2.VisitState.Name(visit.state).removeprefix("VISIT_STATE_")


async def expire(diary: Diary, visit: visit_pb2.Visit) -> bool:
    """What the job does."""
    jobs = VisitJobs(diary.harness.resources.database("visit"), diary.harness.clock)
    return await jobs.expire(
        visit_jobs_pb2.ExpireVisitJob(
            visit_id=visit.visit_id, organization_id=visit.organization_id, sequence=visit.sequence
        )
    )


async def remind(diary: Diary, visit: visit_pb2.Visit) -> bool:
    """What the job does, in the transaction that counts it."""
    database = diary.harness.resources.database("visit")
    async with database.transaction(system_for(parse_id(visit.organization_id))) as tx:
        return await operations.remind_visit(
            tx, parse_id(visit.visit_id), sequence=visit.sequence, minutes_before=60, now=diary.harness.clock.now()
        )


async def reminders(diary: Diary, visit: visit_pb2.Visit) -> list[visit_events_pb2.VisitReminderDue]:
    return [one for one in await diary.told(visit) if isinstance(one, visit_events_pb2.VisitReminderDue)]


class TestRequest:
    async def test_asks(self, diary: Diary, home: Home, buyer: Somebody):
        start = diary.at(days=2)
        visit = await diary.request(home, buyer, start, note="We come with a child.", showing_method=1)
        assert state(visit) == "PENDING"
        assert (visit.buyer_id, visit.agent_id) == (str(buyer.user_id), str(home.agent.user_id))
        assert visit.organization_id == str(home.agent.organization_id)
        assert visit.property_id == home.property_id
        assert visit.start_time.ToDatetime() == start.replace(tzinfo=None)
        assert (visit.time_zone, visit.sequence, visit.etag) == ("UTC", 0, '"1"')
        assert visit.proposed_by == visit_pb2.VISIT_PARTY_BUYER
        (told,) = await diary.told(visit)
        assert isinstance(told, visit_events_pb2.VisitRequested)
        assert told.visit.actor_id == str(buyer.user_id)
        assert await diary.waiting_jobs(visit) == {"visit.expire 0"}

    @pytest.mark.parametrize(
        ("ahead", "lasts", "field"),
        [
            (timedelta(hours=-1), HALF_HOUR, "start_time"),
            (timedelta(days=400), HALF_HOUR, "start_time"),
            (timedelta(days=1), timedelta(minutes=5), "end_time"),
            (timedelta(days=1), timedelta(hours=9), "end_time"),
            (timedelta(days=1), timedelta(hours=-1), "end_time"),
        ],
    )
    async def test_a_time_that_makes_no_sense(
        self, diary: Diary, home: Home, buyer: Somebody, *, ahead: timedelta, lasts: timedelta, field: str
    ):
        with refused(InvalidFields) as refusal:
            await diary.request(home, buyer, diary.at() + ahead, lasts=lasts)
        assert refusal.fields == [field]

    async def test_a_zone_that_is_none(self, diary: Diary, home: Home, buyer: Somebody):
        with refused(InvalidFields) as refusal:
            await diary.request(home, buyer, diary.at(days=1), time_zone="Mars/Olympus")
        assert refusal.fields == ["time_zone"]

    async def test_listings_that_receive_nobody(self, diary: Diary, buyer: Somebody):
        home = await diary.home()
        with refused(errors.OwnListing):
            await diary.request(home, home.agent, diary.at(days=1))
        await diary.market.move(home.agent.token, home.listing_id, "MarkListingPending")
        with refused(errors.ListingNotShown) as refusal:
            await diary.request(home, buyer, diary.at(days=1))
        assert refusal.metadata["standard_status"] == "PENDING"
        await diary.market.move(home.agent.token, home.listing_id, "WithdrawListing")
        with refused(errors.ListingNotFound):
            await diary.request(home, buyer, diary.at(days=1))
        nowhere = Home(str(new_id()), home.property_id, home.agent)
        with refused(errors.ListingNotFound):
            await diary.request(nowhere, buyer, diary.at(days=1))

    async def test_the_same_key_asks_once(self, diary: Diary, home: Home, buyer: Somebody):
        request = pb.RequestVisitRequest(listing_id=home.listing_id)
        request.start_time.FromDatetime(diary.at(days=3))
        request.end_time.FromDatetime(diary.at(days=3) + HALF_HOUR)
        key = str(new_id())
        first, again = [
            await diary.call(diary.visits.RequestVisit, request, buyer, idempotency_key=key) for _ in range(2)
        ]
        assert first == again
        assert len(await diary.told(first.visit)) == 1


class TestAnswer:
    async def test_approval_arranges_reminders(self, diary: Diary, home: Home, buyer: Somebody):
        asked = await diary.request(home, buyer, diary.at(days=2))
        visit = await diary.move("ApproveVisit", home.agent, asked, etag=asked.etag)
        assert state(visit) == "APPROVED"
        assert visit.HasField("approve_time")
        assert not visit.HasField("expire_time")
        assert visit.sequence == 1
        waiting = {"visit.expire 0", "visit.expire 1", "visit.remind 1/1440", "visit.remind 1/60"}
        assert await diary.waiting_jobs(visit) == waiting
        assert isinstance((await diary.told(visit))[-1], visit_events_pb2.VisitApproved)

    async def test_the_buyer_does_not_approve(self, diary: Diary, home: Home, buyer: Somebody):
        asked = await diary.request(home, buyer, diary.at(days=2))
        with refused(errors.WrongParty) as refusal:
            await diary.move("ApproveVisit", buyer, asked)
        assert refusal.metadata["party"] == "AGENT"

    async def test_an_administrator_answers_for_the_agent(self, diary: Diary, home: Home, buyer: Somebody):
        asked = await diary.request(home, buyer, diary.at(days=2))
        admin = diary.member("admin", home.agent.organization_id)
        assert state(await diary.move("ApproveVisit", admin, asked)) == "APPROVED"

    async def test_rejection_frees_the_time(self, diary: Diary, home: Home, buyer: Somebody):
        asked = await diary.request(home, buyer, diary.at(days=2))
        gone = await diary.move("RejectVisit", home.agent, asked, reason="We are painting.")
        assert (state(gone), gone.reason) == ("REJECTED", "We are painting.")
        assert state(await diary.request(home, diary.buyer(), diary.at(days=2))) == "PENDING"

    async def test_an_old_etag(self, diary: Diary, home: Home, buyer: Somebody):
        asked = await diary.request(home, buyer, diary.at(days=2))
        await diary.move("ApproveVisit", home.agent, asked)
        with refused(EtagMismatch):
            await diary.move("CancelVisit", buyer, asked, etag=asked.etag)

    async def test_too_late(self, diary: Diary, home: Home, buyer: Somebody):
        asked = await diary.request(home, buyer, diary.at(hours=2))
        with diary.later(diary.at(hours=3)), refused(errors.VisitTime):
            await diary.move("ApproveVisit", home.agent, asked)

    async def test_a_refusal_names_what_is_allowed(self, diary: Diary, home: Home, buyer: Somebody):
        asked = await diary.request(home, buyer, diary.at(days=2))
        await diary.move("CancelVisit", buyer, asked)
        with refused(errors.VisitStateRefused) as refusal:
            await diary.move("ApproveVisit", home.agent, asked)
        assert (refusal.metadata["state"], refusal.metadata["allowed_states"]) == ("CANCELLED", "PENDING")


class TestCounter:
    async def test_several_rounds(self, diary: Diary, home: Home, buyer: Somebody):
        visit = await diary.request(home, buyer, diary.at(days=2))
        visit = await diary.move("CounterVisit", home.agent, visit, start=diary.at(days=3), reason="Tomorrow?")
        assert (state(visit), visit.round) == ("COUNTERED", 1)
        assert visit.proposed_by == visit_pb2.VISIT_PARTY_AGENT
        with refused(errors.WrongParty):
            await diary.move("AcceptCounter", home.agent, visit)
        start = diary.at(days=4)
        visit = await diary.move("CounterVisit", buyer, visit, start=start)
        assert visit.round == 2
        visit = await diary.move("AcceptCounter", home.agent, visit)
        assert (state(visit), visit.start_time.ToDatetime(UTC)) == ("APPROVED", start)
        steps = await diary.history(buyer, visit)
        assert [step.verb for step in steps] == ["accept_counter", "counter", "counter", "request"]
        assert steps[2].reason == "Tomorrow?"
        assert [type(event).__name__ for event in await diary.told(visit)] == [
            "VisitRequested",
            "VisitCountered",
            "VisitCountered",
            "VisitApproved",
        ]

    async def test_the_proposed_time_is_occupied_and_the_former_one_is_free(
        self, diary: Diary, home: Home, buyer: Somebody
    ):
        visit = await diary.request(home, buyer, diary.at(days=2))
        await diary.move("CounterVisit", home.agent, visit, start=diary.at(days=3))
        with refused(errors.SlotTaken):
            await diary.request(home, diary.buyer(), diary.at(days=3))
        await diary.request(home, diary.buyer(), diary.at(days=2))

    async def test_there_is_an_end_to_it(self, diary: Diary, home: Home, buyer: Somebody):
        visit = await diary.request(home, buyer, diary.at(days=2))
        for number in range(10):
            who = home.agent if number % 2 == 0 else buyer
            visit = await diary.move("CounterVisit", who, visit, start=diary.at(days=3, hours=number))
        with refused(errors.TooManyRounds):
            await diary.move("CounterVisit", home.agent, visit, start=diary.at(days=5))


class TestReschedule:
    async def test_moves_what_is_agreed(self, diary: Diary, home: Home, buyer: Somebody):
        visit = await diary.request(home, buyer, diary.at(days=2))
        visit = await diary.move("ApproveVisit", home.agent, visit)
        moved = await diary.move("RescheduleVisit", buyer, visit, start=diary.at(days=5))
        assert (state(moved), moved.sequence) == ("APPROVED", 2)
        told = (await diary.told(moved))[-1]
        assert isinstance(told, visit_events_pb2.VisitRescheduled)
        assert told.previous_start_time == visit.start_time
        assert "visit.remind 2/60" in await diary.waiting_jobs(moved)
        steps = await diary.history(home.agent, moved)
        assert steps[0].start_time == moved.start_time
        assert steps[1].start_time == visit.start_time

    async def test_the_other_party_has_the_former_time_back(self, diary: Diary, home: Home, buyer: Somebody):
        visit = await diary.request(home, buyer, diary.at(days=2))
        agreed = await diary.move("ApproveVisit", home.agent, visit)
        with refused(errors.NothingToDecline):
            await diary.move("DeclineReschedule", buyer, agreed)
        await diary.move("RescheduleVisit", home.agent, agreed, start=diary.at(days=5))
        moved = await diary.move("RescheduleVisit", home.agent, agreed, start=diary.at(days=6))
        assert moved.former_start_time == agreed.start_time, "to the first move nobody had agreed either"
        with refused(errors.WrongParty) as refusal:
            await diary.move("DeclineReschedule", home.agent, moved)
        assert refusal.metadata["party"] == "BUYER"
        with refused(errors.VisitNotFound):
            await diary.move("DeclineReschedule", diary.buyer(), moved)
        with refused(EtagMismatch):
            await diary.move("DeclineReschedule", buyer, moved, etag=agreed.etag)
        back = await diary.move("DeclineReschedule", buyer, moved, reason="I work on that day.")
        assert (state(back), back.start_time, back.end_time) == ("APPROVED", agreed.start_time, agreed.end_time)
        assert not back.HasField("former_start_time")
        told = (await diary.told(back))[-1]
        assert isinstance(told, visit_events_pb2.VisitRescheduled)
        assert told.previous_start_time == moved.start_time
        steps = await diary.history(home.agent, back)
        assert [step.verb for step in steps[:3]] == ["decline_reschedule", "reschedule", "reschedule"]
        assert steps[0].reason == "I work on that day."
        assert f"visit.remind {back.sequence}/60" in await diary.waiting_jobs(back)
        await diary.request(home, diary.buyer(), diary.at(days=6))

    async def test_who_moves_it_after_the_other_has_agreed_to_that(self, diary: Diary, home: Home, buyer: Somebody):
        visit = await diary.request(home, buyer, diary.at(days=2))
        visit = await diary.move("ApproveVisit", home.agent, visit)
        first = await diary.move("RescheduleVisit", home.agent, visit, start=diary.at(days=5))
        second = await diary.move("RescheduleVisit", buyer, visit, start=diary.at(days=6))
        assert second.former_start_time == first.start_time
        assert (await diary.move("DeclineReschedule", home.agent, second)).start_time == first.start_time

    async def test_a_former_time_that_is_taken_or_over(self, diary: Diary, home: Home, buyer: Somebody):
        visit = await diary.request(home, buyer, diary.at(days=2))
        visit = await diary.move("ApproveVisit", home.agent, visit)
        moved = await diary.move("RescheduleVisit", home.agent, visit, start=diary.at(days=5))
        await diary.request(home, diary.buyer(), diary.at(days=2))
        with refused(errors.SlotTaken):
            await diary.move("DeclineReschedule", buyer, moved)
        assert (await diary.get(buyer, moved)) == moved
        with diary.later(diary.at(days=3)), refused(errors.VisitTime):
            await diary.move("DeclineReschedule", buyer, moved)
        gone = await diary.move("CancelVisit", buyer, moved)
        assert not gone.HasField("former_start_time")
        with refused(errors.VisitStateRefused):
            await diary.move("DeclineReschedule", buyer, gone)

    async def test_into_its_own_time(self, diary: Diary, home: Home, buyer: Somebody):
        visit = await diary.request(home, buyer, diary.at(days=2))
        moved = await diary.move("RescheduleVisit", buyer, visit, start=diary.at(days=2, minutes=10))
        assert state(moved) == "PENDING"

    async def test_the_agent_does_not_move_what_is_not_agreed(self, diary: Diary, home: Home, buyer: Somebody):
        visit = await diary.request(home, buyer, diary.at(days=2))
        with refused(errors.WrongParty):
            await diary.move("RescheduleVisit", home.agent, visit, start=diary.at(days=3))


class TestWho:
    async def test_strangers_and_colleagues(self, diary: Diary, home: Home, buyer: Somebody):
        visit = await diary.request(home, buyer, diary.at(days=2))
        organization_id = home.agent.organization_id
        for stranger in (diary.buyer(), diary.member("admin"), diary.member("buyer", organization_id)):
            with refused(errors.VisitNotFound):
                await diary.get(stranger, visit)
            for rpc in ("CancelVisit", "ApproveVisit"):
                with refused(errors.VisitNotFound):
                    await diary.move(rpc, stranger, visit)
        for colleague in (diary.member("sales", organization_id), diary.member("agent", organization_id)):
            assert (await diary.get(colleague, visit)).visit_id == visit.visit_id
            with refused(PermissionMissing):
                await diary.move("CancelVisit", colleague, visit)

    async def test_lists(self, diary: Diary, home: Home, buyer: Somebody):
        mine = await diary.request(home, buyer, diary.at(days=2))
        other = await diary.request(home, diary.buyer(), diary.at(days=3))

        async def listed(who: Somebody, **fields: Any) -> list[str]:
            answer = await diary.call(diary.visits.ListVisits, pb.ListVisitsRequest(**fields), who)
            return [visit.visit_id for visit in answer.visits]

        assert await listed(buyer) == [mine.visit_id]
        assert await listed(home.agent) == [other.visit_id, mine.visit_id]
        assert await listed(home.agent, buyer_id=str(buyer.user_id)) == [mine.visit_id]
        assert await listed(home.agent, states=[STATE("VISIT_STATE_APPROVED")]) == []
        assert await listed(home.agent, start_time_from=other.start_time) == [other.visit_id]
        assert await listed(home.agent, start_time_until=other.start_time) == [mine.visit_id]
        assert await listed(diary.member("buyer", home.agent.organization_id)) == []
        request = pb.ListVisitsRequest(page_size=1)
        first = await diary.call(diary.visits.ListVisits, request, home.agent)
        request.page_token = first.next_page_token
        second = await diary.call(diary.visits.ListVisits, request, home.agent)
        assert [v.visit_id for v in (*first.visits, *second.visits)] == [other.visit_id, mine.visit_id]
        assert not second.next_page_token


class TestTime:
    async def test_nobody_answers(self, diary: Diary, home: Home, buyer: Somebody):
        visit = await diary.request(home, buyer, diary.at(days=5))
        assert not await expire(diary, visit)
        with diary.later(diary.at(hours=25)):
            assert await expire(diary, visit)
            assert not await expire(diary, visit)
            assert state(await diary.get(buyer, visit)) == "EXPIRED"
        told = (await diary.told(visit))[-1]
        assert isinstance(told, visit_events_pb2.VisitExpired)
        assert not told.visit.actor_id

    async def test_what_has_lapsed_is_not_answered_though_the_job_is_late(
        self, diary: Diary, home: Home, buyer: Somebody
    ):
        other = diary.buyer()
        asked = await diary.request(home, buyer, diary.at(days=5))
        countered = await diary.request(home, other, diary.at(days=6))
        countered = await diary.move("CounterVisit", home.agent, countered, start=diary.at(days=7))
        for visit, who, agree in ((asked, home.agent, "ApproveVisit"), (countered, other, "AcceptCounter")):
            with diary.later(visit.expire_time.ToDatetime(UTC)):
                with refused(errors.VisitTime):
                    await diary.move(agree, who, visit)
                with refused(errors.VisitTime):
                    await diary.move("CounterVisit", who, visit, start=diary.at(days=9))
                assert await expire(diary, visit)

    async def test_a_proposal_does_not_outlive_its_time(self, diary: Diary, home: Home, buyer: Somebody):
        visit = await diary.request(home, buyer, diary.at(hours=3))
        assert visit.expire_time == visit.start_time

    async def test_an_answer_in_time_stays(self, diary: Diary, home: Home, buyer: Somebody):
        visit = await diary.request(home, buyer, diary.at(days=5))
        await diary.move("ApproveVisit", home.agent, visit)
        with diary.later(diary.at(hours=25)):
            assert not await expire(diary, visit)

    async def test_a_forgotten_visit(self, diary: Diary, home: Home, buyer: Somebody):
        visit = await diary.request(home, buyer, diary.at(days=1))
        visit = await diary.move("ApproveVisit", home.agent, visit)
        with diary.later(diary.at(days=2, hours=1)):
            assert await expire(diary, visit)

    async def test_a_reminder_is_told_once_and_only_of_the_visit_as_it_is(
        self, diary: Diary, home: Home, buyer: Somebody
    ):
        visit = await diary.request(home, buyer, diary.at(days=2))
        visit = await diary.move("ApproveVisit", home.agent, visit)
        assert await reminders(diary, visit) == []
        assert await remind(diary, visit)
        (told,) = await reminders(diary, visit)
        assert (told.minutes_before, told.visit.start_time) == (60, visit.start_time)
        moved = await diary.move("RescheduleVisit", buyer, visit, start=diary.at(days=3))
        assert not await remind(diary, visit), "of the former time nobody wants to hear"
        with diary.later(diary.at(days=3, minutes=1)):
            assert not await remind(diary, moved), "it has begun"
        gone = await diary.move("CancelVisit", buyer, moved)
        assert not await remind(diary, gone)
        assert len(await reminders(diary, visit)) == 1

    async def test_the_worker_reminds(self, diary: Diary, home: Home, buyer: Somebody):
        visit = await diary.request(home, buyer, diary.at(days=2))
        visit = await diary.move("ApproveVisit", home.agent, visit)
        due = "UPDATE jobs.pgqueuer SET execute_after = now() WHERE dedupe_key LIKE '%' || $1 || '/1/60' RETURNING id"
        assert len(await diary.sql(due, visit.visit_id)) == 1

        async def told() -> list[Any]:
            return await reminders(diary, visit)

        (reminder,) = await eventually(told)
        assert reminder.minutes_before == 60

    async def test_no_show(self, diary: Diary, home: Home, buyer: Somebody):
        visit = await diary.request(home, buyer, diary.at(hours=2))
        visit = await diary.move("ApproveVisit", home.agent, visit)
        with refused(errors.VisitTime):
            await diary.move("MarkVisitNoShow", buyer, visit)
        with diary.later(diary.at(hours=2, minutes=16)):
            gone = await diary.move("MarkVisitNoShow", buyer, visit, reason="Nobody opened.")
        assert (state(gone), gone.absent_user_id) == ("NO_SHOW", str(home.agent.user_id))
