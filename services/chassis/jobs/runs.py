"""How the runs of unfinished jobs ended: failures, and deaths of the process, which pgqueuer does not count."""

from typing import NamedTuple

import asyncpg

__all__ = ["Past", "begin", "ended", "failed", "interrupted", "past"]


class Past(NamedTuple):
    """What is known of a job before it runs."""

    failures: int
    crashes: int
    """Including the run that is `running`, whose process has gone."""

    @property
    def attempts(self) -> int:
        """Runs that did not end well."""
        return self.failures + self.crashes


async def past(pool: asyncpg.Pool, job_id: int) -> Past:
    """Look at what happened so far. A run that is still marked as running has died with its process."""
    row = await pool.fetchrow(
        """
        INSERT INTO jobs.runs AS run (job_id) VALUES ($1) ON CONFLICT (job_id) DO UPDATE
        SET crashes = run.crashes + run.running::int, running = false, update_time = now(),
            error = CASE WHEN run.running THEN 'the process ended while the job was running' ELSE run.error END
        RETURNING failures, crashes
        """,
        job_id,
    )
    assert row is not None  # noqa: S101 - an upsert returns its row
    return Past(row["failures"], row["crashes"])


async def begin(pool: asyncpg.Pool, job_id: int) -> None:
    """Say that the job runs from now on."""
    await pool.execute("UPDATE jobs.runs SET running = true, update_time = now() WHERE job_id = $1", job_id)


async def ended(pool: asyncpg.Pool, job_id: int) -> None:
    """Forget a job that is done."""
    await pool.execute("DELETE FROM jobs.runs WHERE job_id = $1", job_id)


async def failed(pool: asyncpg.Pool, job_id: int, error: str) -> None:
    """Count a failure."""
    await pool.execute(
        "UPDATE jobs.runs SET failures = failures + 1, running = false, error = $2, update_time = now() "
        "WHERE job_id = $1",
        job_id,
        error[:2000],
    )


async def interrupted(pool: asyncpg.Pool, job_id: int) -> None:
    """Say that the job was stopped by us, uncounted."""
    await pool.execute("UPDATE jobs.runs SET running = false, update_time = now() WHERE job_id = $1", job_id)
