"""Payouts, and whether their money is settled."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.exc import IntegrityError

from services.chassis.db.repository import Repository
from services.chassis.paging import Page, PageOf
from services.deal.errors import PayoutExists, PayoutNotFound
from services.deal.lifecycle import ReconciliationState
from services.deal.models.ledger import LedgerTransaction
from services.deal.models.payout import Payout
from services.deal.models.reconciliation import Reconciliation, ReconciliationLine


class PayoutRepository(Repository[Payout]):
    """Payouts that the transaction's actor may see."""

    model = Payout
    not_found = PayoutNotFound

    async def insert(self, row: Payout) -> None:
        """Write a new payout now.

        Raises:
            PayoutExists: the payee has one of this deal under way.
        """
        self.add(row)
        try:
            await self.session.flush()
        except IntegrityError as error:
            if "payouts_open_key" in str(error.orig):
                raise PayoutExists(metadata={"deal_id": str(row.deal_id)}) from error
            raise

    async def list_page(
        self, page: Page, *, organization_id: UUID | None, payee_id: UUID | None, deal_id: UUID | None
    ) -> PageOf[Payout]:
        """One page, newest first: of the organisation or, where there is none, of the payee."""
        statement = select(Payout)
        if organization_id is not None:
            statement = statement.where(Payout.organization_id == organization_id)
        if payee_id is not None:
            statement = statement.where(Payout.payee_id == payee_id)
        if deal_id is not None:
            statement = statement.where(Payout.deal_id == deal_id)
        return await self.page(statement, by=(Payout.id.desc(),), page=page)

    async def unsettled(self, deal_id: UUID, kinds: Collection[str]) -> list[UUID]:
        """Payments of a deal whose movements no closed reconciliation has found to agree."""
        settled = (
            exists()
            .where(ReconciliationLine.organization_id == LedgerTransaction.organization_id)
            .where(ReconciliationLine.reference == LedgerTransaction.payment_id)
            .where(ReconciliationLine.ledger_transaction_id == LedgerTransaction.id)
            .where(ReconciliationLine.result == "MATCHED")
            .where(Reconciliation.organization_id == ReconciliationLine.organization_id)
            .where(Reconciliation.id == ReconciliationLine.reconciliation_id)
            .where(Reconciliation.state == ReconciliationState.CLOSED)
        )
        statement = select(LedgerTransaction.payment_id).where(
            LedgerTransaction.deal_id == deal_id, LedgerTransaction.kind.in_(sorted(kinds)), ~settled
        )
        return [found for found in (await self.session.execute(statement)).scalars() if found is not None]
