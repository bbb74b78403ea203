"""What the chain costs a small call: the full chain against a bare grpc.aio handler with the same answer."""

import asyncio
import json
import sys
import time
from typing import Any

import grpc
import uvloop
from pydantic import SecretStr

from doorstep.identity.v1 import session_service_pb2, session_service_pb2_grpc
from services.chassis.app import App, Resources
from services.chassis.testing.harness import Harness
from services.chassis.tokens import KeyRing
from tests.benchmarks.lab import Lab, laboratory
from tests.benchmarks.report import Goal, Result, alternate
from tests.fixtures.worker import Process

IN_FLIGHT = 64
SECONDS = 3.0


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


async def load(port: int, token: str) -> int:
    """Keep `IN_FLIGHT` calls in flight for `SECONDS`; return how many were answered."""
    channels = [
        grpc.aio.insecure_channel(f"127.0.0.1:{port}", options=[("grpc.use_local_subchannel_pool", 1)])
        for _ in range(2)
    ]
    methods = [session_service_pb2_grpc.SessionServiceStub(channel).ListSessions for channel in channels]
    request, metadata = session_service_pb2.ListSessionsRequest(), (("authorization", f"Bearer {token}"),)
    done = 0
    end = time.monotonic() + SECONDS

    async def caller(number: int) -> None:
        nonlocal done
        while time.monotonic() < end:
            await methods[number % 2](request, metadata=metadata)
            done += 1

    await asyncio.gather(*(caller(number) for number in range(IN_FLIGHT)))
    for channel in channels:
        await channel.close()
    return done


def token_of(lab: Lab, **claims: Any) -> str:
    """A token that processes of the laboratory accept; `claims` as in Harness.token."""
    ring = KeyRing(lab.folder / "keys", strict=False)

    class Stand:
        settings = type("S", (), {"issuer": "http://127.0.0.1:8080", "internal_secret": SecretStr("x" * 40)})
        resources = type("R", (), {"key_ring": ring})

    return Harness.token(Stand(), **claims)  # type: ignore[arg-type]  # all that it looks at


def measure() -> Result:
    """Alternate both servers."""
    with laboratory() as lab:
        token = token_of(lab)
        with (
            Process("tests.benchmarks.unary", "bare") as without,
            Process("tests.fixtures.serve", "tests.benchmarks.unary:build", environment=lab.environment) as with_chain,
        ):
            rates: dict[str, list[float]] = {"bare": [], "chain": []}

            def side(name: str, process: Process) -> float:
                before = process.cpu()
                calls = uvloop.run(load(int(str(process.said["port"])), token))
                rates[name].append(calls / SECONDS)
                return (process.cpu() - before) / calls * 1e6

            side("bare", without), side("chain", with_chain)  # warm
            seen = alternate({"bare": lambda: side("bare", without), "chain": lambda: side("chain", with_chain)}, 5)
    return Result(
        "unary",
        [Goal("CPU of the full chain", seen["chain"] / seen["bare"], 1.20, False, "bare grpc.aio handler")],
        {"cpu_us_per_call": seen, "calls_per_second": rates, "in_flight": IN_FLIGHT},
    )


if __name__ == "__main__" and sys.argv[1:] == ["bare"]:
    uvloop.run(bare())
