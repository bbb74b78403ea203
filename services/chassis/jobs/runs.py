"""How the runs of unfinished jobs ended: failures, and deaths of the process, which pgqueuer does not count."""

from collections.abc import Sequence
from typing import NamedTuple

import asyncpg

from services.chassis.db.texts import storable

__all__ = ["CRASHED", "Past", "begin", "cancelled", "ended", "failed", "interrupted", "past", "progress", "unwanted"]

CRASHED = "the process ended while the job was running"


class Past(NamedTuple):
    """What is known of a job when it is picked."""

    failures: int
    crashes: int
    """Including the run that is `running`, whose process has gone."""
    cancel_requested: bool
    running: bool
    """Whether this run is marked as begun; else `begin` has to be called."""

    @property
    def attempts(self) -> int:
        """Runs that did not end well."""
        return self.failures + self.crashes


async def past(pool: asyncpg.Pool, job_id: int) -> Past:
    """Look at what happened so far, and mark the run as begun where nothing speaks against it.

    A run that is still marked as running has died with its process. The next one is not marked here: it waits until
    it is alone, and must not be counted if its process dies while it waits.
    """
    row = await pool.fetchrow(
        """
        WITH died AS (
            INSERT INTO jobs.attempts (job_id, begin_time, outcome, error)
            SELECT job_id, begin_time, 'CRASHED', $2 FROM jobs.runs WHERE job_id = $1 AND running
        )
        INSERT INTO jobs.runs AS run (job_id, running, begin_time) VALUES ($1, true, now())
        ON CONFLICT (job_id) DO UPDATE SET crashes = run.crashes + run.running::int,
            running = NOT run.running AND run.crashes = 0 AND NOT run.cancel_requested, begin_time = now(),
            update_time = now(), error = CASE WHEN run.running THEN $2 ELSE run.error END
        RETURNING failures, crashes, cancel_requested, running
        """,
        job_id,
        CRASHED,
    )
    assert row is not None  # noqa: S101 - an upsert returns its row
    return Past(row["failures"], row["crashes"], row["cancel_requested"], row["running"])


async def begin(pool: asyncpg.Pool, job_id: int) -> None:
    """Say that the job runs from now on."""
    await pool.execute(
        "UPDATE jobs.runs SET running = true, begin_time = now(), update_time = now() WHERE job_id = $1", job_id
    )


async def progress(pool: asyncpg.Pool, job_id: int, done: int | None, total: int | None) -> bool:
    """Write how far a run is; return whether somebody wants the job to end."""
    wanted = await pool.fetchval(
        "UPDATE jobs.runs SET progress_done = coalesce($2, progress_done), progress_total = coalesce($3, "
        "progress_total), progress_time = now(), update_time = now() WHERE job_id = $1 RETURNING cancel_requested",
        job_id,
        done,
        total,
    )
    return bool(wanted)


async def unwanted(pool: asyncpg.Pool, job_ids: Sequence[int]) -> list[int]:
    """Which of some jobs somebody wants to end."""
    rows = await pool.fetch(
        "SELECT job_id FROM jobs.runs WHERE job_id = ANY($1::bigint[]) AND cancel_requested", job_ids
    )
    return [row["job_id"] for row in rows]


async def ended(pool: asyncpg.Pool, job_ids: Sequence[int]) -> None:
    """Forget jobs that are done."""
    await pool.execute("DELETE FROM jobs.runs WHERE job_id = ANY($1::bigint[])", job_ids)


async def cancelled(pool: asyncpg.Pool, job_id: int) -> None:
    """Forget a job that has ended because somebody wanted it to."""
    await pool.execute(
        "WITH run AS (DELETE FROM jobs.runs WHERE job_id = $1 RETURNING job_id, begin_time) "
        "INSERT INTO jobs.attempts (job_id, begin_time, outcome) SELECT job_id, begin_time, 'CANCELLED' FROM run",
        job_id,
    )


async def failed(pool: asyncpg.Pool, job_id: int, error: str) -> bool:
    """Count a failure; return whether somebody wants the job to end."""
    wanted = await pool.fetchval(
        "WITH run AS (UPDATE jobs.runs SET failures = failures + 1, running = false, error = $2, update_time = now() "
        "WHERE job_id = $1 RETURNING job_id, begin_time, cancel_requested), told AS (INSERT INTO jobs.attempts "
        "(job_id, begin_time, outcome, error) SELECT job_id, begin_time, 'FAILED', $2 FROM run) "
        "SELECT cancel_requested FROM run",
        job_id,
        storable(error[:2000]),
    )
    return bool(wanted)


async def interrupted(pool: asyncpg.Pool, job_id: int) -> None:
    """Say that the job was stopped by us, uncounted."""
    await pool.execute("UPDATE jobs.runs SET running = false, update_time = now() WHERE job_id = $1", job_id)
