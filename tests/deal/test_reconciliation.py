"""Ledger, provider and statement held against each other, through the service."""

import asyncio

import grpc
import pytest

from doorstep.deal.v1 import payment_pb2, payout_pb2, reconciliation_pb2
from doorstep.deal.v1 import payment_service_pb2 as payment_pb
from doorstep.deal.v1 import reconciliation_service_pb2 as pb
from services.chassis.errors import EtagMismatch, InvalidFields
from services.chassis.ids import new_id, parse_id
from services.chassis.testing import refused
from services.deal import errors
from services.deal.providers import ProviderEvent
from tests.deal.conftest import Sale
from tests.deal.money import Contract, statement


@pytest.fixture
async def contract(sale: Sale) -> Contract:
    return await Contract.make(sale)


async def charge(contract: Contract, amount: str = "4800.00") -> str:
    return f"charge,{(await contract.held()).payment_id},{amount},USD"


class TestDifferences:
    async def test_three_that_agree(self, contract: Contract) -> None:
        run = await contract.reconcile(await charge(contract))
        assert (run.matched, run.differences, run.statement_lines) == (1, 0, 1)
        (line,) = await contract.lines(run)
        assert line.result == reconciliation_pb2.RECONCILIATION_RESULT_MATCHED
        assert line.ledger.amount_minor == line.provider.amount_minor == line.statement.amount_minor == 480_000
        assert (await contract.close(run)).state == reconciliation_pb2.RECONCILIATION_STATE_CLOSED

    async def test_one_minor_unit_is_a_difference(self, contract: Contract) -> None:
        run = await contract.reconcile(await charge(contract, "4800.01"))
        assert await contract.results(run) == [("CHARGE", "AMOUNT_DIFFERS")]

    async def test_what_the_statement_does_not_have_yet_is_found_by_the_next_one(self, contract: Contract) -> None:
        line = await charge(contract)
        run = await contract.reconcile()
        assert await contract.results(run) == [("CHARGE", "MISSING_IN_STATEMENT")]
        await contract.close(run, "booked tomorrow")
        later = await contract.reconcile(line)
        assert await contract.results(later) == [("CHARGE", "MATCHED")]

    async def test_what_only_the_statement_has_is_carried_until_the_others_know_it(self, contract: Contract) -> None:
        created = await contract.pay("pm_ok")
        stranger = new_id()
        await contract.reach(created.payment_id, payment_pb2.PAYMENT_STATE_HELD)
        run = await contract.reconcile(f"charge,{created.payment_id},4800.00,USD", f"charge,{stranger},1.00,USD")
        assert sorted(await contract.results(run)) == [("CHARGE", "MATCHED"), ("CHARGE", "MISSING_IN_LEDGER")]
        await contract.close(run, "whose is it?")
        later = await contract.reconcile()
        (line,) = await contract.lines(later)
        assert (line.reference, line.result) == (
            str(stranger),
            reconciliation_pb2.RECONCILIATION_RESULT_MISSING_IN_LEDGER,
        )

    async def test_a_line_twice_in_one_statement_or_in_the_next(self, contract: Contract) -> None:
        line = await charge(contract)
        run = await contract.reconcile(line, line)
        assert await contract.results(run) == [("CHARGE", "MATCHED"), ("CHARGE", "DUPLICATE_IN_STATEMENT")]
        await contract.close(run, "asked the bank")
        again = await contract.reconcile(line)
        assert await contract.results(again) == [("CHARGE", "DUPLICATE_IN_STATEMENT")]

    async def test_refunds_and_payouts_go_out(self, sale: Sale, contract: Contract) -> None:
        payment = await contract.held()
        request = payment_pb.RefundPaymentRequest(payment_id=payment.payment_id, reason="fell through")
        await sale.call(sale.payments.RefundPayment, request, contract.seller)
        await contract.reach(payment.payment_id, payment_pb2.PAYMENT_STATE_REFUNDED)
        run = await contract.reconcile(
            f"charge,{payment.payment_id},4800.00,USD", f"refund,{payment.payment_id},-4800.00,USD"
        )
        assert await contract.results(run) == [("CHARGE", "MATCHED"), ("REFUND", "MATCHED")]

    async def test_a_payout_that_came_back(self, contract: Contract) -> None:
        await contract.settled()
        asked = await contract.ask()
        await contract.approve(asked)
        await contract.reach_payout(asked.payout_id, payout_pb2.PAYOUT_STATE_PAID)
        back = ProviderEvent("back", "payout.failed", 9, parse_id(asked.payout_id), 384_000, "USD", "returned")
        await contract.tell(back)
        run = await contract.reconcile(
            f"payout,{asked.payout_id},-3840.00,USD", f"return,{asked.payout_id},3840.00,USD"
        )
        assert await contract.results(run) == [("PAYOUT", "MATCHED"), ("RETURN", "MATCHED")]


