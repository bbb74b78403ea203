"""Background work is started, looked at and steered: by operators all of it, by organisations their own."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import grpc
import pytest
from sqlalchemy import select, update

from doorstep.tasks.v1 import task_pb2, task_service_pb2
from services.chassis.actor import SYSTEM
from services.chassis.errors import InvalidFields, PermissionMissing
from services.chassis.ids import new_id
from services.chassis.jobs import worker as worker_module
from services.chassis.testing import refused
from services.tasks import jobs
from services.tasks.errors import TaskExists, TaskKindUnknown, TaskNotFound, TaskStateRefused
from services.tasks.models import TaskRequest
from tests.tasks.conftest import KIND, QUEUE, STATE, Desk


class TestLooking:
    async def test_from_its_queue_to_its_end(self, desk: Desk) -> None:
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

    async def test_what_was_given_up_says_why(self, desk: Desk) -> None:
        task = await desk.get(await desk.dead("cake"))
        assert (task.failure_count, task.crash_count) == (2, 0)
        assert task.last_error == "RuntimeError: the oven is broken"
        assert task.queue == QUEUE.TASK_QUEUE_DEAD_LETTERS
        failed = task_pb2.TaskOutcome.TASK_OUTCOME_FAILED
        assert [(one.outcome, one.error) for one in task.attempts] == [(failed, task.last_error)] * 2
        assert all(one.begin_time.ToDatetime() < one.end_time.ToDatetime() for one in task.attempts)
        assert await desk.listed(queue="TASK_QUEUE_DEAD_LETTERS") == [task.task_id]

    async def test_pages_follow_each_other(self, desk: Desk) -> None:
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

    async def test_queues_are_counted(self, desk: Desk) -> None:
        await desk.dead("cake")
        await desk.enqueue("later", delay=timedelta(hours=1), priority=-10)
        answer = await desk.call(desk.tasks.GetQueues, task_service_pb2.GetQueuesRequest())
        found = {count.queue: (count.scheduled_count, count.dead_count) for count in answer.queues}
        assert found[QUEUE.TASK_QUEUE_DEAD_LETTERS] == (0, 1)
        assert found[QUEUE.TASK_QUEUE_LOW_PRIORITY] == (1, 0)
        assert [count.queue for count in answer.queues] == [1, 2, 3, 4]

    async def test_counts_and_the_record_are_for_operators(self, desk: Desk) -> None:
        token = desk.harness.token(roles=["admin"], permissions=["property.write"])
        for method, request in (
            (desk.tasks.GetQueues, task_service_pb2.GetQueuesRequest()),
            (desk.tasks.ListTaskActions, task_service_pb2.ListTaskActionsRequest()),
        ):
            with refused(PermissionMissing):
                await desk.call(method, request, token)

    async def test_one_that_never_was(self, desk: Desk) -> None:
        with refused(TaskNotFound):
            await desk.get("999999999")


class TestForgetting:
    async def test_who_asked_for_what_has_not_ended_is_remembered_for_as_long(
        self, desk: Desk, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A task may lie a year ahead, and a dead letter until somebody looks; who asked may still cancel both."""
        monkeypatch.setattr(jobs, "AT_ONCE", 2)
        token = desk.harness.token(organization_id=new_id(), permissions=["property.write"])
        later = datetime.now(UTC) + timedelta(days=300)
        task = await desk.create("tasks.serve", token, due_time=later)
        database = desk.harness.resources.database("tasks")
        async with database.transaction(SYSTEM) as tx:
            tx.session.add_all(TaskRequest(task_id=-n, kind="tasks.serve") for n in range(1, 6))
        young = (await desk.create("tasks.bake")).task_id
        await desk.reaches(young, STATE.TASK_STATE_SUCCEEDED)
        async with database.transaction(SYSTEM) as tx:
            await tx.session.execute(
                update(TaskRequest)
                .where(TaskRequest.task_id != int(young))
                .values(create_time=desk.harness.clock.now() - jobs.KEPT - timedelta(seconds=1))
            )
        await jobs.Housekeeping(database, desk.harness.clock).once()
        async with database.read(SYSTEM) as tx:
            left = set(await tx.session.scalars(select(TaskRequest.task_id)))
        assert left == {int(task.task_id), int(young)}
        cancel = task_service_pb2.CancelTaskRequest(task_id=task.task_id)
        cancelled = (await desk.call(desk.tasks.CancelTask, cancel, token)).task
        assert cancelled.state == STATE.TASK_STATE_CANCELLED


