"""Row-level security holds through the pool, whatever happens to the calls; the application's role cannot leave it."""

import asyncio
import contextlib
import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm.exc import StaleDataError

from services.chassis.actor import ANONYMOUS, SYSTEM, Actor, CallerKind, system_for
from services.chassis.db.database import Database, DoorstepSession
from services.chassis.idempotency import Guard, set_current_guard
from services.chassis.ids import new_id
from tests.chassis.conftest import World, few_connections
from tests.chassis.toy import Made, MadeRepository, ToyMissing, count, rows_of

TENANTS = 8
OPERATIONS = 4_000


def somebody(organization_id: UUID | None = None) -> Actor:
    return Actor(CallerKind.USER, user_id=new_id(), organization_id=organization_id or new_id())


@dataclass
class Outcome:
    done: int = 0
    cancelled: int = 0
    failed: int = 0
    foreign: int = 0


async def mix(database: Database, tenants: list[UUID], number: int, seed: int = 7) -> Outcome:
    """Reads, writes, savepoints and failures of many tenants on few connections; 40 % are cancelled on the way."""
    random_, outcome = random.Random(seed), Outcome()
    known: dict[UUID, UUID] = {}
    limit = asyncio.Semaphore(24)

    def look(rows: list[Made], organization_id: UUID) -> None:
        outcome.foreign += sum(row.organization_id != organization_id for row in rows)

    async def operation(kind: int, organization_id: UUID) -> None:
        actor = somebody(organization_id)
        if kind < 1:
            # The system's role must not stay behind on a connection that the next caller gets.
            async with database.fast_read(SYSTEM if random_.random() < 0.5 else ANONYMOUS) as connection:
                await connection.fetchval("SELECT count(*), pg_sleep(0.0005) FROM toy.made")
        elif kind < 3:
            async with database.fast_read(actor) as connection:
                for _ in range(2):
                    seen = await connection.fetch("SELECT id, organization_id FROM toy.made, pg_sleep(0.0005)")
                    outcome.foreign += sum(row["organization_id"] != organization_id for row in seen)
            known.update((row["id"], row["organization_id"]) for row in seen)
            for row_id in random_.sample(list(known), min(3, len(known))):  # anybody's
                found = await database.hot(actor).row("toy.hot_made", row_id)
                outcome.foreign += (known[row_id] == organization_id) is not (found is not None)
                outcome.foreign += found is not None and found["made"]["organization_id"] != organization_id
        elif kind < 5:
            async with database.read(actor) as tx:
                look(await rows_of(tx), organization_id)
                await tx.session.execute(text("SELECT pg_sleep(0.0005)"))
                look(await rows_of(tx), organization_id)
        elif kind < 8:
            async with database.transaction(actor) as tx:
                MadeRepository(tx).add(Made(id=new_id(), organization_id=organization_id, name="mixed"))
                await tx.session.flush()
                look(await rows_of(tx), organization_id)
        elif kind < 9:
            async with database.transaction(actor) as tx:
                async with tx.session.begin_nested():
                    look(await rows_of(tx), organization_id)
                look(await rows_of(tx), organization_id)
        else:
            with contextlib.suppress(ZeroDivisionError):
                async with database.transaction(actor) as tx:
                    look(await rows_of(tx), organization_id)
                    raise ZeroDivisionError

    async def one() -> None:
        async with limit:
            task = asyncio.ensure_future(operation(random_.randrange(10), random_.choice(tenants)))
            if random_.random() < 0.4:
                await asyncio.sleep(random_.random() * 0.008)
                task.cancel()
            try:
                await task
            except asyncio.CancelledError:
                outcome.cancelled += 1
            except Exception:  # noqa: BLE001 - counted: a cancelled neighbour may cost one
                outcome.failed += 1
            else:
                outcome.done += 1

    await asyncio.gather(*(one() for _ in range(number)))
    return outcome


@pytest.fixture
async def small(world: World) -> Database:
    """The toy's database on a pool of three connections."""
    async with few_connections(world, usual=3, fast=2) as database:
        yield database  # type: ignore[misc]


async def tenants_with_rows(database: Database) -> list[UUID]:
    tenants = [new_id() for _ in range(TENANTS)]
    for organization_id in tenants:
        async with database.transaction(somebody(organization_id)) as tx:
            for n in range(3):
                MadeRepository(tx).add(Made(id=new_id(), organization_id=organization_id, name=f"row {n}"))
    return tenants


async def test_mixed_and_cancelled_operations_see_no_foreign_row(small: Database) -> None:
    outcome = await mix(small, await tenants_with_rows(small), OPERATIONS)
    assert outcome.foreign == 0
    assert outcome.cancelled > OPERATIONS / 10
    assert outcome.done > OPERATIONS / 3
    async with small.read(ANONYMOUS) as tx:
        assert await rows_of(tx) == []
    for _ in range(4):
        async with small.pool.acquire() as connection:
            assert not connection.is_in_transaction()
            assert await connection.fetchval("SELECT current_user") == "doorstep_app"
            assert await connection.fetchval("SELECT count(*) FROM toy.made") == 0


