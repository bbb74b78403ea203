"""A small service for tests of the chassis. What a call does is named in its request (`what`)."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import func, select, text
from sqlalchemy.orm import Mapped, mapped_column

from services.chassis.actor import SYSTEM, current_actor
from services.chassis.app import App, Resources
from services.chassis.db.database import Database, ReadTransaction
from services.chassis.db.ddl import create_service_schema, hot_read, tenant_policy
from services.chassis.db.models import Timestamps, Versioned, schema_base
from services.chassis.db.repository import Repository
from services.chassis.errors import FailedPrecondition, InvalidFields, NotFound
from services.chassis.ids import new_id
from services.chassis.paging import PageTokens
from tests.chassis.contract import SERVICE, Answer, add_toy_to_server

__all__ = ["SERVICE", "Made", "MadeRepository", "Toy", "ToyMissing", "build", "count", "make_schema"]

SECRET = "postgresql://root:hunter2@db"
Base = schema_base("toy")


class ToyMissing(NotFound):
    """Nothing there."""

    reason = "TOY_MISSING"
    message = "there is no such toy"


class ToyStuck(FailedPrecondition):
    """It cannot move."""

    reason = "TOY_STUCK"
    message = "the toy is stuck"


class Made(Base, Timestamps, Versioned):  # type: ignore[misc,valid-type]
    """A row, of an organisation."""

    __tablename__ = "made"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    organization_id: Mapped[UUID]
    name: Mapped[str]
    rank: Mapped[int] = mapped_column(default=0)


class MadeRepository(Repository[Made]):
    """Its SQL."""

    model = Made
    not_found = ToyMissing


_TABLES = """
CREATE TABLE toy.made (
    id uuid PRIMARY KEY, organization_id uuid NOT NULL, name text NOT NULL CHECK (name <> 'checked'),
    rank integer NOT NULL DEFAULT 0, version bigint NOT NULL DEFAULT 1,
    create_time timestamptz NOT NULL DEFAULT now(), update_time timestamptz NOT NULL DEFAULT now());
