"""Run a process: open what it needs, serve, and stop without losing anything.

SIGTERM: health says NOT_SERVING, a pause lets the gateway notice, running calls end, new ones are refused, then
background work is stopped and connections are given back. Closers run in reverse order of opening.
"""

import asyncio
import gc
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import grpc
import structlog

from services.chassis import failpoints, observability
from services.chassis.app import App, Resources
from services.chassis.background import background_of
from services.chassis.clock import Clock
from services.chassis.credentials import IdentityCredentials
from services.chassis.db.engine import Engine
from services.chassis.failpoints import failpoint
from services.chassis.health import Health
from services.chassis.interceptors.authenticate import Credentials
from services.chassis.interceptors.call import unfinished
from services.chassis.paging import PageTokens
from services.chassis.peers import Peers
from services.chassis.ratelimit import RateLimiter
from services.chassis.redis import connect
from services.chassis.server import build_server
from services.chassis.settings import Settings
from services.chassis.tally import TALLY
from services.chassis.tokens import KeyRing, ServiceTokens
from services.chassis.where import say_where_when_asked

Build = Callable[[Resources], App]
"""`services/<name>/app.py: build`."""

RESTART = 1.0
"""Seconds before background work that failed is started again."""

COLLECTION = (50_000, 20, 50)
"""When the collector looks for cycles. With Python's own thresholds that took a tenth of the time under load: a group
of batches is tens of thousands of short-lived tuples, none of them in a cycle."""

_log = structlog.get_logger("doorstep.run")


@dataclass
class Running:
    """A process that serves."""

    port: int
    server: grpc.aio.Server
    health: Health
    resources: Resources
    apps: list[App]


@asynccontextmanager
async def opened(settings: Settings, *, clock: Clock | None = None) -> AsyncIterator[Resources]:
    """Open what services use, without serving; for commands such as `doorstep seed`.

    Raises:
        OSError, asyncpg.PostgresError: Postgres cannot be reached.
    """
    async with AsyncExitStack() as stack:
        engine = await Engine.open(settings)
        stack.push_async_callback(engine.close)
        redis = connect(settings.redis_url.get_secret_value())
        stack.push_async_callback(redis.aclose)
        peers = Peers(dict(settings.peers), ServiceTokens(settings.internal_secret.get_secret_value()))
        stack.push_async_callback(peers.close)
        yield Resources(
            settings=settings,
            engine=engine,
            redis=redis,
            clock=clock or Clock(),
            key_ring=KeyRing(settings.keys_dir, strict=settings.production),
            page_tokens=PageTokens(settings.page_token_secret.get_secret_value()),
            peers=peers,
        )


@asynccontextmanager
async def running(
    settings: Settings, builds: Sequence[Build], *, clock: Clock | None = None, credentials: Credentials | None = None
) -> AsyncIterator[Running]:
    """Serve within the block; tests use it as `serve` does.

    Raises:
        OSError, asyncpg.PostgresError: Postgres cannot be reached.
        RuntimeError: the port is taken.
    """
    async with AsyncExitStack() as stack:
        resources = await stack.enter_async_context(opened(settings, clock=clock))
        apps = [build(resources) for build in builds]
        for app in apps:
            for close in app.on_close:
                stack.push_async_callback(close)
        server, health = build_server(
            resources, apps, RateLimiter(resources.redis), credentials or IdentityCredentials(resources.peers)
        )
        port = server.add_insecure_port(f"{settings.host}:{settings.port}")
        resources.peers.local = f"127.0.0.1:{port}"
        await health.begin()
        await server.start()
        tasks = [
            asyncio.create_task(_forever(work), name=getattr(work, "__qualname__", "background"))
            for work in (
                health.watch,
                observability.measure_lag,
                TALLY.keep_handing_over,
                *(work for app in apps for work in app.background),
                *background_of(resources, apps),
            )
        ]
        try:
            yield Running(port, server, health, resources, apps)
        finally:
            await _stop(resources, server, health, tasks)


async def _stop(
    resources: Resources, server: grpc.aio.Server, health: Health, tasks: Sequence[asyncio.Task[None]]
) -> None:
    settings = resources.settings
    await health.drain()
    await failpoint("in_drain")
    await asyncio.sleep(settings.drain_seconds)
    resources.draining.set()  # not before: those who connect again at once must arrive elsewhere
    # Calls that run may have to ask services of this process, and a server that stops takes no new ones from anybody.
    loop = asyncio.get_running_loop()
    ends = loop.time() + settings.grace_seconds
    await _ended(settings.grace_seconds)
    await server.stop(max(ends - loop.time(), 0.0))
    await _ended(settings.grace_seconds)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def _ended(seconds: float) -> None:
    """Wait for the unary calls that run now, those whose callers have gone among them, at most so long."""
    left = unfinished()
    if left:
        await asyncio.wait(left, timeout=seconds)


async def _forever(work: Callable[[], Awaitable[None]]) -> None:
    while True:
        try:
            await work()
        except Exception:  # noqa: BLE001 - whatever it is, the work goes on; it is logged with its trace
            _log.exception("background_failed", work=getattr(work, "__qualname__", repr(work)))
        await asyncio.sleep(RESTART)


async def serve(settings: Settings, builds: Sequence[Build], *, names: str, announce: Callable[[int], None]) -> None:
    """Serve until SIGTERM or SIGINT.

    Args:
        settings: From the environment.
        builds: The services to run in this process.
        names: What the process is called in logs and traces.
        announce: Told the port once the server listens.
    """
    observability.set_up(settings, names)
    say_where_when_asked()
    failpoints.activate(settings.failpoints, production=settings.production)
    metrics_port = observability.serve_metrics(settings)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with running(settings, builds) as process:
        # What is loaded by now lives as long as the process: the collector need not look at it again and again.
        gc.collect()
        gc.freeze()
        gc.set_threshold(*COLLECTION)
        _log.info("serving", port=process.port, metrics_port=metrics_port, services=names)
        announce(process.port)
        await stop.wait()
        _log.info("stopping", services=names)
