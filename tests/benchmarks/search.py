"""Search among a million listings: time in the database by kind of question, and end to end with 64 in flight.

The listings have the distribution of the King County file (prices, areas, rooms, years, and where homes lie around
their city): its rows are set down around 200 cities of very different size, with noise. Without the file
(`DOORSTEP_DATA_DIR`) a lognormal stand-in is used, and the notes say so.
"""

import asyncio
import itertools
import math
import os
import random
import statistics
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import grpc
import uvloop

from doorstep.property.v1 import (
    listing_pb2,
    property_pb2,
    property_service_pb2,
    search_service_pb2,
    search_service_pb2_grpc,
)
from services.chassis.geo import Box, around
from services.chassis.ids import new_id
from services.property.imports.columns import mappings
from services.property.imports.rows import parse
from services.property.repository.search import Query, SearchIndex
from services.stack.postgres_access import SUPERUSER
from tests.benchmarks.lab import Lab, laboratory
from tests.benchmarks.report import Goal, Result, percentile
from tests.fixtures.worker import Process
from tests.property.data_files import data_dir

LISTINGS = int(os.environ.get("DOORSTEP_BENCH_LISTINGS", "1000000"))
CITIES = 200
WORDS = 3_000
SAMPLES = 300
SIZE = 21
"""One more than a page: the row that tells that there is a next one."""
IN_FLIGHT = 64
SECONDS = float(os.environ.get("DOORSTEP_BENCH_SECONDS", "8"))
TYPES = ("RESIDENTIAL",) * 8 + ("RESIDENTIAL_INCOME", "LAND")

_STAGE = """
    CREATE UNLOGGED TABLE stage (listing_id uuid, property_id uuid, city int, property_type text, price bigint,
        bedrooms int, bathrooms int, area float8, year int, waterfront bool, latitude float8, longitude float8,
        days float8, remarks text, payload bytea)"""
_FILL = """
    INSERT INTO property.search_listings
    SELECT listing_id, property_id, '00000000-0000-7000-8000-000000000001', 'ACTIVE', property_type, 'city ' || city,
        'City ' || city, 'WA', lpad((city * 7 % 1000)::text, 5, '0'), 'US', row_number() OVER () || ' city ' || city,
        row_number() OVER () || ' City ' || city, 'USD', price, bedrooms, bathrooms, area, year, waterfront,
        point(longitude, latitude), now() - make_interval(secs => days * 86400),
        setweight(to_tsvector('english', 'City ' || city), 'A') || setweight(to_tsvector('english', remarks), 'B'),
        payload
    FROM stage"""


class Market:
    """What the questions are drawn from."""

    def __init__(self, seed: int = 7) -> None:
        self.rng = random.Random(seed)
        self.rows, self.real = _facts()
        weights = [1 / rank for rank in range(1, CITIES + 1)]
        self.weights = list(itertools.accumulate(weights))
        self.cities = [(self.rng.uniform(30, 48), self.rng.uniform(-122, -75)) for _ in range(CITIES)]
        self.words = [f"word{n}" for n in range(WORDS)]
        self.word_weights = list(itertools.accumulate(1 / (rank + 10) for rank in range(WORDS)))
        self.payloads = [_payload(self.rng) for _ in range(500)]

    def city(self) -> int:
        """A city, large ones more often."""
        return self.rng.choices(range(CITIES), cum_weights=self.weights)[0]

    def text(self, count: int) -> str:
        """Words, common ones more often."""
        return " ".join(self.rng.choices(self.words, cum_weights=self.word_weights, k=count))

    def place(self, city: int) -> tuple[float, float]:
        """Somewhere in a city, as homes lie around Seattle."""
        facts = self.rng.choice(self.rows)
        latitude, longitude = self.cities[city]
        return (
            latitude + facts["latitude"] + self.rng.gauss(0, 0.004),
            longitude + facts["longitude"] + self.rng.gauss(0, 0.006),
        )

    def listings(self, count: int) -> Iterator[tuple[Any, ...]]:
        """Rows of the stage."""
        rng = self.rng
        for _ in range(count):
            facts, city = rng.choice(self.rows), self.city()
            latitude, longitude = self.place(city)
            yield (
                new_id(), new_id(), city, rng.choice(TYPES), int(facts["price"] * rng.lognormvariate(0, 0.1)) * 100,
                facts["bedrooms"], facts["bathrooms"], facts["area"] * rng.uniform(0.95, 1.05), facts["year"],
                facts["waterfront"], latitude, longitude, rng.expovariate(1 / 60), self.text(25),
                rng.choice(self.payloads),
            )  # fmt: skip


