"""The port to payment providers, and the one inside the suite.

A provider is asked for something and tells later, by a signed event, what has become of it; events come twice, late
and in any order. What a provider says at once is taken the same way, as an event. The in-suite provider says nothing
at once, so that what works with it works with a real one: its answers travel through the queue and over the suite's
own socket into `ReceiveProviderEvent`.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Protocol
from uuid import UUID

from doorstep.deal.v1.payment_jobs_pb2 import DeliverProviderEventJob
from services.chassis.actor import SYSTEM
from services.chassis.db.database import Database
from services.deal.errors import ProviderEventMalformed, ProviderMissing, ProviderSignature
from services.deal.repository.provider import ProviderRepository

SIGNATURE_HEADER = "doorstep-signature"
DELIVER_JOB = "deal.deliver_provider_event"
LIMIT = 2**63
"""What numbers of events are below."""
TOLERANCE = 300
"""Seconds that a signature is good for, in either direction."""
UNREADABLE = (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError)
"""What reading somebody else's JSON ends with where it is not what it should be."""
DECLINED = "pm_declined"
REFUND_RETURNED = "pm_refund_returned"
FIRST_REFUND = 2
"""The place of the first refund of a payment."""
CLOSED_ACCOUNT = "acct_closed"


@dataclass(frozen=True, slots=True)
class ProviderEvent:
    """What a provider tells, once its signature is checked."""

    event_id: str
    type: str
    """`payment.held`, `payment.failed`, `refund.succeeded`, `refund.failed`, `payout.paid` or `payout.failed`."""
    sequence: int
    """Greater is later, within one payment or payout."""
    subject_id: UUID
    """The payment or payout."""
    amount: int
    currency_code: str
    failure: str = ""
    reference: str = ""
    """The provider's own name of the payment."""

    def __post_init__(self) -> None:
        """Refuse what cannot be kept: whoever signs may still be wrong.

        Raises:
            ValueError
        """
        if not (1 <= self.sequence < LIMIT and 0 <= self.amount < LIMIT):
            raise ValueError(self.sequence, self.amount)
        if any("\0" in text for text in (self.event_id, self.type, self.currency_code, self.failure, self.reference)):
            raise ValueError("a NUL character")

    @property
    def about_payout(self) -> bool:
        """Whether the subject is a payout."""
        return self.type.startswith("payout.")


@dataclass(frozen=True, slots=True)
class Order:
    """What a provider is asked for."""

    subject_id: UUID
    """The payment or payout."""
    amount: int
    currency_code: str
    key: str
    """The same for every repetition of the same order."""
    sequence: int
    """Greater is later, within one payment or payout; those of refunds leave one out for each that comes back."""
    payment_method: str = ""
    """Charges: what the buyer pays with."""
    reference: str = ""
    """Refunds: the provider's own name of the payment."""
    destination: str = ""
    """Transfers: the provider's own name of the payee's account."""


class PaymentProvider(Protocol):
    """Who moves money. Orders are safe to repeat while their key is kept: providers drop what they have seen by it.

    Each order returns what the provider has said at once, or None where it will only tell by an event.
    """

    name: str
    signature_header: str
    repeatable: bool | timedelta
    """It drops orders that it has seen: always, or for so long."""

    async def charge(self, order: Order) -> ProviderEvent | None:
        """Ask for the money of the buyer."""

    async def refund(self, order: Order) -> ProviderEvent | None:
        """Ask to send the money back."""

    async def transfer(self, order: Order) -> ProviderEvent | None:
        """Ask to send money to a payee."""

    def read(self, signature: str, body: bytes, now: datetime) -> ProviderEvent | None:
        """Check and read an event as it came; None for one that is about nothing of ours.

        Raises:
            ProviderSignature, ProviderEventMalformed
        """


