"""A service with jobs that do as they are told, and an operator's desk."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from google.protobuf.empty_pb2 import Empty
from google.protobuf.wrappers_pb2 import StringValue
from sqlalchemy import select

from doorstep.tasks.v1 import (
    dead_letter_service_pb2_grpc,
    schedule_service_pb2_grpc,
    task_pb2,
    task_service_pb2,
    task_service_pb2_grpc,
)
from doorstep.tasks.v1.schedule_service_pb2 import ListSchedulesRequest as ServeJob
from services.chassis.actor import SYSTEM
from services.chassis.app import App, Resources
from services.chassis.ids import new_id
from services.chassis.jobs import OPERATE, Job, JobContext, OnRequest, Priority, schedules
from services.chassis.jobs import context as context_module
from services.chassis.jobs import worker as worker_module
from services.chassis.testing import Harness
from services.tasks.app import build
from services.tasks.models import TaskRequest
from tests.chassis.bakery import eventually
from tests.fixtures.servers import TestDatabase

KIND = "tasks.bake"
STATE = task_pb2.TaskState
QUEUE = task_pb2.TaskQueue


class Oven:
    """A service with one kind of job, done as it is told."""

    def __init__(self) -> None:
        self.broken = False
        self.done: list[str] = []
        self.served: list[tuple[UUID | None, int]] = []
        self.begun = asyncio.Event()
        self.open = asyncio.Event()
        self.open.set()
        self.slices = 0
        """How many to cut, saying so after each."""

    async def slice(self, context: JobContext) -> None:
        for n in range(1, self.slices + 1):
            await context.progress(n, self.slices)
            await asyncio.sleep(0.01)

    async def bake(self, context: JobContext, payload: StringValue) -> None:
        self.begun.set()
        if self.slices:
            await self.slice(context)
        await self.open.wait()
        if self.broken:
            raise RuntimeError("the oven is broken")
        self.done.append(payload.value)

    def build(self, resources: Resources) -> App:
        app = build(resources)
        quick = {"max_attempts": 2, "first_pause": timedelta(milliseconds=10)}
        app.jobs = [
            Job(KIND, self.bake, StringValue, on_request=OnRequest("Bake one", OPERATE), **quick),  # type: ignore[arg-type]
            Job(
                "tasks.serve",
                self.serve,
                ServeJob,
                priority=Priority.LOW,
                on_request=OnRequest("Serve a page", "property.write", single=True),
            ),
            Job("tasks.secret", self.bake, StringValue),
            Job("tasks.sweep", self.sweep, Empty, on_request=OnRequest("Sweep", OPERATE), interruptible=True),
        ]
        return app

    async def sweep(self, context: JobContext, payload: Empty) -> None:
        """Write a row, and keep the transaction until the oven is open."""
        async with context.database.transaction(SYSTEM) as tx:
            tx.session.add(TaskRequest(task_id=0, kind="swept"))
            await tx.session.flush()
            self.begun.set()
            await self.open.wait()

    async def serve(self, context: JobContext, payload: ServeJob) -> None:
        self.served.append((context.organization_id, payload.page_size))
        await self.open.wait()


class Desk:
    """The stubs of tasks, an operator, and work."""

    def __init__(self, harness: Harness, oven: Oven) -> None:
        self.harness = harness
        self.oven = oven
        self.tasks = harness.stub(task_service_pb2_grpc.TaskServiceStub)
        self.letters = harness.stub(dead_letter_service_pb2_grpc.DeadLetterServiceStub)
        self.schedules = harness.stub(schedule_service_pb2_grpc.ScheduleServiceStub)
        operator = new_id()
        self.operator_id = str(operator)
        self.operator = harness.token(user_id=operator, permissions=[OPERATE])

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
        found: task_pb2.Task = (await self.call(self.tasks.GetTask, request)).task
        return found

    async def reaches(self, task_id: str, state: int) -> task_pb2.Task:
        """Wait until a task stands there; the bound only ends a test that hangs."""
        async with asyncio.timeout(30):
            while (task := await self.get(task_id)).state != state:  # noqa: ASYNC110 - a row, not an event
                await asyncio.sleep(0.02)
        return task

    async def create(self, kind: str, token: str | None = None, **fields: Any) -> task_pb2.Task:
        request = task_service_pb2.CreateTaskRequest(kind=kind)
        request.payload.update(fields.pop("payload", {}))
        request.MergeFrom(task_service_pb2.CreateTaskRequest(**fields))
        made: task_pb2.Task = (await self.call(self.tasks.CreateTask, request, token)).task
        return made

    async def actions(self, target: str) -> list[str]:
        request = task_service_pb2.ListTaskActionsRequest(target=target)
        found = (await self.call(self.tasks.ListTaskActions, request)).actions
        assert all(action.caller_user_id and action.request_id for action in found)
        return [action.action for action in found][::-1]

    async def swept(self) -> int:
        """How often there was sweeping that nothing took back."""
        async with self.harness.resources.database("tasks").read(SYSTEM) as tx:
            rows = await tx.session.scalars(select(TaskRequest).where(TaskRequest.kind == "swept"))
        return len(rows.all())

    async def kinds_known(self) -> bool:
        """Whether the worker has said what it can do."""
        request = task_service_pb2.ListTaskKindsRequest()
        return len((await self.call(self.tasks.ListTaskKinds, request)).kinds) >= 2

    async def says_how_far(self, task_id: str) -> task_pb2.Task:
        """Wait until a task has said so."""
        async with asyncio.timeout(30):
            while not (task := await self.get(task_id)).HasField("progress"):  # noqa: ASYNC110 - a row, not an event
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
    database: TestDatabase, redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Desk]:
    monkeypatch.setattr(worker_module, "POLL", timedelta(milliseconds=100))
    monkeypatch.setattr(context_module, "PROGRESS", 0.0)
    monkeypatch.setattr(schedules, "LONGEST_REST", timedelta(milliseconds=50))
    oven = Oven()
    async with Harness.open(
        [oven.build], database_url=database.url, redis_url=redis_url, keys_dir=tmp_path / "keys"
    ) as harness:
        desk = Desk(harness, oven)
        await eventually(desk.kinds_known)
        yield desk
