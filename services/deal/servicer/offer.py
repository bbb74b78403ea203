"""OfferService."""

from typing import Any

from doorstep.deal.v1 import offer_pb2, offer_service_pb2_grpc
from doorstep.deal.v1 import offer_service_pb2 as pb
from services.chassis.actor import current_actor
from services.chassis.ids import parse_id
from services.chassis.mapping import enum_name
from services.deal.mapping import offer as mapping
from services.deal.models.offer import Offer
from services.deal.operations import offer as operations
from services.deal.servicer.parts import Parts, optional_id


class OfferServicer(offer_service_pb2_grpc.OfferServiceServicer):
    """Where a buyer and a seller come to terms."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._db = parts.database
        self._clock = parts.clock

    async def _visible(self, offer_id: str) -> Offer:
        """The offer as the caller may see it: who may not know of it, may not change it."""
        async with self._db.read(current_actor()) as tx:
            return await operations.get_offer(tx, parse_id(offer_id))

    async def MakeOffer(self, request: pb.MakeOfferRequest, context: Any) -> pb.MakeOfferResponse:
        """Makes an offer for a listing."""
        terms, now = mapping.to_terms(request), self._clock.now()
        listing = await self._parts.listings.resolve(parse_id(request.listing_id))
        async with self._parts.change(listing.organization_id) as tx:
            row = await operations.make_offer(tx, current_actor(), listing, terms, now)
        return pb.MakeOfferResponse(offer=mapping.to_message(row))

    async def GetOffer(self, request: pb.GetOfferRequest, context: Any) -> pb.GetOfferResponse:
        """Reads one offer."""
        return pb.GetOfferResponse(offer=mapping.to_message(await self._visible(request.offer_id)))

    async def ListOffers(self, request: pb.ListOffersRequest, context: Any) -> pb.ListOffersResponse:
        """Lists offers, newest first."""
        page = self._parts.page_tokens.page(request)
        states = [enum_name(offer_pb2.OfferState, "OFFER_STATE_", state) for state in request.states]
        async with self._db.read(current_actor()) as tx:
            rows = await operations.list_offers(tx, page, listing_id=optional_id(request.listing_id), states=states)
        return pb.ListOffersResponse(
            offers=[mapping.to_message(row) for row in rows.items], next_page_token=rows.next_page_token
        )

    async def ListOfferRounds(self, request: pb.ListOfferRoundsRequest, context: Any) -> pb.ListOfferRoundsResponse:
        """Lists what either side asked for, the latest first."""
        page = self._parts.page_tokens.page(request)
        async with self._db.read(current_actor()) as tx:
            rows = await operations.list_offer_rounds(tx, parse_id(request.offer_id), page)
        return pb.ListOfferRoundsResponse(
            rounds=[mapping.to_round(row) for row in rows.items], next_page_token=rows.next_page_token
        )

    async def CounterOffer(self, request: pb.CounterOfferRequest, context: Any) -> pb.CounterOfferResponse:
        """Answers with other terms."""
        terms, now = mapping.to_terms(request), self._clock.now()
        found = await self._visible(request.offer_id)
        async with self._parts.change(found.organization_id) as tx:
            row = await operations.counter_offer(tx, current_actor(), found, terms, etag=request.etag, now=now)
        return pb.CounterOfferResponse(offer=mapping.to_message(row))

    async def AcceptOffer(self, request: pb.AcceptOfferRequest, context: Any) -> pb.AcceptOfferResponse:
        """Accepts the terms on the table."""
        found = await self._visible(request.offer_id)
        listing = await self._parts.listings.resolve(found.listing_id)
        async with self._parts.change(found.organization_id) as tx:
            row = await operations.accept_offer(
                tx, current_actor(), found, listing, etag=request.etag, now=self._clock.now()
            )
        return pb.AcceptOfferResponse(offer=mapping.to_message(row))

    async def RejectOffer(self, request: pb.RejectOfferRequest, context: Any) -> pb.RejectOfferResponse:
        """Says no."""
        found = await self._visible(request.offer_id)
        async with self._parts.change(found.organization_id) as tx:
            row = await operations.reject_offer(
                tx, current_actor(), found, reason=request.reason, etag=request.etag, now=self._clock.now()
            )
        return pb.RejectOfferResponse(offer=mapping.to_message(row))

    async def WithdrawOffer(self, request: pb.WithdrawOfferRequest, context: Any) -> pb.WithdrawOfferResponse:
        """Takes an offer back."""
        found = await self._visible(request.offer_id)
        async with self._parts.change(found.organization_id) as tx:
            row = await operations.withdraw_offer(tx, current_actor(), found, etag=request.etag, now=self._clock.now())
        return pb.WithdrawOfferResponse(offer=mapping.to_message(row))
