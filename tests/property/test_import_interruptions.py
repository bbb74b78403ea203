"""Every way an import can be interrupted."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from doorstep.property.v1 import import_service_pb2 as pb
from doorstep.property.v1 import property_import_pb2 as ipb
from doorstep.property.v1 import property_jobs_pb2
from services.chassis.actor import system_for
from services.chassis.db.database import Transaction
from services.chassis.ids import new_id
from services.chassis.jobs import JobCancelled
from services.chassis.testing import refused
from services.property import errors
from services.property.jobs import ImportRunner
from services.property.repository.imports import ImportRepository
from tests.property.conftest import Market
from tests.property.data_files import county_file, county_row
from tests.property.importing import listings, read, remarks, start


class TestInterruptions:
    async def test_killed_after_any_transaction_each_row_is_stored_once(
        self, market: Market, monkeypatch: pytest.MonkeyPatch
    ):
        """The worker dies before or after any commit; another begins again: each row once, progress adds up."""
        organization = new_id()
        token = market.agent(organization)
        data = county_file(*(county_row(id=n) for n in range(50)), county_row(id=0, price=""))
        started = await self._paused(market, token, data)
        monkeypatch.setattr("services.property.jobs.ROWS", 7)
        runner = ImportRunner(market.harness.resources.database("property"), market.harness.clock)
        payload = property_jobs_pb2.ImportJob(import_id=started.import_id, organization_id=str(organization))
        deaths = 0
        for survive in range(100):
            try:
                with monkeypatch.context() as patch:
                    self._die(patch, after=1 + survive // 2, committed=bool(survive % 2))
                    await runner.run(payload)
                break
            except _Killed:
                deaths += 1
        assert deaths > 5
        done = await read(market, token, started.import_id)
        assert done.state == ipb.IMPORT_STATE_SUCCEEDED
        assert (done.rows_done, done.rows_created, done.rows_failed) == (51, 50, 1)
        numbers = [x.listing_number for x in await listings(market, token)]
        assert len(numbers) == len(set(numbers)) == 50
        assert len(await remarks(market, token, started.import_id)) == 1

    async def test_one_file_twice_at_once(self, market: Market, monkeypatch: pytest.MonkeyPatch):
        """Somebody has clicked twice: each house is made by one of the imports, and neither is held up by the other."""
        organization = new_id()
        token = market.agent(organization)
        data = county_file(*(county_row(id=n) for n in range(60)))
        started = [await self._paused(market, token, data) for _ in range(3)]
        monkeypatch.setattr("services.property.jobs.ROWS", 5)
        runner = ImportRunner(market.harness.resources.database("property"), market.harness.clock)
        payloads = [
            property_jobs_pb2.ImportJob(import_id=one.import_id, organization_id=str(organization)) for one in started
        ]
        await asyncio.gather(*(runner.run(payload) for payload in payloads))
        done = [await read(market, token, one.import_id) for one in started]
        assert {one.state for one in done} == {ipb.IMPORT_STATE_SUCCEEDED}
        assert sum(one.rows_created for one in done) == 60
        assert sum(one.rows_unchanged for one in done) == 120
        assert len(await listings(market, token)) == 60

    async def test_cancelled_while_another_stores(self, market: Market):
        """An import that waits for another one holds nothing: whoever cancels it need not wait."""
        organization = new_id()
        token = market.agent(organization)
        started = await self._paused(market, token, county_file(county_row()))
        database = market.harness.resources.database("property")
        runner = ImportRunner(database, market.harness.clock)
        payload = property_jobs_pb2.ImportJob(import_id=started.import_id, organization_id=str(organization))
        async with database.transaction(system_for(organization)) as tx:
            assert await ImportRepository(tx).try_turn(organization, "king_county")
            waiting = asyncio.create_task(runner.run(payload))
            while (await read(market, token, started.import_id)).state != ipb.IMPORT_STATE_RUNNING:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
            request = pb.CancelImportRequest(import_id=started.import_id)
            await market.call(market.imports.CancelImport, request, token)
            await waiting
        done = await read(market, token, started.import_id)
        assert (done.state, done.rows_done) == (ipb.IMPORT_STATE_CANCELLED, 0)

    async def test_cancel(self, market: Market):
        organization = new_id()
        token = market.agent(organization)
        started = await self._paused(market, token, county_file(county_row()))
        request = pb.CancelImportRequest(import_id=started.import_id)
        answer = await market.call(market.imports.CancelImport, request, token)
        assert answer.property_import.state == ipb.IMPORT_STATE_CANCELLED
        assert answer.property_import.HasField("end_time")
        runner = ImportRunner(market.harness.resources.database("property"), market.harness.clock)
        await runner.run(property_jobs_pb2.ImportJob(import_id=started.import_id, organization_id=str(organization)))
        assert await listings(market, token) == []
        with refused(errors.ImportStateRefused) as refusal:
            await market.call(market.imports.CancelImport, request, token)
        assert refusal.metadata["state"] == "CANCELLED"

    async def test_its_task_is_cancelled_between_two_chunks(self, market: Market, monkeypatch: pytest.MonkeyPatch):
        """An operator ends the task; what is stored stays, and the import says that it was cancelled."""
        organization = new_id()
        token = market.agent(organization)
        started = await self._paused(market, token, county_file(*(county_row(id=n) for n in range(20))))
        monkeypatch.setattr("services.property.jobs.ROWS", 7)
        runner = ImportRunner(market.harness.resources.database("property"), market.harness.clock)
        said: list[tuple[int, int]] = []

        async def progress(done: int, total: int) -> None:
            said.append((done, total))
            if done == 14:
                raise JobCancelled

        payload = property_jobs_pb2.ImportJob(import_id=started.import_id, organization_id=str(organization))
        with pytest.raises(JobCancelled):
            await runner.run(payload, progress=progress)
        assert said == [(7, 20), (14, 20)]
        done = await read(market, token, started.import_id)
        assert (done.state, done.rows_done) == (ipb.IMPORT_STATE_CANCELLED, 14)

    async def test_an_import_that_cannot_be_carried_through_says_so(
        self, market: Market, monkeypatch: pytest.MonkeyPatch
    ):
        organization = new_id()
        token = market.agent(organization)
        started = await self._paused(market, token, county_file(county_row()))
        runner = ImportRunner(market.harness.resources.database("property"), market.harness.clock)
        payload = property_jobs_pb2.ImportJob(import_id=started.import_id, organization_id=str(organization))
        monkeypatch.setattr("services.property.jobs.store_rows", _fail)
        with pytest.raises(RuntimeError):
            await runner.run(payload, attempt=2)
        assert (await read(market, token, started.import_id)).state == ipb.IMPORT_STATE_RUNNING
        with pytest.raises(RuntimeError):
            await runner.run(payload, attempt=3)
        done = await read(market, token, started.import_id)
        assert done.state == ipb.IMPORT_STATE_FAILED
        assert done.failure

    async def test_the_database_goes_away_in_the_last_attempt(self, market: Market, monkeypatch: pytest.MonkeyPatch):
        """Such a run is not counted: it is tried again, and must find the import as it was."""
        organization = new_id()
        token = market.agent(organization)
        started = await self._paused(market, token, county_file(county_row()))
        runner = ImportRunner(market.harness.resources.database("property"), market.harness.clock)
        payload = property_jobs_pb2.ImportJob(import_id=started.import_id, organization_id=str(organization))
        with monkeypatch.context() as patch:
            patch.setattr("services.property.jobs.store_rows", _cut_off)
            with pytest.raises(DBAPIError):
                await runner.run(payload, attempt=3)
        assert (await read(market, token, started.import_id)).state == ipb.IMPORT_STATE_RUNNING
        await runner.run(payload, attempt=3)
        done = await read(market, token, started.import_id)
        assert (done.state, done.rows_created) == (ipb.IMPORT_STATE_SUCCEEDED, 1)

    async def _paused(self, market: Market, token: str, data: bytes) -> ipb.PropertyImport:
        """An import that no worker knows of: the test is its worker."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("services.chassis.db.database.Transaction.enqueue", lambda *_a, **_k: None)
            return await start(market, token, data)

    def _die(self, patch: pytest.MonkeyPatch, *, after: int, committed: bool) -> None:
        from services.chassis.db import database

        count = 0
        real = database.commit

        async def commit(session: Any) -> None:
            nonlocal count
            count += 1
            if count < after:
                return await real(session)
            if committed:
                await real(session)
            raise _Killed

        patch.setattr(database, "commit", commit)


class _Killed(BaseException):
    """What a kill looks like from within: nothing after it runs."""


async def _fail(*_args: Any, **_kwargs: Any) -> None:
    raise RuntimeError("out of order")


async def _cut_off(tx: Transaction, *_args: Any, **_kwargs: Any) -> None:
    """What a restart of the server is to a transaction."""
    await tx.session.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))
