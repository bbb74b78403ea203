"""Jobs that start by the clock: rows with a cron expression, fired by whichever worker comes first.

Own rows instead of pgqueuer's scheduler: that one runs a function rather than enqueueing a job (so no attempts, no
dead letter, no replay), runs it again when the heartbeat of the process that has it stops, knows no pause and no time
zone, and only the expressions that the code of a process names. Here a firing is one transaction: the row is locked,
its job written, its next time set. Whatever dies, a firing has happened once or not yet.

Decisions
- A firing whose job of before still waits or runs is skipped and counted: a slow job is not piled up.
- What was missed while no worker ran is made up for once, not once for every time missed.
- Local times that a change of clocks repeats count once where the hour is given; those that it leaves out move to the
  moment after the gap.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import asyncpg
import structlog
from croniter import CroniterError, croniter
from pgqueuer.adapters.drivers.asyncpg import AsyncpgDriver

from services.chassis.db.queue import queries, single_key
from services.chassis.failpoints import failpoint
from services.chassis.jobs.definition import Job

__all__ = ["HEADER", "cron_problem", "declare", "fire", "next_time"]

log = structlog.get_logger(__name__)

HEADER = "schedule"
"""Header of a job: the schedule that started it."""
LONGEST_REST = timedelta(seconds=10)
"""How late a schedule may start that was made or moved while all workers rested."""
_FIELDS = 5
_HOUR = 1
_FAR = timedelta(days=366 * 5)
"""An expression whose next time lies further away will not happen: 30 February."""


def cron_problem(cron: str) -> str:
    """Why an expression is no good; empty where it is."""
    fields = cron.split()
    if len(fields) != _FIELDS:
        return "must have five fields: minute, hour, day of month, month, day of week"
    try:
        following = croniter(cron, datetime.now(UTC)).get_next(datetime)
    except CroniterError as error:
        return str(error)
    return "" if following - datetime.now(UTC) < _FAR else "never happens"


def next_time(cron: str, time_zone: str, after: datetime) -> datetime:
    """The first time after `after` at which an expression holds on the clocks of `time_zone`, in UTC."""
    times = croniter(cron, after.astimezone(ZoneInfo(time_zone)))
    while True:
        found: datetime = times.get_next(datetime)
        # The hour that the clocks go through twice: an expression that names its hour means the first of the two.
        if not found.fold or "*" in cron.split()[_HOUR]:
            return found.astimezone(UTC)


async def declare(pool: asyncpg.Pool, jobs: Sequence[Job[Any]]) -> None:
    """Make the schedules that the code declares; one that an operator has changed is left as it is."""
    found = [(job, job.schedule) for job in jobs if job.schedule is not None]
    if not found:
        return
    now = datetime.now(UTC)
    await pool.execute(
        """
        INSERT INTO jobs.schedules AS schedule (name, kind, payload, priority, cron, time_zone, declared, next_time)
        SELECT name, name, '', priority, cron, time_zone, true, next_time
        FROM unnest($1::text[], $2::int[], $3::text[], $4::text[], $5::timestamptz[])
            AS new (name, priority, cron, time_zone, next_time)
        ORDER BY name
        ON CONFLICT (name) DO UPDATE
            SET cron = excluded.cron, time_zone = excluded.time_zone, next_time = excluded.next_time
        WHERE schedule.declared AND schedule.version = 1
            AND (schedule.cron, schedule.time_zone) IS DISTINCT FROM (excluded.cron, excluded.time_zone)
        """,
        [job.name for job, _ in found],
        [int(job.priority) for job, _ in found],
        [schedule.cron for _, schedule in found],
        [schedule.time_zone for _, schedule in found],
        [next_time(schedule.cron, schedule.time_zone, now) for _, schedule in found],
    )


async def fire(pool: asyncpg.Pool) -> timedelta:
    """Start what is due, each in a transaction of its own; return how long there is nothing to do."""
    while await _fire_one(pool):
        pass
    rest = await pool.fetchval("SELECT min(next_time) - now() FROM jobs.schedules WHERE NOT paused")
    return LONGEST_REST if rest is None else min(max(rest, timedelta(0)), LONGEST_REST)


@dataclass(frozen=True, slots=True)
class _Due:
    name: str
    kind: str
    payload: bytes
    priority: int
    cron: str
    time_zone: str
    single: bool
    now: datetime


async def _fire_one(pool: asyncpg.Pool) -> bool:
    async with pool.acquire() as connection:
        async with connection.transaction():
            # What another worker has locked is being fired.
            row = await connection.fetchrow(
                "SELECT schedule.name, schedule.kind, payload, schedule.priority, cron, time_zone, "
                "coalesce(kind.single, false) AS single, now() AS now "
                "FROM jobs.schedules AS schedule LEFT JOIN jobs.kinds AS kind ON kind.name = schedule.kind "
                "WHERE NOT paused AND next_time <= now() ORDER BY next_time LIMIT 1 "
                "FOR UPDATE OF schedule SKIP LOCKED"
            )
            if row is None:
                return False
            due = _Due(**dict(row))
            try:
                following = next_time(due.cron, due.time_zone, due.now)
            except (CroniterError, ZoneInfoNotFoundError):  # it was good when it was made; the others must go on
                log.exception("schedule_paused", schedule=due.name)
                await connection.execute("UPDATE jobs.schedules SET paused = true WHERE name = $1", due.name)
                return True
            job_id = await _enqueue(connection, due)
            await connection.execute(
                "UPDATE jobs.schedules SET next_time = $2, last_time = now(), last_job_id = coalesce($3, last_job_id), "
                "fired_count = fired_count + ($3::bigint IS NOT NULL)::int, "
                "skipped_count = skipped_count + ($3::bigint IS NULL)::int WHERE name = $1",
                due.name,
                following,
                job_id,
            )
            await failpoint("before_commit")
        await failpoint("after_commit")
    log.info("schedule_fired" if job_id else "schedule_skipped", schedule=due.name, job=due.kind, job_id=job_id)
    return True


async def _enqueue(connection: Any, due: _Due) -> int | None:
    """Write the job of a firing; None where the one of the firing before is not done."""
    key = single_key(due.kind, None) if due.single else f"{HEADER}/{due.name}"
    (job_id,) = await queries(AsyncpgDriver(connection)).enqueue(
        [due.kind], [due.payload], [due.priority], None, [key], [{HEADER: due.name}], on_conflict="skip"
    )
    return None if job_id is None else int(job_id)
