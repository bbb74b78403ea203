"""ListingService: the machine over gRPC, prices, snapshots, and who may see what."""

import asyncio
from datetime import timedelta
from typing import Any

import grpc
import pytest
from google.protobuf.field_mask_pb2 import FieldMask

from doorstep.property.v1 import listing_pb2, property_service_pb2
from doorstep.property.v1 import listing_service_pb2 as pb
from services.chassis.errors import EtagMismatch, InvalidFields, PermissionMissing
from services.chassis.ids import new_id
from services.chassis.testing import refused
from services.property import errors
from services.property.lifecycle import LISTING_LIFECYCLE, ON_MARKET, StandardStatus
from tests.property.conftest import Market

RPCS = {
    verb: verb.split("_")[0].capitalize() + "Listing" + "".join(p.capitalize() for p in verb.split("_")[1:])
    for verb in LISTING_LIFECYCLE.verbs - {"supersede"}  # which an import does
}


def close_fields(verb: str, currency: str = "USD") -> dict[str, Any]:
    return {"close_price": {"currency_code": currency, "units": 480_000}} if verb == "close" else {}


async def get(market: Market, listing_id: str, token: str | None = None) -> listing_pb2.Listing:
    return (await market.call(market.listings.GetListing, pb.GetListingRequest(listing_id=listing_id), token)).listing


async def update(market: Market, token: str, mask: list[str] | None = None, **fields: Any) -> listing_pb2.Listing:
    request = pb.UpdateListingRequest(listing=listing_pb2.Listing(**fields))
    if mask is not None:
        request.update_mask.CopyFrom(FieldMask(paths=mask))
    return (await market.call(market.listings.UpdateListing, request, token)).listing


async def snapshots(market: Market, token: str, listing_id: str) -> list[listing_pb2.ListingSnapshot]:
    request = pb.ListListingSnapshotsRequest(listing_id=listing_id, page_size=100)
    return list((await market.call(market.listings.ListListingSnapshots, request, token)).snapshots)


def ways() -> dict[StandardStatus, list[str]]:
    """The shortest way of verbs to every status, from the table."""
    found: dict[StandardStatus, list[str]] = {StandardStatus.INCOMPLETE: []}
    while True:
        more = {
            to: [*found[frm], verb]
            for (verb, frm), to in sorted(LISTING_LIFECYCLE.as_table().items())
            if verb in RPCS and frm in found and to not in found
        }
        if not more:
            return found
        found |= more


