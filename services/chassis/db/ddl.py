"""The SQL of schemas, grants and tenancy, in one place: migrations call it, a catalogue test checks the outcome.

Row-level security is native and forced. `doorstep_app` (the login of the services) owns nothing and does not bypass
it; `doorstep_system` is taken on, transaction-locally, by work that runs before or without a caller. A policy names
its role instead of saying `OR system`: an OR would keep Postgres from using the tenant's index.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

ORGANIZATION = "(SELECT nullif(current_setting('doorstep.organization_id', true), '')::uuid)"
"""The caller's organisation as a policy reads it: evaluated once per statement, NULL (no rows) where unset."""
USER = "(SELECT nullif(current_setting('doorstep.user_id', true), '')::uuid)"
CALLER = "(SELECT nullif(current_setting('doorstep.caller', true), ''))"

REFUSED_STEP = "ST001"
"""SQLSTATE of a step that no state machine has. Classes that begin with S belong to nobody else; it is a fault of ours,
so the boundary answers INTERNAL."""


class Operations(Protocol):
    """What of `alembic.op` is needed."""

    def execute(self, sqltext: str) -> None:
        """Run one statement."""


def create_service_schema(op: Operations, schema: str) -> None:
    """Make what every service has: the rights on its schema, and the tables outbox, inbox,
    event_failures and idempotency_keys.

    The schema itself exists: the migration runner makes it, since it holds the version table.
    """
    op.execute(f"GRANT USAGE ON SCHEMA {schema} TO doorstep_app, doorstep_system")
    for what, rights in (("TABLES", "SELECT, INSERT, UPDATE, DELETE"), ("SEQUENCES", "USAGE, SELECT")):
        op.execute(
            f"ALTER DEFAULT PRIVILEGES IN SCHEMA {schema} GRANT {rights} ON {what} TO doorstep_app, doorstep_system"
        )
    op.execute(
        f"""
        CREATE TABLE {schema}.outbox (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            event_id uuid NOT NULL,
            type text NOT NULL,
            key text NOT NULL,
            organization_id uuid,
            payload bytea NOT NULL,
            headers jsonb NOT NULL DEFAULT '{{}}',
            create_time timestamptz NOT NULL DEFAULT now(),
            position bigint,
            relay_time timestamptz
        )"""
    )
    op.execute(f"CREATE INDEX outbox_waiting_idx ON {schema}.outbox (id) WHERE position IS NULL")
    op.execute(f"CREATE UNIQUE INDEX outbox_position_idx ON {schema}.outbox (position) WHERE position IS NOT NULL")
    op.execute(f"CREATE INDEX outbox_unfed_idx ON {schema}.outbox (position) WHERE relay_time IS NULL")
    op.execute(f"CREATE INDEX outbox_relay_time_idx ON {schema}.outbox (relay_time)")
    op.execute(
        f"""
        CREATE TABLE {schema}.inbox (
            event_id uuid NOT NULL,
            subscriber text NOT NULL,
            receive_time timestamptz NOT NULL DEFAULT now(),
            dead boolean NOT NULL DEFAULT false,
            PRIMARY KEY (event_id, subscriber)
        )"""
    )
    op.execute(f"CREATE INDEX inbox_receive_time_idx ON {schema}.inbox (receive_time)")
    op.execute(
        f"""
        CREATE TABLE {schema}.event_failures (
            event_id uuid NOT NULL,
            subscriber text NOT NULL,
            type text NOT NULL,
            key text NOT NULL,
            organization_id uuid,
            source text NOT NULL,
            position bigint NOT NULL,
            payload bytea NOT NULL,
            headers jsonb NOT NULL,
            create_time timestamptz NOT NULL,
            attempts integer NOT NULL,
            error text NOT NULL,
            dead_time timestamptz,
            replay_requested boolean NOT NULL DEFAULT false,
            PRIMARY KEY (event_id, subscriber)
        )"""
    )
    op.execute(
        f"CREATE INDEX event_failures_dead_idx ON {schema}.event_failures (dead_time) WHERE dead_time IS NOT NULL"
    )
    op.execute(
        f"""
        CREATE TABLE {schema}.idempotency_keys (
            caller text NOT NULL,
            key text NOT NULL CHECK (length(key) BETWEEN 1 AND 255),
            fingerprint bytea NOT NULL,
            response bytea NOT NULL,
            create_time timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (caller, key)
        )"""
    )
    op.execute(f"CREATE INDEX idempotency_keys_create_time_idx ON {schema}.idempotency_keys (create_time)")
    for table in ("outbox", "inbox"):
        protect(op, schema, table, app_using="true", app_check="true")
    system_policy(op, schema, "event_failures")
    # Answers are private: a caller finds its own keys only.
    protect(op, schema, "idempotency_keys", app_using=f"caller = {CALLER}", app_check=f"caller = {CALLER}")


