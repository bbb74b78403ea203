"""The worker: takes jobs from the queue and runs them, in every serving process, a few at a time.

pgqueuer picks, keeps heartbeats and writes the outcome. A worker that is killed stops its heartbeats, and after
`HEARTBEAT` seconds another one picks its jobs. How often a job may fail or kill is decided here (`runs`).
"""

import asyncio
import random
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import structlog
from google.protobuf.message import DecodeError
from pgqueuer.adapters.drivers.asyncpg import AsyncpgPoolDriver
from pgqueuer.core.executors import AbstractEntrypointExecutor, EntrypointExecutorParameters
from pgqueuer.domain.errors import RetryRequested
from pgqueuer.domain.models import Context
from pgqueuer.domain.models import Job as Row
from prometheus_client import Counter, Gauge
from sqlalchemy.exc import DBAPIError

from services.chassis.actor import SYSTEM, acting_as, system_for
from services.chassis.db.database import Database
from services.chassis.db.engine import no_reset
from services.chassis.db.queue import ORGANIZATION, SETTINGS, queries
from services.chassis.errors import DependencyUnavailable
from services.chassis.failpoints import failpoint
from services.chassis.interceptors.errors import translate
from services.chassis.jobs import kinds, runs, schedules
from services.chassis.jobs.context import JobCancelled, JobContext
from services.chassis.jobs.definition import Job
from services.chassis.jobs.effects import EffectUnknown
from services.chassis.jobs.housekeeping import tidy
from services.chassis.jobs.manager import Manager
from services.chassis.propagation import resumed

__all__ = ["Worker", "is_away"]

log = structlog.get_logger(__name__)

HEARTBEAT = timedelta(seconds=8)
"""Silence after which a job is taken from its worker. Beats come at half of it, so a loop may stall that long."""
POLL = timedelta(seconds=2)
"""Longest time until a job is seen whose NOTIFY was lost or whose worker died."""
HOUSEKEEPING = 30.0
PATIENCE = 5.0
"""Seconds that a run has, once it is told to end, until it is told again."""
AWAY = timedelta(seconds=5)
"""Pause of a job that found a service away."""
FORGETTING = 0.2
"""Seconds after which runs of jobs that are done are forgotten, many at once."""
INTERRUPTING = 1.0
"""Seconds until a run that may be interrupted has ended, once somebody wants that."""
UNKNOWN_AFTER = timedelta(minutes=10)
"""A job of ours that no version of the code knew for so long is held, so that somebody sees it."""
_AWAY = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError, TimeoutError)

OUTCOMES = Counter("doorstep_jobs_total", "Runs of jobs by how they ended.", ["job", "outcome"])
DEAD = Gauge("doorstep_jobs_dead", "Jobs that are held as dead letters.", multiprocess_mode="max")
WAITING = Gauge("doorstep_jobs_waiting", "Jobs that are due and not picked.", multiprocess_mode="max")


class _Ended(Exception):
    """The job is not to be done any more: somebody has cancelled it."""


class GivenUp(Exception):
    """The job has used up its attempts, or trying again cannot help. pgqueuer holds it then."""


@dataclass(frozen=True, slots=True)
class Pools:
    """A worker's connections."""

    work: asyncpg.Pool
    marks: asyncpg.Pool
    """For what is written about runs. It outlives this process without a wait for the disk, and comes to the disk with
    the next commit that does wait: the job's outcome, an effect. A server that crashes has killed no job."""


