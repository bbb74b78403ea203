"""What the deal service has of an organisation, for the tests that look whether others see it."""

import base64
from typing import Any
from uuid import UUID

import asyncpg

from services.chassis.ids import new_id

PARTS = {
    "offer": "",
    "deal": "",
    "dealt listing": "listing_id",
    "dealt stage": "stage_id",
    "dealing agent": "agent_id",
    "pipeline": "",
    "stage": "stage_id",
    "document": "",
    "payment": "",
    "payout": "",
    "paid deal": "",
    "reconciliation": "",
    "dispute": "dispute_id",
    "disputed deal": "deal_id",
    "disputed document": "",
    "evidence": "",
}
"""What this module makes; of a deal, the field that is meant."""

IDS = {
    "offer_id": "offer",
    "deal_id": "deal",
    "pipeline_id": "pipeline",
    "stage_id": "stage",
    "document_id": "document",
    "payment_id": "payment",
    "payout_id": "payout",
    "reconciliation_id": "reconciliation",
    "dispute_id": "dispute",
    "evidence_id": "evidence",
}
MEANT = {
    "AddDisputeEvidence": {"document_id": "disputed document"},
    "ListDisputes": {"deal_id": "disputed deal"},
    "ListOffers": {"listing_id": "dealt listing"},
    "ListPayouts": {"deal_id": "paid deal"},
    "ListDeals": {"listing_id": "dealt listing", "stage_id": "dealt stage", "agent_id": "dealing agent"},
}
"""RPCs by which more is meant by an id: a list is filtered by something that has a deal."""

_PRICE = {"currencyCode": "USD", "units": "480000"}
EXTRA: dict[str, dict[str, Any]] = {
    "MakeOffer": {"price": _PRICE},
    "CounterOffer": {"price": _PRICE},
    "CreateDeal": {"displayName": "Ours", "price": _PRICE},
    "UpdateDeal": {"displayName": "Renamed"},
    "CancelDeal": {"reason": "No mortgage."},
    "UpdatePipeline": {"pipeline": {"displayName": "Other", "stages": [{"displayName": "Begun", "probability": 5}]}},
    "AddDealDocument": {
        "documentType": "DEED",
        "fileName": "deed.pdf",
        "mediaType": "application/pdf",
        "content": "ZGVlZA==",
    },
    "RejectDealDocument": {"reason": "Blurred."},
    "OpenDispute": {"reason": "DISPUTE_REASON_OTHER", "statement": "The roof leaks."},
    "RespondToDispute": {"response": "It does not."},
    "AddDisputeEvidence": {"description": "A photo"},
    "CreatePayment": {"paymentMethod": "pm_ok"},
    "RefundPayment": {"reason": "Fell through."},
    "ForfeitPayment": {"reason": "Late."},
    "CreatePayout": {"destination": "acct_ours", "payeeId": "01990000-0000-7000-8000-000000000000"},
    "RejectPayout": {"reason": "Wrong account."},
    "ExplainDifference": {"number": 1, "explanation": "Booked tomorrow."},
}
LEFT_OUT = {"CreateDeal": ("listing_id", "buyer_id", "agent_id"), "AddDisputeEvidence": ("visit_id",)}
"""What a request may name and need not."""
EXCEPTIONS = {
    "deal.DisputeService.AddDisputeEvidence.visit_id": "the victim's visit has no certificate: all three answers are "
    "the same; tested with certificates where deals are",
    "deal.PayoutService.CreatePayout.payee_id": "anybody may be owed something; the answer is about one's own deal",
    "deal.DisputeService.ResolveDispute.*": "for operators of the platform, who belong to no organisation",
    "deal.DealService.CreateDeal.buyer_id": "everybody may buy, in whichever organisation; whether there is such a "
    "user is the answer",
    "deal.LedgerService.ListLedgerTransactions.deal_id": "a filter: the victim's deal has moved no money; tested where "
    "the ledger is",
}


