"""DisputeService: contesting, showing, deciding, and what a decision does to the money."""

import asyncio
import hashlib
from collections import Counter
from datetime import timedelta
from typing import Any

import asyncpg
import grpc
import pytest

from doorstep.deal.v1 import (
    commission_service_pb2,
    deal_events_pb2,
    deal_service_pb2,
    dispute_pb2,
    document_service_pb2,
    payment_pb2,
    payout_pb2,
)
from doorstep.deal.v1 import dispute_service_pb2 as pb
from doorstep.deal.v1 import payment_service_pb2 as payments
from services.chassis.errors import EtagMismatch, ReauthRequired
from services.chassis.ids import new_id, parse_id
from services.chassis.testing import Refusal, refused
from services.deal import errors
from services.deal.operations.dispute import MOST_EVIDENCE, TIME_TO_ANSWER
from services.deal.policy import OPERATE
from services.deal.providers import ProviderEvent
from tests.deal.cases import PAID, SHA, Case
from tests.deal.conftest import Sale, Side
from tests.deal.test_commission_policies import AGENT, PLATFORM, REFERRAL, policy
from tests.fixtures.people import agent


@pytest.fixture
async def case(sale: Sale) -> Case:
    return await Case.make(sale)


class TestSides:
    async def test_open_answer_decide(self, case: Case) -> None:
        opened = await case.open()
        assert opened.state == dispute_pb2.DISPUTE_STATE_OPEN
        assert (opened.party, opened.opener_id) == (dispute_pb2.DEAL_PARTY_BUYER, str(case.buyer.user_id))
        answered = await case.respond(opened)
        assert answered.state == dispute_pb2.DISPUTE_STATE_UNDER_REVIEW
        assert answered.responder_id == str(case.seller.user_id)
        decided = await case.resolve(answered, "DISMISSED", etag=answered.etag)
        assert decided.state == dispute_pb2.DISPUTE_STATE_RESOLVED
        assert (decided.outcome, decided.resolver_id) == (
            dispute_pb2.DISPUTE_OUTCOME_DISMISSED,
            str(case.operator.user_id),
        )
        for side in (case.buyer, case.seller, case.operator):
            assert await case.read(opened, side) == decided
        assert await case.timeline() == ["dispute.resolve", "dispute.respond", "dispute.open"]
        names = [type(event).__name__ for event in await case.told()]
        assert names == ["DisputeOpened", "DisputeAnswered", "DisputeResolved"]

    async def test_the_seller_may_open_and_the_buyer_answer(self, case: Case) -> None:
        opened = await case.open(case.seller, reason="DISPUTE_REASON_PAYMENT")
        assert opened.party == dispute_pb2.DEAL_PARTY_SELLER
        with refused(errors.NotAParty):
            await case.respond(opened, case.seller)
        assert (await case.respond(opened, case.buyer)).responder_id == str(case.buyer.user_id)

    async def test_strangers(self, case: Case) -> None:
        opened = await case.open()
        reader = Side(case.sale.harness, case.seller.organization_id, ("deal.read",))
        for stranger in (case.sale.buyer(), case.sale.seller()):
            with refused(errors.DealNotFound):
                await case.open(stranger)
            for call in (case.read, case.respond, case.withdraw, case.show):
                with refused(errors.DisputeNotFound):
                    await call(opened, stranger)
            assert await case.listed(stranger) == []
        assert await case.read(opened, reader) == opened
        for call in (case.respond, case.withdraw, case.show):
            with refused(errors.NotAParty):
                await call(opened, reader)
        with refused("PERMISSION_MISSING"):
            await case.resolve(opened, "DISMISSED", case.seller)

    async def test_lists(self, case: Case) -> None:
        opened = await case.open()
        for side in (case.buyer, case.seller):
            assert await case.listed(side) == [opened.dispute_id]
            assert await case.listed(side, states=["DISPUTE_STATE_RESOLVED"]) == []
        assert opened.dispute_id in await case.listed(case.operator)
        assert await case.listed(case.operator, deal_id=case.deal_id) == [opened.dispute_id]

    async def test_one_at_a_time(self, case: Case) -> None:
        ended = await asyncio.gather(
            *(case.open(side) for side in [case.buyer, case.seller] * 5), return_exceptions=True
        )
        won = [e for e in ended if isinstance(e, dispute_pb2.Dispute)]
        lost = [Refusal.of(e).reason for e in ended if isinstance(e, grpc.aio.AioRpcError)]
        assert (len(won), lost) == (1, ["DISPUTE_EXISTS"] * 9)
        opener = case.buyer if won[0].party == dispute_pb2.DEAL_PARTY_BUYER else case.seller
        assert (await case.withdraw(won[0], opener)).state == dispute_pb2.DISPUTE_STATE_WITHDRAWN
        assert (await case.open()).dispute_id != won[0].dispute_id

    async def test_only_who_opened_takes_it_back(self, case: Case) -> None:
        opened = await case.open()
        with refused(errors.NotAParty):
            await case.withdraw(opened, case.seller)
        await case.withdraw(opened)
        for call in (case.respond, case.withdraw):
            with refused(errors.DisputeStateRefused) as refusal:
                await call(await case.read(opened, case.buyer))
            assert refusal.metadata["state"] == "WITHDRAWN"

    async def test_an_old_etag(self, case: Case) -> None:
        opened = await case.open()
        await case.respond(opened)
        with refused(EtagMismatch):
            await case.resolve(opened, "DISMISSED", etag=opened.etag)

    async def test_a_deal_that_fell_through_is_not_contested(self, case: Case) -> None:
        request = deal_service_pb2.CancelDealRequest(deal_id=case.deal_id, reason="no mortgage")
        await case.sale.call(case.sale.deals.CancelDeal, request, case.seller)
        with refused(errors.DealStateRefused):
            await case.open()


