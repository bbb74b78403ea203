"""Certificates of visits as evidence: whose they must be, and that they are good."""

import pytest

from doorstep.deal.v1 import dispute_pb2
from doorstep.deal.v1 import dispute_service_pb2 as pb
from doorstep.visit.v1 import certificate_service_pb2, certificate_service_pb2_grpc
from services.chassis.ids import new_id, parse_id
from services.chassis.testing import refused
from services.deal import errors
from services.identity.permissions import PREDEFINED
from tests.deal.conftest import Sale, Side
from tests.visit.conftest import Diary, Home, Somebody
from tests.visit.steps import begun, completed


class Story:
    """A home, its agent, and disputes over it."""

    def __init__(self, sale: Sale, home: Home, agent: Side) -> None:
        self.sale, self.home, self.agent = sale, home, agent
        self.diary = Diary(sale.harness, sale.database)

    @classmethod
    async def begin(cls, sale: Sale) -> "Story":
        agent = Side(sale.harness, new_id(), tuple(PREDEFINED["admin"][1]))
        made, listing = await sale.market.on_market(agent.token)
        showing = Somebody(agent.user_id, agent.token, agent.organization_id)
        return cls(sale, Home(listing.listing_id, made.property_id, showing), agent)

    async def visited(self, buyer: Side) -> str:
        visit = await completed(self.diary, self.home, Somebody(buyer.user_id, buyer.token))
        return str(visit.visit_id)

    async def dispute(self, buyer: Side) -> dispute_pb2.Dispute:
        accepted = await self.sale.accept(self.agent, await self.sale.offer(buyer, self.home.listing_id))
        request = pb.OpenDisputeRequest(
            deal_id=accepted.deal_id, reason="DISPUTE_REASON_VISIT", statement="We were never shown the cellar."
        )
        return (await self.sale.call(self.sale.disputes.OpenDispute, request, buyer)).dispute

    async def show(
        self, dispute: dispute_pb2.Dispute, visit_id: str, side: Side, **fields: str
    ) -> dispute_pb2.DisputeEvidence:
        request = pb.AddDisputeEvidenceRequest(
            dispute_id=dispute.dispute_id, description="We were there.", visit_id=visit_id, **fields
        )
        return (await self.sale.call(self.sale.disputes.AddDisputeEvidence, request, side)).evidence


@pytest.fixture
async def story(sale: Sale) -> Story:
    return await Story.begin(sale)


async def test_either_side_shows_it_and_anybody_verifies_it(sale: Sale, story: Story) -> None:
    buyer = sale.buyer()
    visit_id = await story.visited(buyer)
    dispute = await story.dispute(buyer)
    shown = await story.show(dispute, visit_id, story.agent)
    assert (shown.visit_id, shown.party) == (visit_id, dispute_pb2.DEAL_PARTY_SELLER)
    stub = sale.harness.stub(certificate_service_pb2_grpc.CertificateServiceStub)
    verify = certificate_service_pb2.VerifyCertificateRequest(certificate_id=shown.certificate_id, hash=shown.sha256)
    assert (await sale.harness.call(stub.VerifyCertificate, verify)).valid
    again = await story.show(dispute, visit_id, buyer, sha256=shown.sha256)
    assert again.certificate_id == shown.certificate_id
    with refused(errors.ChecksumMismatch):
        await story.show(dispute, visit_id, buyer, sha256="0" * 64)
    with refused(errors.EvidenceNotFound):
        download = pb.DownloadDisputeEvidenceRequest(dispute_id=dispute.dispute_id, evidence_id=shown.evidence_id)
        await sale.call(sale.disputes.DownloadDisputeEvidence, download, buyer)


async def test_another_ones_visit_is_no_visit(sale: Sale, story: Story) -> None:
    """Of another buyer, of another home, of nobody, or not completed: one answer for all of them."""
    buyer, elsewhere = sale.buyer(), await Story.begin(sale)
    foreign = [await story.visited(sale.buyer()), await elsewhere.visited(buyer), str(new_id())]
    unfinished, _ = await begun(story.diary, story.home, Somebody(buyer.user_id, buyer.token), hours=9)
    dispute = await story.dispute(buyer)
    for visit_id in (*foreign, unfinished.visit_id):
        for side in (buyer, story.agent):
            with refused(errors.CertificateNotFound):
                await story.show(dispute, visit_id, side)


async def test_one_that_was_tampered_with_is_refused(sale: Sale, story: Story) -> None:
    buyer = sale.buyer()
    visit_id = await story.visited(buyer)
    dispute = await story.dispute(buyer)
    await sale.sql("UPDATE visit.visits SET evidence_score = 1 WHERE id = $1", parse_id(visit_id))
    with refused(errors.CertificateInvalid) as refusal:
        await story.show(dispute, visit_id, buyer)
    assert refusal.metadata["problem"] == "VISIT_DIFFERS"
