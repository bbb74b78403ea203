"""Payouts: what is owed, two people, and what becomes of the transfer."""

import asyncio

import asyncpg
import grpc
import pytest

from doorstep.deal.v1 import payment_pb2, payout_pb2, payout_service_pb2
from doorstep.deal.v1 import payment_service_pb2 as payment_pb
from services.chassis.actor import system_for
from services.chassis.errors import EtagMismatch, InvalidFields, PermissionMissing
from services.chassis.ids import new_id, parse_id
from services.chassis.testing import refused
from services.deal import errors
from services.deal.operations.payment import Settlement, settle_token
from services.deal.providers import ProviderEvent
from services.deal.repository.deal import DealRepository
from tests.deal.conftest import Sale
from tests.deal.money import Contract

DUE = 384_000
"""Four fifths of the token of 1 % of 480,000, in cents."""
DIVIDED = {
    "PROVIDER_CLEARING": -480_000,
    "ESCROW": 0,
    "COMMISSION_RECEIVED": 0,
    "PLATFORM_REVENUE": 96_000,
    "AGENT_PAYABLE": DUE,
}


@pytest.fixture
async def contract(sale: Sale) -> Contract:
    return await Contract.make(sale)


@pytest.fixture
async def settled(contract: Contract) -> Contract:
    await contract.settled()
    return contract


class TestWay:
    async def test_the_whole_way(self, sale: Sale, settled: Contract) -> None:
        asked = await settled.ask()
        assert asked.amount.units == DUE // 100
        assert asked.amount.currency_code == "USD"
        assert await settled.balances() == DIVIDED, "nothing moves before somebody else has looked"
        approved = await settled.approve(asked)
        assert approved.state == payout_pb2.PAYOUT_STATE_APPROVED
        assert approved.checker_id not in ("", asked.maker_id)
        paid = await settled.reach_payout(asked.payout_id, payout_pb2.PAYOUT_STATE_PAID)
        assert paid.end_time.seconds
        after = {**DIVIDED, "PROVIDER_CLEARING": -96_000, "AGENT_PAYABLE": 0, "PAYOUT_TRANSIT": 0}
        assert await settled.balances() == after
        with refused(errors.NothingToPayOut):
            await settled.ask()
        published = await sale.sql(
            "SELECT count(*) FROM deal.outbox WHERE organization_id = $1 AND type LIKE '%PayoutReleased'",
            settled.organization_id,
        )
        assert published[0][0] == 1

    async def test_the_payee_sees_their_own(self, sale: Sale, settled: Contract) -> None:
        asked = await settled.ask()
        payee = sale.buyer()
        payee.user_id = settled.seller.user_id
        payee.token = sale.harness.token(user_id=payee.user_id, organization_id=None, permissions=())
        assert (await settled.payout(asked.payout_id, payee)).payout_id == asked.payout_id
        found = await sale.call(sale.payouts.ListPayouts, payout_service_pb2.ListPayoutsRequest(), payee)
        assert [payout.payout_id for payout in found.payouts] == [asked.payout_id]
        with refused(errors.PayoutNotFound):
            await settled.payout(asked.payout_id, settled.buyer)
        found = await sale.call(sale.payouts.ListPayouts, payout_service_pb2.ListPayoutsRequest(), settled.buyer)
        assert not found.payouts

    async def test_a_failed_transfer_comes_back(self, settled: Contract) -> None:
        asked = await settled.ask("acct_closed")
        await settled.approve(asked)
        failed = await settled.reach_payout(asked.payout_id, payout_pb2.PAYOUT_STATE_FAILED)
        assert failed.failure == "account closed"
        assert await settled.balances() == {**DIVIDED, "PAYOUT_TRANSIT": 0}
        again = await settled.ask()
        await settled.approve(again)
        await settled.reach_payout(again.payout_id, payout_pb2.PAYOUT_STATE_PAID)

    async def test_what_comes_back_days_later_is_owed_again(self, settled: Contract) -> None:
        asked = await settled.ask()
        await settled.approve(asked)
        await settled.reach_payout(asked.payout_id, payout_pb2.PAYOUT_STATE_PAID)
        returned = ProviderEvent("late", "payout.failed", 9, parse_id(asked.payout_id), DUE, "USD", "returned")
        assert await settled.tell(returned) == "APPLIED"
        assert await settled.tell(returned) == "REPEATED"
        assert (await settled.payout(asked.payout_id)).state == payout_pb2.PAYOUT_STATE_FAILED
        assert await settled.balances() == {**DIVIDED, "PAYOUT_TRANSIT": 0}

    async def test_another_amount_settles_nothing(self, settled: Contract) -> None:
        asked = await settled.ask("acct_closed")
        wrong = ProviderEvent("wrong", "payout.paid", 9, parse_id(asked.payout_id), DUE - 1, "USD")
        assert await settled.tell(wrong) == "MISMATCH"
        early = ProviderEvent("early", "payout.paid", 9, parse_id(asked.payout_id), DUE, "USD")
        assert await settled.tell(early) == "UNEXPECTED", "nobody has approved it"
        assert await settled.balances() == DIVIDED


