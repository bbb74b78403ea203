"""What a small call costs: the chain over a bare handler, and GetProperty against FastAPI + SQLAlchemy ORM.

Processes run as `make up` runs them: a log line for each call, metrics in files that several processes share.
"""

import asyncio
import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import grpc
import uvloop

from doorstep.identity.v1 import session_service_pb2, session_service_pb2_grpc
from doorstep.property.v1 import property_service_pb2
from services.chassis.app import App, Resources
from services.stack.postgres_access import SUPERUSER
from tests.benchmarks.client import Seen, Target, grpc_call, load
from tests.benchmarks.homes import Home, offer_home, token_of
from tests.benchmarks.lab import Lab, laboratory
from tests.benchmarks.report import Goal, Result, alternate, percentile
from tests.fixtures.worker import Process

IN_FLIGHT = 64
SECONDS = float(os.environ.get("DOORSTEP_BENCH_SECONDS", "3"))
ROUNDS = 3
LIST_SESSIONS = "/doorstep.identity.v1.SessionService/ListSessions"
GET_PROPERTY = "/doorstep.property.v1.PropertyService/GetProperty"
RIVAL = "tests.benchmarks.rivals.fastapi_property"


class Constant(session_service_pb2_grpc.SessionServiceServicer):
    """Answers at once, always the same."""

    async def ListSessions(self, request: Any, context: Any) -> Any:
        return session_service_pb2.ListSessionsResponse(next_page_token="constant")

    async def CheckSession(self, request: Any, context: Any) -> Any:
        return session_service_pb2.CheckSessionResponse(live=True)


def build(resources: Resources) -> App:
    """The constant service under the full chain; its CheckSession also answers the chain's own question."""
    return App("identity").add(session_service_pb2_grpc.add_SessionServiceServicer_to_server, Constant())


async def bare() -> None:
    """The same servicer on a server without options or interceptors."""
    server = grpc.aio.server()
    session_service_pb2_grpc.add_SessionServiceServicer_to_server(Constant(), server)
    print(json.dumps({"port": server.add_insecure_port("127.0.0.1:0")}), flush=True)
    await server.start()
    await server.wait_for_termination()


@contextmanager
def served(lab: Lab, *builds: str) -> Iterator[Process]:
    """A worker as it runs in production: with a log line for each call and metrics in shared files."""
    with ExitStack() as stack:
        folder = lab.folder / "metrics"
        folder.mkdir(exist_ok=True)
        environment = {
            **lab.environment,
            "DOORSTEP_LOG_LEVEL": "INFO",
            "DOORSTEP_PROMETHEUS_DIR": str(folder),
            "PROMETHEUS_MULTIPROC_DIR": str(folder),
        }
        log = stack.enter_context((lab.folder / "worker.log").open("ab"))
        yield stack.enter_context(Process("tests.fixtures.serve", *builds, environment=environment, stderr=log))


class Side:
    """One of the things compared: a call, and what counts the CPU seconds that it costs."""

    def __init__(self, target: Target, *meters: Callable[[], float], http1: bool = False) -> None:
        """Each of `meters` reads the CPU seconds of one process."""
        self._target, self._meters, self._http1 = target, meters, http1
        self.seen: list[Seen] = []

    def __call__(self, seconds: float = SECONDS) -> float:
        """CPU microseconds per call."""
        before = sum(meter() for meter in self._meters)
        seen = load(self._target, in_flight=IN_FLIGHT, seconds=seconds, http1=self._http1)
        self.seen.append(seen)
        return (sum(meter() for meter in self._meters) - before) / max(1, seen.answered) * 1e6

    def warm(self) -> bytes:
        """Run once without counting; the first answer's body."""
        self(1.0)
        body = self.seen[0].body
        self.seen.clear()
        return body

    def figures(self) -> dict[str, Any]:
        """Rates and times over all rounds."""
        times = [one for seen in self.seen for one in seen.milliseconds]
        return {
            "calls_per_second": [round(seen.rate) for seen in self.seen],
            "p50_ms": percentile(times, 50),
            "p99_ms": percentile(times, 99),
            "failed": sum(seen.failed for seen in self.seen),
            "answer_bytes": self.seen[0].size,
        }


