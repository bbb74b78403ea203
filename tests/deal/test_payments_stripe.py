"""Stripe's adapter over a real socket against a peer of the same interface: localstripe, with transfers beside it."""

import json
import random
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import stripe
from google.api.httpbody_pb2 import HttpBody
from pydantic import SecretStr, ValidationError

from doorstep.deal.v1 import payment_pb2, payout_pb2
from doorstep.deal.v1 import payment_service_pb2 as pb
from services.chassis.ids import new_id
from services.chassis.testing import Harness, refused
from services.chassis.testing.harness import make_settings
from services.deal import errors
from services.deal.app import build
from services.deal.provider_stripe import StripeProvider
from services.deal.providers import Order, ProviderEvent
from services.property.app import build as build_property
from tests.deal.conftest import Sale
from tests.deal.money import Contract
from tests.fixtures.servers import TestDatabase
from tests.fixtures.stripe_peer import SECRET, StripePeer, stripe_peer

OLD_SECRET = "whsec_the_one_before"
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
SUBJECT = UUID("01990000-0000-7000-8000-000000000001")


class World:
    """A sale whose money Stripe moves."""

    def __init__(self, sale: Sale, peer: StripePeer) -> None:
        self.sale = sale
        self.peer = peer
        self.client = stripe.StripeClient(
            "sk_test_of_the_buyer", base_addresses={"api": peer.url}, http_client=stripe.HTTPXClient()
        )

    async def card(self, number: str = "4242424242424242") -> str:
        """What the buyer pays with: made by the buyer's own program, not by the suite."""
        card = {"number": number, "exp_month": 12, "exp_year": 2030, "cvc": "123"}
        method = await self.client.v1.payment_methods.create_async({"type": "card", "card": card})
        return method.id


