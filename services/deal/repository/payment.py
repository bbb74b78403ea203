"""Payments."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from services.chassis.db.repository import Repository
from services.chassis.paging import Page, PageOf
from services.deal.errors import PaymentExists, PaymentNotFound
from services.deal.lifecycle import LIVE_PAYMENTS
from services.deal.models.payment import Payment


class PaymentRepository(Repository[Payment]):
    """Payments that the transaction's actor may see."""

    model = Payment
    not_found = PaymentNotFound

    async def in_states(self, deal_id: UUID, states: Collection[str]) -> Payment | None:
        """A payment of a deal in one of some states."""
        statement = select(Payment).where(Payment.deal_id == deal_id, Payment.state.in_(sorted(states)))
        return (await self.session.execute(statement.limit(1))).scalar_one_or_none()

    async def token(self, deal_id: UUID, *, but: UUID | None = None) -> Payment | None:
        """The payment that is a deal's token, other than one; what goes back for another time is none."""
        statement = select(Payment).where(
            Payment.deal_id == deal_id, Payment.state.in_(sorted(LIVE_PAYMENTS)), Payment.refund_returned.is_(False)
        )
        if but is not None:
            statement = statement.where(Payment.id != but)
        return (await self.session.execute(statement.limit(1))).scalar_one_or_none()

    async def insert(self, row: Payment) -> None:
        """Write a new payment now.

        Raises:
            PaymentExists: somebody was faster.
        """
        self.add(row)
        try:
            await self.session.flush()
        except IntegrityError as error:
            if "payments_deal_key" in str(error.orig):
                raise PaymentExists(metadata={"deal_id": str(row.deal_id)}) from error
            raise

    async def list_page(self, deal_id: UUID, page: Page) -> PageOf[Payment]:
        """One page, newest first."""
        return await self.page(select(Payment).where(Payment.deal_id == deal_id), by=(Payment.id.desc(),), page=page)
