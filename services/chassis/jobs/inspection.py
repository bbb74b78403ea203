"""A look into the queue: what waits, runs and is held, how far it is, and how its runs ended."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import text

from services.chassis.db.database import ReadTransaction
from services.chassis.db.queue import ORGANIZATION
from services.chassis.jobs.schedules import HEADER as SCHEDULE

__all__ = [
    "AttemptView",
    "EffectView",
    "Outcome",
    "QueueCount",
    "QueueName",
    "TaskState",
    "TaskView",
    "count_queues",
    "dead_task_ids",
    "find_task",
    "list_attempts",
    "list_tasks",
    "list_unknown_effects",
]


class TaskState(StrEnum):
    """Where a job stands."""

    SCHEDULED = "SCHEDULED"
    QUEUED = "QUEUED"
    RUNNING = "RUNNING"
    CANCELLING = "CANCELLING"
    """It is to end, and has not yet: it runs, or its process has died and nobody has picked it up."""
    DEAD = "DEAD"
    SUCCEEDED = "SUCCEEDED"
    CANCELLED = "CANCELLED"


class QueueName(StrEnum):
    """The queues: three ranges of priority (`Priority`), and what is held, wherever it came from."""

    HIGH_PRIORITY = "HIGH_PRIORITY"
    DEFAULT = "DEFAULT"
    LOW_PRIORITY = "LOW_PRIORITY"
    DEAD_LETTERS = "DEAD_LETTERS"


class Outcome(StrEnum):
    """How a run ended that did not end well."""

    FAILED = "FAILED"
    CRASHED = "CRASHED"
    """Its process died."""
    CANCELLED = "CANCELLED"


@dataclass(frozen=True, slots=True)
class AttemptView:
    """A run that did not end well."""

    outcome: Outcome
    error: str
    begin_time: datetime | None
    end_time: datetime


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
    schedule: str = ""
    """The schedule that started it. Unknown once it has ended."""
    done: int | None = None
    """How far it is, in a unit of its own; None where it has not said."""
    total: int | None = None
    progress_time: datetime | None = None


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
    "CASE WHEN job.status <> 'failed' AND runs.cancel_requested THEN 'CANCELLING' ELSE "
    "CASE job.status WHEN 'queued' THEN CASE WHEN job.execute_after > now() THEN 'SCHEDULED' ELSE 'QUEUED' END "
    "WHEN 'picked' THEN 'RUNNING' WHEN 'failed' THEN 'DEAD' END END"
)
_QUEUE = "CASE WHEN {0}.priority > 0 THEN 'HIGH_PRIORITY' WHEN {0}.priority < 0 THEN 'LOW_PRIORITY' ELSE 'DEFAULT' END"
_SELECT = f"""
    SELECT job.id, job.entrypoint,
        CASE WHEN job.status = 'failed' THEN 'DEAD_LETTERS' ELSE {_QUEUE.format("job")} END AS queue, {_STATE} AS state,
        job.headers ->> '{ORGANIZATION}' AS organization_id, coalesce(runs.failures, 0) AS failures,
        coalesce(runs.crashes, 0) AS crashes, coalesce(runs.error, '') AS error, job.created, job.updated,
        job.execute_after, job.headers ->> '{SCHEDULE}' AS schedule, runs.progress_done, runs.progress_total,
        runs.progress_time
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
    kinds: Sequence[str] | None = None,
    among: str = "",
) -> list[TaskView]:
    """Jobs that have not ended, newest first, after the one with `before_id`.

    Args:
        tx: Where to read.
        limit: At most so many.
        before_id: The last one seen.
        kind: Only of this kind.
        state: Only in this state.
        queue: Only in this queue.
        kinds: Only of these kinds.
        among: Only those whose id this query of the caller's own gives; nothing from outside may stand in it.
    """
    rows = await tx.session.execute(
        text(
            f"""
            SELECT * FROM ({_SELECT}) AS task
            WHERE (CAST(:before_id AS bigint) IS NULL OR id < :before_id)
                AND (:kind = '' OR entrypoint = :kind) AND (:state = '' OR state = :state)
                AND (:queue = '' OR queue = :queue)
                AND (CAST(:kinds AS text[]) IS NULL OR entrypoint = ANY(CAST(:kinds AS text[])))
                {f"AND id IN ({among})" if among else ""}
            ORDER BY id DESC LIMIT :limit
            """  # noqa: S608 - constants
        ),
        {
            "before_id": before_id,
            "kind": kind,
            "state": state or "",
            "queue": queue or "",
            "kinds": None if kinds is None else list(kinds),
            "limit": limit,
        },
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
    attempts = await list_attempts(tx, job_id)
    return TaskView(
        job_id=job_id,
        kind=ended.entrypoint,
        queue=QueueName(ended.queue),
        state=TaskState.SUCCEEDED if ended.status == "successful" else TaskState.CANCELLED,
        organization_id=None,
        failures=sum(attempt.outcome is Outcome.FAILED for attempt in attempts),
        crashes=sum(attempt.outcome is Outcome.CRASHED for attempt in attempts),
        error=attempts[-1].error if attempts else "",
        create_time=None,
        update_time=ended.created,
        due_time=None,
    )


async def list_attempts(tx: ReadTransaction, job_id: int, limit: int = 100) -> list[AttemptView]:
    """The last runs of a job that did not end well, oldest first; those before a replay too."""
    rows = await tx.session.execute(
        text(
            "SELECT outcome, error, begin_time, end_time FROM jobs.attempts WHERE job_id = :id "
            "ORDER BY id DESC LIMIT :limit"
        ),
        {"id": job_id, "limit": limit},
    )
    found = [AttemptView(Outcome(row.outcome), row.error, row.begin_time, row.end_time) for row in rows]
    return found[::-1]


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
            running=number(queue, TaskState.RUNNING) + number(queue, TaskState.CANCELLING),
            dead=number(queue, TaskState.DEAD),
        )
        for queue in QueueName
    ]


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
        schedule=row.schedule or "",
        done=row.progress_done,
        total=row.progress_total,
        progress_time=row.progress_time,
    )
