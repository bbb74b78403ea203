"""The ledger past all code: what the database refuses, to the superuser and to the role of the services."""

import asyncio
import random

import asyncpg
import pytest

from services.chassis.actor import system_for
from services.chassis.ids import new_id, parse_id
from services.deal.lifecycle import AccountKind
from services.deal.models.ledger import LedgerTransaction
from services.deal.repository.ledger import LedgerRepository, Place
from tests.deal.conftest import Sale
from tests.deal.money import Contract, connect_as_service

HELD = {"PROVIDER_CLEARING": -480_000, "ESCROW": 480_000}


@pytest.fixture
async def contract(sale: Sale) -> Contract:
    return await Contract.make(sale)


@pytest.fixture(scope="module")
async def held(sale: Sale) -> Contract:
    """For tests that change nothing."""
    contract = await Contract.make(sale)
    await contract.held()
    return contract


async def _write(
    connection: asyncpg.Connection, contract: Contract, amounts: list[int], count: int | None = None
) -> None:
    """A transaction as the services would write it, with accounts in the order of their kinds."""
    transaction_id = new_id()
    async with connection.transaction():
        await connection.execute(
            "INSERT INTO deal.ledger_transactions (organization_id, id, kind, deal_id, entry_count, create_time) "
            "VALUES ($1, $2, 'commission', $3, $4, now())",
            contract.organization_id,
            transaction_id,
            parse_id(contract.deal_id),
            max(2, len(amounts)) if count is None else count,
        )
        await _add(connection, contract, transaction_id, amounts)


async def _add(
    connection: asyncpg.Connection, contract: Contract, transaction_id: object, amounts: list[int], first: int = 0
) -> None:
    rows = await connection.fetch(
        "SELECT id FROM deal.ledger_accounts WHERE organization_id = $1 ORDER BY kind", contract.organization_id
    )
    for number, amount in enumerate(amounts):
        await connection.execute(
            "INSERT INTO deal.ledger_entries (organization_id, transaction_id, number, account_id, currency_code, "
            "amount) VALUES ($1, $2, $3, $4, 'USD', $5)",
            contract.organization_id,
            transaction_id,
            first + number,
            rows[number % len(rows)]["id"],
            amount,
        )


class TestBalance:
    @pytest.mark.parametrize("amounts", [[], [5], [5, -4], [-480_001, 480_001], [0, 0], [5, -5, 5]])
    async def test_what_does_not_balance_or_overdraws(self, sale: Sale, contract: Contract, amounts: list[int]) -> None:
        await contract.held()  # accounts: ESCROW, PROVIDER_CLEARING
        connection = await connect_as_service(sale, contract.organization_id)
        try:
            with pytest.raises(asyncpg.CheckViolationError):
                await _write(connection, contract, amounts)
        finally:
            await connection.close()
        assert await contract.balances() == HELD

    async def test_what_balances_passes(self, sale: Sale, contract: Contract) -> None:
        """The control."""
        await contract.held()
        connection = await connect_as_service(sale, contract.organization_id)
        try:
            await _write(connection, contract, [-5, 5])
        finally:
            await connection.close()
        assert await contract.balances() == {"PROVIDER_CLEARING": -479_995, "ESCROW": 479_995}

    async def test_each_currency_balances_by_itself(self, sale: Sale, contract: Contract) -> None:
        """Five dollars are not five euros, although they add up."""
        await contract.held()
        connection = await connect_as_service(sale, contract.organization_id)
        euros = new_id()
        try:
            await connection.execute(
                "INSERT INTO deal.ledger_accounts (organization_id, id, kind, owner_id, currency_code) "
                "VALUES ($1, $2, 'ESCROW', $3, 'EUR')",
                contract.organization_id,
                euros,
                parse_id(contract.deal_id),
            )
            with pytest.raises(asyncpg.CheckViolationError):
                async with connection.transaction():
                    transaction_id = new_id()
                    await connection.execute(
                        "INSERT INTO deal.ledger_transactions (organization_id, id, kind, deal_id, entry_count, "
                        "create_time) VALUES ($1, $2, 'commission', $3, 2, now())",
                        contract.organization_id,
                        transaction_id,
                        parse_id(contract.deal_id),
                    )
                    await _add(connection, contract, transaction_id, [-5])
                    await connection.execute(
                        "INSERT INTO deal.ledger_entries (organization_id, transaction_id, number, account_id, "
                        "currency_code, amount) VALUES ($1, $2, 1, $3, 'EUR', 5)",
                        contract.organization_id,
                        transaction_id,
                        euros,
                    )
        finally:
            await connection.close()

    async def test_an_entry_is_in_the_currency_of_its_account(self, sale: Sale, contract: Contract) -> None:
        await contract.held()
        with pytest.raises(asyncpg.ForeignKeyViolationError):
            await sale.sql(
                "INSERT INTO deal.ledger_entries (organization_id, transaction_id, number, account_id, currency_code, "
                "amount) SELECT organization_id, transaction_id, 7, account_id, 'EUR', 5 FROM deal.ledger_entries "
                "WHERE organization_id = $1 LIMIT 1",
                contract.organization_id,
            )

    async def test_nothing_is_added_to_a_transaction_that_is_written(self, sale: Sale, contract: Contract) -> None:
        await contract.held()
        connection = await connect_as_service(sale, contract.organization_id)
        try:
            written = await connection.fetchval("SELECT id FROM deal.ledger_transactions")
            with pytest.raises(asyncpg.CheckViolationError):
                async with connection.transaction():
                    await _add(connection, contract, written, [-5, 5], first=2)
        finally:
            await connection.close()
        assert await contract.balances() == HELD

    async def test_the_checks_cannot_be_put_off(self, sale: Sale, contract: Contract) -> None:
        """Neither by the settings of a session nor by dropping what checks."""
        await contract.held()
        connection = await connect_as_service(sale, contract.organization_id)
        try:
            for statement in (
                "SET session_replication_role = replica",
                "ALTER TABLE deal.ledger_entries DISABLE TRIGGER ALL",
                "DROP TRIGGER ledger_entries_balanced ON deal.ledger_entries",
                (
                    "CREATE OR REPLACE FUNCTION deal.check_balanced() RETURNS trigger LANGUAGE plpgsql AS "
                    "'BEGIN RETURN NULL; END'"
                ),
            ):
                with pytest.raises(asyncpg.InsufficientPrivilegeError):
                    await connection.execute(statement)
        finally:
            await connection.close()


