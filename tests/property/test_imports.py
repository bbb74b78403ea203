"""Imports: the real file from end to end, and every way a file can fail."""

import asyncio
import gzip
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from doorstep.property.v1 import import_service_pb2 as pb
from doorstep.property.v1 import property_import_pb2 as ipb
from doorstep.property.v1 import property_service_pb2, search_service_pb2
from services.chassis.errors import Code, InvalidFields
from services.chassis.ids import new_id
from services.chassis.testing import refused
from services.property import errors
from tests.property.conftest import Market
from tests.property.data_files import county_file, county_row, king_county
from tests.property.importing import ended, history, listings, read, remarks, run, start


class TestKingCounty:
    @pytest.mark.timeout(900)
    async def test_whole_file_and_a_part_of_it_again(self, market: Market):
        data, organization = king_county(), new_id()
        token = market.agent(organization)
        first = await run(market, token, data)
        assert first.state == ipb.IMPORT_STATE_SUCCEEDED, first
        assert first.rows_total == first.rows_done == first.rows_created == 21_613
        assert first.rows_failed == 0
        assert first.rows_warned == 17
        request = search_service_pb2.SearchPropertiesRequest(
            max_list_price=600_000, radius_meters=2_000, currency_code="USD", facets=[2]
        )
        request.center.latitude, request.center.longitude = 47.6062, -122.3321
        found = await market.call(market.search.SearchProperties, request)
        assert found.results
        distances = [r.distance_meters for r in found.results]
        assert distances == sorted(distances)
        assert max(distances) <= 2_000
        assert all(r.listing.list_price.units <= 600_000 for r in found.results)
        assert found.facets[0].values[0].value == "Seattle"
        # A second time: its end, where houses are that the file has sold before. The whole of it takes half a minute.
        head, *rows = gzip.decompress(data).splitlines(keepends=True)
        again = await run(market, token, b"".join([head, *rows[-2_000:]]))
        assert again.state == ipb.IMPORT_STATE_SUCCEEDED
        assert again.rows_created == again.rows_updated == 0
        assert again.rows_unchanged == again.rows_total == 2_000


