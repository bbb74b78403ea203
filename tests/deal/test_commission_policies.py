"""Commission policies through the service: overrides, effective dates, tiers, referrals, and what the ledger gets."""

from datetime import timedelta
from typing import Any

import pytest

from doorstep.deal.v1 import commission_pb2, commission_service_pb2, deal_pb2, deal_service_pb2, ledger_service_pb2
from services.chassis.errors import InvalidFields, PermissionMissing
from services.chassis.ids import new_id
from services.chassis.testing import refused
from services.deal import errors
from tests.deal.conftest import Sale, Side
from tests.deal.money import Contract

PLATFORM, AGENT, REFERRAL = (
    commission_pb2.COMMISSION_RECIPIENT_PLATFORM,
    commission_pb2.COMMISSION_RECIPIENT_AGENT,
    commission_pb2.COMMISSION_RECIPIENT_REFERRAL,
)
Shares = list[tuple[Any, int]]
USUAL: Shares = [(PLATFORM, 2_000), (AGENT, 8_000)]


async def policy(
    sale: Sale,
    side: Side,
    *tiers: tuple[int, Shares],
    agent: str = "",
    token: int = 100,
    payee: str = "",
    starts: timedelta = timedelta(),
) -> commission_pb2.CommissionPolicy:
    """Make one that holds from now on, or from a time around it."""
    asked = commission_pb2.CommissionPolicy(display_name="Ours", agent_id=agent, token_basis_points=token)
    asked.effective_time.FromDatetime((sale.harness.clock.now() + starts).replace(tzinfo=None))
    for minimum, shares in tiers or ((0, USUAL),):
        tier = asked.tiers.add(minimum_units=minimum)
        for recipient, points in shares:
            tier.shares.add(recipient=recipient, basis_points=points, payee_id=payee if recipient == REFERRAL else "")
    request = commission_service_pb2.CreateCommissionPolicyRequest(policy=asked)
    return (await sale.call(sale.commissions.CreateCommissionPolicy, request, side)).policy


async def sold(sale: Sale, seller: Side) -> Contract:
    """A deal of the seller's organisation, begun now."""
    buyer = sale.buyer()
    offer = await sale.accept(seller, await sale.offer(buyer, await sale.listing(seller)))
    return Contract(sale, seller, buyer, offer)


@pytest.fixture
def seller(sale: Sale) -> Side:
    return sale.seller(None, "deal.manage")


