"""Nobody is paid out of a deal whose buyer's visit is in doubt, until somebody else has looked at its evidence."""

import itertools
from datetime import UTC, datetime, timedelta

import pytest

from doorstep.visit.v1 import visit_events_pb2, visit_pb2
from services.chassis.actor import system_for
from services.chassis.events import EventMeta
from services.chassis.ids import new_id, parse_id
from services.chassis.testing import refused
from services.deal import errors
from services.deal.repository.doubt import DoubtRepository
from services.deal.subscribers import doubt, trust
from services.identity.permissions import PREDEFINED
from tests.deal.conftest import Sale, Side
from tests.deal.money import Contract
from tests.deal.test_certified import Story
from tests.visit.conftest import HOME, Somebody
from tests.visit.steps import begun, completed, fix


@pytest.fixture
async def story(sale: Sale) -> Story:
    return await Story.begin(sale)


async def contract_of(story: Story, buyer: Side) -> Contract:
    accepted = await story.sale.accept(story.agent, await story.sale.offer(buyer, story.home.listing_id))
    return Contract(story.sale, story.agent, buyer, accepted)


async def teleported(story: Story, buyer: Side) -> visit_pb2.Visit:
    """A visit with its code, and with places that contradict each other."""
    return await ended_elsewhere(story, *await begun(story.diary, story.home, Somebody(buyer.user_id, buyer.token)))


async def ended_elsewhere(story: Story, visit: visit_pb2.Visit, start: datetime) -> visit_pb2.Visit:
    """Complete a visit as a device that was at the door and, five minutes later, 500 km away."""
    away = fix(start + timedelta(minutes=5))
    away.latitude = HOME[0] + 4.5
    with story.diary.later(start + timedelta(minutes=20)):
        done = await story.diary.move("CompleteVisit", story.home.agent, visit, fixes=[away])
    assert done.needs_review
    await told(story, f"visit_id = '{visit.visit_id}' AND accept_time IS NULL")
    return done


async def told(story: Story, where: str) -> None:
    """Wait until deal knows."""
    sale, organization_id = story.sale, story.agent.organization_id
    query = f"SELECT 1 FROM deal.visit_doubts WHERE organization_id = $1 AND {where}"
    await sale.until(lambda: sale.sql(query, organization_id), bool)


async def accept_evidence(story: Story, visit: visit_pb2.Visit) -> None:
    organization_id = story.agent.organization_id
    admin = Side(story.sale.harness, organization_id, tuple(PREDEFINED["admin"][1]))
    who = Somebody(admin.user_id, admin.token, organization_id)
    await story.diary.move("AcceptVisitEvidence", who, visit, reason="The camera at the door saw them.")
    await told(story, f"visit_id = '{visit.visit_id}' AND accept_time IS NOT NULL")


async def test_nobody_asks_for_money_until_somebody_has_looked(sale: Sale, story: Story) -> None:
    buyer = sale.buyer()
    visit = await teleported(story, buyer)
    contract = await contract_of(story, buyer)
    await contract.settled()
    with refused(errors.VisitInDoubt) as refusal:
        await contract.ask()
    assert refusal.metadata["visits"] == visit.visit_id
    await accept_evidence(story, visit)
    assert (await contract.approve(await contract.ask())).amount.units


async def test_nobody_lets_go_what_was_asked_for_before(sale: Sale, story: Story) -> None:
    buyer = sale.buyer()
    visit, start = await begun(story.diary, story.home, Somebody(buyer.user_id, buyer.token))
    contract = await contract_of(story, buyer)
    await contract.settled()
    asked = await contract.ask()
    await ended_elsewhere(story, visit, start)
    with refused(errors.VisitInDoubt):
        await contract.approve(asked)
    balances = await contract.balances()
    assert balances["PLATFORM_REVENUE"] + balances["AGENT_PAYABLE"] == 480_000, "nothing has moved"
    await accept_evidence(story, visit)
    await contract.approve(asked)


async def test_good_evidence_and_doubts_about_others_keep_nothing(sale: Sale, story: Story) -> None:
    """Another buyer's visit to the home, and the buyer's visit to another home."""
    buyer, elsewhere = sale.buyer(), await Story.begin(sale)
    await completed(story.diary, story.home, Somebody(buyer.user_id, buyer.token), hours=9)
    await teleported(story, sale.buyer())
    await teleported(elsewhere, buyer)
    contract = await contract_of(story, buyer)
    await contract.settled()
    assert (await contract.ask()).amount.units


async def test_a_home_that_is_sold_under_another_listing_is_the_same_home(sale: Sale) -> None:
    """The listing under which it was visited has run out meanwhile."""
    contract = await Contract.make(sale)
    await contract.settled()
    sold = await sale.deal(contract.seller, contract.deal_id)
    visit = visit_events_pb2.VisitFacts(
        visit_id=str(new_id()),
        organization_id=str(contract.organization_id),
        listing_id=str(new_id()),
        property_id=sold.property_id,
        buyer_id=str(contract.buyer.user_id),
    )
    async with sale.harness.resources.database("deal").transaction(system_for(contract.organization_id)) as tx:
        await doubt(tx, visit_events_pb2.VisitCompleted(visit=visit, needs_review=True), meta())
    with refused(errors.VisitInDoubt) as refusal:
        await contract.ask()
    assert refusal.metadata["visits"] == visit.visit_id


async def test_whatever_the_order_who_has_looked_is_believed(sale: Sale) -> None:
    """A dead letter that is replayed comes late, and perhaps twice."""
    organization_id, deals = new_id(), sale.harness.resources.database("deal")
    for order in set(itertools.permutations("ddtt", 4)):
        listing_id, buyer_id = new_id(), new_id()
        visit = visit_events_pb2.VisitFacts(
            visit_id=str(new_id()),
            organization_id=str(organization_id),
            listing_id=str(listing_id),
            buyer_id=str(buyer_id),
        )
        for letter in order:
            async with deals.transaction(system_for(organization_id)) as tx:
                if letter == "d":
                    await doubt(tx, visit_events_pb2.VisitCompleted(visit=visit, needs_review=True), meta())
                else:
                    await trust(tx, visit_events_pb2.VisitEvidenceAccepted(visit=visit), meta())
        async with deals.read(system_for(organization_id)) as tx:
            assert await DoubtRepository(tx).open_ones(buyer_id, listing_id, None) == []
        async with deals.transaction(system_for(organization_id)) as tx:
            other = visit_events_pb2.VisitFacts.FromString(visit.SerializeToString())
            other.visit_id = str(new_id())
            await doubt(tx, visit_events_pb2.VisitCompleted(visit=other, needs_review=True), meta())
        async with deals.read(system_for(organization_id)) as tx:
            assert await DoubtRepository(tx).open_ones(buyer_id, listing_id, None) == [parse_id(other.visit_id)]


def meta() -> EventMeta:
    return EventMeta(new_id(), "", "", None, 1, "visit", datetime.now(UTC))
