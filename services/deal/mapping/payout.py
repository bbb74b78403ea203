"""Payouts: rows to messages."""

from doorstep.deal.v1 import payout_pb2 as pb
from services.chassis.mapping import to_money, to_time
from services.deal.models.payout import Payout


def to_message(row: Payout) -> pb.Payout:
    """A payout as its payee and the organisation see it."""
    return pb.Payout(
        payout_id=str(row.id),
        organization_id=str(row.organization_id),
        deal_id=str(row.deal_id),
        payee_id=str(row.payee_id),
        etag=row.etag,
        state=f"PAYOUT_STATE_{row.state}",
        amount=to_money(row.amount, row.currency_code),
        provider=row.provider,
        destination=row.destination,
        failure=row.failure,
        reason=row.reason,
        maker_id=str(row.maker_id),
        checker_id=str(row.checker_id or ""),
        create_time=to_time(row.create_time),
        update_time=to_time(row.update_time),
        approve_time=to_time(row.approve_time),
        end_time=to_time(row.end_time),
    )
