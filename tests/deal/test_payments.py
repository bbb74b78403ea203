"""Token payments: what becomes of them, and what providers tell."""

import json
import random
from typing import Any

import pytest

from doorstep.deal.v1 import commission_service_pb2, deal_pb2, deal_service_pb2, payment_pb2
from doorstep.deal.v1 import payment_service_pb2 as pb
from services.chassis.ids import new_id, parse_id
from services.chassis.testing import refused
from services.deal import errors
from services.deal.providers import InSuiteProvider, ProviderEvent, check_signature, sign
from tests.deal.conftest import Sale
from tests.deal.money import Contract


@pytest.fixture
async def contract(sale: Sale) -> Contract:
    return await Contract.make(sale)


class TestToken:
    async def test_the_whole_way(self, sale: Sale, contract: Contract) -> None:
        payment = await contract.held()
        assert payment.amount.units == 4_800, "1 % of 480,000"
        assert await contract.balances() == {"PROVIDER_CLEARING": -480_000, "ESCROW": 480_000}
        close = deal_service_pb2.CloseDealRequest(deal_id=contract.deal_id)
        with refused(errors.DocumentsMissing):
            await sale.call(sale.deals.CloseDeal, close, contract.seller)
        await contract.document()
        with refused(errors.PaymentOpen):
            await sale.call(sale.deals.CloseDeal, close, contract.seller)
        release = pb.ReleasePaymentRequest(payment_id=payment.payment_id)
        await sale.call(sale.payments.ReleasePayment, release, contract.seller)
        closed = (await sale.call(sale.deals.CloseDeal, close, contract.seller)).deal
        assert closed.state == deal_pb2.DEAL_STATE_CLOSED
        divide = commission_service_pb2.DistributeCommissionRequest(deal_id=contract.deal_id)
        await sale.call(sale.commissions.DistributeCommission, divide, contract.seller)
        assert await contract.balances() == {
            "PROVIDER_CLEARING": -480_000,
            "ESCROW": 0,
            "COMMISSION_RECEIVED": 0,
            "PLATFORM_REVENUE": 96_000,
            "AGENT_PAYABLE": 384_000,
        }
        with refused(errors.NothingToDistribute):
            await sale.call(sale.commissions.DistributeCommission, divide, contract.seller)

    async def test_a_declined_one_may_be_tried_again(self, contract: Contract) -> None:
        declined = await contract.pay("pm_declined")
        failed = await contract.reach(declined.payment_id, payment_pb2.PAYMENT_STATE_FAILED)
        assert failed.failure
        assert await contract.balances() == {}
        await contract.held()

    async def test_there_is_one_at_a_time(self, contract: Contract) -> None:
        await contract.pay()
        with refused(errors.PaymentExists):
            await contract.pay()

    async def test_the_seller_does_not_pay(self, sale: Sale, contract: Contract) -> None:
        request = pb.CreatePaymentRequest(deal_id=contract.deal_id, payment_method="pm_ok")
        with refused(errors.NotAParty):
            await sale.call(sale.payments.CreatePayment, request, contract.seller)

    async def test_refund(self, sale: Sale, contract: Contract) -> None:
        payment = await contract.held()
        request = pb.RefundPaymentRequest(payment_id=payment.payment_id, reason="fell through")
        asked = (await sale.call(sale.payments.RefundPayment, request, contract.seller)).payment
        assert asked.state == payment_pb2.PAYMENT_STATE_REFUNDING
        await contract.reach(payment.payment_id, payment_pb2.PAYMENT_STATE_REFUNDED)
        assert await contract.balances() == {"PROVIDER_CLEARING": 0, "ESCROW": 0}

    async def test_forfeit(self, sale: Sale, contract: Contract) -> None:
        payment = await contract.held()
        request = pb.ForfeitPaymentRequest(payment_id=payment.payment_id, reason="late")
        await sale.call(sale.payments.ForfeitPayment, request, contract.seller)
        assert await contract.balances() == {"PROVIDER_CLEARING": -480_000, "ESCROW": 0, "SELLER_PAYABLE": 480_000}
        with refused(errors.PaymentStateRefused):
            await sale.call(sale.payments.ForfeitPayment, request, contract.seller)


