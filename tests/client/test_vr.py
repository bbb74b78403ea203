"""The writer of visits: whatever happens to the connection, every event arrives once."""

import asyncio
import struct
import threading
from collections.abc import AsyncIterator
from typing import Any

import grpc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorstep.vr.v1 import ingest_service_pb2 as vr
from doorstep.vr.v1 import ingest_service_pb2_grpc
from doorstep_client import DeadlineExceeded, Doorstep, DoorstepError, DoorstepSync, FailedPrecondition, Unavailable
from doorstep_client.api.doorstep.vr.v1 import CoordinateSystem, EventKind
from doorstep_client.vr import Limits, SessionWriter
from doorstep_client.vr.outbox import Outbox, connect_request
from tests.client.ingesting import Ingest, KillStream, Outcome, Refusal
from tests.client.serving import served

PROPERTY = "01890000-0000-7000-8000-000000000001"
SMALL = Limits(batch_items=10, batch_seconds=0.02, unacknowledged=8)


@pytest.fixture
async def ingest() -> Ingest:
    return Ingest()


def add(ingest: Ingest) -> Any:
    return lambda server: ingest_service_pb2_grpc.add_IngestServiceServicer_to_server(ingest, server)


@pytest.fixture
async def client(ingest: Ingest) -> AsyncIterator[Doorstep]:
    async with served(add(ingest)) as (_, port), Doorstep(f"http://127.0.0.1:{port}", api_key="ds_dev_1") as found:
        yield found


def writer_of(client: Doorstep, **named: Any) -> SessionWriter:
    settings = {"property_id": PROPERTY, "coordinate_system": CoordinateSystem.OPENXR, "limits": SMALL, **named}
    return client.vr.session(**settings)


async def record(writer: SessionWriter, count: int, start: int = 0) -> list[str]:
    names = [f"event-{n}" for n in range(start, start + count)]
    for name in names:
        await writer.event(EventKind.CUSTOM, name=name)
    return names


async def test_everything_arrives_in_order(ingest: Ingest, client: Doorstep) -> None:
    async with writer_of(client, participant_id="p-1") as writer:
        names = await record(writer, 95)
        accounting = await writer.close()
    assert ingest.names == names
    assert (accounting.stored_count, accounting.declared_count) == (95, 95)
    assert writer.accounting == accounting
    assert ingest.headers[0]["x-api-key"] == "ds_dev_1"
    assert (ingest.hellos[0].property_id, ingest.hellos[0].participant_id) == (PROPERTY, "p-1")
    assert ingest.ended is not None
    assert ingest.ended.session_id == writer.session_id


async def test_samples_become_columns(ingest: Ingest, client: Doorstep) -> None:
    async with writer_of(client) as writer:
        await writer.pose((0.0, 0.0, 0.0, 1.0), (1.0, 2.0, 3.0), time_us=10)
        await writer.pose((0.0, 1.0, 0.0, 0.0), (4.0, 5.0, 6.0), time_us=20)
        await writer.gaze((0.0, 0.0, -1.0), zone="kitchen", object="sink", time_us=20)
        await writer.gaze((0.0, 0.0, -1.0), zone="kitchen", time_us=30)
        await writer.gaze((0.0, 0.0, -1.0), time_us=40)
        await writer.pose((0.0, 0.0, 0.0, 1.0), time_us=50)
    first, second = ingest.parts
    assert (list(first.pose.time_us), list(first.pose.position_y)) == ([10, 20], [2.0, 5.0])
    assert list(first.pose.orientation_w) == [1.0, 0.0]
    assert (list(first.zones), list(first.gaze.zone)) == (["kitchen"], [1, 1, 0])
    assert (list(first.objects), list(first.gaze.object)) == (["sink"], [1, 0, 0])
    assert list(first.gaze.hit_x) == []
    # A track has positions or has none: the sample without one begins another part.
    assert (list(second.pose.time_us), list(second.pose.position_x)) == ([50], [])


