"""A look into the queue for operators, and what they may do about it: cancel, hurry, replay.

Changes are guarded statements in the caller's transaction: of two operators at once one has done it, and the other is
told how things stand now.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import text

from services.chassis.db.database import ReadTransaction, Transaction
from services.chassis.db.queue import ORGANIZATION, SETTINGS, WAKE
from services.chassis.jobs.dead_letters import FORGET_RUNS, REPLAY

__all__ = [
    "EffectView",
    "QueueCount",
    "QueueName",
    "TaskState",
    "TaskView",
    "cancel_task",
    "count_queues",
    "dead_task_ids",
    "find_task",
    "hurry_task",
    "list_tasks",
    "list_unknown_effects",
    "replay_task",
    "settle_unknown_effect",
]


class TaskState(StrEnum):
    """Where a job stands."""

    SCHEDULED = "SCHEDULED"
    QUEUED = "QUEUED"
    RUNNING = "RUNNING"
    DEAD = "DEAD"
    SUCCEEDED = "SUCCEEDED"
    CANCELLED = "CANCELLED"


class QueueName(StrEnum):
    """The three queues, which are ranges of priority (`Priority`); dead letters are a state."""

    HIGH_PRIORITY = "HIGH_PRIORITY"
    DEFAULT = "DEFAULT"
    LOW_PRIORITY = "LOW_PRIORITY"


@dataclass(frozen=True, slots=True)
class TaskView:
    """A job as operators see it: never its payload, which may hold personal data."""

    job_id: int
    kind: str
    queue: QueueName
    state: TaskState
    organization_id: UUID | None
    failures: int
    crashes: int
    error: str
    create_time: datetime | None
    """None once it has ended: the log only knows when that was."""
    update_time: datetime
    due_time: datetime | None


@dataclass(frozen=True, slots=True)
class QueueCount:
    """What there is in one queue."""

    queue: QueueName
    scheduled: int
    queued: int
    running: int
    dead: int


@dataclass(frozen=True, slots=True)
class EffectView:
    """Something outside the database of which nobody knows whether it happened."""

    key: str
    create_time: datetime


_STATE = (
    "CASE job.status WHEN 'queued' THEN CASE WHEN job.execute_after > now() THEN 'SCHEDULED' ELSE 'QUEUED' END "
    "WHEN 'picked' THEN 'RUNNING' WHEN 'failed' THEN 'DEAD' END"
)
_QUEUE = "CASE WHEN {0}.priority > 0 THEN 'HIGH_PRIORITY' WHEN {0}.priority < 0 THEN 'LOW_PRIORITY' ELSE 'DEFAULT' END"
_SELECT = f"""
    SELECT job.id, job.entrypoint, {_QUEUE.format("job")} AS queue, {_STATE} AS state,
        job.headers ->> '{ORGANIZATION}' AS organization_id, coalesce(runs.failures, 0) AS failures,
        coalesce(runs.crashes, 0) AS crashes, coalesce(runs.error, '') AS error, job.created, job.updated,
        job.execute_after
    FROM jobs.pgqueuer AS job LEFT JOIN jobs.runs ON runs.job_id = job.id
    WHERE job.status IN ('queued', 'picked', 'failed')