class Worker:
    """Runs the jobs of some services until cancelled.

    Args:
        dsn: Address of the database, as the services' role; the worker keeps a small pool of its own.
        services: Jobs and database of each service.
        concurrency: Jobs at once; at least 4.
        grace: Seconds that running jobs get when the worker is cancelled, before they are put back.
        heartbeat: See `HEARTBEAT`.
        draining: Once it is set no further job is taken: the process soon answers nobody, not even its own jobs.
    """

    def __init__(
        self,
        dsn: str,
        services: Mapping[str, tuple[Database, Sequence[Job[Any]]]],
        *,
        concurrency: int = 4,
        grace: float = 10.0,
        heartbeat: timedelta = HEARTBEAT,
        draining: asyncio.Event | None = None,
    ) -> None:
        self._dsn = dsn
        self._draining = draining or asyncio.Event()
        self._services = sorted(services)
        self._jobs: dict[str, tuple[Database, Job[Any]]] = {}
        for service, (database, jobs) in services.items():
            for job in jobs:
                if not job.name.startswith(f"{service}.") or job.name in self._jobs:
                    raise ValueError(f"{job.name}: a job is named <service>.<verb>, once")
                self._jobs[job.name] = (database, job)
        self._batch = max(2, concurrency // 2)
        self._grace = grace
        self._heartbeat = heartbeat
        self._suspects = asyncio.Lock()
        self._running: set[asyncio.Task[Any]] = set()
        self._stopping = False
        self._interruptible: dict[int, asyncio.Timeout] = {}
        self._interrupted: set[int] = set()
        self._over: list[int] = []
        """Jobs that are done and whose runs are still written down; harmless, since they are never picked again."""

    async def run(self) -> None:
        """Work until cancelled or draining; then end what runs, or put it back. Begins again when Postgres was away."""
        while not self._draining.is_set():
            try:
                await self._work()
            except _AWAY as error:
                log.warning("worker_interrupted", error=str(error) or type(error).__name__)
            except Exception:
                log.exception("worker_failed")
            await asyncio.sleep(0.5)

    async def _pool(self, size: int, **settings: str) -> asyncpg.Pool:
        return await asyncpg.create_pool(
            self._dsn,
            min_size=1,
            max_size=size,
            reset=no_reset,
            timeout=5,
            command_timeout=15,
            server_settings={"application_name": "doorstep jobs", "timezone": "UTC", **settings},
        )

    async def _work(self) -> None:
        pool = await self._pool(4)
        try:
            marks = await self._pool(2, synchronous_commit="off")
        except BaseException:
            pool.terminate()
            raise
        pools = Pools(pool, marks)
        try:
            offered = [job for _, job in self._jobs.values()]
            await kinds.register(pool, offered)
            await schedules.declare(pool, offered)
            manager = Manager(queries(AsyncpgPoolDriver(pool)), SETTINGS.channel)
            for name, (database, job) in self._jobs.items():
                parameters = EntrypointExecutorParameters(concurrency_limit=0, func=_never, on_failure="hold")
                manager.register_executor(name, _Executor(parameters, self, pools, database, job))
            working = asyncio.create_task(
                manager.run(
                    dequeue_timeout=POLL,
                    batch_size=self._batch,
                    max_concurrent_tasks=2 * self._batch,
                    heartbeat_timeout=self._heartbeat,
                    # The pool does not mend a listener that lost its connection; beginning again does.
                    shutdown_on_listener_failure=True,
                    # Nobody reads statistics by the second: a row for each, and an update of every line of the log.
                    log_aggregation_interval=timedelta(0),
                )
            )
            beside = {
                asyncio.create_task(work)
                for work in (
                    self._keep_house(pool),
                    _keep_schedules(pool),
                    self._keep_forgetting(marks),
                    self._keep_interrupting(marks),
                    self._until_draining(),
                )
            }
            for task in (working, *beside):
                task.add_done_callback(_looked_at)
            try:
                await asyncio.wait({working, *beside}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for task in beside:
                    task.cancel()
                await _to_its_end(asyncio.create_task(self._stop(manager, working)))
                await asyncio.wait(beside, timeout=PATIENCE)
                with suppress(*_AWAY):  # housekeeping finds them
                    await self._forget(marks)
            for task in (working, *beside):
                if task.done() and not task.cancelled():  # we have cancelled those that are
                    task.result()
        finally:
            pool.terminate()
            marks.terminate()

    async def _stop(self, manager: Manager, working: asyncio.Task[None]) -> None:
        if working.done():
            return
        manager.shutdown.set()
        await asyncio.wait({working}, timeout=self._grace)
        if not working.done():
            self._stopping = True
            for task in list(self._running):
                task.cancel()
            await asyncio.wait({working}, timeout=PATIENCE)
            if not working.done():
                working.cancel()  # and with it, once more, what runs
                await asyncio.wait({working})
            self._stopping = False

    async def run_one(
        self,
        pools: Pools,
        database: Database,
        job: Job[Any],
        row: Row,
        cancelled: Callable[[], None],
    ) -> None:
        """Run one job once. What it raises tells pgqueuer how to go on: again later, or held.

        Args:
            pools: The worker's.
            database: The service's.
            job: What to do.
            row: For which job.
            cancelled: Tells pgqueuer, before this returns, that the job was not done and is not to be.
        """
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - we are in a coroutine
        self._running.add(task)
        try:
            past = await runs.past(pools.marks, row.id)
            if past.cancel_requested:
                raise _Ended
            if past.attempts >= job.max_attempts:
                await runs.interrupted(pools.marks, row.id)
                OUTCOMES.labels(job.name, "given_up").inc()
                raise GivenUp(f"{job.name} {row.id}: {past.failures} failures, {past.crashes} deaths of its process")
            async with self._suspects if past.crashes else nullcontext():
                if not past.running:
                    await runs.begin(pools.marks, row.id)
                await failpoint("after_claim")
                await self._attempt(pools, database, job, row, past)
                self._over.append(row.id)
            OUTCOMES.labels(job.name, "done").inc()
        except _Ended:
            await runs.cancelled(pools.marks, row.id)
            OUTCOMES.labels(job.name, "cancelled").inc()
            cancelled()
        except asyncio.CancelledError:
            if not self._stopping:
                raise
            with suppress(*_AWAY):  # where it cannot be written the run counts as a death
                await runs.interrupted(pools.marks, row.id)
            OUTCOMES.labels(job.name, "put_back").inc()
            raise RetryRequested(reason="the worker stops") from None
        except (DBAPIError, *_AWAY) as error:
            # Failures of the handler do not come here as what they are, see `_attempt`; so it is the database. Wait
            # here: pgqueuer would hold the job when it could not write that it is to be tried again.
            await self._wait_for_database(pools.marks, row.id)
            raise RetryRequested(timedelta(seconds=1), "the database was away") from error
        finally:
            self._running.discard(task)

    async def _attempt(self, pools: Pools, database: Database, job: Job[Any], row: Row, past: runs.Past) -> None:
        headers = {key: str(value) for key, value in (row.headers or {}).items()}
        organization_id = UUID(headers[ORGANIZATION]) if ORGANIZATION in headers else None
        actor = SYSTEM if organization_id is None else system_for(organization_id)
        attempt = past.attempts + 1
        context = JobContext(row.id, job.name, attempt, actor, organization_id, headers, database, pools.work)
        with resumed(f"job {job.name}", headers, job_id=row.id, job=job.name, attempt=attempt), acting_as(actor):
            try:
                payload = job.payload()
                payload.ParseFromString(row.payload or b"")
                async with asyncio.timeout(job.timeout.total_seconds()) as limit:
                    if job.interruptible:
                        self._interruptible[row.id] = limit
                    try:
                        await job.handler(context, payload)
                    finally:
                        self._interruptible.pop(row.id, None)
                await failpoint("before_done")
            except JobCancelled:
                log.info("job_cancelled")
                raise _Ended from None
            except Exception as error:
                if is_away(error):
                    raise
                if isinstance(error, DependencyUnavailable):  # another service is, and again the job is not to blame
                    log.warning("job_waits_for_service", error=str(error))
                    await runs.interrupted(pools.marks, row.id)
                    OUTCOMES.labels(job.name, "put_back").inc()
                    raise RetryRequested(AWAY, "a service was away") from error
                if isinstance(error, TimeoutError) and row.id in self._interrupted:
                    log.info("job_cancelled")
                    raise _Ended from None
                unknown = isinstance(error, EffectUnknown)
                last = attempt >= job.max_attempts or unknown or isinstance(error, DecodeError)
                log.warning("job_failed", last=last, exc_info=True)
                unwanted = await runs.failed(pools.marks, row.id, f"{type(error).__name__}: {error}")
                if unwanted and not unknown:  # what became of an effect must be looked at, wanted or not
                    raise _Ended from error
                OUTCOMES.labels(job.name, "given_up" if last else "failed").inc()
                if last:
                    raise GivenUp(f"{type(error).__name__}: {error}") from error
                raise RetryRequested(job.pause(attempt), f"{type(error).__name__}: {error}") from error
            finally:
                self._interrupted.discard(row.id)

    async def _wait_for_database(self, pool: asyncpg.Pool, job_id: int) -> None:
        while True:
            try:
                await runs.interrupted(pool, job_id)
            except _AWAY as error:
                log.warning("job_waits_for_database", job_id=job_id, error=str(error) or type(error).__name__)
                await asyncio.sleep(0.5)
            else:
                return

    async def _keep_forgetting(self, marks: asyncpg.Pool) -> None:
        """Forget runs of jobs that are done, many at once; what is left when the process ends, housekeeping finds."""
        while True:
            await asyncio.sleep(FORGETTING)
            await self._forget(marks)

    async def _forget(self, marks: asyncpg.Pool) -> None:
        over, self._over = self._over, []
        if over:
            await runs.ended(marks, over)

    async def _keep_interrupting(self, marks: asyncpg.Pool) -> None:
        """End runs that nobody wants any more and that need not be asked: their time is over now."""
        while True:
            await asyncio.sleep(INTERRUPTING)
            if self._interruptible:
                for job_id in await runs.unwanted(marks, list(self._interruptible)):
                    limit = self._interruptible.pop(job_id, None)
                    if limit is not None and not limit.expired():  # else it has ended meanwhile
                        self._interrupted.add(job_id)
                        limit.reschedule(asyncio.get_running_loop().time())

    async def _until_draining(self) -> None:
        await self._draining.wait()

    async def _keep_house(self, pool: asyncpg.Pool) -> None:
        while True:
            # A kind of ours that nobody knows: a misspelt name, or a job of a version that was taken back.
            unknown = await pool.fetch(
                "WITH held AS (UPDATE jobs.pgqueuer SET status = 'failed', updated = now() WHERE status = 'queued' "
                "AND split_part(entrypoint, '.', 1) = ANY($1) AND NOT entrypoint = ANY($2) "
                "AND execute_after < now() - $3::interval RETURNING id, entrypoint) "
                "INSERT INTO jobs.runs (job_id, error) SELECT id, 'no such job: ' || entrypoint FROM held "
                "ON CONFLICT (job_id) DO UPDATE SET error = excluded.error RETURNING job_id",
                self._services,
                list(self._jobs),
                UNKNOWN_AFTER,
            )
            if unknown:
                log.error("jobs_unknown", job_ids=[row["job_id"] for row in unknown])
            counts = await pool.fetchrow(
                "SELECT count(*) FILTER (WHERE status = 'failed') AS dead, "
                "count(*) FILTER (WHERE status = 'queued' AND execute_after <= now()) AS waiting FROM jobs.pgqueuer"
            )
            if counts is not None:
                DEAD.set(counts["dead"])
                WAITING.set(counts["waiting"])
            await tidy(pool)
            await asyncio.sleep(HOUSEKEEPING)


@dataclass
class _Executor(AbstractEntrypointExecutor):
    """Hands a picked job to the worker."""

    worker: Worker
    pools: Pools
    database: Database
    job: Job[Any]

    async def execute(self, job: Row, context: Context) -> None:
        """Run `job`; pgqueuer calls it."""
        await self.worker.run_one(self.pools, self.database, self.job, job, context.cancellation.cancel)


async def _to_its_end(stopping: asyncio.Task[None]) -> None:
    """Let the stop come to its end, also where we are told to stop meanwhile; that holds afterwards."""
    told: asyncio.CancelledError | None = None
    while not stopping.done():
        try:
            await asyncio.wait({stopping})
        except asyncio.CancelledError as error:
            told = error
    stopping.result()
    if told is not None:
        raise told


def _looked_at(task: asyncio.Task[None]) -> None:
    """Take note of what a task ended with: where we are cancelled, nobody asks for it."""
    if not task.cancelled():
        task.exception()


async def _keep_schedules(pool: asyncpg.Pool) -> None:
    while True:
        rest = await schedules.fire(pool)
        # Not exactly on time together: the first to come fires, the others need not ask.
        await asyncio.sleep(rest.total_seconds() + random.uniform(0, 0.2))  # noqa: S311 - no secret


async def _never(_job: Row) -> None:
    """Stand in for the function that pgqueuer's own executor would call."""
    raise AssertionError("the executor runs the job")


def is_away(error: BaseException) -> bool:
    """Whether Postgres itself is gone, so that the job is not to blame and the run is not counted."""
    if isinstance(error, DBAPIError | asyncpg.PostgresError | asyncpg.InterfaceError | asyncpg.InternalClientError):
        return isinstance(translate(error), DependencyUnavailable)
    return False
