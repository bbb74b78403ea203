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
from services.deal.models.payout import Payout
from services.deal.repository.ledger import LedgerRepository, Line, Place

MOVES: Mapping[str, tuple[AccountKind, AccountKind]] = {
    "hold": (AccountKind.PROVIDER_CLEARING, AccountKind.ESCROW),
    "refund": (AccountKind.ESCROW, AccountKind.PROVIDER_CLEARING),
    "release": (AccountKind.ESCROW, AccountKind.COMMISSION_RECEIVED),
    "release_return": (AccountKind.COMMISSION_RECEIVED, AccountKind.ESCROW),
    "refund_return": (AccountKind.PROVIDER_CLEARING, AccountKind.ESCROW),
    "forfeit": (AccountKind.ESCROW, AccountKind.SELLER_PAYABLE),
}
"""Where a token goes from and to, by the kind of the movement."""
PAYABLE = frozenset({AccountKind.AGENT_PAYABLE, AccountKind.REFERRAL_PAYABLE})
"""What is owed to people and paid out to them. What is owed to a seller is settled with the purchase price."""


@dataclass(frozen=True, slots=True)
class Posted:
    """A transaction with its lines."""

    row: LedgerTransaction
    lines: Sequence[Line]


async def move_token(
    tx: Transaction, kind: str, payment: Payment, amount: int, *, by: UUID | None, now: datetime
) -> Posted:
    """Move a token or a part of it. The caller has locked deal and payment; accounts are locked after them."""
    source, target = (_place(account, payment) for account in MOVES[kind])
    header = LedgerTransaction(
        organization_id=payment.organization_id,
        id=new_id(),
        kind=kind,
        deal_id=payment.deal_id,
        payment_id=payment.id,
        actor_id=by,
        # Each refund that is asked for crosses the border once, and comes back once at most.
        attempt=payment.refunds if kind.startswith("refund") else 0,
        create_time=now,
    )
    lines = await LedgerRepository(tx).post(header, {source: -amount, target: amount})
    return Posted(header, lines)


async def take_back(tx: Transaction, payment: Payment, *, by: UUID | None, now: datetime) -> int:
    """Bring what was released of a payment back into escrow, and say how much it is."""
    amount = await LedgerRepository(tx).of_payment(payment.id, AccountKind.COMMISSION_RECEIVED)
    await move_token(tx, "release_return", payment, amount, by=by, now=now)
    return amount


async def owed(tx: ReadTransaction, deal_id: UUID, payee_id: UUID) -> dict[Place, int]:
    """What one person is owed from one deal, by account: what was posted there, less what has been paid out."""
    return await LedgerRepository(tx).of_deal(deal_id, payee_id, PAYABLE)


async def reserve_payout(
    tx: Transaction, payout: Payout, amounts: Mapping[Place, int], *, by: UUID, now: datetime
) -> Posted:
    """Take what somebody is owed out of their accounts: from now on it is on its way."""
    lines = {place: -amount for place, amount in amounts.items()}
    return await _post_payout(tx, "payout", payout, {**lines, _transit(payout): payout.amount}, by=by, now=now)


async def settle_payout(tx: Transaction, payout: Payout, *, now: datetime) -> Posted:
    """What was on its way has left the provider."""
    lines = {_transit(payout): -payout.amount, _clearing(payout): payout.amount}
    return await _post_payout(tx, "payout_paid", payout, lines, by=None, now=now)


async def return_payout(tx: Transaction, payout: Payout, *, now: datetime, paid: bool) -> Posted:
    """What could not be paid goes back to the accounts from which it was taken."""
    ledger = LedgerRepository(tx)
    reserved = await ledger.of_payout(payout.id, "payout")
    lines = {place: -amount for place, amount in reserved.items() if place != _transit(payout)}
    source = _clearing(payout) if paid else _transit(payout)
    return await _post_payout(tx, "payout_return", payout, {**lines, source: -payout.amount}, by=None, now=now)


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


async def _post_payout(
    tx: Transaction, kind: str, payout: Payout, lines: Mapping[Place, int], *, by: UUID | None, now: datetime
) -> Posted:
    header = LedgerTransaction(
        organization_id=payout.organization_id,
        id=new_id(),
        kind=kind,
        deal_id=payout.deal_id,
        payout_id=payout.id,
        actor_id=by,
        create_time=now,
    )
    return Posted(header, await LedgerRepository(tx).post(header, lines))


def _transit(payout: Payout) -> Place:
    return Place(AccountKind.PAYOUT_TRANSIT, payout.organization_id, payout.currency_code)


def _clearing(payout: Payout) -> Place:
    return Place(AccountKind.PROVIDER_CLEARING, payout.organization_id, payout.currency_code)


def _place(kind: AccountKind, payment: Payment) -> Place:
    owner_id = payment.organization_id if kind is AccountKind.PROVIDER_CLEARING else payment.deal_id
    return Place(kind, owner_id, payment.currency_code)
