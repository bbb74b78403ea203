"""The ledger. `post` is the only way in; what it writes is never changed."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from services.chassis.db.database import ReadTransaction
from services.chassis.ids import new_id
from services.chassis.paging import Page, PageOf
from services.deal.lifecycle import AccountKind
from services.deal.models.ledger import CommissionPolicy, LedgerAccount, LedgerEntry, LedgerTransaction


class Place(NamedTuple):
    """Where money is. Places sort: accounts are always locked in this order, so that no two postings deadlock."""

    kind: AccountKind
    owner_id: UUID
    currency_code: str


class Line(NamedTuple):
    """What goes where."""

    account: LedgerAccount
    amount: int


class LedgerRepository:
    """Accounts, transactions and entries of the organisation."""

    def __init__(self, tx: ReadTransaction) -> None:
        """Work within `tx`."""
        self.session = tx.session

    async def lock(self, organization_id: UUID, places: Collection[Place], now: datetime) -> dict[Place, LedgerAccount]:
        """Lock the accounts of some places in their order, and open those that are not there yet."""
        found: dict[Place, LedgerAccount] = {}
        for place in sorted(places):
            statement = (
                select(LedgerAccount)
                .where(
                    LedgerAccount.organization_id == organization_id,
                    LedgerAccount.kind == place.kind,
                    LedgerAccount.owner_id == place.owner_id,
                    LedgerAccount.currency_code == place.currency_code,
                )
                .with_for_update()
                .execution_options(populate_existing=True)
            )
            account = (await self.session.execute(statement)).scalar_one_or_none()
            if account is None:
                opened = insert(LedgerAccount).values(
                    organization_id=organization_id,
                    id=new_id(),
                    kind=place.kind,
                    owner_id=place.owner_id,
                    currency_code=place.currency_code,
                    create_time=now,
                )
                await self.session.execute(opened.on_conflict_do_nothing())
                account = (await self.session.execute(statement)).scalar_one()
            found[place] = account
        return found

    async def post(self, header: LedgerTransaction, amounts: Mapping[Place, int]) -> Sequence[Line]:
        """Write one movement. The database refuses it at the commit unless it adds up to zero per currency.

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
        self.session.add(header)
        await self.session.flush()
        lines = [Line(accounts[place], amounts[place]) for place in places]
        rows = [
            {
                "organization_id": header.organization_id,
                "transaction_id": header.id,
                "number": number,
                "account_id": account.id,
                "currency_code": account.currency_code,
                "amount": amount,
            }
            for number, (account, amount) in enumerate(lines)
        ]
        await self.session.execute(insert(LedgerEntry.__table__), rows)
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
        statement = select(LedgerAccount)
        if page.after is not None:
            statement = statement.where(LedgerAccount.id < page.after[0])
        rows = await self.session.execute(statement.order_by(LedgerAccount.id.desc()).limit(page.size + 1))
        return page.cut(list(rows.scalars()), key=lambda row: (row.id,))

    async def transactions(self, page: Page, deal_id: UUID | None) -> PageOf[LedgerTransaction]:
        """One page of transactions, newest first."""
        statement = select(LedgerTransaction)
        if deal_id is not None:
            statement = statement.where(LedgerTransaction.deal_id == deal_id)
        if page.after is not None:
            statement = statement.where(LedgerTransaction.id < page.after[0])
        rows = await self.session.execute(statement.order_by(LedgerTransaction.id.desc()).limit(page.size + 1))
        return page.cut(list(rows.scalars()), key=lambda row: (row.id,))

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
            found[entry.transaction_id].append(Line(account, entry.amount))
        return found


class PolicyRepository:
    """Commission policies of the organisation."""

    def __init__(self, tx: ReadTransaction) -> None:
        """Work within `tx`."""
        self.session = tx.session

    def add(self, row: CommissionPolicy) -> None:
        """Keep a policy."""
        self.session.add(row)

    async def all(self) -> Sequence[CommissionPolicy]:
        """All of them, in the order in which they were made: there are few."""
        return (await self.session.execute(select(CommissionPolicy).order_by(CommissionPolicy.id))).scalars().all()

    async def list_page(self, page: Page) -> PageOf[CommissionPolicy]:
        """One page, newest first."""
        statement = select(CommissionPolicy)
        if page.after is not None:
            statement = statement.where(CommissionPolicy.id < page.after[0])
        rows = await self.session.execute(statement.order_by(CommissionPolicy.id.desc()).limit(page.size + 1))
        return page.cut(list(rows.scalars()), key=lambda row: (row.id,))
