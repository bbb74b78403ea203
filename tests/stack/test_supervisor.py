"""What the supervisor does when what it needs to start a process is not to be had: no disk, no file, no answer."""

import errno
import io
import subprocess
import sys
from pathlib import Path
from typing import Any

import psutil
import pytest

from services.stack import postgres_access
from services.stack.errors import StackError
from services.stack.ports import free_port
from services.stack.postgres_access import SUPERUSER, PostgresAccess
from services.stack.process import Child
from services.stack.screen import Screen
from services.stack.supervisor import _FIRST_PAUSE, Kept, Plan, Supervisor
from services.stack.watch import Watch

FULL = OSError(errno.ENOSPC, "No space left on device")


class Full(io.StringIO):
    """A file on a full disk."""

    def write(self, text: str) -> int:
        raise FULL


class Dead:
    """A server that has died, and starts again once there is room."""

    def __init__(self) -> None:
        self.room = False
        self.running = False

    def start(self) -> None:
        if not self.room:
            raise FULL
        self.running = True

    def stop(self) -> None:
        self.running = False


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def supervisor(tmp_path: Path, said: list[str]) -> Supervisor:
    return Supervisor(Plan(port=1, home=tmp_path, workers=1, patience=60.0), say=said.append)


def look(supervisor: Supervisor, kept: Kept) -> None:
    """As the supervisor does a few times a second; the pause that it makes between two attempts is over."""
    supervisor._revive(kept)
    if kept.again_at is not None:
        kept.again_at = 0.0
        supervisor._revive(kept)


def test_a_full_disk_ends_nothing_that_runs(supervisor: Supervisor, said: list[str]) -> None:
    server = Dead()
    kept = Kept("redis", server)
    look(supervisor, kept)
    assert "redis cannot start: [Errno 28] No space left on device" in said
    server.room = True
    look(supervisor, kept)
    assert server.running


def test_a_state_that_cannot_be_written_ends_nothing(
    supervisor: Supervisor, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def write_state(state: Any) -> None:
        raise FULL

    monkeypatch.setattr(supervisor._home, "write_state", write_state)
    server = Dead()
    server.room = True
    look(supervisor, Kept("redis", server))
    assert server.running
    assert any("cannot be noted" in line for line in said)


class Gateway(Dead):
    """One that dies while the workers are being restarted."""

    def sends_to(self, port: int) -> bool:
        return self.running


class Serving(Dead):
    """A worker that serves."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name, self.log, self.port, self.pid = name, Path(name), 1, 1
        self.room = self.running = True

    def serving(self) -> bool:
        return self.running


def test_a_server_that_dies_during_a_rolling_restart_is_started_again(
    supervisor: Supervisor, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.stack.supervisor._SERVING_SECONDS", 10 * _FIRST_PAUSE)
    workers: list[Any] = [Serving("worker-1"), Serving("worker-2")]
    gateway: Any = Gateway()
    gateway.room = True
    supervisor._workers, supervisor._gateway = workers, gateway
    supervisor._watches = {worker.name: Watch(lambda _: True, 60.0) for worker in workers}
    supervisor._kept = [Kept("gateway", gateway), *(Kept(worker.name, worker) for worker in workers)]
    supervisor._restart_workers()
    assert gateway.running
    assert [line for line in said if line.startswith("restarting")] == ["restarting worker-1", "restarting worker-2"]
    assert supervisor._restarts == 1


def test_output_that_nobody_takes_ends_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """`make up > file` on a full disk, or in a terminal that was closed."""
    monkeypatch.setattr(sys, "stdout", Full())
    Screen().say("redis ended; starting it again in 0.5 s")


def test_another_database_is_not_migrated_than_is_served(tmp_path: Path, said: list[str]) -> None:
    given = {"DOORSTEP_OWNER_DATABASE_URL": "postgresql://doorstep_owner:secret@db.example/doorstep"}
    plan = Plan(port=free_port(), home=tmp_path, workers=1, patience=60.0, environment=given)
    with pytest.raises(StackError, match="belong together"):
        Supervisor(plan, say=said.append).run()
    assert not (tmp_path / "postgres").exists()


def test_a_process_that_cannot_be_recorded_is_not_left_behind(tmp_path: Path) -> None:
    (tmp_path / "run").write_text("a file where the folder of the records should be")
    before = {process.pid for process in psutil.Process().children()}
    with pytest.raises(OSError, match="run"):
        Child("idle", [sys.executable, "-c", "input()"], log=tmp_path / "log", records=tmp_path / "run")
    assert {process.pid for process in psutil.Process().children()} <= before


def test_a_server_that_does_not_answer_a_script_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def hang(command: list[str], **_: Any) -> None:
        raise subprocess.TimeoutExpired(command, 120)

    monkeypatch.setattr(postgres_access.subprocess, "run", hang)
    with pytest.raises(StackError, match="has not done a statement"):
        PostgresAccess(1, {SUPERUSER: "secret"}).sql("SELECT 1")
