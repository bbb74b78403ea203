"""TaskService."""

from datetime import UTC
from typing import Any
from uuid import UUID

from doorstep.tasks.v1 import task_service_pb2 as pb
from doorstep.tasks.v1 import task_service_pb2_grpc
from services.chassis.actor import current_actor
from services.tasks import mapping
from services.tasks.operations import kind as kinds
from services.tasks.operations import task as operations
from services.tasks.operations.common import reach
from services.tasks.servicer.parts import Parts


class TaskServicer(task_service_pb2_grpc.TaskServiceServicer):
    """Background work."""

    def __init__(self, parts: Parts) -> None:
        """Serve with `parts`."""
        self._parts = parts
        self._db = parts.database

    async def CreateTask(self, request: pb.CreateTaskRequest, context: Any) -> pb.CreateTaskResponse:
        """Starts a task of a registered kind."""
        caller = current_actor()
        due_time = request.due_time.ToDatetime(UTC) if request.HasField("due_time") else None
        async with self._db.transaction(reach(caller)) as tx:
            kind = await kinds.startable_kind(tx, caller, request.kind)
            task = await operations.create_task(
                tx,
                caller,
                kind,
                mapping.from_payload(kind, request.payload),
                organization_id=UUID(request.organization_id) if request.organization_id else None,
                priority=mapping.from_priority(request.queue),
                due_time=due_time,
                now=self._parts.clock.now(),
            )
        return pb.CreateTaskResponse(task=mapping.to_task(task))

    async def ListTaskKinds(self, request: pb.ListTaskKindsRequest, context: Any) -> pb.ListTaskKindsResponse:
        """Lists what the caller may start."""
        caller = current_actor()
        page = self._parts.page_tokens.page(request)
        async with self._db.read(reach(caller)) as tx:
            found = await kinds.page_of_kinds(tx, caller, page)
        return pb.ListTaskKindsResponse(kinds=map(mapping.to_kind, found.items), next_page_token=found.next_page_token)

    async def ListTasks(self, request: pb.ListTasksRequest, context: Any) -> pb.ListTasksResponse:
        """Lists tasks that have not ended, newest first."""
        caller = current_actor()
        page = self._parts.page_tokens.page(request)
        state, queue = mapping.from_state(request.state), mapping.from_queue(request.queue)
        async with self._db.read(reach(caller)) as tx:
            rows = await operations.list_tasks(tx, caller, page, kind=request.kind, state=state, queue=queue)
        return pb.ListTasksResponse(tasks=map(mapping.to_task, rows.items), next_page_token=rows.next_page_token)

    async def GetTask(self, request: pb.GetTaskRequest, context: Any) -> pb.GetTaskResponse:
        """Reads where a task stands."""
        caller = current_actor()
        async with self._db.read(reach(caller)) as tx:
            task = await operations.get_task(tx, caller, int(request.task_id))
        return pb.GetTaskResponse(task=mapping.to_task(task))

    async def CancelTask(self, request: pb.CancelTaskRequest, context: Any) -> pb.CancelTaskResponse:
        """Takes a task out of its queue, or asks it to end."""
        caller = current_actor()
        async with self._db.transaction(reach(caller)) as tx:
            task = await operations.cancel_task(tx, caller, int(request.task_id))
        return pb.CancelTaskResponse(task=mapping.to_task(task))

    async def RetryTask(self, request: pb.RetryTaskRequest, context: Any) -> pb.RetryTaskResponse:
        """Has a task run now."""
        caller = current_actor()
        async with self._db.transaction(reach(caller)) as tx:
            task = await operations.retry_task(tx, caller, int(request.task_id))
        return pb.RetryTaskResponse(task=mapping.to_task(task))

    async def GetQueues(self, request: pb.GetQueuesRequest, context: Any) -> pb.GetQueuesResponse:
        """Counts what there is, by queue."""
        async with self._db.read(reach(current_actor())) as tx:
            counts = await operations.get_queues(tx)
        return pb.GetQueuesResponse(queues=map(mapping.to_queue_count, counts))

    async def ListTaskActions(self, request: pb.ListTaskActionsRequest, context: Any) -> pb.ListTaskActionsResponse:
        """Lists who did what, newest first."""
        page = self._parts.page_tokens.page(request)
        async with self._db.read(reach(current_actor())) as tx:
            rows = await operations.list_actions(tx, page, target=request.target)
        return pb.ListTaskActionsResponse(
            actions=map(mapping.to_action, rows.items), next_page_token=rows.next_page_token
        )