class TestRefusedEvents:
    async def test_they_are_shown_until_somebody_has_explained_them(self, sale: Sale, contract: Contract) -> None:
        payment = await contract.held()
        wrong = ProviderEvent("wrong", "refund.succeeded", 9, parse_id(payment.payment_id), 480_001, "USD")
        assert await contract.tell(wrong) == "MISMATCH"
        run = await contract.reconcile(f"charge,{payment.payment_id},4800.00,USD")
        assert await contract.results(run) == [("CHARGE", "MATCHED"), ("REFUND", "EVENT_REFUSED")]
        line = (await contract.lines(run))[1]
        assert (line.provider.amount_minor, line.event_outcome) == (-480_001, "MISMATCH")
        with refused(errors.DifferencesUnexplained):
            await contract.close(run)
        await contract.close(run, "the provider was told")
        assert await contract.results(await contract.reconcile()) == []

    async def test_a_second_token_for_one_deal(self, sale: Sale, contract: Contract) -> None:
        """Money came for a payment that had failed, after another one had been held: it must be sent back."""
        declined = await contract.pay("pm_declined")
        await contract.reach(declined.payment_id, payment_pb2.PAYMENT_STATE_FAILED)
        await contract.held()
        late = ProviderEvent("late", "payment.held", 9, parse_id(declined.payment_id), 480_000, "USD")
        assert await contract.tell(late) == "UNEXPECTED"
        run = await contract.reconcile(f"charge,{declined.payment_id},4800.00,USD")
        assert sorted(await contract.results(run)) == [
            ("CHARGE", "EVENT_REFUSED"),
            ("CHARGE", "MISSING_IN_LEDGER"),
            ("CHARGE", "MISSING_IN_STATEMENT"),
        ]

    async def test_they_are_listed(self, sale: Sale, contract: Contract) -> None:
        payment = await contract.held()
        wrong = ProviderEvent("wrong", "refund.succeeded", 9, parse_id(payment.payment_id), 480_001, "USD")
        await contract.tell(wrong)
        request = pb.ListProviderEventsRequest(page_size=1)
        first = await sale.call(sale.reconciliations.ListProviderEvents, request, contract.seller)
        request.page_token = first.next_page_token
        second = await sale.call(sale.reconciliations.ListProviderEvents, request, contract.seller)
        assert {e.type for e in (*first.events, *second.events)} == {"payment.held", "refund.succeeded"}
        only = pb.ListProviderEventsRequest(outcomes=[reconciliation_pb2.PROVIDER_EVENT_OUTCOME_MISMATCH])
        found = await sale.call(sale.reconciliations.ListProviderEvents, only, contract.seller)
        assert [event.event_id for event in found.events] == ["wrong"]


