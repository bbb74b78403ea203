"""A reconciliation reads what came after the last closed one and what that one left, and finds what all history has."""

import asyncio
from datetime import timedelta

import pytest

from doorstep.deal.v1 import reconciliation_service_pb2
from services.chassis.actor import Actor, CallerKind, system_for
from services.chassis.ids import new_id, parse_id
from services.deal.operations.reconciliation import close_reconciliation
from services.deal.providers import ProviderEvent
from services.deal.repository.reconciliation import SLACK, ReconciliationRepository, Scope
from tests.deal.conftest import MEMBER, Sale, Side
from tests.deal.money import Contract


@pytest.fixture
async def contract(sale: Sale) -> Contract:
    return await Contract.make(sale)


def days_later(contract: Contract, by: timedelta = 3 * SLACK) -> None:
    """Both sides sign in again."""
    harness, seller = contract.sale.harness, contract.seller
    contract.sale.turn(by)
    contract.seller = Side(harness, seller.organization_id, (*MEMBER, "deal.manage"), user_id=seller.user_id)
    contract.buyer = Side(harness, None, (), user_id=contract.buyer.user_id)


async def another(contract: Contract) -> Contract:
    """Another deal of the same organisation."""
    buyer = contract.sale.buyer()
    listing = await contract.sale.listing(contract.seller)
    offer = await contract.sale.accept(contract.seller, await contract.sale.offer(buyer, listing))
    return Contract(contract.sale, contract.seller, buyer, offer)


async def found(contract: Contract) -> tuple[Scope, int]:
    """Where a reconciliation would look now, and how many entries are there; never fewer than in all history."""
    sale = contract.sale
    async with sale.harness.resources.database("deal").read(system_for(contract.organization_id)) as tx:
        rows = ReconciliationRepository(tx)
        scope, everywhere = await rows.scope("insuite", sale.harness.clock.now()), Scope(sale.harness.clock.now())
        booked, told = await rows.booked("insuite", scope), await rows.told("insuite", scope)
        assert booked == await rows.booked("insuite", everywhere)
        assert told == await rows.told("insuite", everywhere)
    return scope, len(booked) + len(told)


async def test_what_was_left_is_found_however_old_it_is(contract: Contract) -> None:
    first = await contract.held()
    second = await (await another(contract)).held()
    wrong = ProviderEvent("wrong", "refund.succeeded", 9, parse_id(first.payment_id), 480_001, "USD")
    assert await contract.tell(wrong) == "MISMATCH"
    run = await contract.reconcile(f"charge,{first.payment_id},4800.00,USD", f"charge,{new_id()},1.00,USD")
    await contract.close(run, "booked tomorrow")
    days_later(contract)
    scope, count = await found(contract)
    assert (len(scope.transactions), len(scope.events), count) == (1, 1, 2), "the second charge, as two know it"
    again = await contract.reconcile()
    assert sorted(await contract.results(again)) == [
        ("CHARGE", "MISSING_IN_LEDGER"),
        ("CHARGE", "MISSING_IN_STATEMENT"),
    ]
    await contract.close(again, "still not there")
    days_later(contract)
    third = await contract.reconcile(f"charge,{second.payment_id},4800.00,USD")
    assert sorted(await contract.results(third)) == [("CHARGE", "MATCHED"), ("CHARGE", "MISSING_IN_LEDGER")]
    await contract.close(third, "whose is it?")
    days_later(contract)
    assert (await found(contract))[1] == 0


async def test_what_was_under_way_at_the_end_of_one_is_found_by_the_next(contract: Contract) -> None:
    """It bears an earlier time than the end of the reconciliation that could not see it yet."""
    payment = await contract.held()
    run = await contract.reconcile()
    await contract.close(run, "booked tomorrow")
    unseen = (
        "UPDATE deal.reconciliation_lines SET ledger_transaction_id = NULL, event_id = NULL WHERE organization_id = $1"
    )
    await contract.sale.sql(unseen, contract.organization_id)
    scope, count = await found(contract)
    assert (scope.transactions, count) == ((), 2)
    later = await contract.reconcile(f"charge,{payment.payment_id},4800.00,USD")
    assert await contract.results(later) == [("CHARGE", "MATCHED")]


async def test_one_that_ends_earlier_hides_nothing_of_the_one_before(contract: Contract) -> None:
    begin = contract.sale.harness.clock.now()
    days_later(contract)
    await contract.held()
    await contract.close(await contract.reconcile(), "booked tomorrow")
    earlier = await contract.reconcile(f"charge,{new_id()},1.00,USD", through=begin)
    await contract.close(earlier, "whose is it?")
    days_later(contract)
    assert (await found(contract))[1] == 2


async def test_what_one_leaves_is_not_lost_on_the_next_that_begins_while_it_is_closed(contract: Contract) -> None:
    """The next one waits for the end, and looks after it."""
    unknown = f"charge,{new_id()},1.00,USD"
    first = await contract.reconcile(unknown)
    service, sale = reconciliation_service_pb2, contract.sale
    explain = service.ExplainDifferenceRequest(reconciliation_id=first.reconciliation_id, number=1, explanation="later")
    await sale.call(sale.reconciliations.ExplainDifference, explain, contract.seller)
    seller = Actor(CallerKind.USER, user_id=contract.seller.user_id, organization_id=contract.organization_id)
    async with sale.harness.resources.database("deal").transaction(seller) as tx:
        run_id = parse_id(first.reconciliation_id)
        await close_reconciliation(tx, seller, run_id, etag="", now=sale.harness.clock.now())
        beginning = asyncio.create_task(contract.reconcile())
        waiting = (
            "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' "
            "AND pid <> pg_backend_pid()"
        )
        await sale.until(lambda: sale.sql(waiting), bool)
    assert await contract.results(await beginning) == [("CHARGE", "MISSING_IN_LEDGER")]