def _facts() -> tuple[list[dict[str, Any]], bool]:
    path = data_dir() / "listings_king_county" / "kc_house_data.csv.gz"
    if path.exists():
        parsed = [row for row in parse(path.read_bytes(), mappings()["king_county"]) if not row.refused]
        return [
            {
                "price": row.offer["list_price"].minor / 100,
                "bedrooms": row.facts["bedrooms_total"],
                "bathrooms": row.facts["bathrooms_total_integer"],
                "area": row.facts["living_area"] * 0.0929,
                "year": row.facts["year_built"],
                "waterfront": row.facts["waterfront_yn"],
                "latitude": row.facts["latitude"] - 47.56,
                "longitude": row.facts["longitude"] + 122.21,
            }
            for row in parsed
        ], True
    rng = random.Random(1)
    return [
        {
            "price": math.exp(rng.gauss(13.05, 0.53)), "bedrooms": rng.randint(1, 6), "bathrooms": rng.randint(1, 4),
            "area": math.exp(rng.gauss(5.1, 0.42)), "year": rng.randint(1900, 2015), "waterfront": rng.random() < 0.01,
            "latitude": rng.gauss(0, 0.14), "longitude": rng.gauss(0, 0.14),
        }
        for _ in range(20_000)
    ], False  # fmt: skip


def _payload(rng: random.Random) -> bytes:
    home = property_pb2.Property(
        property_id=str(new_id()), organization_id=str(new_id()), property_type=1, city=f"City {rng.randrange(200)}",
        unparsed_address="12 Some Street", postal_code="98101", country="US", state_or_province="WA", latitude=47.6,
        longitude=-122.3, bedrooms_total=3, bathrooms_total_integer=2, living_area=120, year_built=1990,
    )  # fmt: skip
    listing = listing_pb2.Listing(listing_id=str(new_id()), property_id=home.property_id, standard_status=3)
    listing.list_price.currency_code, listing.list_price.units = "USD", 500_000
    listing.on_market_timestamp.GetCurrentTime()
    listing.public_remarks = "some words about the home " * 6
    return property_service_pb2.GetPropertyResponse(property=home, current_listing=listing).SerializeToString()


async def load(lab: Lab, market: Market, count: int) -> float:
    """Fill the search table and index it afterwards, as a restore would; return the seconds that took."""
    begun = time.monotonic()
    connection = await asyncpg.connect(lab.postgres.url(SUPERUSER), timeout=10)
    try:
        await connection.execute("SET maintenance_work_mem = '512MB'; SET synchronous_commit = off")
        indexes = await connection.fetch(
            "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'property' "
            "AND tablename = 'search_listings' AND indexname <> 'search_listings_pkey'"
        )
        for row in indexes:
            await connection.execute(f"DROP INDEX property.{row['indexname']}")
        await connection.execute(_STAGE)
        rows = market.listings(count)
        while batch := list(itertools.islice(rows, 20_000)):
            await connection.copy_records_to_table("stage", records=batch)
        await connection.execute(_FILL)
        await connection.execute("DROP TABLE stage")
        for row in indexes:
            await connection.execute(row["indexdef"])
        await connection.execute("VACUUM ANALYZE property.search_listings")
        await connection.execute("CHECKPOINT")
    finally:
        await connection.close()
    return time.monotonic() - begun


