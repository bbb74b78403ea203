"""What sessions show, and to whom."""

import asyncio
from datetime import timedelta
from uuid import UUID, uuid4

import grpc
import numpy as np
import pytest

from doorstep.telemetry.v1 import session_pb2
from doorstep.telemetry.v1 import session_service_pb2 as spb
from doorstep.telemetry.v1 import telemetry_query_service_pb2 as pb
from doorstep.telemetry.v1.telemetry_events_pb2 import SessionEnded
from doorstep.vr.v1 import tracking_pb2 as t
from services.chassis.testing.errors import Refusal
from services.telemetry.operations.query import cells
from services.telemetry.servicer import replay
from tests.telemetry.headset import Headset, event, gaze, now_us, pose


@pytest.fixture
async def visit(headset):
    """A visit of a minute: kitchen 10 s, hall 20 s with a lost exit, garden until the end."""
    start = now_us() - 60_000_000
    moves = [
        (0, t.EVENT_KIND_ZONE_ENTER, "kitchen"),
        (10, t.EVENT_KIND_ZONE_EXIT, "kitchen"),
        (15, t.EVENT_KIND_ZONE_ENTER, "hall"),
        (35, t.EVENT_KIND_ZONE_ENTER, "garden"),
    ]
    events = [event(kind, time_us=start + at * 1_000_000, zone=zone) for at, kind, zone in moves]
    events.append(event(time_us=start + 5_000_000, zone="kitchen", object="oven", properties={"how": "opened"}))
    await headset.write(
        headset.batch(
            events=events,
            pose=pose(300, start),
            gaze=gaze(100, start, zone=1, thing=2),
            zones=["kitchen"],
            objects=["lamp", "oven"],
        )
    )
    await headset.write(headset.batch(gaze=gaze(50, start + 2_000_000, zone=0, thing=1), objects=["lamp"]))
    headset.start = start
    return headset


def us(message):
    return message.ToMicroseconds()


async def drain(call):
    return [message async for message in call]


class TestSessions:
    async def test_get(self, harness, sessions, visit, reader):
        found = await harness.call(sessions.GetSession, spb.GetSessionRequest(session_id=visit.session_id), reader)
        assert found.session.state == session_pb2.SESSION_STATE_ACTIVE
        assert found.session.property_id == visit.property_id
        assert found.session.device_model == "Conformance 1"
        assert not found.session.HasField("end_time")

    async def test_list_pages_and_filters(self, harness, sessions, device, organization, reader):
        made = []
        for n in range(5):
            one = Headset(harness.channel, device(organization), property_id=None if n else uuid4())
            await one.connect()
            one.cut()
            made.append(one)
        seen, token = [], ""
        while True:
            page = await harness.call(
                sessions.ListSessions, spb.ListSessionsRequest(page_size=2, page_token=token), reader
            )
            seen += [s.session_id for s in page.sessions]
            token = page.next_page_token
            if not token:
                break
        assert seen == [one.session_id for one in reversed(made)]
        mine = await harness.call(
            sessions.ListSessions, spb.ListSessionsRequest(property_id=made[3].property_id), reader
        )
        assert [s.session_id for s in mine.sessions] == [made[3].session_id]
        none = await harness.call(
            sessions.ListSessions, spb.ListSessionsRequest(state=session_pb2.SESSION_STATE_ENDED), reader
        )
        assert not none.sessions


