"""Refunds that came back after they had arrived: the money is there again, and is the buyer's."""

import random

import pytest

from doorstep.deal.v1 import deal_events_pb2, deal_service_pb2, payment_pb2
from doorstep.deal.v1 import payment_service_pb2 as pb
from services.chassis.ids import parse_id
from services.chassis.testing import refused
from services.deal import errors
from services.deal.providers import ProviderEvent
from tests.deal.conftest import Sale
from tests.deal.money import Contract

HELD = {"PROVIDER_CLEARING": -480_000, "ESCROW": 480_000}


@pytest.fixture
async def contract(sale: Sale) -> Contract:
    return await Contract.make(sale)


async def refund(contract: Contract, payment_id: str) -> payment_pb2.Payment:
    request = pb.RefundPaymentRequest(payment_id=payment_id, reason="fell through")
    return (await contract.sale.call(contract.sale.payments.RefundPayment, request, contract.seller)).payment


async def moved(contract: Contract) -> list[str]:
    kinds = "SELECT kind FROM deal.ledger_transactions WHERE deal_id = $1 ORDER BY id"
    return [row["kind"] for row in await contract.sale.sql(kinds, parse_id(contract.deal_id))]


async def told(contract: Contract) -> list[deal_events_pb2.TokenRefundReturned]:
    published = "SELECT payload FROM deal.outbox WHERE organization_id = $1 AND type LIKE '%.TokenRefundReturned'"
    rows = await contract.sale.sql(published, contract.organization_id)
    return [deal_events_pb2.TokenRefundReturned.FromString(row["payload"]) for row in rows]