def questions(market: Market) -> dict[str, Callable[[], Query]]:
    """One question of each kind of the goal table."""
    rng = market.rng

    def near() -> tuple[float, float]:
        return market.place(market.city())

    def box(metres: float) -> tuple[Box, ...]:
        return (around(*near(), metres),)

    return {
        "filters": lambda: Query(
            city_key=f"city {market.city()}", property_types=("RESIDENTIAL",), currency_code="USD",
            min_price=30_000_000, max_price=rng.randrange(40_000_000, 90_000_000), min_bedrooms=rng.randint(1, 4),
            sort="LIST_PRICE_ASC",
        ),
        "city_newest": lambda: Query(city_key=f"city {market.city()}", min_bedrooms=rng.randint(1, 4)),
        "box": lambda: Query(
            boxes=box(1_000), min_bedrooms=2, currency_code="USD", max_price=80_000_000, sort="NEAREST"
        ),
        "box_newest": lambda: Query(boxes=box(1_000), min_bedrooms=2, currency_code="USD", max_price=80_000_000),
        "nearest": lambda: Query(center=near(), sort="NEAREST"),
        "nearest_filtered": lambda: Query(
            center=near(), sort="NEAREST", min_bedrooms=4, currency_code="USD", max_price=60_000_000
        ),
        "text_newest": lambda: Query(text=market.text(1)),
        "text_box": lambda: Query(text=market.text(2), boxes=box(2_500), min_bedrooms=2),
        "text_ranked": lambda: Query(text=market.text(1), sort="RELEVANCE"),
        "newest": Query,
    }  # fmt: skip


@dataclass
class Clock:
    """Times questions, one after the other on one connection."""

    backend: int
    """Process id of the connection's server process."""
    asking: bool = False
    """Whether the asking process counts as well."""

    def _on_cpu(self) -> int:
        # Nanoseconds that the process has had a processor: what a question costs, however many share the machine.
        used = int(Path(f"/proc/{self.backend}/schedstat").read_text().split()[0])
        return used + time.process_time_ns() if self.asking else used

    async def __call__(self, samples: int, ask: Callable[[], Awaitable[Any]]) -> dict[str, float]:
        """Percentiles in milliseconds: `p...` of processor time, `wall_p...` by the clock on the wall."""
        times, walls = [], []
        for _ in range(samples):
            used, begun = self._on_cpu(), time.perf_counter()
            await ask()
            walls.append((time.perf_counter() - begun) * 1e3)
            times.append((self._on_cpu() - used) / 1e6)
        at = (50, 95, 99)
        return {f"p{n}": percentile(times, n) for n in at} | {f"wall_p{n}": percentile(walls, n) for n in at}


