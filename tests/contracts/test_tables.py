"""Tenancy in the catalogue of the migrated database: every table, key, view and function."""

from collections.abc import Callable
from typing import Any

import asyncpg
import pytest

from services import registry
from services.chassis.db import ddl
from tests.fixtures.servers import TestDatabase

APP, SYSTEM, OWNER = "doorstep_app", "doorstep_system", "doorstep_owner"
QUEUE = "the queue's own table: it holds ids and payloads of every service, and only workers read it"

UNPROTECTED = {
    "schema_version": "the version of the schema, nobody's",
    "jobs.pgqueuer": QUEUE,
    "jobs.pgqueuer_log": QUEUE,
    "jobs.pgqueuer_schedules": QUEUE,
    "jobs.pgqueuer_statistics": QUEUE,
    "jobs.effects": QUEUE,
    "jobs.runs": QUEUE,
    "jobs.attempts": QUEUE,
    "jobs.kinds": "what may be started on request, nobody's",
    "jobs.schedules": "what starts by the clock, for the whole platform",
}
"""Tables without row-level security."""

OPEN_POLICIES = {
    "inbox": "written by consumers of the service, whoever's event it is; holds ids of events only",
    "outbox": "written by whoever acts, read by the relay as the system's work; no RPC reads it",
    "property.search_listings": "public facts of listings on the market: everybody reads, the organisation writes",
    "property.search_generation": "a counter without a tenant",
    "property.search_areas": "counters without a tenant",
}
"""Tables that callers see beyond their own organisation's rows."""

BY_OTHERS = {
    "idempotency_keys": "by caller: a key belongs to whoever sent it",
    "identity.sessions": "by user: one signs out of one's own sessions, in whichever organisation",
    "visit.calendar_feeds": "by user: a feed is its user's; the organisation says what stands in it",
    "visit.safety_watches": "by user: the organisation may be that of whom help is needed against",
}
"""Tables with an organisation or a caller whose policy goes by something else."""

GLOBAL_KEYS = {
    "event_failures_pkey": "event ids are random, and made by us",
    "inbox_pkey": "event ids are random, and made by us",
    "calendar_feeds_pkey": "feeds are found by their id before anybody is known",
    "outbox_pkey": "a number of our own",
    "outbox_position_idx": "a number of our own",
    "sessions_pkey": "session ids are random and found before the organisation is known",
    "api_keys_id_key": "keys are found by their id before the organisation is known",
    "invitations_token_hash_key": "invitations are found by their hash before the organisation is known",
    "requests_pkey": "numbers of the queue",
    "search_listings_pkey": "public facts by public id",
    "search_listings_property_key": "public facts by public id",
}
"""Unique indexes of tables with an organisation that do not begin with it."""


class Catalogue:
    """Rows of pg_catalog, read once."""

    def __init__(self) -> None:
        self.tables: dict[str, Any] = {}
        self.policies: dict[str, list[Any]] = {}
        self.foreign_keys: list[Any] = []
        self.uniques: list[Any] = []
        self.functions: list[Any] = []

    async def read(self, url: str) -> "Catalogue":
        connection = await asyncpg.connect(url)
        schemas = "n.nspname NOT LIKE 'pg_%' AND n.nspname <> 'information_schema'"
        try:
            for row in await connection.fetch(
                "SELECT n.nspname || '.' || c.relname AS name, c.relname, n.nspname, c.relkind::text AS kind, "
                "c.relispartition, c.relrowsecurity, c.relforcerowsecurity, pg_get_userbyid(c.relowner) AS owner, "
                "array(SELECT attname::text FROM pg_attribute a WHERE a.attrelid = c.oid AND attnum > 0 "
                "AND NOT attisdropped) AS columns, coalesce(c.reloptions, '{}') AS options, "
                f"has_table_privilege('{APP}', c.oid, 'TRUNCATE') AS truncates, "
                f"has_table_privilege('{APP}', c.oid, 'SELECT') AS selects, "
                f"has_table_privilege('public', c.oid, 'SELECT') AS public_selects "
                f"FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
                f"WHERE {schemas} AND c.relkind IN ('r', 'p', 'v', 'm', 'f')"
            ):
                self.tables[row["name"]] = row
            for row in await connection.fetch("SELECT * FROM pg_policies"):
                self.policies.setdefault(f"{row['schemaname']}.{row['tablename']}", []).append(row)
            self.foreign_keys = await connection.fetch(
                'SELECT conname, conrelid::regclass::text AS frm, confrelid::regclass::text AS "to", '
                "array(SELECT attname::text FROM unnest(conkey) k JOIN pg_attribute ON attrelid = conrelid AND "
                "attnum = k) AS columns FROM pg_constraint WHERE contype = 'f' AND conparentid = 0"
            )
            self.uniques = await connection.fetch(
                "SELECT c.relname AS name, n.nspname || '.' || t.relname AS table, "
                "array(SELECT pg_get_indexdef(c.oid, k, true) FROM generate_series(1, i.indnkeyatts) k) AS columns "
                "FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_class t ON t.oid = i.indrelid "
                f"JOIN pg_namespace n ON n.oid = t.relnamespace WHERE i.indisunique AND {schemas}"
            )
            self.functions = await connection.fetch(
                "SELECT p.oid::regprocedure::text AS name, prosecdef, coalesce(proconfig, '{}') AS config, "
                "has_function_privilege('public', p.oid, 'EXECUTE') AS public, "
                f"has_function_privilege('{SYSTEM}', p.oid, 'EXECUTE') AS system "
                f"FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE {schemas}"
            )
        finally:
            await connection.close()
        return self

    @property
    def ours(self) -> dict[str, Any]:
        """Tables without their partitions."""
        return {name: row for name, row in self.tables.items() if row["kind"] in "rp" and not row["relispartition"]}