class TestEvidence:
    async def document(self, case: Case, content: bytes, **fields: Any) -> str:
        request = document_service_pb2.AddDealDocumentRequest(
            deal_id=case.deal_id,
            document_type="INSPECTION",
            file_name="roof.pdf",
            media_type="application/pdf",
            content=content,
            **fields,
        )
        return str(
            (await case.sale.call(case.sale.documents.AddDealDocument, request, case.seller)).document.document_id
        )

    async def test_a_document_is_shown_with_its_checksum(self, case: Case) -> None:
        opened, content = await case.open(), b"a dry roof"
        shown = await case.show(opened, case.seller, document_id=await self.document(case, content))
        assert shown.sha256 == hashlib.sha256(content).hexdigest()
        request = pb.DownloadDisputeEvidenceRequest(dispute_id=opened.dispute_id, evidence_id=shown.evidence_id)
        for side in (case.buyer, case.seller, case.operator):
            answer = await case.sale.call(case.sale.disputes.DownloadDisputeEvidence, request, side)
            assert (answer.content, answer.media_type) == (content, "application/pdf")
        with refused(errors.DisputeNotFound):
            await case.sale.call(case.sale.disputes.DownloadDisputeEvidence, request, case.sale.buyer())

    async def test_what_is_kept_elsewhere(self, case: Case) -> None:
        opened = await case.open()
        shown = await case.show(opened, case.buyer)
        assert (shown.uri, shown.sha256, shown.party) == (
            "https://photos.example.com/1",
            SHA,
            dispute_pb2.DEAL_PARTY_BUYER,
        )
        request = pb.DownloadDisputeEvidenceRequest(dispute_id=opened.dispute_id, evidence_id=shown.evidence_id)
        with refused(errors.EvidenceNotFound):
            await case.sale.call(case.sale.disputes.DownloadDisputeEvidence, request, case.buyer)
        listing = pb.ListDisputeEvidenceRequest(dispute_id=opened.dispute_id)
        listed = await case.sale.call(case.sale.disputes.ListDisputeEvidence, listing, case.operator)
        assert list(listed.evidence) == [shown]

    async def test_refusals(self, case: Case) -> None:
        opened = await case.open()
        hidden = await self.document(case, b"notes", audience="DOCUMENT_AUDIENCE_MEMBERS")
        with refused(errors.EvidenceHidden):
            await case.show(opened, case.seller, document_id=hidden)
        with refused(errors.DocumentNotFound):
            await case.show(opened, case.buyer, document_id=hidden)
        with refused(errors.DocumentNotFound):
            await case.show(opened, case.buyer, document_id=str(new_id()))
        with refused(errors.ChecksumMismatch):
            await case.show(opened, case.buyer, document_id=await self.document(case, b"seen"), sha256=SHA)
        for wrong in (
            {"uri": "https://x.example.com"},
            {"uri": "http://x.example.com", "sha256": SHA},
            {"sha256": SHA},
        ):
            with refused("INVALID_FIELDS"):
                await case.show(opened, case.buyer, **wrong)
        await case.withdraw(opened)
        with refused(errors.DisputeStateRefused):
            await case.show(opened, case.buyer)

    async def test_there_is_an_end_to_it(self, case: Case) -> None:
        opened = await case.open()
        await case.show(opened, case.buyer)
        await case.sale.sql(
            "INSERT INTO deal.dispute_evidence SELECT organization_id, gen_random_uuid(), dispute_id, buyer_id, party, "
            "actor_id, description, document_id, visit_id, certificate_id, uri, sha256, create_time "
            "FROM deal.dispute_evidence, generate_series(2, $2) WHERE dispute_id = $1",
            parse_id(opened.dispute_id),
            MOST_EVIDENCE,
        )
        with refused(errors.EvidenceLimit):
            await case.show(opened, case.buyer)
        await case.show(opened, case.seller)

    @pytest.mark.parametrize(
        "statement", ["UPDATE deal.dispute_evidence SET uri = ''", "DELETE FROM deal.dispute_evidence"]
    )
    async def test_nothing_is_changed_afterwards(self, case: Case, statement: str) -> None:
        await case.show(await case.open(), case.buyer)
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await case.sale.sql(statement)


