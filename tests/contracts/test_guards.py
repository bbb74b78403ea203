"""A step that a state machine does not have is refused by the database as well, and by the same table.

What the triggers say is read back from the catalogue and compared with every `Lifecycle` of the code: one that changes
without a migration fails here. Then every step, allowed or not, is tried on the tables themselves, as their owner.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import asyncpg
import pytest
from sqlalchemy.orm import DeclarativeBase

from services.chassis.db import ddl
from tests.contracts.states import lifecycles
from tests.fixtures.servers import TestDatabase

ALL = {lifecycle.table: lifecycle for _, _, lifecycle in lifecycles()}
NOWHERE = "NOWHERE"
"""No state at all."""

TRIGGERS = """
    SELECT t.tgrelid::regclass::text AS table, pg_get_triggerdef(t.oid) AS text, t.tgenabled::text AS enabled
    FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid
    WHERE p.proname = 'refuse_step' AND NOT t.tgisinternal"""
BARE = """
    DO $$ DECLARE made record; BEGIN
        FOR made IN
            SELECT conname FROM pg_constraint k WHERE conrelid = '{table}'::regclass AND NOT EXISTS (
                SELECT FROM pg_attribute a WHERE a.attrelid = k.conrelid AND a.attnum = ANY(k.conkey)
                AND k.contype = 'n' AND (a.attidentity <> '' OR a.attname = '{column}'))
            ORDER BY contype = 'n'
        LOOP
            EXECUTE format('ALTER TABLE {table} DROP CONSTRAINT IF EXISTS %I CASCADE', made.conname);
        END LOOP;
    END $$;
    ALTER TABLE {table} DISABLE ROW LEVEL SECURITY"""
"""Until the end of the transaction a row of nothing but a state may stand in the table, and its owner sees it: only the
triggers are left."""


@dataclass
class Guard:
    """What the triggers of a table say."""

    column: str = ""
    start: frozenset[str] = frozenset()
    steps: frozenset[tuple[str, str]] = frozenset()


@dataclass
class Attempt:
    """What became of a statement: its error, if it was refused."""

    sqlstate: str = ""
    message: str = ""


def _quoted(text: str) -> list[str]:
    return re.findall(r"'([^']*)'", text)


async def read_guards(connection: asyncpg.Connection) -> dict[str, Guard]:
    """By table, what its two triggers say."""
    found: dict[str, Guard] = {}
    for row in await connection.fetch(TRIGGERS):
        assert row["enabled"] == "O", row
        guard, text = found.setdefault(row["table"], Guard()), " ".join(row["text"].split())
        parts = re.fullmatch(r".* WHEN \((.*)\) EXECUTE FUNCTION \w+\.refuse_step\('(\w+)'\)", text)
        assert parts, text
        condition, guard.column = " ".join(re.sub("[()]", "", parts[1]).split()), parts[2]
        old, new = f"old.{guard.column}", f"new.{guard.column}"
        if f" BEFORE UPDATE OF {guard.column} ON " in text:
            shape = rf"{old} IS DISTINCT FROM {new} AND CASE {old} (.*) ELSE false END IS NOT TRUE"
            ways = re.fullmatch(shape, condition)
            assert ways, text
            for frm, to in re.findall(r"WHEN '(\w+)'::text THEN (.*?)(?= WHEN |$)", ways[1]):
                guard.steps |= {(frm, end) for end in _quoted(to)}
        else:
            assert " BEFORE INSERT ON " in text, text
            assert re.fullmatch(rf"{new} = .* IS NOT TRUE", condition), text
            guard.start = frozenset(_quoted(condition))
    return found


async def attempt(connection: asyncpg.Connection, statement: str, *values: Any) -> Attempt:
    """Execute a statement that concerns one row, and take it back."""
    step = connection.transaction()
    await step.start()
    try:
        assert (await connection.execute(statement, *values)).split()[-1] == "1"
    except asyncpg.PostgresError as error:
        return Attempt(str(error.sqlstate), str(error))
    finally:
        await step.rollback()
    return Attempt()


@pytest.fixture(scope="module")
async def guards(clone_database: Callable[[], TestDatabase]) -> dict[str, Guard]:
    connection = await asyncpg.connect(clone_database().superuser_url)
    try:
        return await read_guards(connection)
    finally:
        await connection.close()


@pytest.fixture(scope="module")
async def attempts(clone_database: Callable[[], TestDatabase]) -> dict[tuple[str, str, str], Attempt]:
    """Every (table, from, to), as the owner; from nothing for a new row."""
    found: dict[tuple[str, str, str], Attempt] = {}
    connection = await asyncpg.connect(clone_database().superuser_url)
    try:
        for table, lifecycle in ALL.items():
            column, states = lifecycle.column, [str(state) for state in lifecycle.states]
            whole = connection.transaction()
            await whole.start()
            await connection.execute(BARE.format(table=table, column=column))
            await connection.execute("SET LOCAL session_replication_role = 'replica'")  # past the triggers
            for state in states:
                await connection.execute(f"INSERT INTO {table} ({column}) VALUES ($1)", state)
            await connection.execute("SET LOCAL session_replication_role = 'origin'")
            await connection.execute("SET LOCAL ROLE doorstep_owner")
            for to in (*states, NOWHERE):
                found[table, "", to] = await attempt(connection, f"INSERT INTO {table} ({column}) VALUES ($1)", to)
                for frm in states:
                    statement = f"UPDATE {table} SET {column} = $2 WHERE {column} = $1"
                    found[table, frm, to] = await attempt(connection, statement, frm, to)
            await whole.rollback()
    finally:
        await connection.close()
    return found


def _tables() -> dict[str, type[DeclarativeBase]]:
    """The models of all services, by table."""

    def below(base: type[DeclarativeBase]) -> Iterator[type[DeclarativeBase]]:
        for one in base.__subclasses__():
            yield one
            yield from below(one)

    return {str(one.__table__): one for one in below(DeclarativeBase) if hasattr(one, "__table__")}


def test_there_are_some() -> None:
    assert len(ALL) == len(lifecycles()) > 15, "two state machines name one table"


@pytest.mark.parametrize("table", ALL)
class TestEvery:
    def test_it_names_the_column_that_its_model_calls_state(self, table: str) -> None:
        [column] = _tables()[table].__mapper__.attrs["state"].columns  # type: ignore[attr-defined]
        assert column.name == ALL[table].column

    def test_the_database_says_the_same(self, guards: dict[str, Guard], table: str) -> None:
        lifecycle = ALL[table]
        start = frozenset(str(state) for state in lifecycle.start)
        steps = frozenset((str(frm), str(to)) for frm, to in lifecycle.steps())
        assert guards.get(table) == Guard(lifecycle.column, start, steps), "a migration that calls ddl.guard_states"


def test_no_other_table_is_guarded(guards: dict[str, Guard]) -> None:
    assert guards.keys() == ALL.keys()


PAIRS = [
    pytest.param(table, str(frm), to, id=f"{table}-{frm}-{to}")
    for table, lifecycle in ALL.items()
    for frm in lifecycle.states
    for to in (*map(str, lifecycle.states), NOWHERE)
]


@pytest.mark.parametrize(("table", "frm", "to"), PAIRS)
def test_every_step(attempts: dict[tuple[str, str, str], Attempt], table: str, frm: str, to: str) -> None:
    made = attempts[table, frm, to]
    if frm == to or (frm, to) in {(str(a), str(b)) for a, b in ALL[table].steps()}:
        assert made == Attempt()
    else:
        text = f"{table}: no step of {ALL[table].column} leads from '{frm}' to '{to}'"
        assert made == Attempt(ddl.REFUSED_STEP, text)


@pytest.mark.parametrize("table", ALL)
def test_every_beginning(attempts: dict[tuple[str, str, str], Attempt], table: str) -> None:
    for to in (*map(str, ALL[table].states), NOWHERE):
        made = attempts[table, "", to]
        if to in {str(state) for state in ALL[table].start}:
            assert made == Attempt()
        else:
            assert made == Attempt(ddl.REFUSED_STEP, f"{table}: no row begins with {ALL[table].column} '{to}'")


async def test_the_control(clone_database: Callable[[], TestDatabase]) -> None:
    """A step that only one of the two knows is seen; without the trigger, nothing refuses it."""
    connection = await asyncpg.connect(clone_database().superuser_url)
    try:
        before = await read_guards(connection)
        more = {"OPEN": ("CLOSED", "CANCELLED"), "CLOSED": ("OPEN",)}
        said: list[str] = []

        class Op:
            def execute(self, sqltext: str) -> None:
                said.append(sqltext)

        ddl.guard_states(Op(), "deal", "deals", start=("OPEN", "CLOSED"), steps=more)
        for statement in said:
            await connection.execute(statement)
        after = await read_guards(connection)
        assert {table for table in before if before[table] != after[table]} == {"deal.deals"}
        assert after["deal.deals"].start == {"OPEN", "CLOSED"}
        assert after["deal.deals"].steps - before["deal.deals"].steps == {("CLOSED", "OPEN")}
        await connection.execute("DROP TRIGGER deals_step ON deal.deals")
        assert (await read_guards(connection))["deal.deals"].steps == frozenset()
    finally:
        await connection.close()
