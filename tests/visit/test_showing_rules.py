"""ShowingRulesService, and how a listing's rules bind its visits."""

import asyncio
from datetime import UTC
from typing import Any

import pytest

from doorstep.visit.v1 import (
    showing_rules_pb2,
    showing_rules_service_pb2_grpc,
    visit_events_pb2,
    visit_service_pb2,
)
from doorstep.visit.v1 import showing_rules_service_pb2 as pb
from services.chassis.errors import EtagMismatch, InvalidFields, PermissionMissing
from services.chassis.ids import new_id
from services.chassis.testing import refused
from services.visit import errors
from tests.fixtures.people import agent, someone
from tests.visit.conftest import Diary, Home, Somebody
from tests.visit.test_availability import free, morning, say
from tests.visit.test_booking import outcome
from tests.visit.test_visits import expire, state


async def contact(diary: Diary) -> Somebody:
    """A user of no organisation whom identity knows: the owner of the home, say."""
    found = await someone(diary.harness)
    return Somebody(found.user_id, found.token)


async def show(
    diary: Diary, home: Home, confirmation: str, *contacts: Somebody, who: Somebody | None = None, **fields: Any
) -> showing_rules_pb2.ShowingRules:
    rules = showing_rules_pb2.ShowingRules(
        listing_id=home.listing_id, confirmation=f"SHOWING_CONFIRMATION_{confirmation}", **fields
    )
    for one in contacts:
        rules.contacts.add(user_id=str(one.user_id), showing_contact_type="SHOWING_CONTACT_TYPE_OWNER")
    stub = diary.harness.stub(showing_rules_service_pb2_grpc.ShowingRulesServiceStub)
    request = pb.ReplaceShowingRulesRequest(showing_rules=rules)
    return (await diary.call(stub.ReplaceShowingRules, request, who or home.agent)).showing_rules


async def shown(diary: Diary, home: Home, who: Somebody) -> showing_rules_pb2.ShowingRules:
    stub = diary.harness.stub(showing_rules_service_pb2_grpc.ShowingRulesServiceStub)
    return (
        await diary.call(stub.GetShowingRules, pb.GetShowingRulesRequest(listing_id=home.listing_id), who)
    ).showing_rules


class TestRules:
    async def test_are_said_and_read(self, diary: Diary, home: Home, buyer: Somebody):
        before = await shown(diary, home, buyer)
        assert (before.confirmation, before.etag) == (showing_rules_pb2.SHOWING_CONFIRMATION_ANY_CONTACT, "")
        owner = await contact(diary)
        said = await show(diary, home, "ALL_CONTACTS", owner, showing_instructions="Ring twice.")
        assert said.etag == '"1"'
        assert await shown(diary, home, home.agent) == said
        outside = await shown(diary, home, buyer)
        assert outside.showing_instructions == "Ring twice."
        assert not outside.contacts, "who is asked is nobody's business outside"

    async def test_etag(self, diary: Diary, home: Home):
        with refused(EtagMismatch):
            await show(diary, home, "AUTO", etag='"1"')
        first = await show(diary, home, "AUTO")
        second = await show(diary, home, "ANY_CONTACT", etag=first.etag)
        assert second.etag == '"2"'
        with refused(EtagMismatch):
            await show(diary, home, "AUTO", etag=first.etag)

    async def test_first_ones_at_once(self, diary: Diary, home: Home):
        assert await asyncio.gather(*(outcome(show(diary, home, "AUTO")) for _ in range(5))) == ["OK"] * 5

    async def test_are_for_the_agent_and_who_manages_visits(self, diary: Diary, home: Home):
        organization_id = home.agent.organization_id
        await show(diary, home, "AUTO", who=diary.member("admin", organization_id))
        with refused(PermissionMissing):
            await show(diary, home, "AUTO", who=diary.member("agent", organization_id))
        with refused(errors.ListingNotFound):
            await show(diary, home, "AUTO", who=diary.member("admin"))

    async def test_contacts_are_users(self, diary: Diary, home: Home):
        nobody = diary.buyer()
        with refused(errors.ContactNotFound) as refusal:
            await show(diary, home, "ANY_CONTACT", nobody)
        assert refusal.metadata == {"user_id": str(nobody.user_id)}

    async def test_that_make_no_sense(self, diary: Diary, home: Home):
        owner = await contact(diary)
        for call, field in (
            (show(diary, home, "ALL_CONTACTS"), "showing_rules.contacts"),
            (show(diary, home, "ANY_CONTACT", owner, owner), "showing_rules.contacts[1].user_id"),
            (show(diary, home, "INSTRUCTIONS_ONLY", showing_instructions="  "), "showing_rules.showing_instructions"),
            (show(diary, home, "UNSPECIFIED"), "showing_rules.confirmation"),
        ):
            with refused(InvalidFields) as refusal:
                await call
            assert refusal.fields == [field]

    async def test_of_a_listing_that_is_not_known(self, diary: Diary, home: Home, buyer: Somebody):
        with refused(errors.ListingNotFound):
            await shown(diary, Home(str(new_id()), home.property_id, home.agent), buyer)
        await diary.market.move(home.agent.token, home.listing_id, "WithdrawListing")
        with refused(errors.ListingNotFound):
            await shown(diary, home, buyer)
        await shown(diary, home, home.agent)


