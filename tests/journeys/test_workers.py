"""One headset, several workers: what one worker knows of a session or a key, the others know in the promised time."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest

from doorstep_client import Doorstep, DoorstepError, FailedPrecondition, Unauthenticated
from doorstep_client.api.doorstep.identity.v1 import (
    ApiKeyKind,
    CreateApiKeyRequest,
    RevokeApiKeyRequest,
)
from doorstep_client.api.doorstep.property.v1 import GetPropertyEngagementRequest
from doorstep_client.api.doorstep.telemetry.v1 import GetIngestAccountingRequest
from doorstep_client.api.doorstep.vr.v1 import (
    BatchOutcome,
    CoordinateSystem,
    EndSessionRequest,
    Event,
    EventKind,
    IngestBatchesRequest,
    IngestBatchRequest,
    RefusalReason,
    StartSessionRequest,
    TrackingBatch,
)
from doorstep_client.vr import SessionWriter
from tests.fixtures.suite import Suite
from tests.journeys.conftest import People, list_home

UNARY_SECONDS = 5.0
STREAM_SECONDS = 20.0
"""The promises: so long after a key is revoked, single calls are refused and open streams have ended."""
SLACK = 10.0
"""For a machine that is busy with other tests."""


@pytest.fixture(scope="session")
def worker_urls(suite: Suite) -> list[str]:
    ports = suite.state()["ports"]
    found = [f"http://127.0.0.1:{ports[name]}" for name in sorted(ports) if name.startswith("worker-")]
    assert len(found) >= 2
    return found


@contextlib.asynccontextmanager
async def headsets(urls: list[str], key: str) -> AsyncIterator[list[Doorstep]]:
    """The same device at each worker, past the gateway."""
    async with contextlib.AsyncExitStack() as stack:
        yield [await stack.enter_async_context(Doorstep(url, api_key=key)) for url in urls]


def batch(session_id: str, *, stream: int = 0, part: int = 1) -> IngestBatchRequest:
    now = int(time.time() * 1e6)
    event = Event(kind=EventKind.INTERACTION, time_us=now, object="door")
    return IngestBatchRequest(
        batch=TrackingBatch(session_id=session_id, stream=stream, part=part, sent_at_us=now, events=[event])
    )


async def start(client: Doorstep, home: str) -> str:
    request = StartSessionRequest(session_id=str(uuid4()), property_id=home, coordinate_system=CoordinateSystem.OPENXR)
    await client.ingest.start_session(request)
    return request.session_id


async def test_a_session_that_ends_at_one_worker_has_ended_at_all(
    people: People, worker_urls: list[str], home: str
) -> None:
    """At once, though every worker keeps sessions in memory: what decides is in the commit."""
    async with headsets(worker_urls, people.sign_ins.device_key) as workers:
        session = await start(workers[0], home)
        for stream, worker in enumerate(workers):  # each has the session and a stream of it in memory
            ack = (await worker.ingest.ingest_batch(batch(session, stream=stream))).ack
            assert ack is not None
            assert ack.outcome == BatchOutcome.STORED
        await workers[0].ingest.end_session(EndSessionRequest(session_id=session))
        for stream, worker in enumerate(workers):
            with pytest.raises(FailedPrecondition) as refusal:
                await worker.ingest.ingest_batch(batch(session, stream=stream, part=2))
            assert refusal.value.reason == "SESSION_ENDED"
            late = batch(session, stream=9).batch
            answer = await worker.ingest.ingest_batches([IngestBatchesRequest(batch=late)])
            assert answer.first_refused is not None
            assert answer.first_refused.refusal == RefusalReason.SESSION_ENDED
            # What was sent before the end and is sent again is still known.
            again = (await worker.ingest.ingest_batch(batch(session, stream=stream))).ack
            assert again is not None
            assert again.outcome == BatchOutcome.DUPLICATE


async def test_streams_notice_that_their_session_has_ended_elsewhere(
    people: People, worker_urls: list[str], home: str
) -> None:
    async with headsets(worker_urls[:2], people.sign_ins.device_key) as (one, other):
        writer = one.vr.session(property_id=home, coordinate_system=CoordinateSystem.OPENXR)
        await writer.open()
        await writer.event(EventKind.INTERACTION, object="door")
        await writer.flush()
        await other.ingest.end_session(EndSessionRequest(session_id=writer.session_id))
        await writer.event(EventKind.INTERACTION, object="window")
        with pytest.raises(FailedPrecondition) as refusal:
            await writer.flush(timeout=30)
        assert refusal.value.reason == "SESSION_ENDED"
        await writer.abandon()


async def refused_within(seconds: float, worker: Doorstep, session: str) -> int:
    """Send batches until they are refused; answers with how many were stored."""
    part, end = 1, time.monotonic() + seconds
    while time.monotonic() < end:
        part += 1
        try:
            await worker.ingest.ingest_batch(batch(session, part=part))
        except Unauthenticated:
            return part - 1
        await asyncio.sleep(0.5)
    raise AssertionError(f"still taken {seconds} s after the key was revoked")


async def ended_within(seconds: float, writer: SessionWriter) -> None:
    """Record until the stream is refused for good."""
    end = time.monotonic() + seconds
    with pytest.raises(Unauthenticated):
        while time.monotonic() < end:
            await writer.event(EventKind.INTERACTION, object="door")
            await writer.flush(timeout=seconds)
            await asyncio.sleep(0.5)


async def test_a_revoked_headset_is_out_at_every_worker(
    people: People, agent: Doorstep, worker_urls: list[str], home: str
) -> None:
    async with people.signed_in("admin") as admin:
        request = CreateApiKeyRequest(
            display_name=f"Lost headset {uuid4().hex[:6]}", kind=ApiKeyKind.DEVICE, permissions=["telemetry.ingest"]
        )
        made = await admin.api_keys.create_api_key(request)
        assert made.api_key is not None
        async with headsets(worker_urls, made.secret) as workers:
            sessions, writers = [], []
            for worker in workers:
                sessions.append(await start(worker, home))
                await worker.ingest.ingest_batch(batch(sessions[-1]))
                writers.append(worker.vr.session(property_id=home, coordinate_system=CoordinateSystem.OPENXR))
                await writers[-1].open()
            await admin.api_keys.revoke_api_key(RevokeApiKeyRequest(api_key_id=made.api_key.api_key_id))
            both = zip(workers, sessions, strict=True)
            stored, *_ = await asyncio.gather(
                asyncio.gather(*(refused_within(UNARY_SECONDS + SLACK, w, s) for w, s in both)),
                *(ended_within(STREAM_SECONDS + SLACK, writer) for writer in writers),
            )
            for writer in writers:
                await writer.abandon()
            for session, parts in zip(sessions, stored, strict=True):  # and nothing came in after the refusal
                query = GetIngestAccountingRequest(session_id=session)
                account = (await agent.telemetry.get_ingest_accounting(query)).accounting
                assert account is not None
                assert account.stored_count == parts


async def test_a_visit_counts_for_its_home(people: People, agent: Doorstep, worker_urls: list[str]) -> None:
    """The session ends in telemetry, and property's own figures say so, once, whichever worker hears of it."""
    home, _ = await list_home(agent, city=f"Countville {uuid4().hex[:8]}")
    async with headsets(worker_urls, people.sign_ins.device_key) as workers:
        for worker in workers:
            writer = worker.vr.session(property_id=home, coordinate_system=CoordinateSystem.OPENXR)
            async with writer:
                for frame in range(90):
                    moment = writer.start_us + frame * 11_111
                    await writer.gaze((0.0, 0.0, -1.0), zone="kitchen", time_us=moment)
                await writer.close()
            with contextlib.suppress(DoorstepError):
                await worker.ingest.end_session(EndSessionRequest(session_id=writer.session_id))  # again: counts once

    async def figures() -> tuple[int, int, float]:
        request = GetPropertyEngagementRequest(property_id=home)
        found = (await agent.properties.get_property_engagement(request)).engagement
        assert found is not None
        return found.sessions_total, found.events_total, found.gaze_seconds_total

    for _ in range(300):  # the event is on its way
        sessions, events, gaze = await figures()
        if sessions == len(workers):
            break
        await asyncio.sleep(0.2)
    assert (sessions, events) == (len(workers), 90 * len(workers))
    assert gaze == pytest.approx(0.99999 * len(workers), rel=1e-3)
