"""Money while processes and connections die: always balanced, nothing lost, nothing twice (2,000 movements in the long
form); and one key of a payment for many callers, the first of which dies with its process.
"""

import asyncio
import collections
import random
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import grpc
import pytest

from doorstep.deal.v1 import payment_pb2
from doorstep.deal.v1 import payment_service_pb2 as pb
from doorstep.deal.v1.payment_service_pb2_grpc import PaymentServiceStub
from services.chassis.ids import new_id
from services.chassis.jobs import list_dead_letters, replay
from services.chassis.tokens import KeyRing, make_key
from services.stack.ports import free_port
from tests.deal.seeds import TOKEN, insert_deals
from tests.faults.racing import race, until_answered
from tests.faults.scale import times
from tests.fixtures.servers import TestDatabase
from tests.fixtures.worker import Process, worker_environment

pytestmark = [pytest.mark.faults, pytest.mark.timeout(3_000)]

SERVED = ("deal", "tests.fixtures.identity:build")
ENDS = ("ReleasePayment", "RefundPayment", "ForfeitPayment")
MOVED = {"ReleasePayment": "release", "RefundPayment": "refund", "ForfeitPayment": "forfeit"}
IN_FLIGHT = 12

UNTRUE = """
    SELECT 'currency ' || currency_code AS what FROM deal.ledger_entries GROUP BY currency_code HAVING sum(amount) <> 0
    UNION ALL SELECT 'transaction ' || transaction_id FROM deal.ledger_entries
        GROUP BY transaction_id, currency_code HAVING sum(amount) <> 0
    UNION ALL SELECT 'balance of ' || a.id FROM deal.ledger_accounts a LEFT JOIN deal.ledger_entries e
        ON e.account_id = a.id GROUP BY a.id, a.balance, a.entry_count HAVING a.balance <> coalesce(sum(e.amount), 0)
            OR a.entry_count <> count(e.amount)
    UNION ALL SELECT 'negative ' || kind FROM deal.ledger_accounts WHERE kind <> 'PROVIDER_CLEARING' AND balance < 0
    UNION ALL SELECT 'held ' || p.id FROM deal.payments p JOIN deal.ledger_accounts a
        ON a.kind = 'ESCROW' AND a.owner_id = p.deal_id GROUP BY p.id, a.balance, p.deal_id
        HAVING a.balance <> (SELECT sum(held_amount) FROM deal.payments o WHERE o.deal_id = p.deal_id)
"""
"""One statement sees one moment: whatever of this it finds was committed."""


@dataclass
class Ground:
    """Processes that serve, and what they were made with."""

    database: TestDatabase
    environment: dict[str, str]
    organization_id: UUID
    buyer: list[tuple[str, str]]
    seller: list[tuple[str, str]]
    buyer_id: UUID
    ports: list[int] = field(default_factory=list)
    workers: list[Process] = field(default_factory=list)

    def start(self, port: int, failpoints: str = "") -> Process:
        """A process on a port of ours, so that its successor can take its place."""
        own = {**self.environment, "DOORSTEP_PORT": str(port), "DOORSTEP_FAILPOINTS": failpoints}
        return Process("tests.fixtures.serve", *SERVED, environment=own)

    async def serve(self, count: int) -> None:
        self.ports = [free_port() for _ in range(count)]
        self.workers = list(await asyncio.gather(*(asyncio.to_thread(self.start, port) for port in self.ports)))

    async def replace(self, index: int) -> None:
        """Kill one and start another in its place."""
        before = self.workers[index]
        before.kill()
        before.__exit__()
        self.workers[index] = await asyncio.to_thread(self.start, self.ports[index])
        assert self.workers[index].pid != before.pid, "the fault did not happen"

    async def sql(self, statement: str, *values: Any) -> list[asyncpg.Record]:
        connection = await asyncpg.connect(self.database.superuser_url)
        try:
            return list(await connection.fetch(statement, *values))
        finally:
            await connection.close()

    async def idle(self) -> None:
        """Until no job waits; those that are held for the deaths of their workers are let go again."""
        async with asyncpg.create_pool(self.database.url, min_size=1, max_size=1) as pool, asyncio.timeout(300):
            while True:
                for letter in await list_dead_letters(pool, limit=1_000):
                    assert letter.crashes, letter
                    await replay(pool, letter.job_id)
                if not await pool.fetchval("SELECT count(*) FROM jobs.pgqueuer"):
                    return
                await asyncio.sleep(0.2)