class TestAuto:
    async def test_is_approved_at_once(self, diary: Diary, home: Home, buyer: Somebody):
        await show(diary, home, "AUTO")
        visit = await diary.request(home, buyer, diary.at(days=2))
        assert (state(visit), visit.sequence) == ("APPROVED", 1)
        assert visit.HasField("approve_time")
        assert not visit.HasField("expire_time")
        assert await diary.waiting_jobs(visit) == {"visit.expire 1", "visit.remind 1/1440", "visit.remind 1/60"}
        told = await diary.told(visit)
        assert [type(one).__name__ for one in told] == ["VisitRequested", "VisitApproved"]
        assert told[1].visit.actor_id == ""
        steps = await diary.history(home.agent, visit)
        assert [(step.verb, step.actor_id) for step in steps] == [("approve", ""), ("request", str(buyer.user_id))]

    async def test_still_needs_a_free_time(self, diary: Diary, home: Home, buyer: Somebody):
        await show(diary, home, "AUTO")
        await say(diary, home.agent)
        with refused(errors.SlotUnavailable):
            await diary.request(home, buyer, morning(diary, hour=20))
        calls = [outcome(diary.request(home, diary.buyer(), morning(diary), time_zone="UTC")) for _ in range(10)]
        found = await asyncio.gather(*calls)
        assert sorted(found) == ["OK", *["SLOT_TAKEN"] * 9]


