"""Hot reads: rows by id for many callers in one round trip, each under row-level security as itself.

A statement costs both processes several times the row that it brings, and a transaction that tells Postgres who is
asking takes three of them. Here both are one call of a function (`ddl.hot_read`), and where callers come thickly they
share it: a call waits a little for others to join. Where they do not, it waits for nobody.
"""

import asyncio
from collections import deque
from collections.abc import Sequence
from contextvars import Context
from typing import Any
from uuid import UUID

import asyncpg

AT_ONCE = 2
"""Calls of one function under way per process: two, so that one that hangs does not hold up everybody."""
BATCH = 64
"""Callers who share one call, at most."""
PAUSE = 0.005
"""Seconds that a call waits for others to join."""
CROWD = 4
"""It waits only where so many are to be expected within `PAUSE`, which is from 800 a second on."""
_LONG = 0.01
_MEMORY = 0.02
"""What is expected goes by the mean time between the last fifty callers or so; none counts for more than `_LONG`."""

_Asked = tuple[UUID | None, UUID, asyncio.Future[Any]]


class SharedCall:
    """Callers of one function, put together."""

    def __init__(self, pool: asyncpg.Pool, function: str) -> None:
        """Args:
        pool: Connections of the application's role, outside of any transaction.
        function: Made by `ddl.hot_read`, with its schema.
        """
        self._pool = pool
        self._statement = f"SELECT * FROM {function}($1, $2)"  # noqa: S608 - a name of ours
        self._waiting: deque[_Asked] = deque()
        self._gap = _LONG
        self._last = 0.0
        self._joinable = False
        self._under_way = 0
        self._tasks: set[asyncio.Task[None]] = set()

    def ask(self, organization_id: UUID | None, id_: UUID) -> "asyncio.Future[asyncpg.Record | None]":
        """Look for one row as a member of an organisation."""
        loop = asyncio.get_running_loop()
        self._last, since = loop.time(), loop.time() - self._last
        self._gap += _MEMORY * (min(since, _LONG) - self._gap)
        answer: asyncio.Future[asyncpg.Record | None] = loop.create_future()
        self._waiting.append((organization_id, id_, answer))
        if not self._joinable and self._under_way < AT_ONCE:
            self._joinable = True
            self._under_way += 1
            # In nobody's context: what it does is done for many.
            task = asyncio.create_task(self._run(), context=Context())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return answer

    async def _run(self) -> None:
        try:
            while self._waiting:
                self._joinable = True
                try:
                    if self._gap * CROWD < PAUSE and len(self._waiting) < BATCH:
                        await asyncio.sleep(PAUSE)
                finally:
                    self._joinable = False
                await self._answer([self._waiting.popleft() for _ in range(min(BATCH, len(self._waiting)))])
                if self._joinable:
                    break  # another call has begun to gather those who came meanwhile
        finally:
            self._under_way -= 1  # in the same step that saw nobody waiting

    async def _answer(self, batch: list[_Asked]) -> None:
        batch = [asked for asked in batch if not asked[2].done()]  # the others have given up
        if not batch:
            return
        try:
            rows = await self._call([asked[0] for asked in batch], [asked[1] for asked in batch])
            for (_, _, answer), row in zip(batch, rows, strict=True):
                if not answer.done():
                    answer.set_result(row if row["is_there"] else None)
        except BaseException as error:
            # A future that is cancelled looks as if its caller had been.
            failure = error if isinstance(error, Exception) else asyncpg.InterfaceError("the process is ending")
            for _, _, answer in batch:
                if not answer.done():
                    answer.set_exception(failure)
            if failure is not error:
                raise

    async def _call(self, organization_ids: Sequence[UUID | None], ids: Sequence[UUID]) -> list[asyncpg.Record]:
        async with self._pool.acquire() as connection:
            try:
                return await connection.fetch(self._statement, organization_ids, ids)
            except asyncpg.OutdatedSchemaCacheError:
                # A migration has changed a table since this connection learnt its columns; by now it has learnt them
                # again.
                return await connection.fetch(self._statement, organization_ids, ids)


class HotReads:
    """What one caller may read by hot reads."""

    def __init__(self, calls: dict[str, SharedCall], pool: asyncpg.Pool, organization_id: UUID | None) -> None:
        """Made by `Database.hot`."""
        self._calls = calls
        self._pool = pool
        self._organization_id = organization_id

    async def row(self, function: str, id_: UUID) -> asyncpg.Record | None:
        """Ask a function made by `ddl.hot_read` for one row; None where there is none, or it is somebody else's."""
        call = self._calls.get(function)
        if call is None:
            call = self._calls[function] = SharedCall(self._pool, function)
        return await call.ask(self._organization_id, id_)
