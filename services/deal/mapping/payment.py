"""Payments: rows to messages."""

from doorstep.deal.v1 import payment_pb2 as pb
from services.chassis.mapping import to_money, to_time
from services.deal.models.payment import Payment


def to_message(row: Payment) -> pb.Payment:
    """A payment as its parties see it."""
    return pb.Payment(
        payment_id=str(row.id),
        organization_id=str(row.organization_id),
        deal_id=str(row.deal_id),
        buyer_id=str(row.buyer_id),
        etag=row.etag,
        state=f"PAYMENT_STATE_{row.state}",
        amount=to_money(row.amount, row.currency_code),
        provider=row.provider,
        failure=row.failure,
        reason=row.reason,
        create_time=to_time(row.create_time),
        update_time=to_time(row.update_time),
        hold_time=to_time(row.hold_time),
        end_time=to_time(row.end_time),
        held_amount=to_money(row.held_amount, row.currency_code),
    )
