"""Plays recordings as headsets: many streams at once, resent after cuts until acknowledged, as an Unreal game would.

The home around the visitor is six rooms of 60 degrees each, with two things to look at in each; what the head points
at is the gaze, and a room that holds it for half a second is entered.
"""

import asyncio
import random
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import grpc
import numpy as np

from doorstep.vr.v1 import ingest_service_pb2 as pb
from doorstep.vr.v1 import ingest_service_pb2_grpc, tracking_pb2
from services.chassis.ids import new_id
from services.telemetry.coordinates import rotate
from services.telemetry.recordings import Recording

ROOMS = ("hallway", "bedroom", "bathroom", "living_room", "kitchen", "dining_room")
"""From behind over the left; the living room is ahead."""
THINGS = (
    "coat_rack", "mirror", "bed", "wardrobe", "bathtub", "washbasin",
    "window", "fireplace", "kitchen_island", "oven", "dining_table", "chandelier",
)  # fmt: skip
SETTLE_SECONDS = 0.5
SAMPLES_AT_ONCE = 400
"""Poses, and as many gaze samples, in a batch when played as fast as it goes."""
WINDOW = 32
"""Batches on their way without an acknowledgement."""
PATIENCE = 90.0
"""Seconds without progress after which a session is given up; a headset at home would wait for days."""
EYE_HEIGHT_CM = 160.0
_RETRYABLE = {
    grpc.StatusCode.UNAVAILABLE,
    grpc.StatusCode.CANCELLED,
    grpc.StatusCode.DEADLINE_EXCEEDED,
    grpc.StatusCode.INTERNAL,  # a killed server looks like this when its stream is reset
    grpc.StatusCode.UNKNOWN,
    grpc.StatusCode.RESOURCE_EXHAUSTED,
}


class Lost(Exception):
    """The connection ended, or is worth ending; what is committed is kept, the rest can be sent again."""


class Refused(Exception):
    """The server does not want this session; trying again would not help."""


@dataclass(slots=True)
class Tally:
    """What became of everything that was played."""

    sessions: int = 0
    failed: list[str] = field(default_factory=list)
    recorded: int = 0
    acknowledged: int = 0
    stored: int = 0
    duplicate: int = 0
    rejected: int = 0
    refused: int = 0
    received: int = 0
    missing: int = 0
    reconnects: int = 0
    seconds: float = 0.0

    @property
    def adds_up(self) -> bool:
        """Nothing is missing, and what was received is stored, duplicate, rejected or refused."""
        whole = self.stored + self.duplicate + self.rejected + self.refused
        return not self.failed and self.missing == 0 and self.received == whole


def batches(recording: Recording, session_id: str, start_us: int, samples: int) -> Iterator[tracking_pb2.TrackingBatch]:
    """Cut a recording into batches, in the axes of Unreal, beginning at `start_us` (microseconds since 1970)."""
    times = start_us + np.round(recording.seconds * 1e6).astype(np.int64)
    ahead = rotate(recording.rotations, (0, 0, -1))
    yaw = np.arctan2(ahead[0], -ahead[2])
    turn = yaw / (2 * np.pi) + 0.5
    room = np.clip((turn * len(ROOMS)).astype(np.int32), 0, len(ROOMS) - 1)
    thing = np.clip((turn * len(THINGS)).astype(np.int32), 0, len(THINGS) - 1)
    level = np.abs(ahead[1]) < 0.5  # within 30 degrees of the horizon
    events = _moves(times, room)
    x, y, z, w = recording.rotations
    for part, first in enumerate(range(0, len(times), samples), 1):
        cut = slice(first, first + samples)
        until = times[cut][-1]
        batch = tracking_pb2.TrackingBatch(session_id=session_id, part=part, zones=ROOMS, objects=THINGS)
        while events and events[0].time_us <= until:
            batch.events.append(events.popleft())
        count = len(times[cut])
        pose, gaze = batch.pose, batch.gaze
        pose.time_us.extend(times[cut].tolist())
        pose.position_x.extend([0.0] * count)
        pose.position_y.extend([0.0] * count)
        pose.position_z.extend([EYE_HEIGHT_CM] * count)
        # Ours to Unreal's: ahead, right, up = -z, x, y; the axis of a rotation also changes its sign.
        pose.orientation_x.extend(z[cut].tolist())
        pose.orientation_y.extend((-x[cut]).tolist())
        pose.orientation_z.extend((-y[cut]).tolist())
        pose.orientation_w.extend(w[cut].tolist())
        gaze.time_us.extend(times[cut].tolist())
        gaze.direction_x.extend((-ahead[2][cut]).tolist())
        gaze.direction_y.extend(ahead[0][cut].tolist())
        gaze.direction_z.extend(ahead[1][cut].tolist())
        gaze.zone.extend((room[cut] + 1).tolist())
        gaze.object.extend(np.where(level[cut], thing[cut] + 1, 0).tolist())
        yield batch