class TestRows:
    async def test_a_new_house(self, market: Market, agent: str):
        done = await run(market, agent, county_file(county_row()))
        assert (done.rows_created, done.rows_failed, done.rows_warned) == (1, 0, 0)
        [listing] = await listings(market, agent)
        assert listing.listing_number == "7129300520-20141013"
        assert listing.list_price.units == 221_900
        request = property_service_pb2.GetPropertyRequest(property_id=listing.property_id)
        answer = await market.call(market.properties.GetProperty, request, agent)
        assert answer.property.originating_system_key == "7129300520"
        assert answer.property.city == "Seattle"
        assert answer.current_listing.listing_id == listing.listing_id
        public = await market.call(market.properties.GetProperty, request)
        assert not public.property.originating_system_key
        assert not public.property.attributes

    async def test_again_changes_nothing(self, market: Market, agent: str):
        data = county_file(county_row(), county_row(id=1, date='"20150101T000000"'))
        await run(market, agent, data)
        before = await listings(market, agent)
        again = await run(market, agent, data)
        assert (again.rows_created, again.rows_updated, again.rows_unchanged) == (0, 0, 2)
        assert await listings(market, agent) == before

    async def test_changed_facts_and_prices(self, market: Market, agent: str):
        await run(market, agent, county_file(county_row()))
        done = await run(market, agent, county_file(county_row(price=250000, bedrooms=4)))
        assert (done.rows_created, done.rows_updated, done.rows_unchanged) == (0, 1, 0)
        [listing] = await listings(market, agent)
        assert listing.list_price.units == 250_000
        assert listing.previous_list_price.units == 221_900
        told = await history(market, agent, listing.property_id)
        assert ("import", "BedroomsTotal", "4") in told
        assert ("import", "ListPrice", "250000.00 USD") in told
        request = property_service_pb2.GetPropertyRequest(property_id=listing.property_id)
        public = await market.call(market.properties.GetProperty, request)
        assert public.property.bedrooms_total == 4
        assert public.current_listing.list_price.units == 250_000

    @pytest.mark.parametrize("newest_first", [True, False])
    async def test_a_house_sold_twice(self, market: Market, agent: str, newest_first: bool):
        rows = [
            county_row(price=200000, date='"20140601T000000"', condition=1),
            county_row(price=300000, date='"20150301T000000"', condition=5),
        ]
        data = county_file(*(reversed(rows) if newest_first else rows))
        done = await run(market, agent, data)
        assert done.rows_created == 2
        found = {x.listing_number[-8:]: x for x in await listings(market, agent)}
        assert found["20150301"].standard_status == 3
        assert found["20140601"].standard_status == 10
        assert found["20140601"].close_price.units == 200_000
        assert (found["20140601"].close_date.year, found["20140601"].close_date.month) == (2014, 6)
        request = property_service_pb2.GetPropertyRequest(property_id=found["20150301"].property_id)
        answer = await market.call(market.properties.GetProperty, request, agent)
        assert answer.property.attributes["condition"] == "5"
        again = await run(market, agent, data)
        assert again.rows_unchanged == 2

    async def test_one_of_two_sales_comes_later(self, market: Market, agent: str):
        await run(market, agent, county_file(county_row(date='"20140601T000000"')))
        await run(market, agent, county_file(county_row(date='"20150601T000000"')))
        states = sorted(x.standard_status for x in await listings(market, agent))
        assert states == [3, 10]

    async def test_a_house_offered_twice_at_one_time(self, market: Market, agent: str):
        """Files without OnMarketTimestamp say nothing of which offer is newer: it is the one that is on the market."""
        head = b"PropertyKey,PropertyType,City,Country,ListingId,ListPrice\n"
        rows = [f"A,Residential,Town {n},US,L{n},1\n".encode() for n in range(4)]
        assert (await run(market, agent, head + b"".join(rows), mapping="doorstep")).rows_created == 4
        [found] = [x for x in await listings(market, agent) if x.standard_status == 3]
        before = await history(market, agent, found.property_id)
        for again in (rows, rows[::-1]):
            done = await run(market, agent, head + b"".join(again), mapping="doorstep")
            assert (done.rows_updated, done.rows_unchanged) == (0, 4)
        assert await history(market, agent, found.property_id) == before

    async def test_refused_rows_are_listed_and_the_others_stored(self, market: Market, agent: str):
        data = county_file(
            county_row(id=1), county_row(id=2, price="cheap"), county_row(id=3, bedrooms=33), county_row(id=4, lat=95),
            county_row(id=5, price="=1+1"), "1,2", county_row(id=7),
        )  # fmt: skip
        done = await run(market, agent, data)
        assert done.state == ipb.IMPORT_STATE_SUCCEEDED
        assert (done.rows_created, done.rows_failed, done.rows_warned) == (3, 4, 1)
        found = await remarks(market, agent, done.import_id)
        assert [(e.row, e.column, e.reason) for e in found] == [
            (2, "price", "NOT_A_NUMBER"),
            (3, "bedrooms", "IMPLAUSIBLE"),
            (4, "latitude", "INVALID"),
            (5, "price", "NOT_A_NUMBER"),
            (6, "", "WRONG_CELL_COUNT"),
        ]
        assert found[3].value == "'=1+1"
        only = await remarks(market, agent, done.import_id, severity="IMPORT_ERROR_SEVERITY_WARNING")
        assert [e.row for e in only] == [3]

    async def test_a_number_of_another_house(self, market: Market, agent: str):
        own = b"PropertyKey,PropertyType,City,Country,ListingId,ListPrice\n"
        first = await run(market, agent, own + b"A,Residential,X,US,L1,1\n", mapping="doorstep")
        assert first.rows_created == 1
        done = await run(market, agent, own + b"B,Residential,X,US,L1,1\n", mapping="doorstep")
        assert done.rows_failed == 1
        [error] = await remarks(market, agent, done.import_id)
        assert error.reason == "KEY_TAKEN"

    async def test_a_price_in_another_currency(self, market: Market, agent: str):
        """A listing keeps the currency it began with, whoever changes its price."""
        own = b"PropertyKey,PropertyType,City,Country,ListingId,ListPrice,ListPriceCurrency\n"
        await run(market, agent, own + b"A,Residential,X,JP,L1,500.50,USD\n", mapping="doorstep")
        before = await listings(market, agent)
        done = await run(market, agent, own + b"A,Residential,Y,JP,L1,60000,JPY\n", mapping="doorstep")
        assert (done.rows_updated, done.rows_failed) == (0, 1)
        [error] = await remarks(market, agent, done.import_id)
        assert error.reason == "CURRENCY"
        assert await listings(market, agent) == before

    async def test_an_archived_house_is_left_alone(self, market: Market, agent: str):
        await run(market, agent, county_file(county_row()))
        [listing] = await listings(market, agent)
        await market.move(agent, listing.listing_id, "WithdrawListing")
        request = property_service_pb2.DeletePropertyRequest(property_id=listing.property_id)
        await market.call(market.properties.DeleteProperty, request, agent)
        done = await run(market, agent, county_file(county_row(price=1000000)))
        assert done.rows_failed == 1
        [error] = await remarks(market, agent, done.import_id)
        assert error.reason == "ARCHIVED"

    async def test_a_house_that_is_on_the_market_otherwise(self, market: Market, agent: str):
        home, _ = await market.on_market(
            agent, originating_system_name="king_county", originating_system_key="7129300520"
        )
        done = await run(market, agent, county_file(county_row()))
        assert done.rows_failed == 1
        [error] = await remarks(market, agent, done.import_id)
        assert error.reason == "ON_MARKET"
        assert len(await listings(market, agent, property_id=home.property_id)) == 1

    async def test_validate_only_stores_nothing(self, market: Market, agent: str):
        data = county_file(county_row(id=1), county_row(id=2, price=""))
        done = await run(market, agent, data, validate_only=True)
        assert (done.rows_done, done.rows_created, done.rows_failed) == (2, 0, 1)
        assert await listings(market, agent) == []
        assert [e.reason for e in await remarks(market, agent, done.import_id)] == ["REQUIRED"]

    async def test_two_organisations_have_a_house_each(self, market: Market):
        tokens = [market.agent(), market.agent()]
        await asyncio.gather(*(run(market, t, county_file(county_row())) for t in tokens))
        for token in tokens:
            assert len(await listings(market, token)) == 1


