"""The bakery at work: its jobs, a worker that does them, and a look at the queue."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
from google.protobuf.wrappers_pb2 import StringValue

from services.chassis.actor import SYSTEM
from services.chassis.db.database import Database
from services.chassis.jobs import Job, JobContext, Worker, list_dead_letters
from tests.chassis.bakery import engine_for, make_schema, settings_for
from tests.fixtures.servers import TestDatabase


class Bakery:
    def __init__(self, urls: TestDatabase, engine: Any) -> None:
        self.urls = urls
        self.database = Database(engine, "bakery")
        self.ran: list[str] = []

    @property
    def pool(self) -> asyncpg.Pool:
        return self.database.pool

    def worker(self, *jobs: Job[Any], **how: Any) -> Worker:
        found = jobs or (Job("bakery.bake", self.handle, StringValue),)
        return Worker(self.urls.url, {"bakery": (self.database, found)}, **{"grace": 0.2, **how})

    async def handle(self, context: JobContext, payload: StringValue) -> None:
        self.ran.append(payload.value)

    async def enqueue(self, *values: str, name: str = "bakery.bake", **how: Any) -> None:
        async with self.database.transaction(SYSTEM) as tx:
            for value in values:
                tx.enqueue(name, StringValue(value=value), **how)

    async def rows(self, query: str, *arguments: Any) -> list[Any]:
        connection = await asyncpg.connect(self.urls.superuser_url)
        try:
            return await connection.fetch(query, *arguments)
        finally:
            await connection.close()

    async def waiting(self) -> int:
        return len(await self.rows("SELECT 1 FROM jobs.pgqueuer WHERE status <> 'failed'"))

    async def drained(self) -> bool:
        return await self.waiting() == 0

    async def dead(self) -> list[Any]:
        return await list_dead_letters(self.pool)


@asynccontextmanager
async def opened(database: TestDatabase, redis_url: str, folder: Path) -> AsyncIterator[Bakery]:
    """Make its schema in a database of the test's own."""
    await make_schema(database.owner_url, "bakery")
    async with engine_for(settings_for(database.url, redis_url, folder)) as engine:
        yield Bakery(database, engine)
