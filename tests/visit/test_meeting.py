"""The code, the beginning, the end with its evidence, and the override."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest

from doorstep.visit.v1 import visit_events_pb2, visit_pb2
from doorstep.visit.v1 import visit_service_pb2 as pb
from services.chassis.errors import InvalidFields, PermissionMissing
from services.chassis.ids import new_id
from services.chassis.testing import refused
from services.visit import errors
from services.visit.lifecycle import VISIT_LIFECYCLE
from tests.visit.conftest import HOME, Diary, Home, Somebody
from tests.visit.steps import overridden
from tests.visit.test_booking import outcome
from tests.visit.test_visits import state

MEETING = {"StartVisit", "CompleteVisit", "MarkVisitNoShow", "OverrideVisit"}
"""What happens at the visit's own time."""


def fix(at: datetime, latitude: float = HOME[0], longitude: float = HOME[1], **fields: Any) -> visit_pb2.LocationFix:
    made = visit_pb2.LocationFix(latitude=latitude, longitude=longitude, accuracy_meters=10, **fields)
    made.fix_time.FromDatetime(at)
    return made


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"


async def agreed(diary: Diary, home: Home, buyer: Somebody) -> tuple[visit_pb2.Visit, datetime]:
    start = diary.at(hours=5)
    visit = await diary.request(home, buyer, start)
    return await diary.move("ApproveVisit", home.agent, visit), start


async def started(diary: Diary, home: Home, buyer: Somebody, visit: visit_pb2.Visit) -> visit_pb2.Visit:
    return await diary.move("StartVisit", home.agent, visit, code=await diary.code(buyer, visit))


