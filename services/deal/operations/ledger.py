"""What moves money, line by line, and reading the ledger."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.chassis.db.database import ReadTransaction, Transaction
from services.chassis.ids import new_id
from services.chassis.paging import Page, PageOf
from services.deal.lifecycle import AccountKind
from services.deal.models.deal import Deal
from services.deal.models.ledger import LedgerAccount, LedgerTransaction
from services.deal.models.payment import Payment
from services.deal.repository.ledger import LedgerRepository, Line, Place

MOVES: Mapping[str, tuple[AccountKind, AccountKind]] = {
    "hold": (AccountKind.PROVIDER_CLEARING, AccountKind.ESCROW),
    "refund": (AccountKind.ESCROW, AccountKind.PROVIDER_CLEARING),
    "release": (AccountKind.ESCROW, AccountKind.COMMISSION_RECEIVED),
    "forfeit": (AccountKind.ESCROW, AccountKind.SELLER_PAYABLE),
}
"""Where a token goes from and to, by the kind of the movement."""


@dataclass(frozen=True, slots=True)
class Posted:
    """A transaction with its lines."""

    row: LedgerTransaction
    lines: Sequence[Line]


async def move_token(tx: Transaction, kind: str, payment: Payment, *, by: UUID | None, now: datetime) -> Posted:
    """Move the token of a payment. The caller has locked deal and payment; accounts are locked after them."""
    source, target = (_place(account, payment) for account in MOVES[kind])
    header = LedgerTransaction(
        organization_id=payment.organization_id,
        id=new_id(),
        kind=kind,
        deal_id=payment.deal_id,
        payment_id=payment.id,
        actor_id=by,
        create_time=now,
    )
    lines = await LedgerRepository(tx).post(header, {source: -payment.amount, target: payment.amount})
    return Posted(header, lines)


async def divide(
    tx: Transaction,
    deal: Deal,
    amounts: Mapping[Place, int],
    *,
    policy_id: UUID | None,
    by: UUID,
    now: datetime,
) -> Posted:
    """Take what was received as the commission of a deal and give it to some places."""
    header = LedgerTransaction(
        organization_id=deal.organization_id,
        id=new_id(),
        kind="commission",
        deal_id=deal.id,
        policy_id=policy_id,
        actor_id=by,
        create_time=now,
    )
    source = commission_place(deal)
    return Posted(header, await LedgerRepository(tx).post(header, {source: -sum(amounts.values()), **amounts}))


async def list_ledger_accounts(tx: ReadTransaction, page: Page) -> PageOf[LedgerAccount]:
    """One page of accounts with their balances."""
    return await LedgerRepository(tx).accounts(page)


async def list_ledger_transactions(tx: ReadTransaction, page: Page, *, deal_id: UUID | None) -> PageOf[Posted]:
    """One page of transactions with their lines."""
    ledger = LedgerRepository(tx)
    found = await ledger.transactions(page, deal_id)
    lines = await ledger.lines([row.id for row in found.items])
    return PageOf([Posted(row, lines[row.id]) for row in found.items], found.next_page_token)


def commission_place(deal: Deal) -> Place:
    """Where the commission of a deal is until it is divided."""
    return Place(AccountKind.COMMISSION_RECEIVED, deal.id, deal.currency_code)


def _place(kind: AccountKind, payment: Payment) -> Place:
    owner_id = payment.organization_id if kind is AccountKind.PROVIDER_CLEARING else payment.deal_id
    return Place(kind, owner_id, payment.currency_code)
