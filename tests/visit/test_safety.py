"""SafetyService: the timer on the server, calls for help, who is called, and that no killed process stops it."""

import asyncio
import signal
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from doorstep.identity.v1 import organization_service_pb2
from doorstep.visit.v1 import (
    safety_jobs_pb2,
    safety_pb2,
    safety_service_pb2_grpc,
    visit_events_pb2,
    visit_pb2,
)
from doorstep.visit.v1 import safety_service_pb2 as pb
from services import visit as visit_service
from services.chassis.actor import SYSTEM
from services.chassis.clock import TurnableClock
from services.chassis.db.database import Database
from services.chassis.errors import InvalidFields, PermissionMissing
from services.chassis.ids import new_id
from services.chassis.jobs import JobContext, Worker
from services.chassis.testing import Harness, refused
from services.identity.app import build as build_identity
from services.property.app import build as build_property
from services.visit import errors
from services.visit.app import build
from services.visit.lifecycle import SAFETY_WATCH_LIFECYCLE
from services.visit.operations.safety import ESCALATE_JOB
from services.visit.safety_jobs import SafetyJobs
from tests.chassis.bakery import engine_for, eventually, settings_for, working
from tests.fixtures.servers import TestDatabase
from tests.fixtures.worker import run_program
from tests.identity.conftest import House
from tests.visit.conftest import Diary, Home, Somebody
from tests.visit.steps import acquainted, approved, begun, completed, fix
from tests.visit.test_booking import outcome

MINUTE = timedelta(minutes=1)


def state(watch: safety_pb2.SafetyWatch) -> str:
    return safety_pb2.SafetyWatchState.Name(watch.state).removeprefix("SAFETY_WATCH_STATE_")


class Guard:
    """Shortcuts."""

    def __init__(self, diary: Diary) -> None:
        self.diary = diary
        self.stub = diary.harness.stub(safety_service_pb2_grpc.SafetyServiceStub)
        self.jobs = SafetyJobs(diary.harness.clock)

    async def start(
        self, who: Somebody, visit: visit_pb2.Visit, minutes: int = 30, *contacts: Somebody
    ) -> safety_pb2.SafetyWatch:
        ids = [str(one.user_id) for one in contacts]
        request = pb.StartSafetyWatchRequest(visit_id=visit.visit_id, minutes=minutes, contact_ids=ids)
        return self._watch(await self.diary.call(self.stub.StartSafetyWatch, request, who))

    async def check_in(self, who: Somebody, visit: visit_pb2.Visit, minutes: int = 30) -> safety_pb2.SafetyWatch:
        request = pb.CheckInRequest(visit_id=visit.visit_id, minutes=minutes)
        return self._watch(await self.diary.call(self.stub.CheckIn, request, who))

    async def end(self, who: Somebody, visit: visit_pb2.Visit) -> safety_pb2.SafetyWatch:
        request = pb.EndSafetyWatchRequest(visit_id=visit.visit_id)
        return self._watch(await self.diary.call(self.stub.EndSafetyWatch, request, who))

    async def get(self, who: Somebody, visit: visit_pb2.Visit) -> safety_pb2.SafetyWatch:
        request = pb.GetSafetyWatchRequest(visit_id=visit.visit_id)
        return self._watch(await self.diary.call(self.stub.GetSafetyWatch, request, who))

    async def distress(self, who: Somebody, visit: visit_pb2.Visit, **fields: Any) -> pb.RaiseDistressResponse:
        request = pb.RaiseDistressRequest(visit_id=visit.visit_id, **fields)
        found: pb.RaiseDistressResponse = await self.diary.call(self.stub.RaiseDistress, request, who)
        return found

    async def alarm(self, who: Somebody, watch_id: str) -> safety_pb2.SafetyWatch:
        return self._watch(await self.diary.call(self.stub.GetAlarm, pb.GetAlarmRequest(watch_id=watch_id), who))

    async def resolve(self, who: Somebody, watch_id: str) -> safety_pb2.SafetyWatch:
        request = pb.ResolveAlarmRequest(watch_id=watch_id)
        return self._watch(await self.diary.call(self.stub.ResolveAlarm, request, who))

    @staticmethod
    def _watch(response: Any) -> safety_pb2.SafetyWatch:
        found: safety_pb2.SafetyWatch = response.watch
        return found

    async def on_duty(self, who: Somebody, *people: UUID) -> None:
        request = pb.ReplaceDutyRosterRequest(user_ids=[str(one) for one in people])
        await self.diary.call(self.stub.ReplaceDutyRoster, request, who)

    async def told(self, visit: visit_pb2.Visit) -> list[tuple[int, bool, set[str]]]:
        """Alarms: step, whether somebody called, who is to be told."""
        found = [one for one in await self.diary.told(visit) if isinstance(one, visit_events_pb2.VisitAlarmRaised)]
        return [(one.step, one.distress, set(one.notify_user_ids)) for one in found]

    async def waiting(self, watch_id: str) -> list[Any]:
        return await self.diary.sql(
            "SELECT id, payload FROM jobs.pgqueuer WHERE entrypoint = $1 AND dedupe_key LIKE $2 ORDER BY id",
            ESCALATE_JOB,
            f"%{watch_id}%",
        )

    async def tick(self, watch_id: str) -> int:
        """Run the jobs that wait for a watch, as a worker does; say how many there were."""
        database = self.diary.harness.resources.database("visit")
        rows = await self.waiting(watch_id)
        for row in rows:
            context = JobContext(row["id"], ESCALATE_JOB, 1, SYSTEM, None, {}, database, database.pool)
            payload = safety_jobs_pb2.EscalateSafetyJob.FromString(row["payload"])
            await self.jobs.escalate(context, payload)
            await self.jobs.escalate(context, payload)  # at least once: twice is once
            await self.diary.sql("DELETE FROM jobs.pgqueuer WHERE id = $1", row["id"])
        return len(rows)


