"""Counting batches that were refused whole, per session and reason.

They never come to the committers, so they cannot slow down what is good. Whoever is refused waits for the count: it is
committed before the refusal is answered, and one who sends nonsense is held back by that.
"""

import asyncio
from collections import defaultdict
from dataclasses import dataclass
from uuid import UUID

import structlog
from sqlalchemy import text

from services.chassis.actor import SYSTEM
from services.chassis.db.database import Database
from services.telemetry.repository.counting import Tokens, once

PATIENCE = 2.0
"""Seconds that a refusal waits for its count while the database is away; it is counted once that is back."""
PAUSE = 0.5
"""Seconds between tries while the database is away."""

_log = structlog.get_logger("doorstep.telemetry.refusals")

_COUNT = (
    once("CAST(:now AS uuid)", "CAST(:before AS uuid)")
    + """
INSERT INTO telemetry.refusals AS r (organization_id, session_key, reason, batches, events)
SELECT x.* FROM once, unnest(CAST(:organizations AS uuid[]), CAST(:sessions AS bigint[]), CAST(:reasons AS smallint[]),
  CAST(:batches AS bigint[]), CAST(:events AS bigint[])) AS x ORDER BY 1, 2, 3
ON CONFLICT (organization_id, session_key, reason) DO UPDATE SET
  batches = r.batches + excluded.batches, events = r.events + excluded.events
"""
)


@dataclass(frozen=True, slots=True)
class Refused:
    """What of a session was refused for one reason."""

    reason: int
    """A number of doorstep.vr.v1.RefusalReason."""
    batches: int
    events: int
    """Events and samples in these batches, where they could be read."""


class Refusals:
    """Counts, and writes the counts down."""

    def __init__(self, database: Database) -> None:
        """Make it idle; run `run` in the background."""
        self._database = database
        self._waiting: dict[tuple[UUID, int, int], list[int]] = defaultdict(lambda: [0, 0])
        self._told: list[asyncio.Future[None]] = []
        self._wake = asyncio.Event()
        self._tokens = Tokens()

    async def count(self, organization_id: UUID, session_key: int, reason: int, events: int) -> None:
        """Count a batch; returns when that is committed, or after PATIENCE."""
        counts = self._waiting[organization_id, session_key, reason]
        counts[0] += 1
        counts[1] += events
        told = asyncio.get_running_loop().create_future()
        self._told.append(told)
        self._wake.set()
        await asyncio.wait((told,), timeout=PATIENCE)

    async def run(self) -> None:
        """Write until cancelled."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            taken, told = dict(self._waiting), self._told
            self._waiting.clear()
            self._told = []
            await self._write_at_last(taken)
            self._tokens.next()
            for one in told:
                if not one.done():
                    one.set_result(None)

    async def _write_at_last(self, counts: dict[tuple[UUID, int, int], list[int]]) -> None:
        while True:
            try:
                await self._write(counts)
            except Exception as error:  # noqa: BLE001 - a dying connection shows in many ways; all of them are logged
                _log.warning("counting_failed", error=repr(error), sessions=len(counts))
                await asyncio.sleep(PAUSE)
            else:
                return

    async def _write(self, counts: dict[tuple[UUID, int, int], list[int]]) -> None:
        async with self._database.transaction(SYSTEM) as tx:
            await tx.session.execute(
                text(_COUNT),
                {
                    "now": self._tokens.now,
                    "before": self._tokens.before,
                    "organizations": [organization_id for organization_id, _, _ in counts],
                    "sessions": [session_key for _, session_key, _ in counts],
                    "reasons": [reason for _, _, reason in counts],
                    "batches": [batches for batches, _ in counts.values()],
                    "events": [events for _, events in counts.values()],
                },
            )