@pytest.fixture(scope="module")
async def world(
    clone_database: Callable[[], TestDatabase], clone_redis: Callable[[], str], tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[World]:
    keys: Path = tmp_path_factory.mktemp("keys")
    database = clone_database()
    served: list[Sale] = []
    chosen = random.Random(11)

    async def take(signature: str, body: bytes) -> None:
        """Hand every event on as it came, one to three times."""
        sale = served[0]
        request = pb.ReceiveProviderEventRequest(
            provider="stripe", payload=HttpBody(content_type="application/json", data=body)
        )
        for _ in range(chosen.randint(1, 3)):
            await sale.payments.ReceiveProviderEvent(request, metadata=[("stripe-signature", signature)], timeout=20)

    async with (
        stripe_peer(take) as peer,
        Harness.open(
            [build_property, build],
            database_url=database.url,
            redis_url=clone_redis(),
            keys_dir=keys,
            stripe_api_key=SecretStr("sk_test_of_the_suite"),
            stripe_webhook_secrets=(SecretStr(OLD_SECRET), SecretStr(SECRET)),
            stripe_api_base=peer.url,
        ) as harness,
    ):
        served.append(Sale(harness, database))
        yield World(served[0], peer)


@pytest.fixture
async def contract(world: World) -> Contract:
    return await Contract.make(world.sale)


async def outcomes(contract: Contract, count: int) -> list[tuple[str, str]]:
    """Types and outcomes of what was told, once there are so many."""
    sql = "SELECT type, outcome FROM deal.provider_events WHERE organization_id = $1 ORDER BY type, outcome"
    rows = await contract.sale.until(
        lambda: contract.sale.sql(sql, contract.organization_id), lambda found: len(found) >= count
    )
    return [(row["type"], row["outcome"]) for row in rows]


class TestWay:
    async def test_charge_refund_and_their_webhooks(self, world: World, contract: Contract) -> None:
        created = await contract.pay(await world.card())
        assert created.provider == "stripe"
        held = await contract.reach(created.payment_id, payment_pb2.PAYMENT_STATE_HELD)
        # What Stripe said at once, and its event: the same news twice, of which one counts.
        assert await outcomes(contract, 2) == [("payment.held", "APPLIED"), ("payment.held", "LATE")]
        assert await contract.balances() == {"PROVIDER_CLEARING": -480_000, "ESCROW": 480_000}
        request = pb.RefundPaymentRequest(payment_id=held.payment_id, reason="fell through")
        await world.sale.call(world.sale.payments.RefundPayment, request, contract.seller)
        await contract.reach(held.payment_id, payment_pb2.PAYMENT_STATE_REFUNDED)
        assert await contract.balances() == {"PROVIDER_CLEARING": 0, "ESCROW": 0}
        keys = {key for _, key in world.peer.keys}
        assert {f"{held.payment_id}/charge", f"{held.payment_id}/refund/1"} <= keys

    async def test_a_refund_that_comes_back(self, world: World, contract: Contract) -> None:
        held = await contract.reach((await contract.pay(await world.card())).payment_id, payment_pb2.PAYMENT_STATE_HELD)
        request = pb.RefundPaymentRequest(payment_id=held.payment_id, reason="fell through")
        await world.sale.call(world.sale.payments.RefundPayment, request, contract.seller)
        await contract.reach(held.payment_id, payment_pb2.PAYMENT_STATE_REFUNDED)
        (refund,) = [r for r in world.peer.made("refund") if r.metadata["doorstep_subject"] == held.payment_id]
        world.peer.return_refund(refund.id)
        back = await contract.reach(held.payment_id, payment_pb2.PAYMENT_STATE_REFUND_RETURNED)
        assert back.failure == "lost_or_stolen_card"
        assert await contract.balances() == {"PROVIDER_CLEARING": -480_000, "ESCROW": 480_000}
        await world.sale.call(world.sale.payments.RefundPayment, request, contract.seller)
        await contract.reach(held.payment_id, payment_pb2.PAYMENT_STATE_REFUNDED)
        assert await contract.balances() == {"PROVIDER_CLEARING": 0, "ESCROW": 0}
        assert f"{held.payment_id}/refund/2" in {key for _, key in world.peer.keys}
        told = await outcomes(contract, 5)
        assert told.count(("refund.failed", "APPLIED")) == 1, "of two events that say the same, one counts"
        assert told.count(("refund.succeeded", "APPLIED")) == 2

    async def test_commission_and_payout(self, world: World, contract: Contract) -> None:
        held = await contract.reach((await contract.pay(await world.card())).payment_id, payment_pb2.PAYMENT_STATE_HELD)
        await contract.distribute(held)
        run = await contract.reconcile(f"charge,{held.payment_id},4800.00,USD", provider="stripe")
        assert await contract.results(run) == [("CHARGE", "MATCHED")]
        await contract.close(run)
        missing = await contract.ask("acct_missing")
        await contract.approve(missing)
        failed = await contract.reach_payout(missing.payout_id, payout_pb2.PAYOUT_STATE_FAILED)
        assert "acct_missing" in failed.failure
        asked = await contract.ask("acct_agent")
        await contract.approve(asked)
        await contract.reach_payout(asked.payout_id, payout_pb2.PAYOUT_STATE_PAID)
        (transfer,) = [t for t in world.peer.made("transfer") if t.metadata["doorstep_subject"] == asked.payout_id]
        assert (transfer.amount, transfer.destination) == (384_000, "acct_agent")
        world.peer.reverse(transfer.id)
        await contract.reach_payout(asked.payout_id, payout_pb2.PAYOUT_STATE_FAILED)
        assert (await contract.balances())["AGENT_PAYABLE"] == 384_000

    async def test_a_declined_card(self, world: World, contract: Contract) -> None:
        created = await contract.pay(await world.card("4000000000000341"))
        failed = await contract.reach(created.payment_id, payment_pb2.PAYMENT_STATE_FAILED)
        assert "declined" in failed.failure
        assert await contract.balances() == {}
        again = await contract.pay(await world.card())
        await contract.reach(again.payment_id, payment_pb2.PAYMENT_STATE_HELD)

    async def test_a_card_that_asks_its_owner(self, world: World, contract: Contract) -> None:
        created = await contract.pay(await world.card("4000002760003184"))
        failed = await contract.reach(created.payment_id, payment_pb2.PAYMENT_STATE_FAILED)
        assert "confirm" in failed.failure

    async def test_no_such_card(self, world: World, contract: Contract) -> None:
        created = await contract.pay("pm_nobodys")
        await contract.reach(created.payment_id, payment_pb2.PAYMENT_STATE_FAILED)

    async def test_a_forged_event(self, world: World, contract: Contract) -> None:
        request = pb.ReceiveProviderEventRequest(provider="stripe")
        request.payload.data = b'{"id": "evt_1", "object": "event"}'
        with refused(errors.ProviderSignature):
            await world.sale.harness.call(world.sale.payments.ReceiveProviderEvent, request)

    async def test_ariary_are_asked_for_whole(self, world: World) -> None:
        """Stripe counts them without the hundredths of ISO 4217: 4,800.00 MGA are 4800 there, not 480000."""
        provider = StripeProvider(SecretStr("sk_test_of_the_suite"), [SecretStr(SECRET)], api_base=world.peer.url)
        try:
            order = Order(new_id(), 480_000, "MGA", "whole", 1, payment_method=await world.card())
            held = await provider.charge(order)
            (intent,) = [
                i for i in world.peer.made("payment_intent") if i.metadata["doorstep_subject"] == str(order.subject_id)
            ]
            assert (intent.amount, intent.currency) == (4_800, "mga")
            assert held is not None
            assert (held.type, held.amount) == ("payment.held", 480_000)
            finer = await provider.charge(replace(order, amount=480_050, key="finer"))
            assert finer is not None
            assert (finer.type, finer.failure) == ("payment.failed", "Stripe moves whole MGA only.")
        finally:
            await provider.close()

    async def test_stripe_out_of_reach_is_tried_again(self) -> None:
        """The order has no answer: the job fails, and the queue repeats it with the same key."""
        provider = StripeProvider(SecretStr("sk_test_x"), [SecretStr(SECRET)], api_base="http://127.0.0.1:9")
        try:
            with pytest.raises(stripe.APIConnectionError):
                await provider.charge(Order(SUBJECT, 5, "USD", "key", 1, payment_method="pm_x"))
        finally:
            await provider.close()


def body_of(kind: str, thing: dict[str, Any], event_id: str = "evt_1") -> bytes:
    return json.dumps({"id": event_id, "object": "event", "type": kind, "data": {"object": thing}}).encode()


def signed(body: bytes, secret: str = SECRET, at: datetime = NOW) -> str:
    return stripe.WebhookSignature.generate_signature_header(body.decode(), secret, int(at.timestamp()))


INTENT = {
    "id": "pi_1",
    "object": "payment_intent",
    "amount": 480_000,
    "amount_received": 480_000,
    "currency": "usd",
    "metadata": {"doorstep_subject": str(SUBJECT), "doorstep_sequence": "1"},
}
REFUND = {**INTENT, "id": "re_1", "object": "refund", "status": "succeeded"}
TRANSFER = {**INTENT, "id": "tr_1", "object": "transfer", "amount_reversed": 480_000}


class TestEvents:
    @pytest.fixture
    async def provider(self) -> AsyncIterator[StripeProvider]:
        provider = StripeProvider(
            SecretStr("sk_test_x"), [SecretStr(OLD_SECRET), SecretStr(SECRET)], api_base="http://127.0.0.1:9"
        )
        yield provider
        await provider.close()

    async def test_either_secret_signs(self, provider: StripeProvider) -> None:
        body = body_of("payment_intent.succeeded", INTENT)
        for secret in (SECRET, OLD_SECRET):
            event = provider.read(signed(body, secret), body, NOW)
            assert event == ProviderEvent("evt_1", "payment.held", 4, SUBJECT, 480_000, "USD", "", "pi_1")
        rotating = signed(body) + ",v1=" + "0" * 64
        assert provider.read(rotating, body, NOW) is not None

    async def test_what_is_not_signed(self, provider: StripeProvider) -> None:
        body = body_of("payment_intent.succeeded", INTENT)
        good = signed(body)
        again = json.dumps(json.loads(body), indent=1).encode()
        wrong = [
            ("", body),
            ("t=,v1=", body),
            ("v1=" + "0" * 64, body),
            (good[:-1], body),
            (good, again),
            (good, body + b" "),
            (good, b"\xff"),
            (signed(body, "whsec_of_somebody_else"), body),
            (signed(body, at=NOW - timedelta(seconds=301)), body),
            (signed(body, at=NOW + timedelta(seconds=301)), body),
        ]
        for signature, content in wrong:
            with pytest.raises(errors.ProviderSignature):
                provider.read(signature, content, NOW)

    @pytest.mark.parametrize(
        ("kind", "thing", "wanted"),
        [
            ("payment_intent.payment_failed", INTENT, ("payment.failed", 3)),
            ("payment_intent.succeeded", INTENT, ("payment.held", 4)),
            ("refund.created", {**REFUND, "status": "pending"}, None),
            ("refund.updated", REFUND, ("refund.succeeded", 4)),
            ("refund.failed", {**REFUND, "status": "failed"}, ("refund.failed", 5)),
            ("charge.refund.updated", {**REFUND, "status": "failed"}, ("refund.failed", 5)),
            ("transfer.created", TRANSFER, ("payout.paid", 4)),
            ("transfer.reversed", TRANSFER, ("payout.failed", 5)),
            ("customer.created", INTENT, None),
            ("payment_intent.succeeded", {**INTENT, "metadata": {}}, None),
        ],
    )
    async def test_each_kind(
        self, provider: StripeProvider, kind: str, thing: dict[str, Any], wanted: tuple[str, int] | None
    ) -> None:
        body = body_of(kind, thing)
        event = provider.read(signed(body), body, NOW)
        assert (event and (event.type, event.sequence)) == wanted

    @pytest.mark.parametrize(
        "body",
        [
            b"[]",
            b"{}",
            b"no json",
            body_of("payment_intent.succeeded", {**INTENT, "metadata": {"doorstep_subject": "x"}}),
            body_of("payment_intent.succeeded", {**INTENT, "amount_received": "much"}),
            body_of("payment_intent.succeeded", INTENT, event_id="e" * 256),
            body_of("payment_intent.succeeded", {**INTENT, "currency": "isk", "amount_received": 501}),
        ],
    )
    async def test_signed_nonsense(self, provider: StripeProvider, body: bytes) -> None:
        with pytest.raises(errors.ProviderEventMalformed):
            provider.read(signed(body), body, NOW)

    async def test_currencies_that_stripe_counts_in_its_own_way(self, provider: StripeProvider) -> None:
        """In hundredths what ISO 4217 gives no minor unit, and in whole units what it gives hundredths."""
        for currency, stated, amount in (("isk", 50_000, 500), ("ugx", 50_000, 500), ("mga", 500, 50_000)):
            body = body_of("payment_intent.succeeded", {**INTENT, "currency": currency, "amount_received": stated})
            event = provider.read(signed(body), body, NOW)
            assert event is not None
            assert (event.amount, event.currency_code) == (amount, currency.upper())


class TestSettings:
    @pytest.mark.parametrize(
        "wrong",
        [
            {"stripe_api_key": "sk_live_x"},
            {"stripe_api_key": "sk_live_x", "stripe_webhook_secrets": [" "]},
        ],
    )
    def test_a_key_needs_a_secret(self, wrong: dict[str, Any], tmp_path: Path) -> None:
        with pytest.raises(ValidationError, match="stripe_webhook_secrets"):
            make_settings(database_url="postgresql://a:b@c/d", redis_url="redis://x", keys_dir=tmp_path, **wrong)
