"""What a job's handler is handed."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from uuid import UUID

import asyncpg
from sqlalchemy import text

from services.chassis.actor import Actor
from services.chassis.db.database import Database, Transaction
from services.chassis.jobs.effects import Effect, effect

__all__ = ["JobContext"]


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

    @property
    def request_id(self) -> str:
        """The call that enqueued the job; empty when none did."""
        return self.headers.get("request_id", "")

    def effect(
        self, key: str, *, repeatable: bool = False, across_jobs: bool = False
    ) -> AbstractAsyncContextManager[Effect]:
        """Cause something outside the database once, over all runs and replays of this job.

            async with context.effect("mail") as effect:
                if effect.fresh:
                    await mailer.send(..., message_id=effect.key)

        A block that raises leaves the outcome unknown, unless it raises `EffectDidNotHappen`.

        Args:
            key: Which effect of the job.
            repeatable: The provider drops repetitions by `effect.key` itself, so an unknown outcome is tried again.
            across_jobs: Once for all jobs of this name with this key, not only for this one.

        Raises:
            EffectUnknown: an earlier run died within the block; let it pass, the job is then held.
        """
        scope = self.name if across_jobs else f"{self.name}/{self.job_id}"
        return effect(self.pool, f"{scope}/{key}", repeatable=repeatable)

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
