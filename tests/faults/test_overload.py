"""Too many calls: what is refused says when to come back, and what is accepted goes on."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import grpc
import httpx
import pytest

from doorstep.property.v1 import property_service_pb2, property_service_pb2_grpc
from doorstep_client import Doorstep
from tests.faults.running import WORKERS, Edge, Load, agent_of, edge_of
from tests.faults.scale import times
from tests.fixtures.suite import Suite
from tests.journeys.conftest import People, list_home

pytestmark = [pytest.mark.faults, pytest.mark.timeout(3600), pytest.mark.xdist_group("faults-stressed")]

ALLOWED = 16
"""Unary calls in flight to each worker in these tests, so that an overload is a matter of tens of calls."""
SECONDS = times(5, 60)


class Crowd:
    """Callers that call again as soon as they have an answer, and ask to be refused at once rather than wait."""

    def __init__(self, edge: Edge, client: Doorstep, property_id: str) -> None:
        self.edge = edge
        self.client = client
        self.accepted = 0
        self.refused: list[grpc.aio.AioRpcError] = []
        self.answers: Counter[int] = Counter()
        self.refusals: list[httpx.Response] = []
        self._property_id = property_id

    async def call(self, channel: grpc.aio.Channel, end: float) -> None:
        """Over gRPC."""
        stub = property_service_pb2_grpc.PropertyServiceStub(channel)
        request = property_service_pb2.GetPropertyRequest(property_id=self._property_id)
        headers = await self.client.headers("/")
        while asyncio.get_running_loop().time() < end:
            try:
                await stub.GetProperty(request, metadata=headers, timeout=20)
            except grpc.aio.AioRpcError as error:
                self.refused.append(error)
                await asyncio.sleep(0.02)
            else:
                self.accepted += 1

    async def ask(self, end: float) -> None:
        """As JSON."""
        headers = dict(await self.client.headers("/"))
        async with httpx.AsyncClient(base_url=self.edge.url, timeout=20) as http:
            while asyncio.get_running_loop().time() < end:
                answer = await http.get(f"/api/v1/properties/{self._property_id}", headers=headers)
                self.answers[answer.status_code] += 1
                if answer.status_code != httpx.codes.OK:
                    self.refusals.append(answer)
                await asyncio.sleep(0.02)

    async def rush(self, callers: int, seconds: float) -> None:
        """Everybody at once."""
        end = asyncio.get_running_loop().time() + seconds
        # A connection carries 100 calls at a time, and those with equal settings are one unless told otherwise.
        options = [("grpc.use_local_subchannel_pool", 1)]
        async with contextlib.AsyncExitStack() as stack:
            channels = [
                await stack.enter_async_context(grpc.aio.insecure_channel(self.edge.target, options=options))
                for _ in range(-(-callers // 50))
            ]
            calling = [self.call(channels[n % len(channels)], end) for n in range(callers)]
            await asyncio.gather(*calling, *(self.ask(end) for _ in range(4)))


@contextlib.asynccontextmanager
async def crowd_of(suite: Suite, people: People, folder: Path, allowed: int) -> AsyncIterator[Crowd]:
    with edge_of(suite, folder, requests_per_worker=allowed) as edge:
        async with agent_of(people) as agent:
            home, _ = await list_home(agent, city="Crowdville")
            yield Crowd(edge, agent, home)


async def test_twice_what_is_allowed_is_refused_early_and_the_rest_goes_on(
    stressed: Suite, stressed_people: People, tmp_path: Path
) -> None:
    async with crowd_of(stressed, stressed_people, tmp_path, ALLOWED) as crowd:
        await crowd.rush(2 * ALLOWED * len(WORKERS), SECONDS)
        assert crowd.accepted > 0
        assert crowd.refused, "nothing was too much"
        assert {error.code() for error in crowd.refused} <= {
            grpc.StatusCode.UNAVAILABLE,
            grpc.StatusCode.RESOURCE_EXHAUSTED,
        }
        for error in crowd.refused[:50]:
            trailers: dict[str, Any] = dict(list(error.trailing_metadata()))  # type: ignore[arg-type]
            assert int(trailers["retry-after"]) >= 1, error
        assert crowd.answers[200] > 0
        assert set(crowd.answers) <= {200, 429, 503}, crowd.answers
        for answer in crowd.refusals:
            assert int(answer.headers["retry-after"]) >= 1
            assert answer.headers["content-type"] == "application/problem+json"
        async with Load(crowd.edge.target, crowd.client) as load:
            await load.more(100)
        assert load.failures == [], "it has not recovered"
    print(f"{crowd.accepted} accepted, {len(crowd.refused)} refused; as JSON {dict(crowd.answers)}")


async def test_control_without_a_bound_nothing_is_refused(
    stressed: Suite, stressed_people: People, tmp_path: Path
) -> None:
    async with crowd_of(stressed, stressed_people, tmp_path, 10_000) as crowd:
        await crowd.rush(2 * ALLOWED * len(WORKERS), 2)
    assert crowd.accepted > 0
    assert crowd.refused == []
    assert set(crowd.answers) == {200}
