"""One headset's stream: reads, queues, and acknowledges in order what is committed.

Reading and answering are two tasks with a bounded queue between them. When it is full nothing is read, and gRPC's flow
control holds the headset back: a slow database makes slow headsets, not a large process.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, NamedTuple

import grpc
import structlog

from doorstep.vr.v1 import ingest_service_pb2 as pb
from doorstep.vr.v1 import tracking_pb2
from services.chassis.actor import current_actor
from services.chassis.clock import Clock
from services.chassis.db.database import Database
from services.chassis.errors import DoorstepError, InvalidFields
from services.chassis.failpoints import failpoint
from services.chassis.interceptors.validate import check
from services.telemetry import wire
from services.telemetry.clock_offset import Offset, better
from services.telemetry.errors import SessionConflict
from services.telemetry.events import microseconds
from services.telemetry.mapping import vr as mapping
from services.telemetry.operations.ingest import Ingest, Known, Pending
from services.telemetry.operations.session import end_session, heartbeat, may_begin, start_session
from services.telemetry.repository.committer import Outcome
from services.telemetry.servicer.offer import offer
from services.telemetry.validation import Fault

_log = structlog.get_logger("doorstep.telemetry.stream")

BEAT_SECONDS = 600
"""Pings come every few seconds; a session is abandoned after hours. So often they are noted as signs of life."""

_NOT_YET = pb.Notice(
    reason=tracking_pb2.REFUSAL_REASON_UNAVAILABLE,
    message="the session goes on: batches before the finish are not committed; connect again and send them again",
    retry_after_ms=mapping.RETRY_MS,
    closing=True,
)

Step = Callable[[], Awaitable[pb.ConnectResponse]]


class Taken(NamedTuple):
    """A batch whose acknowledgement is owed: a step like others, but there is one for every batch."""

    known: Known
    pending: Pending
    size: int
    """Events and samples in it."""


class Stream:
    """One call of `Connect`."""

    def __init__(
        self, database: Database, clock: Clock, ingest: Ingest, context: grpc.aio.ServicerContext[Any, Any]
    ) -> None:
        """Serve one call."""
        self._database = database
        self._clock = clock
        self._ingest = ingest
        self._context = context
        self._actor = current_actor()
        self._known: Known | None = None
        self._session_id = ""
        self._offset: Offset | None = None
        self._owed: dict[int, int] = {}
        """By stream: the last part that the headset was asked to send again, for no fault of its own."""
        self._answers: asyncio.Queue[Step | Taken | None] = asyncio.Queue(mapping.MAX_UNACKNOWLEDGED)
        self._beat_due = time.monotonic() + BEAT_SECONDS
        self._closing = False

    async def run(self, requests: AsyncIterator[bytes], draining: asyncio.Event) -> None:
        """Serve until the headset, or we, have had enough; when `draining`, ask it to connect again."""
        writer = asyncio.create_task(self._write())
        reader = asyncio.create_task(self._read(requests))
        stop = asyncio.create_task(draining.wait())
        try:
            await asyncio.wait((reader, writer, stop), return_when=asyncio.FIRST_COMPLETED)
            if stop.done() and not reader.done() and not writer.done():
                reader.cancel()
                await asyncio.wait((reader,))
                # Behind the acknowledgements: what was read before is still answered.
                await self._notice(
                    tracking_pb2.REFUSAL_REASON_RECONNECT, "the server stops: connect again", closing=True
                )
            if reader.done() and not writer.done():
                await self._answers.put(None)
                await writer
            for task in (reader, writer):
                if task.done() and not task.cancelled() and (error := task.exception()) is not None:
                    raise error
        finally:
            stop.cancel()
            for task in (reader, writer):
                task.cancel()
            await asyncio.gather(reader, writer, stop, return_exceptions=True)

    async def _read(self, requests: AsyncIterator[bytes]) -> None:
        async for raw in requests:
            await self._handle(raw)
            if self._closing:
                return

    async def _write(self) -> None:
        while (step := await self._answers.get()) is not None:
            if isinstance(step, Taken):
                answer = await self._ingest.answer(*step)
                if answer.outcome is Outcome.UNAVAILABLE:
                    self._owes(answer.stream, answer.part)
                await self._context.write(mapping.acknowledgement(self._session_id.encode(), answer))
                await failpoint("after_ack")
            else:
                await self._context.write((await step()).SerializeToString())

    async def _say(self, response: pb.ConnectResponse) -> None:
        async def step() -> pb.ConnectResponse:
            return response

        await self._answers.put(step)

    async def _notice(
        self, reason: tracking_pb2.RefusalReason, message: str, *, closing: bool = False, retry_after_ms: int = 0
    ) -> None:
        self._closing = self._closing or closing
        notice = pb.Notice(reason=reason, message=message, closing=closing, retry_after_ms=retry_after_ms)
        await self._say(pb.ConnectResponse(notice=notice))

    async def _handle(self, raw: bytes) -> None:
        try:
            message = wire.parse_connect(raw)
        except wire.Malformed:
            if self._known is not None:
                await self._ingest.refused(self._known, Fault.MALFORMED, 0)
            await self._notice(tracking_pb2.REFUSAL_REASON_MALFORMED, "the message cannot be read")
            return
        if isinstance(message, wire.Batch):
            await self._batch(message, len(raw))
            return
        received_us = microseconds(self._clock.now())
        match message.WhichOneof("body"):
            case "hello":
                await self._hello(message.hello)
            case "ping":
                await self._ping(message.ping, received_us)
            case "finish":
                await self._finish(message.finish)
            case _:
                pass  # nothing, or something of a newer client: harmless

    async def _hello(self, hello: pb.Hello) -> None:
        if self._known is not None:
            await self._notice(tracking_pb2.REFUSAL_REASON_HELLO_EXPECTED, "only the first message may be a hello")
            return
        try:
            check(hello)
            new, asked = may_begin(mapping.new_session(hello), now=self._clock.now()), time.monotonic()
            async with self._database.fast_write(self._actor) as connection:
                started = await start_session(connection, self._actor, new)
        except InvalidFields as error:
            text = "; ".join(f"{v.field}: {v.description}" for v in error.violations)
            await self._notice(tracking_pb2.REFUSAL_REASON_INVALID, text or error.text, closing=True)
            return
        except SessionConflict as error:
            await self._notice(tracking_pb2.REFUSAL_REASON_SESSION_CONFLICT, error.text, closing=True)
            return
        self._known = self._ingest.remember(self._actor, started.session, started.positions, asked)
        self._session_id = str(started.session.session_id)
        welcome = mapping.welcome(started, microseconds(self._clock.now()))
        await self._say(pb.ConnectResponse(welcome=welcome))

    async def _batch(self, batch: wire.Batch, size: int) -> None:
        known = self._known
        if known is None:
            text = "say hello first"
            await self._notice(tracking_pb2.REFUSAL_REASON_HELLO_EXPECTED, text, closing=True)
            return
        count = batch.count
        offered = await offer(self._ingest, known, batch, size)
        if isinstance(offered, Pending):
            await self._answers.put(Taken(known, offered, count))
        else:
            if offered.refusal == tracking_pb2.REFUSAL_REASON_OVERLOADED:
                self._owes(batch.stream, batch.part)
            await self._say(pb.ConnectResponse(ack=offered))

    def _is_owed_batches(self, known: Known) -> bool:
        tracks = ((known.tracks.get(stream), part) for stream, part in self._owed.items())
        return any(track is None or (track.durable < part and not track.closed) for track, part in tracks)

    def _owes(self, stream: int, part: int) -> None:
        self._owed[stream] = max(part, self._owed.get(stream, 0))

    async def _ping(self, ping: pb.Ping, received_us: int) -> None:
        best = better(self._offset, mapping.exchange(ping))
        known, changed = self._known, best != self._offset
        if known is not None and (changed or time.monotonic() > self._beat_due):
            self._beat_due = time.monotonic() + BEAT_SECONDS
            async with self._database.transaction(self._actor) as tx:
                best = await heartbeat(tx, known.session_id, best if changed else None) or best
        self._offset = best

        async def step() -> pb.ConnectResponse:
            pong = mapping.pong(ping, received_us, microseconds(self._clock.now()), best)
            return pb.ConnectResponse(pong=pong)

        await self._answers.put(step)

    async def _finish(self, finish: pb.Finish) -> None:
        known = self._known
        if known is None:
            await self._notice(tracking_pb2.REFUSAL_REASON_HELLO_EXPECTED, "say hello first", closing=True)
            return
        self._closing = True

        async def step() -> pb.ConnectResponse:
            # Runs after the acknowledgements before it: what they acknowledge is in the account.
            if self._is_owed_batches(known):
                return pb.ConnectResponse(notice=_NOT_YET)
            try:
                check(finish)
                async with self._database.transaction(self._actor) as tx:
                    account = await end_session(
                        tx,
                        known.session_id,
                        ended_at_us=finish.ended_at_us,
                        recorded_count=finish.recorded_count,
                        now=self._clock.now(),
                    )
            except DoorstepError as error:
                notice = pb.Notice(reason=tracking_pb2.REFUSAL_REASON_INVALID, message=error.text, closing=True)
                return pb.ConnectResponse(notice=notice)
            finished = pb.Finished(session_id=self._session_id, accounting=mapping.accounting(account))
            return pb.ConnectResponse(finished=finished)

        await self._answers.put(step)
