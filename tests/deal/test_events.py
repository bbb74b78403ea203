"""From a visit to a sold home, over the events that the services tell each other and nothing else."""

from datetime import timedelta
from typing import Any

import pytest
from google.type import date_pb2

from doorstep.deal.v1 import deal_events_pb2, deal_service_pb2, document_service_pb2, payment_pb2, payment_service_pb2
from doorstep.property.v1 import listing_pb2, listing_service_pb2
from doorstep.visit.v1 import visit_pb2, visit_service_pb2, visit_service_pb2_grpc
from services.property.expiry import Expiry
from tests.deal.conftest import Sale, Side

MORE = ("visit.read", "visit.write", "visit.manage", "deal.manage")
S = listing_pb2


class Home:
    """A listing and who sells it."""

    def __init__(self, sale: Sale, seller: Side, listing_id: str) -> None:
        self.sale, self.seller, self.listing_id = sale, seller, listing_id

    async def status(self) -> int:
        request = listing_service_pb2.GetListingRequest(listing_id=self.listing_id)
        found = await self.sale.market.call(self.sale.market.listings.GetListing, request, self.seller.token)
        return int(found.listing.standard_status)

    async def reach(self, status: int) -> None:
        await self.sale.until(self.status, lambda found: found == status)

    async def visited(self, buyer: Side) -> None:
        """The buyer asks for a visit and the agent agrees to it."""
        stub = self.sale.harness.stub(visit_service_pb2_grpc.VisitServiceStub)
        start = self.sale.harness.clock.now().replace(second=0, microsecond=0) + timedelta(days=2)
        request = visit_service_pb2.RequestVisitRequest(listing_id=self.listing_id)
        request.start_time.FromDatetime(start)
        request.end_time.FromDatetime(start + timedelta(minutes=30))
        visit = (await self.sale.call(stub.RequestVisit, request, buyer)).visit
        approve = visit_service_pb2.ApproveVisitRequest(visit_id=visit.visit_id, etag=visit.etag)
        approved = (await self.sale.call(stub.ApproveVisit, approve, self.seller)).visit
        assert approved.state == visit_pb2.VISIT_STATE_APPROVED

    async def pay(self, buyer: Side, deal_id: str) -> payment_pb2.Payment:
        payments = self.sale.payments
        request = payment_service_pb2.CreatePaymentRequest(deal_id=deal_id, payment_method="pm_ok")
        made = (await self.sale.call(payments.CreatePayment, request, buyer)).payment
        get = payment_service_pb2.GetPaymentRequest(payment_id=made.payment_id)

        async def look() -> Any:
            return (await self.sale.call(payments.GetPayment, get, buyer)).payment

        return await self.sale.until(look, lambda found: found.state == payment_pb2.PAYMENT_STATE_HELD)  # type: ignore[no-any-return]

    async def document(self, buyer: Side, deal_id: str) -> None:
        request = document_service_pb2.AddDealDocumentRequest(
            deal_id=deal_id,
            document_type="PURCHASE_AGREEMENT",
            file_name="agreement.pdf",
            media_type="application/pdf",
            content=b"agreed",
        )
        added = (await self.sale.call(self.sale.documents.AddDealDocument, request, buyer)).document
        verify = document_service_pb2.VerifyDealDocumentRequest(deal_id=deal_id, document_id=added.document_id)
        await self.sale.call(self.sale.documents.VerifyDealDocument, verify, self.seller)


@pytest.fixture
async def home(sale: Sale) -> Home:
    seller = sale.seller(None, *MORE)
    return Home(sale, seller, await sale.listing(seller))