class TestCancelling:
    async def test_what_waits_is_not_done(self, desk: Desk) -> None:
        task_id = await desk.enqueue("later", delay=timedelta(hours=1))
        request = task_service_pb2.CancelTaskRequest(task_id=task_id)
        answer = await desk.call(desk.tasks.CancelTask, request)
        assert answer.task.state == STATE.TASK_STATE_CANCELLED
        with refused(TaskStateRefused) as refusal:
            await desk.call(desk.tasks.CancelTask, request)
        assert refusal.metadata["state"] == "CANCELLED"

    async def test_what_runs_ends_where_it_next_says_how_far_it_is(self, desk: Desk) -> None:
        desk.oven.slices = 100_000
        task_id = await desk.enqueue("cake")
        task = await desk.says_how_far(task_id)
        assert task.state == STATE.TASK_STATE_RUNNING
        assert 0 < task.progress.done_count <= task.progress.total_count == 100_000
        request = task_service_pb2.CancelTaskRequest(task_id=task_id)
        assert (await desk.call(desk.tasks.CancelTask, request)).task.state == STATE.TASK_STATE_CANCELLING
        task = await desk.reaches(task_id, STATE.TASK_STATE_CANCELLED)
        assert [one.outcome for one in task.attempts] == [task_pb2.TaskOutcome.TASK_OUTCOME_CANCELLED]
        assert desk.oven.done == []
        assert await desk.actions(task_id) == ["cancel"]

    async def test_what_does_not_ask_goes_on_to_its_end(self, desk: Desk) -> None:
        desk.oven.open.clear()
        task_id = await desk.enqueue("cake")
        await desk.oven.begun.wait()
        request = task_service_pb2.CancelTaskRequest(task_id=task_id)
        assert (await desk.call(desk.tasks.CancelTask, request)).task.state == STATE.TASK_STATE_CANCELLING
        assert await desk.listed(state="TASK_STATE_CANCELLING") == [task_id]
        with refused(TaskStateRefused) as refusal:
            await desk.call(desk.tasks.CancelTask, request)
        assert refusal.metadata["state"] == "CANCELLING"
        with refused(TaskStateRefused):
            await desk.call(desk.tasks.RetryTask, task_service_pb2.RetryTaskRequest(task_id=task_id))
        desk.oven.open.set()
        await desk.reaches(task_id, STATE.TASK_STATE_SUCCEEDED)

    async def test_what_is_interruptible_ends_where_it_waits(self, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(worker_module, "INTERRUPTING", 0.05)
        desk.oven.open.clear()
        task_id = (await desk.create("tasks.sweep")).task_id
        await desk.oven.begun.wait()
        request = task_service_pb2.CancelTaskRequest(task_id=task_id)
        assert (await desk.call(desk.tasks.CancelTask, request)).task.state == STATE.TASK_STATE_CANCELLING
        task = await desk.reaches(task_id, STATE.TASK_STATE_CANCELLED)
        assert [one.outcome for one in task.attempts] == [task_pb2.TaskOutcome.TASK_OUTCOME_CANCELLED]
        assert task.failure_count == 0
        assert await desk.swept() == 0, "what it had written is taken back"
        desk.oven.open.set()
        again = (await desk.create("tasks.sweep")).task_id
        await desk.reaches(again, STATE.TASK_STATE_SUCCEEDED)
        assert await desk.swept() == 1

    async def test_what_fails_and_is_unwanted_is_not_tried_again(self, desk: Desk) -> None:
        desk.oven.broken = True
        desk.oven.open.clear()
        task_id = await desk.enqueue("cake")
        await desk.oven.begun.wait()
        await desk.call(desk.tasks.CancelTask, task_service_pb2.CancelTaskRequest(task_id=task_id))
        desk.oven.open.set()
        task = await desk.reaches(task_id, STATE.TASK_STATE_CANCELLED)
        assert task.failure_count == 1

    async def test_of_two_at_once_one_does_it(self, desk: Desk) -> None:
        task_id = await desk.enqueue("later", delay=timedelta(hours=1))
        request = task_service_pb2.CancelTaskRequest(task_id=task_id)
        answers = await asyncio.gather(
            *(desk.call(desk.tasks.CancelTask, request) for _ in range(6)), return_exceptions=True
        )
        assert sum(not isinstance(answer, BaseException) for answer in answers) == 1
        assert await desk.actions(task_id) == ["cancel"]


class TestRunningAgain:
    async def test_one_that_waits_waits_no_longer(self, desk: Desk) -> None:
        task_id = await desk.enqueue("later", delay=timedelta(hours=1))
        await desk.call(desk.tasks.RetryTask, task_service_pb2.RetryTaskRequest(task_id=task_id))
        await desk.reaches(task_id, STATE.TASK_STATE_SUCCEEDED)
        assert desk.oven.done == ["later"]
        assert await desk.actions(task_id) == ["retry"]


class TestStarting:
    async def test_an_operator_starts_a_kind_with_what_it_needs(self, desk: Desk) -> None:
        soon = datetime.now(UTC) + timedelta(hours=1)
        task = await desk.create(
            "tasks.serve", payload={"pageSize": 7}, queue="TASK_QUEUE_HIGH_PRIORITY", due_time=soon
        )
        assert (task.state, task.queue) == (STATE.TASK_STATE_SCHEDULED, QUEUE.TASK_QUEUE_HIGH_PRIORITY)
        assert task.creator_id == desk.operator_id
        assert await desk.listed() == [task.task_id]
        await desk.call(desk.tasks.RetryTask, task_service_pb2.RetryTaskRequest(task_id=task.task_id))
        await desk.reaches(task.task_id, STATE.TASK_STATE_SUCCEEDED)
        assert desk.oven.served == [(None, 7)]
        assert await desk.actions(task.task_id) == ["create", "retry"]

    async def test_for_one_organisation_where_the_kind_is_for_organisations(self, desk: Desk) -> None:
        owner = new_id()
        task = await desk.create("tasks.serve", organization_id=str(owner))
        await desk.reaches(task.task_id, STATE.TASK_STATE_SUCCEEDED)
        assert desk.oven.served == [(owner, 0)]
        with refused(InvalidFields) as refusal:
            await desk.create(KIND, organization_id=str(owner))
        assert refusal.fields == ["organization_id"]

    async def test_an_organisation_starts_and_sees_its_own(self, desk: Desk) -> None:
        owner = new_id()
        agent = desk.harness.token(organization_id=owner, permissions=["property.write"])
        desk.oven.open.clear()
        task = await desk.create("tasks.serve", agent)
        elsewhere = await desk.enqueue("cake")
        listing = task_service_pb2.ListTasksRequest()
        found = (await desk.call(desk.tasks.ListTasks, listing, agent)).tasks
        assert [one.task_id for one in found] == [task.task_id]
        assert await desk.listed() == [elsewhere, task.task_id]
        for stranger in (
            desk.harness.token(organization_id=new_id(), permissions=["property.write"]),
            desk.harness.token(organization_id=owner, permissions=["property.read"]),
        ):
            assert (await desk.call(desk.tasks.ListTasks, listing, stranger)).tasks == []
            for method, name in (("GetTask", "Get"), ("CancelTask", "Cancel"), ("RetryTask", "Retry")):
                request = getattr(task_service_pb2, f"{name}TaskRequest")(task_id=task.task_id)
                with refused(TaskNotFound):
                    await desk.call(getattr(desk.tasks, method), request, stranger)
        with refused(TaskNotFound):
            request = task_service_pb2.GetTaskRequest(task_id=elsewhere)
            await desk.call(desk.tasks.GetTask, request, agent)
        desk.oven.open.set()
        await desk.reaches(task.task_id, STATE.TASK_STATE_SUCCEEDED)
        assert desk.oven.served == [(owner, 0)]
        request = task_service_pb2.GetTaskRequest(task_id=task.task_id)
        assert (await desk.call(desk.tasks.GetTask, request, agent)).task.state == STATE.TASK_STATE_SUCCEEDED

    async def test_not_for_another_organisation_and_not_without_the_permission(self, desk: Desk) -> None:
        agent = desk.harness.token(organization_id=new_id(), permissions=["property.write"])
        with refused(PermissionMissing):
            await desk.create("tasks.serve", agent, organization_id=str(new_id()))
        with refused(PermissionMissing) as refusal:
            await desk.create(KIND, agent)
        assert refusal.metadata["permission"] == "platform.operate"

    async def test_kinds_are_listed_for_those_who_may(self, desk: Desk) -> None:
        request = task_service_pb2.ListTaskKindsRequest()
        agent = desk.harness.token(organization_id=new_id(), permissions=["property.write"])
        (kind,) = (await desk.call(desk.tasks.ListTaskKinds, request, agent)).kinds
        assert (kind.kind, kind.permission, kind.single) == ("tasks.serve", "property.write", True)
        assert kind.queue == QUEUE.TASK_QUEUE_LOW_PRIORITY
        assert [(field.name, field.type) for field in kind.fields] == [("pageSize", "int32"), ("pageToken", "string")]
        found = (await desk.call(desk.tasks.ListTaskKinds, request)).kinds
        assert [one.kind for one in found] == [KIND, "tasks.serve", "tasks.sweep"]

    @pytest.mark.parametrize("kind", ["tasks.misspelt", "tasks.secret"])
    async def test_a_kind_that_nobody_registered_is_refused_with_those_that_are(self, desk: Desk, kind: str) -> None:
        with refused(TaskKindUnknown) as refusal:
            await desk.create(kind)
        assert refusal.metadata == {"kind": kind, "kinds": f"{KIND},tasks.serve,tasks.sweep"}
        assert await desk.listed() == []

    @pytest.mark.parametrize(
        ("payload", "field"),
        [
            ({"pageSize": 101}, "payload.page_size"),
            ({"cake": 1}, "payload"),
            ({"pageSize": "many"}, "payload"),
            ({"pageSize": float("nan")}, "payload"),
        ],
    )
    async def test_a_payload_that_breaks_its_rules_is_refused(
        self, desk: Desk, payload: dict[str, Any], field: str
    ) -> None:
        with refused(InvalidFields) as refusal:
            await desk.create("tasks.serve", payload=payload)
        assert refusal.fields == [field]

    async def test_too_far_ahead(self, desk: Desk) -> None:
        with refused(InvalidFields):
            await desk.create("tasks.serve", due_time=datetime.now(UTC) + timedelta(days=400))

    async def test_one_at_a_time_is_enough_where_the_kind_says_so(self, desk: Desk) -> None:
        desk.oven.open.clear()
        answers = await asyncio.gather(*(desk.create("tasks.serve") for _ in range(6)), return_exceptions=True)
        (task,) = [one for one in answers if not isinstance(one, BaseException)]
        with refused(TaskExists) as refusal:
            await desk.create("tasks.serve")
        assert refusal.metadata["task_id"] == task.task_id
        other = await desk.create("tasks.serve", organization_id=str(new_id()))
        desk.oven.open.set()
        for one in (task, other):
            await desk.reaches(one.task_id, STATE.TASK_STATE_SUCCEEDED)

    async def test_the_same_request_twice_starts_one(self, desk: Desk) -> None:
        request = task_service_pb2.CreateTaskRequest(kind=KIND)
        metadata = [*desk.harness.metadata(desk.operator), ("idempotency-key", "once")]
        answers = [await desk.tasks.CreateTask(request, metadata=metadata) for _ in range(2)]
        assert answers[0] == answers[1]

    async def test_the_request_that_asked_is_known_to_the_task(self, desk: Desk) -> None:
        due_time = datetime.now(UTC) + timedelta(hours=1)
        task = await desk.create(KIND, due_time=due_time)
        request = task_service_pb2.ListTaskActionsRequest(target=task.task_id)
        (action,) = (await desk.call(desk.tasks.ListTaskActions, request)).actions
        pool = desk.harness.resources.database("tasks").pool
        carried = await pool.fetchval(
            "SELECT headers ->> 'request_id' FROM jobs.pgqueuer WHERE id = $1", int(task.task_id)
        )
        assert carried == action.request_id

    async def test_a_task_that_is_refused_leaves_no_trace(self, desk: Desk) -> None:
        with pytest.raises(grpc.aio.AioRpcError):
            await desk.create("tasks.serve", payload={"pageSize": -1})
        answer = await desk.call(desk.tasks.ListTaskActions, task_service_pb2.ListTaskActionsRequest())
        assert answer.actions == []