@pytest.fixture
def guard(diary: Diary) -> Guard:
    return Guard(diary)


class TestTimer:
    async def test_begins_with_the_visit_in_one_transaction(
        self, diary: Diary, guard: Guard, home: Home, buyer: Somebody
    ):
        visit, start = await approved(diary, home, buyer)
        contact = diary.buyer()
        await approved(diary, home, contact, days=3)
        with diary.later(start):
            code = await diary.code(buyer, visit)
            with refused(errors.CodeWrong):
                wrong = f"{(int(code) + 1) % 1_000_000:06d}"
                await diary.move("StartVisit", home.agent, visit, code=wrong, watch_minutes=40)
            with refused(errors.SafetyWatchNotFound):
                await guard.get(home.agent, visit)
            ids = [str(contact.user_id)]
            await diary.move("StartVisit", home.agent, visit, code=code, watch_minutes=40, watch_contact_ids=ids)
            watch = await guard.get(home.agent, visit)
        assert (state(watch), list(watch.contact_ids)) == ("RUNNING", ids)
        due = watch.due_time.ToDatetime() - start.replace(tzinfo=None)
        assert timedelta(minutes=40) <= due < timedelta(minutes=41)
        (job,) = await diary.sql(
            "SELECT execute_after - created AS delay FROM jobs.pgqueuer WHERE dedupe_key LIKE $1", f"%{watch.watch_id}%"
        )
        assert job["delay"] == timedelta(minutes=40)

    async def test_asks_then_calls_then_calls_again(self, diary: Diary, guard: Guard, home: Home, buyer: Somebody):
        visit, start = await begun(diary, home, buyer)
        contact = await acquainted(diary, buyer)
        with diary.later(start):
            watch = await guard.start(buyer, visit, 30, contact)
            assert await guard.tick(watch.watch_id) == 1, "too early: it looks again later"
            assert await guard.told(visit) == []
            assert state(await guard.get(buyer, visit)) == "RUNNING"
        me, them = {str(buyer.user_id)}, {str(contact.user_id)}
        (job,) = await diary.sql(
            "SELECT id, payload FROM jobs.pgqueuer WHERE entrypoint = $1 AND dedupe_key IS NULL "
            "ORDER BY id DESC LIMIT 1",
            ESCALATE_JOB,
        )
        with diary.later(start + 31 * MINUTE):
            database = diary.harness.resources.database("visit")
            context = JobContext(job["id"], ESCALATE_JOB, 1, SYSTEM, None, {}, database, database.pool)
            await guard.jobs.escalate(context, safety_jobs_pb2.EscalateSafetyJob.FromString(job["payload"]))
            assert state(await guard.get(buyer, visit)) == "OVERDUE"
            assert await guard.told(visit) == [(1, False, me)]
            assert [await guard.tick(watch.watch_id) for _ in range(3)] == [1, 1, 0]
        assert await guard.told(visit) == [(1, False, me), (2, False, them), (3, False, them)]

    async def test_a_check_in_puts_it_off(self, diary: Diary, guard: Guard, home: Home, buyer: Somebody):
        visit, start = await begun(diary, home, buyer)
        with diary.later(start):
            watch = await guard.start(home.agent, visit, 20)
        with diary.later(start + 15 * MINUTE):
            again = await guard.check_in(home.agent, visit, 20)
        assert again.due_time.seconds - watch.due_time.seconds == pytest.approx(15 * 60, abs=30)
        assert len(await guard.waiting(watch.watch_id)) == 2
        with diary.later(start + 21 * MINUTE):
            stale, _ = await guard.waiting(watch.watch_id)
            await diary.sql(
                "DELETE FROM jobs.pgqueuer WHERE id <> $1 AND dedupe_key LIKE $2", stale["id"], f"%{watch.watch_id}%"
            )
            await guard.tick(watch.watch_id)
            assert state(await guard.get(home.agent, visit)) == "RUNNING"
        assert await guard.told(visit) == []

    async def test_a_late_check_in_stops_the_calls(self, diary: Diary, guard: Guard, home: Home, buyer: Somebody):
        visit, start = await begun(diary, home, buyer)
        with diary.later(start):
            watch = await guard.start(buyer, visit, 5, await acquainted(diary, buyer))
        with diary.later(start + 6 * MINUTE):
            await guard.tick(watch.watch_id)
            assert state(await guard.check_in(buyer, visit)) == "RUNNING"
            assert state(await guard.end(buyer, visit)) == "ENDED"
            await guard.tick(watch.watch_id)
        assert [step for step, *_ in await guard.told(visit)] == [1]
        with diary.later(start + 8 * MINUTE), refused(errors.SafetyWatchStateRefused) as refusal:
            await guard.check_in(buyer, visit)
        assert refusal.metadata["allowed_states"] == "RUNNING,OVERDUE"

    async def test_for_the_parties_around_the_visit(self, diary: Diary, guard: Guard, home: Home, buyer: Somebody):
        visit, start = await approved(diary, home, buyer)
        with refused(errors.VisitTime):
            await guard.start(buyer, visit)
        with diary.later(start):
            for stranger in (diary.buyer(), diary.member("admin")):
                with refused(errors.VisitNotFound):
                    await guard.start(stranger, visit)
            with refused(errors.WrongParty):
                await guard.start(diary.member("admin", home.agent.organization_id), visit)
            for minutes in (0, 4, 241):
                with refused(InvalidFields):
                    await guard.start(buyer, visit, minutes)
            await guard.start(buyer, visit)
            with refused(errors.SafetyWatchStateRefused):
                await guard.start(buyer, visit)
        done = await completed(diary, home, diary.buyer(), hours=7)
        with diary.later(diary.at(hours=7)), refused(errors.VisitStateRefused):
            await guard.start(home.agent, done)

    async def test_the_other_party_learns_nothing(self, diary: Diary, guard: Guard, home: Home, buyer: Somebody):
        visit, start = await begun(diary, home, buyer)
        with diary.later(start):
            watch = await guard.start(buyer, visit)
            await guard.distress(buyer, visit)
        admin = diary.member("admin", home.agent.organization_id)
        for who in (home.agent, admin, diary.buyer()):
            with refused(errors.SafetyWatchNotFound):
                await guard.get(who, visit)
            with refused(errors.SafetyWatchNotFound):
                await guard.alarm(who, watch.watch_id)
            with refused(errors.SafetyWatchNotFound):
                await guard.resolve(who, watch.watch_id)

    async def test_beginning_at_once_begins_once(self, diary: Diary, guard: Guard, home: Home, buyer: Somebody):
        visit, start = await begun(diary, home, buyer)
        with diary.later(start):
            found = await asyncio.gather(*(outcome(guard.start(buyer, visit)) for _ in range(8)))
        assert sorted(found) == ["OK", *["SAFETY_WATCH_STATE"] * 7]
        assert len(await diary.sql("SELECT 1 FROM visit.safety_watches WHERE visit_id::text = $1", visit.visit_id)) == 1