class TestContacts:
    async def test_any_of_them_answers(self, diary: Diary, buyer: Somebody):
        owner, tenant = await contact(diary), await contact(diary)
        for who in ("owner", "tenant", "agent"):
            home = await diary.home()
            await show(diary, home, "ANY_CONTACT", owner, tenant)
            visit = await diary.request(home, diary.buyer(), diary.at(days=2 + len(who)))
            told = (await diary.told(visit))[0]
            assert list(told.visit.contact_ids) == [str(owner.user_id), str(tenant.user_id)]
            one = {"owner": owner, "tenant": tenant, "agent": home.agent}[who]
            visit = await diary.move("ApproveVisit", one, visit, etag=visit.etag)
            assert state(visit) == "APPROVED"
            assert list(visit.confirmed_ids) == ([] if who == "agent" else [str(one.user_id)])
            assert (await diary.history(home.agent, visit))[0].actor_id == str(one.user_id)

    async def test_all_of_them_have_to(self, diary: Diary, home: Home, buyer: Somebody):
        owner, tenant = await contact(diary), await contact(diary)
        await show(diary, home, "ALL_CONTACTS", owner, tenant)
        visit = await diary.request(home, buyer, diary.at(days=2))
        with refused(errors.WrongParty) as refusal:
            await diary.move("ApproveVisit", home.agent, visit)
        assert refusal.metadata == {"party": "CONTACT"}
        for _ in range(2):  # once more makes no difference
            visit = await diary.move("ApproveVisit", owner, visit)
            assert (state(visit), list(visit.confirmed_ids)) == ("PENDING", [str(owner.user_id)])
        visit = await diary.move("ApproveVisit", tenant, visit)
        assert (state(visit), len(visit.confirmed_ids)) == ("APPROVED", 2)
        assert [type(one).__name__ for one in await diary.told(visit)] == ["VisitRequested", "VisitApproved"]
        verbs = [step.verb for step in await diary.history(buyer, visit)]
        assert verbs == ["approve", "confirm", "confirm", "request"]

    async def test_a_part_of_an_answer_does_not_put_off_the_end(self, diary: Diary, home: Home, buyer: Somebody):
        """One of them could keep the time for ever, without the others."""
        owner, tenant = await contact(diary), await contact(diary)
        await show(diary, home, "ALL_CONTACTS", owner, tenant)
        asked = await diary.request(home, buyer, diary.at(days=9))
        for hours in (12, 23):
            with diary.later(diary.at(hours=hours)):
                visit = await diary.move("ApproveVisit", owner, asked)
                assert visit.expire_time == asked.expire_time
        with diary.later(asked.expire_time.ToDatetime(UTC)):
            assert await expire(diary, asked)
            assert state(await diary.get(buyer, visit)) == "EXPIRED"

    async def test_all_at_once(self, diary: Diary, home: Home, buyer: Somebody):
        contacts = [await contact(diary) for _ in range(8)]
        await show(diary, home, "ALL_CONTACTS", *contacts)
        visit = await diary.request(home, buyer, diary.at(days=2))
        found = await asyncio.gather(*(outcome(diary.move("ApproveVisit", one, visit)) for one in contacts))
        assert found == ["OK"] * 8
        assert state(await diary.get(buyer, visit)) == "APPROVED"
        assert [step.verb for step in await diary.history(buyer, visit)].count("approve") == 1

    async def test_who_manages_visits_confirms_for_all(self, diary: Diary, home: Home, buyer: Somebody):
        await show(diary, home, "ALL_CONTACTS", await contact(diary))
        visit = await diary.request(home, buyer, diary.at(days=2))
        admin = diary.member("admin", home.agent.organization_id)
        assert state(await diary.move("ApproveVisit", admin, visit)) == "APPROVED"

    async def test_another_time_is_to_be_confirmed_again(self, diary: Diary, home: Home, buyer: Somebody):
        owner, tenant = await contact(diary), await contact(diary)
        await show(diary, home, "ALL_CONTACTS", owner, tenant)
        visit = await diary.request(home, buyer, diary.at(days=2))
        await diary.move("ApproveVisit", owner, visit)
        await diary.move("RescheduleVisit", buyer, visit, start=diary.at(days=3))
        assert list((await diary.get(home.agent, visit)).confirmed_ids) == []
        assert state(await diary.move("ApproveVisit", tenant, visit)) == "PENDING"

    async def test_all_of_them_have_to_where_the_buyer_proposes_another_time(
        self, diary: Diary, home: Home, buyer: Somebody
    ):
        owner, tenant = await contact(diary), await contact(diary)
        await show(diary, home, "ALL_CONTACTS", owner, tenant)
        visit = await diary.request(home, buyer, diary.at(days=2))
        visit = await diary.move("CounterVisit", home.agent, visit, start=diary.at(days=3))
        visit = await diary.move("CounterVisit", buyer, visit, start=diary.at(days=4))
        for nobody, party in ((home.agent, "CONTACT"), (buyer, "AGENT")):
            with refused(errors.WrongParty) as refusal:
                await diary.move("AcceptCounter", nobody, visit)
            assert refusal.metadata == {"party": party}
        assert state(await diary.move("AcceptCounter", owner, visit)) == "COUNTERED"
        assert state(await diary.move("AcceptCounter", tenant, visit)) == "APPROVED"

    async def test_all_of_them_have_to_where_the_agent_proposes_another_time(
        self, diary: Diary, home: Home, buyer: Somebody
    ):
        """Otherwise an agent could agree with the buyer over the heads of those who all have to."""
        owner, tenant = await contact(diary), await contact(diary)
        await show(diary, home, "ALL_CONTACTS", owner, tenant)
        visit = await diary.request(home, buyer, diary.at(days=2))
        await diary.move("ApproveVisit", owner, visit)
        visit = await diary.move("CounterVisit", home.agent, visit, start=diary.at(days=3))
        assert list(visit.confirmed_ids) == [], "they agreed to another time"
        with refused(errors.WrongParty):
            await diary.move("AcceptCounter", home.agent, visit)
        for one, shown_ in ((tenant, [tenant]), (buyer, [buyer])):
            visit = await diary.move("AcceptCounter", one, visit)
            assert state(visit) == "COUNTERED"
            assert list(visit.confirmed_ids) == [str(who.user_id) for who in shown_]
        visit = await diary.move("AcceptCounter", owner, visit)
        assert (state(visit), len(visit.confirmed_ids)) == ("APPROVED", 3)
        moved = await diary.move("RescheduleVisit", home.agent, visit, start=diary.at(days=5))
        assert state(moved) == "APPROVED"
        back = await diary.move("DeclineReschedule", tenant, visit)
        assert back.start_time == visit.start_time

    async def test_who_manages_visits_proposes_for_all(self, diary: Diary, home: Home, buyer: Somebody):
        await show(diary, home, "ALL_CONTACTS", await contact(diary), await contact(diary))
        admin = diary.member("admin", home.agent.organization_id)
        visit = await diary.request(home, buyer, diary.at(days=2))
        visit = await diary.move("CounterVisit", admin, visit, start=diary.at(days=3))
        assert state(await diary.move("AcceptCounter", buyer, visit)) == "APPROVED"
        other = await diary.request(home, diary.buyer(), diary.at(days=6))
        other = await diary.move("CounterVisit", home.agent, other, start=diary.at(days=7))
        other = await diary.move("AcceptCounter", admin, other)
        assert (state(other), len(other.confirmed_ids)) == ("COUNTERED", 2), "the buyer has not agreed yet"

    async def test_any_of_them_declines(self, diary: Diary, home: Home, buyer: Somebody):
        owner, tenant = await contact(diary), await contact(diary)
        await show(diary, home, "ALL_CONTACTS", owner, tenant)
        visit = await diary.request(home, buyer, diary.at(days=2))
        gone = await diary.move("RejectVisit", tenant, visit, reason="We are away.")
        assert (state(gone), gone.reason) == ("REJECTED", "We are away.")
        assert isinstance((await diary.told(visit))[-1], visit_events_pb2.VisitRejected)

    async def test_answer_and_do_nothing_else(self, diary: Diary, home: Home, buyer: Somebody):
        owner = await contact(diary)
        await show(diary, home, "ANY_CONTACT", owner)
        visit = await diary.request(home, buyer, diary.at(days=2))
        assert list((await diary.get(owner, visit)).contact_ids) == [str(owner.user_id)]
        assert list((await diary.get(buyer, visit)).contact_ids) == [], "who is asked is nobody's business outside"
        listed = await diary.call(diary.visits.ListVisits, visit_service_pb2.ListVisitsRequest(), owner)
        assert visit.visit_id in [one.visit_id for one in listed.visits]
        for rpc, fields in (
            ("CancelVisit", {}),
            ("CounterVisit", {"start": diary.at(days=4)}),
            ("RescheduleVisit", {"start": diary.at(days=4)}),
            ("StartVisit", {"code": "123456"}),
        ):
            with refused(PermissionMissing):
                await diary.move(rpc, owner, visit, **fields)
        with refused(PermissionMissing):
            await diary.history(owner, visit)
        visit = await diary.move("CounterVisit", home.agent, visit, start=diary.at(days=5))
        for rpc in ("AcceptCounter", "RejectVisit"):  # the agent has answered for the house
            with refused(PermissionMissing):
                await diary.move(rpc, owner, visit)

    @pytest.mark.parametrize(("rpc", "becomes"), [("AcceptCounter", "APPROVED"), ("RejectVisit", "REJECTED")])
    async def test_answer_what_the_buyer_proposes_instead(
        self, diary: Diary, home: Home, buyer: Somebody, rpc: str, becomes: str
    ):
        owner, stranger = await contact(diary), diary.buyer()
        await show(diary, home, "ANY_CONTACT", owner)
        visit = await diary.request(home, buyer, diary.at(days=2))
        visit = await diary.move("CounterVisit", home.agent, visit, start=diary.at(days=5))
        visit = await diary.move("CounterVisit", buyer, visit, start=diary.at(days=6))
        with refused(errors.VisitNotFound):
            await diary.move(rpc, stranger, visit)
        answered = await diary.move(rpc, owner, visit, etag=visit.etag)
        assert state(answered) == becomes
        assert (await diary.history(home.agent, visit))[0].actor_id == str(owner.user_id)
        steps = [(step.party, step.actor_id) for step in await diary.history(buyer, visit)]
        agent, me = str(home.agent.user_id), str(buyer.user_id)
        assert steps == [(2, ""), (1, me), (2, agent), (1, me)], "who is asked is nobody's business outside"
        assert isinstance((await diary.told(visit))[-1], visit_events_pb2.VisitApproved) is (becomes == "APPROVED")

    async def test_decline_that_the_buyer_moves_what_is_agreed(self, diary: Diary, home: Home, buyer: Somebody):
        owner = await contact(diary)
        await show(diary, home, "ANY_CONTACT", owner)
        agreed = await diary.move("ApproveVisit", owner, await diary.request(home, buyer, diary.at(days=2)))
        start = diary.at(days=3)
        await diary.move("RescheduleVisit", home.agent, agreed, start=start)
        with refused(PermissionMissing):
            await diary.move("DeclineReschedule", owner, agreed)
        await diary.move("RescheduleVisit", buyer, agreed, start=diary.at(days=4))
        declined = await diary.move("DeclineReschedule", owner, agreed)
        assert (state(declined), declined.start_time.seconds) == ("APPROVED", int(start.timestamp()))
        with refused(errors.NothingToDecline):
            await diary.move("DeclineReschedule", owner, agreed)

    async def test_an_agent_who_is_one_is_no_more_elsewhere(self, diary: Diary):
        """Signed in to another organisation, the agent still sees the visit as its contact."""
        found = await agent(diary.harness)
        home = await diary.home(diary.member("agent", found.organization_id, found.user_id))
        await show(diary, home, "ANY_CONTACT", home.agent)
        elsewhere = diary.member("agent", user_id=home.agent.user_id)
        visit = await diary.request(home, diary.buyer(), diary.at(days=2))
        visit = await diary.move("ApproveVisit", elsewhere, visit)
        assert state(visit) == "APPROVED"
        with refused(PermissionMissing):
            await diary.move("CancelVisit", elsewhere, visit)

    @pytest.mark.parametrize("role", ["agent", "buyer"])
    async def test_are_shown_what_they_have_to_do_with_page_by_page(self, diary: Diary, role: str):
        """Of the own organisation with visit.read, and of others as buyer, as agent of the home, and as contact."""
        found = await agent(diary.harness)
        own = await diary.home(diary.member("agent", found.organization_id))
        shower = diary.member("agent", found.organization_id, found.user_id)
        me = diary.member(role, found.organization_id, found.user_id)
        elsewhere, mine = await diary.home(), await diary.home(shower)
        stranger = await diary.home()
        await show(diary, elsewhere, "ANY_CONTACT", me)
        await show(diary, own, "ANY_CONTACT", me)
        wanted = []
        for n, (home, who) in enumerate(
            [(own, None), (elsewhere, None), (stranger, me), (mine, None), (elsewhere, None), (stranger, None)]
        ):
            visit = await diary.request(home, who or diary.buyer(), diary.at(days=2, hours=n))
            wanted += [visit.visit_id] if home is not stranger or who else []
        hidden = await diary.request(await diary.home(own.agent), diary.buyer(), diary.at(days=1))
        wanted = wanted[::-1] + ([hidden.visit_id] if role == "agent" else [])
        for size in (1, 2, 100):
            listed: list[str] = []
            request = visit_service_pb2.ListVisitsRequest(page_size=size)
            while True:
                answer = await diary.call(diary.visits.ListVisits, request, me)
                listed += [one.visit_id for one in answer.visits]
                request.page_token = answer.next_page_token
                if not answer.next_page_token:
                    break
            assert listed == wanted

    async def test_of_another_listing_know_nothing(self, diary: Diary, home: Home, buyer: Somebody):
        stranger = await contact(diary)
        await show(diary, await diary.home(home.agent), "ANY_CONTACT", stranger)
        visit = await diary.request(home, buyer, diary.at(days=2))
        for rpc in ("ApproveVisit", "RejectVisit"):
            with refused(errors.VisitNotFound):
                await diary.move(rpc, stranger, visit)
        with refused(errors.VisitNotFound):
            await diary.get(stranger, visit)

    async def test_do_not_visit_their_own_home(self, diary: Diary, home: Home):
        owner = await contact(diary)
        await show(diary, home, "ANY_CONTACT", owner)
        with refused(errors.OwnListing):
            await diary.request(home, owner, diary.at(days=2))

    async def test_rules_said_later_are_for_later_requests(self, diary: Diary, home: Home, buyer: Somebody):
        visit = await diary.request(home, buyer, diary.at(days=2))
        await show(diary, home, "ALL_CONTACTS", await contact(diary))
        assert state(await diary.move("ApproveVisit", home.agent, visit)) == "APPROVED"


async def test_instructions_only(diary: Diary, home: Home, buyer: Somebody):
    await show(diary, home, "INSTRUCTIONS_ONLY", showing_instructions="Call the office; the key is with the porter.")
    with refused(errors.InstructionsOnly):
        await diary.request(home, buyer, diary.at(days=2))
    with refused(errors.InstructionsOnly):
        await free(diary, home, buyer)
    assert "porter" in (await shown(diary, home, buyer)).showing_instructions


@pytest.mark.parametrize("role", ["buyer", "viewer"])
async def test_who_may_not_say_rules(diary: Diary, home: Home, role: str):
    with refused(PermissionMissing):
        await show(diary, home, "AUTO", who=diary.member(role, home.agent.organization_id))
