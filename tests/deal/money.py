"""A deal with both sides, and what becomes of its money."""

import hashlib
from datetime import datetime
from typing import Self
from uuid import UUID

import asyncpg

from doorstep.deal.v1 import (
    commission_service_pb2,
    deal_service_pb2,
    document_service_pb2,
    offer_pb2,
    payment_pb2,
    payout_pb2,
    payout_service_pb2,
    reconciliation_pb2,
    reconciliation_service_pb2,
)
from doorstep.deal.v1 import payment_service_pb2 as pb
from services.chassis.actor import system_for
from services.chassis.ids import new_id
from services.deal.operations.provider import receive_provider_event
from services.deal.providers import ProviderEvent
from tests.deal.conftest import Sale, Side


class Contract:
    """A deal with both sides."""

    def __init__(self, sale: Sale, seller: Side, buyer: Side, offer: offer_pb2.Offer) -> None:
        self.sale = sale
        self.seller = seller
        self.buyer = buyer
        self.deal_id = offer.deal_id

    @classmethod
    async def make(cls, sale: Sale) -> Self:
        seller, buyer = sale.seller(None, "deal.manage"), sale.buyer()
        offer = await sale.accept(seller, await sale.offer(buyer, await sale.listing(seller)))
        return cls(sale, seller, buyer, offer)

    async def pay(self, method: str = "pm_ok") -> payment_pb2.Payment:
        request = pb.CreatePaymentRequest(deal_id=self.deal_id, payment_method=method)
        return (await self.sale.call(self.sale.payments.CreatePayment, request, self.buyer)).payment

    async def get(self, payment_id: str) -> payment_pb2.Payment:
        request = pb.GetPaymentRequest(payment_id=payment_id)
        return (await self.sale.call(self.sale.payments.GetPayment, request, self.buyer)).payment

    async def reach(self, payment_id: str, state: "payment_pb2.PaymentState.ValueType") -> payment_pb2.Payment:
        found: payment_pb2.Payment = await self.sale.until(lambda: self.get(payment_id), lambda p: p.state == state)
        return found

    async def held(self) -> payment_pb2.Payment:
        return await self.reach((await self.pay()).payment_id, payment_pb2.PAYMENT_STATE_HELD)

    async def balances(self) -> dict[str, int]:
        rows = await self.sale.sql(
            "SELECT kind, balance FROM deal.ledger_accounts WHERE organization_id = $1", self.seller.organization_id
        )
        assert sum(row["balance"] for row in rows) == 0, "money neither appears nor vanishes"
        return {row["kind"]: row["balance"] for row in rows}

    async def document(self, clerk: Side | None = None) -> None:
        content = b"%PDF agreement " + new_id().bytes
        request = document_service_pb2.AddDealDocumentRequest(
            deal_id=self.deal_id,
            document_type="PURCHASE_AGREEMENT",
            file_name="agreement.pdf",
            media_type="application/pdf",
            content=content,
            sha256=hashlib.sha256(content).hexdigest(),
        )
        added = (await self.sale.call(self.sale.documents.AddDealDocument, request, self.buyer)).document
        verify = document_service_pb2.VerifyDealDocumentRequest(deal_id=self.deal_id, document_id=added.document_id)
        await self.sale.call(self.sale.documents.VerifyDealDocument, verify, clerk or self.seller)

    @property
    def organization_id(self) -> UUID:
        assert self.seller.organization_id is not None
        return self.seller.organization_id

    def colleague(self) -> Side:
        """Somebody else of the organisation who may do the same."""
        return self.sale.seller(self.organization_id, "deal.manage")

    async def released(self) -> payment_pb2.Payment:
        held = await self.held()
        request = pb.ReleasePaymentRequest(payment_id=held.payment_id)
        return (await self.sale.call(self.sale.payments.ReleasePayment, request, self.seller)).payment

    async def distributed(self) -> payment_pb2.Payment:
        """Sold, and the commission divided: the agent, who is the seller here, is owed four fifths of it."""
        payment = await self.held()
        await self.distribute(payment)
        return payment

    async def distribute(self, held: payment_pb2.Payment) -> None:
        request = pb.ReleasePaymentRequest(payment_id=held.payment_id)
        await self.sale.call(self.sale.payments.ReleasePayment, request, self.seller)
        await self.document()
        close = deal_service_pb2.CloseDealRequest(deal_id=self.deal_id)
        await self.sale.call(self.sale.deals.CloseDeal, close, self.seller)
        divide = commission_service_pb2.DistributeCommissionRequest(deal_id=self.deal_id)
        await self.sale.call(self.sale.commissions.DistributeCommission, divide, self.seller)

    async def tell(self, event: ProviderEvent) -> str:
        """As the provider would, past the signature."""
        sale = self.sale
        async with sale.harness.resources.database("deal").transaction(system_for(self.organization_id)) as tx:
            return await receive_provider_event(tx, "insuite", event, b"{}", sale.harness.clock.now())

    # --- reconciliation

    async def reconcile(
        self, *lines: str, provider: str = "insuite", through: datetime | None = None
    ) -> reconciliation_pb2.Reconciliation:
        request = reconciliation_service_pb2.CreateReconciliationRequest(provider=provider, statement=statement(*lines))
        if through is not None:
            request.through_time.FromDatetime(through)
        method = self.sale.reconciliations.CreateReconciliation
        return (await self.sale.call(method, request, self.seller)).reconciliation

    async def lines(self, run: reconciliation_pb2.Reconciliation) -> list[reconciliation_pb2.ReconciliationLine]:
        request = reconciliation_service_pb2.ListReconciliationLinesRequest(reconciliation_id=run.reconciliation_id)
        request.page_size = 100
        return list(
            (await self.sale.call(self.sale.reconciliations.ListReconciliationLines, request, self.seller)).lines
        )

    async def results(self, run: reconciliation_pb2.Reconciliation) -> list[tuple[str, str]]:
        """Each line's kind and result."""
        kinds, results = reconciliation_pb2.MovementKind, reconciliation_pb2.ReconciliationResult
        return [
            (
                kinds.Name(line.kind).removeprefix("MOVEMENT_KIND_"),
                results.Name(line.result).removeprefix("RECONCILIATION_RESULT_"),
            )
            for line in await self.lines(run)
        ]

    async def close(
        self, run: reconciliation_pb2.Reconciliation, explanation: str = ""
    ) -> reconciliation_pb2.Reconciliation:
        """Close a run, with one explanation for all its differences."""
        service = reconciliation_service_pb2
        for line in await self.lines(run):
            if line.result != reconciliation_pb2.RECONCILIATION_RESULT_MATCHED and explanation:
                explain = service.ExplainDifferenceRequest(
                    reconciliation_id=run.reconciliation_id, number=line.number, explanation=explanation
                )
                await self.sale.call(self.sale.reconciliations.ExplainDifference, explain, self.seller)
        request = service.CloseReconciliationRequest(reconciliation_id=run.reconciliation_id)
        return (
            await self.sale.call(self.sale.reconciliations.CloseReconciliation, request, self.seller)
        ).reconciliation

    async def settled(self) -> payment_pb2.Payment:
        """Divided, and confirmed by a closed reconciliation."""
        payment = await self.distributed()
        await self.close(await self.reconcile(f"charge,{payment.payment_id},4800.00,USD"))
        return payment

    # --- payouts

    async def ask(self, destination: str = "acct_agent", side: Side | None = None) -> payout_pb2.Payout:
        request = payout_service_pb2.CreatePayoutRequest(
            deal_id=self.deal_id, payee_id=str(self.seller.user_id), destination=destination
        )
        return (await self.sale.call(self.sale.payouts.CreatePayout, request, side or self.maker)).payout

    @property
    def maker(self) -> Side:
        """Somebody of the organisation who asks for payouts: always the same one."""
        if not hasattr(self, "_maker"):
            self._maker = self.colleague()
        return self._maker

    async def approve(self, payout: payout_pb2.Payout, side: Side | None = None) -> payout_pb2.Payout:
        request = payout_service_pb2.ApprovePayoutRequest(payout_id=payout.payout_id, etag=payout.etag)
        return (await self.sale.call(self.sale.payouts.ApprovePayout, request, side or self.colleague())).payout

    async def payout(self, payout_id: str, side: Side | None = None) -> payout_pb2.Payout:
        request = payout_service_pb2.GetPayoutRequest(payout_id=payout_id)
        return (await self.sale.call(self.sale.payouts.GetPayout, request, side or self.seller)).payout

    async def reach_payout(self, payout_id: str, state: "payout_pb2.PayoutState.ValueType") -> payout_pb2.Payout:
        found: payout_pb2.Payout = await self.sale.until(lambda: self.payout(payout_id), lambda p: p.state == state)
        return found


def statement(*lines: str) -> bytes:
    """A statement as a bank would send it."""
    return "\r\n".join(["kind,reference,amount,currency,booked", *(f"{line},2026-11-21" for line in lines)]).encode()


async def connect_as_service(sale: Sale, organization_id: UUID) -> asyncpg.Connection:
    """A connection with the rights of the services, which acts for one organisation."""
    connection = await asyncpg.connect(sale.database.url)
    await connection.execute("SELECT set_config('doorstep.organization_id', $1, false)", str(organization_id))
    return connection