class TestDistress:
    async def test_calls_at_once_and_again_until_somebody_looks_after_it(
        self, diary: Diary, guard: Guard, home: Home, buyer: Somebody
    ):
        visit, start = await begun(diary, home, buyer)
        contact = await acquainted(diary, buyer)
        them = {str(contact.user_id)}
        with diary.later(start):
            watch = await guard.start(buyer, visit, 30, contact)
            await guard.distress(buyer, visit, fix=fix(start))
            assert await guard.told(visit) == [(2, True, them)]
            assert state(await guard.get(buyer, visit)) == "DISTRESS"
            for take_back in (guard.check_in, guard.end):
                with refused(errors.SafetyWatchStateRefused):
                    await take_back(buyer, visit)
            (event,) = [e for e in await diary.told(visit) if isinstance(e, visit_events_pb2.VisitAlarmRaised)]
            shown = await guard.alarm(contact, event.watch_id)
            assert (state(shown), shown.user_id, shown.fix) == ("DISTRESS", str(buyer.user_id), fix(start))
            assert [await guard.tick(watch.watch_id) for _ in range(3)] == [2, 1, 0]
            assert await guard.told(visit) == [(2, True, them), (3, True, them), (4, True, them)]
            with refused(errors.SafetyWatchNotFound):
                await guard.resolve(buyer, watch.watch_id)
            assert state(await guard.resolve(contact, watch.watch_id)) == "ENDED"
            assert state(await guard.get(buyer, visit)) == "ENDED"
            with refused(errors.SafetyWatchNotFound):
                await guard.alarm(contact, watch.watch_id)

    async def test_without_a_watch_and_after_the_visit(self, diary: Diary, guard: Guard, home: Home, buyer: Somebody):
        visit = await completed(diary, home, buyer)
        with diary.later(diary.at(hours=6)):
            await guard.distress(home.agent, visit)
        assert [(step, distress) for step, distress, _ in await guard.told(visit)] == [(2, True)]
        with diary.later(diary.at(days=3)), refused(errors.VisitTime):
            await guard.distress(home.agent, visit)

    async def test_twice_is_one_call_and_the_newest_place(
        self, diary: Diary, guard: Guard, home: Home, buyer: Somebody
    ):
        visit, start = await begun(diary, home, buyer)
        contact = await acquainted(diary, buyer)
        with diary.later(start):
            watch = await guard.start(buyer, visit, 30, contact)
            await asyncio.gather(*(guard.distress(buyer, visit) for _ in range(6)))
            await guard.distress(buyer, visit, fix=fix(start + MINUTE))
            assert len(await guard.told(visit)) == 1
            assert (await guard.alarm(contact, watch.watch_id)).fix == fix(start + MINUTE)

    async def test_silent_leaves_everything_as_it_was(self, diary: Diary, guard: Guard, home: Home, buyer: Somebody):
        visit, start = await begun(diary, home, buyer)
        contact = await acquainted(diary, buyer)
        with diary.later(start):
            watch = await guard.start(buyer, visit, 30, contact)
            assert await guard.distress(buyer, visit, silent=True) == pb.RaiseDistressResponse()
            before = await guard.get(buyer, visit)
            assert (state(before), before.due_time) == ("RUNNING", watch.due_time)
            assert await guard.told(visit) == [(2, True, {str(contact.user_id)})]
            # Whoever holds the device now says that all is well; nobody believes it.
            assert state(await guard.check_in(buyer, visit)) == "RUNNING"
            assert state(await guard.end(buyer, visit)) == "ENDED"
            with refused(errors.SafetyWatchStateRefused):
                await guard.check_in(buyer, visit)
            assert state(await guard.start(buyer, visit, 30, contact)) == "RUNNING"
            assert state(await guard.alarm(contact, watch.watch_id)) == "DISTRESS"
            # Those who are called again, and the timers that run for show.
            assert [await guard.tick(watch.watch_id) for _ in range(3)] == [4, 1, 0]
            assert [step for step, *_ in await guard.told(visit)] == [2, 3, 4]
            await guard.resolve(contact, watch.watch_id)
            assert state(await guard.get(buyer, visit)) == "ENDED"

    async def test_silent_with_nobody_to_call_tells_nobody(
        self, diary: Diary, guard: Guard, home: Home, buyer: Somebody
    ):
        visit, start = await begun(diary, home, buyer)
        with diary.later(start):
            await guard.distress(buyer, visit, silent=True)
            with refused(errors.SafetyWatchNotFound):
                await guard.get(buyer, visit)
        assert await guard.told(visit) == [(2, True, set())]

    async def test_who_moves_the_visit_takes_no_help_away(
        self, diary: Diary, guard: Guard, home: Home, buyer: Somebody
    ):
        """The one against whom help is needed may move the visit while both stand in the home, and call it off then."""
        visit, start = await approved(diary, home, buyer)
        with diary.later(start + 10 * MINUTE):
            await diary.move("RescheduleVisit", home.agent, visit, start=start + timedelta(days=3))
            await guard.distress(buyer, visit)
            await diary.move("RescheduleVisit", home.agent, visit, start=start + timedelta(days=4))
            await diary.move("CancelVisit", home.agent, visit)
            await guard.distress(home.agent, visit)
        assert [step for step, *_ in await guard.told(visit)] == [2, 2]
        with diary.later(start + timedelta(days=2)), refused(errors.VisitTime):
            await guard.distress(buyer, visit)

    async def test_not_around_a_time_that_was_only_proposed(
        self, diary: Diary, guard: Guard, home: Home, buyer: Somebody
    ):
        visit = await diary.request(home, buyer, diary.at(hours=1))
        await diary.move("CounterVisit", home.agent, visit, start=diary.at(days=3))
        await diary.move("AcceptCounter", buyer, visit)
        with refused(errors.VisitTime):
            await guard.distress(buyer, visit)

    async def test_not_of_a_visit_that_nobody_agreed_to(self, diary: Diary, guard: Guard, home: Home, buyer: Somebody):
        visit = await diary.request(home, buyer, diary.at(hours=1))
        with refused(errors.VisitStateRefused):
            await guard.distress(buyer, visit)


