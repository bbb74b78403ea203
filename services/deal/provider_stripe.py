"""Stripe as payment provider: charges as PaymentIntents, refunds, payouts as transfers to connected accounts.

Every order carries its key as Stripe's idempotency key, so that Stripe has one effect and one answer for it, and the id
and place of what it is about as metadata, which comes back with every event. What Stripe says at once and what it tells
later by webhook are the same news and get the same place, so that whichever comes second changes nothing.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

import stripe
from pydantic import SecretStr

from services.deal.errors import ProviderEventMalformed, ProviderSignature
from services.deal.providers import TOLERANCE, UNREADABLE, Order, ProviderEvent

SUBJECT, SEQUENCE = "doorstep_subject", "doorstep_sequence"
"""Names of the metadata."""
FACTORS: Mapping[str, int] = {"ISK": 100, "UGX": 100}
"""Currencies that Stripe counts in hundredths although ISO 4217 gives them no minor unit."""
WHOLE: Mapping[str, int] = {"MGA": 100}
"""Currencies that Stripe counts in whole units, of so many minor ones, although ISO 4217 gives them minor units."""
FAILED, DONE, UNDONE = range(3)
"""Places of news of one order: a card may be taken after it was declined, and what was done may be undone."""
TIMEOUT = 20.0
"""Seconds that Stripe may take for an answer; an order that got none is repeated."""
KEPT = timedelta(hours=23)
"""How long an order is repeated by itself: Stripe forgets keys after a day, and then moves the money once more."""


class StripeProvider:
    """Moves money by Stripe's asynchronous client."""

    name = "stripe"
    signature_header = "stripe-signature"
    repeatable: bool | timedelta = KEPT

    def __init__(self, api_key: SecretStr, webhook_secrets: Sequence[SecretStr], *, api_base: str) -> None:
        """Sign in with `api_key`; events may be signed with any of `webhook_secrets`, so that they can be rotated."""
        self._http = stripe.HTTPXClient(timeout=TIMEOUT)
        self._client = stripe.StripeClient(
            api_key.get_secret_value(),
            base_addresses={"api": api_base},
            http_client=self._http,
            # The queue repeats what failed, later and with the same key.
            max_network_retries=0,
        )
        self._secrets = tuple(webhook_secrets)

    async def close(self) -> None:
        """Close the connections."""
        await self._http.close_async()  # type: ignore[no-untyped-call]

    async def charge(self, order: Order) -> ProviderEvent | None:
        """Take the money of the buyer; a card that wants its owner to confirm is declined, as nobody is there to."""
        try:
            money = _money(order)
            intent = await self._client.v1.payment_intents.create_async(
                {
                    "amount": money.amount,
                    "currency": money.currency,
                    "metadata": money.metadata,
                    "payment_method": order.payment_method,
                    "allowed_payment_method_types": ["card"],
                    "confirm": True,
                    "error_on_requires_action": True,
                },
                {"idempotency_key": order.key},
            )
        except (stripe.CardError, stripe.InvalidRequestError) as error:
            return _failed(order, "payment.failed", error.user_message or str(error))
        if intent.status == "succeeded":
            return _event(f"{intent.id}/payment.held", "payment.held", intent.to_dict())
        return None

    async def refund(self, order: Order) -> ProviderEvent | None:
        """Send money back to where it came from."""
        try:
            money = _money(order)
            refund = await self._client.v1.refunds.create_async(
                {"payment_intent": order.reference, "amount": money.amount, "metadata": money.metadata},
                {"idempotency_key": order.key},
            )
        except stripe.InvalidRequestError as error:
            return _failed(order, "refund.failed", error.user_message or str(error))
        return _refund(refund.to_dict(), refund.id)

    async def transfer(self, order: Order) -> ProviderEvent | None:
        """Send money to the connected account of a payee."""
        try:
            money = _money(order)
            transfer = await self._client.v1.transfers.create_async(
                {
                    "amount": money.amount,
                    "currency": money.currency,
                    "metadata": money.metadata,
                    "destination": order.destination,
                },
                {"idempotency_key": order.key},
            )
        except stripe.InvalidRequestError as error:
            return _failed(order, "payout.failed", error.user_message or str(error))
        return _event(f"{transfer.id}/payout.paid", "payout.paid", transfer.to_dict())

    def read(self, signature: str, body: bytes, now: datetime) -> ProviderEvent | None:
        """Check an event over its raw bytes, and read it; None for one that is about nothing of ours."""
        self._check(signature, body, now)
        try:
            event = json.loads(body)
            return _read(str(event["id"]), str(event["type"]), event["data"]["object"])
        except UNREADABLE as error:
            raise ProviderEventMalformed from error

    def _check(self, signature: str, body: bytes, now: datetime) -> None:
        for secret in self._secrets:
            try:
                stripe.WebhookSignature.verify_header(body, signature, secret.get_secret_value())
            except (stripe.SignatureVerificationError, UnicodeError):
                continue
            break
        else:
            raise ProviderSignature
        # The signature holds, so the header is well-formed; its time is compared with the clock of the suite.
        stamp = next(part[2:] for part in signature.split(",") if part.startswith("t="))
        if abs(now.timestamp() - int(stamp)) > TOLERANCE:
            raise ProviderSignature


