"""One process out of many does a piece of work: a Postgres advisory lock held by a connection of its own.

The lock ends with the connection, so a leader that is killed is replaced as soon as Postgres notices (at once on the
same machine). A leader that lost its connection may go on for a moment beside the new one: what it does must be
harmless twice, and everything done here is.
"""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import structlog

__all__ = ["OUTAGES", "leading", "lock_number", "open_connection"]

log = structlog.get_logger(__name__)

TRY_EVERY = 1.0
"""Seconds between two tries for the lock. Not a blocking wait: that would hold a snapshot open and stop vacuum."""

OUTAGES = (OSError, TimeoutError, asyncpg.PostgresConnectionError, asyncpg.InterfaceError, asyncpg.InternalClientError)
"""What asyncpg raises when the server is gone, stopping or starting, whichever statement it was."""


async def open_connection(dsn: str, name: str) -> "asyncpg.Connection[Any]":
    """Open a connection outside the pools, called `name` in pg_stat_activity."""
    settings = {"application_name": f"doorstep {name}"[:63], "timezone": "UTC", "tcp_keepalives_idle": "10"}
    return await asyncpg.connect(dsn, timeout=5, command_timeout=15, server_settings=settings)


def lock_number(name: str) -> int:
    """Number of the advisory lock that stands for `name`."""
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), signed=True)


@asynccontextmanager
async def leading(dsn: str, name: str) -> AsyncIterator["asyncpg.Connection[Any]"]:
    """Wait until this process is the leader for `name`; lead within the block, on the connection that holds the lock.

    Raises:
        OSError, asyncpg.PostgresError: the database cannot be reached (see `OUTAGES`).
    """
    number = lock_number(name)
    connection = await open_connection(dsn, name)
    try:
        while not await connection.fetchval("SELECT pg_try_advisory_lock($1)", number):  # noqa: ASYNC110 - no event to wait for
            await asyncio.sleep(TRY_EVERY)
        log.info("leading", work=name)
        yield connection
    finally:
        # Not `close()`: on a dead server it would wait, and the lock goes either way.
        connection.terminate()