CREATE TABLE toy.schema_version (version_num text);
"""


async def make_schema(owner_url: str) -> None:
    """Make the tables, as a migration would."""
    connection = await asyncpg.connect(owner_url)

    class Collected(list[str]):
        execute = list.append

    statements = Collected(["CREATE SCHEMA toy"])
    create_service_schema(statements, "toy")
    statements.append(_TABLES)
    tenant_policy(statements, "toy", "made")
    hot_read(
        statements, "toy", "hot_made", returns="made toy.made", query="SELECT m FROM toy.made m WHERE m.id = wanted"
    )
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


class Toy:
    """Answers every RPC of the contract."""

    raw_requests = frozenset({"Raw"})

    def __init__(self, database: Database, tokens: PageTokens) -> None:
        self.database = database
        self.tokens = tokens
        self.finished: list[str] = []
        self.entered = asyncio.Event()
        self.entered_count = 0
        self.release = asyncio.Event()
        self.streams_ended: list[str] = []
        for name in ("Open", "Closed", "Inside", "Write", "Recent", "Limited", "Guarded"):
            setattr(self, name, self.Do)

    async def _act(self, what: str, number: int = 0) -> str:
        word, _, rest = what.partition(":")
        match word:
            case "missing":
                raise ToyMissing(metadata={"toy": rest})
            case "stuck":
                raise ToyStuck
            case "leak":
                raise ValueError(f"secret dsn {SECRET}")
            case "stop":
                raise StopAsyncIteration(SECRET)
            case "group":
                raise ExceptionGroup(SECRET, [ValueError(SECRET)])
            case "cancelled":
                raise asyncio.CancelledError(SECRET)
            case "wait":
                self.entered_count += 1
                self.entered.set()
                await self.release.wait()
                self.finished.append(rest)
            case "sleep":
                self.entered_count += 1
                self.entered.set()
                async with self.database.transaction(current_actor()) as tx:
                    await tx.session.execute(text("SELECT pg_sleep(:s)"), {"s": float(rest)})
                self.finished.append(what)
            case "sqlstate":
                async with self.database.transaction(current_actor()) as tx:
                    await (await tx.session.connection()).exec_driver_sql(
                        f"DO $$ BEGIN RAISE EXCEPTION '{SECRET}' USING ERRCODE = '{rest}', DETAIL = '{SECRET}'; END $$"
                    )
            case "sql":
                async with self.database.transaction(current_actor()) as tx:
                    await tx.session.execute(text(rest), {"value": SECRET} if ":value" in rest else {})
            case "who":
                return str(current_actor().identity)
        return rest or what

    async def Do(self, request: Any, context: Any) -> Any:
        return Answer(text=await self._act(request.what), number=request.number)

    async def Tell(self, request: Any, context: Any) -> AsyncIterator[Any]:
        try:
            for n in range(request.number):
                yield Answer(number=n) if n % 2 else Answer(number=n).SerializeToString()
            yield Answer(text=await self._act(request.what))
        finally:
            self.streams_ended.append("Tell")

    async def Collect(self, requests: AsyncIterator[Any], context: Any) -> Any:
        seen = [await self._act(request.what) async for request in requests]
        return Answer(items=seen, number=len(seen))

    async def Talk(self, requests: AsyncIterator[Any], context: Any) -> AsyncIterator[Any]:
        try:
            async for request in requests:
                yield Answer(text=await self._act(request.what), number=request.number)
        finally:
            self.streams_ended.append("Talk")

    async def Raw(self, requests: AsyncIterator[bytes], context: Any) -> None:
        async for request in requests:
            await context.write(Answer(text=type(request).__name__, number=len(request)))

    async def Make(self, request: Any, context: Any) -> Any:
        actor = current_actor()
        if request.what == "invalid":
            raise InvalidFields
        if request.what.startswith("only one"):
            async with self.database.read(actor) as reading:
                if await reading.session.scalar(select(func.count()).where(Made.name == request.what)):
                    raise ToyStuck
        async with self.database.transaction(actor) as tx:
            row = MadeRepository(tx).add(
                Made(id=new_id(), organization_id=actor.organization_id, name=request.what, rank=request.number)
            )
            await tx.session.flush()
        if request.what == "fails afterwards":
            raise ToyMissing
        if request.what == "breaks afterwards":
            raise ValueError(SECRET)
        if request.what == "waits afterwards":
            self.entered.set()
            await self.release.wait()
        return Answer(text=str(row.id))

    async def List(self, request: Any, context: Any) -> Any:
        page = self.tokens.page(request)
        async with self.database.read(current_actor()) as tx:
            repository = MadeRepository(tx)
            order = {
                "": (Made.rank, Made.id),
                "down": (Made.rank.desc(), Made.id.desc()),
                "mixed": (Made.rank.desc(), Made.id),
                "time": (Made.create_time, Made.id),
            }[request.what]
            found = await repository.page(select(Made), by=order, page=page)
        return Answer(items=[str(row.id) for row in found.items], next_page_token=found.next_page_token)


async def count(database: Database, where: str = "true") -> int:
    """How many rows there are, over all tenants."""
    async with database.read(SYSTEM) as tx:
        return int(await tx.session.scalar(select(func.count()).select_from(Made).where(text(where))) or 0)


async def rows_of(tx: ReadTransaction) -> list[Made]:
    """What a transaction sees."""
    return list((await tx.session.scalars(select(Made))).all())


def now() -> datetime:
    """The time, as rows have it."""
    return datetime.now(UTC)


def build(resources: Resources) -> App:
    """The composition root."""
    toy = Toy(resources.database("toy"), resources.page_tokens)
    app = App("toy")
    app.add(add_toy_to_server, toy)
    return app
