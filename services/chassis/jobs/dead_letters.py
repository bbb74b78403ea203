"""Jobs that were given up: list them, look at why, settle what is unknown, run them again."""

import json
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

from services.chassis.db.queue import ORGANIZATION, SETTINGS, WAKE
from services.chassis.errors import DeadLetterNotFound

__all__ = ["FORGET_RUNS", "REPLAY", "DeadLetter", "list_dead_letters", "replay", "settle_effect"]

REPLAY = """
    UPDATE jobs.pgqueuer AS job SET status = 'queued', execute_after = now(), updated = now(), attempts = 0,
        queue_manager_id = NULL,
        -- A newer job may have taken the key meanwhile; both are to run then.
        dedupe_key = CASE WHEN EXISTS (
            SELECT 1 FROM jobs.pgqueuer AS other WHERE other.dedupe_key = job.dedupe_key AND other.id <> job.id
                AND other.status IN ('queued', 'picked')
        ) THEN NULL ELSE dedupe_key END
    WHERE id = $1 AND status = 'failed' RETURNING true
"""
"""Puts a held job back into the queue; takes its id, returns nothing where it is not held."""
FORGET_RUNS = "DELETE FROM jobs.runs WHERE job_id = $1"


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A job that is held."""

    job_id: int
    name: str
    payload: bytes
    organization_id: UUID | None
    failures: int
    crashes: int
    error: str
    create_time: datetime
    """When it was enqueued."""
    dead_time: datetime


async def list_dead_letters(
    pool: asyncpg.Pool, *, organization_id: UUID | None = None, limit: int = 100, before_id: int | None = None
) -> list[DeadLetter]:
    """List held jobs, newest first.

    Args:
        pool: Of any service's database.
        organization_id: Of this organisation only; of all when left out.
        limit: At most so many.
        before_id: Go on after this one: the `job_id` of the last one seen.
    """
    rows = await pool.fetch(
        """
        SELECT job.id, entrypoint, payload, headers, created, updated, coalesce(failures, 0) AS failures,
            coalesce(crashes, 0) AS crashes, coalesce(error, '') AS error
        FROM jobs.pgqueuer AS job LEFT JOIN jobs.runs ON runs.job_id = job.id
        WHERE status = 'failed' AND ($1::text IS NULL OR headers ->> 'organization_id' = $1)
            AND ($2::bigint IS NULL OR job.id < $2)
        ORDER BY job.id DESC LIMIT $3
        """,
        None if organization_id is None else str(organization_id),
        before_id,
        limit,
    )
    return [_dead_letter(row) for row in rows]


async def replay(pool: asyncpg.Pool, job_id: int) -> None:
    """Put a held job back into the queue, with its attempts forgotten. What its effects did stays known.

    Of two replays at once one puts it back and the other finds nothing.

    Raises:
        DeadLetterNotFound: it is not held.
    """
    async with pool.acquire() as connection, connection.transaction():
        found = await connection.fetchval(REPLAY, job_id)
        if not found:
            raise DeadLetterNotFound(metadata={"job_id": str(job_id)})
        await connection.execute(FORGET_RUNS, job_id)
        # pgqueuer's trigger is silent on updates; without this it would start when a worker next looks.
        await connection.execute(WAKE, SETTINGS.channel)


async def settle_effect(pool: asyncpg.Pool, key: str, *, happened: bool) -> None:
    """Say what became of an effect whose outcome was unknown; the next run goes by it.

    Args:
        pool: Of any service's database.
        key: The effect's key, as the job's error names it.
        happened: True: it will not be caused again. False: it will.

    Raises:
        DeadLetterNotFound: no effect of this key is unsettled.
    """
    if happened:
        done = await pool.fetchval(
            "UPDATE jobs.effects SET state = 'done', done_time = now() WHERE key = $1 AND state <> 'done' "
            "RETURNING true",
            key,
        )
    else:
        done = await pool.fetchval(
            "DELETE FROM jobs.effects WHERE key = $1 AND state <> 'done' RETURNING true",
            key,
        )
    if not done:
        raise DeadLetterNotFound(metadata={"effect": key})


def _dead_letter(row: asyncpg.Record) -> DeadLetter:
    headers = json.loads(row["headers"] or "{}")
    organization_id = headers.get(ORGANIZATION)
    return DeadLetter(
        job_id=row["id"],
        name=row["entrypoint"],
        payload=row["payload"] or b"",
        organization_id=UUID(organization_id) if organization_id else None,
        failures=row["failures"],
        crashes=row["crashes"],
        error=row["error"],
        create_time=row["created"],
        dead_time=row["updated"],
    )
