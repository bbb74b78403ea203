"""SearchService: every filter, exact distances, order, paging under change, facets and suggestions."""

import math
import random
from collections import Counter
from typing import Any

import pytest

from doorstep.property.v1 import property_pb2
from doorstep.property.v1 import search_service_pb2 as pb
from services.chassis.errors import InvalidFields, InvalidPageToken
from services.chassis.geo import haversine_meters
from services.chassis.testing import refused
from tests.property.conftest import Market, request, search


async def walk(market: Market, **fields: Any) -> list[pb.SearchResult]:
    asked, found = request(**fields), []
    while True:
        page = await market.call(market.search.SearchProperties, asked)
        found += page.results
        asked.page_token = page.next_page_token
        if not asked.page_token:
            return found


class Town:
    """Twelve score homes around one place, in a country of their own so that other tests do not matter."""

    def __init__(self, country: str, center: tuple[float, float]) -> None:
        self.country = country
        self.center = center
        self.homes: list[tuple[property_pb2.Property, Any]] = []

    async def build(self, market: Market, count: int = 60) -> "Town":
        rng = random.Random(self.country)
        token = market.agent()
        for n in range(count):
            latitude = self.center[0] + rng.uniform(-0.2, 0.2)
            longitude = (self.center[1] + rng.uniform(-0.3, 0.3) + 180) % 360 - 180
            self.homes.append(
                await market.on_market(
                    token,
                    price=rng.randrange(100, 1000) * 1000,
                    listing={"public_remarks": rng.choice(["quiet garden", "sunny terrace", "near the station"])},
                    country=self.country,
                    city=["Northtown", "Southville", "Eastham"][n % 3],
                    postal_code=f"{n % 4:05}",
                    unparsed_address=f"{n} {self.country} Road",
                    latitude=latitude,
                    longitude=longitude,
                    bedrooms_total=n % 6,
                    bathrooms_total_integer=n % 3,
                    living_area=50.0 + n,
                    year_built=1900 + n,
                    waterfront_yn=n % 10 == 0,
                    property_type=1 + n % 2,
                )
            )
        return self

    def expect(self, keep: Any) -> set[str]:
        return {home.property_id for home, listing in self.homes if keep(home, listing)}

    def metres(self, home: property_pb2.Property, point: tuple[float, float]) -> float:
        return haversine_meters(*point, home.latitude, home.longitude)


@pytest.fixture(scope="module")
async def town(market: Market) -> Town:
    return await Town("FI", (60.2, 24.9)).build(market)


@pytest.fixture(scope="module")
async def far_town(market: Market) -> Town:
    """At the date line."""
    return await Town("FJ", (-16.8, 179.98)).build(market, 40)


@pytest.fixture
def towns(town: Town, far_town: Town) -> dict[str, Town]:
    return {"town": town, "far_town": far_town}


