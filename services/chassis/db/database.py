"""Transactions that carry the caller.

`db.transaction(actor)` and `db.read(actor)` stand visibly in the servicer. Beginning one tells Postgres who is asking
(transaction-locally: a session-level setting leaks through a pool), so that row-level security holds whatever the
statement. What a transaction publishes or enqueues is written into it just before the one commit.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
from asyncpg.pool import PoolConnectionProxy
from google.protobuf.message import Message
from sqlalchemy import event
from sqlalchemy.engine import Connection
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from sqlalchemy.orm import Session, SessionTransaction

from services.chassis.actor import Actor, CallerKind
from services.chassis.db import outbox, queue
from services.chassis.db.engine import Engine
from services.chassis.db.hot import HotReads, SharedCall
from services.chassis.db.outbox import PendingEvent
from services.chassis.db.queue import PendingJob
from services.chassis.failpoints import failpoint
from services.chassis.idempotency import current_guard


class DoorstepSession(Session):
    """A session that refuses to talk to the database before it knows for whom."""


@event.listens_for(DoorstepSession, "after_begin")
def _tell_who(session: Session, transaction: SessionTransaction, connection: Connection) -> None:
    actor: Actor | None = session.info.get("actor")
    if actor is None:
        raise RuntimeError("a transaction was begun without an actor")
    if transaction.nested:
        return  # told already; a savepoint changes nothing about it
    caller = session.info.get("caller", actor.identity)
    driver: Any = connection.connection.driver_connection
    read_only = "on" if session.info.get("read_only") else "off"
    driver.telling = _telling(actor, {"doorstep.caller": caller, "transaction_read_only": read_only})


def _telling(actor: Actor, more: Mapping[str, str] | None = None) -> str:
    """The statement that says who is asking; it travels with BEGIN, where the protocol takes no parameters."""
    told = {
        "doorstep.organization_id": str(actor.organization_id or ""),
        "doorstep.user_id": str(actor.user_id or ""),
        **(more or {}),
    }
    if actor.kind is CallerKind.SYSTEM:
        told["role"] = "doorstep_system"
    settings = (f"set_config('{name}', {_quoted(value)}, true)" for name, value in told.items())
    return f"SELECT {', '.join(settings)}"


def _quoted(value: str) -> str:
    """Text of anybody's as a literal: the address of a caller without a name is one."""
    return "'" + value.replace("'", "''") + "'"


@asynccontextmanager
async def _raw(connection: "PoolConnectionProxy[asyncpg.Record]", actor: Actor, mode: str) -> AsyncIterator[None]:
    """A transaction of `actor`, without asyncpg's own round trips."""
    try:  # around all of it: a call may be cancelled while it begins or ends
        await connection.execute(f"BEGIN {mode}; {_telling(actor)}")
        yield
        await connection.execute("COMMIT")
    except BaseException:
        if not connection.is_closed():
            await connection.execute("ROLLBACK")
        raise


class ReadTransaction:
    """The rows that `actor` may see, as each statement finds them; nothing can be changed through it."""

    def __init__(self, session: AsyncSession, actor: Actor) -> None:
        """Opened by `Database.read`."""
        self.session = session
        self.actor = actor


class Transaction(ReadTransaction):
    """One unit of change: rows, events and jobs become true together, or not at all."""

    def __init__(self, session: AsyncSession, actor: Actor) -> None:
        """Opened by `Database.transaction`."""
        super().__init__(session, actor)
        self.events: list[PendingEvent] = []
        self.jobs: list[PendingJob] = []

    def publish(self, event_message: Message, *, key: str, organization_id: UUID | None = None) -> None:
        """State a fact to other services; they learn it once this transaction has committed.

        Args:
            event_message: A message of a `*_events.proto`.
            key: What the fact is about; facts with equal keys are delivered in order.
            organization_id: Whose fact it is; the actor's organisation when left out.
        """
        self.events.append(PendingEvent(event_message, key, organization_id or self.actor.organization_id))

    def enqueue(
        self, job: str, payload: Message, *, key: str | None = None, delay: timedelta | None = None, priority: int = 0
    ) -> None:
        """Have a job done after this transaction has committed, at least once.

        Args:
            job: Its name, `<service>.<verb>`.
            payload: What it needs; ids rather than copies.
            key: While a job with the same key waits or runs, another is not added.
            delay: Not before this much time has passed.
            priority: Higher goes first.
        """
        self.jobs.append(PendingJob(job, payload, key, delay, priority, self.actor.organization_id))


