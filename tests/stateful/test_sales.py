"""Whatever people do, in whatever order: visits, offers, payments and partnerships keep what they promise.

A machine draws calls by anybody about anything, sensible or not, and lets days pass. After each call the tables are
asked (`invariants.py`): every promise holds, every row took a step that its lifecycle knows, and a refusal changed
nothing. At the end of each run what must come true by itself is waited for.
"""

from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from doorstep.deal.v1 import deal_service_pb2, document_service_pb2, offer_service_pb2, payment_service_pb2
from doorstep.partnership.v1 import partner_request_service_pb2, partnership_service_pb2
from doorstep.visit.v1 import visit_service_pb2
from services.chassis.testing.errors import Refusal
from tests.faults.scale import times
from tests.fixtures.people import Someone
from tests.stateful.invariants import STEPS
from tests.stateful.world import Company, World

HOURS = st.sampled_from((1, 2, 3, 26))
"""Ahead of now: few, so that people meet."""
PRICES = st.sampled_from((1, 480_000, 500_000))
WHICH = st.integers(0, 999)
"""One of what there is."""
PEOPLE = ("buyer", "other buyer", "agent", "admin")
ANYBODY = st.sampled_from((*("the right one",) * 8, *PEOPLE))
"""Mostly whoever may, or else nothing ever gets far."""
BUYERS = st.sampled_from(("buyer", "other buyer", "buyer", "other buyer", "agent", "admin"))


def someone_of(company: Company, who: str) -> Someone:
    return {
        "buyer": company.buyers[0],
        "other buyer": company.buyers[1],
        "agent": company.agent,
        "admin": company.admin,
    }[who]


def acts(target: str = "", **drawn: Any) -> Callable[[Callable[..., Any]], Any]:
    """A rule for things that there are: an argument drawn from the name of a kind is one of that kind.

    Bundles would draw from what is there. That depends on what goes on beside the calls, and hypothesis gives up where
    the same choices cannot be made again; so a number is drawn, whatever there is.

    Args:
        target: The kind of what is answered, unless it is None.
        drawn: Strategies, or names of kinds, by argument.
    """
    kinds = {name: kind for name, kind in drawn.items() if isinstance(kind, str)}

    def decorate(function: Callable[..., Any]) -> Any:
        @wraps(function)
        def act(machine: "Sales", *known: Any, **given: Any) -> Any:
            if known:  # by another rule
                return function(machine, *known, **given)
            for name, kind in kinds.items():
                things = machine.things[kind]
                if not things:
                    return None
                given[name] = things[given[name] % len(things)]
            made = function(machine, **given)
            if target and made is not None:
                machine.things[target].append(made)
            return None

        return rule(**{**drawn, **dict.fromkeys(kinds, WHICH)})(act)

    return decorate