class TestFilters:
    @pytest.mark.parametrize(
        ("fields", "keep"),
        [
            ({}, lambda h, x: True),
            ({"city": "NORTHTOWN"}, lambda h, x: h.city == "Northtown"),
            ({"postal_code": "00002"}, lambda h, x: h.postal_code == "00002"),
            ({"property_types": [2]}, lambda h, x: h.property_type == 2),
            ({"property_types": [1, 2, 4]}, lambda h, x: True),
            ({"standard_statuses": [4]}, lambda h, x: False),
            ({"standard_statuses": [3, 4]}, lambda h, x: True),
            ({"min_list_price": 500_000}, lambda h, x: x.list_price.units >= 500_000),
            ({"max_list_price": 500_000}, lambda h, x: x.list_price.units <= 500_000),
            ({"max_list_price": 500_000, "currency_code": "NPR"}, lambda h, x: False),
            ({"min_bedrooms_total": 4}, lambda h, x: h.bedrooms_total >= 4),
            ({"max_bedrooms_total": 0}, lambda h, x: h.bedrooms_total == 0),
            ({"min_bathrooms_total": 2}, lambda h, x: h.bathrooms_total_integer >= 2),
            ({"min_living_area": 80, "max_living_area": 90}, lambda h, x: 80 <= h.living_area <= 90),
            ({"min_living_area": 1000, "living_area_units": 1}, lambda h, x: h.living_area >= 92.90304),
            ({"min_year_built": 1950}, lambda h, x: h.year_built >= 1950),
            ({"max_year_built": 1910}, lambda h, x: h.year_built <= 1910),
            ({"waterfront_yn": True}, lambda h, x: h.waterfront_yn),
            ({"query": "gardens"}, lambda h, x: "garden" in x.public_remarks),
            ({"query": "-garden station"}, lambda h, x: "station" in x.public_remarks),
            ({"query": "southville"}, lambda h, x: h.city == "Southville"),
            ({"query": "waterfront"}, lambda h, x: h.waterfront_yn),
            ({"query": '"sunny terrace" northtown'}, lambda h, x: "sunny" in x.public_remarks and h.city[0] == "N"),
            ({"query": "' OR 1=1 --"}, lambda h, x: False),
            ({"city": "Northtown", "property_types": [1], "min_bedrooms_total": 2, "query": "garden"},
             lambda h, x: h.city[0] == "N" and h.property_type == 1 < h.bedrooms_total and "gar" in x.public_remarks),
        ],
    )  # fmt: skip
    async def test_filter(self, market: Market, town: Town, fields: dict[str, Any], keep: Any):
        found = await walk(market, country="FI", page_size=50, **fields)
        ids = [r.property.property_id for r in found]
        assert len(ids) == len(set(ids))
        assert set(ids) == town.expect(keep)

    async def test_box(self, market: Market, town: Town):
        box = {"south": 60.1, "west": 24.8, "north": 60.25, "east": 25.0}
        found = await walk(market, country="FI", box=box)
        assert {r.property.property_id for r in found} == town.expect(
            lambda h, _: 60.1 <= h.latitude <= 60.25 and 24.8 <= h.longitude <= 25.0
        )

    async def test_box_over_the_date_line(self, market: Market, far_town: Town):
        box = {"south": -17, "west": 179.9, "north": -16, "east": -179.9}
        found = await walk(market, country="FJ", box=box)
        wanted = far_town.expect(lambda h, _: h.longitude >= 179.9 or h.longitude <= -179.9)
        assert wanted
        assert {r.property.property_id for r in found} == wanted

    async def test_polygon(self, market: Market, town: Town):
        corners = [(60.0, 24.6), (60.4, 24.9), (60.0, 25.2)]
        found = await walk(market, country="FI", polygon=[{"latitude": a, "longitude": b} for a, b in corners])

        def inside(home: property_pb2.Property, _listing: Any) -> bool:
            x, y, odd = home.longitude, home.latitude, False
            for (ya, xa), (yb, xb) in zip(corners, corners[1:] + corners[:1], strict=True):
                if (ya > y) != (yb > y) and x < (xb - xa) * (y - ya) / (yb - ya) + xa:
                    odd = not odd
            return odd

        wanted = town.expect(inside)
        assert 0 < len(wanted) < len(town.homes)
        assert {r.property.property_id for r in found} == wanted

    @pytest.mark.parametrize(
        ("name", "fields", "middle"),
        [
            ("town", {"box": {"south": 60.1, "west": 24.7, "north": 60.3, "east": 25.0}}, (60.2, 24.85)),
            ("far_town", {"box": {"south": -17, "west": 179.8, "north": -16.6, "east": -179.9}}, (-16.8, 179.95)),
            (
                "town",
                {"polygon": [{"latitude": a, "longitude": b} for a, b in ((60, 24.5), (60.4, 24.5), (60.2, 25.3))]},
                (60.2, 24.9),
            ),
        ],
    )
    async def test_a_map_is_read_from_its_middle(
        self, market: Market, towns: dict[str, Town], name: str, fields: dict[str, Any], middle: Any
    ):
        town = towns[name]
        homes = {home.property_id: home for home, _ in town.homes}
        found = await walk(market, country=town.country, page_size=5, **fields)
        assert len(found) > 5
        metres = [town.metres(homes[r.property.property_id], middle) for r in found]
        assert metres == sorted(metres)
        assert not any(r.HasField("distance_meters") for r in found)  # nobody asked from where
        newest = await walk(market, country=town.country, page_size=5, sort=1, **fields)
        assert {r.property.property_id for r in newest} == {r.property.property_id for r in found}

    @pytest.mark.parametrize(
        "fields",
        [
            {"radius_meters": 5.0},
            {"sort": 6},
            {"sort": 7},
            {"page_size": 101},
            {"center": (91.0, 0.0)},
            {"box": {"south": 2, "north": 1}},
            {"polygon": [{"latitude": 1, "longitude": 1}]},
            {"standard_statuses": [10]},
            {"country": "Finland"},
            {"facets": [1, 1]},
            {"query": "x" * 201},
        ],
    )
    async def test_bad_questions(self, market: Market, fields: dict[str, Any]):
        with refused(InvalidFields):
            await search(market, **fields)