class Database:
    """One service's way to its rows."""

    def __init__(self, engine: Engine, schema: str) -> None:
        """Made by `Resources.database`."""
        self.schema = schema
        self._engine = engine
        self._sessions = async_sessionmaker(engine.sql, expire_on_commit=False, sync_session_class=DoorstepSession)
        self._calls: dict[str, SharedCall] = {}

    @property
    def pool(self) -> asyncpg.Pool:
        """Raw connections without a caller: for tables without row-level security, and for committers."""
        return self._engine.pool

    @asynccontextmanager
    async def read(self, actor: Actor) -> AsyncIterator[ReadTransaction]:
        """Read as `actor`; the transaction is READ ONLY and ends with the block."""
        async with self._sessions(info={"actor": actor, "read_only": True}) as session:
            yield ReadTransaction(session, actor)

    @asynccontextmanager
    async def fast_read(self, actor: Actor) -> AsyncIterator["PoolConnectionProxy[asyncpg.Record]"]:
        """Read as `actor` on a raw connection, for hot single statements: a third of the CPU of `read`.

        Row-level security holds as everywhere. What is saved is SQLAlchemy; and nothing is reset afterwards because
        nothing outlives the transaction.
        """
        async with self._engine.pool.acquire() as connection, _raw(connection, actor, "READ ONLY"):
            yield connection

    @asynccontextmanager
    async def fast_write(self, actor: Actor) -> AsyncIterator["PoolConnectionProxy[asyncpg.Record]"]:
        """Change as `actor` on a raw connection: as `fast_read`, for hot statements that are harmless to repeat.

        Nothing can be published or enqueued, and an idempotency key is not looked at.
        """
        async with self._engine.pool.acquire() as connection:
            async with _raw(connection, actor, "READ WRITE"):
                yield connection
                await failpoint("before_commit")
            await failpoint("after_commit")

    def hot(self, actor: Actor) -> HotReads:
        """Read single rows as `actor` by functions made for it (`ddl.hot_read`): one round trip, shared with others.

        Row-level security holds as everywhere, by the organisation alone: policies that go by the user show nothing.

        Raises:
            ValueError: for work as SYSTEM, which must not be mixed with that of callers.
        """
        if actor.kind is CallerKind.SYSTEM:
            raise ValueError("hot reads are for callers")
        return HotReads(self._calls, self._engine.pool, actor.organization_id)

    @asynccontextmanager
    async def transaction(self, actor: Actor, *, apart: bool = False) -> AsyncIterator[Transaction]:
        """Change as `actor`; commits when the block ends, rolls back when it raises.

        Args:
            actor: Who changes.
            apart: Commit here although the call carries an idempotency key: for what must stay even when the call is
                refused afterwards, such as the count of wrong passwords.

        When the call carries an idempotency key, the commit waits for the answer, which is stored with the change
        (`idempotency.Guard`); the block still reads as if it committed here.
        """
        guard = None if apart else current_guard()
        info: dict[str, Any] = {"actor": actor}
        if guard is not None:
            info["caller"] = guard.caller
        session = self._sessions(info=info)
        try:
            if guard is not None:
                await guard.begin(session, self.schema)
            transaction = Transaction(session, actor)
            yield transaction
            await session.flush()
            if transaction.events:
                await outbox.write(session, self.schema, transaction.events)
            if transaction.jobs:
                await queue.write(session, transaction.jobs)
            if guard is not None:
                guard.defer(session)
                return
            await commit(session)
        except BaseException:
            await session.close()  # rolls back
            raise
        await session.close()


async def commit(session: AsyncSession) -> None:
    """The one commit of a transaction, with the points at which the fault tests kill the process."""
    await failpoint("before_commit")
    await session.commit()
    await failpoint("after_commit")