@pytest.fixture
def session_level() -> Iterator[None]:
    """Tenancy as it is often done: the setting outlives its transaction, and is only made when it is needed."""
    from services.chassis.db import database as module

    def careless(session: DoorstepSession, _transaction: object, connection: object) -> None:
        if random.random() < 0.5:
            actor = session.info["actor"]
            connection.exec_driver_sql(  # type: ignore[attr-defined]
                "SELECT set_config('doorstep.organization_id', $1, false)", (str(actor.organization_id or ""),)
            )

    event.remove(DoorstepSession, "after_begin", module._tell_who)
    event.listen(DoorstepSession, "after_begin", careless)
    yield
    event.remove(DoorstepSession, "after_begin", careless)
    event.listen(DoorstepSession, "after_begin", module._tell_who)


async def test_session_level_settings_would_leak(small: Database, session_level: None) -> None:
    """The negative control: the test above can fail."""
    outcome = await mix(small, [new_id() for _ in range(TENANTS)], 600)
    assert outcome.foreign > 0


class TestOneTransaction:
    async def test_begins_for_somebody_or_not_at_all(self, world: World) -> None:
        from sqlalchemy.ext.asyncio import AsyncSession

        session = AsyncSession(world.harness.resources.engine.sql, sync_session_class=DoorstepSession)
        with pytest.raises(RuntimeError, match="without an actor"):
            await session.execute(text("SELECT 1"))
        await session.close()

    async def test_what_it_says_of_its_caller_is_text(self, world: World) -> None:
        """The address of a caller without a name is anybody's claim; it travels in the text of a statement."""
        caller = r"address:\', true), set_config('role', 'doorstep_system"
        guard = Guard(key="k", caller=caller, method="m", organization_id=None, request=b"")
        set_current_guard(guard)
        try:
            async with world.toy.database.transaction(somebody()) as tx:
                told = await tx.session.execute(text("SELECT current_setting('doorstep.caller'), current_user"))
                assert tuple(told.one()) == (caller, "doorstep_app")
        finally:
            await guard.abandon()
            set_current_guard(None)

    async def test_that_never_began_says_nothing_in_the_next_one(self, world: World) -> None:
        async with few_connections(world, usual=1, fast=1) as database:
            async with database.read(SYSTEM) as tx:
                await tx.session.connection()
            async with database._engine.sql.connect() as connection:
                assert await connection.scalar(text("SELECT current_user")) == "doorstep_app"

    async def test_that_cannot_begin_leaves_no_connection_behind(self, world: World) -> None:
        """What would be half begun is closed; the next caller has another connection."""
        async with few_connections(world, usual=1, fast=1) as database:
            with pytest.raises(DBAPIError):
                async with database.read(ANONYMOUS) as tx:
                    connection = await (await tx.session.connection()).get_raw_connection()
                    driver: Any = connection.driver_connection
                    driver.telling = "SELECT 1 / 0"
                    await tx.session.execute(text("SELECT 1"))
            async with database.read(somebody()) as tx:
                assert await rows_of(tx) == []

    async def test_sees_its_own(self, world: World) -> None:
        database = world.toy.database
        mine, yours = somebody(), somebody()
        async with database.transaction(mine) as tx:
            row = MadeRepository(tx).add(Made(id=new_id(), organization_id=mine.organization_id, name="mine"))
        async with database.read(yours) as tx:
            assert await rows_of(tx) == []
            with pytest.raises(ToyMissing):
                await MadeRepository(tx).get(row.id)
        async with database.read(mine) as tx:
            assert (await MadeRepository(tx).get(row.id)).name == "mine"
        async with database.read(SYSTEM) as tx:
            assert (await MadeRepository(tx).get(row.id)).name == "mine"
        async with database.read(system_for(mine.organization_id or new_id())) as tx:
            assert len(await rows_of(tx)) == 1

    async def test_writes_for_its_own(self, world: World) -> None:
        with pytest.raises(DBAPIError) as caught:
            async with world.toy.database.transaction(somebody()) as tx:
                MadeRepository(tx).add(Made(id=new_id(), organization_id=new_id(), name="smuggled"))
        assert getattr(caught.value.orig, "sqlstate", "") == "42501"
        assert await count(world.toy.database, "name = 'smuggled'") == 0

    async def test_moves_nothing_to_others(self, world: World) -> None:
        me = somebody()
        with pytest.raises(DBAPIError):
            async with world.toy.database.transaction(me) as tx:
                row = MadeRepository(tx).add(Made(id=new_id(), organization_id=me.organization_id, name="gift"))
                await tx.session.flush()
                row.organization_id = new_id()

    async def test_reads_change_nothing(self, world: World) -> None:
        with pytest.raises(DBAPIError) as caught:
            async with world.toy.database.read(somebody()) as tx:
                await tx.session.execute(text("DELETE FROM toy.made"))
        assert getattr(caught.value.orig, "sqlstate", "") == "25006"

    async def test_a_failure_leaves_nothing(self, world: World) -> None:
        me = somebody()
        with pytest.raises(ZeroDivisionError):
            async with world.toy.database.transaction(me) as tx:
                MadeRepository(tx).add(Made(id=new_id(), organization_id=me.organization_id, name="undone"))
                await tx.session.flush()
                raise ZeroDivisionError
        assert await count(world.toy.database, "name = 'undone'") == 0

    async def test_the_second_of_two_changes_is_refused(self, world: World) -> None:
        """The optimistic lock: without it one of the two would be lost silently."""
        me, database = somebody(), world.toy.database
        async with database.transaction(me) as tx:
            row = MadeRepository(tx).add(Made(id=new_id(), organization_id=me.organization_id, name="one"))
        assert row.etag == '"1"'
        with pytest.raises(StaleDataError):
            async with database.transaction(me) as slow:
                late = await MadeRepository(slow).get(row.id)
                async with database.transaction(me) as quick:
                    early = await MadeRepository(quick).get(row.id)
                    early.name = "early"
                assert early.etag == '"2"'
                assert early.update_time > early.create_time  # what the database fills in is there without a query
                late.name = "late"