class TestMachine:
    @pytest.mark.parametrize("status", list(StandardStatus))
    async def test_every_verb_from_every_status(self, market: Market, agent: str, status: StandardStatus):
        table = LISTING_LIFECYCLE.as_table()
        for verb in sorted(RPCS):
            home = await market.property(agent)
            listing = await market.listing(agent, home.property_id)
            for step in ways()[status]:
                listing = await market.move(agent, listing.listing_id, RPCS[step], **close_fields(step))
            assert listing.standard_status == listing_pb2.StandardStatus.Value(f"STANDARD_STATUS_{status}")
            to = table.get((verb, status))
            if to is not None:
                moved = await market.move(agent, listing.listing_id, RPCS[verb], **close_fields(verb))
                assert moved.standard_status == listing_pb2.StandardStatus.Value(f"STANDARD_STATUS_{to}")
                assert moved.HasField("status_change_timestamp")
                await self._public(market, listing.listing_id, to in ON_MARKET)
                continue
            with refused(errors.ListingStateRefused) as refusal:
                await market.move(agent, listing.listing_id, RPCS[verb], **close_fields(verb))
            assert refusal.metadata["state"] == status
            allowed = refusal.metadata["allowed_states"].split(",")
            assert allowed == [s.name for s in StandardStatus if (verb, s) in table]
            await self._public(market, listing.listing_id, status in ON_MARKET)

    async def _public(self, market: Market, listing_id: str, expected: bool) -> None:
        if expected:
            assert (await get(market, listing_id)).listing_id == listing_id
        else:
            with refused(errors.ListingNotFound):
                await get(market, listing_id)

    async def test_a_sale(self, market: Market, agent: str):
        home, listing = await market.on_market(agent)
        request = pb.CloseListingRequest(listing_id=listing.listing_id)
        request.close_price.currency_code, request.close_price.units = "USD", 495_000
        request.close_date.year, request.close_date.month, request.close_date.day = 2026, 11, 20
        sold = (await market.call(market.listings.CloseListing, request, agent)).listing
        assert sold.close_price.units == 495_000
        assert (sold.close_date.month, sold.close_date.day) == (11, 20)
        assert sold.major_change_type == "Closed"
        assert sold.HasField("off_market_timestamp")
        entries = await market.call(
            market.properties.ListPropertyHistory,
            property_service_pb2.ListPropertyHistoryRequest(property_id=home.property_id),
            agent,
        )
        told = {(e.field_name, e.new_value) for e in entries.entries}
        assert {("StandardStatus", "CLOSED"), ("ClosePrice", "495000.00 USD"), ("CloseDate", "2026-11-20")} <= told

    @pytest.mark.parametrize(
        ("fields", "where"),
        [
            ({}, "close_price"),
            ({"close_price": {"currency_code": "NPR", "units": 1}}, "close_price.currency_code"),
            ({"close_price": {"currency_code": "USD", "units": -1}}, "close_price"),
            ({"close_price": {"currency_code": "USD", "nanos": 5}}, "close_price.nanos"),
            ({**close_fields("close"), "close_date": {"year": 2026, "month": 2, "day": 30}}, "close_date"),
        ],
    )  # fmt: skip
    async def test_a_sale_that_makes_no_sense(self, market: Market, agent: str, fields: dict[str, Any], where: str):
        _, listing = await market.on_market(agent)
        with refused(InvalidFields) as refusal:
            await market.move(agent, listing.listing_id, "CloseListing", **fields)
        assert refusal.fields == [where]

    async def test_back_on_the_market(self, market: Market, agent: str):
        _, listing = await market.on_market(agent)
        first = listing.on_market_timestamp
        gone = await market.move(agent, listing.listing_id, "WithdrawListing")
        assert gone.HasField("off_market_timestamp")
        back = await market.move(agent, listing.listing_id, "ReactivateListing")
        assert back.on_market_timestamp == first
        assert not back.HasField("off_market_timestamp")
        assert back.major_change_type == "Back On Market"

    async def test_days_on_market(self, market: Market, agent: str):
        _, listing = await market.on_market(agent)
        market.harness.clock.offset += timedelta(days=3, minutes=1)
        try:
            assert (await get(market, listing.listing_id)).days_on_market == 3
        finally:
            market.harness.clock.offset -= timedelta(days=3, minutes=1)

    async def test_one_listing_at_a_time(self, market: Market, agent: str):
        home, _ = await market.on_market(agent)
        second = await market.listing(agent, home.property_id)
        for rpc in ("PublishListing", "AnnounceListing"):
            with refused(errors.PropertyOnMarket):
                await market.move(agent, second.listing_id, rpc)

    async def test_twenty_at_once_for_one_house(self, market: Market, agent: str):
        home = await market.property(agent)
        made = [await market.listing(agent, home.property_id) for _ in range(20)]
        done = await asyncio.gather(
            *(market.move(agent, x.listing_id, "PublishListing") for x in made), return_exceptions=True
        )
        assert sum(isinstance(d, listing_pb2.Listing) for d in done) == 1
        codes = {d.code() for d in done if isinstance(d, grpc.aio.AioRpcError)}
        assert codes == {grpc.StatusCode.FAILED_PRECONDITION}

    async def test_an_archived_house_is_not_offered(self, market: Market, agent: str):
        home = await market.property(agent)
        listing = await market.listing(agent, home.property_id)
        request = property_service_pb2.DeletePropertyRequest(property_id=home.property_id)
        await market.call(market.properties.DeleteProperty, request, agent)
        with refused(errors.PropertyStateRefused):
            await market.move(agent, listing.listing_id, "PublishListing")
        with refused(errors.PropertyStateRefused):
            await market.listing(agent, home.property_id)

    async def test_fifty_verbs_with_one_etag(self, market: Market, agent: str):
        _, listing = await market.on_market(agent)
        done = await asyncio.gather(
            *(market.move(agent, listing.listing_id, "MarkListingPending", etag=listing.etag) for _ in range(50)),
            return_exceptions=True,
        )
        assert sum(isinstance(d, listing_pb2.Listing) for d in done) == 1
        assert {d.code() for d in done if isinstance(d, grpc.aio.AioRpcError)} == {grpc.StatusCode.ABORTED}