@pytest.fixture(scope="module")
def house(diary: Diary) -> House:
    return House(diary.harness, diary.database)


class TestDuty:
    async def test_those_on_duty_are_called_but_never_the_other_party(self, diary: Diary, guard: Guard, house: House):
        owner = await house.admin()
        agents = [await house.member(owner, "agent") for _ in range(2)]
        organization_id = UUID(owner.organization_id)
        admin = diary.member("admin", organization_id, UUID(owner.user_id))
        agent, colleague = (diary.member("agent", organization_id, UUID(one.user_id)) for one in agents)
        with refused(PermissionMissing):
            await guard.on_duty(agent, agent.user_id)
        with refused(errors.AgentNotFound):
            await guard.on_duty(admin, new_id())
        await guard.on_duty(admin, agent.user_id, colleague.user_id)
        roster = await diary.call(guard.stub.GetDutyRoster, pb.GetDutyRosterRequest(), agent)
        assert list(roster.user_ids) == [str(agent.user_id), str(colleague.user_id)]
        home, buyer = await diary.home(agent), diary.buyer()
        visit, start = await begun(diary, home, buyer)
        with diary.later(start):
            await guard.distress(buyer, visit)
            assert await guard.told(visit) == [(2, True, {str(colleague.user_id)})], "the agent may be the danger"
            watch = await guard.get(buyer, visit)
            with refused(errors.SafetyWatchNotFound):
                await guard.alarm(agent, watch.watch_id)
            assert state(await guard.resolve(colleague, watch.watch_id)) == "ENDED"
            await guard.distress(agent, visit)
            assert (await guard.told(visit))[-1] == (2, True, {str(colleague.user_id)})

    async def test_ends_with_the_membership(self, diary: Diary, guard: Guard, house: House):
        owner = await house.admin()
        organization_id = UUID(owner.organization_id)
        admin = diary.member("admin", organization_id, UUID(owner.user_id))
        leaves, stays = [Somebody(UUID((p := await house.member(owner, "agent")).user_id), p.token) for _ in range(2)]
        await guard.on_duty(admin, leaves.user_id, stays.user_id)
        home, buyer = await diary.home(diary.member("agent", organization_id)), diary.buyer()
        visit, start = await begun(diary, home, buyer)
        with diary.later(start):
            await guard.distress(buyer, visit, fix=fix(start))
            watch = await guard.get(buyer, visit)
            assert (await guard.alarm(leaves, watch.watch_id)).HasField("fix")
            request = organization_service_pb2.RemoveMemberRequest(user_id=str(leaves.user_id))
            await diary.harness.call(house.organizations.RemoveMember, request, owner.token)

            async def roster() -> list[str]:
                return list((await diary.call(guard.stub.GetDutyRoster, pb.GetDutyRosterRequest(), admin)).user_ids)

            async def alone() -> bool:
                return await roster() == [str(stays.user_id)]

            await eventually(alone)
            with refused(errors.SafetyWatchNotFound):
                await guard.alarm(leaves, watch.watch_id)
            assert state(await guard.alarm(stays, watch.watch_id)) == "DISTRESS"
            assert await guard.tick(watch.watch_id) == 1
        assert (await guard.told(visit))[-1] == (3, True, {str(stays.user_id)})