async def test_from_a_visit_to_a_sold_home(sale: Sale, home: Home) -> None:
    buyer, seller = sale.buyer(), home.seller
    await home.visited(buyer)
    assert await home.status() == S.STANDARD_STATUS_ACTIVE
    accepted = await sale.accept(seller, await sale.offer(buyer, home.listing_id))
    await home.reach(S.STANDARD_STATUS_ACTIVE_UNDER_CONTRACT)
    payment = await home.pay(buyer, accepted.deal_id)
    await home.reach(S.STANDARD_STATUS_PENDING)
    await home.document(buyer, accepted.deal_id)
    release = payment_service_pb2.ReleasePaymentRequest(payment_id=payment.payment_id)
    await sale.call(sale.payments.ReleasePayment, release, seller)
    close = deal_service_pb2.CloseDealRequest(deal_id=accepted.deal_id)
    closed = (await sale.call(sale.deals.CloseDeal, close, seller)).deal
    await home.reach(S.STANDARD_STATUS_CLOSED)
    request = listing_service_pb2.GetListingRequest(listing_id=home.listing_id)
    listing = (await sale.market.call(sale.market.listings.GetListing, request, seller.token)).listing
    assert listing.close_price == accepted.price
    assert listing.close_date == closed.close_date


async def test_a_home_is_back_on_the_market_when_its_deal_falls_through(sale: Sale, home: Home) -> None:
    buyer, seller = sale.buyer(), home.seller
    accepted = await sale.accept(seller, await sale.offer(buyer, home.listing_id))
    payment = await home.pay(buyer, accepted.deal_id)
    await home.reach(S.STANDARD_STATUS_PENDING)
    forfeit = payment_service_pb2.ForfeitPaymentRequest(payment_id=payment.payment_id, reason="late")
    await sale.call(sale.payments.ForfeitPayment, forfeit, seller)
    cancel = deal_service_pb2.CancelDealRequest(deal_id=accepted.deal_id, reason="late")
    await sale.call(sale.deals.CancelDeal, cancel, seller)
    await home.reach(S.STANDARD_STATUS_ACTIVE)
    other = sale.buyer()
    await home.visited(other)
    assert await sale.accept(seller, await sale.offer(other, home.listing_id))
    await home.reach(S.STANDARD_STATUS_ACTIVE_UNDER_CONTRACT)


async def test_the_owners_contract_has_run_out_when_the_deal_falls_through(sale: Sale, home: Home) -> None:
    """A deal that falls through is no new contract with the owner: the listing expires by the old one."""
    accepted = await sale.accept(home.seller, await sale.offer(sale.buyer(), home.listing_id))
    await home.reach(S.STANDARD_STATUS_ACTIVE_UNDER_CONTRACT)
    update = listing_service_pb2.UpdateListingRequest(listing=S.Listing(listing_id=home.listing_id))
    update.listing.expiration_date.CopyFrom(date_pb2.Date(year=2020, month=1, day=31))
    update.update_mask.paths.append("expiration_date")
    await sale.market.call(sale.market.listings.UpdateListing, update, home.seller.token)
    cancel = deal_service_pb2.CancelDealRequest(deal_id=accepted.deal_id, reason="no mortgage")
    await sale.call(sale.deals.CancelDeal, cancel, home.seller)
    await taken_in(sale, deal_events_pb2.DealCancelled, home.listing_id)
    await Expiry(sale.harness.resources.database("property"), sale.harness.clock).once()
    assert await home.status() == S.STANDARD_STATUS_EXPIRED


async def test_what_people_have_moved_by_hand_stays(sale: Sale, home: Home) -> None:
    """A deal that falls through does not bring back what its owner has taken off the market."""
    accepted = await sale.accept(home.seller, await sale.offer(sale.buyer(), home.listing_id))
    await home.reach(S.STANDARD_STATUS_ACTIVE_UNDER_CONTRACT)
    await sale.market.move(home.seller.token, home.listing_id, "WithdrawListing")
    cancel = deal_service_pb2.CancelDealRequest(deal_id=accepted.deal_id, reason="withdrawn")
    await sale.call(sale.deals.CancelDeal, cancel, home.seller)
    await taken_in(sale, deal_events_pb2.DealCancelled, home.listing_id)
    assert await home.status() == S.STANDARD_STATUS_WITHDRAWN


async def taken_in(sale: Sale, event: Any, listing_id: str) -> None:
    """Wait until property has handled an event about a listing."""

    async def look() -> Any:
        return await sale.sql(
            "SELECT 1 FROM deal.outbox o JOIN property.inbox i ON i.event_id = o.event_id "
            "WHERE o.key = $1 AND o.type = $2",
            listing_id,
            event.DESCRIPTOR.full_name,
        )

    await sale.until(look, bool)
