"""One worker process: all services on a port of its own, so that the gateway can check and drain it alone."""

import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

from services.chassis.where import WHERE
from services.stack.home import Home
from services.stack.ports import LOOPBACK
from services.stack.process import Child

# Longer than a worker takes by itself: drain pause, running calls, background work.
_STOP = ((signal.SIGTERM, 25.0),)
_SAY_SECONDS = 0.5
_KILLED_SECONDS = 10.0
_ROOT = Path(__file__).resolve().parents[2]


def command(*arguments: str) -> list[str]:
    """The command line of a `doorstep` command in a process of its own."""
    return [sys.executable, "-m", "services.cli", *arguments]


def with_import_roots(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment in which such a process finds hand-written and generated code from any folder."""
    roots = [str(_ROOT), str(_ROOT / "gen" / "python"), str(_ROOT / "clients" / "python")]
    return {**environment, "PYTHONPATH": ":".join(filter(None, (*roots, environment.get("PYTHONPATH"))))}


class Worker:
    """A `doorstep serve` that can be started again on the same port."""

    def __init__(
        self,
        name: str,
        *,
        home: Home,
        port: int,
        metrics_port: int,
        services: Sequence[str],
        environment: Mapping[str, str],
    ) -> None:
        self.name = name
        self.port = port
        self.metrics_port = metrics_port
        self.log = home.logs / f"{name}.log"
        self._home = home
        self._services = services
        self._environment = with_import_roots(environment) | {"DOORSTEP_METRICS_PORT": str(metrics_port)}
        self._child: Child | None = None

    def start(self) -> None:
        """Start it; it serves when `serving` says so."""
        self._child = Child(
            self.name,
            command("serve", *self._services, "--port", str(self.port)),
            log=self.log,
            records=self._home.records,
            environment=self._environment,
        )

    def terminate(self) -> None:
        """Ask it to drain and end, without waiting."""
        if self._child is not None:
            self._child.send(signal.SIGTERM)

    def stop(self) -> None:
        """End it: running calls get their grace."""
        if self._child is not None:
            self._child.stop(_STOP)
            self._child = None

    @property
    def running(self) -> bool:
        """Whether its process runs."""
        return self._child is not None and self._child.running

    @property
    def pid(self) -> int | None:
        """Its process id."""
        return self._child.pid if self._child is not None else None

    def ended(self) -> str:
        """Why it ended, in a line."""
        if self._child is None:
            return "it was never started"
        code = self._child.exit_code
        if code is not None and code < 0:
            return f"killed by {signal.Signals(-code).name}"
        return self._child.reason()

    def serving(self) -> bool:
        """Whether it answers SERVING for all its services."""
        return self.running and is_serving(f"{LOOPBACK}:{self.port}")

    def answers(self, seconds: float) -> bool:
        """Whether it answers anything about its health within so many seconds."""
        return health_of(f"{LOOPBACK}:{self.port}", seconds) is not None

    def kill(self) -> None:
        """End it at once; what it is doing goes into its log first, if it can still say so."""
        if self._child is not None:
            self._child.send(WHERE)
            self._child.wait(_SAY_SECONDS)
            self._child.send(signal.SIGKILL)
            self._child.wait(_KILLED_SECONDS)


def is_serving(address: str) -> bool:
    """Whether `grpc.health.v1` at `address` says SERVING."""
    return bool(health_of(address, 1.0) == health_pb2.HealthCheckResponse.SERVING)


def health_of(address: str, seconds: float) -> int | None:
    """What `grpc.health.v1` at `address` says (a ServingStatus); None when it says nothing within so many seconds."""
    with grpc.insecure_channel(address, options=[("grpc.use_local_subchannel_pool", 1)]) as channel:
        try:
            answer = health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest(), timeout=seconds)
        except grpc.RpcError:
            return None
        return int(answer.status)
