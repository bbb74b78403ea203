"""TaskService and DeadLetterService."""

from dataclasses import dataclass
from typing import Any

from doorstep.tasks.v1 import dead_letter_service_pb2 as dead
from doorstep.tasks.v1 import dead_letter_service_pb2_grpc, task_service_pb2_grpc
from doorstep.tasks.v1 import task_service_pb2 as pb
from services.chassis.actor import current_actor
from services.chassis.db.database import Database
from services.chassis.paging import PageTokens
from services.tasks import mapping, operations


@dataclass(frozen=True, slots=True)
class Parts:
    """Made once by `app.build`."""

    database: Database
    page_tokens: PageTokens


class TaskServicer(task_service_pb2_grpc.TaskServiceServicer):
    """Background work."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._db = parts.database

    async def ListTasks(self, request: pb.ListTasksRequest, context: Any) -> pb.ListTasksResponse:
        """Lists tasks that have not ended, newest first."""
        page = self._parts.page_tokens.page(request)
        state, queue = mapping.from_state(request.state), mapping.from_queue(request.queue)
        async with self._db.read(current_actor()) as tx:
            rows = await operations.list_tasks(tx, page, kind=request.kind, state=state, queue=queue)
        return pb.ListTasksResponse(tasks=map(mapping.to_task, rows.items), next_page_token=rows.next_page_token)

    async def GetTask(self, request: pb.GetTaskRequest, context: Any) -> pb.GetTaskResponse:
        """Reads where a task stands."""
        async with self._db.read(current_actor()) as tx:
            view = await operations.get_task(tx, int(request.task_id))
        return pb.GetTaskResponse(task=mapping.to_task(view))

    async def CancelTask(self, request: pb.CancelTaskRequest, context: Any) -> pb.CancelTaskResponse:
        """Takes a task out of its queue."""
        async with self._db.transaction(current_actor()) as tx:
            view = await operations.cancel_task(tx, int(request.task_id))
        return pb.CancelTaskResponse(task=mapping.to_task(view))

    async def RetryTask(self, request: pb.RetryTaskRequest, context: Any) -> pb.RetryTaskResponse:
        """Has a task run now."""
        async with self._db.transaction(current_actor()) as tx:
            view = await operations.retry_task(tx, int(request.task_id))
        return pb.RetryTaskResponse(task=mapping.to_task(view))

    async def GetQueues(self, request: pb.GetQueuesRequest, context: Any) -> pb.GetQueuesResponse:
        """Counts what there is, by queue."""
        async with self._db.read(current_actor()) as tx:
            counts = await operations.get_queues(tx)
        return pb.GetQueuesResponse(queues=map(mapping.to_queue_count, counts))


class DeadLetterServicer(dead_letter_service_pb2_grpc.DeadLetterServiceServicer):
    """Work that was given up."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._db = parts.database

    async def ListDeadLetters(self, request: dead.ListDeadLettersRequest, context: Any) -> dead.ListDeadLettersResponse:
        """Lists tasks that are held, newest first."""
        page = self._parts.page_tokens.page(request)
        async with self._db.read(current_actor()) as tx:
            rows = await operations.list_dead_letters(tx, page, kind=request.kind)
        return dead.ListDeadLettersResponse(
            tasks=map(mapping.to_task, rows.items), next_page_token=rows.next_page_token
        )

    async def ReplayDeadLetter(
        self, request: dead.ReplayDeadLetterRequest, context: Any
    ) -> dead.ReplayDeadLetterResponse:
        """Puts a held task back into its queue."""
        async with self._db.transaction(current_actor()) as tx:
            view = await operations.replay_dead_letter(tx, int(request.task_id))
        return dead.ReplayDeadLetterResponse(task=mapping.to_task(view))

    async def ReplayDeadLetters(
        self, request: dead.ReplayDeadLettersRequest, context: Any
    ) -> dead.ReplayDeadLettersResponse:
        """Puts held tasks of one kind back into their queues."""
        async with self._db.transaction(current_actor()) as tx:
            count = await operations.replay_dead_letters(
                tx, request.kind, limit=request.limit, validate_only=request.validate_only
            )
        return dead.ReplayDeadLettersResponse(replayed_count=count)

    async def ListUnknownEffects(
        self, request: dead.ListUnknownEffectsRequest, context: Any
    ) -> dead.ListUnknownEffectsResponse:
        """Lists effects of which nobody knows whether they happened."""
        page = self._parts.page_tokens.page(request)
        async with self._db.read(current_actor()) as tx:
            rows = await operations.list_unknown_effects(tx, page)
        return dead.ListUnknownEffectsResponse(
            effects=map(mapping.to_effect, rows.items), next_page_token=rows.next_page_token
        )

    async def SettleEffect(self, request: dead.SettleEffectRequest, context: Any) -> dead.SettleEffectResponse:
        """Says whether an effect happened."""
        async with self._db.transaction(current_actor()) as tx:
            await operations.settle_effect(
                tx, request.effect_key, happened=request.outcome == dead.EFFECT_OUTCOME_HAPPENED
            )
        return dead.SettleEffectResponse()
