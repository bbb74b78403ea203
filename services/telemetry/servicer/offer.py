"""Offering a batch that came over a stream: it is taken, or refused in the words of the contract."""

from doorstep.vr.v1 import tracking_pb2
from services.telemetry.errors import IngestOverloaded
from services.telemetry.mapping import vr as mapping
from services.telemetry.operations.ingest import Ingest, Known, Pending
from services.telemetry.validation import MAX_BYTES, BatchRefused, Fault
from services.telemetry.wire import Batch


async def offer(ingest: Ingest, known: Known, batch: Batch, size: int) -> Pending | tracking_pb2.BatchAck:
    """Queue a batch of a session's stream, or say why not.

    Args:
        ingest: The way in.
        known: The session of the stream; the batch may leave its own id empty.
        batch: The batch.
        size: Length of its message in bytes.
    """
    try:
        if batch.session_id not in ("", known.text_id) and batch.session_id.lower() != known.text_id:
            await ingest.refused(known, Fault.INVALID, batch.count)
            raise BatchRefused(Fault.INVALID, "session_id is not that of the stream")
        if size > MAX_BYTES:
            await ingest.refused(known, Fault.TOO_LARGE, batch.count)
            raise BatchRefused(Fault.TOO_LARGE, f"the batch is longer than {MAX_BYTES} bytes")
        return await ingest.take(known, batch, size)
    except BatchRefused as error:
        ack = mapping.refused(known.text_id, batch.stream, batch.part, int(error.fault), str(error))
    except IngestOverloaded as error:
        ack = mapping.refused(
            known.text_id,
            batch.stream,
            batch.part,
            tracking_pb2.REFUSAL_REASON_OVERLOADED,
            error.text,
            retry_after_ms=int((error.retry_after or 1) * 1000),
        )
    track = known.tracks.get(batch.stream)
    ack.durable_part = track.durable if track is not None else 0
    return ack