def _in(exceptions: dict[str, str], name: str) -> bool:
    return name in exceptions or name.partition(".")[2] in exceptions


@pytest.fixture(scope="module")
async def catalogue(clone_database: Callable[[], TestDatabase]) -> Catalogue:
    return await Catalogue().read(clone_database().superuser_url)


def test_there_are_tables_of_every_service(catalogue: Catalogue) -> None:
    assert {*registry.NAMES, "jobs"} <= {row["nspname"] for row in catalogue.ours.values()}
    assert len(catalogue.ours) > 40


def test_every_table_is_protected(catalogue: Catalogue) -> None:
    for name, row in catalogue.ours.items():
        if not _in(UNPROTECTED, name):
            assert row["relrowsecurity"], f"{name}: row-level security is off"
            assert row["relforcerowsecurity"], f"{name}: the owner passes by"


def test_no_table_with_an_organisation_is_left_open(catalogue: Catalogue) -> None:
    for name, row in catalogue.ours.items():
        if "organization_id" in row["columns"]:
            assert not _in(UNPROTECTED, name), name


def test_policies_go_by_the_organisation(catalogue: Catalogue) -> None:
    for name, row in catalogue.ours.items():
        if "organization_id" not in row["columns"] or _in(OPEN_POLICIES, name) or _in(BY_OTHERS, name):
            continue
        for policy in catalogue.policies[name]:
            if APP in policy["roles"]:
                for condition in (policy["qual"], policy["with_check"]):
                    if condition is not None:
                        assert "doorstep.organization_id" in condition, f"{name}: {policy['policyname']}"
                assert policy["with_check"] is not None or policy["cmd"] in ("SELECT", "DELETE"), name


def test_policies_read_the_setting_so_that_unset_means_nothing(catalogue: Catalogue) -> None:
    for name, policies in catalogue.policies.items():
        for policy in policies:
            for condition in filter(None, (policy["qual"], policy["with_check"])):
                assert condition.count("current_setting(") == condition.lower().count("nullif(current_setting("), name
                assert condition.count("current_setting(") <= condition.upper().count("SELECT"), f"{name}: per row"


def test_the_system_has_a_policy_of_its_own(catalogue: Catalogue) -> None:
    for name in catalogue.ours:
        if not _in(UNPROTECTED, name):
            mine = [p for p in catalogue.policies[name] if p["roles"] == [SYSTEM]]
            assert [(p["qual"], p["with_check"], p["cmd"]) for p in mine] == [("true", "true", "ALL")], name


def test_policies_name_their_role_and_add_nothing(catalogue: Catalogue) -> None:
    for name, policies in catalogue.policies.items():
        for policy in policies:
            assert policy["permissive"] in ("PERMISSIVE", "RESTRICTIVE")
            assert set(policy["roles"]) <= {APP, SYSTEM}, f"{name}: {policy['policyname']}"
            if SYSTEM not in policy["roles"] and "true" in (policy["qual"], policy["with_check"]):
                assert _in(OPEN_POLICIES, name), f"{name}: {policy['policyname']} is open"


