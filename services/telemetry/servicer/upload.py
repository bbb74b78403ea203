"""Many batches of one session over one call, and one answer."""

from collections import deque
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

from doorstep.vr.v1 import ingest_service_pb2 as pb
from doorstep.vr.v1 import tracking_pb2
from services.chassis.actor import current_actor
from services.chassis.db.database import Database
from services.chassis.errors import InvalidFields, Violation
from services.telemetry import wire
from services.telemetry.mapping import vr as mapping
from services.telemetry.operations.ingest import Ingest, Known, Pending
from services.telemetry.repository.session import SessionRepository
from services.telemetry.servicer.offer import offer
from services.telemetry.validation import Fault


def session_of(batch: wire.Batch) -> UUID:
    """The session that a batch names.

    Raises:
        InvalidFields: it names none.
    """
    try:
        return UUID(batch.session_id)
    except ValueError as error:
        raise InvalidFields(
            metadata={"fields": "batch.session_id"},
            violations=[Violation("batch.session_id", "must be a UUID", "string.uuid")],
        ) from error


class Upload:
    """One call of `IngestBatches`."""

    def __init__(self, database: Database, ingest: Ingest) -> None:
        """Serve one call."""
        self._database = database
        self._ingest = ingest
        self._known: Known | None = None
        self._waiting: deque[tuple[Pending, int]] = deque()
        self._total = pb.IngestBatchesResponse()

    async def run(self, requests: AsyncIterator[Any]) -> pb.IngestBatchesResponse:
        """Take everything, wait for its commits, and add up.

        Raises:
            InvalidFields: the first batch names no session, or there is none.
            SessionNotFound: there is no such session in the caller's organisation.
        """
        async for raw in requests:
            await self._take(raw)
            # As on a stream: what is on its way is bounded, and the headset is held back by what is not read.
            while len(self._waiting) >= mapping.MAX_UNACKNOWLEDGED:
                await self._settle()
        while self._waiting:
            await self._settle()
        known = self._known or await self._find(wire.Batch())
        async with self._database.read(current_actor()) as tx:
            positions = await SessionRepository(tx).positions(known.session_key)
        self._total.session_id = str(known.session_id)
        self._total.positions.extend(mapping.stream_positions(positions))
        return self._total

    async def _find(self, batch: wire.Batch) -> Known:
        return await self._ingest.find(current_actor(), session_of(batch))

    async def _take(self, raw: bytes) -> None:
        try:
            batch = wire.parse_ingest_batch(raw)
        except wire.Malformed as error:
            known = self._known = self._known or await self._find(wire.Batch())
            await self._ingest.refused(known, Fault.MALFORMED, 0)
            self._refuse(mapping.refused(str(known.session_id), 0, 0, Fault.MALFORMED, str(error)))
            return
        known = self._known = self._known or await self._find(batch)
        offered = await offer(self._ingest, known, batch, len(raw))
        if isinstance(offered, Pending):
            self._waiting.append((offered, batch.count))
        else:
            self._refuse(offered)

    async def _settle(self) -> None:
        known = self._known
        assert known is not None  # noqa: S101 - what waits belongs to a session
        pending, count = self._waiting.popleft()
        answer = await self._ingest.answer(known, pending, count)
        ack = mapping.ack(str(known.session_id), answer)
        if ack.outcome == tracking_pb2.BATCH_OUTCOME_REFUSED:
            self._refuse(ack)
            return
        self._total.committed_count += 1
        self._total.stored_count += ack.stored_count
        self._total.duplicate_count += ack.duplicate_count
        self._total.rejected_count += ack.rejected_count

    def _refuse(self, ack: tracking_pb2.BatchAck) -> None:
        if not self._total.refused_count:
            self._total.first_refused.CopyFrom(ack)
        self._total.refused_count += 1
