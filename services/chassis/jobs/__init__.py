"""Background work that must not be lost: jobs in Postgres, enqueued in the transaction that makes them necessary.

pgqueuer keeps the queue (schema `jobs`): picking, heartbeats, delays, priorities, one job per key. What it does not do
is done here: counting the workers that a job killed, dead letters with their reason, replay, and the ledger that keeps
an effect outside the database from happening twice.

Decisions
- A job runs at least once. Rows are made exactly once by `context.once`, effects elsewhere by `context.effect`.
- Failures and deaths of the process count alike; after `max_attempts` of them the job is held as a dead letter until
  someone replays it. Running out of patience is never a reason to drop it.
- A job that was running when a process died is a suspect: suspects run one at a time, so that the innocent ones that
  died beside a deadly job are not counted with it again.
- A process that is told to stop finishes what it runs, and puts back what takes too long, uncounted. So is a run that
  found the database or another service away (`DependencyUnavailable`): however long that lasts, no job is held for it.
- Cancelling what runs is a wish: the handler learns of it where it says how far it is (`context.progress`), never in
  the middle of an effect. One that does not ask goes on to its end, unless its kind is `interruptible`.
- Schedules are rows of ours, not pgqueuer's scheduler (`schedules.py` says why).
"""

from services.chassis.jobs.context import JobCancelled, JobContext
from services.chassis.jobs.dead_letters import DeadLetter, list_dead_letters, replay, settle_effect
from services.chassis.jobs.definition import OPERATE, Job, OnRequest, Priority, Schedule, upkeep
from services.chassis.jobs.effects import Effect, EffectDidNotHappen, EffectUnknown
from services.chassis.jobs.worker import Worker, is_away

__all__ = [
    "OPERATE",
    "DeadLetter",
    "Effect",
    "EffectDidNotHappen",
    "EffectUnknown",
    "Job",
    "JobCancelled",
    "JobContext",
    "OnRequest",
    "Priority",
    "Schedule",
    "Worker",
    "is_away",
    "list_dead_letters",
    "replay",
    "settle_effect",
    "upkeep",
]