class _Money(NamedTuple):
    """What an order is about, as Stripe wants it."""

    amount: int
    currency: str
    metadata: dict[str, str]


def _money(order: Order) -> _Money:
    """What to ask for; as Stripe would, it refuses what is finer than Stripe counts.

    Raises:
        stripe.InvalidRequestError
    """
    amount, rest = divmod(order.amount * FACTORS.get(order.currency_code, 1), WHOLE.get(order.currency_code, 1))
    if rest:
        why = f"Stripe moves whole {order.currency_code} only."
        raise stripe.InvalidRequestError(why, "amount")  # type: ignore[no-untyped-call]
    return _Money(amount, order.currency_code.lower(), {SUBJECT: str(order.subject_id), SEQUENCE: str(order.sequence)})


def _failed(order: Order, kind: str, why: str) -> ProviderEvent:
    """Stripe will not do it, and says so at once; there is no webhook for most of these."""
    name = f"{order.key}/{kind}"
    return ProviderEvent(
        name,
        kind,
        3 * order.sequence + FAILED,
        order.subject_id,
        order.amount,
        order.currency_code,
        why,
        order.reference,
    )


def _read(event_id: str, kind: str, thing: dict[str, Any]) -> ProviderEvent | None:
    if SUBJECT not in (thing.get("metadata") or {}):
        return None
    match kind:
        case "payment_intent.succeeded":
            return _event(event_id, "payment.held", thing, thing.get("amount_received"))
        case "payment_intent.payment_failed":
            error = thing.get("last_payment_error") or {}
            return _event(
                event_id, "payment.failed", thing, failure=str(error.get("message") or "declined"), place=FAILED
            )
        case "refund.created" | "refund.updated" | "refund.failed" | "charge.refund.updated":
            return _refund(thing, event_id)
        case "transfer.created":
            return _event(event_id, "payout.paid", thing)
        case "transfer.reversed":
            return _event(event_id, "payout.failed", thing, thing["amount_reversed"], failure="reversed", place=UNDONE)
    return None


def _refund(thing: dict[str, Any], event_id: str) -> ProviderEvent | None:
    match thing.get("status"):
        case "succeeded":
            return _event(event_id, "refund.succeeded", thing)
        case "failed" | "canceled":
            # Also days after it has succeeded.
            failure = str(thing.get("failure_reason") or "failed")
            return _event(event_id, "refund.failed", thing, failure=failure, place=UNDONE)
    return None


def _event(
    event_id: str, kind: str, thing: dict[str, Any], amount: int | None = None, *, failure: str = "", place: int = DONE
) -> ProviderEvent:
    """News of a thing of Stripe's."""
    currency = str(thing["currency"]).upper()
    stated = int(thing["amount"] if amount is None else amount) * WHOLE.get(currency, 1)
    minor, rest = divmod(stated, FACTORS.get(currency, 1))
    if rest or not 1 <= len(event_id) <= 255:
        raise ValueError(event_id)
    sequence = 3 * int(thing["metadata"][SEQUENCE]) + place
    reference = str(thing["id"]) if thing.get("object") == "payment_intent" else ""
    return ProviderEvent(
        event_id, kind, sequence, UUID(thing["metadata"][SUBJECT]), minor, currency, failure[:1000], reference
    )
