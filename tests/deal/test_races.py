"""Offers that several people answer at once: one winner, no loser left open, nothing half done."""

import asyncio
from collections import Counter
from collections.abc import Awaitable
from datetime import timedelta
from typing import Any

import asyncpg
import grpc
import pytest

from doorstep.deal.v1 import deal_pb2, deal_service_pb2, offer_pb2
from doorstep.deal.v1 import offer_service_pb2 as pb
from services.chassis.actor import system_for
from services.chassis.ids import parse_id
from services.chassis.testing import Refusal
from services.deal.operations.offer import expire_offer
from tests.deal.conftest import Sale, Side

CUT_OFF = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> $1 "
    "AND pid <> pg_backend_pid() AND (state LIKE 'idle in transaction%' OR wait_event = 'advisory')"
)
"""Ends all connections that stand in the middle of a transaction, but one."""
REFUSALS = {"OFFER_STATE", "ETAG_MISMATCH", "LISTING_TAKEN", "LISTING_NOT_FOR_SALE", "NOT_YOUR_TURN"}
"""What somebody may hear who was not the first."""


async def at_once(*calls: Awaitable[Any]) -> tuple[list[Any], list[str]]:
    """What came of it, and with which reasons the others were refused; anything else than a refusal is raised."""
    ended = await asyncio.gather(*calls, return_exceptions=True)
    for e in ended:
        if isinstance(e, BaseException) and not isinstance(e, grpc.aio.AioRpcError):
            raise e
    refusals = [Refusal.of(e).reason for e in ended if isinstance(e, grpc.aio.AioRpcError)]
    return [e for e in ended if not isinstance(e, BaseException)], refusals


async def state_of(sale: Sale, listing_id: str) -> dict[str, int]:
    """How many offers of a listing stand where, after looking at what must hold of them and its deals."""
    offers = await sale.sql(
        "SELECT o.state, o.deal_id, d.state AS deal_state, d.price = o.price AS priced, "
        "d.buyer_id = o.buyer_id AS bought "
        "FROM deal.offers o LEFT JOIN deal.deals d ON d.offer_id = o.id WHERE o.listing_id = $1",
        parse_id(listing_id),
    )
    for row in offers:
        dealt = row["state"] in ("ACCEPTED", "FELL_THROUGH")
        assert (row["deal_state"] is not None) == dealt == (row["deal_id"] is not None)
        assert not dealt or (row["priced"] and row["bought"])
        assert row["state"] != "FELL_THROUGH" or row["deal_state"] == "CANCELLED"
    found = Counter(row["state"] for row in offers)
    assert found["ACCEPTED"] <= 1
    assert not (found["ACCEPTED"] and (found["PENDING"] or found["COUNTERED"])), "what competes lapses at once"
    return dict(found)


async def withdraw(sale: Sale, side: Side, offer: offer_pb2.Offer) -> offer_pb2.Offer:
    request = pb.WithdrawOfferRequest(offer_id=offer.offer_id)
    return (await sale.call(sale.offers.WithdrawOffer, request, side)).offer


async def reject(sale: Sale, side: Side, offer: offer_pb2.Offer) -> offer_pb2.Offer:
    request = pb.RejectOfferRequest(offer_id=offer.offer_id, reason="no")
    return (await sale.call(sale.offers.RejectOffer, request, side)).offer


async def cancel(sale: Sale, side: Side, deal_id: str) -> deal_pb2.Deal:
    request = deal_service_pb2.CancelDealRequest(deal_id=deal_id, reason="fell through")
    return (await sale.call(sale.deals.CancelDeal, request, side)).deal


async def expire(sale: Sale, offer: offer_pb2.Offer) -> bool:
    """What the job does when the time has come."""
    later = sale.harness.clock.now() + timedelta(days=4)
    async with sale.harness.resources.database("deal").transaction(system_for(parse_id(offer.organization_id))) as tx:
        return await expire_offer(tx, parse_id(offer.offer_id), offer.round, later)


@pytest.mark.parametrize("_round", range(5))
async def test_of_twenty_acceptances_one_wins(sale: Sale, _round: int) -> None:
    seller = sale.seller()
    listing_id = await sale.listing(seller)
    offers = [await sale.offer(sale.buyer(), listing_id) for _ in range(20)]
    won, lost = await at_once(*(sale.accept(seller, offer) for offer in offers))
    assert (len(won), len(lost)) == (1, 19)
    assert set(lost) <= REFUSALS
    assert await state_of(sale, listing_id) == {"ACCEPTED": 1, "LAPSED": 19}


async def test_twenty_acceptances_of_one_offer_make_one_deal(sale: Sale) -> None:
    seller = sale.seller()
    listing_id = await sale.listing(seller)
    offer = await sale.offer(sale.buyer(), listing_id)
    won, lost = await at_once(*(sale.accept(seller, offer) for _ in range(20)))
    assert (len(won), len(lost)) == (1, 19)
    assert await state_of(sale, listing_id) == {"ACCEPTED": 1}
    rows = await sale.sql(
        "SELECT count(*) AS n FROM deal.outbox WHERE key = $1 AND type LIKE '%.OfferAccepted'", listing_id
    )
    assert rows[0]["n"] == 1, "and it is told once"


