"""From an offer to an accepted one, each for a listing of its own, against the bare SQL of the same rows.

The ceiling writes what a real pair of calls has written (offer, round, job, event; then the offer's new state, deal,
timeline, events) under other ids, in two transactions through asyncpg, on as many connections as the service has.
"""

import asyncio
import os
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import asyncpg
import grpc
import uvloop

from doorstep.deal.v1 import offer_service_pb2 as pb
from doorstep.deal.v1.offer_service_pb2_grpc import OfferServiceStub
from services.chassis.ids import new_id
from services.stack.postgres_access import APP, SUPERUSER
from tests.benchmarks.homes import put_on_market, token_of
from tests.benchmarks.lab import Lab, laboratory
from tests.benchmarks.report import Goal, Result, alternate, percentile
from tests.benchmarks.unary import served

PAIRS = int(os.environ.get("DOORSTEP_BENCH_PAIRS", "200"))
"""Offers that are made and accepted in a round."""
WARMING = 40
IN_FLIGHT = 16
CONNECTIONS = 8
"""As many as a service has (`database_pool_size`)."""
ROUNDS = 3
BARE = "bare SQL of the same rows"
SERVICES = ("identity", "property", "deal")
MEMBER = ("property.read", "property.write", "deal.read", "deal.write")
QUERIES = {
    "offers": "SELECT * FROM deal.offers WHERE id = $1::text::uuid",
    "offer_rounds": "SELECT * FROM deal.offer_rounds WHERE offer_id = $1::text::uuid",
    "made": "SELECT * FROM deal.outbox WHERE key = $2 AND type LIKE '%.OfferMade'",
    "jobs": "SELECT * FROM jobs.pgqueuer WHERE dedupe_key LIKE '%' || $1 || '%'",
    "deals": "SELECT * FROM deal.deals WHERE offer_id = $1::text::uuid",
    "deal_timeline": "SELECT t.* FROM deal.deal_timeline t JOIN deal.deals d ON d.id = t.deal_id "
    "WHERE d.offer_id = $1::text::uuid",
    "accepted": "SELECT * FROM deal.outbox WHERE key = $2 AND type LIKE '%.OfferAccepted'",
    "opened": "SELECT * FROM deal.outbox WHERE key = $2 AND type LIKE '%.DealOpened'",
}
TABLES = {"jobs": "jobs.pgqueuer", "made": "deal.outbox", "accepted": "deal.outbox", "opened": "deal.outbox"}
MADE_BY_DATABASE = {"deal.outbox": {"id", "position", "relay_time"}, "jobs.pgqueuer": {"id"}}


@dataclass
class Round:
    """What one round took."""

    seconds: float = 0.0
    cpu: float = 0.0
    """Processor seconds that the pairs cost."""
    made: list[float] = field(default_factory=list)
    """Milliseconds until an offer was made."""
    accepted: list[float] = field(default_factory=list)
    """Milliseconds until it was accepted."""


class Side:
    """One of the two compared; `pair` makes an offer and accepts it."""

    def __init__(self, *meters: Callable[[], float]) -> None:
        self._meters = meters
        self.rounds: list[Round] = []

    def __call__(self) -> float:
        """Pairs a second."""
        seen, before = Round(), sum(meter() for meter in self._meters)
        uvloop.run(self.run(seen, PAIRS))
        seen.cpu = sum(meter() for meter in self._meters) - before
        self.rounds.append(seen)
        return PAIRS / seen.seconds

    async def run(self, seen: Round, count: int) -> None:
        """Do so many pairs, and count them in `seen`."""
        raise NotImplementedError