def _moves(times: np.ndarray, room: np.ndarray) -> deque[tracking_pb2.Event]:
    """Entering and leaving: a room counts once the gaze has rested there for SETTLE_SECONDS."""
    events: deque[tracking_pb2.Event] = deque()
    starts = np.flatnonzero(np.r_[True, room[1:] != room[:-1]])
    ends = np.r_[starts[1:], len(room) - 1]
    inside = ""
    for first, last in zip(starts, ends, strict=True):
        name = ROOMS[room[first]]
        if name == inside or times[last] - times[first] < SETTLE_SECONDS * 1e6:
            continue
        at = int(times[first])
        if inside:
            events.append(tracking_pb2.Event(kind=tracking_pb2.EVENT_KIND_ZONE_EXIT, time_us=at, zone=inside))
        events.append(tracking_pb2.Event(kind=tracking_pb2.EVENT_KIND_ZONE_ENTER, time_us=at, zone=name))
        inside = name
    return events


def count(batch: tracking_pb2.TrackingBatch) -> int:
    """Events and samples of a batch."""
    return len(batch.events) + len(batch.pose.time_us) + len(batch.gaze.time_us)


class Player:
    """Plays recordings into one home."""

    def __init__(
        self,
        channel: Callable[[], grpc.aio.Channel],
        credentials: Sequence[tuple[str, str]],
        property_id: UUID,
        *,
        real_time: bool,
        progress: Callable[[int], None] = lambda _count: None,
        trouble: Callable[[str], None] = lambda _text: None,
    ) -> None:
        """Prepare.

        Args:
            channel: Opens a connection.
            credentials: Metadata of every call.
            property_id: The home.
            real_time: Wait between batches as the headset would have.
            progress: Told how many events and samples were acknowledged.
            trouble: Told why a connection is made again.
        """
        self.tally = Tally()
        self._channel = channel
        self._credentials = tuple(credentials)
        self._property_id = property_id
        self._real_time = real_time
        self._progress = progress
        self._trouble = trouble

    async def play_all(self, recordings: Sequence[Recording], concurrency: int) -> Tally:
        """Play all, `concurrency` at a time."""
        waiting = deque(recordings)
        began = time.monotonic()

        async def work() -> None:
            channel = self._channel()
            try:
                while waiting:
                    recording = waiting.popleft()
                    try:
                        await self.play(channel, recording)
                    except (Refused, Lost, grpc.aio.AioRpcError) as error:
                        self.tally.failed.append(f"{recording.name}: {_text_of(error)}")
            finally:
                await channel.close(None)

        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(min(concurrency, len(recordings))):
                    group.create_task(work())
        finally:
            self.tally.seconds = time.monotonic() - began
        return self.tally

    async def play(self, channel: grpc.aio.Channel, recording: Recording) -> None:
        """Play one recording as one session.

        Raises:
            Refused: the server does not want it.
            grpc.aio.AioRpcError: the server could not be reached for PATIENCE seconds.
        """
        session_id = str(new_id())
        now_us = time.time_ns() // 1000
        start_us = now_us if self._real_time else now_us - int(recording.seconds[-1] * 1e6)
        samples = 60 if self._real_time else SAMPLES_AT_ONCE
        parts = list(batches(recording, session_id, start_us, samples))
        recorded = sum(map(count, parts))
        durable, answered, attempts, progress = 0, 0, 0, time.monotonic()
        while True:
            session = _Session(self, channel, recording, session_id, start_us)
            session.answered = answered
            before = durable
            try:
                finished = await session.run(parts, recorded)
            except (Lost, grpc.aio.AioRpcError) as error:
                durable, answered = session.durable, session.answered
                if durable > before:
                    attempts, progress = 0, time.monotonic()
                attempts += 1
                final = isinstance(error, grpc.aio.AioRpcError) and error.code() not in _RETRYABLE
                if final or time.monotonic() - progress > PATIENCE:
                    raise
                self.tally.reconnects += 1
                self._trouble(_text_of(error))
                await asyncio.sleep(random.uniform(0.05, min(2, 0.1 * 2**attempts)))  # noqa: S311 - to spread retries
                continue
            break
        self._count(recorded, finished)

    def _count(self, recorded: int, finished: pb.Finished) -> None:
        account, tally = finished.accounting, self.tally
        tally.sessions += 1
        tally.recorded += recorded
        tally.received += account.received_count
        tally.stored += account.stored_count
        tally.duplicate += account.duplicate_count
        tally.rejected += account.rejected_count
        tally.refused += account.refused_count
        tally.missing += account.missing_count

    def acknowledged(self, number: int) -> None:
        """Count what a server has taken."""
        self.tally.acknowledged += number
        self._progress(number)

    @property
    def credentials(self) -> tuple[tuple[str, str], ...]:
        """Metadata of every call."""
        return self._credentials

    @property
    def property_id(self) -> str:
        """The home."""
        return str(self._property_id)

    @property
    def real_time(self) -> bool:
        """Whether to wait between batches."""
        return self._real_time


