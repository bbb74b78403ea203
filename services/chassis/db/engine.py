"""The process's connections: one SQLAlchemy engine and one raw asyncpg pool, shared by the services in it.

Two pools, because they cost differently: a statement through SQLAlchemy costs more CPU than the gRPC call around it,
and asyncpg's own pool spends a round trip per release on a reset query that transaction-local settings do not need.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg
from pydantic import SecretStr
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from services.chassis.settings import Settings

POOL_TIMEOUT = 2.0
"""Seconds to wait for a connection before the caller is told UNAVAILABLE: queueing longer only moves the queue."""

CLOSING = 5.0
"""Seconds that the raw pool may take to close; a connection that never comes back must not keep a process alive."""


async def no_reset(_connection: asyncpg.Connection) -> None:
    """Nothing to reset: every setting of ours is local to its transaction."""


class TellingConnection(asyncpg.Connection):
    """A connection that says who is asking together with BEGIN, which is one round trip less in every transaction."""

    telling: str = ""
    """Statements of the transaction that begins next; taken by it."""

    async def execute(self, query: str, *args: object, timeout: float | None = None) -> str:
        """Execute, and say with a BEGIN what is to be said."""
        telling, self.telling = self.telling, ""
        if not telling or not query.startswith("BEGIN"):
            return str(await super().execute(query, *args, timeout=timeout))
        try:
            return str(await super().execute(f"{query} {telling}", timeout=timeout))
        except BaseException:
            # Begun or not: nobody may come upon a transaction that knows half of its caller.
            self.terminate()
            raise


def _begins_afresh(connection: Any, _record: object, _proxy: object) -> None:
    """What was to be said in a transaction that never began is not said in somebody else's."""
    connection.driver_connection.telling = ""


class Engine:
    """Both pools. Open once per process, close at its end."""

    def __init__(
        self, sql: AsyncEngine, pool: asyncpg.Pool, connect: Callable[[], Awaitable[asyncpg.Connection]]
    ) -> None:
        """Use `Engine.open`."""
        self.sql = sql
        self.pool = pool
        self.connect = connect
        """Opens a connection beside the pools, for whoever must not wait behind others; close it yourself."""

    @classmethod
    async def open(cls, settings: Settings) -> "Engine":
        """Connect.

        Raises:
            OSError, asyncpg.PostgresError: the database cannot be reached.
        """
        server_settings = {
            "application_name": "doorstep",
            "statement_timeout": str(settings.statement_timeout_ms),
            "idle_in_transaction_session_timeout": "30000",
            "timezone": "UTC",
            "jit": "off",
            "standard_conforming_strings": "on",  # what is said with BEGIN stands in its text
        }
        sql = create_async_engine(
            sqlalchemy_url(settings.database_url),
            pool_size=settings.database_pool_size,
            max_overflow=0,
            pool_timeout=POOL_TIMEOUT,
            hide_parameters=True,  # values of rows stay out of logged errors
            connect_args={
                "server_settings": server_settings,
                "timeout": 5,
                "command_timeout": 30,
                "connection_class": TellingConnection,
            },
        )
        event.listen(sql.sync_engine, "checkout", _begins_afresh)
        pool = await asyncpg.create_pool(
            settings.database_url.get_secret_value(),
            min_size=1,
            max_size=settings.fast_pool_size,
            reset=no_reset,
            server_settings=server_settings,
            timeout=5,
            command_timeout=30,
        )

        async def connect() -> asyncpg.Connection:
            return await asyncpg.connect(
                settings.database_url.get_secret_value(), server_settings=server_settings, timeout=5, command_timeout=30
            )

        return cls(sql, pool, connect)

    async def close(self) -> None:
        """Give all connections back to the server; those still at work after `CLOSING` seconds are cut."""
        try:
            async with asyncio.timeout(CLOSING):
                await self.pool.close()
        except TimeoutError:
            self.pool.terminate()
        await self.sql.dispose()


def sqlalchemy_url(url: SecretStr | str) -> str:
    """Turn `postgresql://` into the form that names the driver."""
    text = url.get_secret_value() if isinstance(url, SecretStr) else url
    return text.replace("postgresql://", "postgresql+asyncpg://", 1)
