"""`doorstep up` as a user meets it: what it starts, what it says, what it leaves behind (nothing)."""

import contextlib
import json
import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from services.stack.ports import free_port, is_free
from services.stack.privileges import User, can_enter, server_user
from services.stack.process import recorded
from services.stack.worker import is_serving
from tests.fixtures.servers import TestDatabase
from tests.fixtures.suite import Suite

# Some of these start the suite more than once.
pytestmark = [pytest.mark.xdist_group("up"), pytest.mark.timeout(300)]
READY = "/readyz"


def eventually(holds: Callable[[], bool], what: str, seconds: float = 60.0) -> None:
    """Wait until something holds; how long it takes is not judged."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, what
        time.sleep(0.1)


def answers(suite: Suite) -> bool:
    with (
        contextlib.suppress(urllib.error.URLError, OSError),
        urllib.request.urlopen(suite.url + READY, timeout=30) as answer,  # noqa: S310 - http on loopback
    ):
        return bool(answer.status == 200)
    return False


def all_gone(family: list[psutil.Process]) -> bool:
    return not any(process.is_running() and process.status() != psutil.STATUS_ZOMBIE for process in family)


def one_line(output: str) -> str:
    lines = output.strip().splitlines()
    assert len(lines) == 1, output
    return lines[0]


def as_user(user: User) -> list[str]:
    """What goes before a command to run it as the user.

    Where this copy or its interpreter lies below a folder that only root may enter, the user is let through to read,
    which is all that is lent: it is not root, and PostgreSQL and the suite treat it as anybody.
    """
    become = ["setpriv", f"--reuid={user.uid}", f"--regid={user.gid}", "--clear-groups"]
    if can_enter(Path(sys.executable).resolve().parent, user) and can_enter(Path(__file__).parent, user):
        return become
    return [*become, "--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search"]


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Suite]:
    running = Suite(tmp_path_factory.mktemp("first") / "home", "--no-demo")
    try:
        yield running.start()
    finally:
        running.stop()


class TestRunning:
    def test_everything_serves_on_loopback_with_secrets_in_private_files(self, first: Suite) -> None:
        assert answers(first)
        state = first.state()
        assert len(state["workers"]) == 2
        eventually(
            lambda: all(is_serving(f"127.0.0.1:{state['ports'][name]}") for name in state["workers"]), "they serve"
        )
        assert stat.S_IMODE(first.home.stat().st_mode) == 0o700
        for name in ("secrets.json", "ports.json", "state.json", "postgres/passwords.json"):
            assert stat.S_IMODE((first.home / name).stat().st_mode) == 0o600
        secrets = [
            *json.loads((first.home / "secrets.json").read_text()).values(),
            *json.loads((first.home / "postgres" / "passwords.json").read_text()).values(),
        ]
        for process in first.family():
            with contextlib.suppress(psutil.NoSuchProcess):
                arguments = " ".join(process.cmdline())
                assert not any(secret in arguments for secret in secrets), process.name()
                listening = [c for c in process.net_connections(kind="inet") if c.status == psutil.CONN_LISTEN]
                # gRPC listens on IPv6 sockets that are bound to an IPv4 address.
                assert {c.laddr.ip.removeprefix("::ffff:") for c in listening} <= {"127.0.0.1"}, process.name()

    def test_a_second_suite_on_the_same_folder_is_refused(self, first: Suite) -> None:
        second = Suite(first.home)
        output, _ = second.launch().communicate(timeout=60)
        assert second.process.returncode == 1
        assert f"in use by a running suite (pid {first.process.pid})" in one_line(output)
        assert answers(first)

    def test_a_worker_that_dies_is_started_again(self, first: Suite) -> None:
        before = first.state()
        os.kill(before["workers"]["worker-1"], signal.SIGKILL)
        eventually(lambda: first.state()["workers"]["worker-1"] != before["workers"]["worker-1"], "a new worker-1")
        address = f"127.0.0.1:{before['ports']['worker-1']}"
        eventually(lambda: is_serving(address), "worker-1 serves again on its port")

    def test_postgres_that_dies_is_started_again_with_its_data(self, first: Suite) -> None:
        first.postgres().sql("CREATE TABLE IF NOT EXISTS survives AS SELECT 1 AS number", database="doorstep")
        record = json.loads((first.home / "run" / "postgres.json").read_text())
        state = first.state()
        # Who would start it again stands still until a worker has noticed: it may be faster than we look.
        first.process.send_signal(signal.SIGSTOP)
        try:
            os.kill(record["pid"], signal.SIGKILL)
            eventually(lambda: not is_serving(f"127.0.0.1:{state['ports']['worker-2']}"), "worker-2 notices")
        finally:
            first.process.send_signal(signal.SIGCONT)
        eventually(lambda: is_serving(f"127.0.0.1:{state['ports']['worker-2']}"), "worker-2 serves again")
        assert first.postgres().sql("SELECT number FROM survives", database="doorstep").strip() == "1"

    @pytest.mark.parametrize("name", ["redis", "gateway"])
    def test_redis_and_the_gateway_that_die_are_started_again(self, first: Suite, name: str) -> None:
        record = first.home / "run" / f"{name}.json"
        before = recorded(record)
        assert before is not None
        before.kill()
        eventually(lambda: recorded(record) not in (None, before), f"a new {name}")
        eventually(lambda: answers(first), "the suite answers")
        port = first.port if name == "gateway" else first.state()["ports"]["redis"]
        eventually(lambda: not is_free(port), f"{name} listens where it did")

    def test_a_rolling_restart_replaces_every_worker_and_never_stops_serving(self, first: Suite) -> None:
        before = first.state()
        command = [sys.executable, "-m", "services.cli", "rolling-restart", "--home", str(first.home)]
        restart = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        asked = answered = 0
        while restart.poll() is None:
            asked += 1
            answered += answers(first)
            time.sleep(0.05)
        output, _ = restart.communicate()
        assert restart.returncode == 0, output
        assert answered == asked
        after = first.state()["workers"]
        assert all(after[name] != pid for name, pid in before["workers"].items())


class TestStarting:
    def test_a_taken_port_is_said_in_one_line_and_nothing_is_left(self, tmp_path: Path) -> None:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            suite = Suite(tmp_path / "home", port=port)
            output, _ = suite.launch().communicate(timeout=60)
        assert suite.process.returncode == 1
        line = one_line(output)
        assert f"port {port} is taken" in line
        assert str(os.getpid()) in line
        assert not list((tmp_path / "home" / "run").glob("*")) if (tmp_path / "home" / "run").exists() else True

    def test_a_folder_that_cannot_be_made_is_said_in_one_line(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("")
        suite = Suite(tmp_path / "file" / "home")
        output, _ = suite.launch().communicate(timeout=60)
        assert suite.process.returncode == 1
        assert "cannot be used: Not a directory" in one_line(output)

    def test_a_file_that_cannot_be_written_is_said_in_one_line(self, tmp_path: Path) -> None:
        (tmp_path / "home").mkdir()
        (tmp_path / "home" / "logs").write_text("")
        suite = Suite(tmp_path / "home")
        output, _ = suite.launch().communicate(timeout=120)
        assert suite.process.returncode == 1
        assert str(tmp_path / "home" / "logs") in one_line(output)
        assert not list((tmp_path / "home" / "run").glob("*.json"))

    def test_a_server_that_cannot_be_reached_is_said_in_one_line(self, tmp_path: Path) -> None:
        nowhere = f"postgresql://doorstep_app:secret@127.0.0.1:{free_port()}/doorstep"
        suite = Suite(tmp_path / "home", environment={"DOORSTEP_DATABASE_URL": nowhere})
        output, _ = suite.launch().communicate(timeout=60)
        assert suite.process.returncode == 1
        line = one_line(output)
        assert "the database cannot be migrated" in line
        assert "secret" not in line
        assert not list((tmp_path / "home" / "run").glob("*.json"))

    def test_given_servers_are_used(self, database: TestDatabase, redis_url: str, tmp_path: Path) -> None:
        given = {
            "DOORSTEP_DATABASE_URL": database.url,
            "DOORSTEP_OWNER_DATABASE_URL": database.owner_url,
            "DOORSTEP_REDIS_URL": redis_url,
        }
        suite = Suite(tmp_path / "home", "--workers", "1", environment=given)
        try:
            suite.start()
            assert answers(suite)
            assert {path.stem for path in (suite.home / "run").iterdir()} == {"worker-1", "gateway"}
            assert not (suite.home / "postgres").exists()
        finally:
            code, output = suite.stop()
        assert code == 0, output

    def test_interrupted_while_starting_it_leaves_nothing(self, tmp_path: Path) -> None:
        suite = Suite(tmp_path / "home")
        suite.launch()
        eventually((tmp_path / "home" / "run" / "migrate.json").exists, "it has begun to migrate")
        family = suite.family()
        code, output = suite.stop(signal.SIGINT)
        assert code == 0, output
        assert "Doorstep serves" not in output
        assert all_gone(family)
        assert list((suite.home / "run").iterdir()) == []


class TestEnding:
    def test_killed_outright_it_leaves_nothing_that_blocks_the_next_and_no_data_is_lost(self, first: Suite) -> None:
        first.postgres().sql("CREATE TABLE IF NOT EXISTS kept AS SELECT 7 AS number", database="doorstep")
        family = first.family()
        first.process.kill()
        first.process.communicate()
        eventually(lambda: all_gone(family), "every process has died with the supervisor")
        first.start()
        assert first.postgres().sql("SELECT number FROM kept", database="doorstep").strip() == "7"
        assert answers(first)

    @pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
    def test_two_run_side_by_side_the_second_without_privileges(self, first: Suite) -> None:
        user = server_user()
        assert user is not None
        if shutil.which("setpriv") is None:
            pytest.skip("setpriv is not installed")
        folder = Path(tempfile.mkdtemp(prefix="doorstep-second-"))
        try:
            os.chown(folder, *user)
            second = Suite(
                folder / "home", "--workers", "1", "--no-demo", environment={"HOME": str(folder)}, prefix=as_user(user)
            )
            try:
                second.start()
                assert answers(second)
                assert answers(first)
                family = second.family()
                assert {process.uids().effective for process in family} == {user.uid}
            finally:
                code, output = second.stop(signal.SIGINT)
            assert code == 0, output
            assert all_gone(family)
            assert list((folder / "home" / "run").iterdir()) == []
        finally:
            shutil.rmtree(folder)

    def test_sigterm_stops_everything(self, first: Suite) -> None:
        family = first.family()
        code, output = first.stop()
        assert code == 0, output
        assert "Doorstep serves" in output
        assert all_gone(family)
        assert list((first.home / "run").iterdir()) == []
        assert not (first.home / "state.json").exists()
