"""Health: `grpc.health.v1` per service and overall, true to what the process can do right now.

NOT_SERVING while draining, and when Postgres does not answer or is not migrated. Redis is no part of it: without it
the suite is slower, not wrong.
"""

import asyncio
from collections.abc import Iterable
from typing import Any

import asyncpg
import structlog
from grpc_health.v1 import health_pb2
from grpc_health.v1._async import HealthServicer

from services.chassis.db.engine import Engine
from services.chassis.db.migrate import newest

PERIOD = 1.0
"""Seconds between two looks."""
PATIENCE = 1.0
"""Seconds that Postgres may take to answer."""

_log = structlog.get_logger("doorstep.health")
_Status = health_pb2.HealthCheckResponse


class Health:
    """Watches what the process depends on, and says so."""

    def __init__(self, engine: Engine, schemas: Iterable[str], proto_services: Iterable[str]) -> None:
        """`schemas` are the histories that must be at their newest revision."""
        self.servicer = HealthServicer()
        self._engine = engine
        self._connection: asyncpg.Connection | None = None
        self._looking = asyncio.Lock()
        self._wanted = {schema: newest(schema) for schema in schemas}
        self._names = ["", *proto_services]
        self._migrated = False
        self._serving: bool | None = None
        self._draining = False
        self._told = ""

    async def begin(self) -> None:
        """Say NOT_SERVING until somebody has looked: the library says SERVING from the start."""
        await self._set(False)

    async def watch(self) -> None:
        """Look again and again until cancelled."""
        try:
            while True:
                await self._set(await self.ready())
                await asyncio.sleep(PERIOD)
        finally:
            self._drop()

    async def ready(self) -> bool:
        """Whether Postgres answers and has the schema that this code needs."""
        async with self._looking:  # two at once would meet on the connection, and find each other's trouble
            return await self._look()

    async def _look(self) -> bool:
        try:
            async with asyncio.timeout(PATIENCE):
                if not self._migrated:
                    self._migrated = await self._at_newest()
                    if not self._migrated:
                        self._tell("the database is not at the schema of this code")
                    return self._migrated
                await self._ask("SELECT 1")
        except (
            OSError,
            TimeoutError,
            asyncpg.PostgresError,
            asyncpg.InterfaceError,
            asyncpg.InternalClientError,
        ) as error:
            self._drop()
            self._tell(type(error).__name__)
            return False
        self._told = ""
        return True

    def _tell(self, why: str) -> None:
        """Say why not, once per reason."""
        if why != self._told:
            _log.warning("not_ready", error=why)
            self._told = why

    async def _ask(self, query: str, *args: Any) -> Any:
        """Ask on a connection of our own: a busy pool is no reason to send callers away."""
        if self._connection is None or self._connection.is_closed():
            self._connection = await self._engine.connect()
        return await self._connection.fetchval(query, *args)

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.terminate()

    async def _at_newest(self) -> bool:
        for schema, wanted in self._wanted.items():
            table = f"{schema}.schema_version"
            if await self._ask("SELECT to_regclass($1)", table) is None:
                return False
            if wanted != await self._ask(f"SELECT version_num FROM {table}"):  # noqa: S608
                return False
        return True

    async def drain(self) -> None:
        """Say NOT_SERVING from now on: the gateway turns elsewhere while running calls end."""
        self._draining = True
        await self._set(False)

    async def _set(self, serving: bool) -> None:
        serving = serving and not self._draining
        if serving is self._serving:
            return
        self._serving = serving
        status = _Status.SERVING if serving else _Status.NOT_SERVING
        for name in self._names:
            await self.servicer.set(name, status)
        _log.info("health", status="SERVING" if serving else "NOT_SERVING")