def sign(secret: bytes, body: bytes, seconds: int) -> str:
    """The header that proves an event: over the raw bytes, with the time, so that it cannot be replayed later."""
    digest = hmac.new(secret, f"{seconds}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={seconds},v1={digest}"


def check_signature(secret: bytes, signature: str, body: bytes, now: datetime) -> None:
    """Hold a header against the bytes.

    Raises:
        ProviderSignature: not made with the secret, not over these bytes, or too old.
    """
    stamp = signature.partition(",")[0].removeprefix("t=")
    if not stamp.isascii() or not stamp.isdigit() or len(stamp) > 12 or not signature.isascii():
        raise ProviderSignature
    if not hmac.compare_digest(signature, sign(secret, body, int(stamp))):
        raise ProviderSignature
    if abs(now.timestamp() - int(stamp)) > TOLERANCE:
        raise ProviderSignature


def first_provider(providers: Mapping[str, PaymentProvider]) -> str:
    """Who moves new money.

    Raises:
        ProviderMissing: nobody.
    """
    for name in providers:
        return name
    raise ProviderMissing(metadata={"provider": ""})


def provider_named(providers: Mapping[str, PaymentProvider], name: str) -> PaymentProvider:
    """Who moves money that is there already.

    Raises:
        ProviderMissing: it is not set up, or not any more.
    """
    provider = providers.get(name)
    if provider is None:
        raise ProviderMissing(metadata={"provider": name})
    return provider


class InSuiteProvider:
    """Takes `pm_ok`, declines `pm_declined`, refunds always, pays everybody but `acct_closed`; never in production,
    where no money would move. The first refund of `pm_refund_returned` arrives and comes back.
    """

    name = "insuite"
    signature_header = SIGNATURE_HEADER
    repeatable: bool | timedelta = True

    def __init__(self, database: Database, internal_secret: str) -> None:
        """Its secret is derived from that of the suite, for nobody else has to know it."""
        self._database = database
        self._secret = hmac.digest(internal_secret.encode(), b"deal.insuite", "sha256")

    async def charge(self, order: Order) -> None:
        """Take the money, or decline."""
        declined = order.payment_method == DECLINED
        kind, failure = ("payment.failed", "card declined") if declined else ("payment.held", "")
        reference = REFUND_RETURNED if order.payment_method == REFUND_RETURNED else ""
        await self._tell(order, self._news(order, kind, failure, reference=reference))

    async def refund(self, order: Order) -> None:
        """Send the money back."""
        done = self._news(order, "refund.succeeded")
        if order.reference == REFUND_RETURNED and order.sequence == FIRST_REFUND:
            later = replace(order, sequence=order.sequence + 1)
            await self._tell(order, done, self._news(later, "refund.failed", "account closed"))
        else:
            await self._tell(order, done)

    async def transfer(self, order: Order) -> None:
        """Pay, or find the account closed."""
        closed = order.destination == CLOSED_ACCOUNT
        kind, failure = ("payout.failed", "account closed") if closed else ("payout.paid", "")
        await self._tell(order, self._news(order, kind, failure))

    def signature(self, body: bytes, now: datetime) -> str:
        """Sign an event that is being sent."""
        return sign(self._secret, body, int(now.timestamp()))

    def read(self, signature: str, body: bytes, now: datetime) -> ProviderEvent:
        """Check and read an event as it came."""
        check_signature(self._secret, signature, body, now)
        try:
            data: Any = json.loads(body)
            event = ProviderEvent(
                event_id=str(data["id"]),
                type=str(data["type"]),
                sequence=int(data["sequence"]),
                subject_id=UUID(data["subject_id"]),
                amount=int(data["amount"]),
                currency_code=str(data["currency"]),
                failure=str(data.get("failure", "")),
                reference=str(data.get("reference", "")),
            )
        except UNREADABLE as error:
            raise ProviderEventMalformed from error
        if not 1 <= len(event.event_id) <= 255:
            raise ProviderEventMalformed
        return event

    @staticmethod
    def _news(order: Order, kind: str, failure: str = "", *, reference: str = "") -> bytes:
        return json.dumps(
            {
                "id": f"evt_{order.subject_id.hex}_{order.sequence}",
                "type": kind,
                "sequence": order.sequence,
                "subject_id": str(order.subject_id),
                "amount": order.amount,
                "currency": order.currency_code,
                "failure": failure,
                "reference": reference,
            }
        ).encode()

    async def _tell(self, order: Order, body: bytes, then: bytes = b"") -> None:
        """Have the outcome of an order told later, and what comes after it, once however often it is asked for."""
        async with self._database.transaction(SYSTEM) as tx:
            if await ProviderRepository(tx).remember_order(order.subject_id, order.key):
                tx.enqueue(DELIVER_JOB, DeliverProviderEventJob(body=body, next=then))