class TestUpdate:
    async def test_price_change(self, market: Market, agent: str):
        _, listing = await market.on_market(agent, price=500_000)
        price = {"currency_code": "USD", "units": 480_000, "nanos": 500_000_000}
        changed = await update(market, agent, listing_id=listing.listing_id, list_price=price)
        assert (changed.list_price.units, changed.list_price.nanos) == (480_000, 500_000_000)
        assert changed.previous_list_price.units == changed.original_list_price.units == 500_000
        assert changed.major_change_type == "Price Change"
        assert changed.HasField("price_change_timestamp")
        assert (await get(market, listing.listing_id)).list_price.nanos == 500_000_000

    async def test_texts_are_seen_at_once(self, market: Market, agent: str):
        _, listing = await market.on_market(agent)
        await update(market, agent, ["public_remarks", "private_remarks"], listing_id=listing.listing_id,
                     public_remarks="now with a garden", private_remarks="SECRET")  # fmt: skip
        public = await get(market, listing.listing_id)
        assert public.public_remarks == "now with a garden"
        assert "SECRET" not in str(public)

    async def test_hiding_takes_it_from_the_public(self, market: Market, agent: str):
        _, listing = await market.on_market(agent)
        await update(market, agent, ["internet_entire_listing_display_yn"], listing_id=listing.listing_id,
                     internet_entire_listing_display_yn=False)  # fmt: skip
        with refused(errors.ListingNotFound):
            await get(market, listing.listing_id)
        await update(market, agent, ["internet_entire_listing_display_yn"], listing_id=listing.listing_id)
        assert await get(market, listing.listing_id)

    @pytest.mark.parametrize(
        ("mask", "fields", "where"),
        [
            (["standard_status"], {"standard_status": 3}, "update_mask"),
            (["property_id"], {"property_id": "x"}, "update_mask"),
            (None, {"list_price": {"currency_code": "EUR", "units": 1}}, "listing.list_price.currency_code"),
            (None, {"list_price": {"currency_code": "usd", "units": 1}}, "listing.list_price.currency_code"),
            (None, {"list_price": {"currency_code": "USD", "units": -1}}, "listing.list_price"),
            (None, {"public_remarks": "x" * 8001}, "listing.public_remarks"),
            (None, {"virtual_tour_url_unbranded": "javascript:x"}, "listing.virtual_tour_url_unbranded"),
            (None, {"list_agent_id": "x"}, "listing.list_agent_id"),
            (None, {"expiration_date": {"year": 2026}}, "listing.expiration_date"),
            (None, {}, "listing"),
        ],
    )
    async def test_bad_updates(self, market: Market, agent: str, mask: Any, fields: dict[str, Any], where: str):
        home = await market.property(agent)
        listing = await market.listing(agent, home.property_id)
        with refused(InvalidFields) as refusal:
            await update(market, agent, mask, listing_id=listing.listing_id, **fields)
        assert refusal.fields == [where]

    async def test_an_old_etag(self, market: Market, agent: str):
        home = await market.property(agent)
        listing = await market.listing(agent, home.property_id)
        await update(market, agent, listing_id=listing.listing_id, public_remarks="a")
        with refused(EtagMismatch):
            await update(market, agent, listing_id=listing.listing_id, public_remarks="b", etag=listing.etag)

    async def test_a_sold_one(self, market: Market, agent: str):
        _, listing = await market.on_market(agent)
        await market.move(agent, listing.listing_id, "CloseListing", **close_fields("close"))
        with refused(errors.ListingStateRefused):
            await update(market, agent, listing_id=listing.listing_id, public_remarks="b")

    async def test_another_organisations(self, market: Market, agent: str):
        home = await market.property(agent)
        listing = await market.listing(agent, home.property_id)
        other = market.agent()
        answers = set()
        for listing_id in (listing.listing_id, str(new_id())):
            with refused(errors.ListingNotFound) as refusal:
                await update(market, other, listing_id=listing_id, public_remarks="b")
            answers.add((refusal.message, str(refusal.metadata)))
            for rpc in RPCS.values():
                with refused(errors.ListingNotFound):
                    await market.move(other, listing_id, rpc, **close_fields(rpc[:5].lower()))
        assert len(answers) == 1
        with refused(errors.PropertyNotFound):
            await market.listing(other, home.property_id)