def test_partitions_cannot_be_entered_by_the_side_door(catalogue: Catalogue) -> None:
    """Their parent's policies hold only for those who come through the parent."""
    for name, row in catalogue.tables.items():
        if row["relispartition"] and row["selects"]:
            assert row["relrowsecurity"], f"{name} can be read past the policies of its parent"
            assert row["relforcerowsecurity"], name


def test_nobody_of_ours_may_truncate_or_owns(catalogue: Catalogue) -> None:
    for name, row in catalogue.tables.items():
        assert row["owner"] == OWNER, name
        assert not row["truncates"], name
        assert not row["public_selects"], name


def test_references_stay_within_an_organisation(catalogue: Catalogue) -> None:
    """Row-level security does not look at foreign keys: a key by id alone could point into another organisation."""
    for key in catalogue.foreign_keys:
        frm, to = (catalogue.tables[key[end]] for end in ("frm", "to"))
        if "organization_id" in frm["columns"] and "organization_id" in to["columns"]:
            assert "organization_id" in key["columns"], f"{key['conname']} of {frm['name']}"


def test_uniqueness_tells_nothing_about_others(catalogue: Catalogue) -> None:
    for index in catalogue.uniques:
        table = catalogue.tables[index["table"]]
        if "organization_id" in table["columns"] and "organization_id" not in index["columns"]:
            assert index["name"] in GLOBAL_KEYS, f"{index['name']} {index['columns']}"


def test_views_ask_as_their_caller(catalogue: Catalogue) -> None:
    for name, row in catalogue.tables.items():
        if row["kind"] == "v":
            assert "security_invoker=true" in row["options"], name
        assert row["kind"] != "m", f"{name}: nobody's rights hold for a materialized view"


def test_functions_with_the_owners_rights_are_closed(catalogue: Catalogue) -> None:
    for function in catalogue.functions:
        if function["prosecdef"]:
            assert any(c.startswith("search_path=") for c in function["config"]), f"{function['name']}: whose tables?"
            assert not function["public"], f"{function['name']}: anybody may call it"


def test_hot_reads_lend_no_rights(catalogue: Catalogue) -> None:
    """They set a caller's organisation; with rights of their own they would be a way around row-level security."""
    found = [function for function in catalogue.functions if ".hot_" in function["name"]]
    assert found
    for function in found:
        assert not function["prosecdef"], function["name"]
        assert not function["public"], function["name"]
        assert not function["system"], f"{function['name']}: the system sees every row whatever it sets"


async def test_nothing_is_seen_without_an_organisation(catalogue: Catalogue, suite_database: TestDatabase) -> None:
    connection = await asyncpg.connect(suite_database.url)
    try:
        for name in catalogue.ours:
            if not _in(UNPROTECTED, name) and not _in(OPEN_POLICIES, name):
                assert await connection.fetchval(f"SELECT count(*) FROM {name}") == 0, name
    finally:
        await connection.close()


@pytest.mark.parametrize(
    ("table", "column"), [("outbox", "relay_time"), ("inbox", "receive_time"), ("idempotency_keys", "create_time")]
)
async def test_what_every_service_forgets_is_found_by_its_age(
    suite_database: TestDatabase, table: str, column: str
) -> None:
    """The relay looks for it every few minutes, and events wait meanwhile."""
    connection = await asyncpg.connect(suite_database.superuser_url)
    try:
        rows = await connection.fetch(
            "SELECT schemaname FROM pg_indexes WHERE tablename = $1 AND indexdef LIKE '%(' || $2 || ')'", table, column
        )
    finally:
        await connection.close()
    assert {row["schemaname"] for row in rows} == set(registry.NAMES)


def test_exceptions_exist(catalogue: Catalogue) -> None:
    names = {*catalogue.ours, *(row["relname"] for row in catalogue.ours.values())}
    for exceptions in (UNPROTECTED, OPEN_POLICIES, BY_OTHERS):
        assert set(exceptions) <= names, set(exceptions) - names
    assert set(GLOBAL_KEYS) <= {index["name"] for index in catalogue.uniques}


def test_the_control_finds_a_leaky_table() -> None:
    """The statements that protect say what these tests look for."""
    said: list[str] = []

    class Op:
        def execute(self, sqltext: str) -> None:
            said.append(sqltext)

    ddl.tenant_policy(Op(), "s", "t")
    text = "\n".join(said)
    assert "FORCE ROW LEVEL SECURITY" in text
    assert text.count("nullif(current_setting('doorstep.organization_id', true), '')") == 2