class TestEvents:
    async def test_in_any_order_and_number_the_end_is_the_same(self, sale: Sale, contract: Contract) -> None:
        """A failed attempt (1) and one that succeeded (2), each told up to three times."""
        chosen = random.Random(7)
        for order in self._orders(chosen):
            payment_id = new_id()
            fresh = await Contract.make(sale)
            await sale.sql(
                "INSERT INTO deal.payments (organization_id, id, deal_id, buyer_id, state, currency_code, amount, "
                "provider) VALUES ($1, $2, $3, $4, 'CREATED', 'USD', 480000, 'insuite')",
                fresh.seller.organization_id,
                payment_id,
                parse_id(fresh.deal_id),
                fresh.buyer.user_id,
            )
            for sequence in order:
                kind = "payment.held" if sequence == 2 else "payment.failed"
                event = ProviderEvent(f"e{payment_id}{sequence}", kind, sequence, payment_id, 480_000, "USD", "")
                await fresh.tell(event)
            assert (await fresh.get(str(payment_id))).state == payment_pb2.PAYMENT_STATE_HELD
            assert await fresh.balances() == {"PROVIDER_CLEARING": -480_000, "ESCROW": 480_000}

    @staticmethod
    def _orders(chosen: random.Random) -> list[list[int]]:
        found = []
        for _ in range(8):
            order = [1] * chosen.randint(0, 3) + [2] * chosen.randint(1, 3)
            chosen.shuffle(order)
            found.append(order)
        return found

    async def test_another_amount_moves_nothing(self, sale: Sale, contract: Contract) -> None:
        payment = await contract.held()
        before = await contract.balances()
        event = ProviderEvent("forged", "refund.succeeded", 99, parse_id(payment.payment_id), 480_001, "USD", "")
        outcome = await contract.tell(event)
        assert outcome == "MISMATCH"
        assert await contract.balances() == before

    async def test_money_that_comes_when_the_deal_is_over_waits_to_be_sent_back(
        self, sale: Sale, contract: Contract
    ) -> None:
        declined = await contract.pay("pm_declined")
        await contract.reach(declined.payment_id, payment_pb2.PAYMENT_STATE_FAILED)
        cancel = deal_service_pb2.CancelDealRequest(deal_id=contract.deal_id, reason="no money")
        await sale.call(sale.deals.CancelDeal, cancel, contract.seller)
        late = ProviderEvent("late", "payment.held", 9, parse_id(declined.payment_id), 480_000, "USD")
        assert await contract.tell(late) == "APPLIED"
        told = await sale.sql(
            "SELECT 1 FROM deal.outbox WHERE organization_id = $1 AND type LIKE '%.TokenHeld'", contract.organization_id
        )
        assert not told, "the listing is on the market again, and stays there"
        forfeit = pb.ForfeitPaymentRequest(payment_id=declined.payment_id, reason="too late")
        with refused(errors.DealStateRefused) as refusal:
            await sale.call(sale.payments.ForfeitPayment, forfeit, contract.seller)
        assert refusal.metadata == {"state": "CANCELLED", "allowed_states": "OPEN"}
        refund = pb.RefundPaymentRequest(payment_id=declined.payment_id, reason="too late")
        await sale.call(sale.payments.RefundPayment, refund, contract.seller)

    @pytest.mark.parametrize(
        "surprise",
        [
            {"sequence": 2**63},
            {"sequence": 0},
            {"amount": 2**63},
            {"amount": -1},
            {"amount": float("inf")},
            {"amount": None},
            {"failure": "\0"},
            {"id": "e\0"},
            {"type": "payment.\0"},
            {"currency": "US\0"},
            {"subject_id": 7},
        ],
        ids=str,
    )
    async def test_what_is_signed_may_still_be_nonsense(
        self, sale: Sale, contract: Contract, surprise: dict[str, Any]
    ) -> None:
        event = {"id": "e1", "type": "payment.held", "sequence": 9, "subject_id": str(new_id()), "amount": 1}
        with refused(errors.ProviderEventMalformed):
            await self._receive(sale, json.dumps(event | {"currency": "USD"} | surprise).encode())

    async def test_json_that_has_no_end(self, sale: Sale) -> None:
        with refused(errors.ProviderEventMalformed):
            await self._receive(sale, b"[" * 200_000)

    @staticmethod
    async def _receive(sale: Sale, body: bytes) -> None:
        resources = sale.harness.resources
        provider = InSuiteProvider(resources.database("deal"), resources.settings.internal_secret.get_secret_value())
        request = pb.ReceiveProviderEventRequest(provider=provider.name)
        request.payload.data = body
        signature = provider.signature(body, resources.clock.now())
        await sale.payments.ReceiveProviderEvent(request, metadata=[(provider.signature_header, signature)], timeout=20)

    async def test_an_unsigned_one_is_refused(self, sale: Sale) -> None:
        request = pb.ReceiveProviderEventRequest(provider="insuite")
        request.payload.data = b"{}"
        with refused(errors.ProviderSignature):
            await sale.harness.call(sale.payments.ReceiveProviderEvent, request)

    def test_a_signature_is_of_the_bytes_the_secret_and_the_time(self, sale: Sale) -> None:
        now = sale.harness.clock.now()
        seconds = int(now.timestamp())
        check_signature(b"k", sign(b"k", b"x", seconds), b"x", now)
        wrong = (
            (b"x", sign(b"k", b"y", seconds)),
            (b"x", sign(b"l", b"x", seconds)),
            (b"x", sign(b"k", b"x", seconds - 301)),
            (b"x", ""),
            (b"x", "t=,v1="),
        )
        for body, signature in wrong:
            with pytest.raises(errors.ProviderSignature):
                check_signature(b"k", signature, body, now)
