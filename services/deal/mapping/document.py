"""Documents: rows to messages."""

from doorstep.deal.v1 import document_pb2 as pb
from services.chassis.mapping import to_time
from services.deal.models.document import Document


def to_message(row: Document) -> pb.DealDocument:
    """What is known of a document."""
    return pb.DealDocument(
        document_id=str(row.id),
        deal_id=str(row.deal_id),
        organization_id=str(row.organization_id),
        etag=row.etag,
        document_type=row.document_type,
        document_status=f"DOCUMENT_STATUS_{row.state}",
        audience=f"DOCUMENT_AUDIENCE_{row.audience}",
        file_name=row.file_name,
        media_type=row.media_type,
        size_bytes=row.size_bytes,
        sha256=row.sha256,
        uploader_id=str(row.uploader_id),
        verifier_id=str(row.verifier_id or ""),
        reason=row.reason,
        create_time=to_time(row.create_time),
        verify_time=to_time(row.verify_time),
    )
