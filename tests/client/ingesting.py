"""An ingest server that commits in order, and can be told to misbehave."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import grpc

from doorstep.vr.v1 import ingest_service_pb2 as vr
from doorstep.vr.v1 import ingest_service_pb2_grpc, tracking_pb2
from tests.client.serving import refuse

Outcome = tracking_pb2.BatchOutcome
Refusal = tracking_pb2.RefusalReason


def items(batch: tracking_pb2.TrackingBatch) -> int:
    return len(batch.events) + len(batch.pose.time_us) + len(batch.gaze.time_us)


class KillStream(Exception):
    """Ends the stream without a word, as a killed server does."""


class Ingest(ingest_service_pb2_grpc.IngestServiceServicer):
    """Stores the parts of one session."""

    def __init__(self) -> None:
        self.parts: list[tracking_pb2.TrackingBatch] = []
        self.hellos: list[vr.Hello] = []
        self.headers: list[dict[str, str]] = []
        self.pings: list[vr.Ping] = []
        self.arrived: list[int] = []
        self.duplicates = 0
        self.window = 8
        self.ended: vr.EndSessionRequest | None = None
        # Hooks: called before a batch is committed and before it is acknowledged; may raise, or return an answer.
        self.before_commit: Callable[[tracking_pb2.TrackingBatch], Any] = lambda batch: None
        self.before_ack: Callable[[tracking_pb2.TrackingBatch], Any] = lambda batch: None
        self.on_hello: Callable[[vr.Hello], Any] = lambda hello: None
        self.gate = asyncio.Event()
        self.gate.set()

    @property
    def durable(self) -> int:
        return len(self.parts)

    @property
    def names(self) -> list[str]:
        return [event.name for part in self.parts for event in part.events]

    async def Connect(self, requests: AsyncIterator[vr.ConnectRequest], context: Any) -> Any:
        self.headers.append(dict(context.invocation_metadata()))
        try:
            async for request in requests:
                for answer in await self._answers(request, context):
                    yield answer
        except KillStream:
            await context.abort(grpc.StatusCode.UNAVAILABLE, "killed")

    async def _answers(self, request: vr.ConnectRequest, context: Any) -> list[vr.ConnectResponse]:
        match request.WhichOneof("body"):
            case "hello":
                self.hellos.append(request.hello)
                answer = self.on_hello(request.hello)
                if asyncio.iscoroutine(answer):
                    answer = await answer
                if answer is not None:
                    return [answer]
                position = tracking_pb2.StreamPosition(stream=0, durable_part=self.durable)
                welcome = vr.Welcome(
                    session_id=request.hello.session_id,
                    positions=[position],
                    resumed=len(self.hellos) > 1,
                    max_batch_events=1000,
                    max_unacknowledged=self.window,
                )
                return [vr.ConnectResponse(welcome=welcome)]
            case "batch":
                await self.gate.wait()
                return self._batch(request.batch)
            case "ping":
                self.pings.append(request.ping)
                pong = vr.Pong(
                    sent_at_us=request.ping.sent_at_us, server_received_at_us=5, server_sent_at_us=6, clock_offset_us=7
                )
                return [vr.ConnectResponse(pong=pong)]
        await refuse(context, grpc.StatusCode.INVALID_ARGUMENT, "MALFORMED_REQUEST")
        return []

    def _batch(self, batch: tracking_pb2.TrackingBatch) -> list[vr.ConnectResponse]:
        self.arrived.append(batch.part)
        if batch.part > self.durable + 1:
            return [self.ack(batch, Outcome.BATCH_OUTCOME_REFUSED, refusal=Refusal.REFUSAL_REASON_OUT_OF_ORDER)]
        if batch.part <= self.durable:
            assert batch == self.parts[batch.part - 1], "a part was changed before it was sent again"
            self.duplicates += 1
            return [self.ack(batch, Outcome.BATCH_OUTCOME_DUPLICATE, duplicate_count=items(batch))]
        instead = self.before_commit(batch)
        if instead is not None:
            return list(instead)
        self.parts.append(batch)
        more = self.before_ack(batch) or []
        return [*more, self.ack(batch, Outcome.BATCH_OUTCOME_STORED, stored_count=items(batch))]

    def ack(self, batch: tracking_pb2.TrackingBatch, outcome: Any, **fields: Any) -> vr.ConnectResponse:
        ack = tracking_pb2.BatchAck(part=batch.part, durable_part=self.durable, outcome=outcome, **fields)
        return vr.ConnectResponse(ack=ack)

    async def EndSession(self, request: vr.EndSessionRequest, context: Any) -> vr.EndSessionResponse:
        self.ended = request
        stored = sum(items(part) for part in self.parts)
        accounting = tracking_pb2.IngestAccounting(
            received_count=stored, stored_count=stored, declared_count=request.recorded_count
        )
        return vr.EndSessionResponse(finished=vr.Finished(session_id=request.session_id, accounting=accounting))
