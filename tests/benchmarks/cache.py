"""The response cache: share of hits where people ask alike (zipf), and answers that an acknowledged change made stale.

A change of public facts makes cached answers about its area old, on purpose: an answer is worth nothing if it may be
wrong. What that costs is measured by changing a listing once in so many reads, in a city that is drawn as the cities of
the questions are: most is changed where most is asked.
"""

import asyncio
import itertools
import random
import re
import socket
import time
import urllib.request

import grpc
import uvloop

from doorstep.property.v1 import (
    listing_pb2,
    listing_service_pb2,
    listing_service_pb2_grpc,
    property_pb2,
    property_service_pb2,
    property_service_pb2_grpc,
    search_service_pb2,
    search_service_pb2_grpc,
)
from services.chassis.ids import new_id
from tests.benchmarks.homes import token_of
from tests.benchmarks.lab import Lab, laboratory
from tests.benchmarks.report import Goal, Result, percentile
from tests.benchmarks.search import CITIES, Market, load
from tests.fixtures.worker import Process

LISTINGS = 50_000
QUESTIONS = 500
READS = 12_000
"""In each run."""
IN_FLIGHT = 16
READS_PER_CHANGE = (0, 10_000, 1_000)
"""0 for no change at all."""


def _counts(port: int) -> dict[str, float]:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
        text = answer.read().decode()
    found = re.findall(r'doorstep_cache_requests_total\{cache="search",outcome="(\w+)".*?\} (\S+)', text)
    return {outcome: float(value) for outcome, value in found}


class Load:
    """Readers who ask alike, and somebody who changes a price."""

    def __init__(self, channel: grpc.aio.Channel, token: str, market: Market) -> None:
        self._search = search_service_pb2_grpc.SearchServiceStub(channel).SearchProperties
        self._listings = listing_service_pb2_grpc.ListingServiceStub(channel)
        self._properties = property_service_pb2_grpc.PropertyServiceStub(channel)
        self._metadata = (("authorization", f"Bearer {token}"),)
        self._questions = [
            search_service_pb2.SearchPropertiesRequest(
                city=f"city {market.city()}", min_bedrooms_total=n % 5, max_list_price=400_000 + 1000 * n
            )
            for n in range(QUESTIONS)
        ]
        self._weights = list(itertools.accumulate(1 / rank for rank in range(1, QUESTIONS + 1)))
        self._rng = random.Random(3)
        self._market = market
        self._offered: dict[int, str] = {}
        """Listings of our own, by city."""
        self._price = 100
        self.reads = self.changes = self.stale = 0
        self.times: list[float] = []

    async def _offer(self, city: int) -> None:
        """Put a listing on the market whose price may change."""
        latitude, longitude = self._market.place(city)
        home = property_pb2.Property(
            property_type=1, country="ZZ", city=f"City {city}", latitude=latitude, longitude=longitude
        )
        made = await self._properties.CreateProperty(
            property_service_pb2.CreatePropertyRequest(property=home), metadata=self._metadata
        )
        listing = listing_pb2.Listing(property_id=made.property.property_id)
        listing.list_price.currency_code, listing.list_price.units = "USD", 1
        created = await self._listings.CreateListing(
            listing_service_pb2.CreateListingRequest(listing=listing), metadata=self._metadata
        )
        self._offered[city] = created.listing.listing_id
        await self._listings.PublishListing(
            listing_service_pb2.PublishListingRequest(listing_id=created.listing.listing_id), metadata=self._metadata
        )

    async def prepare(self) -> None:
        """Put listings on the market in every city."""
        for city in range(CITIES):
            await self._offer(city)

    async def _change(self) -> None:
        self.changes += 1
        self._price += 1
        city = self._market.city()
        change = listing_service_pb2.UpdateListingRequest(listing={"listing_id": self._offered[city]})
        change.listing.list_price.currency_code, change.listing.list_price.units = "USD", self._price
        await self._listings.UpdateListing(change, metadata=self._metadata)
        # Two ways to ask for it: within its city, and anywhere.
        for asked in (
            {"city": f"city {city}", "country": "ZZ"},
            {"country": "ZZ", "sort": "SEARCH_SORT_LIST_PRICE_DESC"},
        ):
            found = await self._search(search_service_pb2.SearchPropertiesRequest(**asked))
            self.stale += found.results[0].listing.list_price.units != self._price

    async def run(self, reads_per_change: int) -> None:
        """Read `READS` times."""
        self.reads = self.changes = self.stale = 0
        self.times.clear()

        async def reader() -> None:
            while self.reads < READS:
                self.reads += 1
                request = self._rng.choices(self._questions, cum_weights=self._weights)[0]
                begun = time.perf_counter()
                await self._search(request)
                self.times.append((time.perf_counter() - begun) * 1e3)

        async def writer() -> None:
            while self.reads < READS:
                if self.reads >= (self.changes + 1) * reads_per_change:
                    await self._change()
                await asyncio.sleep(0.001)

        work = [reader() for _ in range(IN_FLIGHT)] + ([writer()] if reads_per_change else [])
        await asyncio.gather(*work)


async def _measure(lab: Lab, port: int, metrics: int, market: Market) -> dict[str, dict[str, float]]:
    seen: dict[str, dict[str, float]] = {}
    token = token_of(lab, organization_id=new_id(), permissions=["property.read", "property.write"])
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        one = Load(channel, token, market)
        await one.prepare()
        await one.run(0)
        for reads_per_change in READS_PER_CHANGE:
            before = _counts(metrics)
            await one.run(reads_per_change)
            after = _counts(metrics)
            hits, misses = (after.get(k, 0) - before.get(k, 0) for k in ("hit", "miss"))
            seen[f"one change in {reads_per_change} reads" if reads_per_change else "no changes"] = {
                "hits": hits / (hits + misses), "reads": one.reads, "changes": one.changes, "stale": one.stale,
                "p50_ms": percentile(one.times, 50), "p95_ms": percentile(one.times, 95),
            }  # fmt: skip
    return seen


def measure() -> Result:
    """Load, then read with ever more changes."""
    market = Market()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        metrics = free.getsockname()[1]
    with laboratory() as lab:
        uvloop.run(load(lab, market, LISTINGS))
        environment = {**lab.environment, "DOORSTEP_METRICS_PORT": str(metrics)}
        # Every session lives: what is measured is the cache, not identity.
        served = ("services.property.app:build", "tests.benchmarks.unary:build")
        with Process("tests.fixtures.serve", *served, environment=environment) as server:
            seen = uvloop.run(_measure(lab, server.port, metrics, market))
    stale = sum(one["stale"] for one in seen.values())
    goals = [
        Goal("hits, no changes", seen["no changes"]["hits"], 0.95, True, "all reads"),
        Goal("hits, one change in 10000 reads", seen["one change in 10000 reads"]["hits"], 0.95, True, "all reads"),
        Goal("hits, one change in 1000 reads", seen["one change in 1000 reads"]["hits"], 0.95, True, "all reads"),
        Goal("stale answers after an acknowledged change", stale, 0, False, "none", "answers"),
    ]
    return Result("cache", goals, {"listings": LISTINGS, "questions": QUESTIONS, "zipf": 1.0, "runs": seen})
