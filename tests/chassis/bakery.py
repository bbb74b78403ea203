"""A service called bakery, with the tables that every service has, for tests of events and jobs.

Its events are protobuf's own wrapper messages: the chassis must not care what it carries.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import asyncpg
from google.protobuf.wrappers_pb2 import StringValue

from services.chassis.actor import SYSTEM
from services.chassis.db.database import Database, Transaction
from services.chassis.db.ddl import create_service_schema
from services.chassis.db.engine import Engine
from services.chassis.settings import Settings
from services.chassis.testing.harness import make_settings

TABLES = """
CREATE TABLE {schema}.loaves (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL);
ALTER TABLE {schema}.loaves ENABLE ROW LEVEL SECURITY;
CREATE POLICY all_app ON {schema}.loaves TO doorstep_app, doorstep_system USING (true) WITH CHECK (true);
"""


class _Collected:
    def __init__(self) -> None:
        self.statements: list[str] = []

    def execute(self, sqltext: str) -> None:
        self.statements.append(sqltext)


async def make_schema(owner_url: str, schema: str) -> None:
    connection = await asyncpg.connect(owner_url)
    try:
        collected = _Collected()
        create_service_schema(collected, schema)
        await connection.execute(f"CREATE SCHEMA {schema}")
        for statement in collected.statements:
            await connection.execute(statement)
        await connection.execute(TABLES.format(schema=schema))
    finally:
        await connection.close()


def settings_for(database_url: str, redis_url: str, folder: Path) -> Settings:
    return make_settings(database_url=database_url, redis_url=redis_url, keys_dir=folder / "keys")


@asynccontextmanager
async def engine_for(settings: Settings) -> AsyncIterator[Engine]:
    engine = await Engine.open(settings)
    try:
        yield engine
    finally:
        await engine.close()


async def bake(tx: Transaction, name: str, *, key: str = "oven") -> None:
    """Change a row and state it as a fact."""
    await (await tx.session.connection()).exec_driver_sql("INSERT INTO bakery.loaves (name) VALUES ($1)", (name,))
    tx.publish(StringValue(value=name), key=key)


async def bake_all(database: Database, names: list[str], *, key: str = "oven") -> None:
    for name in names:
        async with database.transaction(SYSTEM) as tx:
            await bake(tx, name, key=key)


@asynccontextmanager
async def working(*works: Callable[[], Awaitable[None]]) -> AsyncIterator[list[asyncio.Future[None]]]:
    """Run background work within the block."""
    tasks = [asyncio.ensure_future(work()) for work in works]
    try:
        yield tasks
    finally:
        for task in tasks:
            task.cancel()
        for task in tasks:
            with suppress(asyncio.CancelledError):
                await task


async def eventually(check: Callable[[], Any], *, seconds: float = 30.0) -> Any:
    """Wait until `check` (plain or async) gives something true. The limit is generous: it is no measurement."""
    until = time.monotonic() + seconds
    while True:
        found = check()
        if asyncio.iscoroutine(found):
            found = await found
        if found:
            return found
        if time.monotonic() > until:
            raise AssertionError(f"not within {seconds:.0f} s: {check}")
        await asyncio.sleep(0.02)