class TestListAndSnapshots:
    async def test_the_same_number_twice(self, market: Market, agent: str):
        home = await market.property(agent)
        await market.listing(agent, home.property_id, listing_number="L-1")
        with refused(errors.ExternalKeyTaken):
            await market.listing(agent, home.property_id, listing_number="L-1")

    async def test_filters(self, market: Market, agent: str):
        home, listing = await market.on_market(agent, listing={"listing_number": "L-2"})
        await market.listing(agent, home.property_id)
        for fields, count in (
            ({}, 2),
            ({"listing_number": "L-2"}, 1),
            ({"standard_statuses": [1]}, 1),
            ({"standard_statuses": [1, 3]}, 2),
            ({"property_id": home.property_id}, 2),
            ({"property_id": str(new_id())}, 0),
        ):
            answer = await market.call(market.listings.ListListings, pb.ListListingsRequest(**fields), agent)
            assert len(answer.listings) == count, fields
        assert listing.listing_number == "L-2"

    async def test_snapshots_tell_how_it_was(self, market: Market, agent: str):
        _, listing = await market.on_market(agent, listing={"private_remarks": "p", "listing_number": "L-3"})
        await update(market, agent, listing_id=listing.listing_id, list_price={"currency_code": "USD", "units": 1})
        found = await snapshots(market, agent, listing.listing_id)
        assert [s.change_type for s in found] == ["update", "publish", "create"]
        assert [s.listing.list_price.units for s in found] == [1, 500_000, 500_000]
        assert [s.listing.standard_status for s in found] == [3, 3, 1]
        assert found[1].listing == listing
        assert all(s.listing.private_remarks == "p" for s in found)

    async def test_snapshots_are_the_organisations(self, market: Market, agent: str):
        _, listing = await market.on_market(agent)
        with refused(errors.ListingNotFound):
            await snapshots(market, market.agent(), listing.listing_id)


class TestResolveListing:
    async def resolve(self, market: Market, **subject: str) -> pb.ResolveListingResponse:
        return await market.call(
            market.listings.ResolveListing, pb.ResolveListingRequest(**subject), service="property"
        )

    async def test_tells_services_what_the_public_may_not_see(self, market: Market, agent: str) -> None:
        home, listing = await market.on_market(agent, listing={"internet_address_display_yn": False})
        found = await self.resolve(market, listing_id=listing.listing_id)
        assert found == await self.resolve(market, property_id=home.property_id)
        assert (found.organization_id, found.list_agent_id) == (listing.organization_id, listing.list_agent_id)
        assert (found.location.latitude, found.unparsed_address) == (home.latitude, home.unparsed_address)
        assert found.list_price == listing.list_price
        assert found.standard_status == listing_pb2.STANDARD_STATUS_ACTIVE

    async def test_finds_a_listing_in_any_status_but_a_property_on_the_market_only(
        self, market: Market, agent: str
    ) -> None:
        home = await market.property(agent, latitude=None, longitude=None)
        listing = await market.listing(agent, home.property_id)
        found = await self.resolve(market, listing_id=listing.listing_id)
        assert found.standard_status == listing_pb2.STANDARD_STATUS_INCOMPLETE
        assert not found.HasField("location")
        with refused(errors.ListingNotFound):
            await self.resolve(market, property_id=home.property_id)
        with refused(errors.ListingNotFound):
            await self.resolve(market, listing_id=str(new_id()))

    async def test_is_for_services_only(self, market: Market, agent: str) -> None:
        request = pb.ResolveListingRequest(listing_id=str(new_id()))
        with refused(PermissionMissing):
            await market.call(market.listings.ResolveListing, request, agent)