class TestCode:
    async def test_starts_the_visit(self, diary: Diary, home: Home, buyer: Somebody):
        visit, start = await agreed(diary, home, buyer)
        with diary.later(start):
            code = await diary.code(buyer, visit)
            assert len(code) == 6
            met = await diary.move("StartVisit", home.agent, visit, code=code)
        assert state(met) == "IN_PROGRESS"
        assert met.HasField("meet_time")
        assert isinstance((await diary.told(visit))[-1], visit_events_pb2.VisitStarted)
        rows = await diary.sql("SELECT * FROM visit.visit_codes WHERE visit_id::text = $1", visit.visit_id)
        assert code not in str(dict(rows[0]))

    async def test_is_for_the_buyer_to_make_and_for_the_agent_to_enter(self, diary: Diary, home: Home, buyer: Somebody):
        visit, start = await agreed(diary, home, buyer)
        with diary.later(start):
            with refused(errors.WrongParty):
                await diary.code(home.agent, visit)
            code = await diary.code(buyer, visit)
            with refused(errors.WrongParty):
                await diary.move("StartVisit", buyer, visit, code=code)

    async def test_outside_the_time(self, diary: Diary, home: Home, buyer: Somebody):
        visit, start = await agreed(diary, home, buyer)
        with refused(errors.VisitTime):
            await diary.code(buyer, visit)
        with diary.later(start + timedelta(minutes=59)):
            code = await diary.code(buyer, visit)
        with diary.later(start + timedelta(minutes=62)), refused(errors.VisitTime):
            await diary.move("StartVisit", home.agent, visit, code=code)

    async def test_five_tries(self, diary: Diary, home: Home, buyer: Somebody):
        visit, start = await agreed(diary, home, buyer)
        with diary.later(start):
            code = await diary.code(buyer, visit)
            for left in (4, 3, 2, 1, 0):
                with refused(errors.CodeWrong) as refusal:
                    await diary.move("StartVisit", home.agent, visit, code=wrong(code))
                assert refusal.metadata["tries_left"] == str(left)
            with refused(errors.CodeExhausted):
                await diary.move("StartVisit", home.agent, visit, code=code)
            assert state(await started(diary, home, buyer, visit)) == "IN_PROGRESS"

    async def test_guesses_at_once_are_counted(self, diary: Diary, home: Home, buyer: Somebody):
        visit, start = await agreed(diary, home, buyer)
        with diary.later(start):
            code = await diary.code(buyer, visit)
            calls = [outcome(diary.move("StartVisit", home.agent, visit, code=wrong(code))) for _ in range(40)]
            found = await asyncio.gather(*calls)
        assert found.count("CODE_WRONG") == 5
        assert set(found) == {"CODE_WRONG", "CODE_EXHAUSTED"}

    async def test_right_ones_at_once_start_once(self, diary: Diary, home: Home, buyer: Somebody):
        visit, start = await agreed(diary, home, buyer)
        with diary.later(start):
            code = await diary.code(buyer, visit)
            calls = [outcome(diary.move("StartVisit", home.agent, visit, code=code)) for _ in range(40)]
            found = await asyncio.gather(*calls)
        assert found.count("OK") == 1
        assert set(found) <= {"OK", "VISIT_STATE", "CODE_MISSING", "CODE_EXHAUSTED"}
        assert [s.verb for s in await diary.history(buyer, visit)].count("start") == 1

    async def test_the_same_key_starts_once_and_answers_again(self, diary: Diary, home: Home, buyer: Somebody):
        visit, start = await agreed(diary, home, buyer)
        with diary.later(start):
            code, key = await diary.code(buyer, visit), str(new_id())
            request = pb.StartVisitRequest(visit_id=visit.visit_id, code=code)
            answers = [
                await diary.call(diary.visits.StartVisit, request, home.agent, idempotency_key=key) for _ in range(2)
            ]
        assert answers[0] == answers[1]

    async def test_runs_out_and_gives_way_to_the_next(self, diary: Diary, home: Home, buyer: Somebody):
        visit, start = await agreed(diary, home, buyer)
        with diary.later(start):
            first = await diary.code(buyer, visit)
        with diary.later(start + timedelta(minutes=11)):
            with refused(errors.CodeMissing):
                await diary.move("StartVisit", home.agent, visit, code=first)
            second = await diary.code(buyer, visit)
            if second != first:
                with refused(errors.CodeWrong):
                    await diary.move("StartVisit", home.agent, visit, code=first)
            assert state(await diary.move("StartVisit", home.agent, visit, code=second)) == "IN_PROGRESS"

    async def test_the_code_of_another_visit(self, diary: Diary, home: Home, buyer: Somebody):
        visit, start = await agreed(diary, home, buyer)
        other_home, other_buyer = await diary.home(), diary.buyer()
        other, _ = await agreed(diary, other_home, other_buyer)
        with diary.later(start):
            code, foreign = await diary.code(buyer, visit), await diary.code(other_buyer, other)
            if code != foreign:
                with refused(errors.CodeWrong):
                    await diary.move("StartVisit", home.agent, visit, code=foreign)

    async def test_ten_codes_are_enough(self, diary: Diary, home: Home, buyer: Somebody):
        visit, start = await agreed(diary, home, buyer)
        with diary.later(start):
            for _ in range(10):
                await diary.code(buyer, visit)
            with refused(errors.TooManyCodes):
                await diary.code(buyer, visit)


async def test_every_step_is_told(diary: Diary, home: Home, buyer: Somebody):
    """Each verb of the table but `confirm` states its fact, with who did it, and is a step of the history."""
    admin = diary.member("admin", home.agent.organization_id)
    told: dict[str, str] = {}

    async def walk(days: int, *steps: tuple[str, Somebody, dict[str, Any]], at: timedelta = timedelta(0)) -> None:
        start = diary.at(days=days)
        visit = await diary.request(home, buyer, start)
        for rpc, who, said in steps:
            with diary.later(start + at if rpc in MEETING else diary.at()):
                code = {"code": await diary.code(buyer, visit)} if rpc == "StartVisit" else {}
                await diary.move(rpc, who, visit, **said, **code)
            event, step = (await diary.told(visit))[-1], (await diary.history(buyer, visit))[0]
            assert event.visit.actor_id == step.actor_id == str(who.user_id)
            assert (event.visit.sequence, event.visit.start_time) == (step.sequence, step.start_time)
            told[step.verb] = type(event).__name__

    approve, agent = ("ApproveVisit", home.agent, {}), home.agent
    moves = ("RescheduleVisit", agent, {"start": diary.at(days=20)}), ("DeclineReschedule", buyer, {})
    await walk(2, approve, *moves, ("CancelVisit", buyer, {}))
    counters = ("CounterVisit", agent, {"start": diary.at(days=21)}), ("AcceptCounter", buyer, {})
    await walk(3, *counters)
    await walk(4, ("RejectVisit", agent, {}))
    await walk(5, approve, ("StartVisit", agent, {}), ("CompleteVisit", agent, {}))
    override = ("OverrideVisit", admin, {"reason": TestOverride.REASON})
    accept = ("AcceptVisitEvidence", diary.member("admin", agent.organization_id), {"reason": "The letters are here."})
    await walk(6, approve, ("MarkVisitNoShow", buyer, {}), override, accept, at=timedelta(minutes=20))
    assert told == {
        "approve": "VisitApproved",
        "reschedule": "VisitRescheduled",
        "decline_reschedule": "VisitRescheduled",
        "cancel": "VisitCancelled",
        "counter": "VisitCountered",
        "accept_counter": "VisitApproved",
        "reject": "VisitRejected",
        "start": "VisitStarted",
        "complete": "VisitCompleted",
        "mark_no_show": "VisitNoShow",
        "override": "VisitCompleted",
        "accept_evidence": "VisitEvidenceAccepted",
    }
    assert VISIT_LIFECYCLE.verbs == told.keys() | {"expire", "confirm"}, "expire: test_visits.py"


