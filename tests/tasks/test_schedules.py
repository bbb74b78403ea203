"""Work that starts by the clock: operators make, change, pause, resume and remove schedules."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from doorstep.tasks.v1 import schedule_service_pb2 as pb
from services.chassis.errors import EtagMismatch, InvalidFields, PermissionMissing
from services.chassis.ids import new_id
from services.chassis.jobs.schedules import cron_problem, next_time
from services.chassis.testing import refused
from services.tasks.errors import (
    ScheduleDeclared,
    ScheduleExists,
    ScheduleNotFound,
    ScheduleStateRefused,
    TaskKindUnknown,
)
from tests.chassis.bakery import eventually
from tests.tasks.conftest import QUEUE, STATE, Desk

ACTIVE, PAUSED = pb.SCHEDULE_STATE_ACTIVE, pb.SCHEDULE_STATE_PAUSED


class TestTimes:
    def test_the_next_one_is_on_the_clocks_of_the_zone(self) -> None:
        after = datetime(2026, 7, 1, 12, tzinfo=UTC)
        assert next_time("30 9 * * *", "America/New_York", after) == datetime(2026, 7, 1, 13, 30, tzinfo=UTC)
        assert next_time("30 9 * * *", "UTC", after) == datetime(2026, 7, 2, 9, 30, tzinfo=UTC)

    def test_a_local_time_that_comes_twice_counts_once(self) -> None:
        """On 1 November 2026 New York goes through the hour from one to two twice."""
        times = [datetime(2026, 10, 31, 0, tzinfo=ZoneInfo("America/New_York"))]
        while len(times) < 5:
            times.append(next_time("30 1 * * *", "America/New_York", times[-1]))
        assert [time.isoformat() for time in times[1:]] == [
            "2026-10-31T05:30:00+00:00",
            "2026-11-01T05:30:00+00:00",
            "2026-11-02T06:30:00+00:00",
            "2026-11-03T06:30:00+00:00",
        ]

    def test_every_so_often_goes_through_both(self) -> None:
        time = datetime(2026, 11, 1, 5, 0, tzinfo=UTC)
        times = []
        for _ in range(4):
            time = next_time("*/30 * * * *", "America/New_York", time)
            times.append((time.hour, time.minute))
        assert times == [(5, 30), (6, 0), (6, 30), (7, 0)]

    def test_a_local_time_that_is_left_out_moves_behind_the_gap(self) -> None:
        """On 8 March 2026 New York goes from two to three at once."""
        time = next_time("30 2 * * *", "America/New_York", datetime(2026, 3, 8, 0, tzinfo=ZoneInfo("America/New_York")))
        assert time == datetime(2026, 3, 8, 7, tzinfo=UTC)

    @pytest.mark.parametrize("cron", ["* * * *", "* * * * * *", "61 * * * *", "x y z a b", "0 0 30 2 *"])
    def test_what_means_nothing_is_refused(self, cron: str) -> None:
        assert cron_problem(cron)


async def make(desk: Desk, name: str = "nightly", **fields: Any) -> pb.Schedule:
    given = {"kind": "tasks.serve", "cron": "0 3 * * *", **fields}
    payload = given.pop("payload", {})
    request = pb.CreateScheduleRequest(name=name, **given)
    request.payload.update(payload)
    made: pb.Schedule = (await desk.call(desk.schedules.CreateSchedule, request)).schedule
    return made


async def get(desk: Desk, name: str = "nightly") -> pb.Schedule:
    found: pb.Schedule = (await desk.call(desk.schedules.GetSchedule, pb.GetScheduleRequest(name=name))).schedule
    return found


async def turn(desk: Desk, verb: str, name: str = "nightly") -> pb.Schedule:
    request = getattr(pb, f"{verb}ScheduleRequest")(name=name)
    turned: pb.Schedule = (await desk.call(getattr(desk.schedules, f"{verb}Schedule"), request)).schedule
    return turned


async def due(desk: Desk, name: str = "nightly") -> None:
    """Let the time of a schedule come."""
    pool = desk.harness.resources.database("tasks").pool
    await pool.execute("UPDATE jobs.schedules SET next_time = now() - interval '3 days' WHERE name = $1", name)


class TestFiring:
    async def test_starts_one_task_with_what_it_needs_and_names_the_next_time(self, desk: Desk) -> None:
        made = await make(desk, payload={"pageSize": 9}, time_zone="Europe/Madrid", queue="TASK_QUEUE_HIGH_PRIORITY")
        at = made.next_time.ToDatetime(UTC)
        assert at > datetime.now(UTC)
        assert at.astimezone(ZoneInfo("Europe/Madrid")).hour == 3
        assert (made.state, made.queue, made.declared) == (ACTIVE, QUEUE.TASK_QUEUE_HIGH_PRIORITY, False)
        await due(desk)
        await eventually(lambda: desk.oven.served)
        found = await get(desk)
        assert (found.fired_count, found.skipped_count) == (1, 0), "three days missed are made up for once"
        assert found.next_time.ToDatetime(UTC) == at
        assert found.etag == made.etag
        await desk.reaches(found.last_task_id, STATE.TASK_STATE_SUCCEEDED)
        assert desk.oven.served == [(None, 9)]

    async def test_is_skipped_while_the_one_before_runs(self, desk: Desk) -> None:
        desk.oven.open.clear()
        await make(desk)
        await due(desk)

        async def fired(count: int) -> bool:
            found = await get(desk)
            return found.fired_count + found.skipped_count == count

        await eventually(lambda: fired(1))
        task_id = (await get(desk)).last_task_id
        assert (await desk.get(task_id)).schedule == "nightly"
        await due(desk)
        await eventually(lambda: fired(2))
        desk.oven.open.set()
        await desk.reaches(task_id, STATE.TASK_STATE_SUCCEEDED)
        found = await get(desk)
        assert (found.fired_count, found.skipped_count, found.last_task_id) == (1, 1, task_id)

    async def test_one_that_is_paused_does_not_fire_and_makes_up_for_nothing(self, desk: Desk) -> None:
        await make(desk)
        await make(desk, "beside")
        assert (await turn(desk, "Pause")).state == PAUSED
        assert not (await get(desk)).HasField("next_time")
        await due(desk)
        await due(desk, "beside")
        await eventually(lambda: desk.oven.served)
        resumed = await turn(desk, "Resume")
        assert (resumed.state, resumed.fired_count) == (ACTIVE, 0)
        assert resumed.next_time.ToDatetime(UTC) > datetime.now(UTC)
        assert await desk.actions("nightly") == ["create_schedule", "pause_schedule", "resume_schedule"]


class TestManaging:
    async def test_from_making_to_removing(self, desk: Desk) -> None:
        await make(desk)
        await make(desk, "weekly", cron="0  4 * *   1")
        found = (await desk.call(desk.schedules.ListSchedules, pb.ListSchedulesRequest())).schedules
        assert [(one.name, one.cron) for one in found] == [("nightly", "0 3 * * *"), ("weekly", "0 4 * * 1")]
        update = pb.UpdateScheduleRequest(name="weekly", cron="30 4 * * 1", etag=found[1].etag)
        changed = (await desk.call(desk.schedules.UpdateSchedule, update)).schedule
        assert (changed.cron, changed.time_zone) == ("30 4 * * 1", "UTC")
        assert changed.next_time.ToDatetime(UTC) - found[1].next_time.ToDatetime(UTC) == timedelta(minutes=30)
        with refused(EtagMismatch):
            await desk.call(desk.schedules.UpdateSchedule, update)
        await desk.call(desk.schedules.DeleteSchedule, pb.DeleteScheduleRequest(name="weekly"))
        assert await desk.actions("weekly") == ["create_schedule", "update_schedule", "delete_schedule"]
        with refused(ScheduleNotFound):
            await get(desk, "weekly")

    async def test_pages_follow_each_other(self, desk: Desk) -> None:
        names = [f"schedule-{n}" for n in range(5)]
        for name in names:
            await make(desk, name)
        seen: list[str] = []
        token = ""
        while True:
            request = pb.ListSchedulesRequest(page_size=2, page_token=token)
            answer = await desk.call(desk.schedules.ListSchedules, request)
            seen += [one.name for one in answer.schedules]
            token = answer.next_page_token
            if not token:
                break
        assert seen == names

    async def test_of_two_at_once_one_makes_it(self, desk: Desk) -> None:
        answers = await asyncio.gather(*(make(desk) for _ in range(6)), return_exceptions=True)
        assert sum(not isinstance(answer, BaseException) for answer in answers) == 1
        with refused(ScheduleExists):
            await make(desk)

    @pytest.mark.parametrize(
        ("fields", "field"),
        [
            ({"cron": "61 * * * *"}, "cron"),
            ({"cron": "0 0 30 2 *"}, "cron"),
            ({"time_zone": "Mars/Olympus"}, "time_zone"),
            ({"time_zone": "../../etc/passwd"}, "time_zone"),
            ({"payload": {"pageSize": 101}}, "payload.page_size"),
            ({"name": "Not A Name"}, "name"),
        ],
    )
    async def test_what_is_no_good_is_refused(self, desk: Desk, fields: dict[str, Any], field: str) -> None:
        with refused(InvalidFields) as refusal:
            await make(desk, **fields)
        assert refusal.fields == [field]

    async def test_of_a_kind_that_nobody_registered(self, desk: Desk) -> None:
        with refused(TaskKindUnknown):
            await make(desk, kind="tasks.secret")

    async def test_pausing_twice_and_resuming_what_runs(self, desk: Desk) -> None:
        await make(desk)
        with refused(ScheduleStateRefused):
            await turn(desk, "Resume")
        await turn(desk, "Pause")
        with refused(ScheduleStateRefused) as refusal:
            await turn(desk, "Pause")
        assert refusal.metadata["state"] == "PAUSED"

    async def test_what_the_code_declares_is_paused_and_not_removed(self, desk: Desk) -> None:
        pool = desk.harness.resources.database("tasks").pool
        await make(desk)
        await pool.execute("UPDATE jobs.schedules SET declared = true")
        with refused(ScheduleDeclared):
            await desk.call(desk.schedules.DeleteSchedule, pb.DeleteScheduleRequest(name="nightly"))
        assert (await turn(desk, "Pause")).state == PAUSED

    async def test_is_for_operators(self, desk: Desk) -> None:
        token = desk.harness.token(organization_id=new_id(), roles=["admin"], permissions=["property.write"])
        with refused(PermissionMissing):
            await desk.call(desk.schedules.ListSchedules, pb.ListSchedulesRequest(), token)