class TestRuns:
    async def test_bad_lines_are_named_and_nothing_is_stored(self, sale: Sale, contract: Contract) -> None:
        with refused(errors.StatementMalformed) as caught:
            await contract.reconcile(f"charge,{new_id()},1.00,USD", "gift,x,1,USD", f"charge,{new_id()},-1,USD")
        assert caught.metadata["lines"] == "3,4"
        found = await sale.call(
            sale.reconciliations.ListReconciliations, pb.ListReconciliationsRequest(), contract.seller
        )
        assert not found.reconciliations

    async def test_a_statement_that_is_too_big(self, sale: Sale, contract: Contract) -> None:
        request = pb.CreateReconciliationRequest(provider="insuite", statement=b"x" * (1024 * 1024 + 1))
        with refused(InvalidFields):
            await sale.call(sale.reconciliations.CreateReconciliation, request, contract.seller)

    async def test_not_from_the_future(self, sale: Sale, contract: Contract) -> None:
        request = pb.CreateReconciliationRequest(provider="insuite", statement=statement())
        request.through_time.seconds = int(sale.harness.clock.now().timestamp()) + 3_600
        with refused(InvalidFields):
            await sale.call(sale.reconciliations.CreateReconciliation, request, contract.seller)

    async def test_one_open_at_a_time_however_many_begin(self, sale: Sale, contract: Contract) -> None:
        answers = await asyncio.gather(
            *(contract.reconcile(f"charge,{new_id()},1.00,USD") for _ in range(8)), return_exceptions=True
        )
        refusals = [answer for answer in answers if isinstance(answer, grpc.aio.AioRpcError)]
        assert len(refusals) == 7
        assert {refusal.code() for refusal in refusals} == {grpc.StatusCode.ALREADY_EXISTS}

    async def test_a_statement_counts_once_unless_it_was_discarded(self, sale: Sale, contract: Contract) -> None:
        line = await charge(contract)
        run = await contract.reconcile(line)
        with refused(errors.ReconciliationExists):
            await contract.reconcile()
        discard = pb.DiscardReconciliationRequest(reconciliation_id=run.reconciliation_id, etag="old")
        with refused(EtagMismatch):
            await sale.call(sale.reconciliations.DiscardReconciliation, discard, contract.seller)
        discard.etag = run.etag
        await sale.call(sale.reconciliations.DiscardReconciliation, discard, contract.seller)
        again = await contract.reconcile(line)
        assert again.matched == 1, "what was discarded settles nothing"
        await contract.close(again)
        with refused(errors.StatementExists):
            await contract.reconcile(line)
        close = pb.CloseReconciliationRequest(reconciliation_id=again.reconciliation_id)
        with refused(errors.ReconciliationStateRefused):
            await sale.call(sale.reconciliations.CloseReconciliation, close, contract.seller)

    async def test_explaining(self, sale: Sale, contract: Contract) -> None:
        run = await contract.reconcile(await charge(contract), f"charge,{new_id()},1.00,USD")
        matched, missing = await contract.lines(run)
        if matched.result != reconciliation_pb2.RECONCILIATION_RESULT_MATCHED:
            matched, missing = missing, matched
        request = pb.ExplainDifferenceRequest(
            reconciliation_id=run.reconciliation_id, number=matched.number, explanation="why?"
        )
        with refused(errors.DifferenceNotFound):
            await sale.call(sale.reconciliations.ExplainDifference, request, contract.seller)
        request.number = missing.number
        told = (await sale.call(sale.reconciliations.ExplainDifference, request, contract.seller)).line
        assert (told.explanation, told.explainer_id) == ("why?", str(contract.seller.user_id))
        only = pb.ListReconciliationLinesRequest(reconciliation_id=run.reconciliation_id, only_differences=True)
        found = await sale.call(sale.reconciliations.ListReconciliationLines, only, contract.seller)
        assert [line.number for line in found.lines] == [missing.number]
        await contract.close(run)
        with refused(errors.ReconciliationStateRefused):
            await sale.call(sale.reconciliations.ExplainDifference, request, contract.seller)

    async def test_strangers_find_nothing(self, sale: Sale, contract: Contract) -> None:
        run = await contract.reconcile(await charge(contract))
        stranger = sale.seller(None, "deal.manage")
        for method, request in (
            (sale.reconciliations.GetReconciliation, pb.GetReconciliationRequest),
            (sale.reconciliations.ListReconciliationLines, pb.ListReconciliationLinesRequest),
            (sale.reconciliations.CloseReconciliation, pb.CloseReconciliationRequest),
            (sale.reconciliations.DiscardReconciliation, pb.DiscardReconciliationRequest),
        ):
            with refused(errors.ReconciliationNotFound):
                await sale.call(method, request(reconciliation_id=run.reconciliation_id), stranger)
