"""A whole suite that tests break, and everybody who calls it meanwhile."""

import asyncio
import contextlib
import dataclasses
import json
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from uuid import uuid4

import asyncpg
import grpc
import psutil

from doorstep.property.v1 import (
    property_pb2,
    property_service_pb2,
    property_service_pb2_grpc,
)
from doorstep_client import Doorstep
from gateway.runner import Gateway
from gateway.settings import Address, GatewaySettings, Limits, Upstream
from services.stack.ports import LOOPBACK, free_port
from services.stack.postgres_access import SUPERUSER
from services.stack.process import recorded
from tests.fixtures.suite import Suite
from tests.journeys.conftest import People

UNLIMITED = {
    "DOORSTEP_RATE_LIMIT_REQUESTS": "10000000",
    "DOORSTEP_RATE_LIMIT_ADDRESS_REQUESTS": "10000000",
}
"""What one caller may ask is not what these tests are about."""

WORKERS = ("worker-1", "worker-2")


async def eventually(holds: Callable[[], bool], what: str, seconds: float = 90.0) -> None:
    """Wait until something holds; how long it takes is not judged."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, what
        await asyncio.sleep(0.05)


def running(suite: Suite, name: str) -> psutil.Process | None:
    """The process of a part of the suite (`worker-1`, `postgres`, `redis`, `gateway`), if it runs."""
    return recorded(suite.home / "run" / f"{name}.json")


async def kill(suite: Suite, name: str) -> psutil.Process:
    """Kill a part outright, and wait until another process has taken its place; answers with the dead one."""
    await eventually(lambda: running(suite, name) is not None, f"{name} runs")
    before = running(suite, name)
    assert before is not None
    before.kill()
    await eventually(lambda: running(suite, name) not in (None, before), f"another {name}")
    assert not before.is_running() or before.status() == psutil.STATUS_ZOMBIE
    print(time.strftime("%H:%M:%S"), "killed", name, before.pid, file=sys.stderr)
    return before


@contextlib.asynccontextmanager
async def database_of(suite: Suite) -> AsyncIterator[asyncpg.Connection]:
    """What is really there, past every policy."""
    password = json.loads((suite.home / "postgres" / "passwords.json").read_text())[SUPERUSER]
    connection = await asyncpg.connect(
        host=LOOPBACK,
        port=suite.state()["ports"]["postgres"],
        user=SUPERUSER,
        password=password,
        database="doorstep",
    )
    try:
        yield connection
    finally:
        await connection.close()


# A gateway of our own before the suite's workers --------------------------------------------------------------------


@dataclasses.dataclass
class Edge:
    """Envoy with settings of our own."""

    gateway: Gateway
    settings: GatewaySettings

    @property
    def target(self) -> str:
        return str(self.settings.public)

    @property
    def url(self) -> str:
        return f"http://{self.target}"


@contextlib.contextmanager
def edge_of(suite: Suite, folder: Path, **limits: int) -> Iterator[Edge]:
    """Start one."""
    ports = suite.state()["ports"]
    settings = GatewaySettings(
        public=Address(LOOPBACK, free_port()),
        operator=Address(LOOPBACK, free_port()),
        upstreams=(Upstream("workers", tuple(Address(LOOPBACK, ports[name]) for name in WORKERS)),),
        issuer=suite.url,
        assets=folder,
        admin=folder,
        access_log=None,
        limits=Limits(**limits),
    )
    edge = Edge(Gateway(folder), settings)
    edge.gateway.start(settings)
    try:
        yield edge
    finally:
        edge.gateway.stop()


# Calls --------------------------------------------------------------------------------------------------------------

_CREATE = "/doorstep.property.v1.PropertyService/CreateProperty"


class Load:
    """Reads and writes, one after another in a few tasks, and what came of them.

    Nothing is repeated by the caller, and no write carries an idempotency key: whatever fails is seen, and whatever
    the gateway sends twice is done twice.
    """

    def __init__(self, target: str, client: Doorstep, *, tasks: int = 4, pause: float = 0.01) -> None:
        """Prepare calls to `target` (host:port), with the credentials of `client`."""
        self.outcomes: Counter[grpc.StatusCode] = Counter()
        self.failures: list[grpc.aio.AioRpcError] = []
        self.made: set[str] = set()
        """Names of what was acknowledged as made."""
        self.mark = f"load-{uuid4().hex}"
        self._target = target
        self._client = client
        self._count = 0
        self._pause = pause
        self._tasks = tasks
        self._stopping = asyncio.Event()

    @property
    def answered(self) -> int:
        """Calls that succeeded."""
        return self.outcomes[grpc.StatusCode.OK]

    async def __aenter__(self) -> "Load":
        self._channel = grpc.aio.insecure_channel(self._target)
        self._stub = property_service_pb2_grpc.PropertyServiceStub(self._channel)
        self._first = (await self._make("first")).property_id
        self._running = [asyncio.create_task(self._run(n)) for n in range(self._tasks)]
        await self.more(20)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._stopping.set()
        await asyncio.gather(*self._running)
        await self._channel.close(None)

    async def more(self, number: int) -> None:
        """Wait for so many further successes."""
        wanted = self.answered + number
        await eventually(lambda: self.answered >= wanted, f"{number} more calls succeed")

    async def _make(self, name: str) -> property_pb2.Property:
        home = property_pb2.Property(
            property_type=property_pb2.PROPERTY_TYPE_RESIDENTIAL,
            unparsed_address=name,
            city=self.mark,
            country="US",
            latitude=47.6,
            longitude=-122.3,
        )
        request = property_service_pb2.CreatePropertyRequest(property=home)
        headers = await self._client.headers(_CREATE)
        answer = await self._stub.CreateProperty(request, metadata=headers, timeout=20)
        self.made.add(name)
        made: property_pb2.Property = answer.property
        return made

    async def read(self) -> None:
        """Read something once."""
        request = property_service_pb2.GetPropertyRequest(property_id=self._first)
        headers = await self._client.headers(_CREATE)
        await self._stub.GetProperty(request, metadata=headers, timeout=20)

    async def _run(self, task: int) -> None:
        turn = 0
        while not self._stopping.is_set():
            turn += 1
            try:
                if turn % 2:
                    await self._make(f"{task}-{turn}")
                else:
                    await self.read()
            except grpc.aio.AioRpcError as error:
                self.outcomes[error.code()] += 1
                self.failures.append(error)
                await asyncio.sleep(0.05)
            else:
                self.outcomes[grpc.StatusCode.OK] += 1
            await asyncio.sleep(self._pause)

    async def effects(self, connection: asyncpg.Connection) -> Counter[str]:
        """How often each thing was really made."""
        rows = await connection.fetch("SELECT unparsed_address FROM property.properties WHERE city = $1", self.mark)
        return Counter(row[0] for row in rows)

    async def assert_once(self, suite: Suite) -> None:
        """Everything acknowledged is there, and nothing is there twice."""
        async with database_of(suite) as connection:
            effects = await self.effects(connection)
        assert self.made <= effects.keys(), f"acknowledged and lost: {self.made - effects.keys()}"
        assert set(effects.values()) == {1}, [name for name, times in effects.items() if times > 1]


@contextlib.asynccontextmanager
async def agent_of(people: People) -> AsyncIterator[Doorstep]:
    """A signed-in agent, whose tokens are renewed by themselves."""
    async with people.signed_in("agent") as client:
        yield client
