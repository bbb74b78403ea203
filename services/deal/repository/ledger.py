"""The ledger. `post` is the only way in; what it writes is never changed."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import insert

from services.chassis.db.database import ReadTransaction
from services.chassis.db.repository import Repository, page_of
from services.chassis.ids import new_id
from services.chassis.paging import Page, PageOf
from services.deal.lifecycle import AccountKind
from services.deal.models.ledger import CommissionPolicy, LedgerAccount, LedgerEntry, LedgerTransaction


class Place(NamedTuple):
    """Where money is. Places sort: accounts are always locked in this order, so that no two postings deadlock."""

    kind: AccountKind
    owner_id: UUID
    currency_code: str


class Account(NamedTuple):
    """What of an account is needed beside a line."""

    id: UUID
    kind: str
    currency_code: str
    balance: int
    """Where it was locked, before what follows."""


class Line(NamedTuple):
    """What goes where."""

    account: Account
    amount: int


_LOCK = text(
    """
    WITH wanted AS MATERIALIZED (
        SELECT a.id FROM deal.ledger_accounts a
        JOIN unnest(CAST(:kinds AS text[]), CAST(:owners AS uuid[]), CAST(:codes AS text[]))
            AS w (kind, owner_id, currency_code)
            ON a.kind = w.kind AND a.owner_id = w.owner_id AND a.currency_code = w.currency_code
        WHERE a.organization_id = :organization_id)
    SELECT l.id, l.kind, l.owner_id, l.currency_code, l.balance FROM deal.ledger_accounts l
    WHERE l.organization_id = :organization_id AND l.id IN (SELECT id FROM wanted)
        AND (SELECT count(*) FROM wanted) = cardinality(CAST(:kinds AS text[]))
    ORDER BY l.kind, l.owner_id, l.currency_code
    FOR UPDATE OF l"""
)
"""All accounts in their order, or none where one is not there yet."""

_WRITE = text(
    """
    WITH header AS (
        INSERT INTO deal.ledger_transactions (organization_id, id, kind, deal_id, payment_id, payout_id, policy_id,
            actor_id, attempt, entry_count, create_time)
        VALUES (:organization_id, :id, :kind, :deal_id, CAST(:payment_id AS uuid), CAST(:payout_id AS uuid),
            CAST(:policy_id AS uuid), CAST(:actor_id AS uuid), :attempt, :entry_count, :create_time))
    INSERT INTO deal.ledger_entries (organization_id, transaction_id, number, account_id, currency_code, amount)
    SELECT :organization_id, :id, l.number - 1, l.account_id, l.currency_code, l.amount
    FROM unnest(CAST(:accounts AS uuid[]), CAST(:codes AS text[]), CAST(:amounts AS bigint[]))
        WITH ORDINALITY AS l (account_id, currency_code, amount, number)"""
)


class LedgerRepository:
    """Accounts, transactions and entries of the organisation."""

    def __init__(self, tx: ReadTransaction) -> None:
        """Work within `tx`."""
        self.session = tx.session

    async def lock(self, organization_id: UUID, places: Collection[Place], now: datetime) -> dict[Place, Account]:
        """Lock the accounts of some places in their order, and open those that are not there yet.

        Nothing is locked before all of them are there: whoever waits to open one holds none that another waits for.
        """
        wanted = {
            "organization_id": organization_id,
            "kinds": [str(place.kind) for place in places],
            "owners": [place.owner_id for place in places],
            "codes": [place.currency_code for place in places],
        }
        rows = (await self.session.execute(_LOCK, wanted)).all()
        if len(rows) < len(places):
            for place in sorted(places):
                opened = insert(LedgerAccount).values(
                    organization_id=organization_id,
                    id=new_id(),
                    kind=place.kind,
                    owner_id=place.owner_id,
                    currency_code=place.currency_code,
                    create_time=now,
                )
                await self.session.execute(opened.on_conflict_do_nothing())
            rows = (await self.session.execute(_LOCK, wanted)).all()
        return {
            Place(AccountKind(row.kind), row.owner_id, row.currency_code): Account(
                row.id, row.kind, row.currency_code, row.balance
            )
            for row in rows
        }

    async def post(self, header: LedgerTransaction, amounts: Mapping[Place, int]) -> Sequence[Line]:
        """Write one movement: one statement locks its accounts, another one writes it.

        The database refuses it at the commit unless it adds up to zero per currency.

        Raises:
            ValueError: it does not; a fault of the caller's, found before it costs a commit.
        """
        sums: dict[str, int] = {}
        for place, amount in amounts.items():
            sums[place.currency_code] = sums.get(place.currency_code, 0) + amount
        if any(sums.values()) or not any(amounts.values()):
            raise ValueError(f"ledger transaction {header.kind} of deal {header.deal_id} does not balance")
        places = sorted(place for place, amount in amounts.items() if amount)
        accounts = await self.lock(header.organization_id, places, header.create_time)
        header.entry_count = len(places)
        await self.session.flush()  # a payment or payout that is new, which the transaction refers to
        lines = [Line(accounts[place], amounts[place]) for place in places]
        await self.session.execute(
            _WRITE,
            {
                "organization_id": header.organization_id,
                "id": header.id,
                "kind": header.kind,
                "deal_id": header.deal_id,
                "payment_id": header.payment_id,
                "payout_id": header.payout_id,
                "policy_id": header.policy_id,
                "actor_id": header.actor_id,
                "attempt": header.attempt or 0,
                "entry_count": header.entry_count,
                "create_time": header.create_time,
                "accounts": [account.id for account, _ in lines],
                "codes": [account.currency_code for account, _ in lines],
                "amounts": [amount for _, amount in lines],
            },
        )
        return lines

    async def balance(self, organization_id: UUID, place: Place, now: datetime) -> int:
        """What lies in one place, locked until the transaction ends."""
        return (await self.lock(organization_id, [place], now))[place].balance

    async def of_deal(self, deal_id: UUID, owner_id: UUID, kinds: Collection[AccountKind]) -> dict[Place, int]:
        """What entries of one deal add up to in the accounts of one owner; the accounts that have nothing left out."""
        total = func.sum(LedgerEntry.amount)
        statement = self._by_account(total).where(
            LedgerTransaction.deal_id == deal_id,
            LedgerAccount.owner_id == owner_id,
            LedgerAccount.kind.in_(sorted(kinds)),
        )
        return self._places(await self.session.execute(statement.having(total != 0)))

    async def of_payment(self, payment_id: UUID, account: AccountKind) -> int:
        """What the movements of one payment add up to in accounts of one kind; a payment has one currency."""
        statement = self._by_account(func.sum(LedgerEntry.amount)).where(
            LedgerTransaction.payment_id == payment_id, LedgerAccount.kind == account
        )
        return sum(self._places(await self.session.execute(statement)).values())

    async def of_payout(self, payout_id: UUID, kind: str) -> dict[Place, int]:
        """The lines of one movement of a payout."""
        statement = self._by_account(func.sum(LedgerEntry.amount)).where(
            LedgerTransaction.payout_id == payout_id, LedgerTransaction.kind == kind
        )
        return self._places(await self.session.execute(statement))

    @staticmethod
    def _by_account(total: Any) -> Any:
        place = (LedgerAccount.kind, LedgerAccount.owner_id, LedgerAccount.currency_code)
        own = LedgerAccount.organization_id == LedgerEntry.organization_id
        header = LedgerTransaction.organization_id == LedgerEntry.organization_id
        return (
            select(*place, total)
            .select_from(LedgerEntry)
            .join(LedgerTransaction, header & (LedgerTransaction.id == LedgerEntry.transaction_id))
            .join(LedgerAccount, own & (LedgerAccount.id == LedgerEntry.account_id))
            .group_by(*place)
        )

    @staticmethod
    def _places(rows: Any) -> dict[Place, int]:
        return {Place(AccountKind(kind), owner_id, code): int(total) for kind, owner_id, code, total in rows}

    async def accounts(self, page: Page) -> PageOf[LedgerAccount]:
        """One page of accounts, newest first."""
        return await page_of(self.session, select(LedgerAccount), by=(LedgerAccount.id.desc(),), page=page)

    async def transactions(self, page: Page, deal_id: UUID | None) -> PageOf[LedgerTransaction]:
        """One page of transactions, newest first."""
        statement = select(LedgerTransaction)
        if deal_id is not None:
            statement = statement.where(LedgerTransaction.deal_id == deal_id)
        return await page_of(self.session, statement, by=(LedgerTransaction.id.desc(),), page=page)

    async def lines(self, transaction_ids: Collection[UUID]) -> dict[UUID, list[Line]]:
        """The lines of some transactions, each in their order."""
        statement = (
            select(LedgerEntry, LedgerAccount)
            .join(
                LedgerAccount,
                (LedgerAccount.organization_id == LedgerEntry.organization_id)
                & (LedgerAccount.id == LedgerEntry.account_id),
            )
            .where(LedgerEntry.transaction_id.in_(transaction_ids))
            .order_by(LedgerEntry.transaction_id, LedgerEntry.number)
        )
        found: dict[UUID, list[Line]] = {transaction_id: [] for transaction_id in transaction_ids}
        for entry, account in await self.session.execute(statement):
            held = Account(account.id, account.kind, account.currency_code, account.balance)
            found[entry.transaction_id].append(Line(held, entry.amount))
        return found


class PolicyRepository(Repository[CommissionPolicy]):
    """Commission policies of the organisation."""

    model = CommissionPolicy

    async def all(self) -> Sequence[CommissionPolicy]:
        """All of them, in the order in which they were made: there are few."""
        return (await self.session.execute(select(CommissionPolicy).order_by(CommissionPolicy.id))).scalars().all()

    async def list_page(self, page: Page) -> PageOf[CommissionPolicy]:
        """One page, newest first."""
        return await self.page(select(CommissionPolicy), by=(CommissionPolicy.id.desc(),), page=page)
