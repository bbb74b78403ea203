"""Postings to the ledger, against the same rows written by bare SQL in the same run.

A posting is one movement of money: two accounts locked, a transaction and its two entries written, balances moved and
checked by the database, committed. The ceiling sends the same statements through asyncpg without anything around them,
with triggers and row-level security as they are. Each is done for organisations that share no account, and for one,
whose account at the provider all postings want.
"""

import asyncio
import itertools
import os
import statistics
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import asyncpg
import uvloop

from services.chassis.actor import system_for
from services.chassis.db.database import Database
from services.chassis.db.engine import Engine
from services.chassis.ids import new_id
from services.chassis.testing.harness import make_settings
from services.deal.lifecycle import AccountKind
from services.deal.models.ledger import LedgerTransaction
from services.deal.repository.ledger import LedgerRepository, Place
from services.stack.postgres_access import SUPERUSER
from tests.benchmarks.lab import Lab, laboratory
from tests.benchmarks.report import Goal, Result, percentile
from tests.deal.seeds import insert_deals

SECONDS = float(os.environ.get("DOORSTEP_BENCH_SECONDS", "2"))
"""Of each round; there are three of each kind, by turns."""
ROUNDS = 3
IN_FLIGHT = 8
"""As many as a service has connections."""
APART = 64
"""Organisations that have nothing to do with each other."""
CENTS = 5


@dataclass(frozen=True, slots=True)
class Books:
    """Where money may be moved: a deal with its accounts."""

    organization_id: UUID
    deal_id: UUID
    accounts: tuple[UUID, UUID]
    """At the provider, and in escrow."""

    @property
    def amounts(self) -> dict[Place, int]:
        """One movement."""
        return {
            Place(AccountKind.PROVIDER_CLEARING, self.organization_id, "USD"): -CENTS,
            Place(AccountKind.ESCROW, self.deal_id, "USD"): CENTS,
        }


Post = Callable[[Books], Awaitable[None]]


async def _open(database: Database, url: str, organizations: int, deals: int) -> list[Books]:
    """Make organisations with deals, and open their accounts by a first movement."""
    made: list[Books] = []
    for _ in range(organizations):
        organization_id = new_id()
        for deal_id in await insert_deals(url, organization_id, new_id(), deals):
            books = Books(organization_id, deal_id, (organization_id, deal_id))
            async with database.transaction(system_for(organization_id)) as tx:
                lines = await LedgerRepository(tx).post(_header(books), books.amounts)
            at = {line.account.kind: line.account.id for line in lines}
            made.append(Books(organization_id, deal_id, (at["PROVIDER_CLEARING"], at["ESCROW"])))
    return made


def _header(books: Books) -> LedgerTransaction:
    return LedgerTransaction(
        organization_id=books.organization_id,
        id=new_id(),
        kind="commission",
        deal_id=books.deal_id,
        create_time=datetime.now(UTC),
    )


def _ours(database: Database) -> Post:
    async def post(books: Books) -> None:
        async with database.transaction(system_for(books.organization_id)) as tx:
            await LedgerRepository(tx).post(_header(books), books.amounts)

    return post


def _bare(pool: "asyncpg.Pool[asyncpg.Record]") -> Post:
    async def post(books: Books) -> None:
        organization_id, transaction_id = books.organization_id, new_id()
        async with pool.acquire() as connection:
            await connection.execute(f"BEGIN; SELECT set_config('doorstep.organization_id', '{organization_id}', true)")
            for account_id in books.accounts[::-1]:  # in the order of their kinds
                await connection.fetchrow(
                    "SELECT * FROM deal.ledger_accounts WHERE organization_id = $1 AND id = $2 FOR UPDATE",
                    organization_id,
                    account_id,
                )
            await connection.execute(
                "INSERT INTO deal.ledger_transactions (organization_id, id, kind, deal_id, entry_count, create_time) "
                "VALUES ($1, $2, 'commission', $3, 2, now())",
                organization_id,
                transaction_id,
                books.deal_id,
            )
            await connection.executemany(
                "INSERT INTO deal.ledger_entries (organization_id, transaction_id, number, account_id, currency_code, "
                "amount) VALUES ($1, $2, $3, $4, 'USD', $5)",
                [
                    (organization_id, transaction_id, 0, books.accounts[1], CENTS),
                    (organization_id, transaction_id, 1, books.accounts[0], -CENTS),
                ],
            )
            await connection.execute("COMMIT")

    return post


