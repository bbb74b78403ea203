"""DealService, PipelineService, DocumentService: along the pipeline, with the papers that it asks for."""

import hashlib

import pytest

from doorstep.deal.v1 import deal_pb2, deal_service_pb2, document_pb2, pipeline_pb2, pipeline_service_pb2
from doorstep.deal.v1 import document_service_pb2 as pb
from services.chassis.errors import EtagMismatch
from services.chassis.ids import new_id
from services.chassis.testing import refused
from services.deal import errors
from services.deal.pipelines import USUAL_STAGES
from tests.deal.conftest import Sale, Side
from tests.fixtures.people import agent, someone


async def begin(sale: Sale, seller: Side, **fields: str) -> deal_pb2.Deal:
    request = deal_service_pb2.CreateDealRequest(display_name="12 Lake St", **fields)
    request.price.currency_code, request.price.units = "USD", 500_000
    return (await sale.call(sale.deals.CreateDeal, request, seller)).deal


async def agree(sale: Sale, seller: Side) -> tuple[deal_pb2.Deal, Side]:
    """A deal with a buyer."""
    buyer = sale.buyer()
    accepted = await sale.accept(seller, await sale.offer(buyer, await sale.listing(seller)))
    return await sale.deal(seller, accepted.deal_id), buyer


async def pipeline_of(sale: Sale, seller: Side, deal: deal_pb2.Deal) -> pipeline_pb2.Pipeline:
    request = pipeline_service_pb2.GetPipelineRequest(pipeline_id=deal.pipeline_id)
    return (await sale.call(sale.pipelines.GetPipeline, request, seller)).pipeline


async def move(sale: Sale, seller: Side, deal: deal_pb2.Deal, stage_id: str) -> deal_pb2.Deal:
    request = deal_service_pb2.MoveDealStageRequest(deal_id=deal.deal_id, stage_id=stage_id)
    return (await sale.call(sale.deals.MoveDealStage, request, seller)).deal


async def add(sale: Sale, side: Side, deal: deal_pb2.Deal, content: bytes, **fields: str) -> document_pb2.DealDocument:
    request = pb.AddDealDocumentRequest(
        deal_id=deal.deal_id,
        document_type="PURCHASE_AGREEMENT",
        file_name="agreement.pdf",
        media_type="application/pdf",
        content=content,
        **fields,
    )
    return (await sale.call(sale.documents.AddDealDocument, request, side)).document


@pytest.fixture
def seller(sale: Sale) -> Side:
    return sale.seller(None, "deal.manage")


class TestStages:
    async def test_the_first_deal_brings_the_usual_pipeline(self, sale: Sale, seller: Side) -> None:
        first, second = await begin(sale, seller), await begin(sale, seller)
        assert first.pipeline_id == second.pipeline_id
        found = await pipeline_of(sale, seller, first)
        assert found.default_yn
        assert [stage.display_name for stage in found.stages] == [usual.display_name for usual in USUAL_STAGES]
        assert first.stage_display_name == USUAL_STAGES[0].display_name

    async def test_a_stage_asks_for_its_papers(self, sale: Sale, seller: Side) -> None:
        deal, buyer = await agree(sale, seller)
        stages = (await pipeline_of(sale, seller, deal)).stages
        with refused(errors.DocumentsMissing) as refusal:
            await move(sale, seller, deal, stages[2].stage_id)
        assert refusal.metadata["document_types"] == "PURCHASE_AGREEMENT"
        added = await add(sale, buyer, deal, b"agreed")
        verify = pb.VerifyDealDocumentRequest(deal_id=deal.deal_id, document_id=added.document_id)
        await sale.call(sale.documents.VerifyDealDocument, verify, seller)
        moved = await move(sale, seller, deal, stages[2].stage_id)
        assert moved.probability == stages[2].probability
        timeline = deal_service_pb2.ListDealTimelineRequest(deal_id=deal.deal_id)
        entries = (await sale.call(sale.deals.ListDealTimeline, timeline, buyer)).entries
        assert [entry.kind for entry in entries] == ["stage", "document.verify", "document.add", "open"]

    async def test_a_stage_of_another_pipeline_is_none(self, sale: Sale, seller: Side) -> None:
        with refused(errors.StageNotFound):
            await move(sale, seller, await begin(sale, seller), str(new_id()))

    async def test_a_stage_in_use_stays(self, sale: Sale, seller: Side) -> None:
        deal = await begin(sale, seller)
        pipeline = await pipeline_of(sale, seller, deal)
        request = pipeline_service_pb2.UpdatePipelineRequest(pipeline_id=pipeline.pipeline_id, pipeline=pipeline)
        del request.pipeline.stages[0]
        with refused(errors.StageInUse):
            await sale.call(sale.pipelines.UpdatePipeline, request, seller)

    async def test_stages_change_places_and_deals_follow_their_names(self, sale: Sale, seller: Side) -> None:
        deal = await begin(sale, seller)
        pipeline = await pipeline_of(sale, seller, deal)
        request = pipeline_service_pb2.UpdatePipelineRequest(pipeline_id=pipeline.pipeline_id, pipeline=pipeline)
        stages = list(reversed(pipeline.stages))
        stages[-1].display_name = "Signed"
        del request.pipeline.stages[:]
        request.pipeline.stages.extend(stages)
        changed = (await sale.call(sale.pipelines.UpdatePipeline, request, seller)).pipeline
        assert [stage.stage_id for stage in changed.stages] == [stage.stage_id for stage in stages]
        assert (await sale.deal(seller, deal.deal_id)).stage_display_name == "Signed"


