"""Whatever bytes arrive at whatever RPC: a documented refusal, nothing of our inside, and the process goes on."""

import asyncio
import functools
import importlib.util
import itertools
import zlib
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import grpc
import pytest
import pytest_asyncio

from services import registry
from services.chassis.ids import new_id
from services.chassis.testing import Harness, Refusal, overtaken
from services.identity.permissions import CATALOGUE
from tests.contracts.test_reasons import documented
from tests.contracts.test_tenants import Side, World
from tests.contracts.walk import Rpc, rpcs
from tests.faults.hostile import LEAKS, Hostile
from tests.faults.inside import Inside
from tests.faults.scale import times
from tests.fixtures.servers import TestDatabase

pytestmark = pytest.mark.faults

EACH = times(40, 2_000)
"""Requests per RPC over the network."""
EACH_INSIDE = times(2_000, 20_000)
"""Requests per RPC past the network: through the chain, and as many as over the network into the code behind it."""
TOGETHER = 12
FORBIDDEN = {"UNKNOWN", "INTERNAL", "DATA_LOSS", "UNIMPLEMENTED"}

SERVED = [name for name in registry.NAMES if importlib.util.find_spec(f"services.{name}.app") is not None]
PACKAGES = {package.split(".")[1] for name in SERVED for package in registry.packages(name)}
ALL = [rpc for rpc in rpcs() if rpc.package in PACKAGES]