CHILD = """
import asyncio, sys
from datetime import timedelta
from pathlib import Path
from services.chassis import failpoints
from services.chassis.clock import TurnableClock
from services.chassis.db.database import Database
from services.chassis.db.database import Database
from services.chassis.jobs import Worker
from services.visit.safety_jobs import SafetyJobs
from tests.chassis.bakery import engine_for, settings_for

async def main(database_url, redis_url, folder, ahead):
    async with engine_for(settings_for(database_url, redis_url, Path(folder))) as engine:
        failpoints.activate(None, production=False)
        clock = TurnableClock()
        clock.turn(timedelta(seconds=float(ahead)))
        jobs = {"visit": (Database(engine, "visit"), SafetyJobs(clock).all())}
        await Worker(database_url, jobs, heartbeat=timedelta(seconds=1)).run()

asyncio.run(main(*sys.argv[1:]))
"""


@pytest.fixture
async def left_alone(
    clone_database: Callable[[], TestDatabase], redis_url: str, tmp_path: Path
) -> tuple[Guard, visit_pb2.Visit, str]:
    """A watch that has run out in a database where nobody works: a served process would take its jobs."""
    database = clone_database()
    async with Harness.open(
        [build_identity, build_property, build], database_url=database.url, redis_url=redis_url, keys_dir=tmp_path
    ) as harness:
        diary = Diary(harness, database)
        guard, buyer = Guard(diary), diary.buyer()
        visit, start = await begun(diary, await diary.home(), buyer)
        with diary.later(start):
            watch = await guard.start(buyer, visit, 5, await acquainted(diary, buyer))
    return guard, visit, watch.watch_id