@asynccontextmanager
async def _ground(
    database: TestDatabase, redis_url: str, tmp_path: Path, token_for: Callable[..., str]
) -> AsyncIterator[Ground]:
    make_key(tmp_path / "keys")
    ring, organization_id, buyer_id = KeyRing(tmp_path / "keys", strict=False), new_id(), new_id()
    buyer = token_for(ring, organization_id=None, user_id=buyer_id)
    seller = token_for(ring, organization_id=organization_id, permissions=("deal.read", "deal.write", "deal.manage"))
    ground = Ground(
        database,
        worker_environment(database_url=database.url, redis_url=redis_url, keys_dir=tmp_path / "keys"),
        organization_id,
        [("authorization", f"Bearer {buyer}")],
        [("authorization", f"Bearer {seller}")],
        buyer_id,
    )
    try:
        yield ground
    finally:
        for worker in ground.workers:
            worker.__exit__()


@pytest.fixture
async def ground(
    database: TestDatabase, redis_url: str, tmp_path: Path, token_for: Callable[..., str]
) -> AsyncIterator[Ground]:
    async with _ground(database, redis_url, tmp_path, token_for) as made:
        yield made


async def test_money_while_processes_and_connections_die(ground: Ground) -> None:
    seed = random.randrange(10**6)
    print("seed", seed)
    chance = random.Random(seed)
    count, kills = times(16, 1_000), times(3, 40)
    deals = await insert_deals(ground.database.superuser_url, ground.organization_id, ground.buyer_id, count)
    ends = {deal_id: chance.choice(ENDS) for deal_id in deals}
    await ground.serve(2)
    left = iter(deals)
    done: collections.Counter[str] = collections.Counter()
    paid = asyncio.Event()
    samples = 0

    async def pay(stubs: list[Any], deal_id: UUID) -> None:
        """Pay, wait until it is held, end it; every request carries a key and is repeated until it is answered."""

        async def ask(name: str, request: Any, who: list[tuple[str, str]], key: str = "") -> Any:
            methods = [getattr(stub, name) for stub in stubs]
            metadata = [*who, ("idempotency-key", key)] if key else who
            return await until_answered(methods, request, metadata, first=chance.randint(0, 1))

        create = pb.CreatePaymentRequest(deal_id=str(deal_id), payment_method="pm_ok")
        payment = (await ask("CreatePayment", create, ground.buyer, f"pay-{deal_id}")).payment
        get = pb.GetPaymentRequest(payment_id=payment.payment_id)
        while payment.state != payment_pb2.PAYMENT_STATE_HELD:
            await asyncio.sleep(0.1)
            payment = (await ask("GetPayment", get, ground.buyer)).payment
        end = ends[deal_id]
        fields = {} if end == "ReleasePayment" else {"reason": "decided"}
        request = getattr(pb, f"{end}Request")(payment_id=payment.payment_id, **fields)
        await ask(end, request, ground.seller, f"end-{deal_id}")
        done["payments"] += 1
        paid.set()

    async def caller(stubs: list[Any]) -> None:
        for deal_id in left:
            await pay(stubs, deal_id)

    async def kill() -> None:
        """Processes and connections by turns, spread over the work."""
        for number in range(kills):
            while done["payments"] < number * count // (kills + 1):
                paid.clear()
                await paid.wait()
            if number % 3 < 2:
                await ground.replace(number % 2)
                done["processes killed"] += 1
            ended = await ground.sql(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() "
                "AND usename = 'doorstep_app' AND random() < 0.5"
            )
            done["connections ended"] += len(ended)

    async def sample() -> None:
        nonlocal samples
        while True:
            assert [row["what"] for row in await ground.sql(UNTRUE)] == []
            samples += 1
            await asyncio.sleep(0.1)

    async with AsyncExitStack() as stack:
        channels = [
            await stack.enter_async_context(grpc.aio.insecure_channel(f"127.0.0.1:{port}")) for port in ground.ports
        ]
        stubs = [PaymentServiceStub(channel) for channel in channels]
        sampling = asyncio.create_task(sample())
        async with asyncio.TaskGroup() as work:
            for _ in range(IN_FLIGHT):
                work.create_task(caller(stubs))
            work.create_task(kill())
        # Deaths may have held a job for good: the last one is let go, and nothing is left to wait for.
        while True:
            await ground.idle()
            open_ = await ground.sql("SELECT count(*) FROM deal.payments WHERE state IN ('CREATED', 'REFUNDING')")
            if not open_[0][0]:
                break
            await asyncio.sleep(0.2)
        assert not sampling.done(), sampling.exception()
        sampling.cancel()
        with suppress(asyncio.CancelledError):
            await sampling

    assert done["payments"] == count
    assert done["processes killed"]
    assert done["connections ended"]
    moved = await ground.sql(
        "SELECT deal_id, array_agg(kind ORDER BY kind) AS kinds FROM deal.ledger_transactions GROUP BY deal_id"
    )
    assert {row["deal_id"]: row["kinds"] for row in moved} == {
        deal_id: sorted(["hold", MOVED[end]]) for deal_id, end in ends.items()
    }, "a movement was lost, or happened twice"
    assert await ground.sql(UNTRUE) == []
    totals = await ground.sql("SELECT kind, sum(balance)::bigint AS total FROM deal.ledger_accounts GROUP BY kind")
    ended = collections.Counter(ends.values())
    expected = {
        "PROVIDER_CLEARING": -TOKEN * (ended["ReleasePayment"] + ended["ForfeitPayment"]),
        "ESCROW": 0,
        "COMMISSION_RECEIVED": TOKEN * ended["ReleasePayment"],
        "SELLER_PAYABLE": TOKEN * ended["ForfeitPayment"],
    }
    assert {row["kind"]: row["total"] for row in totals} == {
        kind: total for kind, total in expected.items() if total or kind in ("ESCROW", "PROVIDER_CLEARING")
    }
    events = await ground.sql(
        "SELECT payment_id FROM deal.provider_events GROUP BY payment_id, type HAVING count(*) > 1"
    )
    assert events == []
    print(f"{2 * count} movements, {dict(done)}, {samples} samples, always balanced, 0 lost, 0 twice")


