"""What was given up: tasks, events, and effects of which nobody knows."""

from datetime import datetime
from uuid import UUID

from services.chassis.actor import Actor
from services.chassis.db.database import ReadTransaction, Transaction
from services.chassis.errors import DeadLetterNotFound
from services.chassis.events import inspection as letters
from services.chassis.events.inspection import EventLetter
from services.chassis.jobs import inspection as queues
from services.chassis.jobs import steering
from services.chassis.jobs.inspection import EffectView, TaskState
from services.chassis.paging import Page, PageOf
from services.tasks.operations.common import record
from services.tasks.operations.task import Task, get_task, list_tasks

AT_ONCE = 100


async def list_dead_letters(tx: ReadTransaction, caller: Actor, page: Page, *, kind: str) -> PageOf[Task]:
    """One page of tasks that are held, newest first."""
    return await list_tasks(tx, caller, page, kind=kind, state=TaskState.DEAD, queue=None)


async def replay_dead_letter(tx: Transaction, caller: Actor, task_id: int) -> Task:
    """Put a held task back.

    Raises:
        DeadLetterNotFound: it is not held.
    """
    if not await steering.replay_task(tx, task_id):
        raise DeadLetterNotFound(metadata={"job_id": str(task_id)})
    task = await get_task(tx, caller, task_id)
    await record(tx, caller, "replay", task_id, kind=task.view.kind)
    return task


async def replay_dead_letters(tx: Transaction, caller: Actor, kind: str, *, limit: int, validate_only: bool) -> int:
    """Put held tasks of one kind back, oldest first; return how many."""
    task_ids = await queues.dead_task_ids(tx, kind, limit or AT_ONCE)
    if validate_only:
        return len(task_ids)
    done = 0
    for task_id in task_ids:
        if await steering.replay_task(tx, task_id):
            await record(tx, caller, "replay", task_id, kind=kind)
            done += 1
    return done


async def list_event_dead_letters(tx: ReadTransaction, page: Page, *, service: str) -> PageOf[EventLetter]:
    """One page of events that were given up, last first."""
    before: tuple[datetime, UUID, str] | None = None
    if page.after is not None:
        time, event_id, subscriber = page.after
        before = (time, event_id, subscriber)
    rows = await letters.list_event_letters(tx, service=service, limit=page.size + 1, before=before)
    return page.cut(rows, key=lambda row: (row.dead_time, row.event_id, row.subscriber))


async def replay_event_dead_letter(
    tx: Transaction, caller: Actor, service: str, event_id: UUID, subscriber: str
) -> None:
    """Have an event handed to its subscriber again.

    Raises:
        DeadLetterNotFound: it was not given up, or is being replayed.
    """
    if not await letters.replay_event_letter(tx, service, event_id, subscriber):
        raise DeadLetterNotFound(metadata={"event_id": str(event_id), "subscriber": subscriber})
    await record(tx, caller, "replay", f"{service}/{event_id}/{subscriber}")


async def replay_event_dead_letters(
    tx: Transaction, caller: Actor, service: str, *, subscriber: str, limit: int, validate_only: bool
) -> int:
    """Have events handed to one service's subscribers again, in their order; return how many."""
    found = await letters.dead_event_letters(tx, service, subscriber=subscriber, limit=limit or AT_ONCE)
    if validate_only:
        return len(found)
    done = 0
    for event_id, name in found:
        if await letters.replay_event_letter(tx, service, event_id, name):
            await record(tx, caller, "replay", f"{service}/{event_id}/{name}")
            done += 1
    return done


async def list_unknown_effects(tx: ReadTransaction, page: Page) -> PageOf[EffectView]:
    """One page of effects of which nobody knows whether they happened."""
    after_key = str(page.after[0]) if page.after is not None else ""
    rows = await queues.list_unknown_effects(tx, limit=page.size + 1, after_key=after_key)
    return page.cut(rows, key=lambda row: (row.key,))


async def settle_effect(tx: Transaction, caller: Actor, key: str, *, happened: bool) -> None:
    """Say whether an effect happened, after somebody has looked.

    Raises:
        DeadLetterNotFound: no effect of this key is unknown.
    """
    if not await steering.settle_unknown_effect(tx, key, happened=happened):
        raise DeadLetterNotFound(metadata={"effect": key})
    await record(tx, caller, "settle", key, detail="happened" if happened else "did not happen")