@pytest.mark.parametrize("_round", range(8))
async def test_accept_withdraw_reject_and_expire_at_once(sale: Sale, _round: int) -> None:
    seller, buyer = sale.seller(), sale.buyer()
    listing_id = await sale.listing(seller)
    offer = await sale.offer(buyer, listing_id)
    calls: list[Awaitable[Any]] = [
        sale.accept(seller, offer),
        withdraw(sale, buyer, offer),
        reject(sale, seller, offer),
        expire(sale, offer),
    ]
    calls = calls[_round % 4 :] + calls[: _round % 4]  # everybody may be the first
    won, lost = await at_once(*calls)
    did = [w for w in won if w is not False]
    assert len(did) == 1, "one of them ends it"
    assert set(lost) <= REFUSALS
    wanted = "EXPIRED" if did == [True] else offer_pb2.OfferState.Name(did[0].state).removeprefix("OFFER_STATE_")
    assert await state_of(sale, listing_id) == {wanted: 1}


@pytest.mark.parametrize("_round", range(5))
async def test_an_offer_made_while_another_is_accepted_does_not_stay_open(sale: Sale, _round: int) -> None:
    seller = sale.seller()
    listing_id = await sale.listing(seller)
    offer = await sale.offer(sale.buyer(), listing_id)
    late = [sale.offer(sale.buyer(), listing_id) for _ in range(8)]
    _, lost = await at_once(*late[:4], sale.accept(seller, offer), *late[4:])
    assert set(lost) <= REFUSALS
    found = await state_of(sale, listing_id)
    assert found.pop("ACCEPTED") == 1
    assert set(found) <= {"LAPSED"}


async def test_a_buyers_offers_made_at_once_are_one(sale: Sale) -> None:
    buyer, listing_id = sale.buyer(), await sale.listing(sale.seller())
    won, lost = await at_once(*(sale.offer(buyer, listing_id) for _ in range(10)))
    assert len(won) == 1
    assert lost == ["OFFER_EXISTS"] * 9


async def test_a_deal_by_hand_and_an_acceptance_at_once(sale: Sale) -> None:
    for turn in range(4):
        seller = sale.seller()
        listing_id = await sale.listing(seller)
        offer = await sale.offer(sale.buyer(), listing_id)
        request = deal_service_pb2.CreateDealRequest(display_name="By hand", listing_id=listing_id)
        request.price.currency_code, request.price.units = "USD", 1
        calls = [sale.accept(seller, offer), sale.call(sale.deals.CreateDeal, request, seller)]
        won, lost = await at_once(*(reversed(calls) if turn % 2 else calls))
        assert len(won) == 1
        assert set(lost) <= REFUSALS
        rows = await sale.sql(
            "SELECT count(*) AS n FROM deal.deals WHERE listing_id = $1 AND state = 'OPEN'", parse_id(listing_id)
        )
        assert rows[0]["n"] == 1


async def test_the_next_one_may_win_after_the_first_has_fallen_through(sale: Sale) -> None:
    """Cancellations and acceptances in any order: never two at a time."""
    seller = sale.seller()
    listing_id = await sale.listing(seller)
    for _ in range(3):
        first = await sale.accept(seller, await sale.offer(sale.buyer(), listing_id))
        newcomers = [sale.offer(sale.buyer(), listing_id) for _ in range(4)]
        await at_once(cancel(sale, seller, first.deal_id), cancel(sale, seller, first.deal_id), *newcomers)
        offers = await sale.sql(
            "SELECT id FROM deal.offers WHERE listing_id = $1 AND state = 'PENDING'", parse_id(listing_id)
        )
        accepts = [
            sale.call(sale.offers.AcceptOffer, pb.AcceptOfferRequest(offer_id=str(row["id"])), seller) for row in offers
        ]
        won, _ = await at_once(*accepts)
        found = await state_of(sale, listing_id)
        assert found.get("ACCEPTED", 0) == len(won) <= 1
        for offer in won:
            await cancel(sale, seller, offer.offer.deal_id)
    assert (await state_of(sale, listing_id))["FELL_THROUGH"] >= 3


async def test_connections_that_die_leave_nothing_half_done(sale: Sale) -> None:
    """Whatever is cut off in the middle of an acceptance has not happened, or has happened whole."""
    seller = sale.seller()
    listing_id = await sale.listing(seller)
    offers = [await sale.offer(sale.buyer(), listing_id) for _ in range(10)]
    killed = 0
    superuser = await asyncpg.connect(sale.database.superuser_url)
    try:
        async with superuser.transaction():
            # Nobody gets through before the first is cut off.
            await superuser.fetch("SELECT 1 FROM deal.offers WHERE listing_id = $1 FOR UPDATE", parse_id(listing_id))
            accepts = asyncio.gather(*(sale.accept(seller, offer) for offer in offers), return_exceptions=True)
            while not killed:
                killed += len(await sale.sql(CUT_OFF, await superuser.fetchval("SELECT pg_backend_pid()")))
        while not accepts.done() and killed < 20:
            killed += len(await sale.sql(CUT_OFF, 0))
            await asyncio.sleep(0.01)
    finally:
        await superuser.close()
    await accepts
    assert killed, "else nothing was tried"
    found = await state_of(sale, listing_id)
    if not found.get("ACCEPTED"):  # all of them were cut off
        assert found == {"PENDING": 10}
        await sale.accept(seller, offers[0])
    assert await state_of(sale, listing_id) == {"ACCEPTED": 1, "LAPSED": 9}
