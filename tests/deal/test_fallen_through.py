"""What was released of a deal that is not closed after all: somebody says who gets it."""

import pytest

from doorstep.deal.v1 import commission_service_pb2, deal_pb2, deal_service_pb2, payment_pb2
from doorstep.deal.v1 import payment_service_pb2 as pb
from services.chassis.ids import parse_id
from services.chassis.testing import refused
from services.deal import errors
from tests.deal.cases import PAID, Case
from tests.deal.conftest import Sale
from tests.deal.money import Contract


@pytest.fixture
async def contract(sale: Sale) -> Contract:
    return await Contract.make(sale)


class TestReleased:
    async def test_a_released_token_goes_back_before_the_deal_is_cancelled(
        self, sale: Sale, contract: Contract
    ) -> None:
        payment = await contract.released()
        cancel = deal_service_pb2.CancelDealRequest(deal_id=contract.deal_id, reason="no mortgage")
        with refused(errors.PaymentOpen) as refusal:
            await sale.call(sale.deals.CancelDeal, cancel, contract.seller)
        assert refusal.metadata["payment_id"] == payment.payment_id
        refund = pb.RefundPaymentRequest(payment_id=payment.payment_id, reason="no mortgage", etag=payment.etag)
        asked = (await sale.call(sale.payments.RefundPayment, refund, contract.seller)).payment
        assert (asked.state, asked.held_amount.units) == (payment_pb2.PAYMENT_STATE_REFUNDING, 4_800)
        await contract.reach(payment.payment_id, payment_pb2.PAYMENT_STATE_REFUNDED)
        assert await contract.balances() == {"PROVIDER_CLEARING": 0, "ESCROW": 0, "COMMISSION_RECEIVED": 0}
        kinds = "SELECT kind FROM deal.ledger_transactions WHERE deal_id = $1 ORDER BY id"
        moved = [row["kind"] for row in await sale.sql(kinds, parse_id(contract.deal_id))]
        assert moved == ["hold", "release", "release_return", "refund"]
        cancelled = (await sale.call(sale.deals.CancelDeal, cancel, contract.seller)).deal
        assert cancelled.state == deal_pb2.DEAL_STATE_CANCELLED
        divide = commission_service_pb2.DistributeCommissionRequest(deal_id=contract.deal_id)
        with refused(errors.DealStateRefused):
            await sale.call(sale.commissions.DistributeCommission, divide, contract.seller)

    async def test_or_to_the_seller(self, sale: Sale, contract: Contract) -> None:
        payment = await contract.released()
        forfeit = pb.ForfeitPaymentRequest(payment_id=payment.payment_id, reason="the buyer broke off")
        await sale.call(sale.payments.ForfeitPayment, forfeit, contract.seller)
        cancel = deal_service_pb2.CancelDealRequest(deal_id=contract.deal_id, reason="the buyer broke off")
        await sale.call(sale.deals.CancelDeal, cancel, contract.seller)
        assert await contract.balances() == {
            "PROVIDER_CLEARING": -480_000,
            "ESCROW": 0,
            "COMMISSION_RECEIVED": 0,
            "SELLER_PAYABLE": 480_000,
        }

    async def test_after_another_token_was_paid_there_is_one_still(self, sale: Sale, contract: Contract) -> None:
        payment = await contract.released()
        refund = pb.RefundPaymentRequest(payment_id=payment.payment_id)
        await sale.call(sale.payments.RefundPayment, refund, contract.seller)
        await contract.reach(payment.payment_id, payment_pb2.PAYMENT_STATE_REFUNDED)
        again = await contract.released()
        assert await contract.balances() == {"PROVIDER_CLEARING": -480_000, "ESCROW": 0, "COMMISSION_RECEIVED": 480_000}
        forfeit = pb.ForfeitPaymentRequest(payment_id=again.payment_id, reason="late")
        await sale.call(sale.payments.ForfeitPayment, forfeit, contract.seller)
        assert (await contract.balances())["COMMISSION_RECEIVED"] == 0

    async def test_a_sale_that_is_complete_keeps_its_commission(self, sale: Sale, contract: Contract) -> None:
        payment = await contract.distributed()
        before = await contract.balances()
        for method, request in (
            (sale.payments.RefundPayment, pb.RefundPaymentRequest(payment_id=payment.payment_id)),
            (sale.payments.ForfeitPayment, pb.ForfeitPaymentRequest(payment_id=payment.payment_id, reason="x")),
        ):
            with refused(errors.DealStateRefused) as refusal:
                await sale.call(method, request, contract.seller)
            assert refusal.metadata["allowed_states"] == "OPEN,CANCELLED"
        assert await contract.balances() == before

    async def test_what_it_released_is_the_commission_also_of_a_deal_that_falls_through(self, sale: Sale) -> None:
        case = await Case.make(sale)
        payment = await case.held()
        decided = await case.resolve(await case.respond(await case.open()), "RELEASED")
        for method, request in (
            (sale.payments.RefundPayment, pb.RefundPaymentRequest(payment_id=payment.payment_id)),
            (sale.payments.ForfeitPayment, pb.ForfeitPaymentRequest(payment_id=payment.payment_id, reason="x")),
        ):
            with refused(errors.ReleaseDecided) as refusal:
                await sale.call(method, request, case.seller)
            assert refusal.metadata["dispute_id"] == decided.dispute_id
        cancel = deal_service_pb2.CancelDealRequest(deal_id=case.deal_id, reason="fell through")
        await sale.call(sale.deals.CancelDeal, cancel, case.seller)
        divide = commission_service_pb2.DistributeCommissionRequest(deal_id=case.deal_id)
        await sale.call(sale.commissions.DistributeCommission, divide, case.seller)
        assert await case.amounts() == {
            "PROVIDER_CLEARING": -PAID,
            "PLATFORM_REVENUE": PAID // 5,
            "AGENT_PAYABLE": PAID * 4 // 5,
        }
