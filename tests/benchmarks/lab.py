"""The laboratory: own servers with the tuning of development, own processes, CPU time from /proc."""

import asyncio
import json
import os
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from services.chassis.db.migrate import migrate_blocking
from services.chassis.tokens import make_key
from services.stack.postgres import PostgresServer, development_tuning
from services.stack.postgres_access import APP, OWNER
from services.stack.redis import RedisServer

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Lab:
    """Running servers and what a serving process must be told."""

    folder: Path
    postgres: PostgresServer
    redis: RedisServer
    environment: dict[str, str]

    @property
    def database_url(self) -> str:
        """As the services' role."""
        return self.postgres.url(APP)

    @property
    def owner_url(self) -> str:
        """As the owner."""
        return self.postgres.url(OWNER)

    def postgres_cpu(self) -> float:
        """CPU seconds of the server and all its backends, the ended ones included."""
        return cpu(self.postgres.pid)


@contextmanager
def laboratory() -> Iterator[Lab]:
    """Start a migrated Postgres and a Redis of the benchmark's own."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="doorstep-bench-")))
        postgres = PostgresServer(folder / "postgres", tuning=development_tuning())
        stack.callback(postgres.stop)
        postgres.start()
        redis = RedisServer(folder)
        stack.callback(redis.stop)
        redis.start()
        migrate_blocking(postgres.url(OWNER))
        make_key(folder / "keys")
        environment = {
            "DOORSTEP_ENVIRONMENT": "test",
            "DOORSTEP_DATABASE_URL": postgres.url(APP),
            "DOORSTEP_REDIS_URL": redis.url(),
            "DOORSTEP_KEYS_DIR": str(folder / "keys"),
            "DOORSTEP_INTERNAL_SECRET": secrets.token_urlsafe(48),
            "DOORSTEP_PAGE_TOKEN_SECRET": secrets.token_urlsafe(48),
            "DOORSTEP_LOG_LEVEL": "WARNING",
            "DOORSTEP_RATE_LIMIT_REQUESTS": "1000000000",
            "DOORSTEP_RATE_LIMIT_ADDRESS_REQUESTS": "1000000000",
            "DOORSTEP_DRAIN_SECONDS": "0",
        }
        yield Lab(folder, postgres, redis, environment)


class Process:
    """A Python module run as a process; its first line of output is a JSON object with what to know."""

    def __init__(self, module: str, *arguments: str, environment: dict[str, str] | None = None) -> None:
        path = os.pathsep.join([str(ROOT), str(ROOT / "gen/python"), str(ROOT / "clients/python")])
        self._process = subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": path, **(environment or {})},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.said = self.line()

    def line(self) -> dict[str, object]:
        """The next line that the process prints, as JSON."""
        assert self._process.stdout is not None
        text = self._process.stdout.readline()
        if not text:
            raise RuntimeError(f"the process ended: {self._process.wait()}")
        found: dict[str, object] = json.loads(text)
        return found

    @property
    def pid(self) -> int:
        return self._process.pid

    def cpu(self) -> float:
        """CPU seconds of the process and its children."""
        return cpu(self.pid)

    def rss(self) -> int:
        """Resident bytes."""
        return int(psutil.Process(self.pid).memory_info().rss)

    def stop(self) -> None:
        """End it."""
        self._process.terminate()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def __enter__(self) -> "Process":
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def cpu(pid: int) -> float:
    """CPU seconds of a process, its living children and those that have ended."""
    total = 0.0
    process = psutil.Process(pid)
    for one in [process, *process.children(recursive=True)]:
        try:
            times = one.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += times.user + times.system + times.children_user + times.children_system
    return total


def run_async(coroutine: object) -> object:
    """Run a coroutine on uvloop, as servers do."""
    import uvloop

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(coroutine)  # type: ignore[arg-type]
