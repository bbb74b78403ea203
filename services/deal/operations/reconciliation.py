"""Three-way reconciliation: what ledger, provider and statement know of the same money.

A reconciliation takes everything that no closed one has found to agree, so what was not there yet is found by the next
one. Only what a closed one has found to agree counts as settled; an explanation ends a difference and settles nothing.
"""

import hashlib
from datetime import datetime
from uuid import UUID

from services.chassis.actor import Actor, user_of
from services.chassis.db.database import ReadTransaction, Transaction
from services.chassis.errors import Violation, invalid, match_etag
from services.chassis.ids import new_id
from services.chassis.paging import Page, PageOf
from services.deal.errors import DifferencesUnexplained, StatementMalformed
from services.deal.lifecycle import RECONCILIATION_LIFECYCLE, ReconciliationState
from services.deal.models.reconciliation import Reconciliation, ReconciliationLine
from services.deal.reconciliation import BadLine, Line, Result, compare, read_statement
from services.deal.repository.reconciliation import ReconciliationRepository

SHOWN = 50
"""How many bad lines or numbers a refusal names."""


async def create_reconciliation(
    tx: Transaction,
    actor: Actor,
    organization_id: UUID,
    *,
    provider: str,
    statement: bytes,
    through: datetime | None,
    now: datetime,
) -> Reconciliation:
    """Read a statement and hold the three against each other.

    Raises:
        StatementMalformed, ReconciliationExists, StatementExists, InvalidFields.
    """
    by = user_of(actor)
    if through is not None and through > now:
        raise invalid("through_time", "must not be in the future", "through_time.future")
    entries, bad = read_statement(statement)
    if bad:
        raise _malformed(bad)
    until = through or now
    found = ReconciliationRepository(tx)
    await found.lock(organization_id, provider)
    carried = await found.carried(provider)
    stated = [*carried, *entries]
    settled = await found.settled(sorted({entry.key.reference for entry in stated}))
    scope = await found.scope(provider, until)
    lines = compare(await found.booked(provider, scope), await found.told(provider, scope), stated, settled)
    matched = sum(line.result is Result.MATCHED for line in lines)
    row = Reconciliation(
        organization_id=organization_id,
        id=new_id(),
        provider=provider,
        state=ReconciliationState.OPEN,
        statement_sha256=hashlib.sha256(statement).digest(),
        statement_lines=len(entries),
        matched=matched,
        differences=len(lines) - matched,
        through_time=until,
        creator_id=by,
        create_time=now,
        update_time=now,
    )
    await found.insert(row, [_row(row, number, line) for number, line in enumerate(lines, 1)])
    return row


async def get_reconciliation(tx: ReadTransaction, reconciliation_id: UUID) -> Reconciliation:
    """Read one reconciliation.

    Raises:
        ReconciliationNotFound
    """
    return await ReconciliationRepository(tx).get(reconciliation_id)


async def list_reconciliations(tx: ReadTransaction, page: Page) -> PageOf[Reconciliation]:
    """One page of reconciliations."""
    return await ReconciliationRepository(tx).list_page(page)


async def list_reconciliation_lines(
    tx: ReadTransaction, reconciliation_id: UUID, page: Page, *, only_differences: bool
) -> PageOf[ReconciliationLine]:
    """One page of the lines of a reconciliation.

    Raises:
        ReconciliationNotFound
    """
    found = ReconciliationRepository(tx)
    await found.get(reconciliation_id)
    return await found.lines(reconciliation_id, page, only_differences=only_differences)


async def explain_difference(
    tx: Transaction, actor: Actor, reconciliation_id: UUID, number: int, *, explanation: str, now: datetime
) -> ReconciliationLine:
    """Write down why a line does not agree.

    Raises:
        ReconciliationNotFound, ReconciliationStateRefused, DifferenceNotFound.
    """
    found = ReconciliationRepository(tx)
    row = await found.get_for_update(reconciliation_id)
    # Explained while it is still to be closed; the state that "close" asks for is the same.
    RECONCILIATION_LIFECYCLE.target("close", ReconciliationState(row.state))
    line = await found.difference(reconciliation_id, number)
    line.explanation = explanation
    line.explainer_id = user_of(actor)
    line.explain_time = now
    row.update_time = now
    await tx.session.flush()
    return line


async def close_reconciliation(
    tx: Transaction, actor: Actor, reconciliation_id: UUID, *, etag: str, now: datetime
) -> Reconciliation:
    """Settle what agrees, once every difference is explained.

    Raises:
        ReconciliationNotFound, ReconciliationStateRefused, EtagMismatch, DifferencesUnexplained.
    """
    found = ReconciliationRepository(tx)
    row = await _lock(found, reconciliation_id)
    match_etag(row.etag, etag)
    RECONCILIATION_LIFECYCLE.target("close", ReconciliationState(row.state))
    left = await found.unexplained(reconciliation_id)
    if left:
        numbers = ",".join(str(number) for number in left[:SHOWN])
        raise DifferencesUnexplained(metadata={"numbers": numbers, "count": str(len(left))})
    return await _end(tx, actor, row, "close", now)


async def discard_reconciliation(
    tx: Transaction, actor: Actor, reconciliation_id: UUID, *, etag: str, now: datetime
) -> Reconciliation:
    """Drop a reconciliation that settles nothing, for instance one with the wrong statement.

    Raises:
        ReconciliationNotFound, ReconciliationStateRefused, EtagMismatch.
    """
    row = await _lock(ReconciliationRepository(tx), reconciliation_id)
    match_etag(row.etag, etag)
    return await _end(tx, actor, row, "discard", now)


async def _lock(found: ReconciliationRepository, reconciliation_id: UUID) -> Reconciliation:
    row = await found.get(reconciliation_id)
    await found.lock(row.organization_id, row.provider)
    return await found.get_for_update(reconciliation_id)


async def _end(tx: Transaction, actor: Actor, row: Reconciliation, verb: str, now: datetime) -> Reconciliation:
    RECONCILIATION_LIFECYCLE.apply(row, verb, at=now)
    row.closer_id = user_of(actor)
    row.update_time = now
    await tx.session.flush()
    return row


def _malformed(bad: list[BadLine]) -> StatementMalformed:
    return StatementMalformed(
        metadata={"lines": ",".join(str(line.number) for line in bad[:SHOWN]), "count": str(len(bad))},
        violations=tuple(
            Violation("statement", f"line {line.number}: {line.why}", "statement.line") for line in bad[:SHOWN]
        ),
    )


def _row(run: Reconciliation, number: int, line: Line) -> ReconciliationLine:
    booked, told, stated = line.ledger, line.event, line.statement
    return ReconciliationLine(
        organization_id=run.organization_id,
        reconciliation_id=run.id,
        number=number,
        result=line.result,
        kind=line.key.kind,
        reference=line.key.reference,
        ledger_transaction_id=UUID(booked.source) if booked else None,
        ledger_amount=booked.amount if booked else None,
        ledger_currency=booked.currency_code if booked else None,
        event_id=told.source if told else None,
        event_amount=told.amount if told else None,
        event_currency=told.currency_code if told else None,
        event_outcome=(told.refused or "APPLIED") if told else None,
        statement_line=int(stated.source) if stated else None,
        statement_amount=stated.amount if stated else None,
        statement_currency=stated.currency_code if stated else None,
    )