def _text_of(error: Exception) -> str:
    return str(error.details()) if isinstance(error, grpc.aio.AioRpcError) else str(error)


class _Session:
    """One connection of one session."""

    def __init__(
        self, player: Player, channel: grpc.aio.Channel, recording: Recording, session_id: str, start_us: int
    ) -> None:
        self.durable = 0
        self._player = player
        self._recording = recording
        self._session_id = session_id
        self._start_us = start_us
        stub: Any = ingest_service_pb2_grpc.IngestServiceStub(channel)
        self._call: Any = stub.Connect(metadata=player.credentials)
        self._room = asyncio.Event()
        self._sent = 0
        self.answered = 0
        """Parts that we know to be committed, from answers or from the welcome."""

    async def run(self, parts: Sequence[tracking_pb2.TrackingBatch], recorded: int) -> pb.Finished:
        """Send what is not committed yet, and end the session."""
        try:
            hello = pb.Hello(
                session_id=self._session_id,
                property_id=self._player.property_id,
                participant_id=self._recording.participant,
                coordinate_system=tracking_pb2.COORDINATE_SYSTEM_UNREAL,
                started_at_us=self._start_us,
                device_model="Recording",
                scene=self._recording.name[:100],
            )
            await self._call.write(pb.ConnectRequest(hello=hello))
            answer = await self._read()
            if answer.WhichOneof("body") == "notice":
                raise Refused(answer.notice.message)
            self.durable = next((p.durable_part for p in answer.welcome.positions if p.stream == 0), 0)
            for part in parts[self.answered : self.durable]:  # committed, though the answer was lost
                self._player.acknowledged(count(part))
            self._sent = self.answered = self.durable
            sending = asyncio.create_task(self._send(parts))
            try:
                while self.answered < len(parts):
                    self._take(await self._read(), parts)
                await sending
            finally:
                sending.cancel()
                await asyncio.gather(sending, return_exceptions=True)
            await self._call.write(pb.ConnectRequest(finish=pb.Finish(recorded_count=recorded)))
            answer = await self._read()
            if answer.WhichOneof("body") != "finished":
                raise Refused(answer.notice.message or "the session was not ended")
            return answer.finished
        finally:
            self._call.cancel()

    async def _read(self) -> pb.ConnectResponse:
        answer = await self._call.read()
        if not isinstance(answer, pb.ConnectResponse):
            raise Lost("the server closed the stream")
        return answer

    async def _send(self, parts: Sequence[tracking_pb2.TrackingBatch]) -> None:
        while self._sent < len(parts):
            while self._sent - self.answered >= WINDOW:
                self._room.clear()
                await self._room.wait()
            batch = parts[self._sent]
            if self._player.real_time:
                await asyncio.sleep(batch.pose.time_us[-1] / 1e6 - time.time())
            self._sent += 1
            if not batch.sent_at_us:  # sent for the first time; again, it must be sent unchanged
                batch.sent_at_us = time.time_ns() // 1000
            await self._call.write(pb.ConnectRequest(batch=batch))

    def _take(self, answer: pb.ConnectResponse, parts: Sequence[tracking_pb2.TrackingBatch]) -> None:
        if answer.WhichOneof("body") == "notice":
            raise Lost(answer.notice.message) if answer.notice.closing else Refused(answer.notice.message)
        ack = answer.ack
        if ack.outcome == tracking_pb2.BATCH_OUTCOME_REFUSED:
            if ack.retry_after_ms or ack.refusal == tracking_pb2.REFUSAL_REASON_OUT_OF_ORDER:
                raise Lost(ack.message)  # connect again and go on from what is committed
            raise Refused(f"part {ack.part}: {ack.message}")
        self._player.acknowledged(count(parts[ack.part - 1]))
        # The last committed part may be ahead of the answers, which come one by one.
        self.answered = ack.part
        self.durable = max(self.durable, ack.durable_part)
        self._room.set()