@pytest.mark.parametrize("point", ["before_commit", "after_commit"])
async def test_a_killed_worker_stops_no_alarm(left_alone: Any, redis_url: str, tmp_path: Path, *, point: str):
    """The step was being taken when the process died: it is taken, once, and the next ones follow."""
    guard, visit, watch_id = left_alone
    diary = guard.diary
    ahead = timedelta(days=1)

    async def due() -> None:
        await diary.sql(
            "UPDATE jobs.pgqueuer SET execute_after = now() WHERE status = 'queued' AND dedupe_key LIKE $1",
            f"%{watch_id}%",
        )

    await due()
    arguments = (diary.database.url, redis_url, str(tmp_path), str(ahead.total_seconds()))
    assert await run_program(CHILD, *arguments, failpoints=f"{point}=kill") == -signal.SIGKILL
    clock = TurnableClock()
    clock.turn(ahead)

    async def over() -> bool:
        await due()
        return not await guard.waiting(watch_id)

    async with engine_for(settings_for(diary.database.url, redis_url, tmp_path)) as engine:
        jobs = {"visit": (Database(engine, "visit"), SafetyJobs(clock).all())}
        async with working(Worker(diary.database.url, jobs, heartbeat=timedelta(seconds=1)).run):
            await eventually(over)
    assert [step for step, *_ in await guard.told(visit)] == [1, 2, 3]


def test_the_picture_in_the_readme_is_the_table():
    text = (Path(visit_service.__file__).parent / "README.md").read_text()
    assert f"```mermaid\n{SAFETY_WATCH_LIFECYCLE.mermaid()}\n```" in text
