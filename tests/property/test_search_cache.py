"""The cache of public answers: what it spares, and that nobody is shown what is no longer so."""

import asyncio
from typing import Any

import pytest
from redis.exceptions import ConnectionError as RedisConnectionError

from doorstep.property.v1 import listing_service_pb2, property_service_pb2
from doorstep.property.v1 import search_service_pb2 as pb
from services.chassis.ids import new_id
from services.chassis.testing import refused
from services.property.cache import REQUESTS
from tests.property.conftest import Market, search


def count(outcome: str) -> float:
    return REQUESTS.labels(service="property", cache="search", outcome=outcome)._value.get()


class TestCache:
    async def test_hit_and_miss_are_counted(self, market: Market, agent: str):
        await market.on_market(agent, country="AD")
        hits, misses = count("hit"), count("miss")
        first = await search(market, country="AD")
        second = await search(market, country="AD")
        assert first.results == second.results
        assert (count("hit") - hits, count("miss") - misses) == (1, 1)

    async def test_no_reader_is_given_what_was_before_an_acknowledged_change(self, market: Market):
        """Readers ask all the time, so that the answer is cached whenever it can be; every change is seen at once."""
        token = market.agent()
        home, listing = await market.on_market(token, country="EE", price=100)
        stop = asyncio.Event()
        stale = 0

        async def hammer() -> None:
            while not stop.is_set():
                await search(market, country="EE")

        readers = [asyncio.create_task(hammer()) for _ in range(4)]
        for n in range(60):
            price = {"currency_code": "USD", "units": 200 + n}
            change = listing_service_pb2.UpdateListingRequest(
                listing={"listing_id": listing.listing_id, "list_price": price}
            )
            await market.call(market.listings.UpdateListing, change, token)
            found = await search(market, country="EE")
            stale += found.results[0].listing.list_price.units != 200 + n
        fact = property_service_pb2.UpdatePropertyRequest(property={"property_id": home.property_id, "city": "Tartu"})
        await market.call(market.properties.UpdateProperty, fact, token)
        assert (await search(market, country="EE")).results[0].property.city == "Tartu"
        await market.move(token, listing.listing_id, "WithdrawListing")
        assert not (await search(market, country="EE")).results
        stop.set()
        await asyncio.gather(*readers)
        assert stale == 0

    @pytest.mark.parametrize(
        "question",
        [
            {"city": "Riga"},
            {"postal_code": "LV-1"},
            {"box": {"south": 56.9, "west": 24.0, "north": 57.0, "east": 24.2}},
            {"box": {"south": 55, "west": 20, "north": 58, "east": 24.2}},
            {"center": (56.95, 24.1), "radius_meters": 500.0},
            {"polygon": [{"latitude": a, "longitude": b} for a, b in ((56.9, 24.0), (57.0, 24.0), (56.95, 24.4))]},
            {"query": "Riga"},
        ],
    )
    async def test_whoever_comes_or_goes_is_seen_at_once(self, market: Market, question: dict[str, Any]):
        async def there() -> bool:
            found = await search(market, country="RO", **question)
            return any(r.property.property_id == home.property_id for r in found.results)

        async def change(**fields: Any) -> None:
            fact = property_service_pb2.UpdatePropertyRequest(property={"property_id": home.property_id, **fields})
            await market.call(market.properties.UpdateProperty, fact, token)

        token = market.agent()
        here = {"city": "Riga", "postal_code": "LV-1", "latitude": 56.95, "longitude": 24.1}
        away = {"city": "Liepaja", "postal_code": "LV-3", "latitude": 56.5, "longitude": 26.0}
        home = await market.property(token, country="RO", **away)
        assert not await there()
        listing = await market.listing(token, home.property_id)
        await market.move(token, listing.listing_id, "PublishListing")
        assert not await there()
        await change(**here)
        assert await there()
        await change(**away)
        assert not await there()
        await change(**here)
        assert await there()
        await market.move(token, listing.listing_id, "WithdrawListing")
        assert not await there()

    @pytest.mark.parametrize(("query", "text"), [("gdan", "Gdansk"), ("80-", "80-001"), ("9 mole", "9 Molen St")])
    async def test_suggestions_follow_at_once(self, market: Market, agent: str, query: str, text: str):
        async def suggested() -> list[str]:
            asked = pb.SuggestRequest(query=query, country="PL")
            return [s.text for s in (await market.call(market.search.Suggest, asked)).suggestions]

        assert not await suggested()
        place = {"city": "Gdansk", "postal_code": "80-001", "unparsed_address": "9 Molen St"}
        _, listing = await market.on_market(agent, country="PL", **place)
        assert await suggested() == [text]
        await market.move(agent, listing.listing_id, "HoldListing")
        assert not await suggested()

    async def test_a_change_elsewhere_keeps_an_answer(self, market: Market, agent: str):
        _, here = await market.on_market(agent, country="SK", city="Narva", latitude=59.4, longitude=28.2)
        _, far = await market.on_market(agent, country="SK", city="Paide", latitude=58.9, longitude=25.5)

        async def cached(**question: Any) -> bool:
            before = count("hit")
            await search(market, country="SK", **question)
            return count("hit") > before

        async def reprice(listing_id: str, units: int) -> None:
            price = {"currency_code": "USD", "units": units}
            change = listing_service_pb2.UpdateListingRequest(listing={"listing_id": listing_id, "list_price": price})
            await market.call(market.listings.UpdateListing, change, agent)

        around_narva = {"center": (59.4, 28.2), "radius_meters": 3_000.0}
        for question in ({"city": "Narva"}, around_narva, {}):
            await cached(**question)
        await reprice(far.listing_id, 1)
        assert [await cached(**q) for q in ({"city": "Narva"}, around_narva, {})] == [True, True, False]
        await reprice(here.listing_id, 2)
        assert [await cached(**q) for q in ({"city": "Narva"}, around_narva, {})] == [False, False, False]

    async def test_with_an_idempotency_key_too(self, market: Market, agent: str):
        """With a key the commit comes after the handler: counting after it would be too early."""
        home = await market.property(agent, country="LV")
        listing = await market.listing(agent, home.property_id)
        assert not (await search(market, country="LV")).results
        move = listing_service_pb2.PublishListingRequest(listing_id=listing.listing_id)
        await market.call(market.listings.PublishListing, move, agent, idempotency_key=str(new_id()))
        assert (await search(market, country="LV")).results

    async def test_a_change_that_fails_is_not_seen(self, market: Market, agent: str):
        _, listing = await market.on_market(agent, country="LT", price=100)
        before = await search(market, country="LT")
        change = listing_service_pb2.UpdateListingRequest(
            listing={
                "listing_id": listing.listing_id,
                "etag": "old",
                "list_price": {"currency_code": "USD", "units": 1},
            }
        )
        with refused("ETAG_MISMATCH"):
            await market.call(market.listings.UpdateListing, change, agent)
        assert (await search(market, country="LT")) == before

    async def test_without_redis_the_database_answers(
        self, market: Market, agent: str, monkeypatch: pytest.MonkeyPatch
    ):
        await market.on_market(agent, country="AE")

        async def away(*_args: Any, **_options: Any) -> Any:
            raise RedisConnectionError("away")

        monkeypatch.setattr(market.harness.resources.redis, "execute_command", away)
        found = await search(market, country="AE")
        assert len(found.results) == 1