class Sales(RuleBasedStateMachine):
    """Calls by anybody about anything."""

    world: ClassVar[World]
    made: ClassVar[Counter[str]] = Counter()
    """Calls of the whole run, by what came of them."""

    def __init__(self) -> None:
        super().__init__()
        self.things: defaultdict[str, list[Any]] = defaultdict(list, codes=["000000"])
        """What there is of each kind."""
        self.known = self.world.state()
        self.owner: dict[str, str] = {}
        """Of visits, offers, deals, payments and requests: who asked for them."""
        self.asked: dict[str, str] = {}
        """Of requests: who was asked."""

    def call(self, method: Any, request: Any, who: str, right: str = "") -> Any:
        """Call; a refusal must have changed nothing that has a state.

        Args:
            method: Of a stub.
            request: To send.
            who: As drawn.
            right: Who "the right one" is.
        """
        who = right if who == "the right one" else who
        answer = self.world.call(method, request, someone_of(self.company, who))
        self.made["refused" if isinstance(answer, Refusal) else "granted"] += 1
        if isinstance(answer, Refusal):
            changed = {
                (table, row): (self.known[table].get(row), found)
                for table, rows in self.world.state().items()
                for row, found in rows.items()
                if self.known[table].get(row) != found
            }
            # Jobs and events go on beside: payments settle, and nobody answered in time where a full hour strikes.
            assert all(
                table == "deal.payments" or (before is not None and found == ("EXPIRED", before[1] + 1))
                for (table, _), (before, found) in changed.items()
            ), (answer, changed)
        return answer

    @initialize()
    def begin(self) -> None:
        self.world.harness.clock.offset *= 0
        self.company = self.world.found_company()

    @rule(days=st.sampled_from((0.05, 1.1, 4)))
    def time_passes(self, days: float) -> None:
        self.world.harness.clock.turn(timedelta(days=days))

    def kept(self, answer: Any, kind: str, who: str) -> Any:
        """The id of what was made, or nothing; remembers whose it is."""
        if isinstance(answer, Refusal):
            return None
        made = getattr(getattr(answer, kind), f"{kind}_id")
        self.owner[made] = who
        return made

    # --- visits -----------------------------------------------------------------------------------------------------

    def when(self, request: Any, hours: int) -> Any:
        start = (self.world.harness.clock.now() + timedelta(hours=hours)).replace(minute=0, second=0, microsecond=0)
        request.start_time.FromDatetime(start)
        request.end_time.FromDatetime(start + timedelta(minutes=30))
        return request

    @acts(target="visits", who=BUYERS, home=st.integers(0, 1), hours=HOURS)
    def request_visit(self, who: str, home: int, hours: int) -> Any:
        listing_id = self.company.listings[home]
        request = self.when(visit_service_pb2.RequestVisitRequest(listing_id=listing_id), hours)
        answer = self.call(self.world.visits.RequestVisit, request, who)
        return self.kept(answer, "visit", who)

    @acts(visit="visits", who=ANYBODY, verb=st.sampled_from(("Counter", "Reschedule")), hours=HOURS)
    def propose_another_time(self, visit: str, who: str, verb: str, hours: int) -> None:
        request = getattr(visit_service_pb2, f"{verb}VisitRequest")(visit_id=visit)
        right = "agent" if verb == "Counter" else self.owner[visit]
        self.call(getattr(self.world.visits, f"{verb}Visit"), self.when(request, hours), who, right)

    @acts(
        visit="visits",
        who=ANYBODY,
        rpc=st.sampled_from(
            ("ApproveVisit", "AcceptCounter", "RejectVisit", "CancelVisit", "CompleteVisit", "MarkVisitNoShow")
        ),
    )
    def move_visit(self, visit: str, who: str, rpc: str) -> None:
        right = self.owner[visit] if rpc in {"AcceptCounter", "CancelVisit"} else "agent"
        request = getattr(visit_service_pb2, f"{rpc}Request")(visit_id=visit)
        self.call(getattr(self.world.visits, rpc), request, who, right)

    @acts(visit="visits", who=ANYBODY)
    def override_visit(self, visit: str, who: str) -> None:
        request = visit_service_pb2.OverrideVisitRequest(visit_id=visit, reason="both were there")
        self.call(self.world.visits.OverrideVisit, request, who, "admin")

    @acts(visit="visits", who=ANYBODY)
    def accept_evidence(self, visit: str, who: str) -> None:
        request = visit_service_pb2.AcceptVisitEvidenceRequest(visit_id=visit, reason="both were there")
        self.call(self.world.visits.AcceptVisitEvidence, request, who, "admin")

    @acts(target="codes", visit="visits", who=ANYBODY)
    def issue_code(self, visit: str, who: str) -> Any:
        request = visit_service_pb2.IssueVisitCodeRequest(visit_id=visit)
        answer = self.call(self.world.visits.IssueVisitCode, request, who, self.owner[visit])
        return None if isinstance(answer, Refusal) else answer.code

    @acts(visit="visits", code="codes", who=ANYBODY)
    def start_visit(self, visit: str, code: str, who: str) -> None:
        request = visit_service_pb2.StartVisitRequest(visit_id=visit, code=code)
        self.call(self.world.visits.StartVisit, request, who, "agent")

    @acts(visit="visits")
    def meet(self, visit: str) -> None:
        """The way that a visit goes well, for which chance alone would need too long."""
        self.call(self.world.visits.ApproveVisit, visit_service_pb2.ApproveVisitRequest(visit_id=visit), "agent")
        found = self.call(self.world.visits.GetVisit, visit_service_pb2.GetVisitRequest(visit_id=visit), "agent")
        clock = self.world.harness.clock
        clock.turn(max(found.visit.start_time.ToDatetime(clock.now().tzinfo) - clock.now(), timedelta()))
        issue = visit_service_pb2.IssueVisitCodeRequest(visit_id=visit)
        answer = self.call(self.world.visits.IssueVisitCode, issue, self.owner[visit])
        if not isinstance(answer, Refusal):
            self.start_visit(visit, answer.code, "agent")
            self.move_visit(visit, "agent", "CompleteVisit")

    # --- offers, deals and money ------------------------------------------------------------------------------------

    @acts(target="offers", who=BUYERS, home=st.integers(0, 1), price=PRICES)
    def make_offer(self, who: str, home: int, price: int) -> Any:
        request = offer_service_pb2.MakeOfferRequest(listing_id=self.company.listings[home])
        request.price.currency_code, request.price.units = "USD", price
        answer = self.call(self.world.offers.MakeOffer, request, who)
        return self.kept(answer, "offer", who)

    @acts(offer="offers", who=ANYBODY, price=PRICES)
    def counter_offer(self, offer: str, who: str, price: int) -> None:
        request = offer_service_pb2.CounterOfferRequest(offer_id=offer)
        request.price.currency_code, request.price.units = "USD", price
        self.call(self.world.offers.CounterOffer, request, who, "agent")

    @acts(offer="offers", who=ANYBODY, verb=st.sampled_from(("Reject", "Withdraw")))
    def end_offer(self, offer: str, who: str, verb: str) -> None:
        request = getattr(offer_service_pb2, f"{verb}OfferRequest")(offer_id=offer)
        right = "agent" if verb == "Reject" else self.owner[offer]
        self.call(getattr(self.world.offers, f"{verb}Offer"), request, who, right)

    @acts(target="deals", offer="offers", who=ANYBODY)
    def accept_offer(self, offer: str, who: str) -> Any:
        request = offer_service_pb2.AcceptOfferRequest(offer_id=offer)
        answer = self.call(self.world.offers.AcceptOffer, request, who, "agent")
        if isinstance(answer, Refusal):
            return None
        self.owner[answer.offer.deal_id] = self.owner[offer]
        return answer.offer.deal_id

    @acts(
        target="payments", deal="deals", who=ANYBODY, payment_method=st.sampled_from(("pm_ok", "pm_ok", "pm_declined"))
    )
    def pay(self, deal: str, who: str, payment_method: str) -> Any:
        request = payment_service_pb2.CreatePaymentRequest(deal_id=deal, payment_method=payment_method)
        answer = self.call(self.world.payments.CreatePayment, request, who, self.owner[deal])
        return self.kept(answer, "payment", self.owner[deal])

    @acts(payment="payments", who=ANYBODY, verb=st.sampled_from(("Release", "Refund", "Forfeit")))
    def move_payment(self, payment: str, who: str, verb: str) -> None:
        message = getattr(payment_service_pb2, f"{verb}PaymentRequest")
        request = message(payment_id=payment, **({"reason": "agreed"} if verb != "Release" else {}))
        self.world.until_settled(payment)
        self.call(getattr(self.world.payments, f"{verb}Payment"), request, who, "admin")

    @acts(target="documents", deal="deals", who=ANYBODY)
    def add_document(self, deal: str, who: str) -> Any:
        request = document_service_pb2.AddDealDocumentRequest(
            deal_id=deal,
            document_type="PURCHASE_AGREEMENT",
            file_name="agreement.pdf",
            media_type="application/pdf",
            content=deal.encode(),
        )
        answer = self.call(self.world.documents.AddDealDocument, request, who, "agent")
        return None if isinstance(answer, Refusal) else (deal, answer.document.document_id)

    @acts(document="documents", who=ANYBODY)
    def verify_document(self, document: tuple[str, str], who: str) -> None:
        deal, document_id = document
        request = document_service_pb2.VerifyDealDocumentRequest(deal_id=deal, document_id=document_id)
        self.call(self.world.documents.VerifyDealDocument, request, who, "admin")

    @acts(deal="deals", who=ANYBODY, verb=st.sampled_from(("Close", "Cancel")))
    def end_deal(self, deal: str, who: str, verb: str) -> None:
        request = getattr(deal_service_pb2, f"{verb}DealRequest")(deal_id=deal)
        self.call(getattr(self.world.deals, f"{verb}Deal"), request, who, "admin")

    @acts(offer="offers")
    def sell(self, offer: str) -> None:
        """The way that a sale goes well, for which chance alone would need too long."""
        deal = self.accept_offer(offer, "agent")
        if isinstance(deal, str):
            payment = self.pay(deal, "the right one", "pm_ok")
            document = self.add_document(deal, "agent")
            self.verify_document(document, "admin")
            self.move_payment(payment, "admin", "Release")
            self.end_deal(deal, "admin", "Close")

    # --- partnerships -----------------------------------------------------------------------------------------------

    @acts(target="requests", who=st.sampled_from(PEOPLE), whom=st.sampled_from(PEOPLE))
    def ask(self, who: str, whom: str) -> Any:
        recipient = someone_of(self.company, whom)
        request = partner_request_service_pb2.CreatePartnerRequestRequest(recipient_id=recipient.id, note="shall we?")
        answer = self.call(self.world.requests.CreatePartnerRequest, request, who)
        if not isinstance(answer, Refusal):
            self.asked[answer.partner_request.partner_request_id] = whom
        return self.kept(answer, "partner_request", who)

    @acts(
        target="partnerships", request="requests", who=ANYBODY, verb=st.sampled_from(("Accept", "Reject", "Withdraw"))
    )
    def answer(self, request: str, who: str, verb: str) -> Any:
        message = getattr(partner_request_service_pb2, f"{verb}PartnerRequestRequest")
        rpc = getattr(self.world.requests, f"{verb}PartnerRequest")
        right = self.owner[request] if verb == "Withdraw" else self.asked[request]
        found = self.call(rpc, message(partner_request_id=request), who, right)
        accepted = verb == "Accept" and not isinstance(found, Refusal)
        if not accepted:
            return None
        self.owner[found.partnership.partnership_id] = self.owner[request]
        return found.partnership.partnership_id

    @acts(partnership="partnerships", who=ANYBODY)
    def part(self, partnership: str, who: str) -> None:
        request = partnership_service_pb2.EndPartnershipRequest(partnership_id=partnership)
        self.call(self.world.partnerships.EndPartnership, request, who, self.owner[partnership])

    @rule(
        who=st.sampled_from(PEOPLE), whom=st.sampled_from(PEOPLE), verb=st.sampled_from(("Block", "Unblock", "Unblock"))
    )
    def block(self, who: str, whom: str, verb: str) -> None:
        request = getattr(partnership_service_pb2, f"{verb}UserRequest")(user_id=someone_of(self.company, whom).id)
        self.call(getattr(self.world.partnerships, f"{verb}User"), request, who)

    # --- what must hold ---------------------------------------------------------------------------------------------

    @invariant()
    def every_promise_holds(self) -> None:
        self.world.assert_always()

    @invariant()
    def every_row_took_a_step_that_its_lifecycle_knows(self) -> None:
        now = self.world.state()
        for table, rows in now.items():
            for row, (state, version) in rows.items():
                before = self.known[table].get(row)
                if before is not None and before[0] != state:
                    assert state in _reachable(STEPS[table], before[0]), (table, row, before, state)
                assert before is None or version >= before[1], (table, row, before, version)
            assert rows.keys() >= self.known[table].keys(), f"rows of {table} are gone"
        self.known = now

    def teardown(self) -> None:
        self.world.assert_in_the_end()
        self.world.assert_always()


def _reachable(steps: dict[str, set[str]], state: str) -> set[str]:
    """States after one or more steps: an event may come in beside a call."""
    found: set[str] = set()
    ways = set(steps.get(state, ()))
    while ways:
        found |= ways
        ways = {to for frm in ways for to in steps.get(frm, ())} - found
    return found


@pytest.mark.timeout(times(1200, 7200))
def test_whatever_people_do(world: World) -> None:
    Sales.world, Sales.made = world, Counter()
    run_state_machine_as_test(
        Sales,
        settings=settings(
            max_examples=times(6, 200),
            stateful_step_count=times(100, 100),
            deadline=None,
            phases=(Phase.generate,),  # a step takes too long to look for a shorter story of a failure
            database=None,
            suppress_health_check=list(HealthCheck),
            print_blob=True,
        ),
    )
    print(f"{dict(Sales.made)} calls")
    assert min(Sales.made["granted"], Sales.made["refused"]) >= times(30, 1_000), "hardly anything was done"