async def test_a_number_of_nobody_costs_itself_and_not_the_visit(ingest: Ingest, client: Doorstep) -> None:
    """Too large for 32 bits: a glitch of an engine. The server rejects what is infinite by itself."""
    async with writer_of(client) as writer:
        await writer.event(EventKind.CUSTOM, name="one", position=(1e300, -1e39, 1.0))
        await writer.pose((1e300, 0.0, 0.0, 1.0), (0.0, -1e300, 0.0))
        await writer.gaze((0.0, 0.0, -1e300), (float("nan"), 1e39, 0.0))
    (part,) = ingest.parts
    assert (part.events[0].x, part.events[0].y, part.events[0].z) == (float("inf"), -float("inf"), 1.0)
    assert (list(part.pose.orientation_x), list(part.pose.position_y)) == ([float("inf")], [-float("inf")])
    assert (list(part.gaze.direction_z), list(part.gaze.hit_y)) == ([-float("inf")], [float("inf")])


@pytest.mark.parametrize("name", ["x" * 101, "\u20ac" * 34, "a\0b"])
async def test_a_name_that_would_cost_the_visit_is_not_recorded(ingest: Ingest, client: Doorstep, name: str) -> None:
    """Of samples the server takes names for all of a part, or refuses it whole."""
    async with writer_of(client) as writer:
        for names in ({"zone": name}, {"object": name}):
            with pytest.raises(ValueError, match="at most 100 bytes"):
                await writer.gaze((0.0, 0.0, -1.0), **names)
        await writer.gaze((0.0, 0.0, -1.0), zone="x" * 100)
        accounting = await writer.close()
    (part,) = ingest.parts
    assert (list(part.zones), len(part.gaze.time_us)) == (["x" * 100], 1)
    assert accounting.declared_count == 1


async def test_a_part_that_is_not_full_is_sent_after_a_while(ingest: Ingest, client: Doorstep) -> None:
    async with writer_of(client) as writer:
        await record(writer, 3)
        await writer._stream.until(lambda: writer.progress.acknowledged == 3, 30)
        assert ingest.durable == 1


@pytest.mark.parametrize("when", ["before_commit", "before_ack"])
async def test_a_killed_stream_loses_nothing_and_doubles_nothing(ingest: Ingest, client: Doorstep, when: str) -> None:
    kills = {3, 4, 17, 30}

    def kill(batch: Any) -> None:
        if batch.part in kills:
            kills.remove(batch.part)
            raise KillStream

    setattr(ingest, when, kill)
    async with writer_of(client) as writer:
        names = await record(writer, 400)
    assert ingest.names == names
    assert not kills
    assert writer.progress.connections == 5
    assert writer.progress.acknowledged == 400
    assert writer.progress.kept_bytes == 0


async def test_nothing_is_sent_before_the_server_has_said_how_far_it_is(ingest: Ingest, client: Doorstep) -> None:
    async with writer_of(client) as writer:
        greeted, go = asyncio.Event(), asyncio.Event()

        async def later(hello: Any) -> None:
            greeted.set()
            await go.wait()

        ingest.on_hello = later

        def kill(batch: Any) -> None:
            ingest.before_ack = lambda batch: None
            raise KillStream

        ingest.before_ack = kill
        names = await record(writer, 10)
        await greeted.wait()
        names += await record(writer, 30, 10)
        for _ in range(50):
            await asyncio.sleep(0)
        assert list(writer._stream.outbox._in_flight) == [1]  # as before: nothing was taken
        go.set()
        await writer.close()
    assert ingest.names == names
    assert ingest.duplicates == 0


async def test_a_server_that_restarts(ingest: Ingest) -> None:
    async with (
        served(add(ingest)) as (server, port),
        Doorstep(f"http://127.0.0.1:{port}", api_key="k") as client,
        writer_of(client) as writer,
    ):
        names = await record(writer, 100)
        await writer._stream.until(lambda: ingest.durable >= 2, 30)
        await server.stop(None)
        names += await record(writer, 100, 100)  # kept meanwhile
        async with served(add(ingest), port=port):
            names += await record(writer, 100, 200)
            await writer.close()
    assert ingest.names == names
    assert writer.progress.connections >= 2