class Service(Side):
    """A buyer offers, the seller accepts."""

    def __init__(
        self, port: int, listings: Iterator[str], seller: str, buyer: str, *meters: Callable[[], float]
    ) -> None:
        super().__init__(*meters)
        self._address, self._listings = f"127.0.0.1:{port}", listings
        self._seller, self._buyer = ((("authorization", f"Bearer {token}"),) for token in (seller, buyer))

    async def run(self, seen: Round, count: int) -> None:
        """Over one channel, as a server that calls for many people."""
        async with grpc.aio.insecure_channel(self._address) as channel:
            stub, waiting = OfferServiceStub(channel), iter(range(count))
            await channel.channel_ready()
            begun = time.perf_counter()
            await asyncio.gather(*(self._caller(stub, waiting, seen) for _ in range(IN_FLIGHT)))
            seen.seconds = time.perf_counter() - begun

    async def _caller(self, stub: Any, waiting: Iterator[int], seen: Round) -> None:
        for _ in waiting:
            request = pb.MakeOfferRequest(listing_id=next(self._listings))
            request.price.currency_code, request.price.units = "USD", 480_000
            begun = time.perf_counter()
            offer = (await stub.MakeOffer(request, metadata=self._buyer, timeout=10)).offer
            made = time.perf_counter()
            accept = pb.AcceptOfferRequest(offer_id=offer.offer_id, etag=offer.etag)
            await stub.AcceptOffer(accept, metadata=self._seller, timeout=10)
            seen.made.append((made - begun) * 1e3)
            seen.accepted.append((time.perf_counter() - made) * 1e3)


class Bare(Side):
    """The rows of one pair, written again and again by SQL alone."""

    def __init__(self, url: str, rows: dict[str, dict[str, Any]], *meters: Callable[[], float]) -> None:
        super().__init__(*meters)
        self._url, self._rows = url, rows
        organization_id = rows["offers"]["organization_id"]
        self._begin = f"BEGIN; SELECT set_config('doorstep.organization_id', '{organization_id}', true)"

    async def run(self, seen: Round, count: int) -> None:
        """Over a pool, as the service has one."""

        async def plain(_connection: Any) -> None:
            """What a transaction sets ends with it."""

        async with asyncpg.create_pool(self._url, min_size=CONNECTIONS, max_size=CONNECTIONS, reset=plain) as pool:
            waiting, begun = iter(range(count)), time.perf_counter()
            await asyncio.gather(*(self._caller(pool, waiting, seen) for _ in range(IN_FLIGHT)))
            seen.seconds = time.perf_counter() - begun

    async def _caller(self, pool: Any, waiting: Iterator[int], seen: Round) -> None:
        for _ in waiting:
            listing_id, offer_id, begun = new_id(), new_id(), time.perf_counter()
            async with pool.acquire() as connection:
                await self._make(connection, listing_id, offer_id)
            made = time.perf_counter()
            async with pool.acquire() as connection:
                await self._accept(connection, listing_id, offer_id)
            seen.made.append((made - begun) * 1e3)
            seen.accepted.append((time.perf_counter() - made) * 1e3)

    async def _make(self, connection: Any, listing_id: UUID, offer_id: UUID) -> None:
        pending = {"state": "PENDING", "awaiting": "SELLER", "deal_id": None, "end_time": None}
        await connection.execute(self._begin)
        await self._write(connection, "offers", {"id": offer_id, "listing_id": listing_id, **pending})
        await self._write(connection, "offer_rounds", {"offer_id": offer_id})
        await self._write(connection, "made", {"event_id": new_id(), "key": str(listing_id)})
        await self._write(connection, "jobs", {"dedupe_key": f"deal.expire_offer/{offer_id}"})
        await connection.execute("COMMIT")

    async def _accept(self, connection: Any, listing_id: UUID, offer_id: UUID) -> None:
        deal_id = new_id()
        await connection.execute(self._begin)
        await connection.execute(
            "UPDATE deal.offers SET state = 'ACCEPTED', awaiting = NULL, deal_id = $2, end_time = now(), version = 2 "
            "WHERE organization_id = $3 AND id = $1",
            offer_id,
            deal_id,
            self._rows["offers"]["organization_id"],
        )
        await self._write(connection, "deals", {"id": deal_id, "listing_id": listing_id, "offer_id": offer_id})
        await self._write(connection, "deal_timeline", {"id": new_id(), "deal_id": deal_id})
        for event in ("accepted", "opened"):
            await self._write(connection, event, {"event_id": new_id(), "key": str(listing_id)})
        await connection.execute("COMMIT")

    async def _write(self, connection: Any, name: str, values: dict[str, Any]) -> None:
        table = TABLES.get(name, f"deal.{name}")
        row = {key: value for key, value in self._rows[name].items() if key not in MADE_BY_DATABASE.get(table, ())}
        row |= values
        places = ", ".join(f"${n}" for n in range(1, len(row) + 1))
        await connection.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({places})", *row.values())


