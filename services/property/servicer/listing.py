"""ListingService."""

from datetime import date
from typing import Any, Protocol

from doorstep.property.v1 import listing_pb2, listing_service_pb2_grpc
from doorstep.property.v1 import listing_service_pb2 as pb
from services.chassis.actor import SYSTEM, current_actor
from services.chassis.ids import parse_id
from services.chassis.mapping import enum_name, from_date, from_money, masked
from services.property.errors import ListingNotFound
from services.property.mapping import listing as listings
from services.property.mapping.search import answer
from services.property.models import LISTING_FIELDS
from services.property.operations import listing as operations
from services.property.servicer.parts import Parts, member
from services.property.servicer.property import id_of


class _Verb(Protocol):
    listing_id: str
    etag: str


class ListingServicer(listing_service_pb2_grpc.ListingServiceServicer):
    """Offers of properties."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._db = parts.database
        self._clock = parts.clock

    async def CreateListing(self, request: pb.CreateListingRequest, context: Any) -> pb.CreateListingResponse:
        """Creates a listing of a property, INCOMPLETE."""
        values = listings.to_values(request.listing)
        now = self._clock.now()
        async with self._db.transaction(current_actor()) as tx:
            row = await operations.create_listing(tx, parse_id(request.listing.property_id), values, now)
        return pb.CreateListingResponse(listing=listings.to_message(row, now))

    async def GetListing(self, request: pb.GetListingRequest, context: Any) -> pb.GetListingResponse:
        """Reads one listing."""
        listing_id, actor, now = parse_id(request.listing_id), member(), self._clock.now()
        if actor is not None:
            try:
                row = await operations.get_listing(self._db.hot(actor), listing_id)
                return pb.GetListingResponse(listing=listings.to_message(row, now))
            except ListingNotFound:
                pass  # perhaps it is another organisation's, on the market
        found = await self._parts.index.of_listing(listing_id)
        if found is None:
            raise ListingNotFound
        return pb.GetListingResponse(listing=answer(found[1], now).current_listing)

    async def ListListings(self, request: pb.ListListingsRequest, context: Any) -> pb.ListListingsResponse:
        """Lists the listings of the caller's organisation, newest first."""
        page, now = self._parts.page_tokens.page(request), self._clock.now()
        states = [enum_name(listing_pb2.StandardStatus, "STANDARD_STATUS_", s) for s in request.standard_statuses]
        async with self._db.read(current_actor()) as tx:
            rows = await operations.list_listings(
                tx,
                page,
                property_id=parse_id(request.property_id) if request.property_id else None,
                states=states,
                listing_number=request.listing_number,
            )
        return pb.ListListingsResponse(
            listings=[listings.to_message(row, now) for row in rows.items], next_page_token=rows.next_page_token
        )

    async def UpdateListing(self, request: pb.UpdateListingRequest, context: Any) -> pb.UpdateListingResponse:
        """Changes the fields named in `update_mask`; without a mask, the fields that are set in the request."""
        names = masked(request.listing, request.update_mask, LISTING_FIELDS, "listing")
        listing_id, now = id_of(request.listing.listing_id, "listing.listing_id"), self._clock.now()
        listings.check_message(request.listing, names)
        values = listings.to_values(request.listing, names)
        async with self._db.transaction(current_actor()) as tx:
            row = await operations.update_listing(tx, listing_id, values, etag=request.listing.etag, now=now)
        return pb.UpdateListingResponse(listing=listings.to_message(row, now))

    async def _move(self, request: _Verb, verb: str, close: tuple[int, str, date] | None = None) -> listing_pb2.Listing:
        now = self._clock.now()
        async with self._db.transaction(current_actor()) as tx:
            row = await operations.move_listing(
                tx, parse_id(request.listing_id), verb, etag=request.etag, now=now, close=close
            )
        return listings.to_message(row, now)

    async def AnnounceListing(self, request: pb.AnnounceListingRequest, context: Any) -> pb.AnnounceListingResponse:
        """Announces a listing before it is for sale."""
        return pb.AnnounceListingResponse(listing=await self._move(request, "announce"))

    async def PublishListing(self, request: pb.PublishListingRequest, context: Any) -> pb.PublishListingResponse:
        """Puts a listing on the market."""
        return pb.PublishListingResponse(listing=await self._move(request, "publish"))

    async def MarkListingUnderContract(
        self, request: pb.MarkListingUnderContractRequest, context: Any
    ) -> pb.MarkListingUnderContractResponse:
        """Records an accepted offer while further offers are welcome."""
        return pb.MarkListingUnderContractResponse(listing=await self._move(request, "mark_under_contract"))

    async def MarkListingPending(
        self, request: pb.MarkListingPendingRequest, context: Any
    ) -> pb.MarkListingPendingResponse:
        """Records an accepted offer whose sale is being completed."""
        return pb.MarkListingPendingResponse(listing=await self._move(request, "mark_pending"))

    async def CloseListing(self, request: pb.CloseListingRequest, context: Any) -> pb.CloseListingResponse:
        """Records the sale."""
        price, currency = from_money(request.close_price, "close_price")
        today = self._clock.now().date()
        day = from_date(request.close_date, "close_date") if request.HasField("close_date") else today
        return pb.CloseListingResponse(listing=await self._move(request, "close", (price, currency, day)))

    async def HoldListing(self, request: pb.HoldListingRequest, context: Any) -> pb.HoldListingResponse:
        """Takes a listing off the market for a while."""
        return pb.HoldListingResponse(listing=await self._move(request, "hold"))

    async def WithdrawListing(self, request: pb.WithdrawListingRequest, context: Any) -> pb.WithdrawListingResponse:
        """Takes a listing off the market."""
        return pb.WithdrawListingResponse(listing=await self._move(request, "withdraw"))

    async def CancelListing(self, request: pb.CancelListingRequest, context: Any) -> pb.CancelListingResponse:
        """Ends the contract with the owner before its time."""
        return pb.CancelListingResponse(listing=await self._move(request, "cancel"))

    async def ExpireListing(self, request: pb.ExpireListingRequest, context: Any) -> pb.ExpireListingResponse:
        """Records that the contract with the owner has run out."""
        return pb.ExpireListingResponse(listing=await self._move(request, "expire"))

    async def ReactivateListing(
        self, request: pb.ReactivateListingRequest, context: Any
    ) -> pb.ReactivateListingResponse:
        """Brings a listing back on the market."""
        return pb.ReactivateListingResponse(listing=await self._move(request, "reactivate"))

    async def DeleteListing(self, request: pb.DeleteListingRequest, context: Any) -> pb.DeleteListingResponse:
        """Takes a listing out of the books that was entered by mistake."""
        return pb.DeleteListingResponse(listing=await self._move(request, "delete"))

    async def ListListingSnapshots(
        self, request: pb.ListListingSnapshotsRequest, context: Any
    ) -> pb.ListListingSnapshotsResponse:
        """Lists how a listing looked after each of its changes, newest first."""
        page = self._parts.page_tokens.page(request)
        async with self._db.read(current_actor()) as tx:
            rows = await operations.list_listing_snapshots(tx, parse_id(request.listing_id), page)
        snapshots: Any = map(listings.to_snapshot, rows.items)
        return pb.ListListingSnapshotsResponse(snapshots=snapshots, next_page_token=rows.next_page_token)

    async def ResolveListing(self, request: pb.ResolveListingRequest, context: Any) -> pb.ResolveListingResponse:
        """Tells a service what it must know of a listing."""
        async with self._db.read(SYSTEM) as tx:
            if request.listing_id:
                home, row = await operations.resolve_listing(tx, parse_id(request.listing_id))
            else:
                home, row = await operations.resolve_property(tx, parse_id(request.property_id))
        return listings.to_resolved(home, row)