class TestJudge:
    async def test_who_has_part_does_not_decide(self, case: Case) -> None:
        opened = await case.respond(await case.open())
        harness = case.sale.harness
        involved = [
            Side(harness, case.seller.organization_id, (OPERATE,)),
            Side(harness, None, (OPERATE,), user_id=case.buyer.user_id),
            Side(harness, None, (OPERATE,), user_id=case.seller.user_id),
        ]
        for operator in involved:
            with refused(errors.OwnCause):
                await case.resolve(opened, "DISMISSED", operator)

    async def test_who_has_acted_in_the_deal_does_not_decide_after_leaving_it(self, case: Case) -> None:
        """Neither who showed evidence for a side, nor who looked at its documents; the operator's own decisions count
        for nothing."""
        opened = await case.respond(await case.open())
        witness, clerk = case.sale.seller(case.organization_id), case.colleague()
        await case.show(opened, witness)
        await case.document(clerk)
        for left in (witness, clerk):
            with refused(errors.OwnCause):
                await case.resolve(opened, "DISMISSED", Side(case.sale.harness, None, (OPERATE,), user_id=left.user_id))
        await case.held()
        await case.resolve(opened, "RELEASED")
        again = await case.respond(await case.open())
        assert (await case.resolve(again, "DISMISSED")).state == dispute_pb2.DISPUTE_STATE_RESOLVED

    async def test_who_is_paid_out_of_the_commission_does_not_decide(self, sale: Sale) -> None:
        """A referrer gains by what is released."""
        referrer = Side(sale.harness, None, (OPERATE,))
        seller, buyer = sale.seller(None, "deal.manage"), sale.buyer()
        shares = [(PLATFORM, 2_000), (AGENT, 7_000), (REFERRAL, 1_000)]
        await policy(sale, seller, (0, shares), payee=str(referrer.user_id))
        case = Case(sale, seller, buyer, await sale.accept(seller, await sale.offer(buyer, await sale.listing(seller))))
        opened = await case.respond(await case.open())
        with refused(errors.OwnCause):
            await case.resolve(opened, "DISMISSED", referrer)
        assert (await case.resolve(opened, "DISMISSED")).state == dispute_pb2.DISPUTE_STATE_RESOLVED

    async def test_a_member_of_the_organisation_does_not_decide_as_somebody_else(self, sale: Sale) -> None:
        """Who signs in as an operator without the organisation is still a member of it."""
        colleague = await agent(sale.harness)
        seller, buyer = sale.seller(colleague.organization_id), sale.buyer()
        accepted = await sale.accept(seller, await sale.offer(buyer, await sale.listing(seller)))
        case = Case(sale, seller, buyer, accepted)
        case.operator = Side(sale.harness, None, (OPERATE,), user_id=colleague.user_id)
        with refused(errors.OwnCause):
            await case.resolve(await case.respond(await case.open()), "DISMISSED")

    async def test_the_other_side_is_heard_first(self, case: Case) -> None:
        opened = await case.open()
        with refused(errors.DisputeUnanswered) as refusal:
            await case.resolve(opened, "DISMISSED")
        assert refusal.metadata["response_deadline"]
        past = "UPDATE deal.disputes SET response_deadline = response_deadline - $2::interval WHERE id = $1"
        await case.sale.sql(past, parse_id(opened.dispute_id), TIME_TO_ANSWER + timedelta(minutes=1))
        assert (await case.resolve(opened, "DISMISSED")).state == dispute_pb2.DISPUTE_STATE_RESOLVED

    async def test_a_password_is_asked_for(self, case: Case) -> None:
        operator = Side(case.sale.harness, None, (OPERATE,), age=3600)
        with refused(ReauthRequired):
            await case.resolve(await case.open(), "DISMISSED", operator)

    async def test_it_is_decided_once(self, case: Case) -> None:
        opened = await case.respond(await case.open())
        await case.held()
        outcomes = ["REFUNDED", "FORFEITED", "RELEASED", "DISMISSED"] * 3
        ended = await asyncio.gather(*(case.resolve(opened, o) for o in outcomes), return_exceptions=True)
        assert sum(isinstance(e, dispute_pb2.Dispute) for e in ended) == 1
        lost = Counter(Refusal.of(e).reason for e in ended if isinstance(e, grpc.aio.AioRpcError))
        assert lost == {"DISPUTE_STATE": len(outcomes) - 1}
        rows = await case.sale.sql(
            "SELECT count(*) AS n FROM deal.ledger_transactions WHERE deal_id = $1 AND kind <> 'hold'",
            parse_id(case.deal_id),
        )
        assert rows[0]["n"] <= 1

    async def test_the_database_itself_refuses_a_judge_in_their_own_cause(self, case: Case) -> None:
        opened = await case.respond(await case.open())
        with pytest.raises(asyncpg.CheckViolationError):
            await case.sale.sql(
                "UPDATE deal.disputes SET state = 'RESOLVED', outcome = 'DISMISSED', resolver_id = buyer_id "
                "WHERE id = $1",
                parse_id(opened.dispute_id),
            )