def tenant_policy(op: Operations, schema: str, table: str, *, column: str = "organization_id") -> None:
    """Show the rows of the caller's organisation, and let only such rows be written."""
    condition = f"{column} = {ORGANIZATION}"
    protect(op, schema, table, app_using=condition, app_check=condition)


def party_policy(op: Operations, schema: str, table: str, *parties: str, parties_write: bool = False) -> None:
    """Show a row to its organisation and to the users named in it; let the organisation's transactions write it.

    A party often acts for no organisation, or for another one. What it changes is changed by an operation that has
    looked at its rights, as the organisation (`system_for`), or, with `parties_write`, by the party itself. Each of the
    columns needs an index of its own: Postgres then answers the OR from both.
    """
    own = f"organization_id = {ORGANIZATION}"
    seen = " OR ".join([own, *(f"{column} = {USER}" for column in parties)])
    protect(op, schema, table, app_using=seen, app_check=seen if parties_write else own)


def system_policy(op: Operations, schema: str, table: str) -> None:
    """Hide a table from callers altogether; only work as SYSTEM reads and writes it."""
    protect(op, schema, table, app_using=None, app_check=None)


def protect(op: Operations, schema: str, table: str, *, app_using: str | None, app_check: str | None) -> None:
    """Enable and force row-level security with one policy for callers and one for the system."""
    op.execute(f"ALTER TABLE {schema}.{table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {schema}.{table} FORCE ROW LEVEL SECURITY")
    if app_using is not None:
        op.execute(
            f"CREATE POLICY {table}_app ON {schema}.{table} TO doorstep_app "
            f"USING ({app_using}) WITH CHECK ({app_check or app_using})"
        )
    op.execute(f"CREATE POLICY {table}_system ON {schema}.{table} TO doorstep_system USING (true) WITH CHECK (true)")


def append_only(op: Operations, schema: str, table: str) -> None:
    """Refuse UPDATE, DELETE and TRUNCATE for everybody, the owner included, by trigger as well as by grant."""
    op.execute(f"REVOKE UPDATE, DELETE, TRUNCATE ON {schema}.{table} FROM doorstep_app, doorstep_system")
    op.execute(
        f"""
        CREATE OR REPLACE FUNCTION {schema}.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION 'append only: %', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
        END $$"""
    )
    op.execute(
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {schema}.{table} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {schema}.refuse_change()"
    )