async def test_refused_for_now_is_sent_again_in_order(ingest: Ingest, client: Doorstep) -> None:
    refusals = {2: 3, 7: 1}

    def overloaded(batch: Any) -> Any:
        if refusals.get(batch.part, 0):
            refusals[batch.part] -= 1
            return [
                ingest.ack(
                    batch,
                    Outcome.BATCH_OUTCOME_REFUSED,
                    refusal=Refusal.REFUSAL_REASON_OVERLOADED,
                    retry_after_ms=5,
                )
            ]
        return None

    ingest.before_commit = overloaded
    async with writer_of(client) as writer:
        names = await record(writer, 200)
    assert ingest.names == names
    assert ingest.duplicates == 0
    assert writer.progress.connections == 1


async def test_a_server_that_misses_what_it_has_acknowledged_is_left(ingest: Ingest, client: Doorstep) -> None:
    """It knows an older state of the session; what it asks for is forgotten here, because it was committed."""

    def behind(batch: Any) -> Any:
        if batch.part < 5 or len(ingest.hellos) > 1:
            return None
        ack = ingest.ack(batch, Outcome.BATCH_OUTCOME_REFUSED, refusal=Refusal.REFUSAL_REASON_OUT_OF_ORDER)
        ack.ack.durable_part = 2
        return [ack]

    ingest.before_commit = behind
    async with writer_of(client) as writer:
        names = await record(writer, 100)
    assert ingest.names == names
    assert writer.progress.connections == 2


async def test_notices_slow_down_and_move(ingest: Ingest, client: Doorstep) -> None:
    def notice(batch: Any) -> Any:
        if batch.part == 2:
            return [vr.ConnectResponse(notice=vr.Notice(reason=Refusal.REFUSAL_REASON_OVERLOADED, retry_after_ms=30))]
        if batch.part == 5:
            moving = vr.Notice(reason=Refusal.REFUSAL_REASON_RECONNECT, retry_after_ms=10, closing=True)
            return [vr.ConnectResponse(notice=moving)]
        return None

    ingest.before_ack = notice
    async with writer_of(client) as writer:
        names = await record(writer, 100)
    assert ingest.names == names
    assert writer.progress.connections == 2


async def test_recording_waits_when_memory_is_full(ingest: Ingest, client: Doorstep) -> None:
    ingest.gate.clear()
    limits = Limits(batch_items=10, batch_seconds=0.02, buffer_bytes=20_000)
    async with writer_of(client, limits=limits) as writer:
        recording = asyncio.create_task(record(writer, 2_000))
        await writer._stream.until(lambda: writer.progress.kept_bytes >= limits.buffer_bytes, 30)
        before = writer.progress.recorded
        for _ in range(20):
            await asyncio.sleep(0)
        assert writer.progress.recorded == before
        assert writer.progress.kept_bytes < limits.buffer_bytes + 2_000
        ingest.gate.set()
        names = await recording
    assert ingest.names == names


async def test_no_more_on_the_way_than_the_server_takes(ingest: Ingest, client: Doorstep) -> None:
    ingest.window = 3
    ingest.gate.clear()
    async with writer_of(client) as writer:
        await record(writer, 100)
        await writer._stream.until(lambda: len(writer._stream.outbox._in_flight) == 3, 30)
        ingest.gate.set()
    assert ingest.durable == 10


async def test_a_later_writer_goes_on(ingest: Ingest, client: Doorstep) -> None:
    first = writer_of(client)
    await first.open()
    names = await record(first, 25)
    await first.flush()
    await first.abandon()
    async with writer_of(client, session_id=first.session_id) as second:
        names += await record(second, 25, 25)
    assert ingest.names == names
    assert {hello.session_id for hello in ingest.hellos} == {first.session_id}
    assert ingest.ended is not None
    assert ingest.ended.recorded_count == 0  # what the first one recorded is not known


@pytest.mark.parametrize("reason", ["SESSION_ENDED", "SESSION_CONFLICT", "INVALID"])
async def test_a_refused_session_says_why(ingest: Ingest, client: Doorstep, reason: str) -> None:
    notice = vr.Notice(reason=f"REFUSAL_REASON_{reason}", message="no", closing=True)
    ingest.on_hello = lambda hello: vr.ConnectResponse(notice=notice)
    with pytest.raises(FailedPrecondition) as caught:
        await writer_of(client).open()
    assert caught.value.reason == reason