async def in_database(lab: Lab, market: Market) -> dict[str, dict[str, float]]:
    """Every kind of question, warm."""
    seen: dict[str, dict[str, float]] = {}
    async with asyncpg.create_pool(lab.database_url, min_size=1, max_size=1) as pool:
        index, clock = SearchIndex(pool), Clock(await pool.fetchval("SELECT pg_backend_pid()"))
        for name, make in questions(market).items():
            for samples in (SAMPLES // 3, SAMPLES):  # the first round warms
                seen[name] = await clock(samples, lambda make=make: index.find(make(), size=SIZE, after=None))
        city = Query(city_key="city 0", property_types=("RESIDENTIAL",), sort="LIST_PRICE_ASC", currency_code="USD")
        for name, query in (("next_page", Query()), ("next_page_by_price", city)):
            cursor: list[Any] = [None]

            async def step(query: Query = query, cursor: list[Any] = cursor) -> None:
                found = await index.find(query, size=SIZE, after=cursor[0])
                cursor[0] = found[-1].key if found else None

            seen[name] = await clock(SAMPLES, step)
        # The second page, as the first has no condition to plan: what is asked is whether depth costs anything.
        top, deep = await _key(pool, SIZE), await _key(pool, LISTINGS // 2)
        first, last = [], []
        for _ in range(5):
            first.append((await clock(40, lambda: index.find(Query(), size=SIZE, after=top)))["p50"])
            last.append((await clock(40, lambda: index.find(Query(), size=SIZE, after=deep)))["p50"])
        seen["page_2"], seen["page_far"] = {"p50": statistics.median(first)}, {"p50": statistics.median(last)}
        seen["ping"] = await clock(SAMPLES, lambda: pool.fetchval("SELECT 1"))
    return seen


async def _key(pool: asyncpg.Pool, offset: int) -> tuple[Any, UUID]:
    row = await pool.fetchrow(
        "SELECT on_market_timestamp, listing_id FROM property.search_listings "
        "ORDER BY on_market_timestamp DESC, listing_id DESC OFFSET $1 LIMIT 1",
        offset,
    )
    assert row is not None
    return row[0], row[1]


def request_of(query: Query) -> search_service_pb2.SearchPropertiesRequest:
    """The same question over gRPC."""
    made = search_service_pb2.SearchPropertiesRequest(
        query=query.text,
        city=query.city_key,
        property_types=[f"PROPERTY_TYPE_{kind}" for kind in query.property_types],
    )
    if query.center:
        made.center.latitude, made.center.longitude = query.center
    if query.boxes:
        [box] = query.boxes
        made.box.south, made.box.west, made.box.north, made.box.east = box
    if query.min_price is not None:
        made.min_list_price = query.min_price // 100
    if query.max_price is not None:
        made.max_list_price = query.max_price // 100
    if query.min_bedrooms is not None:
        made.min_bedrooms_total = query.min_bedrooms
    if query.sort != "NEAREST":  # the order of a question with a place and without another order
        made.sort = search_service_pb2.SearchSort.Value(f"SEARCH_SORT_{query.sort}")
    return made


async def end_to_end(port: int, market: Market, *, in_flight: int) -> tuple[list[float], int, float]:
    """Milliseconds of calls, none of which was asked before, and how many failed."""
    kinds = [make for name, make in questions(market).items() if name not in {"box_newest", "text_ranked", "newest"}]
    asked = [request_of(make()) for make in kinds for _ in range(1_500)]
    market.rng.shuffle(asked)
    remaining, times, failed = iter(asked), [], 0
    end = time.monotonic() + SECONDS
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        method = search_service_pb2_grpc.SearchServiceStub(channel).SearchProperties

        async def caller() -> None:
            nonlocal failed
            while time.monotonic() < end:
                request = next(remaining, None)
                if request is None:
                    return
                begun = time.perf_counter()
                try:
                    await method(request)
                except grpc.aio.AioRpcError:
                    failed += 1
                times.append((time.perf_counter() - begun) * 1e3)

        begun = time.monotonic()
        await asyncio.gather(*(caller() for _ in range(in_flight)))
        return times, failed, len(times) / (time.monotonic() - begun)


def measure() -> Result:
    """Load, ask the database, ask the service."""
    market = Market()
    with laboratory() as lab:
        seconds = uvloop.run(load(lab, market, LISTINGS))
        seen = uvloop.run(in_database(lab, market))
        with Process("tests.fixtures.serve", "services.property.app:build", environment=lab.environment) as server:
            uvloop.run(end_to_end(server.port, market, in_flight=8))  # warm
            flights = {n: uvloop.run(end_to_end(server.port, market, in_flight=n)) for n in (8, IN_FLIGHT)}
    figures: dict[str, Any] = {"listings": LISTINGS, "load_seconds": seconds, "milliseconds": seen}
    for n, (times, failed, rate) in flights.items():
        figures[f"end_to_end_{n}_in_flight"] = {
            "p50": percentile(times, 50), "p95": percentile(times, 95), "p99": percentile(times, 99),
            "calls_per_second": rate, "failed": failed,
        }  # fmt: skip
    bounds = (
        ("filters", "p95", 5.0), ("city_newest", "p95", 5.0), ("box", "p95", 0.5), ("nearest", "p95", 0.5),
        ("next_page", "p95", 1.0),
        ("text_newest", "p95", 15.0), ("text_box", "p95", 5.0), ("text_ranked", "p95", 50.0),
        ("nearest_filtered", "p99", 10.0),
    )  # fmt: skip
    goals = [Goal(f"{name} {at}", seen[name][at], bound, False, "fixed bound", "ms") for name, at, bound in bounds]
    far = seen["page_far"]["p50"] / seen["page_2"]["p50"]
    goals.append(Goal("a page in the middle", far, 1.2, False, "page 2"))
    whole = figures[f"end_to_end_{IN_FLIGHT}_in_flight"]["p95"]
    goals.append(Goal(f"end to end p95, {IN_FLIGHT} in flight", whole, 20.0, False, "fixed bound", "ms"))
    source = "the King County file" if market.real else "a lognormal stand-in: the King County file is not here"
    return Result("search", goals, figures, f"In the database: processor time of the server's process. From {source}.")
