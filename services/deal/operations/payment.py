"""Token payments: begin, read, release, refund, forfeit, and what providers tell.

Lock order: the deal, the payment, ledger accounts.
"""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from services.chassis.actor import Actor
from services.chassis.db.database import ReadTransaction, Transaction
from services.chassis.ids import new_id
from services.chassis.paging import Page, PageOf
from services.deal import commission, events, policy
from services.deal.errors import NotAParty, PaymentExists, PaymentNotFound, PaymentStateRefused
from services.deal.lifecycle import LIVE_PAYMENTS, PAYMENT_LIFECYCLE, PaymentState
from services.deal.models.deal import Deal
from services.deal.models.payment import Payment, ReceivedEvent
from services.deal.operations.commission import rule_for
from services.deal.operations.common import match_etag, note
from services.deal.operations.deal import get_deal, must_be_open
from services.deal.operations.ledger import move_token
from services.deal.providers import Order, ProviderEvent
from services.deal.repository.deal import DealRepository
from services.deal.repository.payment import PaymentRepository

SUBMIT_JOB = "deal.submit_payment"
VERBS: Mapping[str, str] = {
    "payment.held": "hold",
    "payment.failed": "fail",
    "refund.succeeded": "settle_refund",
    "refund.failed": "fail_refund",
}
"""What an event of a provider does to its payment."""
MOVES: Mapping[str, str] = {"hold": "hold", "settle_refund": "refund", "release": "release", "forfeit": "forfeit"}
"""Which verbs move money, and the kind of the movement in the ledger."""


async def create_payment(
    tx: Transaction, actor: Actor, deal_id: UUID, *, provider: str, payment_method: str, now: datetime
) -> Payment:
    """Begin the token payment of a deal; the amount follows from price and policy.

    Raises:
        DealNotFound, DealStateRefused, NotAParty, PaymentExists.
    """
    deal = await DealRepository(tx).get_for_update(deal_id)
    if not policy.is_buyer(actor, deal):
        raise NotAParty
    must_be_open(deal)
    payments = PaymentRepository(tx)
    if await payments.in_states(deal_id, LIVE_PAYMENTS) is not None:
        raise PaymentExists(metadata={"deal_id": str(deal_id)})
    by = policy.user_of(actor)
    row = Payment(
        organization_id=deal.organization_id,
        id=new_id(),
        deal_id=deal_id,
        buyer_id=by,
        state=PaymentState.CREATED,
        currency_code=deal.currency_code,
        amount=commission.token(deal.price, await rule_for(tx, deal)),
        provider=provider,
        create_time=now,
        update_time=now,
    )
    await payments.insert(row)
    note(tx, deal, "payment.create", by=by, now=now, resource_id=row.id, after=row.state)
    tx.enqueue(SUBMIT_JOB, events.charge_job(row, payment_method), key=f"{row.id}/charge")
    return row


async def get_payment(tx: ReadTransaction, payment_id: UUID) -> Payment:
    """Read one payment as its reader may.

    Raises:
        PaymentNotFound: also where the caller must not know of it.
    """
    row = await PaymentRepository(tx).get(payment_id)
    if not policy.sees(tx.actor, row):
        raise PaymentNotFound
    return row


async def list_payments(tx: ReadTransaction, deal_id: UUID, page: Page) -> PageOf[Payment]:
    """One page of the payments of a deal."""
    await get_deal(tx, deal_id)
    return await PaymentRepository(tx).list_page(deal_id, page)


async def release_payment(tx: Transaction, actor: Actor, payment_id: UUID, *, etag: str, now: datetime) -> Payment:
    """Let held money go to its purpose.

    Raises:
        PaymentNotFound, PaymentStateRefused, DealStateRefused, EtagMismatch.
    """
    deal, row = await _lock(tx, payment_id)
    match_etag(row.etag, etag)
    PAYMENT_LIFECYCLE.target("release", PaymentState(row.state))
    must_be_open(deal)
    await _move(tx, deal, row, "release", by=policy.user_of(actor), now=now)
    return row


async def refund_payment(
    tx: Transaction, actor: Actor, payment_id: UUID, *, reason: str, etag: str, now: datetime
) -> Payment:
    """Send held money back; it stays in escrow until the provider says that it has arrived.

    Raises:
        PaymentNotFound, PaymentStateRefused, EtagMismatch.
    """
    deal, row = await _lock(tx, payment_id)
    match_etag(row.etag, etag)
    row.refunds += 1
    await _move(tx, deal, row, "refund", by=policy.user_of(actor), now=now, reason=reason)
    tx.enqueue(SUBMIT_JOB, events.refund_job(row), key=f"{row.id}/refund/{row.refunds}")
    return row


