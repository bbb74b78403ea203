"""`doorstep up`: start everything in order, keep it running, stop it in order, and leave nothing behind.

One thread and one loop that looks at its children; whoever dies is started again with growing pauses, and a worker that
hangs is killed. SIGINT, SIGTERM and SIGHUP stop the suite (a second one at once), SIGUSR2 restarts the workers one
after another.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import shutil
import signal
import ssl
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Protocol

import psutil

from services.stack.errors import StackError
from services.stack.home import Home
from services.stack.ports import LOOPBACK, is_free
from services.stack.postgres import PostgresServer, development_tuning
from services.stack.postgres_access import OWNER
from services.stack.process import Child, end_recorded, until
from services.stack.redis import RedisServer
from services.stack.watch import Watch
from services.stack.worker import Worker, command, with_import_roots

if TYPE_CHECKING:
    from services.stack.gateway import GatewayServer

_GATEWAY = "services.stack.gateway"
_SERVING_SECONDS = 90.0
_MIGRATION_SECONDS = 600.0
_LOOK_SECONDS = 0.2
_SAME_REQUEST_SECONDS = 1.0
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 15.0
_WELL_AFTER_SECONDS = 30.0
"""Having run this long, a process that dies is started again after the first pause, not a longer one."""


class Server(Protocol):
    """What the supervisor keeps running."""

    @property
    def running(self) -> bool:
        """Whether its process runs."""

    def start(self) -> None:
        """Start it, or raise StackError."""

    def stop(self) -> None:
        """End it."""


@dataclass(slots=True)
class Kept:
    """A server with the memory of its deaths."""

    name: str
    server: Server
    pause: float = _FIRST_PAUSE
    started: float = field(default_factory=time.monotonic)
    again_at: float | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """What to run.

    Args:
        port: the gateway's public port.
        home: the data folder.
        workers: how many worker processes.
        patience: seconds after which a worker that runs and answers nothing is killed and started again. Long, because
            to kill one that is only busy makes the others busier, and the gateway passes it over meanwhile.
        services: which services each worker serves; empty for all.
        demo: whether to load what `services/<name>/seed.py` has to show.
        environment: settings of the workers (`DOORSTEP_*`); given addresses of Postgres or Redis are used as they are.
    """

    port: int
    home: Path
    workers: int
    patience: float
    services: tuple[str, ...] = ()
    demo: bool = True
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where everything is, for the table."""

    public_url: str
    admin_url: str
    workers: tuple[str, ...]
    metrics: tuple[str, ...]
    postgres: str
    redis: str
    logs: Path
    sign_ins: Path
    """Where the passwords of the demo people are kept."""
    new_sign_ins: bool
    """Whether they were made just now, and may be shown."""


class _Stopped(Exception):
    pass