class TestReturned:
    async def test_the_whole_way(self, sale: Sale, contract: Contract) -> None:
        """It comes back, another token is paid meanwhile, and the first one is sent again."""
        payment = await contract.reach(
            (await contract.pay("pm_refund_returned")).payment_id, payment_pb2.PAYMENT_STATE_HELD
        )
        await refund(contract, payment.payment_id)
        back = await contract.reach(payment.payment_id, payment_pb2.PAYMENT_STATE_REFUND_RETURNED)
        assert (back.failure, back.held_amount.units, back.HasField("end_time")) == ("account closed", 4_800, False)
        assert await contract.balances() == HELD
        for method, request in (
            (sale.payments.ReleasePayment, pb.ReleasePaymentRequest(payment_id=payment.payment_id)),
            (sale.payments.ForfeitPayment, pb.ForfeitPaymentRequest(payment_id=payment.payment_id, reason="x")),
        ):
            with refused(errors.PaymentStateRefused):
                await sale.call(method, request, contract.seller)
        other = await contract.held()
        assert (await contract.balances())["ESCROW"] == 960_000
        await refund(contract, payment.payment_id)
        await contract.reach(payment.payment_id, payment_pb2.PAYMENT_STATE_REFUNDED)
        assert await contract.balances() == HELD
        assert await moved(contract) == ["hold", "refund", "refund_return", "hold", "refund"]
        one, another = payment.payment_id, other.payment_id
        run = await contract.reconcile(
            f"charge,{one},4800.00,USD",
            f"refund,{one},-4800.00,USD",
            f"return,{one},4800.00,USD",
            f"refund,{one},-4800.00,USD",
            f"charge,{another},4800.00,USD",
        )
        assert sorted(await contract.results(run)) == [
            ("CHARGE", "MATCHED"),
            ("CHARGE", "MATCHED"),
            ("REFUND", "MATCHED"),
            ("REFUND", "MATCHED"),
            ("RETURN", "MATCHED"),
        ]
        await contract.close(run)
        assert await contract.results(await contract.reconcile()) == []

    async def test_both_parties_and_who_asked_for_it_are_told_each_time(self, contract: Contract) -> None:
        """Also when the repetition fails: again it is to be sent."""
        payment, clerk = await told_by_the_test(contract), contract.colleague()
        request = pb.RefundPaymentRequest(payment_id=payment, reason="fell through")
        for sequence in (2, 4):
            await contract.sale.call(contract.sale.payments.RefundPayment, request, clerk)
            if sequence == 2:
                await contract.tell(news(payment, "refund.succeeded", sequence))
                assert not await told(contract)
            for _ in range(2):
                await contract.tell(news(payment, "refund.failed", sequence + 1))
        events = await told(contract)
        assert len(events) == 2
        for event in events:
            people = event.deal.buyer_id, event.deal.agent_id, event.requester_id
            assert people == tuple(str(side.user_id) for side in (contract.buyer, contract.seller, clerk))
            assert (event.payment_id, event.amount.units, event.reason) == (payment, 4_800, "account closed")

    async def test_each_refund_is_settled_by_itself(self, contract: Contract) -> None:
        """The first is settled when the others are not there yet."""
        payment = await told_by_the_test(contract)
        await refund(contract, payment)
        assert await contract.tell(news(payment, "refund.succeeded", 2)) == "APPLIED"
        first = await contract.reconcile(f"charge,{payment},4800.00,USD", f"refund,{payment},-4800.00,USD")
        assert await contract.results(first) == [("CHARGE", "MATCHED"), ("REFUND", "MATCHED")]
        await contract.close(first)
        assert await contract.tell(news(payment, "refund.failed", 3)) == "APPLIED"
        await refund(contract, payment)
        assert await contract.tell(news(payment, "refund.succeeded", 4)) == "APPLIED"
        second = await contract.reconcile(f"return,{payment},4800.00,USD", f"refund,{payment},-4800.00,USD")
        assert await contract.results(second) == [("REFUND", "MATCHED"), ("RETURN", "MATCHED")]
        await contract.close(second)
        again = await contract.reconcile(f"refund,{payment},-4800.00,USD")
        assert await contract.results(again) == [("REFUND", "DUPLICATE_IN_STATEMENT")]

    async def test_when_the_deal_is_over(self, sale: Sale, contract: Contract) -> None:
        payment = await told_by_the_test(contract)
        await refund(contract, payment)
        await contract.tell(news(payment, "refund.succeeded", 2))
        cancel = deal_service_pb2.CancelDealRequest(deal_id=contract.deal_id, reason="fell through")
        await sale.call(sale.deals.CancelDeal, cancel, contract.seller)
        assert await contract.tell(news(payment, "refund.failed", 3)) == "APPLIED"
        assert (await contract.get(payment)).state == payment_pb2.PAYMENT_STATE_REFUND_RETURNED
        await refund(contract, payment)
        assert await contract.tell(news(payment, "refund.succeeded", 4)) == "APPLIED"
        assert await contract.balances() == {"PROVIDER_CLEARING": 0, "ESCROW": 0}

    async def test_one_that_fails_again_has_moved_nothing(self, contract: Contract) -> None:
        """Beside another token: it is no token again, however often it fails."""
        payment = await told_by_the_test(contract)
        await refund(contract, payment)
        await contract.tell(news(payment, "refund.succeeded", 2))
        await contract.tell(news(payment, "refund.failed", 3))
        await contract.held()
        await refund(contract, payment)
        assert await contract.tell(news(payment, "refund.failed", 4)) == "APPLIED"
        assert (await contract.get(payment)).state == payment_pb2.PAYMENT_STATE_REFUND_RETURNED
        assert await moved(contract) == ["hold", "refund", "refund_return", "hold"]
        assert (await contract.balances())["ESCROW"] == 960_000

    async def test_in_any_order_and_number_the_money_is_there(self, sale: Sale) -> None:
        """That it arrived (2) and that it came back (3), each told up to three times."""
        chosen = random.Random(5)
        for _ in range(6):
            contract = await Contract.make(sale)
            payment = await told_by_the_test(contract)
            await refund(contract, payment)
            order = [2] * chosen.randint(1, 3) + [3] * chosen.randint(1, 3)
            chosen.shuffle(order)
            for sequence in order:
                await contract.tell(news(payment, "refund.succeeded" if sequence == 2 else "refund.failed", sequence))
            # Told first that it failed, nobody thinks it has ever left.
            wanted = payment_pb2.PAYMENT_STATE_REFUND_RETURNED if order[0] == 2 else payment_pb2.PAYMENT_STATE_HELD
            assert (await contract.get(payment)).state == wanted, order
            assert await contract.balances() == HELD


def news(payment_id: str, kind: str, sequence: int) -> ProviderEvent:
    failure = "account closed" if kind == "refund.failed" else ""
    return ProviderEvent(f"{payment_id}/{sequence}", kind, sequence, parse_id(payment_id), 480_000, "USD", failure)


async def told_by_the_test(contract: Contract) -> str:
    """A token that is held, whose provider does nothing by itself from now on."""
    payment = await contract.held()
    silent = "INSERT INTO deal.insuite_orders (subject_id, key) SELECT $1, $2 || n FROM generate_series(1, 3) n"
    await contract.sale.sql(silent, parse_id(payment.payment_id), f"{payment.payment_id}/refund/")
    return payment.payment_id
