"""A deal over which there is a dispute, and who decides it."""

import hashlib
from typing import Any

from doorstep.deal.v1 import deal_events_pb2, deal_service_pb2, dispute_pb2, offer_pb2
from doorstep.deal.v1 import dispute_service_pb2 as pb
from services.deal.policy import OPERATE
from tests.deal.conftest import Sale, Side
from tests.deal.money import Contract

SHA = hashlib.sha256(b"photo").hexdigest()
PAID = 480_000
"""Minor units of the token: 1 % of 480,000 dollars."""


class Case(Contract):
    """A deal with both sides, and an operator."""

    def __init__(self, sale: Sale, seller: Side, buyer: Side, offer: offer_pb2.Offer) -> None:
        super().__init__(sale, seller, buyer, offer)
        self.operator = Side(sale.harness, None, (OPERATE,))

    async def open(self, side: Side | None = None, **fields: Any) -> dispute_pb2.Dispute:
        asked: dict[str, Any] = {"reason": "DISPUTE_REASON_PROPERTY_CONDITION", "statement": "The roof leaks."}
        request = pb.OpenDisputeRequest(deal_id=self.deal_id, **asked | fields)
        return (await self.sale.call(self.sale.disputes.OpenDispute, request, side or self.buyer)).dispute

    async def respond(self, dispute: dispute_pb2.Dispute, side: Side | None = None) -> dispute_pb2.Dispute:
        request = pb.RespondToDisputeRequest(dispute_id=dispute.dispute_id, response="It does not.", etag=dispute.etag)
        return (await self.sale.call(self.sale.disputes.RespondToDispute, request, side or self.seller)).dispute

    async def show(self, dispute: dispute_pb2.Dispute, side: Side, **fields: Any) -> dispute_pb2.DisputeEvidence:
        asked = fields or {"uri": "https://photos.example.com/1", "sha256": SHA}
        request = pb.AddDisputeEvidenceRequest(dispute_id=dispute.dispute_id, description="A photo", **asked)
        return (await self.sale.call(self.sale.disputes.AddDisputeEvidence, request, side)).evidence

    async def withdraw(self, dispute: dispute_pb2.Dispute, side: Side | None = None) -> dispute_pb2.Dispute:
        request = pb.WithdrawDisputeRequest(dispute_id=dispute.dispute_id)
        return (await self.sale.call(self.sale.disputes.WithdrawDispute, request, side or self.buyer)).dispute

    async def resolve(
        self, dispute: dispute_pb2.Dispute, outcome: str, side: Side | None = None, **fields: Any
    ) -> dispute_pb2.Dispute:
        request = pb.ResolveDisputeRequest(
            dispute_id=dispute.dispute_id, outcome=f"DISPUTE_OUTCOME_{outcome}", resolution="We looked.", **fields
        )
        return (await self.sale.call(self.sale.disputes.ResolveDispute, request, side or self.operator)).dispute

    async def read(self, dispute: dispute_pb2.Dispute, side: Side) -> dispute_pb2.Dispute:
        request = pb.GetDisputeRequest(dispute_id=dispute.dispute_id)
        return (await self.sale.call(self.sale.disputes.GetDispute, request, side)).dispute

    async def listed(self, side: Side, **fields: Any) -> list[str]:
        answer = await self.sale.call(self.sale.disputes.ListDisputes, pb.ListDisputesRequest(**fields), side)
        return [found.dispute_id for found in answer.disputes]

    async def amounts(self) -> dict[str, int]:
        """Where money lies."""
        return {kind: balance for kind, balance in (await self.balances()).items() if balance}

    async def timeline(self) -> list[str]:
        request = deal_service_pb2.ListDealTimelineRequest(deal_id=self.deal_id)
        entries = (await self.sale.call(self.sale.deals.ListDealTimeline, request, self.buyer)).entries
        return [entry.kind for entry in entries if entry.kind.startswith("dispute.")]

    async def told(self) -> list[Any]:
        """What was published of the dispute, oldest first."""
        rows = await self.sale.sql(
            "SELECT type, payload FROM deal.outbox WHERE organization_id = $1 AND type LIKE '%.Dispute%' ORDER BY id",
            self.seller.organization_id,
        )
        return [getattr(deal_events_pb2, row["type"].rpartition(".")[2]).FromString(row["payload"]) for row in rows]
