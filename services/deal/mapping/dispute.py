"""Disputes and evidence: rows to messages."""

from doorstep.deal.v1 import dispute_pb2 as pb
from services.chassis.mapping import to_money, to_time
from services.deal.models.dispute import Dispute, Evidence


def to_message(row: Dispute) -> pb.Dispute:
    """A dispute as its parties and operators see it."""
    message = pb.Dispute(
        dispute_id=str(row.id),
        deal_id=str(row.deal_id),
        organization_id=str(row.organization_id),
        etag=row.etag,
        state=f"DISPUTE_STATE_{row.state}",
        reason=f"DISPUTE_REASON_{row.reason}",
        party=f"DEAL_PARTY_{row.party}",
        opener_id=str(row.opener_id),
        statement=row.statement,
        responder_id=str(row.responder_id or ""),
        response=row.response,
        response_deadline=to_time(row.response_deadline),
        outcome=f"DISPUTE_OUTCOME_{row.outcome}" if row.outcome else None,
        resolution=row.resolution,
        resolver_id=str(row.resolver_id or ""),
        payment_id=str(row.payment_id or ""),
        create_time=to_time(row.create_time),
        update_time=to_time(row.update_time),
        respond_time=to_time(row.respond_time),
        end_time=to_time(row.end_time),
    )
    if row.payment_id is not None:
        message.refund_amount.CopyFrom(to_money(row.refund_amount, row.currency_code))
        message.release_amount.CopyFrom(to_money(row.release_amount, row.currency_code))
        message.forfeit_amount.CopyFrom(to_money(row.forfeit_amount, row.currency_code))
    return message


def to_evidence(row: Evidence) -> pb.DisputeEvidence:
    """What a side has shown."""
    return pb.DisputeEvidence(
        evidence_id=str(row.id),
        dispute_id=str(row.dispute_id),
        party=f"DEAL_PARTY_{row.party}",
        actor_id=str(row.actor_id),
        description=row.description,
        document_id=str(row.document_id or ""),
        uri=row.uri,
        visit_id=str(row.visit_id or ""),
        certificate_id=str(row.certificate_id or ""),
        sha256=row.sha256,
        create_time=to_time(row.create_time),
    )