class TestTwoPeople:
    async def test_who_asks_cannot_approve_or_reject(self, sale: Sale, settled: Contract) -> None:
        asked = await settled.ask()
        with refused(errors.FourEyes):
            await settled.approve(asked, settled.maker)
        reject = payout_service_pb2.RejectPayoutRequest(payout_id=asked.payout_id, reason="no")
        with refused(errors.FourEyes):
            await sale.call(sale.payouts.RejectPayout, reject, settled.maker)

    async def test_nor_can_who_is_paid(self, settled: Contract) -> None:
        with refused(errors.FourEyes):
            await settled.approve(await settled.ask(), settled.seller)

    async def test_the_database_says_so_too(self, sale: Sale, settled: Contract) -> None:
        asked = await settled.ask()
        with pytest.raises(asyncpg.CheckViolationError):
            await sale.sql(
                "UPDATE deal.payouts SET state = 'APPROVED', checker_id = maker_id WHERE id = $1",
                parse_id(asked.payout_id),
            )
        with pytest.raises(asyncpg.CheckViolationError):
            await sale.sql("UPDATE deal.payouts SET state = 'APPROVED' WHERE id = $1", parse_id(asked.payout_id))

    async def test_a_permission_is_needed(self, sale: Sale, settled: Contract) -> None:
        weak = sale.seller(settled.organization_id)
        with refused(PermissionMissing):
            await settled.ask(side=weak)

    async def test_of_many_approvals_one_counts(self, settled: Contract) -> None:
        asked = await settled.ask()
        asked.etag = ""
        answers = await asyncio.gather(*(settled.approve(asked) for _ in range(10)), return_exceptions=True)
        refusals = [answer for answer in answers if isinstance(answer, grpc.aio.AioRpcError)]
        assert len(refusals) == 9
        assert {refusal.code() for refusal in refusals} == {grpc.StatusCode.FAILED_PRECONDITION}
        await settled.reach_payout(asked.payout_id, payout_pb2.PAYOUT_STATE_PAID)
        assert (await settled.balances())["AGENT_PAYABLE"] == 0


class TestRefusals:
    async def test_before_a_reconciliation(self, contract: Contract) -> None:
        await contract.distributed()
        with refused(errors.NotSettled):
            await contract.ask()

    async def test_after_one_that_is_open_discarded_or_found_another_amount(
        self, sale: Sale, contract: Contract
    ) -> None:
        payment = await contract.distributed()
        await contract.close(await contract.reconcile(f"charge,{payment.payment_id},4800.01,USD"), "the bank's error")
        with refused(errors.NotSettled):
            await contract.ask()
        await contract.reconcile(f"charge,{payment.payment_id},4800.00,USD")
        with refused(errors.NotSettled):
            await contract.ask()

    async def test_before_the_commission_is_divided(self, contract: Contract) -> None:
        await contract.released()
        with refused(errors.NothingToPayOut):
            await contract.ask()

    async def test_one_at_a_time(self, settled: Contract) -> None:
        await settled.ask()
        with refused(errors.PayoutExists):
            await settled.ask()

    async def test_reject_and_cancel(self, sale: Sale, settled: Contract) -> None:
        asked = await settled.ask()
        reject = payout_service_pb2.RejectPayoutRequest(payout_id=asked.payout_id, reason="wrong account")
        rejected = (await sale.call(sale.payouts.RejectPayout, reject, settled.colleague())).payout
        assert (rejected.state, rejected.reason) == (payout_pb2.PAYOUT_STATE_REJECTED, "wrong account")
        again = await settled.ask()
        cancel = payout_service_pb2.CancelPayoutRequest(payout_id=again.payout_id)
        cancelled = (await sale.call(sale.payouts.CancelPayout, cancel, settled.maker)).payout
        assert cancelled.state == payout_pb2.PAYOUT_STATE_CANCELLED
        with refused(errors.PayoutStateRefused):
            await settled.approve(cancelled)
        assert await settled.balances() == DIVIDED

    async def test_by_a_provider_that_is_no_longer_set_up(self, sale: Sale, settled: Contract) -> None:
        """Nobody could send it: what is owed stays where it is, and the payout can be cancelled and asked for anew."""
        asked = await settled.ask()
        await sale.sql("UPDATE deal.payouts SET provider = 'gone' WHERE id = $1", parse_id(asked.payout_id))
        with refused(errors.ProviderMissing) as refusal:
            await settled.approve(asked)
        assert refusal.metadata == {"provider": "gone"}
        assert (await settled.payout(asked.payout_id)).state == payout_pb2.PAYOUT_STATE_REQUESTED
        assert await settled.balances() == DIVIDED

    async def test_an_old_etag(self, settled: Contract) -> None:
        asked = await settled.ask()
        asked.etag = "old"
        with refused(EtagMismatch):
            await settled.approve(asked)

    async def test_strangers_find_nothing(self, sale: Sale, settled: Contract) -> None:
        asked = await settled.ask()
        stranger = sale.seller(None, "deal.manage")
        with refused(errors.PayoutNotFound):
            await settled.payout(asked.payout_id, stranger)
        with refused(errors.PayoutNotFound):
            await settled.approve(asked, stranger)
        with refused(errors.DealNotFound):
            await settled.ask(side=stranger)


