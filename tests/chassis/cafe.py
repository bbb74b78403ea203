"""The bakery's customer, the cafe, which hears of every loaf."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
from google.protobuf.wrappers_pb2 import StringValue
from redis.asyncio import Redis

from services.chassis.db.database import Database, Transaction
from services.chassis.events import Consumer, EventMeta, Relay, Subscriber, stream_name
from services.chassis.redis import connect_for_streams
from tests.chassis.bakery import engine_for, make_schema, settings_for
from tests.fixtures.servers import TestDatabase


class World:
    """A database with the bakery and its customer, the cafe, and a Redis."""

    def __init__(self, database: TestDatabase, redis_url: str, engine: Any) -> None:
        self.urls = database
        self.redis_url = redis_url
        self.bakery = Database(engine, "bakery")
        self.cafe = Database(engine, "cafe")
        self.redis: Redis = connect_for_streams(redis_url)
        self.eaten: list[str] = []

    @property
    def relay(self) -> Relay:
        return Relay(self.urls.url, self.redis, ["bakery"])

    def consumer(self, *subscribers: Subscriber[Any], concurrency: int = 3) -> Consumer:
        found = subscribers or (self.subscriber(),)
        return Consumer(self.urls.url, self.redis, self.cafe, found, concurrency=concurrency)

    def subscriber(self, handler: Any = None, **how: Any) -> Subscriber[Any]:
        return Subscriber(StringValue, handler or self.eat, source="bakery", name="cafe.eat", **how)

    async def eat(self, tx: Transaction, event: StringValue, meta: EventMeta) -> None:
        await self.note(tx, event.value)
        self.eaten.append(event.value)

    async def note(self, tx: Transaction, name: str) -> None:
        await (await tx.session.connection()).exec_driver_sql("INSERT INTO cafe.loaves (name) VALUES ($1)", (name,))

    async def rows(self, query: str, *arguments: Any) -> list[Any]:
        connection = await asyncpg.connect(self.urls.superuser_url)
        try:
            return await connection.fetch(query, *arguments)
        finally:
            await connection.close()

    async def loaves(self, schema: str = "cafe") -> list[str]:
        return [row["name"] for row in await self.rows(f"SELECT name FROM {schema}.loaves ORDER BY id")]

    async def has(self, number: int) -> bool:
        return len(await self.loaves()) >= number

    async def all_acknowledged(self) -> bool:
        pending = await self.redis.xpending(stream_name("bakery"), "cafe")
        return int(pending["pending"]) == 0


@asynccontextmanager
async def opened(database: TestDatabase, redis_url: str, folder: Path) -> AsyncIterator[World]:
    """Make both schemas in a database of the test's own."""
    for schema in ("bakery", "cafe"):
        await make_schema(database.owner_url, schema)
    async with engine_for(settings_for(database.url, redis_url, folder)) as engine:
        world = World(database, redis_url, engine)
        yield world
        await world.redis.aclose()