class TestFigures:
    async def test_events_in_the_order_of_time(self, harness, query, visit, reader):
        seen, token = [], ""
        while True:
            request = pb.ListSessionEventsRequest(session_id=visit.session_id, page_size=2, page_token=token)
            page = await harness.call(query.ListSessionEvents, request, reader)
            seen += page.events
            token = page.next_page_token
            if not token:
                break
        assert [(us(e.time) - visit.start) // 1_000_000 for e in seen] == [0, 5, 10, 15, 35]
        assert seen[1].object == "oven"
        assert dict(seen[1].properties) == {"how": "opened"}

    async def test_events_of_a_kind(self, harness, query, visit, reader):
        request = pb.ListSessionEventsRequest(session_id=visit.session_id, kind=t.EVENT_KIND_ZONE_EXIT)
        assert len((await harness.call(query.ListSessionEvents, request, reader)).events) == 1

    async def test_events_of_a_zone(self, harness, query, visit, reader):
        for zone, count in (("kitchen", 3), ("hall", 1), ("cellar", 0)):
            request = pb.ListZoneEventsRequest(session_id=visit.session_id, zone=zone)
            assert len((await harness.call(query.ListZoneEvents, request, reader)).events) == count

    async def test_dwell_of_live_and_of_ended_session(self, harness, query, visit, reader):
        async def dwell():
            found = await harness.call(query.GetZoneDwell, pb.GetZoneDwellRequest(session_id=visit.session_id), reader)
            return {z.zone: (us(z.presence) // 1_000_000, z.visit_count, us(z.gaze)) for z in found.zones}

        live = await dwell()
        assert live["kitchen"] == (10, 1, 1_000_000)
        assert live["hall"] == (20, 1, 0)
        await visit.finish()
        ended = await dwell()
        assert ended["hall"] == (20, 1, 0)
        assert 24 <= ended["garden"][0] <= 40

    async def test_attention(self, harness, query, visit, reader):
        found = await harness.call(query.GetAttention, pb.GetAttentionRequest(session_id=visit.session_id), reader)
        assert [(o.object, o.gaze_sample_count, o.interaction_count) for o in found.objects] == [
            ("oven", 100, 1),
            ("lamp", 50, 0),
        ]
        assert [round(o.share, 3) for o in found.objects] == [0.667, 0.333]

    async def test_heatmap(self, harness, query, visit, reader):
        request = pb.GetGazeHeatmapRequest(session_id=visit.session_id, width=8, height=4)
        heat = (await harness.call(query.GetGazeHeatmap, request, reader)).heatmap
        assert (heat.sample_count, sum(heat.counts)) == (150, 150)
        # Straight ahead in Unreal (+X) is the middle of the map.
        assert heat.counts[2 * 8 + 4] == 150
        request.zone = "kitchen"
        assert (await harness.call(query.GetGazeHeatmap, request, reader)).heatmap.sample_count == 100
        request.zone = "cellar"
        assert (await harness.call(query.GetGazeHeatmap, request, reader)).heatmap.sample_count == 0

    def test_cells(self):
        directions = np.array([(0, 0, -1), (-1, 0, 0), (1, 0, 0), (0, 1, 0), (0, -1, 0)], np.float32).T
        found = cells(directions, 4, 3).reshape(3, 4)
        assert found[1].tolist() == [0, 1, 1, 1]
        assert found[0].sum() == found[2].sum() == 1

    async def test_path_is_thinned_evenly(self, harness, query, visit, reader):
        for points, kept in ((0, 300), (100, 100), (299, 150)):
            request = pb.GetSessionPathRequest(session_id=visit.session_id, max_points=points)
            found = await harness.call(query.GetSessionPath, request, reader)
            assert (len(found.poses), found.sample_count) == (kept, 300)
        times = [us(p.time) for p in found.poses]
        assert times == sorted(times)
        assert round(found.poses[0].position.y, 3) == 1.6

    async def test_engagement_adds_sessions_up(self, harness, query, visit, reader):
        await visit.finish()
        second = Headset(harness.channel, visit.metadata)
        second.property_id = visit.property_id
        await second.connect()
        await second.write(second.batch(gaze=gaze(100), zones=["kitchen"]))
        request = pb.GetPropertyEngagementRequest(property_id=visit.property_id)
        found = (await harness.call(query.GetPropertyEngagement, request, reader)).engagement
        assert found.session_count == 2
        zones = {z.zone: z for z in found.zones}
        assert us(zones["kitchen"].gaze) == 2_000_000
        assert us(zones["kitchen"].presence) == 10_000_000
        assert zones["hall"].visit_count == 1
        assert {o.object for o in found.objects} == {"oven", "lamp"}
        second.cut()

    async def test_engagement_of_a_home_nobody_visited(self, harness, query, reader):
        request = pb.GetPropertyEngagementRequest(property_id=str(uuid4()))
        assert (await harness.call(query.GetPropertyEngagement, request, reader)).engagement.session_count == 0

    async def test_accounting(self, harness, query, headset, reader):
        await headset.write(headset.batch(events=[event(), t.Event()]))
        await headset.write(headset.batch(part=1, events=[event(), t.Event()]))
        request = pb.GetIngestAccountingRequest(session_id=headset.session_id)
        found = await harness.call(query.GetIngestAccounting, request, reader)
        account = found.accounting
        assert (account.received_count, account.stored_count, account.duplicate_count) == (4, 1, 2)
        assert account.rejected_count == 1
        assert [(p.stream, p.durable_part) for p in found.positions] == [(0, 1)]

    async def test_rejected_events_are_listed_and_taken_again(self, harness, query, headset, reader):
        early = event(object="door", time_us=now_us() + 90_000_000)
        await headset.write(headset.batch(events=[event(), early, t.Event(time_us=5)]))
        listing = pb.ListRejectedEventsRequest(session_id=headset.session_id)
        found = await harness.call(query.ListRejectedEvents, listing, reader)
        assert [(r.index, r.reason) for r in found.rejected_events] == [
            (1, t.REJECTION_REASON_TIME_IN_FUTURE),
            (2, t.REJECTION_REASON_KIND_MISSING),
        ]
        assert '"door"' in found.rejected_events[0].payload_json
        again = pb.ReprocessRejectedEventsRequest(session_id=headset.session_id)
        done = await harness.call(query.ReprocessRejectedEvents, again, reader)
        assert (done.stored_count, done.rejected_count) == (0, 2)
        harness.clock.turn(timedelta(seconds=60))
        try:
            done = await harness.call(query.ReprocessRejectedEvents, again, reader)
        finally:
            harness.clock.turn(timedelta(seconds=-60))
        assert (done.stored_count, done.rejected_count) == (1, 1)
        account = await harness.call(
            query.GetIngestAccounting, pb.GetIngestAccountingRequest(session_id=headset.session_id), reader
        )
        assert (account.accounting.stored_count, account.accounting.rejected_count) == (2, 1)
        assert account.accounting.received_count == 3

    async def test_what_stays_rejected_does_not_stand_before_what_is_good(
        self, harness, query, headset, reader, monkeypatch
    ):
        from services.telemetry.operations import query as module

        monkeypatch.setattr(module, "MAX_REPROCESSED", 3)
        soon = [event(time_us=now_us() + 90_000_000, object=f"door {n}") for n in range(5)]
        await headset.write(headset.batch(events=[*[t.Event(time_us=5)] * 7, *soon]))
        await headset.write(headset.batch(stream=1, events=[t.Event(time_us=5), *soon[:1]]))
        again = pb.ReprocessRejectedEventsRequest(session_id=headset.session_id)
        harness.clock.turn(timedelta(seconds=60))
        try:
            done = [await harness.call(query.ReprocessRejectedEvents, again, reader) for _ in range(3)]
        finally:
            harness.clock.turn(timedelta(seconds=-60))
        assert [(d.stored_count, d.rejected_count) for d in done] == [(3, 11), (3, 8), (0, 8)]

    async def test_what_is_taken_again_after_the_end_is_in_the_presence(self, harness, query, headset, reader):
        """Of the property too: what sessions are added up from was written when this one ended."""
        start = now_us() + 90_000_000
        moves = [
            event(t.EVENT_KIND_ZONE_ENTER, time_us=start, zone="hall"),
            event(t.EVENT_KIND_ZONE_EXIT, time_us=start + 5_000_000, zone="hall"),
        ]
        await headset.write(headset.batch(events=moves))
        harness.clock.turn(timedelta(seconds=120))
        try:
            await headset.finish()
            again = pb.ReprocessRejectedEventsRequest(session_id=headset.session_id)
            assert (await harness.call(query.ReprocessRejectedEvents, again, reader)).stored_count == 2
        finally:
            harness.clock.turn(timedelta(seconds=-120))
        request = pb.GetPropertyEngagementRequest(property_id=headset.property_id)
        (zone,) = (await harness.call(query.GetPropertyEngagement, request, reader)).engagement.zones
        dwell = pb.GetZoneDwellRequest(session_id=headset.session_id)
        assert [zone] == list((await harness.call(query.GetZoneDwell, dwell, reader)).zones)
        assert (zone.zone, zone.visit_count, us(zone.presence)) == ("hall", 1, 5_000_000)

    async def test_dwell_outlasts_the_days_of_the_session(self, harness, query, visit, reader, rows):
        """Events are dropped with their days; what they added up to stays."""
        await visit.finish()
        request = pb.GetZoneDwellRequest(session_id=visit.session_id)
        before = await harness.call(query.GetZoneDwell, request, reader)
        await rows.execute(
            "DELETE FROM telemetry.events WHERE session_key = "
            "(SELECT session_key FROM telemetry.sessions WHERE session_id = $1)",
            visit.session_id,
        )
        assert await harness.call(query.GetZoneDwell, request, reader) == before
        assert sum(us(z.presence) for z in before.zones) > 30_000_000

    async def test_sessions_of_a_property_that_end_at_once_are_added_up(self, harness, headset, organization, rows):
        """Whoever keeps the totals of the highest count has all sessions in them."""
        others = [headset.resume() for _ in range(5)]
        for other in others:
            other.session_id = str(uuid4())
            await other.connect()
        await asyncio.gather(*(one.finish() for one in (headset, *others)))
        payloads = await rows.fetch(
            "SELECT payload FROM telemetry.outbox WHERE type LIKE '%SessionEnded' AND key = $1", headset.property_id
        )
        counts = sorted(SessionEnded.FromString(row[0]).property_session_count for row in payloads)
        assert counts == [1, 2, 3, 4, 5, 6]


class TestStreams:
    async def test_replay_of_streams_that_recorded_at_once(self, harness, query, headset, reader, monkeypatch):
        """Two recorders, whose parts lie across one another."""
        monkeypatch.setattr(replay, "CHUNKS", 2)
        start = now_us() - 60_000_000
        for part in range(4):
            for stream in range(3):
                at = start + part * 1_000_000 + stream * 5_000
                await headset.write(headset.batch(stream=stream, pose=pose(120, at, 100), events=[event(time_us=at)]))
        call = query.ReplaySession(
            pb.ReplaySessionRequest(session_id=headset.session_id), metadata=harness.metadata(reader)
        )
        steps = (await drain(call))[:-1]
        times = [us((s.pose if s.WhichOneof("step") == "pose" else s.event).time) for s in steps]
        assert times == sorted(times)
        assert len(times) == 4 * 3 * 121

    async def test_replay(self, harness, query, visit, reader):
        call = query.ReplaySession(
            pb.ReplaySessionRequest(session_id=visit.session_id), metadata=harness.metadata(reader)
        )
        steps = await drain(call)
        assert steps[-1].end.reason == "complete"
        times = [us((s.pose if s.WhichOneof("step") == "pose" else s.event).time) for s in steps[:-1]]
        assert times == sorted(times)
        assert len(times) == 305

    async def test_watch_from_the_beginning_live_and_to_the_end(self, harness, query, visit, reader):
        call = query.WatchSession(
            pb.WatchSessionRequest(session_id=visit.session_id, after_sequence="0"), metadata=harness.metadata(reader)
        )
        updates = []

        async def follow():
            updates.extend([update async for update in call])

        task = asyncio.create_task(follow())
        for _ in range(20):
            await visit.write(visit.batch(events=[event()], stream=3))
        await visit.finish()
        await asyncio.wait_for(task, 60)
        kinds = [u.WhichOneof("update") for u in updates if u.WhichOneof("update") != "heartbeat"]
        assert kinds == ["batch"] * 22 + ["ended", "end"]
        parts = [(u.batch.stream, u.batch.part) for u in updates if u.WhichOneof("update") == "batch"]
        assert sorted(parts) == sorted(set(parts))
        assert updates[-1].end.reason == "complete"

    async def test_watch_resumes_without_gap_or_repetition(self, harness, query, headset, reader):
        seen, sequence = [], "0"

        async def write():
            for n in range(60):
                await headset.write(headset.batch(events=[event(name=str(n))], stream=n % 3))
            await headset.finish()

        writing = asyncio.create_task(write())
        ended = False
        while not ended:
            call = query.WatchSession(
                pb.WatchSessionRequest(session_id=headset.session_id, after_sequence=sequence),
                metadata=harness.metadata(reader),
            )
            count = 0
            async for update in call:
                if update.WhichOneof("update") == "batch":
                    seen += [e.name for e in update.batch.events]
                    sequence = update.sequence
                    count += 1
                ended = ended or update.WhichOneof("update") == "end"
                if count == 7:
                    call.cancel()
                    break
        await writing
        assert sorted(seen, key=int) == [str(n) for n in range(60)]

    async def test_watch_of_an_ended_session_ends(self, harness, query, visit, reader):
        await visit.finish()
        for _ in range(2):
            call = query.WatchSession(
                pb.WatchSessionRequest(session_id=visit.session_id), metadata=harness.metadata(reader)
            )
            updates = await asyncio.wait_for(drain(call), 60)
            assert [u.WhichOneof("update") for u in updates] == ["heartbeat", "ended", "end"]

    @pytest.mark.parametrize("sequence", ["nonsense", "0.999", "1.1"])
    async def test_watch_with_a_sequence_of_nobody(self, harness, query, visit, reader, sequence):
        call = query.WatchSession(
            pb.WatchSessionRequest(session_id=visit.session_id, after_sequence=sequence),
            metadata=harness.metadata(reader),
        )
        with pytest.raises(grpc.aio.AioRpcError) as error:
            await drain(call)
        assert Refusal.of(error.value).reason == "INVALID_FIELDS"


SESSION_RPCS = [
    "GetZoneDwell",
    "GetGazeHeatmap",
    "GetSessionPath",
    "GetAttention",
    "GetIngestAccounting",
    "ListSessionEvents",
    "ListZoneEvents",
    "ListRejectedEvents",
    "ReprocessRejectedEvents",
    "ReplaySession",
    "WatchSession",
]


class TestIsolation:
    @pytest.mark.parametrize("name", SESSION_RPCS)
    async def test_others_learn_nothing(self, harness, query, visit, stranger, name):
        """Somebody else's session and one that never was: the same answer."""
        answers = []
        for session_id in (visit.session_id, str(uuid4())):
            request = getattr(pb, f"{name}Request")(session_id=session_id)
            if name == "ListZoneEvents":
                request.zone = "kitchen"
            call = getattr(query, name)(request, metadata=harness.metadata(stranger))
            with pytest.raises(grpc.aio.AioRpcError) as error:
                await (drain(call) if name in ("ReplaySession", "WatchSession") else call)
            refusal = Refusal.of(error.value)
            answers.append((refusal.code, refusal.reason, refusal.message))
        assert answers[0] == answers[1]
        assert answers[0][:2] == (grpc.StatusCode.NOT_FOUND, "SESSION_NOT_FOUND")

    async def test_lists_and_figures_of_others_are_empty(self, harness, sessions, query, visit, stranger):
        assert not (await harness.call(sessions.ListSessions, spb.ListSessionsRequest(), stranger)).sessions
        request = pb.GetPropertyEngagementRequest(property_id=visit.property_id)
        found = (await harness.call(query.GetPropertyEngagement, request, stranger)).engagement
        assert (found.session_count, len(found.zones), len(found.objects)) == (0, 0, 0)
        with pytest.raises(grpc.aio.AioRpcError) as error:
            await harness.call(sessions.GetSession, spb.GetSessionRequest(session_id=visit.session_id), stranger)
        assert Refusal.of(error.value).reason == "SESSION_NOT_FOUND"

    async def test_the_right_to_ingest_is_not_the_right_to_read(self, harness, sessions, organization):
        token = harness.token(organization_id=organization, permissions=["telemetry.ingest"])
        with pytest.raises(grpc.aio.AioRpcError) as error:
            await harness.call(sessions.ListSessions, spb.ListSessionsRequest(), token)
        assert Refusal.of(error.value).reason == "PERMISSION_MISSING"


class TestHousekeeping:
    async def test_silent_sessions_are_abandoned(self, harness, sessions, visit, organization, reader):
        from services.chassis.actor import SYSTEM, system_for
        from services.telemetry.operations.session import ABANDONED_AFTER, abandon_session
        from services.telemetry.repository.session import SessionRepository

        database = harness.resources.database("telemetry")
        now = harness.clock.now()
        async with database.read(SYSTEM) as tx:
            fresh = await SessionRepository(tx).idle_since(now - ABANDONED_AFTER, 10_000)
            later = await SessionRepository(tx).idle_since(now + timedelta(seconds=1), 10_000)
        mine = (organization, UUID(visit.session_id))
        assert mine not in fresh
        assert mine in later
        async with database.transaction(system_for(organization)) as tx:
            await abandon_session(tx, mine[1], now=now + ABANDONED_AFTER)
        found = await harness.call(sessions.GetSession, spb.GetSessionRequest(session_id=visit.session_id), reader)
        assert found.session.state == session_pb2.SESSION_STATE_ABANDONED
        ack = await visit.write(visit.batch(events=[event()]))
        assert ack.refusal == t.REFUSAL_REASON_SESSION_ENDED