class TestSettlement:
    """What a dispute asks of the ledger."""

    async def _settle(self, contract: Contract, settlement: Settlement) -> None:
        database = contract.sale.harness.resources.database("deal")
        async with database.transaction(system_for(contract.organization_id)) as tx:
            deal = await DealRepository(tx).get_for_update(parse_id(contract.deal_id))
            now = contract.sale.harness.clock.now()
            await settle_token(tx, deal, settlement, by=new_id(), reason="decided", now=now)

    async def test_in_three_parts(self, contract: Contract) -> None:
        held = await contract.held()
        await self._settle(contract, Settlement(refund=100_000, release=300_000, forfeit=80_000))
        refunded = await contract.reach(held.payment_id, payment_pb2.PAYMENT_STATE_REFUNDED)
        assert refunded.held_amount.units == 0
        assert await contract.balances() == {
            "PROVIDER_CLEARING": -380_000,
            "ESCROW": 0,
            "COMMISSION_RECEIVED": 300_000,
            "SELLER_PAYABLE": 80_000,
        }

    async def test_without_a_refund_it_ends_at_once(self, contract: Contract) -> None:
        held = await contract.held()
        await self._settle(contract, Settlement.of_shares(480_000, release=6_667, forfeit=3_333))
        assert (await contract.get(held.payment_id)).state == payment_pb2.PAYMENT_STATE_RELEASED
        found = await contract.balances()
        assert found["COMMISSION_RECEIVED"] + found["SELLER_PAYABLE"] == 480_000

    async def test_a_part_that_cannot_be_sent_back_stays_held(self, sale: Sale, contract: Contract) -> None:
        held = await contract.held()
        payment_id = parse_id(held.payment_id)
        # The in-suite provider remembers to have been asked already and stays silent: somebody else tells.
        await sale.sql("INSERT INTO deal.insuite_orders VALUES ($1, $2)", payment_id, f"{payment_id}/refund/1")
        await self._settle(contract, Settlement(refund=100_000, forfeit=380_000))
        failed = ProviderEvent("no", "refund.failed", 2, payment_id, 100_000, "USD", "card closed")
        assert await contract.tell(failed) == "APPLIED"
        stays = await contract.get(held.payment_id)
        assert (stays.state, stays.held_amount.units) == (payment_pb2.PAYMENT_STATE_HELD, 1_000)
        assert (await contract.balances())["ESCROW"] == 100_000
        release = payment_pb.ReleasePaymentRequest(payment_id=held.payment_id)
        await sale.call(sale.payments.ReleasePayment, release, contract.seller)
        assert (await contract.balances())["ESCROW"] == 0

    @pytest.mark.parametrize(
        "settlement", [Settlement(refund=480_001), Settlement(release=1), Settlement(refund=480_001, forfeit=-1)]
    )
    async def test_not_all_or_more_than_is_held(self, contract: Contract, settlement: Settlement) -> None:
        await contract.held()
        with pytest.raises(InvalidFields):
            await self._settle(contract, settlement)

    async def test_nothing_is_held(self, contract: Contract) -> None:
        with pytest.raises(errors.PaymentNotFound):
            await self._settle(contract, Settlement(refund=1))
