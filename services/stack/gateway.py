"""The gateway as a server of the suite: `gateway.runner`, with processes that die with us."""

import contextlib
import json
import os
import signal
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import httpx

from gateway.runner import Gateway, GatewayError
from gateway.settings import Address, GatewaySettings, Limits, Tls, Upstream
from services.stack.errors import StackError
from services.stack.home import Home
from services.stack.ports import LOOPBACK
from services.stack.process import Child, rotate

Setting = TypeVar("Setting")

_UNHEALTHY = "failed_active_health_check"
_STOP = ((signal.SIGTERM, 5.0),)


class _Envoy:
    """A child as the gateway's runner wants one."""

    def __init__(self, child: Child) -> None:
        self._child = child

    @property
    def pid(self) -> int:
        return self._child.pid

    @property
    def running(self) -> bool:
        return self._child.running

    def stop(self) -> None:
        self._child.stop(_STOP)


class GatewayServer:
    """Envoy before the workers.

    Args:
        home: the data folder.
        port: where clients connect.
        operator_port: where operators do.
        worker_ports: the gRPC ports of the workers.
        metrics_ports: the ports of their metrics.
        environment: the settings of the workers (`DOORSTEP_PUBLIC_URL`, `DOORSTEP_CORS_ORIGINS`, ...), and
            `DOORSTEP_GATEWAY_LIMITS`, fields of `gateway.settings.Limits` as a JSON object, and
            `DOORSTEP_GATEWAY_CERTIFICATE` with `DOORSTEP_GATEWAY_KEY`, PEM files: then clients connect by TLS alone.
    """

    def __init__(
        self,
        home: Home,
        *,
        port: int,
        operator_port: int,
        worker_ports: Sequence[int],
        metrics_ports: Sequence[int],
        environment: Mapping[str, str],
    ) -> None:
        self.log = home.logs / "gateway.log"
        self._records = home.records
        self._gateway = Gateway(home.gateway, log=self.log, spawn=self._spawn)
        self._settings = GatewaySettings(
            public=Address(LOOPBACK, port),
            operator=Address(LOOPBACK, operator_port),
            upstreams=(Upstream("workers", tuple(Address(LOOPBACK, number) for number in worker_ports)),),
            issuer=environment["DOORSTEP_PUBLIC_URL"].rstrip("/"),
            assets=home.gateway,  # the runner gives each Envoy a folder of its own
            admin=home.gateway,
            metrics=tuple(Address(LOOPBACK, number) for number in metrics_ports),
            allowed_origins=_read(environment, "DOORSTEP_CORS_ORIGINS", "[]", lambda text: tuple(json.loads(text))),
            production=environment["DOORSTEP_ENVIRONMENT"] == "production",
            otlp=_read(environment, "DOORSTEP_OTLP_ENDPOINT", "", _collector),
            tls=tls_of(environment),
            limits=_read(environment, "DOORSTEP_GATEWAY_LIMITS", "{}", lambda text: Limits(**json.loads(text))),
            access_log=str(home.logs / "gateway-access.log"),
        )

    @property
    def running(self) -> bool:
        """Whether its process runs."""
        return self._gateway.running

    def start(self) -> None:
        """Start it; returns when it listens.

        Raises:
            StackError: Envoy cannot start; the text says why.
        """
        try:
            self._gateway.stop()
            if self._settings.access_log is not None:
                rotate(Path(self._settings.access_log))
            self._gateway.start(self._settings)
        except (GatewayError, OSError) as error:
            raise StackError(f"The gateway cannot start: {error} (see {self.log})") from error

    def sends_to(self, port: int) -> bool:
        """Whether Envoy has found the worker on `port` healthy, so that calls go there."""
        envoy = self._gateway.current
        if envoy is None:
            return False
        with contextlib.suppress(httpx.TransportError), envoy.client() as client:
            clusters = client.get("/clusters", params={"format": "json"}).json()["cluster_statuses"]
            hosts = [host for cluster in clusters for host in cluster.get("host_statuses", ())]
            health = [host["health_status"] for host in hosts if _port_of(host) == port]
            return bool(health) and not any(_UNHEALTHY in flags for flags in health)
        return False

    def stop(self) -> None:
        """End it. The workers have drained before, so nobody waits for an answer any more."""
        self._gateway.stop()

    def _spawn(self, command: Sequence[str], log: Path) -> _Envoy:
        return _Envoy(Child("gateway", command, log=log, records=self._records))


def _read(environment: Mapping[str, str], name: str, unset: str, read: Callable[[str], Setting]) -> Setting:
    """A setting of the gateway.

    Raises:
        StackError: it is not what it should be.
    """
    try:
        return read(environment.get(name, unset))
    except (ValueError, TypeError) as error:
        raise StackError(f"The gateway cannot start: {name} is not as it should be: {error}") from error


def tls_of(environment: Mapping[str, str]) -> Tls | None:
    """The certificate and key that the public port is to use, if any.

    Raises:
        StackError: only one of them is named, or a file cannot be read.
    """
    names = ("DOORSTEP_GATEWAY_CERTIFICATE", "DOORSTEP_GATEWAY_KEY")
    files = [Path(environment[name]).absolute() for name in names if environment.get(name)]
    if not files:
        return None
    if len(files) < len(names):
        raise StackError(f"The gateway cannot start: {' and '.join(names)} belong together")
    for file in files:
        if not os.access(file, os.R_OK):
            raise StackError(f"The gateway cannot start: {file} cannot be read")
    return Tls(*files)


def _port_of(host: dict[str, Any]) -> int:
    return int(host["address"].get("socket_address", {}).get("port_value", 0))


def _collector(endpoint: str) -> Address | None:
    """The address in the endpoint of an OTLP collector, `http://host:port` or `host:port`."""
    return Address.parse(endpoint.rpartition("//")[2].rstrip("/")) if endpoint else None