class Supervisor:
    """One run of the suite."""

    def __init__(
        self, plan: Plan, *, say: Callable[[str], None], ready: Callable[[Addresses], None] = lambda _: None
    ) -> None:
        """Prepare a run.

        Args:
            plan: what to run.
            say: told what happens, a line each.
            ready: told the addresses once everything serves.
        """
        self._plan = plan
        self._say = say
        self._ready = ready
        self._home = Home(plan.home)
        self._stop_asked: float | None = None
        self._restart_asked = False
        self._restarts = 0
        self._watches: dict[str, Watch] = {}
        self._hangs: Counter[str] = Counter()
        self._kept: list[Kept] = []
        self._gateway: GatewayServer | None = None
        self._workers: list[Worker] = []
        self._ports: dict[str, int] = {}

    # --- the whole run -----------------------------------------------------------------------------------------------

    def run(self) -> None:
        """Run until asked to stop.

        Raises:
            StackError: something cannot start; nothing is left running.
        """
        with self._signals(), self._home.held():
            left = end_recorded(self._home.records)
            if left:
                self._say(f"ended what an earlier run had left: {', '.join(left)}")
            self._check_port()
            try:
                addresses = self._start()
                self._ready(addresses)
                while True:
                    self._pause(_LOOK_SECONDS)
                    self._tend()
            except _Stopped:
                self._say("stopping")
            finally:
                self._stop()

    @contextlib.contextmanager
    def _signals(self) -> Iterator[None]:
        stopping = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

        def stop(number: int, frame: FrameType | None) -> None:
            del number, frame
            now = time.monotonic()
            # `make` passes on a signal that the terminal has sent us already: that is one request, not two.
            if self._stop_asked is not None and now - self._stop_asked > _SAME_REQUEST_SECONDS:
                raise KeyboardInterrupt
            self._stop_asked = self._stop_asked or now

        def restart(number: int, frame: FrameType | None) -> None:
            del number, frame
            self._restart_asked = True

        before = {number: signal.signal(number, stop) for number in stopping}
        before[signal.SIGUSR2] = signal.signal(signal.SIGUSR2, restart)
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _pause(self, seconds: float) -> None:
        if self._stop_asked is not None:
            raise _Stopped
        time.sleep(seconds)
        if self._stop_asked is not None:
            raise _Stopped

    # --- starting ----------------------------------------------------------------------------------------------------

    def _check_port(self) -> None:
        if not is_free(self._plan.port):
            raise StackError(
                f"The gateway cannot start: port {self._plan.port} is taken{_holder(self._plan.port)}; "
                "choose another with --port"
            )

    def _start(self) -> Addresses:
        # Envoy's typed configuration takes seconds to import: meanwhile the servers start.
        threading.Thread(target=importlib.import_module, args=(_GATEWAY,), daemon=True).start()
        names = ["postgres", "redis", "gateway-operator"]
        names += [f"worker-{n}" for n in range(1, self._plan.workers + 1)]
        names += [f"metrics-{n}" for n in range(1, self._plan.workers + 1)]
        self._ports = self._home.ports(names, avoid=self._plan.port)
        environment = self._servers()
        self._home.write_settings(environment)
        self._pause(0)
        self._run_to_end("migrate", environment)
        for number in range(1, self._plan.workers + 1):
            worker = Worker(
                f"worker-{number}",
                home=self._home,
                port=self._ports[f"worker-{number}"],
                metrics_port=self._ports[f"metrics-{number}"],
                services=self._plan.services,
                environment=environment,
            )
            self._workers.append(worker)
            self._keep(worker.name, worker)
            self._watches[worker.name] = Watch(worker.answers, self._plan.patience)
            self._watches[worker.name].start()
        gateway: GatewayServer = importlib.import_module(_GATEWAY).GatewayServer(
            self._home,
            port=self._plan.port,
            operator_port=self._ports["gateway-operator"],
            worker_ports=[worker.port for worker in self._workers],
            metrics_ports=[worker.metrics_port for worker in self._workers],
            environment=environment,
        )
        self._gateway = gateway
        self._keep("gateway", gateway)
        new_sign_ins = not self._home.demo.exists()
        if self._plan.demo:
            self._run_to_end("seed", environment)  # while the workers are starting
        for worker in self._workers:
            self._wait_serving(worker, gateway)
        self._wait_gateway(gateway)
        self._write_state()
        return Addresses(
            public_url=environment["DOORSTEP_PUBLIC_URL"],
            admin_url=f"http://{LOOPBACK}:{self._ports['gateway-operator']}",
            workers=tuple(f"{LOOPBACK}:{worker.port}" for worker in self._workers),
            metrics=tuple(f"http://{LOOPBACK}:{worker.metrics_port}/metrics" for worker in self._workers),
            postgres=_without_password(environment["DOORSTEP_DATABASE_URL"]),
            redis=_without_password(environment["DOORSTEP_REDIS_URL"]),
            logs=self._home.logs,
            sign_ins=self._home.demo,
            new_sign_ins=new_sign_ins,
        )

    @property
    def _url(self) -> str:
        """Where clients on this machine connect."""
        scheme = "https" if self._plan.environment.get("DOORSTEP_GATEWAY_CERTIFICATE") else "http"
        return f"{scheme}://{LOOPBACK}:{self._plan.port}"

    def _servers(self) -> dict[str, str]:
        """Start the servers that were not given, and return the settings of the workers."""
        given = self._plan.environment
        if "DOORSTEP_OWNER_DATABASE_URL" in given and "DOORSTEP_DATABASE_URL" not in given:
            # Left over from another command: that database would be migrated, and the one of this folder served.
            raise StackError("DOORSTEP_OWNER_DATABASE_URL is set without DOORSTEP_DATABASE_URL; they belong together")
        secrets = self._home.secrets()
        shutil.rmtree(self._home.metrics, ignore_errors=True)  # counters of processes that are gone
        self._home.metrics.mkdir(mode=0o700)
        found = {
            "DOORSTEP_ENVIRONMENT": "development",
            "DOORSTEP_PUBLIC_URL": self._url,
            "DOORSTEP_KEYS_DIR": str(self._home.keys),
            "DOORSTEP_DEMO_FILE": str(self._home.demo),
            "DOORSTEP_INTERNAL_SECRET": secrets["internal_secret"],
            "DOORSTEP_PAGE_TOKEN_SECRET": secrets["page_token_secret"],
            "DOORSTEP_PROMETHEUS_DIR": str(self._home.metrics),
            "PROMETHEUS_MULTIPROC_DIR": str(self._home.metrics),
        }
        if "DOORSTEP_DATABASE_URL" not in given:
            postgres = PostgresServer(
                self._home.folder / "postgres",
                tuning=development_tuning(),
                port=self._ports["postgres"],
                records=self._home.records,
            )
            self._keep("postgres", postgres)
            found["DOORSTEP_DATABASE_URL"] = postgres.url()
            found["DOORSTEP_OWNER_DATABASE_URL"] = postgres.url(OWNER)
        if "DOORSTEP_REDIS_URL" not in given:
            redis = RedisServer(
                self._home.logs,
                password=secrets["redis_password"],
                port=self._ports["redis"],
                records=self._home.records,
            )
            self._keep("redis", redis)
            found["DOORSTEP_REDIS_URL"] = redis.url()
        return {**os.environ, **found, **given}

    def _keep(self, name: str, server: Server) -> None:
        self._pause(0)
        self._kept.append(Kept(name, server))
        server.start()

    def _run_to_end(self, name: str, environment: Mapping[str, str]) -> None:
        """Run a `doorstep` command to its end, in a process of its own: it may be stopped at any time."""
        child = Child(
            name,
            command(name),
            log=self._home.logs / f"{name}.log",
            records=self._home.records,
            environment=with_import_roots(environment),
        )
        try:
            end = time.monotonic() + _MIGRATION_SECONDS
            while child.running and time.monotonic() < end:
                self._pause(0.02)
            if child.exit_code != 0:
                reason = "it takes too long" if child.running else child.reason()
                raise StackError(f"`doorstep {name}` failed: {reason} (see {child.log})")
        finally:
            child.stop(((signal.SIGTERM, 5.0),))

    def _wait_serving(
        self, worker: Worker, gateway: GatewayServer, *, meanwhile: Callable[[], None] = lambda: None
    ) -> None:
        for _ in until(_SERVING_SECONDS):
            meanwhile()
            if not worker.running:
                raise StackError(f"{worker.name} cannot start: {worker.ended()} (see {worker.log})")
            if worker.serving() and gateway.sends_to(worker.port):
                return
            self._pause(0.05)
        raise StackError(f"{worker.name} cannot start: not SERVING after {_SERVING_SECONDS:.0f} s (see {worker.log})")

    def _wait_gateway(self, gateway: GatewayServer) -> None:
        url = f"{self._url}/readyz"
        # Whether it answers is asked, not who it is: the certificate is for the name that clients use.
        trust = ssl.create_default_context()
        trust.check_hostname, trust.verify_mode = False, ssl.CERT_NONE
        for _ in until(_SERVING_SECONDS):
            if not gateway.running:
                raise StackError(f"The gateway has ended by itself (see {gateway.log})")
            with (
                contextlib.suppress(urllib.error.URLError, OSError),
                urllib.request.urlopen(url, timeout=2, context=trust) as answer,  # noqa: S310 - our own address
            ):
                if answer.status == 200:
                    return
            self._pause(0.05)
        raise StackError(f"The gateway cannot start: {url} is not ready (see {gateway.log})")

    def _write_state(self) -> None:
        self._home.write_state(
            {
                "pid": os.getpid(),
                "started": psutil.Process().create_time(),
                "url": self._url,
                "ports": self._ports,
                "workers": {worker.name: worker.pid for worker in self._workers},
                "restarts": self._restarts,
                "hangs": dict(self._hangs),
            }
        )

    def _note_state(self) -> None:
        """Write the state where nobody is helped by ending because it cannot be written."""
        try:
            self._write_state()
        except OSError as error:
            self._say(f"what runs cannot be noted: {error}")

    # --- running -----------------------------------------------------------------------------------------------------

    def _tend(self) -> None:
        for worker in self._workers:
            self._end_hanging(worker)
        for kept in self._kept:
            self._revive(kept)
        if self._restart_asked:
            self._restart_asked = False
            self._restart_workers()

    def _end_hanging(self, worker: Worker) -> None:
        """A worker that hangs is killed, and so is one of those that died: `_revive` starts it again."""
        if not worker.running or not self._watches[worker.name].hangs:
            return
        self._hangs[worker.name] += 1
        self._say(f"{worker.name} (pid {worker.pid}) answers nothing and is killed (see {worker.log})")
        worker.kill()
        self._watches[worker.name].renew()
        self._note_state()

    def _revive_servers(self) -> None:
        """Those that workers wait for: without them none would serve before the waiting is over."""
        for kept in self._kept:
            if kept.server not in self._workers:
                self._revive(kept)

    def _revive(self, kept: Kept) -> None:
        now = time.monotonic()
        if kept.server.running:
            return
        if kept.again_at is None:
            kept.pause = _FIRST_PAUSE if now - kept.started > _WELL_AFTER_SECONDS else kept.pause
            kept.again_at = now + kept.pause
            self._say(f"{kept.name} ended; starting it again in {kept.pause:g} s")
            kept.pause = min(_LONGEST_PAUSE, kept.pause * 2)
        if now < kept.again_at:
            return
        kept.again_at = None
        kept.started = now
        try:
            kept.server.start()
            if kept.name in self._watches:
                self._watches[kept.name].renew()
        except StackError as error:
            self._say(str(error))
        except OSError as error:  # a full disk, no process to be had: what runs keeps running, and this is tried again
            self._say(f"{kept.name} cannot start: {error}")
        else:
            self._note_state()

    def _restart_workers(self) -> None:
        """One after the other: each stops only when all the others serve and the gateway knows it."""
        gateway = self._gateway
        if gateway is None:
            return
        try:
            for worker in self._workers:
                for other in self._workers:
                    if other is not worker:
                        self._wait_serving(other, gateway, meanwhile=self._revive_servers)
                self._say(f"restarting {worker.name}")
                worker.stop()
                worker.start()
                self._watches[worker.name].renew()
            self._wait_serving(self._workers[-1], gateway, meanwhile=self._revive_servers)
        except (StackError, OSError) as error:
            self._say(f"{error}; the others keep running as they are")
            return
        self._restarts += 1
        self._note_state()

    # --- stopping ----------------------------------------------------------------------------------------------------

    def _stop(self) -> None:
        """The workers first, together, with the gateway still before them: running calls get their answers.

        Then the gateway, and last what the workers stood on.
        """
        problems = []
        for watch in self._watches.values():
            watch.stop()
        for worker in self._workers:
            worker.terminate()
        workers = [kept for kept in self._kept if kept.server in self._workers]
        others = [kept for kept in self._kept if kept not in workers]
        try:
            for kept in (*workers, *reversed(others)):
                try:
                    kept.server.stop()
                except StackError as error:
                    problems.append(str(error))
        except KeyboardInterrupt:
            self._say("stopping at once")
            end_recorded(self._home.records, seconds=0.5)
        if problems:
            raise StackError("; ".join(problems))


def _without_password(url: str) -> str:
    scheme, _, rest = url.partition("://")
    user, at, place = rest.rpartition("@")
    return f"{scheme}://{user.partition(':')[0]}{at}{place}"


def _holder(port: int) -> str:
    """` by NAME (pid N)`, when we may know."""
    with contextlib.suppress(psutil.Error):
        for connection in psutil.net_connections(kind="tcp"):
            if connection.status == psutil.CONN_LISTEN and connection.laddr.port == port and connection.pid:
                return f" by {psutil.Process(connection.pid).name()} (pid {connection.pid})"
    return ""