class TestMoney:
    async def test_refund(self, case: Case) -> None:
        payment = await case.held()
        decided = await case.resolve(await case.respond(await case.open()), "REFUNDED")
        assert (decided.payment_id, decided.refund_amount.units) == (payment.payment_id, PAID // 100)
        await case.reach(payment.payment_id, payment_pb2.PAYMENT_STATE_REFUNDED)
        assert await case.amounts() == {}

    async def test_release(self, case: Case) -> None:
        payment = await case.held()
        decided = await case.resolve(await case.respond(await case.open()), "RELEASED")
        assert decided.release_amount.units == PAID // 100
        assert (await case.get(payment.payment_id)).state == payment_pb2.PAYMENT_STATE_RELEASED
        assert await case.amounts() == {"PROVIDER_CLEARING": -PAID, "COMMISSION_RECEIVED": PAID}

    async def test_forfeit(self, case: Case) -> None:
        await case.held()
        decided = await case.resolve(await case.respond(await case.open()), "FORFEITED")
        assert decided.forfeit_amount.units == PAID // 100
        assert await case.amounts() == {"PROVIDER_CLEARING": -PAID, "SELLER_PAYABLE": PAID}

    async def test_split(self, case: Case) -> None:
        payment = await case.held()
        shares = pb.SettlementShares(refund_basis_points=3_333, release_basis_points=3_333, forfeit_basis_points=3_334)
        decided = await case.resolve(await case.respond(await case.open()), "SPLIT", shares=shares)
        parts = [decided.refund_amount, decided.release_amount, decided.forfeit_amount]
        minor = [part.units * 100 + part.nanos // 10_000_000 for part in parts]
        assert minor == [159_984, 159_984, 160_032]
        assert sum(minor) == PAID
        await case.reach(payment.payment_id, payment_pb2.PAYMENT_STATE_REFUNDED)
        assert await case.amounts() == {
            "PROVIDER_CLEARING": -(PAID - minor[0]),
            "COMMISSION_RECEIVED": minor[1],
            "SELLER_PAYABLE": minor[2],
        }
        (event,) = [e for e in await case.told() if isinstance(e, deal_events_pb2.DisputeResolved)]
        assert (event.outcome, event.forfeit_amount) == ("SPLIT", decided.forfeit_amount)

    @pytest.mark.parametrize(("refund", "left"), [(10_000, PAID), (4_000, PAID * 2 // 5)], ids=["all", "a part"])
    async def test_a_refund_that_failed_is_still_the_buyers(self, case: Case, refund: int, left: int) -> None:
        payment = await case.held()
        payment_id = parse_id(payment.payment_id)
        set_provider = "UPDATE deal.payments SET provider = $2 WHERE id = $1"
        await case.sale.sql(set_provider, payment_id, "elsewhere")  # which nobody can ask: the test answers for it
        shares = pb.SettlementShares(refund_basis_points=refund, forfeit_basis_points=10_000 - refund)
        decided = await case.resolve(await case.respond(await case.open()), "SPLIT", shares=shares)
        failed = ProviderEvent("closed", "refund.failed", 2, payment_id, left, "USD", "card closed")
        assert await case.tell(failed) == "APPLIED"
        assert (await case.get(payment.payment_id)).state == payment_pb2.PAYMENT_STATE_HELD
        await case.sale.sql(set_provider, payment_id, "insuite")

        stub = case.sale.payments
        with refused(errors.RefundDecided) as refusal:
            forfeit = payments.ForfeitPaymentRequest(payment_id=payment.payment_id, reason="late")
            await case.sale.call(stub.ForfeitPayment, forfeit, case.seller)
        assert refusal.metadata["dispute_id"] == decided.dispute_id
        with refused(errors.RefundDecided):
            release = payments.ReleasePaymentRequest(payment_id=payment.payment_id)
            await case.sale.call(stub.ReleasePayment, release, case.seller)
        again = payments.RefundPaymentRequest(payment_id=payment.payment_id, reason="another account")
        await case.sale.call(stub.RefundPayment, again, case.seller)
        await case.reach(payment.payment_id, payment_pb2.PAYMENT_STATE_REFUNDED)
        assert (await case.amounts()).get("SELLER_PAYABLE", 0) == PAID - left

    async def test_dismissed_leaves_it_where_it_is(self, case: Case) -> None:
        payment = await case.held()
        decided = await case.resolve(await case.respond(await case.open()), "DISMISSED")
        assert not decided.HasField("refund_amount")
        assert await case.amounts() == {"PROVIDER_CLEARING": -PAID, "ESCROW": PAID}
        release = payments.ReleasePaymentRequest(payment_id=payment.payment_id)
        await case.sale.call(case.sale.payments.ReleasePayment, release, case.seller)

    @pytest.mark.parametrize("outcome", ["REFUNDED", "RELEASED", "FORFEITED"])
    async def test_nothing_is_held(self, case: Case, outcome: str) -> None:
        opened = await case.respond(await case.open())
        with refused(errors.NothingHeld):
            await case.resolve(opened, outcome)
        assert await case.read(opened, case.buyer) == opened

    @pytest.mark.parametrize(
        ("outcome", "shares"),
        [
            ("SPLIT", None),
            ("SPLIT", {"refund_basis_points": 9_999}),
            ("SPLIT", {"refund_basis_points": 10_000, "forfeit_basis_points": 1}),
            ("SPLIT", {"refund_basis_points": 10_001}),
            ("REFUNDED", {"refund_basis_points": 10_000}),
        ],
    )
    async def test_shares_that_are_none(self, case: Case, outcome: str, shares: dict[str, int] | None) -> None:
        opened = await case.respond(await case.open())
        with refused("INVALID_FIELDS"):
            await case.resolve(opened, outcome, shares=pb.SettlementShares(**shares) if shares else None)


class TestHold:
    async def test_while_it_lasts_nothing_moves(self, case: Case) -> None:
        sale, payment = case.sale, await case.held()
        opened = await case.open()
        held = (
            (sale.payments.ReleasePayment, payments.ReleasePaymentRequest(payment_id=payment.payment_id)),
            (sale.payments.RefundPayment, payments.RefundPaymentRequest(payment_id=payment.payment_id, reason="x")),
            (sale.payments.ForfeitPayment, payments.ForfeitPaymentRequest(payment_id=payment.payment_id, reason="x")),
            (sale.deals.CloseDeal, deal_service_pb2.CloseDealRequest(deal_id=case.deal_id)),
            (sale.deals.CancelDeal, deal_service_pb2.CancelDealRequest(deal_id=case.deal_id, reason="x")),
        )
        for method, request in held:
            with refused(errors.DealDisputed) as refusal:
                await sale.call(method, request, case.seller)
            assert refusal.metadata["dispute_id"] == opened.dispute_id
        assert await case.amounts() == {"PROVIDER_CLEARING": -PAID, "ESCROW": PAID}
        await case.withdraw(opened)
        await sale.call(*held[0], case.seller)

    async def test_while_it_lasts_nothing_is_divided_or_paid_out(self, case: Case) -> None:
        """Of a deal that is closed already."""
        sale, payment = case.sale, await case.released()
        await case.document()
        close = deal_service_pb2.CloseDealRequest(deal_id=case.deal_id)
        await sale.call(sale.deals.CloseDeal, close, case.seller)
        divide = commission_service_pb2.DistributeCommissionRequest(deal_id=case.deal_id)
        opened = await case.open()
        with refused(errors.DealDisputed):
            await sale.call(sale.commissions.DistributeCommission, divide, case.seller)
        await case.withdraw(opened)
        await sale.call(sale.commissions.DistributeCommission, divide, case.seller)
        await case.close(await case.reconcile(f"charge,{payment.payment_id},4800.00,USD"))
        opened = await case.open()
        with refused(errors.DealDisputed):
            await case.ask()
        await case.withdraw(opened)
        asked = await case.ask()
        opened = await case.open(case.seller)
        with refused(errors.DealDisputed) as refusal:
            await case.approve(asked)
        assert refusal.metadata["dispute_id"] == opened.dispute_id
        await case.withdraw(opened, case.seller)
        assert (await case.approve(asked)).state == payout_pb2.PAYOUT_STATE_APPROVED

    async def test_a_dispute_and_a_release_at_once(self, case: Case) -> None:
        """Whichever comes first: money that has moved is not held, and money that is held has not moved."""
        payment = await case.held()
        release = payments.ReleasePaymentRequest(payment_id=payment.payment_id)
        opened, released = await asyncio.gather(
            case.open(),
            case.sale.call(case.sale.payments.ReleasePayment, release, case.seller),
            return_exceptions=True,
        )
        assert isinstance(opened, dispute_pb2.Dispute)
        if isinstance(released, grpc.aio.AioRpcError):
            assert Refusal.of(released).reason == "DEAL_DISPUTED"
            assert await case.amounts() == {"PROVIDER_CLEARING": -PAID, "ESCROW": PAID}
        else:
            rows = await case.sale.sql(
                "SELECT kind FROM deal.deal_timeline WHERE deal_id = $1 "
                "AND kind IN ('dispute.open', 'payment.release') ORDER BY id",
                parse_id(case.deal_id),
            )
            assert [row["kind"] for row in rows] == ["payment.release", "dispute.open"]
