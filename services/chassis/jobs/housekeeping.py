"""What the queue no longer needs, and is forgotten a few rows at a time.

No statement lasts, or holds locks, for as long as there are rows; what another worker is at is left to it.
"""

import asyncpg

__all__ = ["tidy"]

AT_ONCE = 1_000
"""Rows that one statement removes."""

_LOG = """
    DELETE FROM jobs.pgqueuer_log WHERE id IN (
        SELECT id FROM jobs.pgqueuer_log WHERE created < now() - interval '7 days'
        ORDER BY created LIMIT $1 FOR UPDATE SKIP LOCKED)"""
# None are made any more. There is no index by time, so only the first few are looked at.
_STATISTICS = """
    DELETE FROM jobs.pgqueuer_statistics WHERE created < now() - interval '30 days'
        AND id IN (SELECT id FROM jobs.pgqueuer_statistics ORDER BY id LIMIT $1)"""
_ATTEMPTS = """
    DELETE FROM jobs.attempts WHERE id IN (
        SELECT id FROM jobs.attempts WHERE end_time < now() - interval '7 days'
            AND NOT EXISTS (SELECT 1 FROM jobs.pgqueuer AS job WHERE job.id = job_id)
        ORDER BY end_time LIMIT $1 FOR UPDATE SKIP LOCKED)"""
_RUNS = """
    DELETE FROM jobs.runs WHERE job_id IN (
        SELECT job_id FROM jobs.runs WHERE update_time < now() - interval '1 day'
            AND NOT EXISTS (SELECT 1 FROM jobs.pgqueuer AS job WHERE job.id = job_id)
        LIMIT $1 FOR UPDATE SKIP LOCKED)"""
# Longer than any dead letter should wait: replaying an older one may repeat its effects.
_EFFECTS = """
    DELETE FROM jobs.effects WHERE key IN (
        SELECT key FROM jobs.effects WHERE state = 'done' AND create_time < now() - interval '90 days'
        ORDER BY create_time LIMIT $1 FOR UPDATE SKIP LOCKED)"""


async def tidy(pool: asyncpg.Pool) -> None:
    """Forget all of it."""
    for statement in (_LOG, _STATISTICS, _ATTEMPTS, _RUNS, _EFFECTS):
        while await pool.execute(statement, AT_ONCE) == f"DELETE {AT_ONCE}":
            pass