class TestNearest:
    @pytest.mark.parametrize("radius", [500.0, 5_000.0, 40_000.0])
    @pytest.mark.parametrize("name", ["town", "far_town"])
    async def test_radius(self, market: Market, towns: dict[str, Town], radius: float, name: str):
        town = towns[name]
        found = await walk(market, country=town.country, center=town.center, radius_meters=radius, sort=1)
        wanted = town.expect(lambda h, _: town.metres(h, town.center) <= radius)
        assert {r.property.property_id for r in found} == wanted

    @pytest.mark.parametrize("fields", [{}, {"min_bedrooms_total": 4}, {"radius_meters": 9_000.0}, {"query": "garden"}])
    @pytest.mark.parametrize("name", ["town", "far_town"])
    async def test_exactly_by_metres_over_pages(
        self, market: Market, towns: dict[str, Town], fields: dict[str, Any], name: str
    ):
        """Degrees of longitude are half as long at 60 degrees north: the index's order is not that of metres."""
        town = towns[name]
        found = await walk(market, country=town.country, center=town.center, page_size=7, **fields)
        wanted = [
            (town.metres(home, town.center), home.property_id)
            for home, listing in town.homes
            if home.bedrooms_total >= fields.get("min_bedrooms_total", 0)
            and town.metres(home, town.center) <= fields.get("radius_meters", math.inf)
            and fields.get("query", "") in listing.public_remarks
        ]
        assert [r.property.property_id for r in found] == [i for _, i in sorted(wanted)]
        for result, (metres, _) in zip(found, sorted(wanted), strict=True):
            assert result.distance_meters == pytest.approx(metres, abs=1e-3)

    async def test_from_the_other_side_of_the_earth(self, market: Market, town: Town):
        found = await search(market, country="FI", center=(-60.0, -155.0), page_size=3)
        wanted = sorted(town.metres(h, (-60.0, -155.0)) for h, _ in town.homes)[:3]
        assert [r.distance_meters for r in found.results] == pytest.approx(wanted)

    async def test_where_many_live_next_to_each_other(self, market: Market):
        """More than the index names at once, at one and the same place and around it."""
        token, center = market.agent(), (64.1, -21.9)
        places = [center] * 30 + [(center[0] + n * 1e-4, center[1] - n * 1e-4) for n in range(30)]
        for latitude, longitude in places:
            await market.on_market(token, country="MT", latitude=latitude, longitude=longitude)
        found = await walk(market, country="MT", center=center, page_size=7)
        assert len({r.property.property_id for r in found}) == len(places)
        assert [r.distance_meters for r in found] == sorted(r.distance_meters for r in found)


class TestOrder:
    @pytest.mark.parametrize(
        ("sort", "value"),
        [
            (1, lambda r: (-r.listing.on_market_timestamp.ToMicroseconds(),)),
            (2, lambda r: (r.listing.list_price.units,)),
            (3, lambda r: (-r.listing.list_price.units,)),
            (4, lambda r: (-r.property.living_area,)),
            (5, lambda r: (-r.property.year_built,)),
        ],
    )
    async def test_sorted_over_pages(self, market: Market, town: Town, sort: int, value: Any):
        found = await walk(market, country="FI", sort=sort, page_size=7)
        assert len(found) == len(town.homes)
        keys = [value(r) for r in found]
        assert keys == sorted(keys)

    async def test_relevance(self, market: Market, town: Town):
        found = await walk(market, country="FI", query="garden OR terrace", sort=7, page_size=7)
        wanted = town.expect(lambda h, x: "garden" in x.public_remarks or "terrace" in x.public_remarks)
        assert len(found) == len(wanted)
        assert {r.property.property_id for r in found} == wanted

    async def test_the_best_match_is_first(self, market: Market, agent: str):
        await market.on_market(agent, country="SE", city="Lund", listing={"public_remarks": "a walk from Uppsala"})
        best, _ = await market.on_market(agent, country="SE", city="Uppsala", listing={"public_remarks": "old town"})
        found = await search(market, country="SE", query="uppsala", sort=7)
        assert [r.property.city for r in found.results] == ["Uppsala", "Lund"]
        assert found.results[0].property.property_id == best.property_id


class TestPaging:
    async def test_a_walk_while_the_market_moves(self, market: Market):
        """What is on the market throughout is seen exactly once, though others come and go."""
        token = market.agent()
        steady = [await market.on_market(token, country="NO", price=100 + n) for n in range(20)]
        moving = [await market.on_market(token, country="NO", price=100 + n) for n in range(10)]
        for sort in (1, 2, 3):
            seen: list[str] = []
            asked = request(country="NO", sort=sort, page_size=4)
            while True:
                page = await market.call(market.search.SearchProperties, asked)
                seen += [r.property.property_id for r in page.results]
                if moving:
                    await market.move(token, moving.pop()[1].listing_id, "WithdrawListing")
                await market.on_market(token, country="NO", price=50)
                asked.page_token = page.next_page_token
                if not asked.page_token:
                    break
            assert len(seen) == len(set(seen))
            assert {home.property_id for home, _ in steady} <= set(seen)

    async def test_a_token_is_for_one_question_of_one_caller(self, market: Market, town: Town):
        page = await search(market, country="FI", page_size=5)
        assert await search(market, country="FI", page_size=9, page_token=page.next_page_token)
        for fields in ({"country": "FJ"}, {"country": "FI", "sort": 2}):
            with refused(InvalidPageToken):
                await search(market, page_token=page.next_page_token, **fields)
        with refused(InvalidPageToken):
            await search(market, market.agent(), country="FI", page_token=page.next_page_token)

    async def test_a_cached_answer_carries_the_token_of_whoever_asks(self, market: Market, town: Town):
        tokens = [None, market.agent(), market.agent()]
        pages = [await search(market, t, country="FI", page_size=6) for t in tokens]
        assert len({p.next_page_token for p in pages}) == 3
        for token, page in zip(tokens, pages, strict=True):
            more = await search(market, token, country="FI", page_size=6, page_token=page.next_page_token)
            assert len(more.results) == 6


