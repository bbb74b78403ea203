"""Token payments: begin, read, cancel, release, refund, forfeit, divide, and what providers tell of them.

Lock order: the deal, the payment, ledger accounts.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from google.protobuf.message import Message

from services.chassis.actor import Actor, user_of
from services.chassis.db.database import ReadTransaction, Transaction
from services.chassis.errors import invalid, match_etag
from services.chassis.ids import new_id
from services.chassis.paging import Page, PageOf
from services.deal import commission, events, policy
from services.deal.errors import DealStateRefused, NotAParty, PaymentExists, PaymentNotFound, PaymentStateRefused
from services.deal.lifecycle import LIVE_PAYMENTS, PAYMENT_LIFECYCLE, DealState, PaymentState
from services.deal.models.deal import Deal
from services.deal.models.payment import Payment
from services.deal.operations.commission import rule_for
from services.deal.operations.common import note
from services.deal.operations.deal import get_deal, must_be_open
from services.deal.operations.holding import (
    must_be_undisputed,
    must_not_be_released_by_decision,
    must_not_be_the_buyers,
)
from services.deal.operations.ledger import move_token, take_back
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
MOVES: Mapping[str, str] = {
    "hold": "hold",
    "settle_refund": "refund",
    "return_refund": "refund_return",
    "release": "release",
    "forfeit": "forfeit",
}
"""Which verbs move money, and the kind of the movement in the ledger."""
EVENTS: Mapping[str, Callable[[Deal, Payment, int, UUID | None], Message]] = {
    "hold": events.token_held,
    "release": events.token_released,
    "settle_refund": events.token_refunded,
    "forfeit": events.token_forfeited,
}
"""What others are told of them."""


@dataclass(frozen=True, slots=True)
class Settlement:
    """How held money is divided between the three who may get it, in minor units; together, all that is held."""

    refund: int = 0
    """Back to the buyer, by the provider."""
    release: int = 0
    """To its purpose: the commission of the deal."""
    forfeit: int = 0
    """To the seller, as lost by the buyer."""

    @classmethod
    def of_shares(cls, held: int, *, refund: int = 0, release: int = 0, forfeit: int = 0) -> "Settlement":
        """By basis points (10000 together), rounded so that the parts add up to what is held.

        Raises:
            ValueError: the shares are not a whole.
        """
        shares = [commission.Share(commission.Recipient.PLATFORM, points) for points in (refund, release, forfeit)]
        return cls(*commission.split(held, shares))


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
    if await payments.token(deal_id) is not None:
        raise PaymentExists(metadata={"deal_id": str(deal_id)})
    by = user_of(actor)
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


async def cancel_payment(tx: Transaction, actor: Actor, payment_id: UUID, *, etag: str, now: datetime) -> Payment:
    """Wait for the provider's answer no longer.

    Raises:
        PaymentNotFound, NotAParty, PaymentStateRefused, EtagMismatch.
    """
    found = await lock(tx, payment_id)
    row = found.row
    if not policy.is_buyer(actor, row) and not policy.member_with(actor, row.organization_id, policy.MANAGE):
        raise NotAParty
    match_etag(row.etag, etag)
    await _move(tx, found.deal, row, "cancel", by=user_of(actor), now=now)
    return row


async def release_payment(tx: Transaction, actor: Actor, payment_id: UUID, *, etag: str, now: datetime) -> Payment:
    """Let held money go to its purpose.

    Raises:
        PaymentNotFound, PaymentStateRefused, DealStateRefused, DealDisputed, RefundDecided, EtagMismatch.
    """
    found = await lock(tx, payment_id)
    match_etag(found.row.etag, etag)
    PAYMENT_LIFECYCLE.target("release", PaymentState(found.row.state))
    must_be_open(found.deal)
    await must_be_undisputed(tx, found.deal)
    await must_not_be_the_buyers(tx, found.row)
    await _move(tx, found.deal, found.row, "release", by=user_of(actor), now=now)
    return found.row


async def refund_payment(
    tx: Transaction, actor: Actor, payment_id: UUID, *, reason: str, etag: str, now: datetime
) -> Payment:
    """Send held money back; it stays in escrow until the provider says that it has arrived.

    Raises:
        PaymentNotFound, PaymentStateRefused, DealStateRefused, DealDisputed, ReleaseDecided, EtagMismatch.
    """
    found = await lock(tx, payment_id)
    match_etag(found.row.etag, etag)
    PAYMENT_LIFECYCLE.target("refund", PaymentState(found.row.state))
    await must_be_undisputed(tx, found.deal)
    await _may_be_taken_back(tx, found)
    await _move(tx, found.deal, found.row, "refund", by=user_of(actor), now=now, reason=reason)
    return found.row


async def forfeit_payment(
    tx: Transaction, actor: Actor, payment_id: UUID, *, reason: str, etag: str, now: datetime
) -> Payment:
    """Record that the buyer has lost held money by contract; what comes when the deal is over can only be sent back.

    Raises:
        PaymentNotFound, PaymentStateRefused, DealStateRefused, DealDisputed, RefundDecided, ReleaseDecided,
        EtagMismatch.
    """
    found = await lock(tx, payment_id)
    match_etag(found.row.etag, etag)
    PAYMENT_LIFECYCLE.target("forfeit", PaymentState(found.row.state))
    await must_be_undisputed(tx, found.deal)
    await _may_be_taken_back(tx, found)
    must_be_open(found.deal)
    await must_not_be_the_buyers(tx, found.row)
    await _move(tx, found.deal, found.row, "forfeit", by=user_of(actor), now=now, reason=reason)
    return found.row


async def held_payment(tx: Transaction, deal: Deal) -> Payment:
    """The token that is held for a deal, locked; the caller has locked the deal.

    Raises:
        PaymentNotFound: nothing is held.
    """
    payments = PaymentRepository(tx)
    found = await payments.in_states(deal.id, {PaymentState.HELD})
    if found is None:
        raise PaymentNotFound
    return await payments.get_for_update(found.id)


async def settle_token(
    tx: Transaction, deal: Deal, settlement: Settlement, *, by: UUID, reason: str, now: datetime
) -> Payment:
    """Divide the token that is held for a deal, within the caller's transaction: how a dispute takes its effect.

    What is forfeited and released moves in the ledger at once; what goes back stays in escrow until the provider says
    that it has arrived, and the payment is REFUNDING meanwhile. The caller has locked the deal, and has looked at the
    rights of whoever decided.

    Returns:
        The payment: REFUNDING where something goes back, else RELEASED where something is released, else FORFEITED.

    Raises:
        PaymentNotFound: nothing is held for the deal.
        InvalidFields: the parts are negative or do not add up to what is held.
    """
    row = await held_payment(tx, deal)
    parts = [("forfeit", settlement.forfeit), ("release", settlement.release), ("refund", settlement.refund)]
    if min(amount for _, amount in parts) < 0 or sum(amount for _, amount in parts) != row.held_amount:
        raise invalid("settlement", f"must add up to the {row.held_amount} minor units held", "settlement.whole")
    *first, (last, _) = [part for part in parts if part[1]]
    for verb, amount in first:
        await move_token(tx, MOVES[verb], row, amount, by=by, now=now)
        row.held_amount -= amount
        note(tx, deal, f"payment.{verb}_part", by=by, now=now, resource_id=row.id, text=reason)
        tx.publish(EVENTS[verb](deal, row, amount, by), key=events.key_of(deal))
    await _move(tx, deal, row, last, by=by, now=now, reason=reason)
    return row


async def order_of(tx: ReadTransaction, payment_id: UUID, *, refund: bool, attempt: int) -> Order | None:
    """What to ask the provider for; None where it is no longer to be asked for."""
    row = await PaymentRepository(tx).get(payment_id)
    wanted = PaymentState.REFUNDING if refund else PaymentState.CREATED
    if row.state != wanted or (refund and row.refunds != attempt):
        return None
    if refund:
        # The number after that of a refund is for the news that it came back.
        key, sequence = f"{row.id}/refund/{attempt}", 2 * attempt
        return Order(row.id, row.refund_amount, row.currency_code, key, sequence, reference=row.provider_reference)
    return Order(row.id, row.amount, row.currency_code, f"{row.id}/charge", 1)


async def note_failure(
    tx: Transaction, payment_id: UUID, failure: str, *, refund: bool, attempt: int, now: datetime
) -> None:
    """Let the parties see that the provider could not be asked, unless that is no longer to be done."""
    found = await lock(tx, payment_id)
    row = found.row
    wanted = PaymentState.REFUNDING if refund else PaymentState.CREATED
    if row.state == wanted and (not refund or row.refunds == attempt):
        row.failure, row.update_time = failure, now
        await tx.session.flush()


async def provider_of(tx: ReadTransaction, payment_id: UUID) -> str:
    """Who moves the money of a payment."""
    return (await PaymentRepository(tx).get(payment_id)).provider


@dataclass(frozen=True, slots=True)
class LockedPayment:
    """A payment with its deal, both locked."""

    deal: Deal
    row: Payment

    async def judge(self, tx: Transaction, event: ProviderEvent) -> str:
        """What an event of the provider is worth."""
        row = self.row
        if event.sequence <= row.provider_sequence:
            return "LATE"
        asked = row.refund_amount if event.type.startswith("refund.") else row.amount
        if (event.amount, event.currency_code) != (asked, row.currency_code):
            return "MISMATCH"
        verb = self._verb(event)
        try:
            if verb is None:
                return "UNEXPECTED"
            to = PAYMENT_LIFECYCLE.target(verb, PaymentState(row.state))
        except PaymentStateRefused:
            return "UNEXPECTED"
        if to in LIVE_PAYMENTS and await PaymentRepository(tx).token(row.deal_id, but=row.id):
            return "UNEXPECTED"  # money for a deal that has its token: somebody must send it back
        return "APPLIED"

    def _verb(self, event: ProviderEvent) -> str | None:
        """What an event does: what was back with the buyer once, and is not any more, is no token again."""
        verb = VERBS.get(event.type)
        if verb == "fail_refund" and (self.row.state == PaymentState.REFUNDED or self.row.refund_returned):
            return "return_refund"
        return verb

    async def follow(self, tx: Transaction, event: ProviderEvent, now: datetime) -> None:
        """Do what the event says."""
        row, verb = self.row, self._verb(event)
        assert verb is not None  # noqa: S101 - `judge` refuses what has none
        row.provider_sequence = event.sequence
        row.failure = event.failure[:1000]
        row.provider_reference = event.reference or row.provider_reference
        await _move(tx, self.deal, row, verb, by=None, now=now)


async def lock(tx: Transaction, payment_id: UUID) -> LockedPayment:
    """Lock a payment, its deal first.

    Raises:
        PaymentNotFound
    """
    payments = PaymentRepository(tx)
    found = await payments.get(payment_id)
    deal = await DealRepository(tx).get_for_update(found.deal_id)
    return LockedPayment(deal, await payments.get_for_update(payment_id))


async def _may_be_taken_back(tx: ReadTransaction, found: LockedPayment) -> None:
    """Refuse to take back what was released once the sale is complete, or where a dispute has released it.

    Raises:
        DealStateRefused, ReleaseDecided
    """
    if found.row.state != PaymentState.RELEASED:
        return
    if found.deal.state == DealState.CLOSED:
        raise DealStateRefused(metadata={"state": found.deal.state, "allowed_states": "OPEN,CANCELLED"})
    await must_not_be_released_by_decision(tx, found.row)


async def _move(
    tx: Transaction, deal: Deal, row: Payment, verb: str, *, by: UUID | None, now: datetime, reason: str = ""
) -> None:
    """Move a payment along a verb, with its money, its place in the timeline and what others are told."""
    before = row.state
    PAYMENT_LIFECYCLE.apply(row, verb, at=now)
    if verb in ("hold", "refund", "return_refund"):
        row.end_time = None  # it goes on
    row.reason = reason or row.reason
    row.update_time = now
    if before == PaymentState.RELEASED:
        row.held_amount = await take_back(tx, row, by=by, now=now)
    amount = row.held_amount
    if verb == "hold":
        amount = row.held_amount = row.amount
    elif verb == "refund":
        row.refund_amount = row.held_amount
        row.refunds += 1
        tx.enqueue(SUBMIT_JOB, events.refund_job(row), key=f"{row.id}/refund/{row.refunds}")
    elif verb == "return_refund":
        amount = row.held_amount = row.refund_amount
        row.refund_returned = True
    elif verb in MOVES:
        row.held_amount = 0
    await tx.session.flush()
    # A refund that fails before it has arrived has moved nothing, however often it is tried.
    if verb in MOVES and (verb != "return_refund" or before == PaymentState.REFUNDED):
        await move_token(tx, MOVES[verb], row, amount, by=by, now=now)
    text = reason or row.failure
    note(tx, deal, f"payment.{verb}", by=by, now=now, resource_id=row.id, before=before, after=row.state, text=text)
    if verb == "return_refund":
        asked_by = await DealRepository(tx).last_actor(deal.id, "payment.refund", row.id)
        tx.publish(events.token_refund_returned(deal, row, amount, asked_by), key=events.key_of(deal))
    # Money that arrives when the deal is over waits to be sent back: it takes no listing off the market.
    if verb in EVENTS and (verb != "hold" or deal.state == DealState.OPEN):
        tx.publish(EVENTS[verb](deal, row, amount, by), key=events.key_of(deal))
