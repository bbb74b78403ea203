"""DealService, DocumentService: along the pipeline, with the papers that it asks for."""

import asyncio
import hashlib
import itertools
from typing import Any

import asyncpg
import grpc
import pytest

from doorstep.deal.v1 import (
    deal_events_pb2,
    deal_pb2,
    deal_service_pb2,
    document_pb2,
    offer_pb2,
    pipeline_pb2,
    pipeline_service_pb2,
)
from doorstep.deal.v1 import document_service_pb2 as pb
from services.chassis.actor import Actor, CallerKind, system_for
from services.chassis.errors import EtagMismatch
from services.chassis.ids import new_id, parse_id
from services.chassis.testing import Refusal, refused
from services.deal import errors
from services.deal.operations import document
from services.deal.operations.offer import Terms, make_offer
from services.deal.peers import ListingFacts
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


class TestDeals:
    async def test_lists_are_filtered(self, sale: Sale, seller: Side) -> None:
        first, second = await begin(sale, seller), await begin(sale, seller)
        agreed, buyer = await agree(sale, seller)
        stages = (await pipeline_of(sale, seller, first)).stages
        await move(sale, seller, second, stages[1].stage_id)
        request = deal_service_pb2.CancelDealRequest(deal_id=first.deal_id, reason="no")
        await sale.call(sale.deals.CancelDeal, request, seller)

        async def listed(side: Side, **fields: Any) -> list[str]:
            answer = await sale.call(sale.deals.ListDeals, deal_service_pb2.ListDealsRequest(**fields), side)
            return [deal.deal_id for deal in answer.deals]

        assert await listed(seller) == [agreed.deal_id, second.deal_id, first.deal_id]
        assert await listed(seller, states=["DEAL_STATE_CANCELLED"]) == [first.deal_id]
        assert await listed(seller, stage_id=stages[1].stage_id) == [second.deal_id]
        assert await listed(seller, listing_id=agreed.listing_id) == [agreed.deal_id]
        assert await listed(seller, agent_id=str(new_id())) == []
        assert await listed(buyer) == [agreed.deal_id]
        assert await listed(sale.buyer()) == []

    async def test_of_a_listing(self, sale: Sale, seller: Side) -> None:
        listing_id = await sale.listing(seller)
        buyer = sale.buyer()
        waiting = await sale.offer(buyer, listing_id)
        begun = await begin(sale, seller, listing_id=listing_id)
        assert begun.listing_id == listing_id
        assert (await sale.get(buyer, waiting.offer_id)).state == offer_pb2.OFFER_STATE_LAPSED
        with refused(errors.ListingTaken):
            await begin(sale, seller, listing_id=listing_id)
        with refused(errors.ListingNotFound):
            await begin(sale, seller, listing_id=await sale.listing(sale.seller()))
        held = await sale.listing(seller)
        await sale.market.move(seller.token, held, "HoldListing")
        with refused(errors.ListingNotForSale):
            await begin(sale, seller, listing_id=held)

    async def test_a_sold_home_is_not_sold_again_before_its_listing_knows(self, sale: Sale, seller: Side) -> None:
        """Sold without an offer: no accepted one keeps others out, and property hears of the sale a little later."""
        deal = await begin(sale, seller, listing_id=await sale.listing(seller))
        added = await add(sale, sale.seller(seller.organization_id), deal, b"agreed")
        verify = pb.VerifyDealDocumentRequest(deal_id=deal.deal_id, document_id=added.document_id)
        await sale.call(sale.documents.VerifyDealDocument, verify, seller)
        await sale.call(sale.deals.CloseDeal, deal_service_pb2.CloseDealRequest(deal_id=deal.deal_id), seller)
        assert seller.organization_id is not None
        as_it_was = ListingFacts(
            listing_id=parse_id(deal.listing_id),
            property_id=parse_id(deal.property_id),
            organization_id=seller.organization_id,
            agent_id=seller.user_id,
            standard_status="ACTIVE_UNDER_CONTRACT",
            list_price=50_000_000,
            currency_code="USD",
            unparsed_address="",
        )
        buyer, terms = Actor(CallerKind.USER, user_id=new_id()), Terms(50_000_000, "USD", None, "", None)
        with pytest.raises(errors.ListingTaken):
            async with sale.harness.resources.database("deal").transaction(system_for(seller.organization_id)) as tx:
                await make_offer(tx, buyer, as_it_was, terms, sale.harness.clock.now())

    @pytest.mark.parametrize("price", [("USD", 0), ("USD", -1), ("EUR", 5)])
    async def test_a_price_that_is_none(self, sale: Sale, seller: Side, price: tuple[str, int]) -> None:
        request = deal_service_pb2.CreateDealRequest(display_name="x", listing_id=await sale.listing(seller))
        request.price.currency_code, request.price.units = price
        with refused("INVALID_FIELDS"):
            await sale.call(sale.deals.CreateDeal, request, seller)

    async def test_changes(self, sale: Sale, seller: Side) -> None:
        deal = await begin(sale, seller)

        async def update(**fields: Any) -> deal_pb2.Deal:
            request = deal_service_pb2.UpdateDealRequest(deal_id=deal.deal_id, **fields)
            return (await sale.call(sale.deals.UpdateDeal, request, seller)).deal

        changed = await update(display_name="14 Lake St", close_date={"year": 2100, "month": 2, "day": 3})
        assert (changed.display_name, changed.close_date.year) == ("14 Lake St", 2100)
        assert changed.price == deal.price
        for wrong in ({}, {"close_date": {"year": 2020, "month": 1, "day": 1}}):
            with refused("INVALID_FIELDS"):
                await update(**wrong)
        entries = (await self.timeline(sale, seller, deal)).entries
        assert [entry.kind for entry in entries] == ["update", "update", "open"]
        assert "14 Lake St" in {entry.new_value.partition("=")[2] for entry in entries}

    async def timeline(self, sale: Sale, side: Side, deal: deal_pb2.Deal, **fields: Any) -> Any:
        request = deal_service_pb2.ListDealTimelineRequest(deal_id=deal.deal_id, **fields)
        return await sale.call(sale.deals.ListDealTimeline, request, side)

    async def test_history_comes_in_pages_and_stays(self, sale: Sale, seller: Side) -> None:
        deal = await begin(sale, seller)
        stages = (await pipeline_of(sale, seller, deal)).stages
        for n in (1, 0, 1, 0):
            await move(sale, seller, deal, stages[n].stage_id)
        assert (await move(sale, seller, deal, stages[0].stage_id)).stage_id == stages[0].stage_id  # no move
        first = await self.timeline(sale, seller, deal, page_size=3)
        second = await self.timeline(sale, seller, deal, page_size=3, page_token=first.next_page_token)
        assert [e.kind for e in (*first.entries, *second.entries)] == ["stage"] * 4 + ["open"]
        assert not second.next_page_token
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await sale.sql("UPDATE deal.deal_timeline SET kind = 'x'")

    async def test_what_is_over_stays(self, sale: Sale, seller: Side) -> None:
        deal = await begin(sale, seller)
        stages = (await pipeline_of(sale, seller, deal)).stages
        close = deal_service_pb2.CloseDealRequest(deal_id=deal.deal_id)
        with refused("INVALID_FIELDS"):
            future = deal_service_pb2.CloseDealRequest(
                deal_id=deal.deal_id, close_date={"year": 2100, "month": 1, "day": 1}
            )
            await sale.call(sale.deals.CloseDeal, future, seller)
        with refused(errors.DocumentsMissing):
            await sale.call(sale.deals.CloseDeal, close, seller)
        cancel = deal_service_pb2.CancelDealRequest(deal_id=deal.deal_id, reason="no")
        cancelled = (await sale.call(sale.deals.CancelDeal, cancel, seller)).deal
        assert (cancelled.reason, cancelled.probability) == ("no", 0)
        with refused(errors.DealStateRefused):
            await move(sale, seller, deal, stages[1].stage_id)
        with refused(errors.DealStateRefused):
            await add(sale, seller, deal, b"late")
        for method, request in (
            (sale.deals.CloseDeal, close),
            (sale.deals.CancelDeal, cancel),
            (sale.deals.UpdateDeal, deal_service_pb2.UpdateDealRequest(deal_id=deal.deal_id, display_name="x")),
        ):
            with refused(errors.DealStateRefused) as refusal:
                await sale.call(method, request, seller)
            assert refusal.metadata["state"] == "CANCELLED"

    async def test_an_old_etag(self, sale: Sale, seller: Side) -> None:
        deal = await begin(sale, seller)
        stages = (await pipeline_of(sale, seller, deal)).stages
        await move(sale, seller, deal, stages[1].stage_id)
        requests = (
            (sale.deals.MoveDealStage, deal_service_pb2.MoveDealStageRequest(stage_id=stages[0].stage_id)),
            (sale.deals.CloseDeal, deal_service_pb2.CloseDealRequest()),
            (sale.deals.CancelDeal, deal_service_pb2.CancelDealRequest(reason="x")),
        )
        for method, request in requests:
            request.deal_id, request.etag = deal.deal_id, deal.etag
            with refused(EtagMismatch):
                await sale.call(method, request, seller)

    async def test_moves_at_once_are_told_one_after_the_other(self, sale: Sale, seller: Side) -> None:
        """Each entry of the history begins where the one before it ended, whoever was faster."""
        deal = await begin(sale, seller)
        stages = (await pipeline_of(sale, seller, deal)).stages
        await asyncio.gather(*(move(sale, seller, deal, stages[n % 2].stage_id) for n in range(10)))
        entries = (await self.timeline(sale, seller, deal, page_size=100)).entries
        entries = [entry for entry in reversed(entries) if entry.kind == "stage"]
        assert entries[0].previous_value == stages[0].display_name
        for before, after in itertools.pairwise(entries):
            assert before.new_value == after.previous_value != after.new_value
        assert (await sale.deal(seller, deal.deal_id)).stage_display_name == entries[-1].new_value


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

    async def test_nothing_tells_the_buyer_of_it(self, sale: Sale, seller: Side) -> None:
        """Not that the same bytes are there, nor that they were found good."""
        deal, buyer = await agree(sale, seller)
        hidden = await add(sale, seller, deal, b"notes", audience="DOCUMENT_AUDIENCE_MEMBERS")
        own = await add(sale, buyer, deal, b"notes")
        assert own.document_id != hidden.document_id
        with refused(errors.DocumentExists) as refusal:
            await add(sale, buyer, deal, b"notes")
        assert refusal.metadata["document_id"] == own.document_id
        with refused(errors.DocumentExists):
            await add(sale, seller, deal, b"notes", audience="DOCUMENT_AUDIENCE_MEMBERS")
        checker = sale.seller(parse_id(deal.organization_id), "deal.manage")
        for added in (hidden, own):
            verify = pb.VerifyDealDocumentRequest(deal_id=deal.deal_id, document_id=added.document_id)
            await sale.call(sale.documents.VerifyDealDocument, verify, checker)
        rows = await sale.sql(
            "SELECT payload FROM deal.outbox WHERE organization_id = $1 AND type LIKE '%.DocumentVerified' ORDER BY id",
            seller.organization_id,
        )
        told = [deal_events_pb2.DocumentVerified.FromString(row["payload"]) for row in rows]
        assert [(fact.document_id, fact.deal.buyer_id) for fact in told] == [
            (hidden.document_id, ""),
            (own.document_id, str(buyer.user_id)),
        ]

    async def test_there_is_an_end_to_it_for_each_side(
        self, sale: Sale, seller: Side, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(document, "MOST_DOCUMENTS", 2)
        deal, buyer = await agree(sale, seller)
        for side in (seller, buyer):
            for content in (b"one", b"two"):
                await add(sale, side, deal, content + str(side.user_id).encode())
            with refused(errors.DocumentLimit) as refusal:
                await add(sale, side, deal, b"three")
            assert refusal.metadata["limit"] == "2"

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

    async def test_who_decides_and_once(self, sale: Sale, seller: Side) -> None:
        deal, buyer = await agree(sale, seller)
        added = await add(sale, buyer, deal, b"deed")
        verify = pb.VerifyDealDocumentRequest(deal_id=deal.deal_id, document_id=added.document_id, etag=added.etag)
        for other in (buyer, Side(sale.harness, seller.organization_id, ("deal.read", "deal.write"))):
            with refused("PERMISSION_MISSING"):
                await sale.call(sale.documents.VerifyDealDocument, verify, other)
        verified = (await sale.call(sale.documents.VerifyDealDocument, verify, seller)).document
        assert verified.document_status == document_pb2.DOCUMENT_STATUS_ACCEPTED
        assert verified.verifier_id == str(seller.user_id)
        with refused(EtagMismatch):
            await sale.call(sale.documents.VerifyDealDocument, verify, seller)
        reject = pb.RejectDealDocumentRequest(deal_id=deal.deal_id, document_id=added.document_id, reason="late")
        with refused(errors.DocumentStateRefused) as refusal:
            await sale.call(sale.documents.RejectDealDocument, reject, seller)
        assert refusal.metadata["state"] == "ACCEPTED"

    async def test_a_reader_adds_nothing_and_others_deals_have_others_documents(self, sale: Sale, seller: Side) -> None:
        deal, _ = await agree(sale, seller)
        with refused(errors.NotAParty):
            await add(sale, Side(sale.harness, seller.organization_id, ("deal.read",)), deal, b"x")
        added, other = await add(sale, seller, deal, b"x"), await begin(sale, seller)
        request = pb.GetDealDocumentRequest(deal_id=other.deal_id, document_id=added.document_id)
        with refused(errors.DocumentNotFound):
            await sale.call(sale.documents.GetDealDocument, request, seller)

    async def test_the_same_bytes_added_at_once_are_one_document(self, sale: Sale, seller: Side) -> None:
        deal, buyer = await agree(sale, seller)
        sides = [seller, buyer] * 5
        ended = await asyncio.gather(*(add(sale, side, deal, b"same") for side in sides), return_exceptions=True)
        assert sum(isinstance(e, document_pb2.DealDocument) for e in ended) == 1
        assert {Refusal.of(e).reason for e in ended if isinstance(e, grpc.aio.AioRpcError)} == {"DOCUMENT_EXISTS"}

    async def test_bytes_that_have_rotted_are_not_handed_out(self, sale: Sale, seller: Side) -> None:
        deal = await begin(sale, seller)
        added = await add(sale, seller, deal, b"good")
        for statement in (
            "ALTER TABLE deal.document_contents DISABLE TRIGGER document_contents_append_only",
            f"UPDATE deal.document_contents SET content = 'rotten' WHERE document_id = '{added.document_id}'",
            "ALTER TABLE deal.document_contents ENABLE TRIGGER document_contents_append_only",
        ):
            await sale.sql(statement)
        request = pb.DownloadDealDocumentRequest(deal_id=deal.deal_id, document_id=added.document_id)
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await sale.call(sale.documents.DownloadDealDocument, request, seller)
        assert caught.value.code() is grpc.StatusCode.INTERNAL
