"""The laboratory: own servers with the tuning of development, own processes, CPU time from /proc."""

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from services.chassis.db.migrate import migrate_blocking
from services.chassis.tokens import make_key
from services.stack.postgres import PostgresServer, development_tuning
from services.stack.postgres_access import APP, OWNER
from services.stack.redis import RedisServer
from tests.fixtures.worker import cpu, worker_environment


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
        environment = worker_environment(
            database_url=postgres.url(APP), redis_url=redis.url(), keys_dir=folder / "keys"
        )
        yield Lab(folder, postgres, redis, environment)