class TestPolicies:
    async def test_the_latest_that_held_when_the_deal_began(self, sale: Sale, seller: Side) -> None:
        """A policy that is made later, or that begins later, changes no deal that has begun."""
        await policy(sale, seller, (0, [(PLATFORM, 5_000), (AGENT, 5_000)]), token=200)
        await policy(sale, seller, (0, [(PLATFORM, 10_000)]), starts=timedelta(days=1))
        contract = await sold(sale, seller)
        await policy(sale, seller, (0, [(AGENT, 10_000)]), token=300)
        held = await contract.held()
        assert held.amount.units == 9_600, "2 % of 480,000"
        await contract.distribute(held)
        found = await contract.balances()
        assert (found["PLATFORM_REVENUE"], found["AGENT_PAYABLE"]) == (480_000, 480_000)

    async def test_one_that_is_dated_back_a_moment_changes_no_deal_either(self, sale: Sale, seller: Side) -> None:
        """Neither the token that is still to be paid, nor how it is divided."""
        contract = await sold(sale, seller)
        await policy(sale, seller, (0, [(AGENT, 10_000)]), token=300, starts=-timedelta(minutes=4))
        held = await contract.held()
        assert held.amount.units == 4_800, "1 % of 480,000"
        await policy(sale, seller, (0, [(AGENT, 10_000)]), starts=-timedelta(minutes=4))
        await contract.distribute(held)
        found = await contract.balances()
        assert (found["PLATFORM_REVENUE"], found["AGENT_PAYABLE"]) == (96_000, 384_000)

    async def test_an_agents_own_goes_before_everybodys(self, sale: Sale, seller: Side) -> None:
        await policy(sale, seller, (0, [(PLATFORM, 1_000), (AGENT, 9_000)]), agent=str(seller.user_id))
        await policy(sale, seller, (0, [(PLATFORM, 5_000), (AGENT, 5_000)]))
        await policy(sale, seller, (0, [(PLATFORM, 10_000)]), agent=str(new_id()))
        contract = await sold(sale, seller)
        await contract.distribute(await contract.held())
        found = await contract.balances()
        assert (found["PLATFORM_REVENUE"], found["AGENT_PAYABLE"]) == (48_000, 432_000)

    async def test_the_tier_that_the_amount_reaches(self, sale: Sale, seller: Side) -> None:
        """The token is 4,800: the tier from exactly there on, not the next one."""
        await policy(
            sale,
            seller,
            (4_801, [(PLATFORM, 10_000)]),
            (0, USUAL),
            (4_800, [(PLATFORM, 1_500), (AGENT, 8_500)]),
        )
        contract = await sold(sale, seller)
        await contract.distribute(await contract.held())
        found = await contract.balances()
        assert (found["PLATFORM_REVENUE"], found["AGENT_PAYABLE"]) == (72_000, 408_000)

    async def test_a_referral_and_the_rest_of_the_rounding(self, sale: Sale, seller: Side) -> None:
        """A third each of 480,000 cents: no cent is lost, and it is known who gets the one that is left."""
        referrer = str(new_id())
        shares: Shares = [(PLATFORM, 3_333), (AGENT, 3_333), (REFERRAL, 3_334)]
        made = await policy(sale, seller, (0, shares), payee=referrer, token=1)
        contract = await sold(sale, seller)
        held = await contract.held()
        assert held.amount.units == 48
        await contract.distribute(held)
        found = await contract.balances()
        parts = found["PLATFORM_REVENUE"], found["AGENT_PAYABLE"], found["REFERRAL_PAYABLE"]
        assert sum(parts) == 4_800
        assert parts == (1_600, 1_600, 1_600)
        listed = ledger_service_pb2.ListLedgerTransactionsRequest(deal_id=contract.deal_id)
        moved = await sale.call(sale.ledger.ListLedgerTransactions, listed, seller)
        (divided,) = [t for t in moved.transactions if t.kind == "commission"]
        assert divided.policy_id == made.policy_id
        owners = await sale.sql(
            "SELECT owner_id FROM deal.ledger_accounts WHERE organization_id = $1 AND kind = 'REFERRAL_PAYABLE'",
            seller.organization_id,
        )
        assert [str(row["owner_id"]) for row in owners] == [referrer]

    async def test_they_are_listed_newest_first(self, sale: Sale, seller: Side) -> None:
        made = [(await policy(sale, seller)).policy_id for _ in range(3)]
        request = commission_service_pb2.ListCommissionPoliciesRequest(page_size=2)
        first = await sale.call(sale.commissions.ListCommissionPolicies, request, seller)
        request.page_token = first.next_page_token
        second = await sale.call(sale.commissions.ListCommissionPolicies, request, seller)
        assert [p.policy_id for p in (*first.policies, *second.policies)] == made[::-1]
        other = await sale.call(
            sale.commissions.ListCommissionPolicies,
            commission_service_pb2.ListCommissionPoliciesRequest(),
            sale.seller(None),
        )
        assert not other.policies


class TestRefusals:
    @pytest.mark.parametrize(
        "tiers",
        [
            ((1, USUAL),),
            ((0, USUAL), (0, USUAL)),
            ((0, [(PLATFORM, 2_000), (AGENT, 7_999)]),),
            ((0, [(PLATFORM, 2_001), (AGENT, 8_000)]),),
            ((0, [(PLATFORM, 2_000), (REFERRAL, 8_000)]),),
        ],
        ids=["not from 0", "twice from 0", "too little", "too much", "a referral to nobody"],
    )
    async def test_what_is_no_rule(self, sale: Sale, seller: Side, tiers: tuple[tuple[int, Shares], ...]) -> None:
        with refused(InvalidFields):
            await policy(sale, seller, *tiers)

    async def test_the_past_stays_as_it_was(self, sale: Sale, seller: Side) -> None:
        with refused(InvalidFields):
            await policy(sale, seller, starts=-timedelta(minutes=6))

    async def test_who_may(self, sale: Sale, seller: Side) -> None:
        with refused(PermissionMissing):
            await policy(sale, sale.seller(seller.organization_id))

    async def test_only_what_is_sold_is_divided_and_only_once(self, sale: Sale, seller: Side) -> None:
        contract = await sold(sale, seller)
        divide = commission_service_pb2.DistributeCommissionRequest(deal_id=contract.deal_id)
        with refused(errors.DealStateRefused):
            await sale.call(sale.commissions.DistributeCommission, divide, seller)
        await contract.distribute(await contract.held())
        with refused(errors.NothingToDistribute):
            await sale.call(sale.commissions.DistributeCommission, divide, seller)

    async def test_nothing_was_released(self, sale: Sale, seller: Side) -> None:
        contract = await sold(sale, seller)
        await contract.document()
        close = deal_service_pb2.CloseDealRequest(deal_id=contract.deal_id)
        closed = (await sale.call(sale.deals.CloseDeal, close, seller)).deal
        assert closed.state == deal_pb2.DEAL_STATE_CLOSED
        divide = commission_service_pb2.DistributeCommissionRequest(deal_id=contract.deal_id)
        with refused(errors.NothingToDistribute):
            await sale.call(sale.commissions.DistributeCommission, divide, seller)