@dataclass
class Seen:
    """What the rounds of one kind have shown."""

    rates: list[float]
    milliseconds: list[float]
    cpu: list[float]
    """Processor seconds of this process for a thousand postings."""

    @property
    def rate(self) -> float:
        return statistics.median(self.rates)

    def figures(self) -> dict[str, float]:
        return {
            "per_second": self.rate,
            "p50_ms": percentile(self.milliseconds, 50),
            "p99_ms": percentile(self.milliseconds, 99),
            "cpu_ms_each": statistics.median(self.cpu),
        }


async def _round(post: Post, books: Sequence[Books], seen: Seen) -> None:
    turns = itertools.cycle(books)
    begun, cpu = time.perf_counter(), time.process_time()
    end, done = begun + SECONDS, 0

    async def caller() -> None:
        nonlocal done
        while time.perf_counter() < end:
            called = time.perf_counter()
            await post(next(turns))
            seen.milliseconds.append((time.perf_counter() - called) * 1e3)
            done += 1

    await asyncio.gather(*(caller() for _ in range(IN_FLIGHT)))
    seen.rates.append(done / (time.perf_counter() - begun))
    seen.cpu.append((time.process_time() - cpu) * 1e3 / done)


async def _untrue(lab: Lab) -> int:
    """Balances that are not the sum of their entries, and currencies that do not add up to zero."""
    connection = await asyncpg.connect(lab.postgres.url(SUPERUSER))
    try:
        return int(
            await connection.fetchval(
                "SELECT (SELECT count(*) FROM (SELECT FROM deal.ledger_accounts a JOIN deal.ledger_entries e "
                "ON e.account_id = a.id GROUP BY a.id, a.balance HAVING a.balance <> sum(e.amount)) AS w) "
                "+ (SELECT count(*) FROM (SELECT FROM deal.ledger_entries GROUP BY currency_code "
                "HAVING sum(amount) <> 0) AS s)"
            )
        )
    finally:
        await connection.close()


async def _measure(lab: Lab) -> dict[str, dict[str, Seen]]:
    settings = make_settings(
        database_url=lab.database_url,
        redis_url=lab.redis.url(),
        keys_dir=lab.folder / "keys",
        database_pool_size=IN_FLIGHT,
    )
    engine = await Engine.open(settings)
    database, superuser = Database(engine, "deal"), lab.postgres.url(SUPERUSER)

    async def plain(_connection: object) -> None:
        """What a transaction sets ends with it."""

    try:
        async with asyncpg.create_pool(lab.database_url, min_size=IN_FLIGHT, max_size=IN_FLIGHT, reset=plain) as pool:
            kinds = {"ours": _ours(database), "bare": _bare(pool)}
            places = {
                "apart": await _open(database, superuser, APART, 1),
                "together": await _open(database, superuser, 1, APART),
            }
            seen = {place: {kind: Seen([], [], []) for kind in kinds} for place in places}
            for _ in range(ROUNDS):
                for place, books in places.items():
                    for kind, post in kinds.items():
                        await _round(post, books, seen[place][kind])
            return seen
    finally:
        await engine.close()


def measure() -> Result:
    """Post by turns: ours and bare, apart and together."""
    with laboratory() as lab:
        seen = uvloop.run(_measure(lab))
        wrong = uvloop.run(_untrue(lab))
    if wrong:
        raise RuntimeError(f"{wrong} balances or sums are not what their entries say")
    goals = [
        Goal(
            f"postings a second, {'an organisation each' if place == 'apart' else 'all of one organisation'}",
            kinds["ours"].rate / kinds["bare"].rate,
            0.5,
            at_least=True,
            compared_with=f"the same rows by bare SQL, {kinds['bare'].rate:,.0f} a second",
        )
        for place, kinds in seen.items()
    ]
    figures = {place: {kind: found.figures() for kind, found in kinds.items()} for place, kinds in seen.items()}
    return Result(
        "ledger",
        goals,
        figures,
        notes=f"{IN_FLIGHT} in flight on as many connections; balances and sums were true afterwards",
    )