def constant_call(lab: Lab, port: int) -> Target:
    """The constant service, by somebody signed in."""
    return grpc_call(port, LIST_SESSIONS, b"", (("authorization", f"Bearer {token_of(lab)}"),))


def rival_call(port: int, home: Home) -> Target:
    """The same home from FastAPI."""
    return Target(port, f"/properties/{home.property_id}")


def compare(sides: dict[str, Side], rounds: int = ROUNDS) -> dict[str, float]:
    """Alternate, and return each side's CPU microseconds per call."""
    return alternate(dict(sides), rounds)


def chain(lab: Lab) -> dict[str, Any]:
    """The same constant answer with and without the chain."""
    with Process("tests.benchmarks.unary", "bare") as without, served(lab, "tests.benchmarks.unary:build") as full:
        sides = {
            "bare": Side(constant_call(lab, without.port), without.cpu),
            "chain": Side(constant_call(lab, full.port), full.cpu),
        }
        if sides["bare"].warm() != sides["chain"].warm():
            raise RuntimeError("both sides must answer alike")
        cpu = compare(sides)
    return {"cpu_us_per_call": cpu, **{name: side.figures() for name, side in sides.items()}}


def get_property(lab: Lab) -> dict[str, Any]:
    """One home by id."""
    with served(lab, "services.property.app:build", "tests.benchmarks.unary:build") as server:
        home: Home = asyncio.run(offer_home(lab, server.port))
        with Process(RIVAL, lab.postgres.url(SUPERUSER), str(home.organization_id)) as rival:
            member = grpc_call(server.port, GET_PROPERTY, home.request, home.metadata)
            visitor = grpc_call(server.port, GET_PROPERTY, home.request)
            sides = {
                "orm": Side(rival_call(rival.port, home), rival.cpu, lab.postgres_cpu, http1=True),
                "member": Side(member, server.cpu, lab.postgres_cpu),
                "visitor": Side(visitor, server.cpu, lab.postgres_cpu),
            }
            check(home, {name: side.warm() for name, side in sides.items()})
            cpu = compare(sides)
    return {"cpu_us_per_call": cpu, **{name: side.figures() for name, side in sides.items()}}


def check(home: Home, bodies: dict[str, bytes]) -> None:
    """Whether all sides have answered what was asked.

    Raises:
        RuntimeError: one has not; its figure would mean nothing.
    """
    for name, body in bodies.items():
        if body.startswith(b"{"):
            answer = json.loads(body)
            found = answer.get("property", answer)
            right = home.property_id in (found.get("propertyId"), found.get("id"))
            right = right and (answer.get("currentListing") or answer.get("current_listing")) is not None
        else:
            message = property_service_pb2.GetPropertyResponse.FromString(body[5:])
            right = message.property.property_id == home.property_id and message.HasField("current_listing")
        if not right:
            raise RuntimeError(f"{name} has not answered what was asked")


def measure() -> Result:
    """Compare both pairs."""
    with laboratory() as lab:
        constant, home = chain(lab), get_property(lab)
    tax, read = constant["cpu_us_per_call"], home["cpu_us_per_call"]
    rate = max(home["member"]["calls_per_second"])
    return Result(
        "unary",
        [
            Goal("CPU of the full chain", tax["chain"] / tax["bare"], 1.20, False, "bare grpc.aio handler"),
            Goal("CPU of GetProperty", read["orm"] / read["member"], 3.5, True, "FastAPI + ORM, times less"),
            Goal("GetProperty, 64 in flight", rate, 7_000, True, "fixed bound", "calls/s"),
            Goal("GetProperty p99", home["member"]["p99_ms"], 25, False, "fixed bound", "ms"),
        ],
        {"chain": constant, "get_property": home, "in_flight": IN_FLIGHT},
        "CPU of server and Postgres. By a member under row-level security; `visitor` reads what is public.",
    )


if __name__ == "__main__" and sys.argv[1:] == ["bare"]:
    uvloop.run(bare())
