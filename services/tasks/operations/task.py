"""Tasks: start, look, cancel, retry."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from google.protobuf.message import Message

from services.chassis.actor import Actor
from services.chassis.db import queue
from services.chassis.db.database import ReadTransaction, Transaction
from services.chassis.errors import PermissionMissing, invalid
from services.chassis.jobs import OPERATE, steering
from services.chassis.jobs import inspection as queues
from services.chassis.jobs.inspection import AttemptView, QueueCount, QueueName, TaskState, TaskView
from services.chassis.jobs.kinds import Kind, find_kind
from services.chassis.paging import Page, PageOf
from services.tasks.errors import TaskExists, TaskNotFound, TaskStateRefused
from services.tasks.models import TaskAction, TaskRequest
from services.tasks.operations.common import record
from services.tasks.operations.kind import list_startable_kinds
from services.tasks.repository import OWN, ActionRepository, QueueRepository, RequestRepository

RETRIABLE = (TaskState.SCHEDULED, TaskState.QUEUED, TaskState.DEAD)
"""What waits or is held. A run that has begun is not begun a second time beside it."""
CANCELLABLE = (*RETRIABLE, TaskState.RUNNING)
LONGEST_DELAY = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class Task:
    """A task, and who asked for it."""

    view: TaskView
    creator_id: UUID | None = None
    attempts: tuple[AttemptView, ...] = ()


async def create_task(
    tx: Transaction,
    caller: Actor,
    kind: Kind,
    payload: Message,
    *,
    organization_id: UUID | None,
    priority: int | None,
    due_time: datetime | None,
    now: datetime,
) -> Task:
    """Start a task of a kind that the caller may start (`startable_kind`).

    Raises:
        InvalidFields, PermissionMissing
        TaskExists: one at a time is enough.
    """
    owner = _owner(caller, kind, organization_id)
    if due_time is not None and due_time > now + LONGEST_DELAY:
        raise invalid("due_time", "must be at most a year ahead", "due_time.far")
    pending = queue.PendingJob(
        kind.name,
        payload,
        queue.SINGLE if kind.single else None,
        None if due_time is None else max(due_time - now, timedelta(0)),
        kind.priority if priority is None else priority,
        owner,
    )
    (task_id,) = await queue.write(tx.session, [pending])
    if task_id is None:
        other = await QueueRepository(tx).with_key(queue.single_key(kind.name, owner))
        raise TaskExists(metadata={"kind": kind.name, "task_id": str(other or "")})
    request = TaskRequest(task_id=task_id, kind=kind.name, organization_id=owner, user_id=caller.user_id)
    RequestRepository(tx).add(request)
    await record(tx, caller, "create", task_id, kind=kind.name)
    return await get_task(tx, caller, task_id)


def _owner(caller: Actor, kind: Kind, organization_id: UUID | None) -> UUID | None:
    """For which organisation a task is done; None for the whole platform."""
    if caller.can(OPERATE):
        if organization_id is not None and kind.permission == OPERATE:
            raise invalid("organization_id", "tasks of this kind are for the whole platform", "organization_id.kind")
        return organization_id
    if organization_id not in (None, caller.organization_id):
        raise PermissionMissing(metadata={"permission": OPERATE})
    return caller.organization_id


async def list_tasks(
    tx: ReadTransaction, caller: Actor, page: Page, *, kind: str, state: TaskState | None, queue: QueueName | None
) -> PageOf[Task]:
    """One page of what has not ended, newest first."""
    operator = caller.can(OPERATE)
    rows = await queues.list_tasks(
        tx,
        limit=page.size + 1,
        before_id=int(page.after[0]) if page.after is not None else None,
        kind=kind,
        state=state,
        queue=queue,
        kinds=None if operator else [found.name for found in await list_startable_kinds(tx, caller)],
        among="" if operator else OWN,
    )
    found = page.cut(rows, key=lambda row: (row.job_id,))
    creators = await RequestRepository(tx).creators([view.job_id for view in found.items])
    return PageOf([Task(view, creators.get(view.job_id)) for view in found.items], found.next_page_token)


async def get_task(tx: ReadTransaction, caller: Actor, task_id: int) -> Task:
    """Where a task stands.

    Raises:
        TaskNotFound
    """
    request = await RequestRepository(tx).find(task_id)
    if not caller.can(OPERATE):
        kind = None if request is None else await find_kind(tx, request.kind)
        if kind is None or not caller.can(kind.permission):
            raise TaskNotFound
    view = await queues.find_task(tx, task_id)
    if view is None:
        raise TaskNotFound
    attempts = await queues.list_attempts(tx, task_id)
    return Task(view, None if request is None else request.user_id, tuple(attempts))


async def cancel_task(tx: Transaction, caller: Actor, task_id: int) -> Task:
    """Take a task out of its queue, or ask it to end where it runs.

    Raises:
        TaskNotFound
        TaskStateRefused: it is to end or has ended.
    """
    kind = (await get_task(tx, caller, task_id)).view.kind
    if not (await steering.cancel_task(tx, task_id) or await steering.end_run(tx, task_id)):
        raise await _refusal(tx, caller, task_id, "cancel", CANCELLABLE)
    await record(tx, caller, "cancel", task_id, kind=kind)
    return await get_task(tx, caller, task_id)


async def retry_task(tx: Transaction, caller: Actor, task_id: int) -> Task:
    """Have a task run now.

    Raises:
        TaskNotFound
        TaskStateRefused: it runs or has ended.
    """
    kind = (await get_task(tx, caller, task_id)).view.kind
    if not (await steering.replay_task(tx, task_id) or await steering.hurry_task(tx, task_id)):
        raise await _refusal(tx, caller, task_id, "retry", RETRIABLE)
    await record(tx, caller, "retry", task_id, kind=kind)
    return await get_task(tx, caller, task_id)


async def get_queues(tx: ReadTransaction) -> list[QueueCount]:
    """What there is in each queue."""
    return await queues.count_queues(tx)


async def list_actions(tx: ReadTransaction, page: Page, *, target: str) -> PageOf[TaskAction]:
    """One page of what was done, newest first."""
    return await ActionRepository(tx).list(page, target=target)


async def _refusal(
    tx: ReadTransaction, caller: Actor, task_id: int, verb: str, allowed: tuple[TaskState, ...]
) -> TaskStateRefused:
    """How things stand with a task that cannot be steered.

    Raises:
        TaskNotFound
    """
    state = (await get_task(tx, caller, task_id)).view.state
    names = ",".join(one.name for one in allowed)
    return TaskStateRefused(metadata={"verb": verb, "state": state.name, "allowed_states": names})
