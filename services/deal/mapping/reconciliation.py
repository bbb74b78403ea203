"""Reconciliations and what providers told: rows to messages."""

from doorstep.deal.v1 import reconciliation_pb2 as pb
from services.chassis.mapping import to_time
from services.deal.models.payment import ReceivedEvent
from services.deal.models.reconciliation import Reconciliation, ReconciliationLine


def to_message(row: Reconciliation) -> pb.Reconciliation:
    """A reconciliation without its lines."""
    return pb.Reconciliation(
        reconciliation_id=str(row.id),
        organization_id=str(row.organization_id),
        provider=row.provider,
        etag=row.etag,
        state=f"RECONCILIATION_STATE_{row.state}",
        statement_sha256=row.statement_sha256.hex(),
        statement_lines=row.statement_lines,
        matched=row.matched,
        differences=row.differences,
        through_time=to_time(row.through_time),
        creator_id=str(row.creator_id),
        closer_id=str(row.closer_id or ""),
        create_time=to_time(row.create_time),
        update_time=to_time(row.update_time),
        end_time=to_time(row.end_time),
    )


def to_line(row: ReconciliationLine) -> pb.ReconciliationLine:
    """One line."""
    transaction = str(row.ledger_transaction_id or "")
    stated = "" if row.statement_line is None else str(row.statement_line)
    return pb.ReconciliationLine(
        number=row.number,
        result=f"RECONCILIATION_RESULT_{row.result}",
        kind=f"MOVEMENT_KIND_{row.kind.upper()}",
        reference=str(row.reference),
        ledger=_amount(transaction, row.ledger_amount, row.ledger_currency),
        provider=_amount(row.event_id or "", row.event_amount, row.event_currency),
        statement=_amount(stated, row.statement_amount, row.statement_currency),
        event_outcome=row.event_outcome or "",
        explanation=row.explanation,
        explainer_id=str(row.explainer_id or ""),
        explain_time=to_time(row.explain_time),
    )


def to_event(row: ReceivedEvent) -> pb.ProviderEvent:
    """What a provider has told."""
    return pb.ProviderEvent(
        provider=row.provider,
        event_id=row.event_id,
        payment_id=str(row.payment_id or ""),
        payout_id=str(row.payout_id or ""),
        type=row.type,
        amount_minor=row.amount,
        currency_code=row.currency_code,
        failure=row.failure,
        outcome=f"PROVIDER_EVENT_OUTCOME_{row.outcome}",
        receive_time=to_time(row.receive_time),
    )


def _amount(source: str, amount: int | None, currency_code: str | None) -> pb.ReconciledAmount | None:
    if amount is None:
        return None
    return pb.ReconciledAmount(source=source, amount_minor=amount, currency_code=currency_code or "")
