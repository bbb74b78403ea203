"""doorstep.vr.v1.IngestService: streams, batches, and the beginning and end of sessions."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import grpc

from doorstep.vr.v1 import ingest_service_pb2 as pb
from doorstep.vr.v1 import ingest_service_pb2_grpc
from services.chassis.actor import current_actor
from services.chassis.clock import Clock
from services.chassis.db.database import Database
from services.chassis.errors import DependencyUnavailable, DoorstepError, InvalidFields, Violation
from services.telemetry import wire
from services.telemetry.errors import BatchEmpty, BatchMalformed, BatchTooLarge, SessionEnded
from services.telemetry.events import microseconds
from services.telemetry.mapping import vr as mapping
from services.telemetry.operations.ingest import Ingest
from services.telemetry.operations.session import end_session, heartbeat, may_begin, start_session
from services.telemetry.repository.committer import Outcome
from services.telemetry.servicer.stream import Stream
from services.telemetry.servicer.upload import Upload, session_of
from services.telemetry.validation import MAX_EVENTS, BatchRefused, Fault

Context = grpc.aio.ServicerContext[Any, Any]


class IngestServicer(ingest_service_pb2_grpc.IngestServiceServicer):
    """The way in for headsets. What carries batches gets bytes: see `wire`."""

    raw_requests = frozenset({"Connect", "IngestBatch", "IngestBatches"})

    def __init__(self, database: Database, clock: Clock, ingest: Ingest, draining: asyncio.Event) -> None:
        """Serve from `database` through `ingest`."""
        self._database = database
        self._clock = clock
        self._ingest = ingest
        self._draining = draining

    async def Connect(  # type: ignore[override]  # requests are bytes, see raw_requests
        self, requests: AsyncIterator[bytes], context: Context
    ) -> None:
        """Hand the call to its own object."""
        await Stream(self._database, self._clock, self._ingest, context).run(requests, self._draining)

    async def StartSession(self, request: pb.StartSessionRequest, context: Context) -> pb.StartSessionResponse:
        """Begin a session, or find it again."""
        actor, new = current_actor(), may_begin(mapping.new_session(request), now=self._clock.now())
        async with self._database.fast_write(actor) as connection:
            started = await start_session(connection, actor, new)
        return pb.StartSessionResponse(welcome=mapping.welcome(started, microseconds(self._clock.now())))

    async def IngestBatch(  # type: ignore[override]  # the request is bytes, see raw_requests
        self, request: bytes, context: Context
    ) -> pb.IngestBatchResponse:
        """Store one batch; answers after the commit."""
        try:
            batch = wire.parse_ingest_batch(request)
        except wire.Malformed as error:
            raise BatchMalformed from error
        known = await self._ingest.find(current_actor(), session_of(batch))
        try:
            pending = await self._ingest.take(known, batch, len(request))
        except BatchRefused as error:
            raise _error(error) from error
        answer = await self._ingest.answer(known, pending, batch.count)
        if answer.outcome is Outcome.SESSION_ENDED:
            raise SessionEnded(metadata={"allowed_states": "ACTIVE"})
        if answer.outcome is Outcome.UNAVAILABLE:
            raise DependencyUnavailable(retry_after=mapping.RETRY_MS / 1000)
        return pb.IngestBatchResponse(ack=mapping.ack(batch.session_id, answer))

    async def IngestBatches(  # type: ignore[override]  # requests are bytes, see raw_requests
        self, requests: AsyncIterator[bytes], context: Context
    ) -> pb.IngestBatchesResponse:
        """Store many batches; answers after the last commit."""
        return await Upload(self._database, self._ingest).run(requests)

    async def Heartbeat(self, request: pb.HeartbeatRequest, context: Context) -> pb.HeartbeatResponse:
        """Note a sign of life."""
        received_us = microseconds(self._clock.now())
        found = mapping.exchange(request.ping)
        async with self._database.transaction(current_actor()) as tx:
            best = await heartbeat(tx, UUID(request.session_id), found, active=True)
        now_us = microseconds(self._clock.now())
        return pb.HeartbeatResponse(pong=mapping.pong(request.ping, received_us, now_us, best))

    async def EndSession(self, request: pb.EndSessionRequest, context: Context) -> pb.EndSessionResponse:
        """End a session and account for it."""
        async with self._database.transaction(current_actor()) as tx:
            account = await end_session(
                tx,
                UUID(request.session_id),
                ended_at_us=request.ended_at_us,
                recorded_count=request.recorded_count,
                now=self._clock.now(),
            )
        finished = pb.Finished(session_id=request.session_id, accounting=mapping.accounting(account))
        return pb.EndSessionResponse(finished=finished)


def _error(refused: BatchRefused) -> DoorstepError:
    text = str(refused)
    match refused.fault:
        case Fault.EMPTY:
            return BatchEmpty()
        case Fault.TOO_LARGE:
            return BatchTooLarge(text, metadata={"max_events": str(MAX_EVENTS)})
        case Fault.INVALID:
            return InvalidFields(metadata={"fields": "batch"}, violations=[Violation("batch", text)])
        case _:
            return BatchMalformed(text)
