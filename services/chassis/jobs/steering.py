"""What operators may do about jobs: cancel, hurry, replay, settle.

Guarded statements in the caller's transaction: of two operators at once one has done it, and the other is told how
things stand now.
"""

from sqlalchemy import text

from services.chassis.db.database import Transaction
from services.chassis.db.queue import SETTINGS, WAKE
from services.chassis.jobs.dead_letters import FORGET_RUNS, REPLAY

__all__ = ["cancel_task", "end_run", "hurry_task", "replay_task", "settle_unknown_effect"]


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


async def end_run(tx: Transaction, job_id: int) -> bool:
    """Ask a job that runs to end; False where it does not run, or was asked before.

    It ends where its handler next says how far it is; if that never comes, when its run has ended.
    """
    done = await tx.session.scalar(
        text(
            """
            INSERT INTO jobs.runs AS run (job_id, running, cancel_requested)
            SELECT id, false, true FROM jobs.pgqueuer WHERE id = :id AND status = 'picked' FOR UPDATE
            ON CONFLICT (job_id) DO UPDATE SET cancel_requested = true, update_time = now()
                WHERE NOT run.cancel_requested
            RETURNING true
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