@pytest_asyncio.fixture(scope="module")
async def world(
    clone_database: Callable[[], TestDatabase], clone_redis: Callable[[], str], tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[tuple[Harness, Side, list[str]]]:
    database = clone_database()
    async with Harness.open(
        [registry.Builder(name) for name in SERVED],
        database_url=database.url,
        redis_url=clone_redis(),
        keys_dir=tmp_path_factory.mktemp("keys"),
        log_level="CRITICAL",
    ) as harness:
        somebody = World(harness, database)
        side = await somebody.side("Hostile")
        names = ("organization", "user", "team", "role", "invitation", "property", "listing", "telemetry session")
        names += ("partner request", "partnership", "engagement", "conversation")
        ids = [await somebody.make(side, name) for name in names]
        yield harness, side, ids


class Outcome:
    """What came back."""

    def __init__(self) -> None:
        self.codes: Counter[str] = Counter()
        self.reasons: Counter[str] = Counter()
        self.faults: list[str] = []

    def note(self, error: grpc.aio.AioRpcError | None, sent: list[bytes]) -> None:
        code = error.code().name if error is not None else "OK"
        self.codes[code] += 1
        if error is None:
            return
        refusal = Refusal.of(error)
        self.reasons[refusal.reason] += 1
        told = repr((error.details(), refusal.metadata, refusal.fields, refusal.message)).encode()
        raw = refusal.trailing.get("grpc-status-details-bin", b"")
        raw = raw if isinstance(raw, bytes) else raw.encode()
        for found in (*LEAKS.finditer(told), *LEAKS.finditer(raw.replace(b"type.googleapis.com/google.", b""))):
            if not any(found.group() in part for part in sent):  # what the caller said itself may be named
                self.faults.append(f"tells {found.group()!r}: {told[:300]!r}")
        if code in FORBIDDEN:
            self.faults.append(f"{code}: {told[:300]!r} to {[part[:200] for part in sent]}")


async def send(
    channel: grpc.aio.Channel, rpc: Rpc, sent: list[bytes], metadata: Any, *, patience: float = 0.5
) -> grpc.aio.AioRpcError | None:
    """One call of any kind; a stream that answers for ever is left after a few messages, or as many seconds."""
    client, answers = rpc.streams
    make = getattr(channel, f"{'stream' if client else 'unary'}_{'stream' if answers else 'unary'}")

    async def each() -> AsyncIterator[bytes]:
        for part in sent:
            yield part

    call = make(rpc.path)(each() if client else sent[0], metadata=metadata, timeout=30)
    try:
        if not answers:
            await call
            return None
        for _ in range(5):
            if await asyncio.wait_for(call.read(), patience) is grpc.aio.EOF:
                break
    except grpc.aio.AioRpcError as error:
        return error if not overtaken(error) else await send(channel, rpc, sent, metadata, patience=patience)
    except TimeoutError:
        call.cancel()
        return None
    call.cancel()
    return None


Send = Callable[[Rpc, list[bytes], Any], Awaitable[grpc.aio.AioRpcError | None]]


async def attack(send: Send, rpc: Rpc, metadata: Any, ids: list[str], number: int) -> Outcome:
    """Many requests at one RPC."""
    hostile, outcome = Hostile(zlib.crc32(rpc.name.encode())), Outcome()
    hostile.ids += ids
    limit = asyncio.Semaphore(TOGETHER)

    async def one(sent: list[bytes]) -> None:
        async with limit:
            outcome.note(await send(rpc, sent, metadata), sent)

    kind = rpc.method.input_type
    parts = (1, 1, 2, 4) if rpc.streams[0] else (1,)
    raws = iter(hostile.raws(kind, number * max(parts)))
    requests = [list(itertools.islice(raws, hostile.random.choice(parts))) for _ in range(number)]
    await asyncio.gather(*(one(sent) for sent in requests))
    return outcome


@pytest.mark.parametrize("rpc", ALL, ids=str)
async def test_only_documented_refusals(world: Any, rpc: Rpc) -> None:
    harness, side, ids = world
    # As a peer on a user's behalf: admitted everywhere, and by no limit kept from the code behind.
    metadata = harness.metadata(None if rpc.rule == "internal" else side.token, service=rpc.package)
    number = EACH if not rpc.streams[1] else EACH // 6
    outcome = await attack(functools.partial(send, harness.channel), rpc, metadata, ids, number)
    assert outcome.faults == []
    known = set(documented("errors")) | set(documented(rpc.package)) | set(documented("telemetry"))
    assert set(outcome.reasons) - {""} <= known
    assert sum(outcome.codes.values()) == number


@pytest.mark.parametrize("rpc", ALL, ids=str)
async def test_only_documented_refusals_of_thousands(world: Any, rpc: Rpc) -> None:
    harness, side, ids = world
    metadata = harness.metadata(None if rpc.rule == "internal" else side.token, service=rpc.package)
    inside = Inside(harness.process, harness.credentials, through=EACH)
    outcome = await attack(inside.send, rpc, metadata, ids, EACH_INSIDE)
    assert outcome.faults == []
    known = set(documented("errors")) | set(documented(rpc.package)) | set(documented("telemetry"))
    assert set(outcome.reasons) - {""} <= known
    assert sum(outcome.codes.values()) == EACH_INSIDE


async def test_strangers_are_refused_before_anything_is_read(world: Any) -> None:
    harness, _, _ = world
    for rpc in ALL:
        if rpc.rule == "public":
            continue
        # A stream that says nothing for a while was not refused: that is waited for.
        outcome = await attack(functools.partial(send, harness.channel, patience=30), rpc, [], [], 5)
        assert set(outcome.codes) == {"UNAUTHENTICATED"}, rpc.name
        assert set(outcome.reasons) == {"CREDENTIALS_MISSING"}, rpc.name


async def test_the_process_still_serves(world: Any) -> None:
    harness, _, _ = world
    assert await harness.process.health.ready()
    pool: Any = harness.resources.engine.sql.pool
    async with asyncio.timeout(60):  # else a connection was lost on the way
        while pool.checkedout():  # noqa: ASYNC110 - what was given up ends by itself
            await asyncio.sleep(0.02)


async def test_the_control_fails() -> None:
    """The same requests at a server without the chain: UNKNOWN, and texts of exceptions."""
    rpc = next(rpc for rpc in ALL if rpc.name == "property.PropertyService.CreateProperty")
    server = grpc.aio.server()

    async def careless(request: Any, context: Any) -> Any:
        raise ValueError(f"{type(request)} postgresql://root:hunter2@db")

    handler = grpc.unary_unary_rpc_method_handler(careless, request_deserializer=rpc.request.FromString)
    service, method = rpc.path.strip("/").split("/")
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(service, {method: handler}),))
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        outcome = await attack(functools.partial(send, channel), rpc, [], [str(new_id())], 50)
    await server.stop(None)
    assert outcome.codes["UNKNOWN"] == 50
    assert any("postgresql://" in fault for fault in outcome.faults)


def test_everything_may_be_attacked() -> None:
    assert len(ALL) > 60
    assert len(CATALOGUE) > 10