CHANGES = (
    "UPDATE deal.ledger_entries SET amount = 1",
    "DELETE FROM deal.ledger_entries",
    "TRUNCATE deal.ledger_entries",
    "UPDATE deal.ledger_transactions SET kind = 'refund'",
    "DELETE FROM deal.ledger_transactions",
    "UPDATE deal.ledger_accounts SET balance = 0",
    "UPDATE deal.ledger_accounts SET balance = balance, entry_count = entry_count + 1",
    "UPDATE deal.ledger_accounts SET owner_id = organization_id",
    (
        "INSERT INTO deal.ledger_accounts (organization_id, id, kind, owner_id, currency_code, balance) "
        "SELECT organization_id, gen_random_uuid(), 'PLATFORM_REVENUE', organization_id, 'USD', 5 "
        "FROM deal.ledger_accounts"
    ),
    "DELETE FROM deal.provider_events",
)


class TestHistory:
    @pytest.mark.parametrize("statement", CHANGES)
    async def test_nothing_is_changed_afterwards(self, sale: Sale, held: Contract, statement: str) -> None:
        """By the superuser, whom no grant binds."""
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await sale.sql(statement)

    @pytest.mark.parametrize("role", ["doorstep_app", "doorstep_system"])
    @pytest.mark.parametrize("statement", [*CHANGES, "DELETE FROM deal.ledger_accounts"])
    async def test_nor_by_the_services(self, sale: Sale, held: Contract, statement: str, role: str) -> None:
        connection = await connect_as_service(sale, held.organization_id)
        try:
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                async with connection.transaction():
                    await connection.execute(f"SET LOCAL ROLE {role}")
                    await connection.execute(statement)
        finally:
            await connection.close()
        assert await held.balances() == HELD

    async def test_a_trigger_of_their_own_does_not_help(self, sale: Sale, held: Contract) -> None:
        """Balances follow entries: not even a statement from within another trigger sets one."""
        connection = await connect_as_service(sale, held.organization_id)
        try:
            await connection.execute("CREATE TEMPORARY TABLE lever (id integer)")
            await connection.execute(
                "CREATE FUNCTION pg_temp.pull() RETURNS trigger LANGUAGE plpgsql AS "
                "'BEGIN UPDATE deal.ledger_accounts SET balance = balance * 2; RETURN NULL; END'"
            )
            await connection.execute(
                "CREATE TRIGGER pull AFTER INSERT ON lever FOR EACH ROW EXECUTE FUNCTION pg_temp.pull()"
            )
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute("INSERT INTO lever VALUES (1)")
        finally:
            await connection.close()
        assert await held.balances() == HELD


async def test_many_at_once_open_accounts_and_move_money_without_waiting_for_each_other_in_a_circle(
    sale: Sale, contract: Contract
) -> None:
    """Places in all orders and combinations, most of them new; a deadlock would be an error."""
    chosen = random.Random(5)
    organization_id, deal_id = contract.organization_id, parse_id(contract.deal_id)
    kinds = [kind for kind in AccountKind if kind is not AccountKind.PROVIDER_CLEARING]
    source = Place(AccountKind.PROVIDER_CLEARING, organization_id, "USD")
    owners = [new_id() for _ in range(3)]
    everywhere = [Place(kind, owner, "USD") for kind in kinds for owner in owners]
    database = sale.harness.resources.database("deal")

    async def post() -> None:
        places = chosen.sample(everywhere, chosen.randint(1, 6))
        header = LedgerTransaction(
            organization_id=organization_id,
            id=new_id(),
            kind="commission",
            deal_id=deal_id,
            create_time=sale.harness.clock.now(),
        )
        async with database.transaction(system_for(organization_id)) as tx:
            await LedgerRepository(tx).post(header, {source: -len(places), **dict.fromkeys(places, 1)})

    await asyncio.gather(*(post() for _ in range(60)))
    rows = await sale.sql(
        "SELECT a.balance, a.entry_count, sum(e.amount)::bigint AS total, count(*) AS entries "
        "FROM deal.ledger_accounts a JOIN deal.ledger_entries e ON e.account_id = a.id "
        "WHERE a.organization_id = $1 GROUP BY a.id, a.balance, a.entry_count",
        organization_id,
    )
    assert sum(row["balance"] for row in rows) == 0
    assert all((row["balance"], row["entry_count"]) == (row["total"], row["entries"]) for row in rows)
    assert sum(row["entries"] for row in rows) > 120
