"""Operators look at background work and steer it; nobody else does."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.wrappers_pb2 import StringValue

from doorstep.tasks.v1 import (
    dead_letter_service_pb2,
    dead_letter_service_pb2_grpc,
    task_pb2,
    task_service_pb2,
    task_service_pb2_grpc,
)
from services.chassis.actor import SYSTEM
from services.chassis.app import App, Resources
from services.chassis.errors import DeadLetterNotFound, PermissionMissing
from services.chassis.jobs import Job, JobContext
from services.chassis.jobs import worker as worker_module
from services.chassis.testing import Harness, refused
from services.tasks.app import build
from services.tasks.errors import TaskNotFound, TaskStateRefused
from tests.fixtures.servers import TestDatabase

KIND = "tasks.bake"
STATE = task_pb2.TaskState
QUEUE = task_pb2.TaskQueue


class Oven:
    """A service with one kind of job, done as it is told."""

    def __init__(self) -> None:
        self.broken = False
        self.done: list[str] = []
        self.begun = asyncio.Event()
        self.open = asyncio.Event()
        self.open.set()

    async def bake(self, _context: JobContext, payload: StringValue) -> None:
        self.begun.set()
        await self.open.wait()
        if self.broken:
            raise RuntimeError("the oven is broken")
        self.done.append(payload.value)

    def build(self, resources: Resources) -> App:
        app = build(resources)
        app.jobs = [Job(KIND, self.bake, StringValue, max_attempts=2, first_pause=timedelta(milliseconds=10))]
        return app


class Desk:
    """The stubs of tasks, an operator, and work."""

    def __init__(self, harness: Harness, oven: Oven) -> None:
        self.harness = harness
        self.oven = oven
        self.tasks = harness.stub(task_service_pb2_grpc.TaskServiceStub)
        self.letters = harness.stub(dead_letter_service_pb2_grpc.DeadLetterServiceStub)
        self.operator = harness.token(permissions=["platform.operate"])

    async def call(self, method: Any, request: Any, token: str | None = None) -> Any:
        return await self.harness.call(method, request, token or self.operator)

    async def enqueue(self, value: str, **how: Any) -> str:
        """A task; its id."""
        database = self.harness.resources.database("tasks")
        async with database.transaction(SYSTEM) as tx:
            tx.enqueue(KIND, StringValue(value=value), **how)
        return str(await database.pool.fetchval("SELECT max(job_id) FROM jobs.pgqueuer_log"))

    async def get(self, task_id: str) -> task_pb2.Task:
        request = task_service_pb2.GetTaskRequest(task_id=task_id)
        return (await self.call(self.tasks.GetTask, request)).task

    async def reaches(self, task_id: str, state: int) -> task_pb2.Task:
        """Wait until a task stands there; the bound only ends a test that hangs."""
        async with asyncio.timeout(30):
            while (task := await self.get(task_id)).state != state:  # noqa: ASYNC110 - a row, not an event
                await asyncio.sleep(0.02)
        return task

    async def listed(self, **fields: Any) -> list[str]:
        request = task_service_pb2.ListTasksRequest(**fields)
        return [task.task_id for task in (await self.call(self.tasks.ListTasks, request)).tasks]

    async def dead(self, value: str) -> str:
        self.oven.broken = True
        task_id = await self.enqueue(value)
        await self.reaches(task_id, STATE.TASK_STATE_DEAD)
        self.oven.broken = False
        return task_id


@pytest.fixture
async def desk(
    clone_database: Callable[[], TestDatabase],
    clone_redis: Callable[[], str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[Desk]:
    monkeypatch.setattr(worker_module, "POLL", timedelta(milliseconds=100))
    oven = Oven()
    async with Harness.open(
        [oven.build], database_url=clone_database().url, redis_url=clone_redis(), keys_dir=tmp_path / "keys"
    ) as harness:
        yield Desk(harness, oven)


class TestLooking:
    async def test_from_its_queue_to_its_end(self, desk: Desk):
        later = await desk.enqueue("later", delay=timedelta(hours=1), priority=10)
        task = await desk.get(later)
        assert (task.kind, task.state, task.queue) == (
            KIND,
            STATE.TASK_STATE_SCHEDULED,
            QUEUE.TASK_QUEUE_HIGH_PRIORITY,
        )
        now = await desk.enqueue("now")
        await desk.reaches(now, STATE.TASK_STATE_SUCCEEDED)
        assert await desk.listed() == [later]
        assert await desk.listed(queue="TASK_QUEUE_LOW_PRIORITY") == []
        assert await desk.listed(state="TASK_STATE_SCHEDULED", kind=KIND) == [later]

    async def test_what_was_given_up_says_why(self, desk: Desk):
        task = await desk.get(await desk.dead("cake"))
        assert (task.failure_count, task.crash_count) == (2, 0)
        assert task.last_error == "RuntimeError: the oven is broken"

    async def test_pages_follow_each_other(self, desk: Desk):
        made = [await desk.enqueue(str(n), delay=timedelta(hours=1)) for n in range(5)]
        seen, token = [], ""
        while True:
            request = task_service_pb2.ListTasksRequest(page_size=2, page_token=token)
            answer = await desk.call(desk.tasks.ListTasks, request)
            seen += [task.task_id for task in answer.tasks]
            token = answer.next_page_token
            if not token:
                break
        assert seen == made[::-1]

    async def test_queues_are_counted(self, desk: Desk):
        await desk.dead("cake")
        await desk.enqueue("later", delay=timedelta(hours=1), priority=-10)
        answer = await desk.call(desk.tasks.GetQueues, task_service_pb2.GetQueuesRequest())
        found = {count.queue: (count.scheduled_count, count.dead_count) for count in answer.queues}
        assert found[QUEUE.TASK_QUEUE_DEFAULT] == (0, 1)
        assert found[QUEUE.TASK_QUEUE_LOW_PRIORITY] == (1, 0)

    async def test_an_administrator_of_an_organisation_is_no_operator(self, desk: Desk):
        token = desk.harness.token(roles=["admin"], permissions=["user.manage"])
        with refused(PermissionMissing):
            await desk.call(desk.tasks.ListTasks, task_service_pb2.ListTasksRequest(), token)

    async def test_one_that_never_was(self, desk: Desk):
        with refused(TaskNotFound):
            await desk.get("999999999")


class TestCancelling:
    async def test_what_waits_is_not_done(self, desk: Desk):
        task_id = await desk.enqueue("later", delay=timedelta(hours=1))
        request = task_service_pb2.CancelTaskRequest(task_id=task_id)
        answer = await desk.call(desk.tasks.CancelTask, request)
        assert answer.task.state == STATE.TASK_STATE_CANCELLED
        with refused(TaskStateRefused) as refusal:
            await desk.call(desk.tasks.CancelTask, request)
        assert refusal.metadata["state"] == "CANCELLED"

    async def test_what_runs_goes_on(self, desk: Desk):
        desk.oven.open.clear()
        task_id = await desk.enqueue("cake")
        await desk.oven.begun.wait()
        with refused(TaskStateRefused) as refusal:
            await desk.call(desk.tasks.CancelTask, task_service_pb2.CancelTaskRequest(task_id=task_id))
        assert refusal.metadata["state"] == "RUNNING"
        desk.oven.open.set()
        await desk.reaches(task_id, STATE.TASK_STATE_SUCCEEDED)


class TestRunningAgain:
    async def test_one_that_waits_waits_no_longer(self, desk: Desk):
        task_id = await desk.enqueue("later", delay=timedelta(hours=1))
        await desk.call(desk.tasks.RetryTask, task_service_pb2.RetryTaskRequest(task_id=task_id))
        await desk.reaches(task_id, STATE.TASK_STATE_SUCCEEDED)
        assert desk.oven.done == ["later"]

    async def test_a_dead_letter_by_either_name(self, desk: Desk):
        first, second = await desk.dead("one"), await desk.dead("two")
        await desk.call(desk.tasks.RetryTask, task_service_pb2.RetryTaskRequest(task_id=first))
        request = dead_letter_service_pb2.ReplayDeadLetterRequest(task_id=second)
        await desk.call(desk.letters.ReplayDeadLetter, request)
        for task_id in (first, second):
            await desk.reaches(task_id, STATE.TASK_STATE_SUCCEEDED)
        assert sorted(desk.oven.done) == ["one", "two"]
        with refused(DeadLetterNotFound):
            await desk.call(desk.letters.ReplayDeadLetter, request)

    async def test_two_replays_at_once_are_one(self, desk: Desk):
        request = dead_letter_service_pb2.ReplayDeadLetterRequest(task_id=await desk.dead("cake"))
        answers = await asyncio.gather(
            *(desk.call(desk.letters.ReplayDeadLetter, request) for _ in range(8)), return_exceptions=True
        )
        assert sum(not isinstance(answer, BaseException) for answer in answers) == 1

    async def test_many_of_a_kind_after_a_look(self, desk: Desk):
        letters = [await desk.dead(str(n)) for n in range(3)]
        request = dead_letter_service_pb2.ReplayDeadLettersRequest(kind=KIND, validate_only=True)
        assert (await desk.call(desk.letters.ReplayDeadLetters, request)).replayed_count == 3
        listing = dead_letter_service_pb2.ListDeadLettersRequest(kind=KIND)
        held = (await desk.call(desk.letters.ListDeadLetters, listing)).tasks
        assert [task.task_id for task in held] == letters[::-1]
        request.validate_only = False
        assert (await desk.call(desk.letters.ReplayDeadLetters, request)).replayed_count == 3
        for task_id in letters:
            await desk.reaches(task_id, STATE.TASK_STATE_SUCCEEDED)


class TestEffects:
    async def test_settled_by_somebody_who_has_looked(self, desk: Desk):
        pool = desk.harness.resources.database("tasks").pool
        await pool.execute("INSERT INTO jobs.effects (key, state) VALUES ('a', 'unknown'), ('b', 'sending')")
        listing = dead_letter_service_pb2.ListUnknownEffectsRequest()
        effects = (await desk.call(desk.letters.ListUnknownEffects, listing)).effects
        assert [effect.effect_key for effect in effects] == ["a"]
        request = dead_letter_service_pb2.SettleEffectRequest(effect_key="a", outcome="EFFECT_OUTCOME_HAPPENED")
        await desk.call(desk.letters.SettleEffect, request)
        assert await pool.fetchval("SELECT state FROM jobs.effects WHERE key = 'a'") == "done"
        with refused(DeadLetterNotFound):
            await desk.call(desk.letters.SettleEffect, request)
        request.effect_key = "b"
        with refused(DeadLetterNotFound):
            await desk.call(desk.letters.SettleEffect, request)