class TestTheApplicationsRole:
    """Whoever finds a way to send statements finds row-level security all the same."""

    @pytest.mark.parametrize(
        "statement",
        [
            "SET ROLE doorstep_owner",
            "SET SESSION AUTHORIZATION postgres",
            "SET ROLE postgres",
            "TRUNCATE toy.made",
            "ALTER TABLE toy.made DISABLE ROW LEVEL SECURITY",
            "ALTER TABLE toy.made NO FORCE ROW LEVEL SECURITY",
            "DROP POLICY made_app ON toy.made",
            "CREATE POLICY all_ ON toy.made USING (true)",
            "DROP TABLE toy.made",
            "CREATE TABLE toy.mine (id int)",
            "CREATE TABLE public.mine (id int)",
            "CREATE SCHEMA mine",
            "GRANT doorstep_owner TO doorstep_app",
            "ALTER ROLE doorstep_app BYPASSRLS",
            "ALTER ROLE doorstep_app SUPERUSER",
            "CREATE ROLE another LOGIN",
            "COPY toy.made TO PROGRAM 'cat'",
            "SELECT pg_read_file('/etc/passwd')",
            "SELECT * FROM pg_authid",
            "CREATE EXTENSION vector SCHEMA toy",
            "ALTER SYSTEM SET fsync = off",
            "SET row_security = off; SELECT * FROM toy.made",
            "CREATE TRIGGER t BEFORE UPDATE ON toy.made EXECUTE FUNCTION suppress_redundant_updates_trigger()",
        ],
    )
    async def test_cannot(self, world: World, statement: str) -> None:
        connection = await asyncpg.connect(world.urls.url)
        try:
            with pytest.raises(asyncpg.PostgresError) as caught:
                await connection.execute(statement)
            assert caught.value.sqlstate == "42501"
        finally:
            await connection.close()

    async def test_sees_nothing_without_an_organisation(self, world: World) -> None:
        connection = await asyncpg.connect(world.urls.url)
        try:
            for setting in ("", "00000000-0000-0000-0000-000000000000"):
                await connection.execute("SELECT set_config('doorstep.organization_id', $1, false)", setting)
                assert await connection.fetchval("SELECT count(*) FROM toy.made") == 0
            await connection.execute("SELECT set_config('doorstep.organization_id', 'nonsense', false)")
            with pytest.raises(asyncpg.DataError):
                await connection.fetchval("SELECT count(*) FROM toy.made")
        finally:
            await connection.close()

    async def test_its_attributes(self, world: World) -> None:
        connection = await asyncpg.connect(world.urls.superuser_url)
        try:
            for role in ("doorstep_app", "doorstep_system"):
                row = await connection.fetchrow("SELECT * FROM pg_roles WHERE rolname = $1", role)
                assert row is not None
                for attribute in ("rolsuper", "rolbypassrls", "rolcreaterole", "rolcreatedb", "rolreplication"):
                    assert not row[attribute], (role, attribute)
            granted = await connection.fetch(
                "SELECT r.rolname, m.inherit_option, m.set_option, m.admin_option FROM pg_auth_members m "
                "JOIN pg_roles r ON r.oid = m.roleid WHERE m.member = 'doorstep_app'::regrole"
            )
            assert [tuple(row) for row in granted] == [("doorstep_system", False, True, False)]
        finally:
            await connection.close()
