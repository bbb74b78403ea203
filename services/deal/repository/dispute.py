"""Disputes and what is shown in them."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from services.chassis.db.repository import Repository
from services.chassis.paging import Page, PageOf
from services.deal.errors import DisputeExists, DisputeNotFound, EvidenceNotFound
from services.deal.lifecycle import LASTING_DISPUTES
from services.deal.models.dispute import Dispute, Evidence


class DisputeRepository(Repository[Dispute]):
    """Disputes that the transaction's actor may see."""

    model = Dispute
    not_found = DisputeNotFound

    async def lasting(self, deal_id: UUID) -> UUID | None:
        """The dispute over a deal that lasts."""
        statement = select(Dispute.id).where(Dispute.deal_id == deal_id, Dispute.state.in_(sorted(LASTING_DISPUTES)))
        return (await self.session.execute(statement)).scalar_one_or_none()

    async def refunding(self, deal_id: UUID, payment_id: UUID) -> UUID | None:
        """The latest dispute that gave (a part of) a payment back to the buyer."""
        statement = select(Dispute.id).where(
            Dispute.deal_id == deal_id, Dispute.payment_id == payment_id, Dispute.refund_amount > 0
        )
        return (await self.session.execute(statement.order_by(Dispute.id.desc()).limit(1))).scalar_one_or_none()

    async def releasing(self, deal_id: UUID, payment_id: UUID | None = None) -> UUID | None:
        """The latest dispute over a deal that released (a part of) its token; with a payment, of that one."""
        statement = select(Dispute.id).where(Dispute.deal_id == deal_id, Dispute.release_amount > 0)
        if payment_id is not None:
            statement = statement.where(Dispute.payment_id == payment_id)
        return (await self.session.execute(statement.order_by(Dispute.id.desc()).limit(1))).scalar_one_or_none()

    async def insert(self, row: Dispute) -> None:
        """Write a new dispute now.

        Raises:
            DisputeExists: somebody was faster.
        """
        self.add(row)
        try:
            await self.session.flush()
        except IntegrityError as error:
            if "disputes_deal_key" in str(error.orig):
                raise DisputeExists(metadata={"deal_id": str(row.deal_id)}) from error
            raise

    async def list_page(
        self,
        page: Page,
        *,
        organization_id: UUID | None,
        buyer_id: UUID | None,
        deal_id: UUID | None,
        states: Sequence[str],
    ) -> PageOf[Dispute]:
        """One page, newest first."""
        statement = select(Dispute)
        wanted = (
            (Dispute.organization_id, organization_id),
            (Dispute.buyer_id, buyer_id),
            (Dispute.deal_id, deal_id),
        )
        for column, value in wanted:
            if value is not None:
                statement = statement.where(column == value)
        if states:
            statement = statement.where(Dispute.state.in_(states))
        return await self.page(statement, by=(Dispute.id.desc(),), page=page)


class EvidenceRepository(Repository[Evidence]):
    """Evidence that the transaction's actor may see."""

    model = Evidence
    not_found = EvidenceNotFound

    async def of_dispute(self, dispute_id: UUID, evidence_id: UUID) -> Evidence:
        """One piece of the evidence in a dispute.

        Raises:
            EvidenceNotFound: also where it was shown in another dispute.
        """
        return await self._one(select(Evidence).where(Evidence.dispute_id == dispute_id, Evidence.id == evidence_id))

    async def count(self, dispute_id: UUID, party: str) -> int:
        """How much a side has shown."""
        statement = select(func.count()).where(Evidence.dispute_id == dispute_id, Evidence.party == party)
        return int((await self.session.execute(statement)).scalar_one())

    async def list_page(self, dispute_id: UUID, page: Page) -> PageOf[Evidence]:
        """One page, newest first."""
        statement = select(Evidence).where(Evidence.dispute_id == dispute_id)
        return await self.page(statement, by=(Evidence.id.desc(),), page=page)
