"""A visit in VR, recorded by a headset and read back by an agent."""

import asyncio
from pathlib import Path

import betterproto2
import pytest

from doorstep_client import Doorstep, DoorstepSync, PermissionDenied
from doorstep_client.api.doorstep.identity.v1 import GetMeRequest
from doorstep_client.api.doorstep.telemetry.v1 import (
    GetAttentionRequest,
    GetGazeHeatmapRequest,
    GetIngestAccountingRequest,
    GetPropertyEngagementRequest,
    GetSessionPathRequest,
    GetZoneDwellRequest,
    ListSessionEventsRequest,
    ListSessionsRequest,
    ReplaySessionRequest,
    WatchSessionRequest,
)
from doorstep_client.api.doorstep.vr.v1 import CoordinateSystem, EventKind
from doorstep_client.vr import Limits, SessionWriter
from tests.fixtures.suite import Suite
from tests.journeys.conftest import list_home, people_of

FRAME = 11_111
"""Microseconds between two samples at 90 Hz."""


def kill_workers(suite: Suite) -> None:
    """Kill every worker that is alive, as the kernel does when memory runs out."""
    workers = set(suite.state()["workers"].values())
    killed = [process.kill() for process in suite.family() if process.pid in workers]
    assert killed


async def walk(writer: SessionWriter, *, seconds: int = 5, zones: tuple[str, ...] = ("hall", "kitchen")) -> int:
    """Walk through the zones, a while in each; answers with how much was recorded."""
    recorded, moment = 0, writer.start_us - 60_000_000
    for zone in zones:
        await writer.event(EventKind.ZONE_ENTER, zone=zone, time_us=moment)
        for frame in range(seconds * 90):
            moment += FRAME
            await writer.pose((0.0, 0.0, 0.0, 1.0), (0.0, 1.7, -frame / 100), time_us=moment)
            await writer.gaze((0.0, 0.0, -1.0), zone=zone, object=f"{zone}_lamp", time_us=moment)
        await writer.event(EventKind.ZONE_EXIT, zone=zone, time_us=moment)
        recorded += 2 + 2 * seconds * 90
    return recorded


async def test_a_visit_is_read_back(agent: Doorstep, headset: Doorstep, home: str) -> None:
    async with headset.vr.session(
        property_id=home, coordinate_system=CoordinateSystem.OPENXR, participant_id="guest-1", device_model="Quest"
    ) as writer:
        recorded = await walk(writer)
        accounting = await writer.close()
    assert accounting.stored_count == accounting.declared_count == recorded
    assert (accounting.rejected_count, accounting.missing_count) == (0, 0)
    session = writer.session_id

    listed = [s async for s in agent.items(agent.sessions.list_sessions, ListSessionsRequest(property_id=home))]
    assert session in {s.session_id for s in listed}
    read = (await agent.telemetry.get_ingest_accounting(GetIngestAccountingRequest(session_id=session))).accounting
    assert read == accounting
    request = ListSessionEventsRequest(session_id=session, page_size=3)
    events = [event async for event in agent.items(agent.telemetry.list_session_events, request)]
    assert [event.zone for event in events] == ["hall", "hall", "kitchen", "kitchen"]
    zones = (await agent.telemetry.get_zone_dwell(GetZoneDwellRequest(session_id=session))).zones
    assert {zone.zone: zone.gaze_sample_count for zone in zones} == {"hall": 450, "kitchen": 450}
    heatmap = (await agent.telemetry.get_gaze_heatmap(GetGazeHeatmapRequest(session_id=session))).heatmap
    assert heatmap is not None
    assert heatmap.sample_count == sum(heatmap.counts) == 900
    path = await agent.telemetry.get_session_path(GetSessionPathRequest(session_id=session, max_points=50))
    assert path.sample_count == 900
    shares = (await agent.telemetry.get_attention(GetAttentionRequest(session_id=session))).objects
    assert sum(share.share for share in shares) == pytest.approx(1)
    engagement = await agent.telemetry.get_property_engagement(GetPropertyEngagementRequest(property_id=home))
    assert engagement.engagement is not None
    assert engagement.engagement.session_count >= 1

    replayed = [
        betterproto2.which_one_of(step, "step")[0]
        async for step in agent.telemetry.replay_session(ReplaySessionRequest(session_id=session, speed=100))
    ]
    assert (replayed.count("pose"), replayed.count("event"), replayed[-1]) == (900, 4, "end")


