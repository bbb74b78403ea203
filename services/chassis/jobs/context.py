"""What a job's handler is handed."""

import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

import asyncpg
from sqlalchemy import text

from services.chassis.actor import Actor
from services.chassis.db.database import Database, Transaction
from services.chassis.jobs import runs
from services.chassis.jobs.effects import Effect, effect

__all__ = ["JobCancelled", "JobContext"]

PROGRESS = 1.0
"""Seconds between two writes of progress: a loop may say it for every row."""


class JobCancelled(BaseException):
    """Somebody wants the job to end. Let it pass; what is done stays done.

    No `Exception`, as `asyncio.CancelledError` is none: a handler that goes on after errors must not go on after this.
    """


@dataclass(slots=True)
class _Track:
    """What changes during a run."""

    written: float = float("-inf")
    effects: int = 0
    """Blocks of effects that are open."""


@dataclass(frozen=True)
class JobContext:
    """One run of a job."""

    job_id: int
    name: str
    attempt: int
    """1 for the first run; deaths of the process count."""
    actor: Actor
    """For whom the job is done: the organisation that enqueued it, or the system."""
    organization_id: UUID | None
    headers: Mapping[str, str]
    """Trace context and request id of the call that enqueued it."""
    database: Database
    """The service's."""
    pool: asyncpg.Pool
    _track: _Track = field(default_factory=_Track, repr=False, compare=False)

    @property
    def request_id(self) -> str:
        """The call that enqueued the job; empty when none did."""
        return self.headers.get("request_id", "")

    async def progress(self, done: int | None = None, total: int | None = None) -> None:
        """Say how far the run is, and learn whether it is still wanted; a handler that takes long calls it often.

        Most calls cost nothing: it is written once a second, and when all is done. Within an effect it never ends the
        run, because then nobody would know whether the effect happened.

        Args:
            done: How much is done, in a unit of the job's own.
            total: How much there is, where that is known.

        Raises:
            JobCancelled: an operator, or whoever asked for the job, wants it to end.
        """
        now, track = time.monotonic(), self._track
        if now < track.written + PROGRESS and (done is None or done != total):
            return
        track.written = now
        if await runs.progress(self.pool, self.job_id, done, total) and not track.effects:
            raise JobCancelled

    @asynccontextmanager
    async def effect(
        self, key: str, *, repeatable: bool | timedelta = False, across_jobs: bool = False
    ) -> AsyncIterator[Effect]:
        """Cause something outside the database once, over all runs and replays of this job.

            async with context.effect("mail") as effect:
                if effect.fresh:
                    await mailer.send(..., message_id=effect.key)

        A block that raises leaves the outcome unknown, unless it raises `EffectDidNotHappen`.

        Args:
            key: Which effect of the job.
            repeatable: The provider drops repetitions by a key of its own, so an unknown outcome is tried again; as a
                time, for so long after it was begun first.
            across_jobs: Once for all jobs of this name with this key, not only for this one.

        Raises:
            EffectUnknown: an earlier run died within the block, or longer ago than the provider would know; let it
                pass, the job is then held.
        """
        scope = self.name if across_jobs else f"{self.name}/{self.job_id}"
        self._track.effects += 1
        try:
            async with effect(self.pool, f"{scope}/{key}", repeatable=repeatable) as found:
                yield found
        finally:
            self._track.effects -= 1

    @asynccontextmanager
    async def once(self, key: str, actor: Actor | None = None) -> AsyncIterator[Transaction | None]:
        """Change rows exactly once over all runs of this job: a transaction that also holds the record that it ran.

            async with context.once("totals") as tx:
                if tx is not None:
                    await operations.add_totals(tx, ...)

        Args:
            key: Which step of the job.
            actor: As whom; the job's actor when left out.
        """
        async with self.database.transaction(actor or self.actor) as tx:
            fresh = await tx.session.scalar(
                text(
                    "INSERT INTO jobs.effects (key, state, done_time) VALUES (:key, 'done', now()) "
                    "ON CONFLICT DO NOTHING RETURNING true"
                ),
                {"key": f"{self.name}/{self.job_id}/{key}"},
            )
            yield tx if fresh else None
