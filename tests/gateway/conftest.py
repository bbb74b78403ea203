"""A real Envoy in front of two workers."""

import asyncio
import dataclasses
import socket
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import grpc
import httpx
import pytest

from gateway.runner import Gateway
from gateway.settings import Address, GatewaySettings, Limits, Upstream
from tests.gateway.backend import ISSUER, Keys, Messages, Worker, build_image


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclasses.dataclass
class Edge:
    """A running gateway and what stands behind it."""

    gateway: Gateway
    settings: GatewaySettings
    workers: list[Worker]
    messages: Messages
    keys: Keys
    http: httpx.AsyncClient
    channel: grpc.aio.Channel
    operator: str

    @property
    def address(self) -> str:
        return str(self.settings.public)

    def token(self, **claims: Any) -> dict[str, str]:
        return {"authorization": f"Bearer {self.keys.token(**claims)}"}

    async def call(self, method: str, request: Any, **options: Any) -> Any:
        """A unary call of the echo service over gRPC."""
        response = self.messages.echo("EchoResponse")
        path = method if method.startswith("/") else f"/doorstep.echo.v1.EchoService/{method}"
        stub = self.channel.unary_unary(
            path, request_serializer=lambda m: m.SerializeToString(), response_deserializer=response.FromString
        )
        return await stub(request, timeout=options.pop("timeout", 30), **options)

    def calls(self, name: str) -> int:
        return sum(worker.calls[name] for worker in self.workers)

    async def restart(self, *, drain_seconds: float = 2.5, **changes: Any) -> None:
        """Other settings, without losing a call that ends within `drain_seconds`."""
        self.settings = dataclasses.replace(self.settings, **changes)
        await asyncio.to_thread(self.gateway.swap, self.settings, drain_seconds=drain_seconds)


@pytest.fixture(scope="session")
def image(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return build_image(tmp_path_factory.mktemp("image"))


@pytest.fixture(scope="session")
def messages(image: bytes) -> Messages:
    return Messages(image)


@pytest.fixture(scope="session")
def keys() -> Keys:
    return Keys()


async def _edge(folder: Path, image: bytes, messages: Messages, keys: Keys, **changes: Any) -> AsyncIterator[Edge]:
    workers = [Worker(name, messages, keys) for name in ("one", "two")]
    for worker in workers:
        await worker.start()
    settings = GatewaySettings(
        public=Address("127.0.0.1", free_port()),
        operator=Address("127.0.0.1", free_port()),
        upstreams=(Upstream("suite", tuple(Address("127.0.0.1", worker.port) for worker in workers)),),
        jwks=keys.jwks,
        issuer=ISSUER,
        assets=folder,
        admin=folder,
        allowed_origins=("https://app.example",),
        access_log=str(folder / "access.log"),
    )
    settings = dataclasses.replace(settings, **changes)
    gateway = Gateway(folder, image=image, concurrency=1)
    await asyncio.to_thread(gateway.start, settings)
    base = f"http://{settings.public}"
    try:
        async with (
            httpx.AsyncClient(base_url=base, timeout=30) as http,
            grpc.aio.insecure_channel(str(settings.public)) as channel,
        ):
            edge = Edge(gateway, settings, workers, messages, keys, http, channel, f"http://{settings.operator}")
            await until_ready(edge)
            yield edge
    finally:
        await asyncio.to_thread(gateway.stop)
        for worker in workers:
            await worker.stop()


async def until_ready(edge: Edge) -> None:
    """Wait for the first health checks."""
    async with asyncio.timeout(60):
        while (await edge.http.get("/readyz")).status_code != 200:  # noqa: ASYNC110
            await asyncio.sleep(0.05)


@pytest.fixture(scope="module")
async def edge(
    tmp_path_factory: pytest.TempPathFactory, image: bytes, messages: Messages, keys: Keys
) -> AsyncIterator[Edge]:
    """Shared by a module's tests, with the limits of production."""
    async for found in _edge(tmp_path_factory.mktemp("edge"), image, messages, keys):
        yield found


@pytest.fixture(scope="module")
async def hasty_edge(
    tmp_path_factory: pytest.TempPathFactory, image: bytes, messages: Messages, keys: Keys
) -> AsyncIterator[Edge]:
    """For tests of what takes too long: a busy machine may be too slow for its limits with anything else."""
    limits = Limits(slow_body_seconds=1.0, request_seconds=4.0, unary_seconds=2.0, stream_idle_seconds=6.0)
    async for found in _edge(tmp_path_factory.mktemp("hasty"), image, messages, keys, limits=limits):
        yield found


@pytest.fixture
async def small_edge(
    request: pytest.FixtureRequest, tmp_path: Path, image: bytes, messages: Messages, keys: Keys
) -> AsyncIterator[Edge]:
    """One test's own: with limits of its own, or few calls in flight; to be restarted, or left without workers."""
    limits = getattr(request, "param", Limits(requests_per_worker=5))
    async for found in _edge(tmp_path, image, messages, keys, limits=limits):
        yield found


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("NO_PROXY", "*")
    return iter([None])
