"""Bring the database to the newest schema: one Alembic history per service, each with its version table in its schema.

Two migrators may start at once: an advisory lock lets one through at a time. DDL runs in a transaction per revision
and waits at most `LOCK_TIMEOUT` for a lock, because a waiting ALTER blocks every reader behind it.

A history may have a module `repeatable.py` beside its `versions`, for rows that follow a table in the code: what its
`statements()` yield is run after the revisions, in one transaction, whenever it is not what was run last.
"""

import asyncio
import hashlib
import runpy
from collections.abc import Sequence
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from services.chassis.db.engine import sqlalchemy_url

MIGRATIONS = Path(__file__).resolve().parents[3] / "migrations"
LOCK_TIMEOUT = "5s"
_LOCK = 7_205_759_403_792_793
"""Any number, the same in every migrator."""


def alembic_config(service: str, connection: Connection | None = None) -> Config:
    """The configuration of one service's history."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("version_locations", str(MIGRATIONS / service / "versions"))
    config.set_main_option("path_separator", "os")
    config.set_main_option("file_template", "%%(year)d_%%(month).2d_%%(day).2d_%%(hour).2d%%(minute).2d_%%(slug)s")
    config.attributes["connection"] = connection
    config.attributes["schema"] = service
    return config


def histories() -> list[str]:
    """Every history there is, alphabetically."""
    return sorted(p.parent.name for p in MIGRATIONS.glob("*/versions"))


def newest(service: str) -> str | None:
    """The newest revision of a history, for the readiness check."""
    return ScriptDirectory.from_config(alembic_config(service)).get_current_head()


def _upgrade(connection: Connection, services: Sequence[str]) -> None:
    connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": _LOCK})
    connection.commit()
    try:
        for service in services:
            connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {service}"))
            connection.commit()
            connection.execute(text(f"SET lock_timeout = '{LOCK_TIMEOUT}'"))
            command.upgrade(alembic_config(service, connection), "head")
            _repeat(connection, service)
            # The readiness check of the services reads it.
            connection.execute(text(f"GRANT USAGE ON SCHEMA {service} TO doorstep_app"))
            connection.execute(text(f"GRANT SELECT ON {service}.schema_version TO doorstep_app"))
            connection.commit()
    finally:
        connection.rollback()
        connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": _LOCK})
        connection.commit()


def _repeat(connection: Connection, service: str) -> None:
    module = MIGRATIONS / service / "repeatable.py"
    if not module.exists():
        return
    statements = list(runpy.run_path(str(module))["statements"]())
    run = "repeatable " + hashlib.sha256("\0".join(statements).encode()).hexdigest()
    if connection.scalar(text("SELECT obj_description(to_regnamespace(:s), 'pg_namespace')"), {"s": service}) != run:
        for statement in statements:
            connection.exec_driver_sql(statement)
        connection.execute(text(f"COMMENT ON SCHEMA {service} IS '{run}'"))
    connection.commit()


async def migrate(owner_url: str, services: Sequence[str] | None = None) -> None:
    """Upgrade the histories of `services` (all, when left out) as the database's owner.

    Raises:
        sqlalchemy.exc.DBAPIError: a statement failed; its revision is rolled back whole.
    """
    engine = create_async_engine(sqlalchemy_url(owner_url), poolclass=NullPool)
    try:
        async with engine.connect() as connection:
            await connection.run_sync(_upgrade, list(services) if services is not None else histories())
    finally:
        await engine.dispose()


def migrate_blocking(owner_url: str, services: Sequence[str] | None = None) -> None:
    """`migrate` for callers without a loop."""
    asyncio.run(migrate(owner_url, services))