class TestUploads:
    @pytest.mark.parametrize(
        ("data", "mapping", "error"),
        [
            (b"", "king_county", InvalidFields),
            (b"a,b\n1,2\n", "king_county", errors.ImportFileUnreadable),
            (b"\x1f\x8b not gzip", "king_county", errors.ImportFileUnreadable),
            (county_file(county_row()), "no_such", errors.ImportMappingNotFound),
            (b"x" * (3 << 20), "king_county", errors.ImportFileTooLarge),
        ],
    )
    async def test_refused_at_once(self, market: Market, agent: str, data: bytes, mapping: str, error: Any):
        if not data:
            error = errors.ImportFileEmpty
        with refused(error):
            await start(market, agent, data, mapping=mapping)

    async def test_in_pieces(self, market: Market, agent: str):
        data = county_file(*(county_row(id=n) for n in range(30)), packed=True)

        def pieces() -> Iterator[pb.UploadImportRequest]:
            yield pb.UploadImportRequest(header=pb.UploadImportHeader(mapping="king_county", file_name="x.csv.gz"))
            for n in range(0, len(data), 100):
                yield pb.UploadImportRequest(data=data[n : n + 100])

        answer = await upload(market, agent, pieces())
        done = await ended(market, agent, answer.property_import.import_id)
        assert done.rows_created == done.rows_total == 30
        assert done.file_name == "x.csv.gz"

    async def test_pieces_out_of_order(self, market: Market, agent: str):
        header = pb.UploadImportRequest(header=pb.UploadImportHeader(mapping="king_county"))
        piece = pb.UploadImportRequest(data=b"x")
        for steps in ([], [piece], [header, header], [header, piece, header]):
            with refused(errors.ImportUploadOrder):
                await upload(market, agent, iter(steps))

    async def test_an_unknown_mapping_is_said_before_the_file(self, market: Market, agent: str):
        header = pb.UploadImportRequest(header=pb.UploadImportHeader(mapping="no_such"))
        with refused(errors.ImportMappingNotFound):
            await upload(market, agent, iter([header]))

    async def test_mappings(self, market: Market, agent: str):
        found = await market.call(market.imports.ListImportMappings, pb.ListImportMappingsRequest(page_size=1), agent)
        assert [m.name for m in found.mappings] == ["doorstep"]
        assert found.next_page_token
        request = pb.ListImportMappingsRequest(page_size=1, page_token=found.next_page_token)
        found = await market.call(market.imports.ListImportMappings, request, agent)
        assert [m.name for m in found.mappings] == ["king_county"]
        assert "price" in found.mappings[0].required_columns
        assert not found.next_page_token

    async def test_permission(self, market: Market):
        with refused("PERMISSION_MISSING", Code.PERMISSION_DENIED):
            await start(
                market, market.agent(permissions=["property.read", "property.write"]), county_file(county_row())
            )

    async def test_another_organisation_sees_nothing(self, market: Market, agent: str):
        started = await start(market, agent, county_file(county_row(price="")))
        other = market.agent()
        with refused(errors.ImportNotFound):
            await read(market, other, started.import_id)
        with refused(errors.ImportNotFound):
            await remarks(market, other, started.import_id)
        with refused(errors.ImportNotFound):
            await market.call(market.imports.CancelImport, pb.CancelImportRequest(import_id=started.import_id), other)
        answer = await market.call(market.imports.ListImports, pb.ListImportsRequest(), other)
        assert not answer.imports


async def upload(market: Market, token: str, steps: Iterator[pb.UploadImportRequest]) -> pb.UploadImportResponse:
    async def stream() -> AsyncIterator[pb.UploadImportRequest]:
        for step in steps:
            yield step

    return await market.imports.UploadImport(stream(), metadata=market.harness.metadata(token), timeout=20)