async def test_a_visit_is_watched_live(agent: Doorstep, headset: Doorstep, home: str) -> None:
    writer = headset.vr.session(property_id=home, coordinate_system=CoordinateSystem.UNREAL)
    await writer.open()
    seen: list[str] = []

    # From the beginning: the watcher may come after the first batches.
    request = WatchSessionRequest(session_id=writer.session_id, after_sequence="0")

    async def watch() -> None:
        async for response in agent.telemetry.watch_session(request):
            kind, update = betterproto2.which_one_of(response, "update")
            if kind == "batch":
                seen.extend(event.object for event in update.events)  # type: ignore[union-attr]
            if kind in {"ended", "end"}:
                return

    watching = asyncio.create_task(watch())
    names = [f"door-{n}" for n in range(20)]
    for name in names:
        await writer.event(EventKind.INTERACTION, object=name, name="open")
        await writer.flush()
    await writer.close()
    async with asyncio.timeout(60):
        await watching
    assert seen == names


async def test_what_is_rejected_is_accounted_for(headset: Doorstep, home: str) -> None:
    async with headset.vr.session(property_id=home, coordinate_system=CoordinateSystem.UNITY) as writer:
        await writer.event(EventKind.INTERACTION, object="door")
        await writer.event(EventKind.ZONE_ENTER)  # names no zone
        await writer.pose((0.0, 0.0, 0.0, 9.0))  # no rotation
        accounting = await writer.close()
    assert (accounting.stored_count, accounting.rejected_count, accounting.missing_count) == (1, 2, 0)
    assert {reason.name for reason in writer.rejections} == {"NAME_MISSING", "NOT_UNIT"}


async def test_a_headset_may_record_and_nothing_else(headset: Doorstep, home: str) -> None:
    with pytest.raises(PermissionDenied):
        await headset.auth.get_me(GetMeRequest())
    with pytest.raises(PermissionDenied):
        await headset.sessions.list_sessions(ListSessionsRequest())


def test_a_visit_without_asyncio(blocking: DoorstepSync, home: str) -> None:
    with blocking.vr.session(property_id=home, coordinate_system=CoordinateSystem.UNREAL) as writer:
        writer.event(EventKind.ZONE_ENTER, zone="attic")
        for _ in range(10):
            writer.pose((0.0, 0.0, 0.0, 1.0), (100.0, 0.0, 170.0))
        assert writer.close().stored_count == 11
    request = GetSessionPathRequest(session_id=writer.session_id)
    first = blocking.telemetry.get_session_path(request).poses[0].position
    assert first is not None
    assert (first.x, first.y, first.z) == pytest.approx(
        (0.0, 1.7, -1.0)
    )  # Unreal's centimetres, kept as OpenXR's metres


@pytest.mark.timeout(300)
@pytest.mark.xdist_group("up")
async def test_a_visit_outlives_killed_workers(tmp_path: Path) -> None:
    suite = Suite(tmp_path / "home")
    try:
        suite.start()
        people = people_of(suite)
        async with people.signed_in("agent") as agent, people.headset() as headset:
            home, _ = await list_home(agent, city="Killville")
            limits = Limits(batch_items=50, batch_seconds=0.05)
            writer = headset.vr.session(property_id=home, coordinate_system=CoordinateSystem.OPENXR, limits=limits)
            async with writer:
                names = [f"event-{n}" for n in range(3_000)]
                for n, name in enumerate(names):
                    await writer.event(EventKind.CUSTOM, name=name)
                    if n in {700, 1_900}:
                        await writer.flush()  # so that there is a stream to break
                        kill_workers(suite)
                accounting = await writer.close(timeout=90)
            assert writer.progress.connections >= 3
            assert (accounting.stored_count, accounting.rejected_count, accounting.missing_count) == (3_000, 0, 0)
            request = ListSessionEventsRequest(session_id=writer.session_id, page_size=100)
            events = [event async for event in agent.items(agent.telemetry.list_session_events, request)]
            assert sorted(event.name for event in events) == sorted(names)
    finally:
        suite.stop()