class TestFacets:
    async def test_counts(self, market: Market, town: Town):
        found = await search(market, country="FI", facets=[1, 2, 3, 4, 5], page_size=1, max_list_price=900_000)
        kept = [(h, x) for h, x in town.homes if x.list_price.units <= 900_000]
        assert found.total_size == len(kept)
        assert not found.total_size_capped
        counted = {f.facet: {v.value: v.count for v in f.values} for f in found.facets}
        assert counted[2] == Counter(h.city for h, _ in kept)
        assert counted[3] == Counter(str(h.bedrooms_total) for h, _ in kept)
        assert counted[4] == {"ACTIVE": len(kept)}
        assert counted[1] == Counter({1: "RESIDENTIAL", 2: "RESIDENTIAL_LEASE"}[h.property_type] for h, _ in kept)
        assert counted[5] == Counter(str(x.list_price.units // 100_000 * 100_000) for _, x in kept)
        for facet in found.facets:
            counts = [v.count for v in facet.values]
            assert counts == sorted(counts, reverse=True)

    async def test_nothing(self, market: Market):
        found = await search(market, country="XX", facets=[1, 2])
        assert (found.total_size, len(found.results), [len(f.values) for f in found.facets]) == (0, 0, [0, 0])


class TestSuggest:
    @pytest.mark.parametrize(
        ("query", "texts"),
        [
            ("no", ["Northtown"]),
            (" NORTH", ["Northtown"]),
            ("0000", ["00000", "00001", "00002", "00003"]),
            ("7 fi", ["7 FI Road"]),
            ("zzz", []),
            ("%", []),
            ("_", []),
        ],
    )
    async def test_completes(self, market: Market, town: Town, query: str, texts: list[str]):
        found = await market.call(market.search.Suggest, pb.SuggestRequest(query=query, country="FI"))
        assert [s.text for s in found.suggestions] == texts

    async def test_limit_and_kinds(self, market: Market, town: Town):
        found = await market.call(market.search.Suggest, pb.SuggestRequest(query="1", country="FI", limit=3))
        assert [s.text for s in found.suggestions] == ["1 FI Road", "10 FI Road", "11 FI Road"]
        assert {s.kind for s in found.suggestions} == {pb.SUGGESTION_KIND_ADDRESS}
        assert all(s.property_id for s in found.suggestions)

    async def test_nothing_typed_completes_to_no_empty_text(self, market: Market, agent: str):
        """A home may be without city and postal code; that is no way to go on from a blank."""
        await market.on_market(agent, country="GL", unparsed_address="5 Ice Road", city="", postal_code="")
        found = await market.call(market.search.Suggest, pb.SuggestRequest(query=" ", country="GL"))
        assert [s.text for s in found.suggestions] == ["5 Ice Road"]

    async def test_a_hidden_address_is_not_suggested(self, market: Market, agent: str):
        await market.on_market(
            agent, country="DK", unparsed_address="77 Secret Way", listing={"internet_address_display_yn": False}
        )
        found = await market.call(market.search.Suggest, pb.SuggestRequest(query="77", country="DK"))
        assert not found.suggestions
        assert not (await search(market, country="DK", query="secret")).results


class TestPublic:
    async def test_nothing_private_is_found_or_shown(self, market: Market, agent: str):
        home = await market.property(agent, country="IS", originating_system_name="SECRET", attributes={"a": "SECRET"})
        listing = await market.listing(agent, home.property_id, private_remarks="SECRET", showing_instructions="SECRET")
        for token in (None, agent):
            assert not (await search(market, token, country="IS")).results
        await market.move(agent, listing.listing_id, "PublishListing")
        for token in (None, agent, market.agent()):
            found = await search(market, token, country="IS")
            assert len(found.results) == 1
            assert "SECRET" not in str(found)
            assert not (await search(market, token, country="IS", query="SECRET")).results
        await market.move(agent, listing.listing_id, "HoldListing")
        assert not (await search(market, country="IS")).results
