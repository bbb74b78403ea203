"""A headset without a head: talks to Doorstep as an Unreal game with TurboLink would, quirks included.

TurboLink marshals every submessage as present, sends the first member of a oneof where none was chosen, and learns of
a failed call only its code and text.
"""

import asyncio
import time
from typing import Any
from uuid import UUID, uuid4

import grpc
from google.protobuf.message import Message

from doorstep.vr.v1 import ingest_service_pb2 as pb
from doorstep.vr.v1 import ingest_service_pb2_grpc, tracking_pb2
from services.chassis.testing import overtaken


def now_us() -> int:
    return time.time_ns() // 1000


def as_turbolink(message: Message) -> Message:
    """Make every submessage present, and every oneof chosen."""
    for field in message.DESCRIPTOR.fields:
        if field.type != field.TYPE_MESSAGE:
            continue
        if field.is_repeated:
            if not field.message_type.GetOptions().map_entry:
                for one in getattr(message, field.name):
                    as_turbolink(one)
        elif field.containing_oneof is None:
            getattr(message, field.name).SetInParent()
            as_turbolink(getattr(message, field.name))
    for oneof in message.DESCRIPTOR.oneofs:
        chosen = message.WhichOneof(oneof.name)
        if chosen is None:
            getattr(message, oneof.fields[0].name).SetInParent()
        elif message.DESCRIPTOR.fields_by_name[chosen].message_type is not None:
            as_turbolink(getattr(message, chosen))
    return message


def pose(count: int, start_us: int | None = None, hz: int = 90) -> tracking_pb2.PoseTrack:
    start = start_us or now_us() - count * 1_000_000 // hz
    return tracking_pb2.PoseTrack(
        time_us=[start + n * 1_000_000 // hz for n in range(count)],
        position_x=[n * 1.0 for n in range(count)],
        position_y=[0.0] * count,
        position_z=[160.0] * count,
        orientation_x=[0.0] * count,
        orientation_y=[0.0] * count,
        orientation_z=[0.0] * count,
        orientation_w=[1.0] * count,
    )


def gaze(
    count: int, start_us: int | None = None, *, zone: int = 1, thing: int = 0, step_us: int = 10_000
) -> tracking_pb2.GazeTrack:
    start = start_us or now_us() - count * step_us
    return tracking_pb2.GazeTrack(
        time_us=[start + n * step_us for n in range(count)],
        direction_x=[1.0] * count,
        direction_y=[0.0] * count,
        direction_z=[0.0] * count,
        zone=[zone] * count,
        object=[thing] * count,
    )


def event(kind: int = tracking_pb2.EVENT_KIND_INTERACTION, **fields: Any) -> tracking_pb2.Event:
    return tracking_pb2.Event(**{"kind": kind, "time_us": now_us(), **fields})


class Headset:
    """One session over one connection; `resume()` makes the connection after it."""

    def __init__(
        self,
        channel: grpc.aio.Channel,
        metadata: list[tuple[str, str]],
        *,
        session_id: UUID | None = None,
        property_id: UUID | None = None,
        system: int = tracking_pb2.COORDINATE_SYSTEM_UNREAL,
    ) -> None:
        self.channel = channel
        self.metadata = metadata
        self.session_id = str(session_id or uuid4())
        self.property_id = str(property_id or uuid4())
        self.system = system
        self.parts: dict[int, int] = {}
        self.call: Any = None
        self.welcome = pb.Welcome()

    async def connect(self) -> pb.Welcome:
        hello = pb.Hello(
            session_id=self.session_id,
            property_id=self.property_id,
            coordinate_system=self.system,
            device_model="Conformance 1",
        )
        answer = await self._answer(pb.ConnectRequest(hello=hello))
        assert answer.WhichOneof("body") == "welcome", answer
        self.welcome = answer.welcome
        self.parts = {p.stream: p.durable_part for p in answer.welcome.positions}
        return answer.welcome

    async def _answer(self, first: pb.ConnectRequest) -> pb.ConnectResponse:
        stub = ingest_service_pb2_grpc.IngestServiceStub(self.channel)
        while True:
            self.call = stub.Connect(metadata=self.metadata)
            try:
                await self.call.write(as_turbolink(first))
                return await self.receive()
            except grpc.aio.AioRpcError as error:
                if not overtaken(error):
                    raise

    def resume(self, channel: grpc.aio.Channel | None = None) -> "Headset":
        return Headset(
            channel or self.channel,
            self.metadata,
            session_id=UUID(self.session_id),
            property_id=UUID(self.property_id),
            system=self.system,
        )

    async def send(self, **body: Any) -> None:
        await self.call.write(as_turbolink(pb.ConnectRequest(**body)))

    async def receive(self) -> pb.ConnectResponse:
        answer = await asyncio.wait_for(self.call.read(), 60)
        assert answer is not grpc.aio.EOF, "the server closed the stream"
        return answer

    def batch(self, *, stream: int = 0, part: int | None = None, **fields: Any) -> tracking_pb2.TrackingBatch:
        if part is None:
            part = self.parts[stream] = self.parts.get(stream, 0) + 1
        return tracking_pb2.TrackingBatch(
            session_id=self.session_id, stream=stream, part=part, sent_at_us=now_us(), **fields
        )

    async def write(self, batch: tracking_pb2.TrackingBatch) -> tracking_pb2.BatchAck:
        await self.send(batch=batch)
        answer = await self.receive()
        assert answer.WhichOneof("body") == "ack", answer
        return answer.ack

    async def finish(self, recorded: int = 0) -> pb.Finished:
        await self.send(finish=pb.Finish(recorded_count=recorded))
        answer = await self.receive()
        assert answer.WhichOneof("body") == "finished", answer
        assert await self.call.read() is grpc.aio.EOF
        return answer.finished

    def cut(self) -> None:
        self.call.cancel()