async def test_a_session_refused_later_tells_whoever_records(ingest: Ingest, client: Doorstep) -> None:
    ingest.before_commit = lambda batch: [
        ingest.ack(batch, Outcome.BATCH_OUTCOME_REFUSED, refusal=Refusal.REFUSAL_REASON_SESSION_ENDED)
    ]
    writer = writer_of(client)
    await writer.open()
    await record(writer, 1)
    with pytest.raises(FailedPrecondition):
        await writer.flush()
    with pytest.raises(FailedPrecondition) as caught:
        await record(writer, 1)
    assert caught.value.reason == "SESSION_ENDED"
    await writer.abandon()


async def test_nobody_there(client: Doorstep) -> None:
    async with Doorstep("http://127.0.0.1:1", api_key="k") as nowhere:
        for patience in (0.3, 3.0, 30.0):  # on a busy machine a short one may be over before anything was tried
            with pytest.raises((Unavailable, DeadlineExceeded)) as caught:
                await writer_of(nowhere).open(timeout=patience)
            if isinstance(caught.value, Unavailable):
                break
    assert caught.value.reason == "CONNECTION_LOST"


async def test_closing_in_vain_keeps_everything(ingest: Ingest, client: Doorstep) -> None:
    ingest.gate.clear()
    writer = writer_of(client)
    await writer.open()
    names = await record(writer, 30)
    with pytest.raises(DeadlineExceeded, match="30 events"):
        await writer.close(timeout=0.1)
    ingest.gate.set()
    accounting = await writer.close()
    assert (accounting.stored_count, ingest.names) == (30, names)


async def test_a_silent_connection_is_given_up(ingest: Ingest, client: Doorstep) -> None:
    limits = Limits(batch_items=10, batch_seconds=0.02, silence_seconds=0.3)
    silent = True

    def hang(batch: Any) -> None:
        nonlocal silent
        if silent:
            silent = False
            ingest.gate.clear()

    ingest.before_ack = hang
    async with writer_of(client, limits=limits) as writer:
        names = await record(writer, 40)
        await writer._stream.until(lambda: len(ingest.hellos) >= 2, 30)
        ingest.gate.set()
    assert ingest.names == names


async def test_pings_measure_the_clock(ingest: Ingest, client: Doorstep) -> None:
    async with writer_of(client, limits=Limits(ping_seconds=0.01)) as writer:
        await writer._stream.until(lambda: len(ingest.pings) >= 2, 30)
        second = ingest.pings[1]
        assert second.previous_sent_at_us == ingest.pings[0].sent_at_us
        assert (second.previous_server_received_at_us, second.previous_server_sent_at_us) == (5, 6)
        assert second.previous_received_at_us >= second.previous_sent_at_us
        assert writer.clock_offset_us == 7


async def test_refused_credentials_end_it(ingest: Ingest, client: Doorstep) -> None:
    async def refused(hello: Any) -> Any:
        raise KillStream

    ingest.on_hello = refused
    original = ingest.Connect

    async def connect(requests: Any, context: Any) -> Any:
        await context.abort(grpc.StatusCode.PERMISSION_DENIED, "no")
        yield original

    ingest.Connect = connect  # type: ignore[method-assign]
    async with served(add(ingest)) as (_, port), Doorstep(f"http://127.0.0.1:{port}", api_key="k") as denied:
        with pytest.raises(DoorstepError) as caught:
            await writer_of(denied).open()
    assert caught.value.code.name == "PERMISSION_DENIED"


