"""The ledger that keeps an effect outside the database (a mail, a payment) from happening twice.

`sending` is committed before the effect and `done` after it. A run that finds `done` goes on without it. A run that
finds `sending` does not know: the process may have died before or after the effect. That is `unknown`, is never
repeated blindly, and ends the job as a dead letter until someone has looked and settled it.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

import asyncpg

from services.chassis.failpoints import failpoint

__all__ = ["Effect", "EffectDidNotHappen", "EffectUnknown", "effect"]


class EffectDidNotHappen(Exception):
    """Raise it in the block when the effect surely did not happen (refused, unreachable); it is tried again then."""


class EffectUnknown(Exception):
    """An earlier run began the effect and did not say how it ended. The job is held; `settle_effect`, then replay.

    A block raises it itself where it knows that it cannot know: the provider was given everything and did not answer.
    """


@dataclass(frozen=True, slots=True)
class Effect:
    """An effect that may be caused now, or was."""

    key: str
    """Unique and the same in every run: give it to providers that take an idempotency key."""
    fresh: bool
    """Whether to cause it now."""


@asynccontextmanager
async def effect(pool: asyncpg.Pool, key: str, *, repeatable: bool | timedelta) -> AsyncIterator[Effect]:
    """See `JobContext.effect`."""
    written = await pool.fetchval(
        "INSERT INTO jobs.effects (key, state) VALUES ($1, 'sending') ON CONFLICT DO NOTHING RETURNING true", key
    )
    if not written:
        found = await pool.fetchrow("SELECT state, now() - create_time AS age FROM jobs.effects WHERE key = $1", key)
        if found is not None and found["state"] == "done":
            yield Effect(key, fresh=False)
            return
        if isinstance(repeatable, timedelta):
            repeatable = found is not None and found["age"] < repeatable
        if not repeatable:
            await pool.execute("UPDATE jobs.effects SET state = 'unknown' WHERE key = $1 AND state = 'sending'", key)
            raise EffectUnknown(f"effect {key}: an earlier run did not say whether it happened")
    await failpoint("after_intent")
    try:
        yield Effect(key, fresh=True)
    except EffectDidNotHappen:
        await pool.execute("DELETE FROM jobs.effects WHERE key = $1", key)
        raise
    except EffectUnknown:
        await pool.execute("UPDATE jobs.effects SET state = 'unknown' WHERE key = $1 AND state = 'sending'", key)
        raise
    await failpoint("after_effect")
    await pool.execute("UPDATE jobs.effects SET state = 'done', done_time = now() WHERE key = $1", key)