class TestPeople:
    async def test_buyer_and_agent_must_be_there(self, sale: Sale, seller: Side) -> None:
        known, nobody = await someone(sale.harness), str(new_id())
        begun = await begin(sale, seller, buyer_id=known.id)
        assert (begun.buyer_id, begun.agent_id) == (known.id, str(seller.user_id))
        with refused(errors.BuyerNotFound):
            await begin(sale, seller, buyer_id=nobody)
        for stranger in (nobody, known.id):
            with refused(errors.AgentNotFound):
                await begin(sale, seller, agent_id=stranger)
            with refused(errors.AgentNotFound):
                request = deal_service_pb2.UpdateDealRequest(deal_id=begun.deal_id, agent_id=stranger)
                await sale.call(sale.deals.UpdateDeal, request, seller)

    async def test_a_colleague_may_lead(self, sale: Sale) -> None:
        colleague = await agent(sale.harness)
        seller = sale.seller(colleague.organization_id)
        begun = await begin(sale, seller)
        request = deal_service_pb2.UpdateDealRequest(deal_id=begun.deal_id, agent_id=colleague.id, etag=begun.etag)
        changed = (await sale.call(sale.deals.UpdateDeal, request, seller)).deal
        assert changed.agent_id == colleague.id
        assert changed.etag != begun.etag
        with refused(EtagMismatch):
            await sale.call(sale.deals.UpdateDeal, request, seller)


class TestDocuments:
    async def test_the_bytes_come_back_as_they_were(self, sale: Sale, seller: Side) -> None:
        content = bytes(range(256)) * 100
        deal, buyer = await agree(sale, seller)
        added = await add(sale, seller, deal, content)
        assert added.sha256 == hashlib.sha256(content).hexdigest()
        request = pb.DownloadDealDocumentRequest(deal_id=deal.deal_id, document_id=added.document_id)
        assert (await sale.call(sale.documents.DownloadDealDocument, request, buyer)).content == content
        with refused(errors.DealNotFound):
            await sale.call(sale.documents.DownloadDealDocument, request, sale.buyer())

    async def test_what_is_for_members_is_hidden_from_the_buyer(self, sale: Sale, seller: Side) -> None:
        deal, buyer = await agree(sale, seller)
        added = await add(sale, seller, deal, b"notes", audience="DOCUMENT_AUDIENCE_MEMBERS")
        request = pb.GetDealDocumentRequest(deal_id=deal.deal_id, document_id=added.document_id)
        with refused(errors.DocumentNotFound):
            await sale.call(sale.documents.GetDealDocument, request, buyer)
        listing = pb.ListDealDocumentsRequest(deal_id=deal.deal_id)
        listed = await sale.call(sale.documents.ListDealDocuments, listing, buyer)
        assert not listed.documents
        timeline = deal_service_pb2.ListDealTimelineRequest(deal_id=deal.deal_id)
        entries = (await sale.call(sale.deals.ListDealTimeline, timeline, buyer)).entries
        assert [entry.kind for entry in entries] == ["open"]

    async def test_refusals(self, sale: Sale, seller: Side) -> None:
        deal = await begin(sale, seller)
        with refused(errors.ChecksumMismatch):
            await add(sale, seller, deal, b"a", sha256="0" * 64)
        added = await add(sale, seller, deal, b"a")
        with refused(errors.DocumentExists) as refusal:
            await add(sale, seller, deal, b"a")
        assert refusal.metadata["document_id"] == added.document_id
        with refused(errors.FourEyes):
            request = pb.VerifyDealDocumentRequest(deal_id=deal.deal_id, document_id=added.document_id)
            await sale.call(sale.documents.VerifyDealDocument, request, seller)
        reject = pb.RejectDealDocumentRequest(deal_id=deal.deal_id, document_id=added.document_id, reason="blurred")
        await sale.call(sale.documents.RejectDealDocument, reject, seller)
        assert (await add(sale, seller, deal, b"a")).document_id != added.document_id