"""  # noqa: S608 - constants


async def list_tasks(
    tx: ReadTransaction,
    *,
    limit: int,
    before_id: int | None,
    kind: str = "",
    state: TaskState | None = None,
    queue: QueueName | None = None,
) -> list[TaskView]:
    """Jobs that have not ended, newest first, after the one with `before_id`."""
    rows = await tx.session.execute(
        text(
            f"""
            SELECT * FROM ({_SELECT}) AS task
            WHERE (CAST(:before_id AS bigint) IS NULL OR id < :before_id)
                AND (:kind = '' OR entrypoint = :kind) AND (:state = '' OR state = :state)
                AND (:queue = '' OR queue = :queue)
            ORDER BY id DESC LIMIT :limit
            """  # noqa: S608 - constants
        ),
        {"before_id": before_id, "kind": kind, "state": state or "", "queue": queue or "", "limit": limit},
    )
    return [_view(row) for row in rows]


async def find_task(tx: ReadTransaction, job_id: int) -> TaskView | None:
    """One job; from the log if it has ended, where that is not long ago."""
    row = (
        await tx.session.execute(
            text(f"SELECT * FROM ({_SELECT}) AS task WHERE id = :id"),  # noqa: S608 - constants
            {"id": job_id},
        )
    ).one_or_none()
    if row is not None:
        return _view(row)
    ended = (
        await tx.session.execute(
            text(
                f"""
                SELECT entrypoint, {_QUEUE.format("log")} AS queue, CAST(status AS text) AS status, created
                FROM jobs.pgqueuer_log AS log
                WHERE job_id = :id AND status IN ('successful', 'canceled', 'deleted') ORDER BY id DESC LIMIT 1
                """  # noqa: S608 - constants
            ),
            {"id": job_id},
        )
    ).one_or_none()
    if ended is None:
        return None
    return TaskView(
        job_id=job_id,
        kind=ended.entrypoint,
        queue=QueueName(ended.queue),
        state=TaskState.SUCCEEDED if ended.status == "successful" else TaskState.CANCELLED,
        organization_id=None,
        failures=0,
        crashes=0,
        error="",
        create_time=None,
        update_time=ended.created,
        due_time=None,
    )


async def count_queues(tx: ReadTransaction) -> list[QueueCount]:
    """What there is in each queue."""
    rows = await tx.session.execute(
        text(f"SELECT queue, state, count(*) AS number FROM ({_SELECT}) AS task GROUP BY queue, state")  # noqa: S608
    )
    found = {(row.queue, row.state): int(row.number) for row in rows}

    def number(queue: QueueName, state: TaskState) -> int:
        return found.get((queue.value, state.value), 0)

    return [
        QueueCount(
            queue,
            scheduled=number(queue, TaskState.SCHEDULED),
            queued=number(queue, TaskState.QUEUED),
            running=number(queue, TaskState.RUNNING),
            dead=number(queue, TaskState.DEAD),
        )
        for queue in QueueName
    ]


async def cancel_task(tx: Transaction, job_id: int) -> bool:
    """Take a job out of the queue that waits or is held; False where there is none, or it runs."""
    done = await tx.session.scalar(
        text(
            """
            WITH gone AS (
                DELETE FROM jobs.pgqueuer WHERE id = :id AND status IN ('queued', 'failed')
                RETURNING id, entrypoint, priority
            ), told AS (
                INSERT INTO jobs.pgqueuer_log (job_id, status, entrypoint, priority)
                SELECT id, 'canceled', entrypoint, priority FROM gone
            ), forgotten AS (
                DELETE FROM jobs.runs USING gone WHERE job_id = gone.id
            )
            SELECT true FROM gone
            """
        ),
        {"id": job_id},
    )
    return bool(done)


async def hurry_task(tx: Transaction, job_id: int) -> bool:
    """Let a job that waits for its time wait no longer; False where there is none that waits."""
    done = await tx.session.scalar(
        text(
            "UPDATE jobs.pgqueuer SET execute_after = least(execute_after, now()), updated = now() "
            "WHERE id = :id AND status = 'queued' RETURNING true"
        ),
        {"id": job_id},
    )
    if done:
        await _wake(tx)
    return bool(done)


async def replay_task(tx: Transaction, job_id: int) -> bool:
    """Put a held job back into the queue, its attempts forgotten; False where it is not held.

    What its effects did stays known, so that none happens again.
    """
    connection = await tx.session.connection()
    done = (await connection.exec_driver_sql(REPLAY, (job_id,))).scalar_one_or_none()
    if done:
        await connection.exec_driver_sql(FORGET_RUNS, (job_id,))
        await _wake(tx)
    return bool(done)


async def dead_task_ids(tx: ReadTransaction, kind: str, limit: int) -> Sequence[int]:
    """Held jobs of one kind, oldest first."""
    rows = await tx.session.execute(
        text("SELECT id FROM jobs.pgqueuer WHERE status = 'failed' AND entrypoint = :kind ORDER BY id LIMIT :limit"),
        {"kind": kind, "limit": limit},
    )
    return list(rows.scalars())


async def list_unknown_effects(tx: ReadTransaction, *, limit: int, after_key: str) -> list[EffectView]:
    """Effects whose outcome is unknown, by key, after `after_key`. What is being tried now is not among them."""
    rows = await tx.session.execute(
        text(
            "SELECT key, create_time FROM jobs.effects WHERE state = 'unknown' AND key > :after_key "
            "ORDER BY key LIMIT :limit"
        ),
        {"after_key": after_key, "limit": limit},
    )
    return [EffectView(row.key, row.create_time) for row in rows]


async def settle_unknown_effect(tx: Transaction, key: str, *, happened: bool) -> bool:
    """Say what became of an effect; the next run of its job goes by it. False where none of this key is unknown."""
    statement = (
        "UPDATE jobs.effects SET state = 'done', done_time = now() "
        "WHERE key = :key AND state = 'unknown' RETURNING true"
        if happened
        else "DELETE FROM jobs.effects WHERE key = :key AND state = 'unknown' RETURNING true"
    )
    return bool(await tx.session.scalar(text(statement), {"key": key}))


async def _wake(tx: Transaction) -> None:
    """pgqueuer's trigger is silent on updates; without this it would start when a worker next looks."""
    connection = await tx.session.connection()
    await connection.exec_driver_sql(WAKE, (SETTINGS.channel,))


def _view(row: Any) -> TaskView:
    return TaskView(
        job_id=row.id,
        kind=row.entrypoint,
        queue=QueueName(row.queue),
        state=TaskState(row.state),
        organization_id=UUID(row.organization_id) if row.organization_id else None,
        failures=row.failures,
        crashes=row.crashes,
        error=row.error,
        create_time=row.created,
        update_time=row.updated,
        due_time=row.execute_after,
    )
