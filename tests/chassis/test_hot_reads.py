"""Hot reads: one statement for many callers, and each of them sees what row-level security shows it."""

import asyncio
from collections.abc import AsyncIterator
from uuid import UUID

import asyncpg
import pytest
import pytest_asyncio

from services.chassis.actor import ANONYMOUS, SYSTEM, Actor, CallerKind
from services.chassis.db.database import Database
from services.chassis.db.hot import BATCH, SharedCall
from services.chassis.ids import new_id
from tests.chassis.conftest import World, few_connections
from tests.chassis.toy import Made, MadeRepository

FUNCTION = "toy.hot_made"
CALL = f"SELECT (made).organization_id FROM {FUNCTION}($1, $2)"
OF_A_CALLER = "SELECT set_config('doorstep.organization_id', $1, true)"


def member(organization_id: UUID) -> Actor:
    return Actor(CallerKind.USER, user_id=new_id(), organization_id=organization_id)


@pytest_asyncio.fixture
async def database(world: World) -> AsyncIterator[Database]:
    """The toy's database over one raw connection, so that every statement follows the others on it."""
    async with few_connections(world, usual=1, fast=1) as database:
        yield database


@pytest_asyncio.fixture
async def rows(database: Database) -> dict[UUID, UUID]:
    """One row of each of some organisations: organisation by row."""
    made = {new_id(): new_id() for _ in range(5)}
    for row_id, organization_id in made.items():
        async with database.transaction(member(organization_id)) as tx:
            MadeRepository(tx).add(Made(id=row_id, organization_id=organization_id, name="hot"))
    return made


async def owner(database: Database, actor: Actor, row_id: UUID) -> UUID | None:
    found = await database.hot(actor).row(FUNCTION, row_id)
    return None if found is None else found["made"]["organization_id"]


async def test_each_sees_its_own(database: Database, rows: dict[UUID, UUID]) -> None:
    """All at once, so that callers of different organisations share statements."""
    actors = [*(member(organization_id) for organization_id in rows.values()), member(new_id()), ANONYMOUS]
    asked = [(actor, row_id) for actor in actors for row_id in (*rows, new_id())]
    found = await asyncio.gather(*(owner(database, *one) for one in asked))
    for (actor, row_id), seen in zip(asked, found, strict=True):
        mine = rows.get(row_id)
        assert seen == (mine if mine is not None and mine == actor.organization_id else None)
    assert sum(seen is not None for seen in found) == len(rows)


async def test_nothing_stays_on_the_connection(database: Database, rows: dict[UUID, UUID]) -> None:
    for row_id, organization_id in rows.items():
        assert await owner(database, member(organization_id), row_id) == organization_id
        assert not await database.pool.fetchval("SELECT current_setting('doorstep.organization_id', true)")
        assert await database.pool.fetchval("SELECT count(*) FROM toy.made") == 0
        assert await database.pool.fetchval("SELECT current_user") == "doorstep_app"
        assert await database.pool.fetchval(CALL, [None], [row_id]) is None


async def test_nothing_stays_in_a_transaction(database: Database, rows: dict[UUID, UUID]) -> None:
    """The function puts back what was set around it."""
    (mine, me), (yours, you), *_ = rows.items()
    async with database.fast_read(member(me)) as connection:
        assert await connection.fetchval(CALL, [you], [yours]) == you
        assert [row["id"] for row in await connection.fetch("SELECT id FROM toy.made")] == [mine]
    async with database.pool.acquire() as connection, connection.transaction():
        assert await connection.fetchval(CALL, [you], [yours]) == you
        assert await connection.fetchval("SELECT count(*) FROM toy.made") == 0
        with pytest.raises(asyncpg.DivisionByZeroError):
            async with connection.transaction():
                await connection.execute(OF_A_CALLER, str(me))
                await connection.fetchval(f"SELECT 1 / 0 FROM {FUNCTION}($1, $2) LIMIT 1", [you], [yours])
        assert await connection.fetchval("SELECT count(*) FROM toy.made") == 0


@pytest.mark.parametrize("mode", ["auto", "force_generic_plan", "force_custom_plan"])
async def test_plans_that_are_kept_follow_the_caller(database: Database, rows: dict[UUID, UUID], mode: str) -> None:
    """Of the statement and, within the function, of the query: both are planned once for all callers."""
    async with database.pool.acquire() as connection:
        await connection.execute(f"SET plan_cache_mode = {mode}")
        for _ in range(8):
            for organization_id in (*rows.values(), None):
                count, ids = len(rows), list(rows)
                found = [row[0] for row in await connection.fetch(CALL, [organization_id] * count, ids)]
                assert found == [o if o == organization_id else None for o in rows.values()]
        await connection.execute("RESET plan_cache_mode")


