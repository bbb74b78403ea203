"""Payouts: asked for by one person, approved by another, moved by the provider.

The amount is what the ledger owes, and nobody names it; the money must have been confirmed by a closed reconciliation.
Lock order: the deal, the payout, ledger accounts.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.chassis.actor import Actor, user_of
from services.chassis.db.database import ReadTransaction, Transaction
from services.chassis.errors import match_etag
from services.chassis.ids import new_id
from services.chassis.paging import Page, PageOf
from services.deal import events, policy
from services.deal.errors import (
    FourEyes,
    NothingToPayOut,
    NotSettled,
    PayoutNotFound,
    PayoutOutdated,
    PayoutStateRefused,
)
from services.deal.lifecycle import PAYOUT_LIFECYCLE, PayoutState
from services.deal.models.deal import Deal
from services.deal.models.payout import Payout
from services.deal.operations import ledger
from services.deal.operations.common import note
from services.deal.operations.holding import must_be_beyond_doubt, must_be_undisputed
from services.deal.providers import Order, ProviderEvent
from services.deal.repository.deal import DealRepository
from services.deal.repository.ledger import Place
from services.deal.repository.payout import PayoutRepository

TRANSFER_JOB = "deal.submit_payout"
VERBS: Mapping[str, str] = {"payout.paid": "settle_payout", "payout.failed": "fail_payout"}
"""What an event of a provider does to its payout."""
FUNDING = frozenset({"hold", "refund", "refund_return"})
"""Movements of a deal that must be confirmed before anything is paid out of it."""


async def create_payout(
    tx: Transaction, actor: Actor, deal_id: UUID, *, payee_id: UUID, provider: str, destination: str, now: datetime
) -> Payout:
    """Ask that somebody is paid what the ledger owes them from a deal.

    Raises:
        DealNotFound, DealDisputed, VisitInDoubt, NothingToPayOut, NotSettled, PayoutExists.
    """
    by = user_of(actor)
    deal = await DealRepository(tx).get_for_update(deal_id)
    await must_be_undisputed(tx, deal)
    await must_be_beyond_doubt(tx, deal)
    row = Payout(
        organization_id=deal.organization_id,
        id=new_id(),
        deal_id=deal_id,
        payee_id=payee_id,
        state=PayoutState.REQUESTED,
        currency_code=deal.currency_code,
        amount=sum((await _owed(tx, deal, payee_id)).values()),
        provider=provider,
        destination=destination,
        maker_id=by,
        create_time=now,
        update_time=now,
    )
    await _must_be_settled(tx, deal)
    await PayoutRepository(tx).insert(row)
    note(tx, deal, "payout.create", by=by, now=now, resource_id=row.id, after=row.state, members_only=True)
    return row


async def get_payout(tx: ReadTransaction, payout_id: UUID) -> Payout:
    """Read one payout as its reader may.

    Raises:
        PayoutNotFound: also where the caller must not know of it.
    """
    row = await PayoutRepository(tx).get(payout_id)
    if not policy.sees_payout(tx.actor, row):
        raise PayoutNotFound
    return row


async def list_payouts(tx: ReadTransaction, page: Page, *, deal_id: UUID | None) -> PageOf[Payout]:
    """One page of the payouts that the caller may know of: the organisation's, or the caller's own."""
    actor = tx.actor
    if actor.can(policy.MANAGE):
        return await PayoutRepository(tx).list_page(
            page, organization_id=actor.organization_id, payee_id=None, deal_id=deal_id
        )
    return await PayoutRepository(tx).list_page(page, organization_id=None, payee_id=user_of(actor), deal_id=deal_id)


async def approve_payout(tx: Transaction, actor: Actor, payout_id: UUID, *, etag: str, now: datetime) -> Payout:
    """Let a payout go: its money leaves the payee's accounts, and the provider is asked to send it.

    Raises:
        PayoutNotFound, PayoutStateRefused, EtagMismatch, FourEyes, DealDisputed, VisitInDoubt, NothingToPayOut,
        PayoutOutdated, NotSettled.
    """
    by = user_of(actor)
    found = await lock(tx, payout_id)
    row, deal = found.row, found.deal
    match_etag(row.etag, etag)
    PAYOUT_LIFECYCLE.target("approve", PayoutState(row.state))
    if by in (row.maker_id, row.payee_id):
        raise FourEyes
    await must_be_undisputed(tx, deal)
    await must_be_beyond_doubt(tx, deal)
    await _must_be_settled(tx, deal)
    amounts = await _owed(tx, deal, row.payee_id)
    if sum(amounts.values()) != row.amount:
        owed = sum(amounts.values())
        raise PayoutOutdated(metadata={"amount_minor": str(row.amount), "owed_minor": str(owed)})
    row.checker_id = by
    await _move(tx, found, "approve", by=by, now=now)
    await ledger.reserve_payout(tx, row, amounts, by=by, now=now)
    tx.enqueue(TRANSFER_JOB, events.payout_job(row), key=f"{row.id}/transfer")
    tx.publish(events.payout_released(deal, row, by), key=events.key_of(deal))
    return row


async def reject_payout(
    tx: Transaction, actor: Actor, payout_id: UUID, *, reason: str, etag: str, now: datetime
) -> Payout:
    """Refuse a payout that somebody else has asked for.

    Raises:
        PayoutNotFound, PayoutStateRefused, EtagMismatch, FourEyes.
    """
    by = user_of(actor)
    found = await lock(tx, payout_id)
    match_etag(found.row.etag, etag)
    PAYOUT_LIFECYCLE.target("reject", PayoutState(found.row.state))
    if by in (found.row.maker_id, found.row.payee_id):
        raise FourEyes
    found.row.checker_id = by
    await _move(tx, found, "reject", by=by, now=now, reason=reason)
    return found.row


async def cancel_payout(tx: Transaction, actor: Actor, payout_id: UUID, *, etag: str, now: datetime) -> Payout:
    """Take a payout back before anybody has approved it.

    Raises:
        PayoutNotFound, PayoutStateRefused, EtagMismatch.
    """
    found = await lock(tx, payout_id)
    match_etag(found.row.etag, etag)
    await _move(tx, found, "cancel", by=user_of(actor), now=now)
    return found.row


async def order_of(tx: ReadTransaction, payout_id: UUID) -> tuple[str, Order | None]:
    """Whom to ask for what; None where it is no longer to be asked for."""
    row = await PayoutRepository(tx).get(payout_id)
    if row.state != PayoutState.APPROVED:
        return row.provider, None
    key = f"{row.id}/transfer"
    return row.provider, Order(row.id, row.amount, row.currency_code, key, 1, destination=row.destination)


@dataclass(frozen=True, slots=True)
class LockedPayout:
    """A payout with its deal, both locked."""

    deal: Deal
    row: Payout

    async def judge(self, tx: Transaction, event: ProviderEvent) -> str:
        """What an event of the provider is worth."""
        row = self.row
        if event.sequence <= row.provider_sequence:
            return "LATE"
        if (event.amount, event.currency_code) != (row.amount, row.currency_code):
            return "MISMATCH"
        verb = VERBS.get(event.type)
        try:
            if verb is None:
                return "UNEXPECTED"
            PAYOUT_LIFECYCLE.target(verb, PayoutState(row.state))
        except PayoutStateRefused:
            return "UNEXPECTED"
        return "APPLIED"

    async def follow(self, tx: Transaction, event: ProviderEvent, now: datetime) -> None:
        """Do what the event says."""
        row, paid = self.row, self.row.state == PayoutState.PAID
        row.provider_sequence = event.sequence
        row.failure = event.failure[:1000]
        verb = VERBS[event.type]
        await _move(tx, self, verb, by=None, now=now)
        if verb == "settle_payout":
            await ledger.settle_payout(tx, row, now=now)
        else:
            await ledger.return_payout(tx, row, now=now, paid=paid)


async def lock(tx: Transaction, payout_id: UUID) -> LockedPayout:
    """Lock a payout, its deal first.

    Raises:
        PayoutNotFound
    """
    payouts = PayoutRepository(tx)
    found = await payouts.get(payout_id)
    deal = await DealRepository(tx).get_for_update(found.deal_id)
    return LockedPayout(deal, await payouts.get_for_update(payout_id))


async def _owed(tx: Transaction, deal: Deal, payee_id: UUID) -> dict[Place, int]:
    amounts = await ledger.owed(tx, deal.id, payee_id)
    if not amounts:
        raise NothingToPayOut
    return amounts


async def _must_be_settled(tx: Transaction, deal: Deal) -> None:
    unsettled = await PayoutRepository(tx).unsettled(deal.id, FUNDING)
    if unsettled:
        raise NotSettled(metadata={"payments": ",".join(sorted({str(payment_id) for payment_id in unsettled}))})


async def _move(
    tx: Transaction, found: LockedPayout, verb: str, *, by: UUID | None, now: datetime, reason: str = ""
) -> None:
    row, before = found.row, found.row.state
    PAYOUT_LIFECYCLE.apply(row, verb, at=now)
    row.reason = reason or row.reason
    row.update_time = now
    await tx.session.flush()
    note(
        tx,
        found.deal,
        f"payout.{verb}",
        by=by,
        now=now,
        resource_id=row.id,
        before=before,
        after=row.state,
        text=reason or row.failure,
        members_only=True,
    )