async def put_many(port: int, token: str, count: int) -> list[str]:
    """So many listings of one organisation."""
    found: list[str] = []
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        waiting = iter(range(count))

        async def some() -> None:
            found.extend([(await put_on_market(channel, token))[1] for _ in waiting])

        await asyncio.gather(*(some() for _ in range(IN_FLIGHT)))
    return found


async def rows_of_a_pair(lab: Lab) -> dict[str, dict[str, Any]]:
    """What the service has written for the first offer that it accepted."""
    connection = await asyncpg.connect(lab.postgres.url(SUPERUSER))
    try:
        offer = await connection.fetchrow("SELECT id, listing_id FROM deal.offers WHERE state = 'ACCEPTED' ORDER BY id")
        names = {"$1": str(offer["id"]), "$2": str(offer["listing_id"])}
        found = {}
        for name, query in QUERIES.items():
            place, value = next((place, value) for place, value in names.items() if place in query)
            found[name] = dict(await connection.fetchrow(query.replace(place, "$1"), value))
        return found
    finally:
        await connection.close()


async def accepted_twice(lab: Lab) -> int:
    """Listings with more than one accepted offer or open deal, and accepted offers without a deal."""
    connection = await asyncpg.connect(lab.postgres.url(SUPERUSER))
    try:
        return int(
            await connection.fetchval(
                "SELECT (SELECT count(*) FROM (SELECT 1 FROM deal.offers WHERE state = 'ACCEPTED' GROUP BY listing_id "
                "HAVING count(*) > 1) AS twice) + (SELECT count(*) FROM deal.offers o WHERE state = 'ACCEPTED' "
                "AND NOT EXISTS (SELECT FROM deal.deals d WHERE d.id = o.deal_id AND d.offer_id = o.id))"
            )
        )
    finally:
        await connection.close()


def figures(rounds: Sequence[Round]) -> dict[str, Any]:
    """Rates and times over all rounds."""
    made, accepted = ([one for seen in rounds for one in getattr(seen, name)] for name in ("made", "accepted"))
    both = [m + a for m, a in zip(made, accepted, strict=True)]
    return {
        "pairs_per_second": [round(len(seen.made) / seen.seconds) for seen in rounds],
        "cpu_us_per_pair": statistics.median(seen.cpu / len(seen.made) for seen in rounds) * 1e6,
        **{
            f"{name}_p{percent}_ms": percentile(values, percent)
            for name, values in (("make", made), ("accept", accepted), ("offer_to_accepted", both))
            for percent in (50, 99)
        },
    }


def measure() -> Result:
    """Alternate the two."""
    builds = [f"services.{name}.app:build" for name in SERVICES]
    with laboratory() as lab, served(lab, *builds, "tests.benchmarks.unary:build") as server:
        organization_id = new_id()
        seller = token_of(lab, organization_id=organization_id, user_id=new_id(), permissions=MEMBER)
        buyer = token_of(lab, user_id=new_id(), roles=["buyer"])
        listings = iter(uvloop.run(put_many(server.port, seller, PAIRS * ROUNDS + WARMING)))
        service = Service(server.port, listings, seller, buyer, server.cpu, lab.postgres_cpu)
        uvloop.run(service.run(Round(), WARMING))
        rows = asyncio.run(rows_of_a_pair(lab))
        bare = Bare(lab.postgres.url(APP), rows, time.process_time, lab.postgres_cpu)
        rates = alternate({"service": service, "bare": bare}, ROUNDS)
        if asyncio.run(accepted_twice(lab)):
            raise RuntimeError("a listing was sold twice")
    seen = {"service": figures(service.rounds), "bare": figures(bare.rounds)}
    cpu, p50, p99 = (
        seen["service"][of] / seen["bare"][of]
        for of in ("cpu_us_per_pair", "offer_to_accepted_p50_ms", "offer_to_accepted_p99_ms")
    )
    return Result(
        "deals",
        [
            Goal("offers made and accepted", rates["service"] / rates["bare"], 0.08, True, BARE),
            Goal("CPU of a pair", cpu, 12, False, BARE),
            Goal("median from offer to accepted", p50, 12, False, BARE),
            Goal("p99 from offer to accepted", p99, 12, False, BARE),
        ],
        {**seen, "in_flight": IN_FLIGHT, "connections": CONNECTIONS, "pairs": PAIRS},
        "One serving process with one event loop, which also answers what it asks of property and lets listings follow "
        "their deals; a pair is two calls.",
    )
