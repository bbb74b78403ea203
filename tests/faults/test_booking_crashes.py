"""A booking whose server dies is made once or not at all, and whoever asks again by the same key has it."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import asyncpg
import grpc
import pytest

from doorstep.visit.v1 import visit_service_pb2 as pb
from doorstep.visit.v1 import visit_service_pb2_grpc
from services.chassis.ids import new_id
from services.chassis.testing.harness import ISSUER, Harness
from services.chassis.tokens import KeyRing, make_key
from tests.faults.racing import until_answered
from tests.faults.scale import times
from tests.fixtures.servers import TestDatabase
from tests.fixtures.worker import Process, worker_environment
from tests.property.conftest import Market

pytestmark = [pytest.mark.faults, pytest.mark.timeout(600)]

SERVED = ("property", "visit", "tests.fixtures.identity:build")
CALLERS = 10
MADE = """
    SELECT (SELECT count(*) FROM visit.visits WHERE listing_id = $1),
        (SELECT count(*) FROM visit.visit_changes JOIN visit.visits ON visits.id = visit_id WHERE listing_id = $1),
        (SELECT count(*) FROM visit.outbox JOIN visit.visits ON key = visits.id::text WHERE listing_id = $1),
        (SELECT count(*) FROM jobs.pgqueuer JOIN visit.visits ON dedupe_key LIKE '%' || visits.id || '%'
            WHERE listing_id = $1)
"""
"""Visits of a listing, and what each has: a step of its history, an event, a job that lets it lapse."""


async def test_a_booking_is_made_once_although_its_server_dies(
    database: TestDatabase, redis_url: str, tmp_path: Path, token_for: Callable[..., str]
) -> None:
    make_key(tmp_path / "keys")
    ring = KeyRing(tmp_path / "keys", strict=False)
    environment = worker_environment(database_url=database.url, redis_url=redis_url, keys_dir=tmp_path / "keys")
    start = datetime.now(UTC).replace(microsecond=0) + timedelta(days=2)
    with Process("tests.fixtures.serve", *SERVED, environment=environment) as survivor:
        async with grpc.aio.insecure_channel(f"127.0.0.1:{survivor.port}") as channel:
            known: Any = SimpleNamespace(settings=SimpleNamespace(issuer=ISSUER), key_ring=ring, clock=None)
            process: Any = SimpleNamespace(resources=known)
            market = Market(Harness(process, None, channel), database)
            for kill in range(times(2, 20)):
                # The victim dies with a booking written and not committed, or committed and not told.
                point = "before_commit" if kill % 2 else "after_commit"
                _, listing = await market.on_market(market.agent())
                request = pb.RequestVisitRequest(listing_id=listing.listing_id, time_zone="UTC")
                request.start_time.FromDatetime(start)
                request.end_time.FromDatetime(start + timedelta(minutes=30))
                token = token_for(ring, user_id=new_id(), roles=["buyer"])
                metadata = [("authorization", f"Bearer {token}"), ("idempotency-key", f"booking-{kill}")]
                doomed = {**environment, "DOORSTEP_FAILPOINTS": f"{point}=kill"}
                with Process("tests.fixtures.serve", *SERVED, environment=doomed) as victim:
                    async with grpc.aio.insecure_channel(f"127.0.0.1:{victim.port}") as dying:
                        methods = [
                            visit_service_pb2_grpc.VisitServiceStub(one).RequestVisit for one in (dying, channel)
                        ]
                        calls = (until_answered(methods, request, metadata) for _ in range(CALLERS))
                        answers = {
                            answer.SerializeToString(deterministic=True) for answer in await asyncio.gather(*calls)
                        }
                    assert await asyncio.to_thread(victim.dies), "the fault did not happen"
                assert len(answers) == 1
                visit = pb.RequestVisitResponse.FromString(answers.pop()).visit
                assert visit.listing_id == listing.listing_id
                assert await _made(database, listing.listing_id) == (1, 1, 1, 1)


async def _made(database: TestDatabase, listing_id: str) -> tuple[int, ...]:
    connection = await asyncpg.connect(database.superuser_url)
    try:
        return tuple(await connection.fetchrow(MADE, listing_id))
    finally:
        await connection.close()
