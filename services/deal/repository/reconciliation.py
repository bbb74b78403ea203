"""Reconciliations, their lines, and what ledger and providers know that no closed one has found to agree."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from services.chassis.db.repository import Repository, page_of
from services.chassis.db.turns import take_turns
from services.chassis.paging import Page, PageOf
from services.deal.errors import (
    DifferenceNotFound,
    ReconciliationExists,
    ReconciliationNotFound,
    StatementExists,
)
from services.deal.models.reconciliation import Reconciliation, ReconciliationLine
from services.deal.reconciliation import Entry, Key, Movement, Result

SETTLED = """
    EXISTS (SELECT FROM deal.reconciliation_lines l JOIN deal.reconciliations r
            ON r.organization_id = l.organization_id AND r.id = l.reconciliation_id
            WHERE l.organization_id = k.organization_id AND l.reference = k.reference AND l.kind = k.kind
            AND l.result = 'MATCHED' AND r.state = 'CLOSED' AND {same})"""
"""Whether a closed reconciliation has found a movement to agree. A refund that came back is made again, so that a
payment may have several of one kind: `same` says which it is."""

BOOKED = f"""
    SELECT k.kind, k.reference, k.amount, k.currency_code, k.source, '' AS refused FROM (
        SELECT t.organization_id, CASE WHEN t.payment_id IS NULL THEN t.payout_id ELSE t.payment_id END AS reference,
            -e.amount AS amount, e.currency_code, t.id::text AS source,
            CASE t.kind WHEN 'hold' THEN 'charge' WHEN 'refund' THEN 'refund' WHEN 'payout_paid' THEN 'payout'
                ELSE 'return' END AS kind, t.id, t.create_time
        FROM (
            SELECT * FROM deal.ledger_transactions WHERE create_time > :since AND create_time <= :through
            UNION ALL
            SELECT * FROM deal.ledger_transactions
            WHERE id = ANY(:transactions) AND create_time <= least(:since, :through)) t
        JOIN deal.ledger_entries e ON e.organization_id = t.organization_id AND e.transaction_id = t.id
        JOIN deal.ledger_accounts a ON a.organization_id = e.organization_id AND a.id = e.account_id
        LEFT JOIN deal.payments p ON p.organization_id = t.organization_id AND p.id = t.payment_id
        LEFT JOIN deal.payouts o ON o.organization_id = t.organization_id AND o.id = t.payout_id
        WHERE a.kind = 'PROVIDER_CLEARING' AND coalesce(p.provider, o.provider) = :provider) k
    WHERE NOT {SETTLED.format(same="l.ledger_transaction_id = k.id")}
    ORDER BY k.create_time, k.id"""  # noqa: S608 - constants of this module
"""What the ledger says has crossed the border, by the account that stands for the provider.