async def forfeit_payment(
    tx: Transaction, actor: Actor, payment_id: UUID, *, reason: str, etag: str, now: datetime
) -> Payment:
    """Record that the buyer has lost held money by contract.

    Raises:
        PaymentNotFound, PaymentStateRefused, EtagMismatch.
    """
    deal, row = await _lock(tx, payment_id)
    match_etag(row.etag, etag)
    await _move(tx, deal, row, "forfeit", by=policy.user_of(actor), now=now, reason=reason)
    return row


async def order_of(tx: ReadTransaction, payment_id: UUID, *, refund: bool, attempt: int) -> Order | None:
    """What to ask the provider for; None where it is no longer to be asked for."""
    row = await PaymentRepository(tx).get(payment_id)
    wanted = PaymentState.REFUNDING if refund else PaymentState.CREATED
    if row.state != wanted or (refund and row.refunds != attempt):
        return None
    key = f"refund/{attempt}" if refund else "charge"
    return Order(row.id, row.amount, row.currency_code, f"{row.id}/{key}", 1 + attempt if refund else 1)


async def provider_of(tx: ReadTransaction, payment_id: UUID) -> str:
    """Who moves the money of a payment."""
    return (await PaymentRepository(tx).get(payment_id)).provider


async def organization_of_payment(tx: ReadTransaction, payment_id: UUID, provider: str) -> UUID:
    """Whose payment a provider speaks of; as the system.

    Raises:
        PaymentNotFound: also where another provider moves its money.
    """
    row = await PaymentRepository(tx).get(payment_id)
    if row.provider != provider:
        raise PaymentNotFound
    return row.organization_id


async def receive_provider_event(
    tx: Transaction, provider: str, event: ProviderEvent, payload: bytes, now: datetime
) -> str:
    """Take an event of a provider and say what it did; one that has come before does nothing.

    The state follows the event with the highest sequence: a late one is kept and changes nothing. One whose amount is
    not the payment's, or that the state does not admit, is kept for people to look at and moves no money.

    Returns:
        APPLIED, LATE, MISMATCH, UNEXPECTED, or REPEATED.
    """
    deal, row = await _lock(tx, event.payment_id)
    payments = PaymentRepository(tx)
    if await payments.has_received(provider, event.event_id):
        return "REPEATED"
    outcome = await _judge(payments, row, event)
    payments.add_received(
        ReceivedEvent(
            organization_id=row.organization_id,
            provider=provider,
            event_id=event.event_id,
            payment_id=row.id,
            type=event.type,
            sequence=event.sequence,
            currency_code=event.currency_code,
            amount=event.amount,
            payload=payload,
            outcome=outcome,
            receive_time=now,
        )
    )
    if outcome == "APPLIED":
        row.provider_sequence = event.sequence
        row.failure = event.failure
        await _move(tx, deal, row, VERBS[event.type], by=None, now=now)
    await tx.session.flush()
    return outcome


async def _judge(payments: PaymentRepository, row: Payment, event: ProviderEvent) -> str:
    if (event.amount, event.currency_code) != (row.amount, row.currency_code):
        return "MISMATCH"
    if event.sequence <= row.provider_sequence:
        return "LATE"
    verb = VERBS.get(event.type)
    try:
        if verb is None:
            return "UNEXPECTED"
        to = PAYMENT_LIFECYCLE.target(verb, PaymentState(row.state))
    except PaymentStateRefused:
        return "UNEXPECTED"
    if to in LIVE_PAYMENTS and await payments.in_states(row.deal_id, LIVE_PAYMENTS, but=row.id) is not None:
        return "UNEXPECTED"  # money for a deal that has its token: somebody must send it back
    return "APPLIED"


async def _lock(tx: Transaction, payment_id: UUID) -> tuple[Deal, Payment]:
    payments = PaymentRepository(tx)
    found = await payments.get(payment_id)
    deal = await DealRepository(tx).get_for_update(found.deal_id)
    return deal, await payments.get_for_update(payment_id)


async def _move(
    tx: Transaction, deal: Deal, row: Payment, verb: str, *, by: UUID | None, now: datetime, reason: str = ""
) -> None:
    """Move a payment along a verb, with its money, its place in the timeline and what others are told."""
    before = row.state
    PAYMENT_LIFECYCLE.apply(row, verb, at=now)
    row.reason = reason or row.reason
    row.update_time = now
    await tx.session.flush()
    if verb in MOVES:
        await move_token(tx, MOVES[verb], row, by=by, now=now)
    text = reason or row.failure
    note(tx, deal, f"payment.{verb}", by=by, now=now, resource_id=row.id, before=before, after=row.state, text=text)
    event = {
        "hold": events.token_held,
        "release": events.token_released,
        "settle_refund": events.token_refunded,
        "forfeit": events.token_forfeited,
    }.get(verb)
    if event is not None:
        tx.publish(event(deal, row, by), key=events.key_of(deal))
