"""What providers tell, and what comes of it. Lock order: the deal, the payment or payout, ledger accounts."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from services.chassis.db.database import ReadTransaction, Transaction
from services.chassis.paging import Page, PageOf
from services.deal.errors import PaymentNotFound, PayoutNotFound, ProviderEventConflict
from services.deal.models.payment import ReceivedEvent
from services.deal.operations import payment as payments
from services.deal.operations import payout as payouts
from services.deal.providers import ProviderEvent
from services.deal.repository.payment import PaymentRepository
from services.deal.repository.payout import PayoutRepository
from services.deal.repository.provider import ProviderRepository


async def organization_of_event(tx: ReadTransaction, provider: str, event: ProviderEvent) -> UUID:
    """Whose payment or payout a provider speaks of; as the system.

    Raises:
        PaymentNotFound, PayoutNotFound: also where another provider moves its money.
    """
    if event.about_payout:
        payout = await PayoutRepository(tx).get(event.subject_id)
        if payout.provider != provider:
            raise PayoutNotFound
        return payout.organization_id
    payment = await PaymentRepository(tx).get(event.subject_id)
    if payment.provider != provider:
        raise PaymentNotFound
    return payment.organization_id


async def receive_provider_event(
    tx: Transaction, provider: str, event: ProviderEvent, payload: bytes, now: datetime
) -> str:
    """Take an event of a provider and say what it did; one that has come before does nothing.

    The state follows the event with the highest sequence: a late one is kept and changes nothing. One whose amount is
    not what was asked for, or that the state does not admit, is kept for a reconciliation to show and moves no money.

    Returns:
        APPLIED, LATE, MISMATCH, UNEXPECTED, or REPEATED.

    Raises:
        ProviderEventConflict: it has come before and said something else.
    """
    events = ProviderRepository(tx)
    # The locks come first: of two that arrive at the same moment, the second one finds the first.
    subject = await (payouts.lock if event.about_payout else payments.lock)(tx, event.subject_id)
    before = await events.received(provider, event.event_id)
    if before is not None:
        known = (before.payment_id or before.payout_id, before.type, before.amount, before.currency_code)
        if known != (event.subject_id, event.type, event.amount, event.currency_code):
            raise ProviderEventConflict(metadata={"event_id": event.event_id})
        return "REPEATED"
    outcome = await subject.judge(tx, event)
    events.add(
        ReceivedEvent(
            organization_id=subject.deal.organization_id,
            provider=provider,
            event_id=event.event_id,
            payment_id=None if event.about_payout else event.subject_id,
            payout_id=event.subject_id if event.about_payout else None,
            type=event.type,
            sequence=event.sequence,
            currency_code=event.currency_code,
            amount=event.amount,
            failure=event.failure[:1000],
            payload=payload,
            outcome=outcome,
            receive_time=now,
        )
    )
    if outcome == "APPLIED":
        await subject.follow(tx, event, now)
    await tx.session.flush()
    return outcome


async def list_provider_events(tx: ReadTransaction, page: Page, *, outcomes: Collection[str]) -> PageOf[ReceivedEvent]:
    """One page of what providers have told."""
    return await ProviderRepository(tx).list_page(page, outcomes)
