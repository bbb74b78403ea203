"""From an accepted offer to a divided commission, and the ledger under it."""

import hashlib
import random

import asyncpg
import pytest

from doorstep.deal.v1 import (
    commission_service_pb2,
    deal_pb2,
    deal_service_pb2,
    document_service_pb2,
    offer_pb2,
    payment_pb2,
)
from doorstep.deal.v1 import payment_service_pb2 as pb
from services.chassis.actor import system_for
from services.chassis.ids import new_id, parse_id
from services.chassis.testing import refused
from services.deal import errors
from services.deal.operations.payment import receive_provider_event
from services.deal.providers import ProviderEvent, check_signature, sign
from tests.deal.conftest import Sale, Side


class Contract:
    """A deal with both sides."""

    def __init__(self, sale: Sale, seller: Side, buyer: Side, offer: offer_pb2.Offer) -> None:
        self.sale = sale
        self.seller = seller
        self.buyer = buyer
        self.deal_id = offer.deal_id

    @classmethod
    async def make(cls, sale: Sale) -> "Contract":
        seller, buyer = sale.seller(None, "deal.manage"), sale.buyer()
        offer = await sale.accept(seller, await sale.offer(buyer, await sale.listing(seller)))
        return cls(sale, seller, buyer, offer)

    async def pay(self, method: str = "pm_ok") -> payment_pb2.Payment:
        request = pb.CreatePaymentRequest(deal_id=self.deal_id, payment_method=method)
        return (await self.sale.call(self.sale.payments.CreatePayment, request, self.buyer)).payment

    async def get(self, payment_id: str) -> payment_pb2.Payment:
        request = pb.GetPaymentRequest(payment_id=payment_id)
        return (await self.sale.call(self.sale.payments.GetPayment, request, self.buyer)).payment

    async def reach(self, payment_id: str, state: "payment_pb2.PaymentState.ValueType") -> payment_pb2.Payment:
        found: payment_pb2.Payment = await self.sale.until(lambda: self.get(payment_id), lambda p: p.state == state)
        return found

    async def held(self) -> payment_pb2.Payment:
        return await self.reach((await self.pay()).payment_id, payment_pb2.PAYMENT_STATE_HELD)

    async def balances(self) -> dict[str, int]:
        rows = await self.sale.sql(
            "SELECT kind, balance FROM deal.ledger_accounts WHERE organization_id = $1", self.seller.organization_id
        )
        assert sum(row["balance"] for row in rows) == 0, "money neither appears nor vanishes"
        return {row["kind"]: row["balance"] for row in rows}

    async def document(self) -> None:
        content = b"%PDF agreement " + new_id().bytes
        request = document_service_pb2.AddDealDocumentRequest(
            deal_id=self.deal_id,
            document_type="PURCHASE_AGREEMENT",
            file_name="agreement.pdf",
            media_type="application/pdf",
            content=content,
            sha256=hashlib.sha256(content).hexdigest(),
        )
        added = (await self.sale.call(self.sale.documents.AddDealDocument, request, self.buyer)).document
        verify = document_service_pb2.VerifyDealDocumentRequest(deal_id=self.deal_id, document_id=added.document_id)
        await self.sale.call(self.sale.documents.VerifyDealDocument, verify, self.seller)


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
        database = sale.harness.resources.database("deal")
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
                assert fresh.seller.organization_id is not None
                async with database.transaction(system_for(fresh.seller.organization_id)) as tx:
                    await receive_provider_event(tx, "insuite", event, b"{}", sale.harness.clock.now())
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
        organization_id = contract.seller.organization_id
        assert organization_id is not None
        event = ProviderEvent("forged", "refund.succeeded", 99, parse_id(payment.payment_id), 480_001, "USD", "")
        async with sale.harness.resources.database("deal").transaction(system_for(organization_id)) as tx:
            outcome = await receive_provider_event(tx, "insuite", event, b"{}", sale.harness.clock.now())
        assert outcome == "MISMATCH"
        assert await contract.balances() == before

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


class TestLedger:
    """Past all code: what the database refuses."""

    async def _write(self, sale: Sale, contract: Contract, amounts: list[int]) -> None:
        connection = await asyncpg.connect(sale.database.superuser_url)
        organization_id, transaction_id = contract.seller.organization_id, new_id()
        try:
            async with connection.transaction():
                await connection.execute(
                    "INSERT INTO deal.ledger_transactions (organization_id, id, kind, deal_id, create_time) "
                    "VALUES ($1, $2, 'commission', $3, now())",
                    organization_id,
                    transaction_id,
                    parse_id(contract.deal_id),
                )
                rows = await connection.fetch(
                    "SELECT id FROM deal.ledger_accounts WHERE organization_id = $1 ORDER BY kind", organization_id
                )
                for number, amount in enumerate(amounts):
                    await connection.execute(
                        "INSERT INTO deal.ledger_entries VALUES ($1, $2, $3, $4, 'USD', $5)",
                        organization_id,
                        transaction_id,
                        number,
                        rows[number]["id"],
                        amount,
                    )
        finally:
            await connection.close()

    @pytest.mark.parametrize("amounts", [[], [5], [5, -4], [-480_001, 480_001]])
    async def test_what_does_not_balance_or_overdraws(self, sale: Sale, contract: Contract, amounts: list[int]) -> None:
        await contract.held()  # accounts: ESCROW, PROVIDER_CLEARING
        with pytest.raises(asyncpg.CheckViolationError):
            await self._write(sale, contract, amounts)
        assert await contract.balances() == {"PROVIDER_CLEARING": -480_000, "ESCROW": 480_000}

    async def test_what_balances_passes(self, sale: Sale, contract: Contract) -> None:
        """The control."""
        await contract.held()
        await self._write(sale, contract, [-5, 5])
        assert await contract.balances() == {"PROVIDER_CLEARING": -479_995, "ESCROW": 479_995}

    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE deal.ledger_entries SET amount = 1",
            "DELETE FROM deal.ledger_entries",
            "TRUNCATE deal.ledger_entries",
            "DELETE FROM deal.ledger_transactions",
            "UPDATE deal.ledger_accounts SET balance = 0",
        ],
    )
    async def test_nothing_is_changed_afterwards(self, sale: Sale, contract: Contract, statement: str) -> None:
        await contract.held()
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await sale.sql(statement)