class Sales:
    """Makes deals of an organisation, and remembers who buys."""

    def __init__(self, world: Any) -> None:
        self.world = world
        self.buyers: dict[str, str] = {}
        """Tokens of buyers by deal."""

    async def make(self, side: Any, resource: str, text: str, call: Any) -> str:
        """A new one; texts hold the side's mark."""
        match resource:
            case "offer":
                return str((await self._offer(side, text, call))[0])
            case "deal":
                return str((await self._deal(side, text, call)).deal_id)
            case "dealt listing" | "dealt stage" | "dealing agent":
                return str(getattr(await self._deal(side, text, call), PARTS[resource]))
            case "pipeline":
                stages = [{"displayName": text, "probability": 10}]
                made = await call("CreatePipeline", pipeline={"displayName": text, "stages": stages})
                return str(made.pipeline.pipeline_id)
            case "stage":
                deal = (await call("GetDeal", dealId=await self.world.some(side, "deal"))).deal
                pipeline = (await call("GetPipeline", pipelineId=deal.pipeline_id)).pipeline
                return str(pipeline.stages[1].stage_id)
            case "reconciliation":
                return await self._reconciliation(text, call)
            case "payout" | "paid deal":
                return await self._payout(side, await self.world.some(side, "deal"), text, deal=resource != "payout")
            case "dispute" | "disputed deal":
                deal_id = await self.make(side, "deal", text, call)  # it has one dispute at a time
                fields = EXTRA["OpenDispute"] | {"statement": text}
                made = await call("OpenDispute", by=self.buyers[deal_id], dealId=deal_id, **fields)
                return str(getattr(made.dispute, PARTS[resource]))
            case "document":
                return await self._document(await self.world.some(side, "deal"), text, call)
            case "disputed document" | "evidence":
                dispute_id = await self.world.some(side, "dispute")
                deal_id = (await call("GetDispute", disputeId=dispute_id)).dispute.deal_id
                document_id = await self._document(deal_id, text, call)
                if resource == "disputed document":
                    return document_id
                fields = {"disputeId": dispute_id, "documentId": document_id, "description": text}
                shown = await call("AddDisputeEvidence", by=self.buyers[deal_id], **fields)
                return str(shown.evidence.evidence_id)
        deal_id = await self.make(side, "deal", text, call)  # it has one payment at a time
        made = await call("CreatePayment", by=self.buyers[deal_id], dealId=deal_id, **EXTRA["CreatePayment"])
        return str(made.payment.payment_id)

    async def _document(self, deal_id: str, text: str, call: Any) -> str:
        fields = EXTRA["AddDealDocument"] | {"documentType": f"D{self.world.number}", "fileName": text}
        made = await call("AddDealDocument", by=self.buyers[deal_id], dealId=deal_id, **fields)
        return str(made.document.document_id)

    async def _offer(self, side: Any, text: str, call: Any) -> tuple[str, str]:
        market = self.world.market
        home = (await market.property(side.token)).property_id
        listing = await market.listing(side.token, home)
        await market.move(side.token, listing.listing_id, "PublishListing")
        buyer = self.world.suite.token(user_id=new_id())
        made = await call("MakeOffer", by=buyer, listingId=listing.listing_id, price=_PRICE, message=text)
        return str(made.offer.offer_id), buyer

    async def _deal(self, side: Any, text: str, call: Any) -> Any:
        offer_id, buyer = await self._offer(side, text, call)
        deal_id = (await call("AcceptOffer", offerId=offer_id)).offer.deal_id
        self.buyers[deal_id] = buyer
        return (await call("UpdateDeal", dealId=deal_id, displayName=text)).deal

    async def _reconciliation(self, text: str, call: Any) -> str:
        """One of a provider of its own, since there is one open at a time, with a difference that the text explains."""
        provider = "".join(chr(ord("a") + int(digit)) for digit in f"{self.world.number:04}")
        lines = f"kind,reference,amount,currency\ncharge,{new_id()},1.00,USD\n"
        statement = base64.b64encode(lines.encode()).decode()
        run = (await call("CreateReconciliation", provider=provider, statement=statement)).reconciliation
        await call("ExplainDifference", reconciliationId=run.reconciliation_id, number=1, explanation=text)
        return str(run.reconciliation_id)

    async def _payout(self, side: Any, deal_id: str, text: str, *, deal: bool) -> str:
        """Written as it would be at the end of a long way, which is walked where payouts are tested."""
        payout_id = new_id()
        connection = await asyncpg.connect(self.world.market.database.superuser_url)
        try:
            await connection.execute(
                "INSERT INTO deal.payouts (organization_id, id, deal_id, payee_id, state, currency_code, amount, "
                "provider, destination, maker_id, reason) VALUES ($1, $2, $3, $4, 'REQUESTED', 'USD', 5, 'insuite', "
                "'acct_theirs', $4, $5)",
                side.admin.organization_id,
                payout_id,
                UUID(deal_id),
                new_id(),
                text,
            )
        finally:
            await connection.close()
        return deal_id if deal else str(payout_id)