def guard_states(
    op: Operations,
    schema: str,
    table: str,
    *,
    column: str = "state",
    start: Sequence[str],
    steps: Mapping[str, Sequence[str]],
) -> None:
    """Refuse every step of a state machine but these, for everybody, the owner included, with `REFUSED_STEP`.

    The triggers' conditions alone decide: a step that may be taken calls no function, and a change that leaves the
    state alone is not looked at. It says what the service's `Lifecycle` says, written out because a migration does not
    change; called again by a later migration, it takes the place of what was said before.

    Args:
        op: Alembic's operations.
        schema: The service's schema.
        table: The table in it.
        column: Its column that holds the state.
        start: In which states a row may begin.
        steps: From each state that is not final, which others it may lead to. To stay is no step.
    """
    op.execute(
        f"""
        CREATE OR REPLACE FUNCTION {schema}.refuse_step() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION USING
                ERRCODE = '{REFUSED_STEP}',
                MESSAGE = format(
                    CASE TG_OP WHEN 'INSERT' THEN '%1$I.%2$I: no row begins with %3$I %5$L'
                    ELSE '%1$I.%2$I: no step of %3$I leads from %4$L to %5$L' END,
                    TG_TABLE_SCHEMA, TG_TABLE_NAME, TG_ARGV[0],
                    to_jsonb(OLD) ->> TG_ARGV[0], to_jsonb(NEW) ->> TG_ARGV[0]),
                SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME, COLUMN = TG_ARGV[0];
        END $$"""
    )
    calls = f"EXECUTE FUNCTION {schema}.refuse_step('{column}')"
    ways = " ".join(f"WHEN {literal(frm)} THEN NEW.{column} IN ({_list(to)})" for frm, to in steps.items())
    op.execute(
        f"CREATE OR REPLACE TRIGGER {table}_step BEFORE UPDATE OF {column} ON {schema}.{table} FOR EACH ROW "
        f"WHEN (OLD.{column} IS DISTINCT FROM NEW.{column} "
        f"AND (CASE OLD.{column} {ways} ELSE false END) IS NOT TRUE) {calls}"
    )
    op.execute(
        f"CREATE OR REPLACE TRIGGER {table}_start BEFORE INSERT ON {schema}.{table} FOR EACH ROW "
        f"WHEN ((NEW.{column} IN ({_list(start)})) IS NOT TRUE) {calls}"
    )


def _list(texts: Sequence[str]) -> str:
    return ", ".join(map(literal, texts))


def seeing_all(schema: str, tables: Sequence[str], *statements: str) -> Iterator[str]:
    """Let statements of a migration see every row: the owner is held to the policies too, and none is for it.

    Readers and writers of the tables wait until the transaction ends, so the statements must be quick.
    """
    for table in tables:
        yield f"ALTER TABLE {schema}.{table} NO FORCE ROW LEVEL SECURITY"
    yield from statements
    for table in tables:
        yield f"ALTER TABLE {schema}.{table} FORCE ROW LEVEL SECURITY"


def literal(text: str) -> str:
    """A text within a statement: DDL, and what is put together like it, takes no parameters."""
    return "'" + text.replace("'", "''") + "'"


def hot_read(op: Operations, schema: str, name: str, *, returns: str, query: str) -> None:
    """Make a function by which `Database.hot` finds one row for each of many callers, in one statement.

    For each of them it sets the caller's organisation and runs the query under row-level security, with the rights of
    whoever calls the function. The setting is local to the transaction, which is the statement itself, and is put back
    before the function returns, so that not even a transaction around it sees rows by it.

    Args:
        op: Alembic's operations.
        schema: The service's schema.
        name: The function's name in it.
        returns: The columns, as `home property.properties, offer property.listings`. The row type of a table follows
            the table when a migration adds a column.
        query: Selects them for the id `wanted`: one row at most. Names of tables carry their schema.
    """
    arguments = "organization_ids uuid[], ids uuid[]"
    op.execute(
        f"""
        CREATE FUNCTION {schema}.{name}({arguments}) RETURNS TABLE (is_there boolean, {returns})
        LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $hot$
        #variable_conflict use_column
        DECLARE
            before text := coalesce(current_setting('doorstep.organization_id', true), '');
            told text;
            wanted uuid;
        BEGIN
            FOR asked IN 1 .. cardinality(ids) LOOP
                wanted := ids[asked];
                told := set_config('doorstep.organization_id', coalesce(organization_ids[asked]::text, ''), true);
                RETURN QUERY SELECT true, q.* FROM ({query}) q;
                IF NOT FOUND THEN
                    RETURN NEXT;  -- all NULL: there is one answer for each question, in their order
                END IF;
            END LOOP;
            told := set_config('doorstep.organization_id', before, true);
        END $hot$"""  # noqa: S608 - a migration's own text
    )
    op.execute(f"REVOKE ALL ON FUNCTION {schema}.{name}({arguments}) FROM PUBLIC")
    op.execute(f"GRANT EXECUTE ON FUNCTION {schema}.{name}({arguments}) TO doorstep_app")
