"""The import's background job: rows in transactions of their own, each with its progress, so that any death resumes."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from datetime import timedelta
from itertools import islice
from uuid import UUID

from doorstep.property.v1 import property_jobs_pb2 as pb
from services.chassis.actor import system_for
from services.chassis.clock import Clock
from services.chassis.db.database import Database
from services.chassis.ids import parse_id
from services.chassis.jobs import OPERATE, Job, JobCancelled, JobContext, OnRequest, is_away
from services.property.errors import ImportStateRefused
from services.property.imports.rows import FileError, ParsedRow, parse
from services.property.mapping import listing as listings
from services.property.mapping import property as properties
from services.property.operations import imports
from services.property.operations.import_rows import AnotherStores, store_rows

ROWS = 500
"""Rows in one transaction: about a quarter of a second, which is what a death costs."""
TURN = 0.1
"""Seconds until an import asks again whether it may store rows, where another one does."""
ATTEMPTS = 3


Progress = Callable[[int, int], Awaitable[None]]


async def _untold(_done: int, _total: int) -> None:
    """Nobody asks."""


class ImportRunner:
    """Works imports off."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._db = database
        self._clock = clock

    def job(self) -> Job[pb.ImportJob]:
        """The job, as the worker wants it."""

        async def handle(context: JobContext, payload: pb.ImportJob) -> None:
            await self.run(payload, attempt=context.attempt, progress=context.progress)

        return Job(
            imports.JOB,
            handle,
            pb.ImportJob,
            max_attempts=ATTEMPTS,
            timeout=timedelta(hours=2),
            on_request=OnRequest("Go on with an import that has no task any more", OPERATE),
        )

    async def run(self, payload: pb.ImportJob, *, attempt: int = 1, progress: Progress = _untold) -> None:
        """Store the rows that are not stored yet.

        An import that failed for a reason of its own is FAILED and done; for any other reason this raises, and the job
        is tried again, the last time with the import left as FAILED. Where the database is away, that was not the last.
        """
        organization_id, import_id = parse_id(payload.organization_id), parse_id(payload.import_id)
        try:
            await self._run(organization_id, import_id, progress)
        except JobCancelled:
            await self._end(organization_id, import_id, "cancel", "")
            raise
        except FileError as error:
            await self._end(organization_id, import_id, "fail", str(error))
        except Exception as error:
            if attempt >= ATTEMPTS and not is_away(error):
                await self._end(organization_id, import_id, "fail", "the import could not be carried through")
            raise

    async def _run(self, organization_id: UUID, import_id: UUID, progress: Progress) -> None:
        actor = system_for(organization_id)
        async with self._db.transaction(actor) as tx:
            started = await imports.start_import(tx, import_id, self._clock.now())
        if started is None:
            return
        row, data = started
        mapping = imports.mapping_named(row.mapping)
        rows = parse(data, mapping, skip=row.rows_done)
        done = row.rows_done
        while chunk := await asyncio.to_thread(_take, rows):
            while True:
                try:
                    async with self._db.transaction(actor) as tx:
                        stored = await store_rows(
                            tx,
                            import_id,
                            chunk,
                            mapping=mapping,
                            check_facts=properties.check_values,
                            check_offer=listings.check_values,
                            now=self._clock.now(),
                        )
                    break
                except AnotherStores:
                    await progress(done, row.rows_total)
                    await asyncio.sleep(TURN)
            if stored is None:
                return
            done = stored.rows_done
            await progress(done, stored.rows_total)
        await self._end(organization_id, import_id, "succeed", "")

    async def _end(self, organization_id: UUID, import_id: UUID, verb: str, failure: str) -> None:
        try:
            async with self._db.transaction(system_for(organization_id)) as tx:
                await imports.end_import(tx, import_id, verb, self._clock.now(), failure=failure)
        except ImportStateRefused:
            return  # cancelled meanwhile


def _take(rows: Iterator[ParsedRow]) -> list[ParsedRow]:
    return list(islice(rows, ROWS))