class TestBlocking:
    async def test_a_visit(self, ingest: Ingest) -> None:
        kills = {2}

        def kill(batch: Any) -> None:
            if batch.part in kills:
                kills.remove(batch.part)
                raise KillStream

        ingest.before_ack = kill
        async with served(add(ingest)) as (_, port):

            def story() -> int:
                with (
                    DoorstepSync(f"http://127.0.0.1:{port}", api_key="ds_dev_2") as client,
                    client.vr.session(
                        property_id=PROPERTY, coordinate_system=CoordinateSystem.UNITY, limits=SMALL
                    ) as writer,
                ):
                    for n in range(50):
                        writer.event(EventKind.CUSTOM, name=f"event-{n}")
                    writer.pose((0.0, 0.0, 0.0, 1.0))
                    writer.gaze((0.0, 0.0, 1.0), zone="hall")
                    writer.flush()
                    assert writer.progress.acknowledged == 52
                    return writer.close().stored_count

            assert await asyncio.to_thread(story) == 52
        assert ingest.names == [f"event-{n}" for n in range(50)]
        assert ingest.headers[-1]["x-api-key"] == "ds_dev_2"
        assert not [t for t in threading.enumerate() if t.name == "doorstep-vr"]

    def test_nobody_there(self) -> None:
        with DoorstepSync("http://127.0.0.1:1", api_key="k") as client:
            for patience in (0.2, 2.0, 20.0):
                writer = client.vr.session(property_id=PROPERTY, coordinate_system=CoordinateSystem.UNITY)
                with pytest.raises((Unavailable, DeadlineExceeded)) as caught:
                    writer.open(timeout=patience)
                if isinstance(caught.value, Unavailable):
                    break
            assert isinstance(caught.value, Unavailable)
            writer.abandon()
            with pytest.raises(RuntimeError, match="closed"):
                writer.flush()


class TestOutbox:
    def test_somebody_else_on_the_stream(self) -> None:
        outbox = Outbox()
        outbox.connected(0, 4)
        outbox.seal(b"1", 1)
        with pytest.raises(FailedPrecondition) as caught:
            outbox.connected(7, 4)
        assert caught.value.reason == "STREAM_IN_USE"

    def test_a_server_that_forgot(self) -> None:
        outbox = Outbox()
        outbox.connected(0, 4)
        outbox.seal(b"1", 1)
        outbox.take()
        outbox.answered(1, 1, refused=False)
        with pytest.raises(FailedPrecondition) as caught:
            outbox.connected(0, 4)
        assert caught.value.reason == "POSITION_LOST"

    @given(st.sampled_from([0, 1, 127, 128, 16383, 16384, 70_000]))
    def test_frames_are_messages(self, length: int) -> None:
        # A batch with an unknown length-delimited field of that length: any bytes of a message will do.
        padding = b"" if not length else b"\x42" + _varint(length) + b"z" * length  # field 8: zones
        parsed = vr.ConnectRequest.FromString(connect_request(padding))
        assert parsed.WhichOneof("body") == "batch"
        assert [len(zone) for zone in parsed.batch.zones] == ([length] if length else [])

    @given(
        st.lists(st.sampled_from(["seal", "take", "ack", "refuse", "reconnect", "reconnect_committed"]), max_size=80)
    )
    def test_every_part_is_committed_once_in_order(self, steps: list[str]) -> None:
        outbox, committed, wire, sealed = Outbox(), [], [], 0
        outbox.connected(0, 4)

        def deliver(*, refuse: bool = False) -> None:
            part = wire.pop(0)
            if refuse or part > len(committed) + 1:
                outbox.answered(part, len(committed), refused=True)
                return
            if part == len(committed) + 1:
                committed.append(part)
            outbox.answered(part, len(committed), refused=False)

        def take() -> bool:
            message = outbox.take()
            if message is not None:
                wire.append(struct.unpack("<I", message[-4:])[0])
            return message is not None

        for step in steps:
            match step:
                case "seal":
                    sealed += 1
                    outbox.seal(struct.pack("<I", outbox.next_part), 1)
                case "take":
                    take()
                case "ack" if wire:
                    deliver()
                case "refuse" if wire:
                    deliver(refuse=True)
                case "reconnect":
                    wire.clear()
                    outbox.connected(len(committed), 4)
                case "reconnect_committed" if wire:
                    if wire[0] == len(committed) + 1:
                        committed.append(wire[0])
                    wire.clear()
                    outbox.connected(len(committed), 4)
            assert len(wire) <= 4
        while take() or wire:
            if wire:
                deliver()
        assert committed == list(range(1, sealed + 1))
        assert (outbox.size, outbox.items, outbox.durable) == (0, 0, sealed)


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])