CASE, not coalesce: row-level security lets no index be searched for what an expression yields that might leak, and of
the two Postgres trusts CASE alone. With coalesce each movement was held against all lines ever written.
"""

TOLD = f"""
    SELECT k.kind, k.reference, k.amount * k.sign AS amount, k.currency_code, k.source,
        CASE WHEN k.outcome = 'APPLIED' THEN '' ELSE k.outcome END AS refused
    FROM (
        SELECT v.organization_id, CASE WHEN v.payment_id IS NULL THEN v.payout_id ELSE v.payment_id END AS reference,
            v.amount, v.currency_code, v.event_id AS source, v.outcome, v.type, v.sequence, b.returned,
            CASE WHEN b.returned THEN 'return' WHEN v.type IN ('refund.succeeded', 'refund.failed') THEN 'refund'
                WHEN v.type = 'payout.paid' THEN 'payout' WHEN v.type = 'payout.failed' THEN 'return'
                ELSE 'charge' END AS kind,
            CASE WHEN v.type IN ('refund.succeeded', 'payout.paid') OR (v.type = 'refund.failed' AND NOT b.returned)
                THEN -1 ELSE 1 END AS sign
        FROM (
            SELECT * FROM deal.provider_events WHERE receive_time > :since AND receive_time <= :through
            UNION ALL
            SELECT * FROM deal.provider_events
            WHERE provider = :provider AND event_id = ANY(:events) AND receive_time <= least(:since, :through)) v
        -- A refund that failed has come back if the last that was known of the payment is that it had arrived.
        CROSS JOIN LATERAL (SELECT v.type = 'refund.failed' AND v.outcome = 'APPLIED' AND 'refund.succeeded' = (
            SELECT w.type FROM deal.provider_events w WHERE w.organization_id = v.organization_id
            AND w.payment_id = v.payment_id AND w.outcome = 'APPLIED' AND w.sequence < v.sequence
            ORDER BY w.sequence DESC LIMIT 1) AS returned) b
        WHERE v.provider = :provider) k
    WHERE CASE
        -- Failures move nothing, except that of a refund that had arrived and of a payout that had been paid.
        WHEN k.outcome = 'APPLIED' THEN NOT {SETTLED.format(same="l.event_id = k.source")} AND (
            k.type IN ('payment.held', 'refund.succeeded', 'payout.paid') OR k.returned
            OR (k.type = 'payout.failed' AND EXISTS (
                SELECT FROM deal.provider_events b WHERE b.organization_id = k.organization_id
                AND b.payout_id = k.reference AND b.type = 'payout.paid' AND b.outcome = 'APPLIED')))
        -- What came late only repeats what is known, unless it is news of money.
        WHEN k.outcome = 'LATE' AND (k.type NOT IN ('payment.held', 'refund.succeeded', 'payout.paid') OR EXISTS (
                SELECT FROM deal.provider_events b WHERE b.organization_id = k.organization_id AND b.type = k.type
                AND (b.payment_id = k.reference OR b.payout_id = k.reference) AND b.outcome = 'APPLIED')) THEN false
        -- Once explained, it is not shown again.
        ELSE NOT EXISTS (
            SELECT FROM deal.reconciliation_lines l JOIN deal.reconciliations r
                ON r.organization_id = l.organization_id AND r.id = l.reconciliation_id
            WHERE l.organization_id = k.organization_id AND l.reference = k.reference AND l.event_id = k.source
                AND l.result = 'EVENT_REFUSED' AND r.state = 'CLOSED')
        END
    ORDER BY k.sequence, k.source"""  # noqa: S608 - constants of this module
"""What the provider has told of money, and what it has told in vain."""

STATED = """
    SELECT k.kind, k.reference, k.statement_amount AS amount, k.statement_currency AS currency_code,
        k.statement_line::text AS source, '' AS refused
    FROM deal.reconciliation_lines k
    WHERE k.result IN ('MISSING_IN_LEDGER', 'MISSING_AT_PROVIDER') AND k.statement_amount IS NOT NULL
        AND k.reconciliation_id = (
            SELECT r.id FROM deal.reconciliations r WHERE r.provider = :provider AND r.state = 'CLOSED'
            ORDER BY r.end_time DESC, r.id DESC LIMIT 1)
    ORDER BY k.number"""
"""What statements told before the others knew of it: the last closed reconciliation has it all."""


SLACK = timedelta(days=1)
"""How long before its end a reconciliation may have missed something that was under way, or that the clock of another
machine put there: no call and no job takes nearly as long."""
BEGINNING = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Scope:
    """Where what is not settled can be: after the last closed reconciliation, and among what that one left."""

    through: datetime
    since: datetime = BEGINNING
    transactions: tuple[UUID, ...] = ()
    """Of the ledger, not later than `since`."""
    events: tuple[str, ...] = ()
    """Of the provider, likewise."""


class ReconciliationRepository(Repository[Reconciliation]):
    """Reconciliations of the organisation."""

    model = Reconciliation
    not_found = ReconciliationNotFound

    async def lock(self, organization_id: UUID, provider: str) -> None:
        """Have the reconciliations of an organisation with a provider to oneself until the transaction ends.

        Whoever begins one looks at what the last closed one has left, which must not be closed meanwhile.
        """
        await take_turns(self.session, f"deal.reconciliations/{organization_id}/{provider}")

    async def scope(self, provider: str, through: datetime) -> Scope:
        """Where to look: history that the last closed reconciliation has gone through is not read again.

        Whatever it did not find to agree stands in its lines; of refused events, the explanation was the end.
        """
        last = (
            select(Reconciliation)
            .where(Reconciliation.provider == provider, Reconciliation.state == "CLOSED")
            .order_by(Reconciliation.end_time.desc(), Reconciliation.id.desc())
            .limit(1)
        )
        run = (await self.session.execute(last)).scalar_one_or_none()
        if run is None:
            return Scope(through)
        line = ReconciliationLine
        left = select(line.ledger_transaction_id, line.event_id).where(
            line.organization_id == run.organization_id,
            line.reconciliation_id == run.id,
            line.result.not_in((Result.MATCHED, Result.EVENT_REFUSED)),
        )
        rows = (await self.session.execute(left)).all()
        return Scope(
            through,
            run.through_time - SLACK,
            tuple(transaction for transaction, _ in rows if transaction is not None),
            tuple(event for _, event in rows if event is not None),
        )

    async def booked(self, provider: str, scope: Scope) -> list[Entry]:
        """What the ledger knows of money at a provider that is not settled."""
        within = {"through": scope.through, "since": scope.since, "transactions": list(scope.transactions)}
        return await self._entries(BOOKED, provider=provider, **within)

    async def told(self, provider: str, scope: Scope) -> list[Entry]:
        """What a provider has told of money that is not settled, and what was refused."""
        within = {"through": scope.through, "since": scope.since, "events": list(scope.events)}
        return await self._entries(TOLD, provider=provider, **within)

    async def carried(self, provider: str) -> list[Entry]:
        """Lines of earlier statements that nobody else knew of."""
        return await self._entries(STATED, provider=provider)

    async def settled(self, references: Sequence[UUID]) -> set[Key]:
        """Which movements of some payments and payouts a closed reconciliation has found to agree."""
        line = ReconciliationLine
        statement = (
            select(line.kind, line.reference)
            .join(
                Reconciliation,
                (Reconciliation.organization_id == line.organization_id)
                & (Reconciliation.id == line.reconciliation_id),
            )
            .where(line.reference.in_(references), line.result == Result.MATCHED, Reconciliation.state == "CLOSED")
        )
        return {Key(Movement(kind), reference) for kind, reference in await self.session.execute(statement)}

    async def insert(self, row: Reconciliation, lines: Sequence[ReconciliationLine]) -> None:
        """Write a reconciliation with its lines.

        Raises:
            ReconciliationExists: another one is open.
            StatementExists: its statement has been used.
        """
        self.add(row)
        try:
            await self.session.flush()
        except IntegrityError as error:
            if "reconciliations_open_key" in str(error.orig):
                raise ReconciliationExists(metadata={"provider": row.provider}) from error
            if "reconciliations_statement_key" in str(error.orig):
                raise StatementExists(metadata={"sha256": row.statement_sha256.hex()}) from error
            raise
        self.session.add_all(lines)
        await self.session.flush()

    async def list_page(self, page: Page) -> PageOf[Reconciliation]:
        """One page, newest first."""
        return await self.page(select(Reconciliation), by=(Reconciliation.id.desc(),), page=page)

    async def lines(self, reconciliation_id: UUID, page: Page, *, only_differences: bool) -> PageOf[ReconciliationLine]:
        """One page of lines in their order."""
        statement = select(ReconciliationLine).where(ReconciliationLine.reconciliation_id == reconciliation_id)
        if only_differences:
            statement = statement.where(ReconciliationLine.result != Result.MATCHED)
        return await page_of(self.session, statement, by=(ReconciliationLine.number,), page=page)

    async def difference(self, reconciliation_id: UUID, number: int) -> ReconciliationLine:
        """One line that does not agree.

        Raises:
            DifferenceNotFound
        """
        statement = select(ReconciliationLine).where(
            ReconciliationLine.reconciliation_id == reconciliation_id,
            ReconciliationLine.number == number,
            ReconciliationLine.result != Result.MATCHED,
        )
        found = (await self.session.execute(statement)).scalar_one_or_none()
        if found is None:
            raise DifferenceNotFound
        return found

    async def unexplained(self, reconciliation_id: UUID) -> list[int]:
        """Numbers of the differences that nobody has explained."""
        statement = (
            select(ReconciliationLine.number)
            .where(
                ReconciliationLine.reconciliation_id == reconciliation_id,
                ReconciliationLine.result != Result.MATCHED,
                ReconciliationLine.explanation == "",
            )
            .order_by(ReconciliationLine.number)
        )
        return list((await self.session.execute(statement)).scalars())

    async def _entries(self, statement: str, **values: Any) -> list[Entry]:
        rows = await self.session.execute(text(statement), values)
        return [
            Entry(Key(Movement(row.kind), row.reference), row.amount, row.currency_code, row.source, row.refused)
            for row in rows
        ]
