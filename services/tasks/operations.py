"""The rules of looking at background work and steering it."""

import structlog

from services.chassis.db.database import ReadTransaction, Transaction
from services.chassis.errors import DeadLetterNotFound
from services.chassis.jobs import inspection
from services.chassis.jobs.inspection import EffectView, QueueCount, QueueName, TaskState, TaskView
from services.chassis.paging import Page, PageOf
from services.tasks.errors import TaskNotFound, TaskStateRefused

STEERABLE = (TaskState.SCHEDULED, TaskState.QUEUED, TaskState.DEAD)
"""What waits or is held. A run that has begun goes on to its end: nothing may be cut off in the middle of an effect."""
AT_ONCE = 100

_log = structlog.get_logger("doorstep.tasks")


async def list_tasks(
    tx: ReadTransaction, page: Page, *, kind: str, state: TaskState | None, queue: QueueName | None
) -> PageOf[TaskView]:
    """One page of what has not ended, newest first."""
    before_id = int(page.after[0]) if page.after is not None else None
    rows = await inspection.list_tasks(
        tx, limit=page.size + 1, before_id=before_id, kind=kind, state=state, queue=queue
    )
    return page.cut(rows, key=lambda row: (row.job_id,))


async def get_task(tx: ReadTransaction, job_id: int) -> TaskView:
    """Where a task stands.

    Raises:
        TaskNotFound
    """
    found = await inspection.find_task(tx, job_id)
    if found is None:
        raise TaskNotFound
    return found


async def cancel_task(tx: Transaction, job_id: int) -> TaskView:
    """Take a task out of its queue.

    Raises:
        TaskNotFound
        TaskStateRefused: it runs or has ended.
    """
    before = await get_task(tx, job_id)
    if not await inspection.cancel_task(tx, job_id):
        raise await _refusal(tx, job_id, "cancel")
    _log.info("task_cancelled", job_id=job_id, job=before.kind, state=before.state, by=tx.actor.identity)
    return await get_task(tx, job_id)


async def retry_task(tx: Transaction, job_id: int) -> TaskView:
    """Have a task run now.

    Raises:
        TaskNotFound
        TaskStateRefused: it runs or has ended.
    """
    if not (await inspection.replay_task(tx, job_id) or await inspection.hurry_task(tx, job_id)):
        raise await _refusal(tx, job_id, "retry")
    _log.info("task_retried", job_id=job_id, by=tx.actor.identity)
    return await get_task(tx, job_id)


async def get_queues(tx: ReadTransaction) -> list[QueueCount]:
    """What there is in each queue."""
    return await inspection.count_queues(tx)


async def list_dead_letters(tx: ReadTransaction, page: Page, *, kind: str) -> PageOf[TaskView]:
    """One page of what is held, newest first."""
    return await list_tasks(tx, page, kind=kind, state=TaskState.DEAD, queue=None)


async def replay_dead_letter(tx: Transaction, job_id: int) -> TaskView:
    """Put a held task back.

    Raises:
        DeadLetterNotFound: it is not held.
    """
    if not await inspection.replay_task(tx, job_id):
        raise DeadLetterNotFound(metadata={"job_id": str(job_id)})
    _log.info("dead_letter_replayed", job_id=job_id, by=tx.actor.identity)
    return await get_task(tx, job_id)


async def replay_dead_letters(tx: Transaction, kind: str, *, limit: int, validate_only: bool) -> int:
    """Put held tasks of one kind back, oldest first; return how many."""
    job_ids = await inspection.dead_task_ids(tx, kind, limit or AT_ONCE)
    if validate_only:
        return len(job_ids)
    done = sum([await inspection.replay_task(tx, job_id) for job_id in job_ids])
    _log.info("dead_letters_replayed", job=kind, count=done, by=tx.actor.identity)
    return done


async def list_unknown_effects(tx: ReadTransaction, page: Page) -> PageOf[EffectView]:
    """One page of effects of which nobody knows whether they happened."""
    after_key = str(page.after[0]) if page.after is not None else ""
    rows = await inspection.list_unknown_effects(tx, limit=page.size + 1, after_key=after_key)
    return page.cut(rows, key=lambda row: (row.key,))


async def settle_effect(tx: Transaction, key: str, *, happened: bool) -> None:
    """Say whether an effect happened, after somebody has looked.

    Raises:
        DeadLetterNotFound: no effect of this key is unknown.
    """
    if not await inspection.settle_unknown_effect(tx, key, happened=happened):
        raise DeadLetterNotFound(metadata={"effect": key})
    _log.info("effect_settled", effect=key, happened=happened, by=tx.actor.identity)


async def _refusal(tx: ReadTransaction, job_id: int, verb: str) -> TaskStateRefused:
    """How things stand with a task that cannot be steered.

    Raises:
        TaskNotFound
    """
    found = await get_task(tx, job_id)
    allowed = ",".join(state.name for state in STEERABLE)
    return TaskStateRefused(metadata={"verb": verb, "state": found.state.name, "allowed_states": allowed})