class TestComplete:
    async def test_a_perfect_place_without_a_code_completes_nothing(self, diary: Diary, home: Home, buyer: Somebody):
        visit, start = await agreed(diary, home, buyer)
        with diary.later(start), refused(errors.VisitStateRefused) as refusal:
            await diary.move("CompleteVisit", home.agent, visit, fixes=[fix(start)])
        assert refusal.metadata["allowed_states"] == "IN_PROGRESS"

    async def test_with_good_evidence(self, diary: Diary, home: Home, buyer: Somebody):
        visit, start = await agreed(diary, home, buyer)
        with diary.later(start):
            await started(diary, home, buyer, visit)
            done = await diary.move("CompleteVisit", home.agent, visit, fixes=[fix(start)])
        assert (state(done), done.evidence_score, done.needs_review) == ("COMPLETED", 100, False)
        told = (await diary.told(visit))[-1]
        assert isinstance(told, visit_events_pb2.VisitCompleted)
        assert not told.needs_review

    async def test_the_place_at_the_beginning_counts_too(self, diary: Diary, home: Home, buyer: Somebody):
        visit, start = await agreed(diary, home, buyer)
        with diary.later(start):
            code = await diary.code(buyer, visit)
            await diary.move("StartVisit", home.agent, visit, code=code, fix=fix(start))
            done = await diary.move("CompleteVisit", home.agent, visit)
        assert (done.evidence_score, done.needs_review) == (100, False)

    async def test_with_none_it_is_looked_at(self, diary: Diary, home: Home, buyer: Somebody):
        visit, start = await agreed(diary, home, buyer)
        with diary.later(start):
            await started(diary, home, buyer, visit)
            done = await diary.move("CompleteVisit", home.agent, visit)
        assert (done.evidence_score, done.needs_review) == (40, True)

    async def test_a_device_that_flies_is_looked_at(self, diary: Diary, home: Home, buyer: Somebody):
        visit, start = await agreed(diary, home, buyer)
        with diary.later(start):
            await started(diary, home, buyer, visit)
            fixes = [fix(start - timedelta(minutes=4), latitude=43.0), fix(start)]
            done = await diary.move("CompleteVisit", home.agent, visit, fixes=fixes)
        assert done.needs_review

    @pytest.mark.parametrize(
        ("latitude", "longitude", "field"),
        [
            (0.0, 0.0, "fixes[0]"),
            (91.0, 0.0, "fixes[0].latitude"),
            (float("nan"), 1.0, "fixes[0].latitude"),
            (1.0, float("inf"), "fixes[0].longitude"),
        ],
    )
    async def test_a_place_that_is_none(
        self, diary: Diary, home: Home, buyer: Somebody, *, latitude: float, longitude: float, field: str
    ):
        visit, start = await agreed(diary, home, buyer)
        with refused(InvalidFields) as refusal:
            await diary.move("CompleteVisit", home.agent, visit, fixes=[fix(start, latitude, longitude)])
        assert set(refusal.fields) == {field}


