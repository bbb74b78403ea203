"""The sending half of jobs: rows written in the transaction that makes the job necessary."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from google.protobuf.message import Message
from pgqueuer.adapters.persistence.qb import QueryBuilderEnvironment, QueryQueueBuilder, QuerySchedulerBuilder
from pgqueuer.adapters.persistence.queries import Queries
from pgqueuer.domain.models import Job, TracebackRecord
from pgqueuer.domain.settings import DBSettings
from pgqueuer.domain.types import JOB_STATUS, Channel
from sqlalchemy.ext.asyncio import AsyncSession

from services.chassis.db.texts import storable
from services.chassis.propagation import carrier

ORGANIZATION = "organization_id"
"""Header of a job: for whom it is done."""

SINGLE = "single"
"""Key of jobs of which one at a time is enough."""

# Every name is given: the library would take each that is not from variables as general as CHANNEL or FUNCTION.
SETTINGS = DBSettings(
    prefix="",
    db_schema="jobs",
    channel=Channel("ch_pgqueuer"),
    function="fn_pgqueuer_changed",
    statistics_table="pgqueuer_statistics",
    queue_status_type="pgqueuer_status",
    queue_table="pgqueuer",
    queue_table_log="pgqueuer_log",
    trigger="tg_pgqueuer_changed",
    schedules_table="pgqueuer_schedules",
)


WAKE = (
    "SELECT pg_notify($1::text, json_build_object('channel', $1::text, 'operation', 'update', 'sent_at', now(), "
    "'table', 'pgqueuer', 'type', 'table_changed_event')::text)"
)
"""Tells the workers to look, as pgqueuer's trigger does; takes the channel."""


@dataclass(frozen=True, slots=True)
class PendingJob:
    """Work asked for by `Transaction.enqueue`."""

    name: str
    payload: Message
    key: str | None
    delay: timedelta | None
    priority: int
    organization_id: UUID | None


class SessionDriver:
    """As much of pgqueuer's driver as enqueueing needs, on a SQLAlchemy session: job and rows commit together."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def fetch(self, query: str, *arguments: object) -> list[dict[str, object]]:
        """Run a query in the session's transaction."""
        connection = await self._session.connection()
        result = await connection.exec_driver_sql(query, arguments or None)
        return [dict(row) for row in result.mappings()]


class OurQueries(Queries):
    """pgqueuer's statements for our schema, waking the workers where its trigger is silent.

    It writes the outcomes of many jobs at once and keeps what could not be written: a traceback that Postgres does not
    take would hold up the outcomes of a whole worker for good.
    """

    async def log_jobs(self, job_status: list[tuple[Job, JOB_STATUS, TracebackRecord | None]]) -> None:
        """Write how jobs have ended."""
        await super().log_jobs([(job, status, _storable(record)) for job, status, record in job_status])

    async def retry_job(self, job: Job, delay: timedelta, traceback_record: TracebackRecord | None) -> None:
        """Put a job back; a worker that waits already must learn of the shorter wait."""
        await super().retry_job(job, delay, _storable(traceback_record))
        await self.driver.fetch(WAKE, SETTINGS.channel)


def _storable(record: TracebackRecord | None) -> TracebackRecord | None:
    if record is None:
        return None
    beside = {name: storable(v) if isinstance(v, str) else v for name, v in (record.additional_context or {}).items()}
    texts = {"exception_message": storable(record.exception_message), "traceback": storable(record.traceback)}
    return record.model_copy(update={**texts, "additional_context": beside})


def queries(driver: Any) -> Queries:
    """Statements on a driver of pgqueuer or on a `SessionDriver`."""
    return OurQueries(
        driver, QueryBuilderEnvironment(SETTINGS), QueryQueueBuilder(SETTINGS), QuerySchedulerBuilder(SETTINGS)
    )


async def write(session: AsyncSession, jobs: Sequence[PendingJob]) -> list[int | None]:
    """Write one row per job in the caller's transaction, in one statement; return their ids.

    A taken key leaves its job out: there None is returned.
    """
    headers = carrier()
    delays: list[timedelta | None] = [job.delay for job in jobs]
    written = await queries(SessionDriver(session)).enqueue(
        [job.name for job in jobs],
        [job.payload.SerializeToString() for job in jobs],
        [int(job.priority) for job in jobs],
        delays,
        [_key(job) for job in jobs],
        [_headers(headers, job.organization_id) for job in jobs],
        on_conflict="skip",
    )
    return list(written)


def _key(job: PendingJob) -> str | None:
    """Make a key unique per kind and organisation: nobody may keep another's job from being enqueued."""
    return None if job.key is None else f"{job.name}/{job.organization_id or ''}/{job.key}"


def single_key(name: str, organization_id: UUID | None) -> str:
    """The row's key of a job of which one at a time is enough."""
    return f"{name}/{organization_id or ''}/{SINGLE}"


def _headers(common: dict[str, str], organization_id: UUID | None) -> dict[str, str]:
    return common if organization_id is None else {**common, ORGANIZATION: str(organization_id)}