async def test_one_payment_for_a_key_although_the_first_executor_is_killed(ground: Ground) -> None:
    kills, keys = times(2, 4), times(5, 5)
    await ground.serve(1)
    deals = await insert_deals(ground.database.superuser_url, ground.organization_id, ground.buyer_id, kills * keys)
    port = free_port()
    for kill in range(kills):
        await ground.idle()  # the victim is to die of what it is asked, and not of a job
        # The victim dies with a payment made and not committed, or committed and not told.
        point = "before_commit" if kill % 2 else "after_commit"
        victim = await asyncio.to_thread(ground.start, port, f"{point}=kill")
        with victim:
            assert victim.running
            answers = await asyncio.gather(
                *(
                    race(
                        (port, *ground.ports),
                        lambda channel: PaymentServiceStub(channel).CreatePayment,
                        pb.CreatePaymentRequest(deal_id=str(deal_id), payment_method="pm_ok"),
                        [*ground.buyer, ("idempotency-key", f"key-{deal_id}")],
                    )
                    for deal_id in deals[kill * keys : (kill + 1) * keys]
                )
            )
            assert await asyncio.to_thread(victim.dies), "the fault did not happen"
        assert all(len(each) == 1 for each in answers), answers
    await ground.idle()
    effects = await ground.sql("SELECT deal_id, count(*) AS n FROM deal.payments GROUP BY deal_id")
    assert {row["deal_id"]: row["n"] for row in effects} == dict.fromkeys(deals, 1)
    held = await ground.sql("SELECT count(*) FROM deal.ledger_transactions WHERE kind = 'hold'")
    assert held[0][0] == len(deals), "each is charged, and charged once"
    assert await ground.sql(UNTRUE) == []
