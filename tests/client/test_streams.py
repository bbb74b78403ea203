"""The three kinds of streams, through both faces."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from typing import Any

import grpc
import pytest

from doorstep.property.v1 import import_service_pb2, import_service_pb2_grpc
from doorstep.telemetry.v1 import telemetry_query_service_pb2, telemetry_query_service_pb2_grpc
from doorstep.vr.v1 import ingest_service_pb2_grpc
from doorstep_client import Aborted, DeadlineExceeded, Doorstep, DoorstepSync, Unavailable
from doorstep_client.api.doorstep.property.v1 import UploadImportRequest
from doorstep_client.api.doorstep.telemetry.v1 import ReplaySessionRequest, ReplaySessionResponse
from doorstep_client.api.doorstep.vr.v1 import ConnectRequest, Hello, Ping
from tests.client.ingesting import Ingest
from tests.client.serving import refuse, served

REPLAY = ReplaySessionRequest(session_id="01890000-0000-7000-8000-000000000001")


@dataclass
class Servers(
    telemetry_query_service_pb2_grpc.TelemetryQueryServiceServicer, import_service_pb2_grpc.ImportServiceServicer
):
    """Five steps of a replay, or fewer; counts what is uploaded."""

    address: str = ""
    fail_before: list[int] = field(default_factory=list)
    """Attempt by attempt: before which step to fail."""
    attempts: int = 0
    timeouts: list[float] = field(default_factory=list)
    ingest: Ingest = field(default_factory=Ingest)

    async def ReplaySession(self, request: Any, context: Any) -> AsyncIterator[Any]:
        self.attempts += 1
        self.timeouts.append(context.time_remaining())
        fails = self.fail_before.pop(0) if self.fail_before else None
        for step in range(5):
            if step == fails:
                await refuse(context, grpc.StatusCode.UNAVAILABLE, "DEPENDENCY_UNAVAILABLE", retry_after=0.01)
            event = {"event_id": str(step)}
            yield telemetry_query_service_pb2.ReplaySessionResponse(event=event)

    async def UploadImport(self, requests: AsyncIterator[Any], context: Any) -> Any:
        self.attempts += 1
        count = 0
        async for _ in requests:
            count += 1
        if self.fail_before:
            await refuse(context, grpc.StatusCode.ABORTED, "CONFLICT_RETRY")
        return import_service_pb2.UploadImportResponse(property_import={"import_id": str(count)})


@pytest.fixture
async def servers() -> AsyncIterator[Servers]:
    found = Servers()
    async with served(
        lambda s: telemetry_query_service_pb2_grpc.add_TelemetryQueryServiceServicer_to_server(found, s),
        lambda s: import_service_pb2_grpc.add_ImportServiceServicer_to_server(found, s),
        lambda s: ingest_service_pb2_grpc.add_IngestServiceServicer_to_server(found.ingest, s),
    ) as (_, port):
        found.address = f"http://127.0.0.1:{port}"
        yield found


@pytest.fixture
async def client(servers: Servers) -> AsyncIterator[Doorstep]:
    async with Doorstep(servers.address) as found:
        yield found


@pytest.fixture
def blocking(servers: Servers) -> Iterator[DoorstepSync]:
    with DoorstepSync(servers.address) as found:
        yield found


def number(response: ReplaySessionResponse) -> str:
    assert response.event is not None
    return response.event.event_id


class TestServerStreams:
    async def test_awaited(self, servers: Servers, client: Doorstep) -> None:
        assert [number(r) async for r in client.telemetry.replay_session(REPLAY)] == list("01234")
        assert 3000 < servers.timeouts[0] < 3700  # gRPC rounds long ones up

    async def test_blocking(self, servers: Servers, blocking: DoorstepSync) -> None:
        found = await asyncio.to_thread(lambda: [number(r) for r in blocking.telemetry.replay_session(REPLAY)])
        assert found == list("01234")
        assert 3000 < servers.timeouts[0] < 3700  # gRPC rounds long ones up

    async def test_repeated_until_the_first_response(self, servers: Servers, client: Doorstep) -> None:
        servers.fail_before = [0, 0]
        assert [number(r) async for r in client.telemetry.replay_session(REPLAY)] == list("01234")
        assert servers.attempts == 3

    async def test_repeated_until_the_first_response_blocking(self, servers: Servers, blocking: DoorstepSync) -> None:
        servers.fail_before = [0]
        found = await asyncio.to_thread(lambda: [number(r) for r in blocking.telemetry.replay_session(REPLAY)])
        assert found == list("01234")
        assert servers.attempts == 2

    async def test_never_after_it(self, servers: Servers, client: Doorstep) -> None:
        servers.fail_before = [3]
        seen = []
        with pytest.raises(Unavailable) as caught:
            async for response in client.telemetry.replay_session(REPLAY):
                seen.append(number(response))  # noqa: PERF401  # what came before the error counts
        assert (seen, caught.value.reason, servers.attempts) == (list("012"), "DEPENDENCY_UNAVAILABLE", 1)

    async def test_never_after_it_blocking(self, servers: Servers, blocking: DoorstepSync) -> None:
        servers.fail_before = [3]
        seen = []

        def read() -> None:
            for response in blocking.telemetry.replay_session(REPLAY):
                seen.append(number(response))  # noqa: PERF401  # what came before the error counts

        with pytest.raises(Unavailable) as caught:
            await asyncio.to_thread(read)
        assert (seen, caught.value.reason, servers.attempts) == (list("012"), "DEPENDENCY_UNAVAILABLE", 1)

    async def test_a_deadline_that_has_passed(self, client: Doorstep) -> None:
        with pytest.raises(DeadlineExceeded):
            async for _ in client.telemetry.replay_session(REPLAY, timeout=-1):
                pass

    async def test_leaving_early(self, client: Doorstep) -> None:
        async for response in client.telemetry.replay_session(REPLAY):
            assert number(response) == "0"
            break
        assert [number(r) async for r in client.telemetry.replay_session(REPLAY)] == list("01234")


class TestClientStreams:
    PARTS = [UploadImportRequest() for _ in range(4)]

    async def test_awaited(self, client: Doorstep) -> None:
        answer = await client.imports.upload_import(self.PARTS)
        assert answer.property_import is not None
        assert answer.property_import.import_id == "4"

    async def test_blocking(self, blocking: DoorstepSync) -> None:
        answer = await asyncio.to_thread(lambda: blocking.imports.upload_import(iter(self.PARTS)))
        assert answer.property_import is not None
        assert answer.property_import.import_id == "4"

    async def test_never_repeated(self, servers: Servers, client: Doorstep, blocking: DoorstepSync) -> None:
        servers.fail_before = [0]
        once = client.options(idempotency_key="a")
        with pytest.raises(Aborted):
            await once.imports.upload_import(self.PARTS)
        with pytest.raises(Aborted):
            await asyncio.to_thread(lambda: blocking.imports.upload_import(iter(self.PARTS)))
        assert servers.attempts == 2


class TestBothWays:
    REQUESTS = [ConnectRequest(hello=Hello(session_id="1")), ConnectRequest(ping=Ping(sent_at_us=7))]

    async def test_awaited(self, client: Doorstep) -> None:
        found = [response async for response in client.ingest.connect(self.REQUESTS)]
        assert found[0].welcome is not None
        assert found[1].pong is not None
        assert found[1].pong.sent_at_us == 7

    async def test_blocking(self, blocking: DoorstepSync) -> None:
        found = await asyncio.to_thread(lambda: list(blocking.ingest.connect(iter(self.REQUESTS))))
        assert found[0].welcome is not None
        assert found[1].pong is not None
