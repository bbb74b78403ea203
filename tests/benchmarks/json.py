"""What JSON costs: Envoy's share of a small call over direct gRPC, and GetProperty as JSON against FastAPI + ORM.

The gateway's limits on floods are lifted: what is measured is its work, not its refusals.
"""

import asyncio
import json
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import httpx

from gateway.runner import Gateway
from gateway.settings import Address, GatewaySettings, Limits, Upstream
from services.chassis.tokens import KeyRing
from services.stack.postgres_access import SUPERUSER
from tests.benchmarks.client import Target
from tests.benchmarks.homes import offer_home, token_of
from tests.benchmarks.lab import Lab, laboratory
from tests.benchmarks.report import Goal, Result
from tests.benchmarks.unary import IN_FLIGHT, RIVAL, Side, check, compare, constant_call, rival_call, served
from tests.fixtures.worker import Process, cpu

WITHOUT_LIMITS = Limits(
    requests_per_second=10_000_000, requests_per_second_per_address=10_000_000, requests_per_worker=10_000
)


class Edge:
    """A running gateway."""

    def __init__(self, gateway: Gateway, port: int) -> None:
        self._gateway, self.port = gateway, port

    def cpu(self) -> float:
        """CPU seconds of Envoy."""
        assert self._gateway.pid is not None
        return cpu(self._gateway.pid)


@contextmanager
def gateway(lab: Lab, worker: Process) -> Iterator[Edge]:
    """Envoy as `make up` starts it, in front of one worker, without limits."""
    with ExitStack() as stack:
        probes = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(2)]
        public, operator = (Address("127.0.0.1", probe.getsockname()[1]) for probe in probes)
    folder = lab.folder / "gateway"
    settings = GatewaySettings(
        public=public,
        operator=operator,
        upstreams=(Upstream("suite", (Address("127.0.0.1", worker.port),)),),
        jwks=json.dumps(KeyRing(lab.folder / "keys", strict=False).jwks()),
        issuer="http://127.0.0.1:8080",
        assets=folder,
        admin=folder,
        access_log=str(lab.folder / "access.log"),
        limits=WITHOUT_LIMITS,
    )
    envoy = Gateway(folder)
    envoy.start(settings)
    try:
        while httpx.get(f"http://{public}/readyz", trust_env=False).status_code != httpx.codes.OK:
            time.sleep(0.05)
        yield Edge(envoy, public.port)
    finally:
        envoy.stop()


def small_call(lab: Lab) -> dict[str, Any]:
    """A constant answer: over gRPC to the worker, and as JSON through Envoy."""
    with served(lab, "tests.benchmarks.unary:build") as server, gateway(lab, server) as edge:
        asked = Target(edge.port, "/api/v1/sessions", (("authorization", f"Bearer {token_of(lab)}"),))
        sides = {
            "grpc": Side(constant_call(lab, server.port), server.cpu),
            "json": Side(asked, server.cpu, edge.cpu),
            "json_http1": Side(asked, server.cpu, edge.cpu, http1=True),
            "grpc_through_envoy": Side(constant_call(lab, edge.port), server.cpu, edge.cpu),
        }
        bodies = {name: side.warm() for name, side in sides.items()}
        if json.loads(bodies["json"])["nextPageToken"] != "constant":
            raise RuntimeError("the answer is not the one that was asked for")
        seen = compare(sides)
    return {"cpu_us_per_call": seen, **{name: side.figures() for name, side in sides.items()}}


def get_property(lab: Lab) -> dict[str, Any]:
    """One home by id, as JSON."""
    with served(lab, "services.property.app:build", "tests.benchmarks.unary:build") as server:
        home = asyncio.run(offer_home(lab, server.port))
        with (
            Process(RIVAL, lab.postgres.url(SUPERUSER), str(home.organization_id)) as rival,
            gateway(lab, server) as edge,
        ):
            asked = Target(edge.port, f"/api/v1/properties/{home.property_id}", home.metadata)
            sides = {
                "orm": Side(rival_call(rival.port, home), rival.cpu, lab.postgres_cpu, http1=True),
                "json": Side(asked, server.cpu, edge.cpu, lab.postgres_cpu),
                "json_http1": Side(asked, server.cpu, edge.cpu, lab.postgres_cpu, http1=True),
            }
            check(home, {name: side.warm() for name, side in sides.items()})
            seen = compare(sides)
    return {"cpu_us_per_call": seen, **{name: side.figures() for name, side in sides.items()}}


def measure() -> Result:
    """Compare both pairs."""
    with laboratory() as lab:
        small, home = small_call(lab), get_property(lab)
    added = small["cpu_us_per_call"]["json"] - small["cpu_us_per_call"]["grpc"]
    against = home["cpu_us_per_call"]["orm"] / home["cpu_us_per_call"]["json_http1"]
    return Result(
        "json",
        [
            Goal("CPU that Envoy adds to a small call", added, 100, False, "direct gRPC, HTTP/2 both", "us"),
            Goal("CPU of GetProperty as JSON", against, 1.7, True, "FastAPI + ORM, times less, HTTP/1.1 both"),
        ],
        {"small_call": small, "get_property": home, "in_flight": IN_FLIGHT},
        "CPU of Envoy, worker and Postgres; by a signed-in member, under row-level security.",
    )