async def test_plans_that_are_kept_follow_the_role(world: World, rows: dict[UUID, UUID]) -> None:
    """What was planned for somebody whom row-level security does not bind is not used for others."""
    connection = await asyncpg.connect(world.urls.superuser_url)
    try:
        row_id, foreign = next(iter(rows)), new_id()
        for _ in range(8):
            assert await connection.fetchval(CALL, [foreign], [row_id]) is not None
        await connection.execute("SET ROLE doorstep_app")
        assert await connection.fetchval(CALL, [foreign], [row_id]) is None
    finally:
        await connection.close()


async def test_it_is_no_way_to_become_the_system(database: Database, rows: dict[UUID, UUID]) -> None:
    with pytest.raises(ValueError, match="for callers"):
        database.hot(SYSTEM)
    row_id = next(iter(rows))
    async with database.fast_read(SYSTEM) as connection:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.fetchval(CALL, [None], [row_id])
        await connection.execute("ROLLBACK; BEGIN")  # the block commits
    for smuggled in ("'", "x', true), set_config('role', 'doorstep_system', true) --"):
        with pytest.raises(asyncpg.DataError):
            await database.pool.fetchval(CALL, [smuggled], [row_id])
    assert await database.pool.fetchval("SELECT current_user") == "doorstep_app"
    assert await database.pool.fetchval("SELECT count(*) FROM toy.made") == 0


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many callers shared each statement."""
    seen: list[int] = []
    real = SharedCall._call

    async def counted(self: SharedCall, organization_ids: list[UUID | None], ids: list[UUID]) -> list[asyncpg.Record]:
        seen.append(len(ids))
        return await real(self, organization_ids, ids)

    monkeypatch.setattr(SharedCall, "_call", counted)
    return seen


async def test_callers_share_statements(database: Database, rows: dict[UUID, UUID], calls: list[int]) -> None:
    asked = list(rows.items()) * 40
    found = await asyncio.gather(*(owner(database, member(mine), row_id) for row_id, mine in asked))
    assert found == [mine for _, mine in asked]
    assert sum(calls) == len(asked)
    assert max(calls) == BATCH
    assert len(calls) == -(-len(asked) // BATCH)
    row_id, mine = asked[0]
    assert await owner(database, member(mine), row_id) == mine
    assert calls[-1] == 1


async def test_who_gives_up_disturbs_nobody(database: Database, rows: dict[UUID, UUID], calls: list[int]) -> None:
    asked = list(rows.items()) * 20
    tasks = [asyncio.create_task(owner(database, member(mine), row_id)) for row_id, mine in asked]
    for n, task in enumerate(tasks):
        if n % 3 == 0:
            await asyncio.sleep(0)  # some before their statement begins, some while it runs
            task.cancel()
    found = await asyncio.gather(*tasks, return_exceptions=True)
    for n, ((_, mine), seen) in enumerate(zip(asked, found, strict=True)):
        assert seen == mine or (n % 3 == 0 and isinstance(seen, asyncio.CancelledError))
    assert await owner(database, member(asked[0][1]), asked[0][0]) == asked[0][1]


async def test_a_lost_connection_is_told_to_all_who_shared_it(
    database: Database, world: World, rows: dict[UUID, UUID]
) -> None:
    (row_id, mine), *_ = rows.items()
    assert await owner(database, member(mine), row_id) == mine
    backend = await database.pool.fetchval("SELECT pg_backend_pid()")
    superuser = await asyncpg.connect(world.urls.superuser_url)
    try:
        async with superuser.transaction():
            await superuser.execute("LOCK TABLE toy.made")
            asked = [asyncio.create_task(owner(database, member(mine), row_id)) for _ in range(3)]
            waits = "SELECT wait_event_type = 'Lock' FROM pg_stat_activity WHERE pid = $1"
            while not await superuser.fetchval(waits, backend):
                await superuser.execute("SELECT pg_sleep(0.01)")
            await superuser.execute("SELECT pg_terminate_backend($1)", backend)
            failed = await asyncio.gather(*asked, return_exceptions=True)
    finally:
        await superuser.close()
    assert all(isinstance(error, asyncpg.PostgresError | asyncpg.InterfaceError) for error in failed), failed
    assert await owner(database, member(mine), row_id) == mine


async def test_a_new_column_disturbs_nobody(database: Database, world: World, rows: dict[UUID, UUID]) -> None:
    """The function returns rows of tables: connections that know the old columns learn the new ones by themselves."""
    (row_id, mine), *_ = rows.items()
    assert await owner(database, member(mine), row_id) == mine
    migration = await asyncpg.connect(world.urls.owner_url)
    try:
        await migration.execute("ALTER TABLE toy.made ADD COLUMN colour text NOT NULL DEFAULT 'red'")
        found = await database.hot(member(mine)).row(FUNCTION, row_id)
        assert found is not None
        assert found["made"]["organization_id"] == mine
        assert found["made"]["colour"] == "red"
    finally:
        await migration.execute("ALTER TABLE toy.made DROP COLUMN IF EXISTS colour")
        await migration.close()
    assert await owner(database, member(mine), row_id) == mine