class TestOverride:
    REASON = "The buyer had no telephone; both confirmed by letter."

    async def test_is_for_who_manages_visits(self, diary: Diary, home: Home, buyer: Somebody):
        visit, start = await agreed(diary, home, buyer)
        admin = diary.member("admin", home.agent.organization_id)
        with refused(errors.VisitTime):
            await diary.move("OverrideVisit", admin, visit, reason=self.REASON)
        with diary.later(start + timedelta(minutes=20)):
            for who in (home.agent, buyer):
                with refused(PermissionMissing):
                    await diary.move("OverrideVisit", who, visit, reason=self.REASON)
            with refused(errors.VisitNotFound):
                await diary.move("OverrideVisit", diary.member("admin"), visit, reason=self.REASON)
            with refused(InvalidFields):
                await diary.move("OverrideVisit", admin, visit, reason="because")
            done = await diary.move("OverrideVisit", admin, visit, reason=self.REASON)
        assert (state(done), done.needs_review, done.evidence_score) == ("COMPLETED", True, 0)
        step = (await diary.history(home.agent, visit))[0]
        assert (step.verb, step.reason, step.actor_id) == ("override", self.REASON, str(admin.user_id))

    async def test_history_cannot_be_changed(self, diary: Diary, home: Home, buyer: Somebody):
        visit, _ = await agreed(diary, home, buyer)
        with pytest.raises(Exception, match="append only"):
            await diary.sql("DELETE FROM visit.visit_changes WHERE visit_id::text = $1", visit.visit_id)


class TestAcceptEvidence:
    REASON = "Both came to the office and told the same."

    async def to_look_at(self, diary: Diary, who: Somebody) -> list[str]:
        request = pb.ListVisitsRequest(needs_review=True)
        return [visit.visit_id for visit in (await diary.call(diary.visits.ListVisits, request, who)).visits]

    async def test_is_for_somebody_else_who_manages_visits(self, diary: Diary, home: Home, buyer: Somebody):
        organization_id = home.agent.organization_id
        admin, second = diary.member("admin", organization_id), diary.member("admin", organization_id)
        visit = await overridden(diary, home, buyer, admin)
        for who, refusal in (
            (home.agent, PermissionMissing),
            (buyer, PermissionMissing),
            (diary.member("admin"), errors.VisitNotFound),
            (admin, errors.OwnEvidence),
        ):
            with refused(refusal):
                await diary.move("AcceptVisitEvidence", who, visit, reason=self.REASON)
        with refused(InvalidFields):
            await diary.move("AcceptVisitEvidence", second, visit, reason="fine")
        assert await self.to_look_at(diary, second) == [visit.visit_id]
        found = await diary.move("AcceptVisitEvidence", second, visit, reason=self.REASON)
        assert (state(found), found.needs_review) == ("COMPLETED", False)
        assert await self.to_look_at(diary, second) == []
        step = (await diary.history(buyer, visit))[0]
        assert (step.verb, step.reason, step.actor_id) == ("accept_evidence", self.REASON, str(second.user_id))
        with refused(errors.EvidenceUndoubted):
            await diary.move("AcceptVisitEvidence", second, visit, reason=self.REASON)

    async def test_is_not_for_the_agent_who_manages_visits_too(self, diary: Diary, home: Home, buyer: Somebody):
        visit, start = await agreed(diary, home, buyer)
        with diary.later(start):
            await started(diary, home, buyer, visit)
            done = await diary.move("CompleteVisit", home.agent, visit)
        assert done.needs_review, "a code alone"
        agent = diary.member("admin", home.agent.organization_id, user_id=home.agent.user_id)
        with refused(errors.OwnEvidence):
            await diary.move("AcceptVisitEvidence", agent, visit, reason=self.REASON)

    async def test_needs_a_visit_that_took_place(self, diary: Diary, home: Home, buyer: Somebody):
        visit, _ = await agreed(diary, home, buyer)
        admin = diary.member("admin", home.agent.organization_id)
        with refused(errors.VisitStateRefused):
            await diary.move("AcceptVisitEvidence", admin, visit, reason=self.REASON)

    async def test_by_two_at_once_is_one(self, diary: Diary, home: Home, buyer: Somebody):
        organization_id = home.agent.organization_id
        visit = await overridden(diary, home, buyer, diary.member("admin", organization_id))
        others = [diary.member("admin", organization_id) for _ in range(8)]
        calls = [outcome(diary.move("AcceptVisitEvidence", who, visit, reason=self.REASON)) for who in others]
        found = await asyncio.gather(*calls)
        assert sorted(found) == ["EVIDENCE_UNDOUBTED"] * 7 + ["OK"]
