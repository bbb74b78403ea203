"""OfferService: coming to terms. What happens at once stands in test_races.py."""

from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from doorstep.deal.v1 import deal_pb2, deal_service_pb2, offer_pb2
from doorstep.deal.v1 import offer_service_pb2 as pb
from doorstep.property.v1 import listing_pb2, listing_service_pb2
from services.chassis.actor import system_for
from services.chassis.errors import EtagMismatch
from services.chassis.ids import new_id, parse_id
from services.chassis.testing import refused
from services.deal import errors
from services.deal.operations.offer import MAXIMUM_ROUNDS, expire_offer
from tests.deal.conftest import Sale, Side


async def counter(sale: Sale, side: Side, offer: offer_pb2.Offer, units: int) -> offer_pb2.Offer:
    request = pb.CounterOfferRequest(offer_id=offer.offer_id, etag=offer.etag)
    request.price.currency_code, request.price.units = "USD", units
    return (await sale.call(sale.offers.CounterOffer, request, side)).offer


async def listing_status(sale: Sale, seller: Side, listing_id: str) -> int:
    request = listing_service_pb2.GetListingRequest(listing_id=listing_id)
    found = await sale.market.call(sale.market.listings.GetListing, request, seller.token)
    return int(found.listing.standard_status)


class TestMakeOffer:
    async def test_is_pending_and_awaits_the_seller(self, sale: Sale) -> None:
        seller, buyer = sale.seller(), sale.buyer()
        listing_id = await sale.listing(seller)
        made = await sale.offer(buyer, listing_id, message="We love it")
        assert made.state == offer_pb2.OFFER_STATE_PENDING
        assert made.awaiting == offer_pb2.OFFER_PARTY_SELLER
        assert (made.price.units, made.price.currency_code) == (480_000, "USD")
        assert made.buyer_id == str(buyer.user_id)
        assert made.organization_id == str(seller.organization_id)
        assert (await sale.get(seller, made.offer_id)) == made

    async def test_nobody_else_knows_of_it(self, sale: Sale) -> None:
        seller, buyer = sale.seller(), sale.buyer()
        made = await sale.offer(buyer, await sale.listing(seller))
        plain_member = Side(sale.harness, seller.organization_id, ("property.read",))
        for other in (sale.buyer(), sale.seller(), plain_member):
            with refused(errors.OfferNotFound):
                await sale.get(other, made.offer_id)
            with refused(errors.OfferNotFound):
                await sale.accept(other, made)
            listed = await sale.call(sale.offers.ListOffers, pb.ListOffersRequest(), other)
            assert not listed.offers

    async def test_one_open_offer_per_buyer(self, sale: Sale) -> None:
        buyer, listing_id = sale.buyer(), await sale.listing(sale.seller())
        await sale.offer(buyer, listing_id)
        with refused(errors.OfferExists):
            await sale.offer(buyer, listing_id)

    async def test_the_agent_does_not_buy(self, sale: Sale) -> None:
        seller = sale.seller()
        with refused(errors.OfferToOneself):
            await sale.offer(seller, await sale.listing(seller))

    async def test_what_is_not_there_or_not_for_sale(self, sale: Sale) -> None:
        seller, buyer = sale.seller(), sale.buyer()
        with refused(errors.ListingNotFound):
            await sale.offer(buyer, str(new_id()))
        listing_id = await sale.listing(seller)
        await sale.market.move(seller.token, listing_id, "HoldListing")
        with refused(errors.ListingNotFound):
            await sale.offer(buyer, listing_id)
        with refused(errors.ListingNotForSale) as refusal:
            await sale.offer(Side(sale.harness, seller.organization_id, ()), listing_id)
        assert refusal.metadata["standard_status"] == "HOLD"

    @pytest.mark.parametrize(
        ("change", "field"),
        [
            ({"units": 0}, "price"),
            ({"expire_time": {"seconds": 1}}, "expire_time"),
            ({"close_date": {"year": 2020, "month": 1, "day": 1}}, "close_date"),
        ],
    )
    async def test_terms_that_are_none(self, sale: Sale, change: dict[str, Any], field: str) -> None:
        listing_id = await sale.listing(sale.seller())
        with refused("INVALID_FIELDS") as refusal:
            await sale.offer(sale.buyer(), listing_id, **change)
        assert refusal.fields == [field]


class TestNegotiation:
    async def test_the_turn_goes_back_and_forth(self, sale: Sale) -> None:
        seller, buyer = sale.seller(), sale.buyer()
        offer = await sale.offer(buyer, await sale.listing(seller))
        with refused(errors.NotYourTurn) as refusal:
            await counter(sale, buyer, offer, 490_000)
        assert refusal.metadata["awaiting"] == "SELLER"
        offer = await counter(sale, seller, offer, 499_000)
        assert (offer.state, offer.awaiting, offer.round) == (
            offer_pb2.OFFER_STATE_COUNTERED,
            offer_pb2.OFFER_PARTY_BUYER,
            1,
        )
        with refused(errors.NotYourTurn):
            await sale.accept(seller, offer)
        offer = await counter(sale, buyer, offer, 490_000)
        accepted = await sale.accept(seller, offer)
        assert accepted.price.units == 490_000
        rounds = await sale.call(sale.offers.ListOfferRounds, pb.ListOfferRoundsRequest(offer_id=offer.offer_id), buyer)
        assert [r.price.units for r in rounds.rounds] == [490_000, 499_000, 480_000]

    async def test_terms_that_have_changed_are_not_accepted(self, sale: Sale) -> None:
        seller, buyer = sale.seller(), sale.buyer()
        first = await sale.offer(buyer, await sale.listing(seller))
        second = await counter(sale, seller, first, 499_000)
        await counter(sale, buyer, second, 400_000)
        with refused(EtagMismatch):
            await sale.accept(seller, first)

    async def test_reject_and_withdraw(self, sale: Sale) -> None:
        seller, buyer = sale.seller(), sale.buyer()
        listing_id = await sale.listing(seller)
        offer = await sale.offer(buyer, listing_id)
        request = pb.RejectOfferRequest(offer_id=offer.offer_id, reason="too low")
        rejected = (await sale.call(sale.offers.RejectOffer, request, seller)).offer
        assert (rejected.state, rejected.reason) == (offer_pb2.OFFER_STATE_REJECTED, "too low")
        with refused(errors.OfferStateRefused):
            await sale.accept(seller, rejected)
        offer = await sale.offer(buyer, listing_id)
        with refused(errors.NotAParty):
            await sale.call(sale.offers.WithdrawOffer, pb.WithdrawOfferRequest(offer_id=offer.offer_id), seller)
        request = pb.WithdrawOfferRequest(offer_id=offer.offer_id)
        withdrawn = (await sale.call(sale.offers.WithdrawOffer, request, buyer)).offer
        assert withdrawn.state == offer_pb2.OFFER_STATE_WITHDRAWN

    async def test_other_terms_must_be_terms(self, sale: Sale) -> None:
        seller = sale.seller()
        offer = await sale.offer(sale.buyer(), await sale.listing(seller))
        request = pb.CounterOfferRequest(offer_id=offer.offer_id)
        request.price.currency_code, request.price.units = "EUR", 5
        with refused("INVALID_FIELDS"):
            await sale.call(sale.offers.CounterOffer, request, seller)

    async def test_there_is_an_end_to_it(self, sale: Sale) -> None:
        seller = sale.seller()
        offer = await sale.offer(sale.buyer(), await sale.listing(seller))
        await sale.sql("UPDATE deal.offers SET round = $2 WHERE id = $1", parse_id(offer.offer_id), MAXIMUM_ROUNDS)
        with refused(errors.TooManyRounds):
            await counter(sale, seller, await sale.get(seller, offer.offer_id), 499_000)

    async def test_rounds_and_offers_come_in_pages(self, sale: Sale) -> None:
        seller, buyer = sale.seller(), sale.buyer()
        listing_id = await sale.listing(seller)
        offer = await sale.offer(buyer, listing_id)
        other = await sale.offer(sale.buyer(), listing_id)
        elsewhere = await sale.offer(buyer, await sale.listing(seller))
        for n in range(4):
            offer = await counter(sale, (seller, buyer)[n % 2], offer, 500_000 + n)
        request = pb.ListOfferRoundsRequest(offer_id=offer.offer_id, page_size=3)
        first = await sale.call(sale.offers.ListOfferRounds, request, buyer)
        request.page_token = first.next_page_token
        second = await sale.call(sale.offers.ListOfferRounds, request, buyer)
        assert [r.round for r in (*first.rounds, *second.rounds)] == [4, 3, 2, 1, 0]

        async def listed(side: Side, **fields: Any) -> list[str]:
            answer = await sale.call(sale.offers.ListOffers, pb.ListOffersRequest(**fields), side)
            return [found.offer_id for found in answer.offers]

        assert await listed(seller) == [elsewhere.offer_id, other.offer_id, offer.offer_id]
        assert await listed(seller, listing_id=listing_id) == [other.offer_id, offer.offer_id]
        assert await listed(seller, states=["OFFER_STATE_COUNTERED"]) == [offer.offer_id]
        assert await listed(buyer) == [elsewhere.offer_id, offer.offer_id]

    async def test_the_same_key_accepts_once_and_answers_again(self, sale: Sale) -> None:
        seller, buyer = sale.seller(), sale.buyer()
        offer = await sale.offer(buyer, await sale.listing(seller))
        request, key = pb.AcceptOfferRequest(offer_id=offer.offer_id), str(new_id())
        answers = [
            await sale.harness.call(sale.offers.AcceptOffer, request, seller.token, **{"idempotency-key": key})
            for _ in range(3)
        ]
        assert answers[0] == answers[1] == answers[2]
        with refused(errors.OfferStateRefused):
            await sale.accept(seller, answers[0].offer)


class TestExpiry:
    async def test_the_job_that_was_enqueued_with_the_terms_ends_them(self, sale: Sale) -> None:
        buyer = sale.buyer()
        offer = await sale.offer(buyer, await sale.listing(sale.seller()))
        past = "UPDATE deal.offers SET expire_time = now() - interval '1 s' WHERE id = $1"
        await sale.sql(past, parse_id(offer.offer_id))
        due = "UPDATE jobs.pgqueuer SET execute_after = now() WHERE dedupe_key LIKE '%' || $1 || '/0%' RETURNING id"
        assert len(await sale.sql(due, offer.offer_id)) == 1
        expired = offer_pb2.OFFER_STATE_EXPIRED
        await sale.until(lambda: sale.get(buyer, offer.offer_id), lambda found: found.state == expired)

    async def test_terms_end_in_time_and_once(self, sale: Sale) -> None:
        seller, buyer = sale.seller(), sale.buyer()
        offer = await sale.offer(buyer, await sale.listing(seller))
        database = sale.harness.resources.database("deal")
        actor = system_for(parse_id(offer.organization_id))
        now = sale.harness.clock.now()

        async def expire(later: timedelta, round_: int = 0) -> bool:
            async with database.transaction(actor) as tx:
                return await expire_offer(tx, parse_id(offer.offer_id), round_, now + later)

        assert not await expire(timedelta(days=2)), "it is not time yet"
        assert not await expire(timedelta(days=4), round_=1), "other terms"
        assert await expire(timedelta(days=4))
        assert not await expire(timedelta(days=4)), "the second time there is nothing to do"
        assert (await sale.get(buyer, offer.offer_id)).state == offer_pb2.OFFER_STATE_EXPIRED

    async def test_late_is_refused_though_the_job_has_not_run(self, sale: Sale) -> None:
        seller, buyer = sale.seller(), sale.buyer()
        listing_id = await sale.listing(seller)
        offer = await sale.offer(buyer, listing_id)
        past = "UPDATE deal.offers SET expire_time = now() - interval '1 s' WHERE id = $1"
        await sale.sql(past, parse_id(offer.offer_id))
        with refused(errors.OfferExpired):
            await sale.accept(seller, offer)
        again = await sale.offer(buyer, listing_id)
        assert (await sale.get(buyer, offer.offer_id)).state == offer_pb2.OFFER_STATE_EXPIRED
        assert again.state == offer_pb2.OFFER_STATE_PENDING


class TestOneWinner:
    async def test_the_others_lapse_and_a_deal_begins(self, sale: Sale) -> None:
        seller, buyers = sale.seller(), [sale.buyer() for _ in range(3)]
        listing_id = await sale.listing(seller)
        offers = [await sale.offer(buyer, listing_id) for buyer in buyers]
        accepted = await sale.accept(seller, offers[1])
        assert accepted.state == offer_pb2.OFFER_STATE_ACCEPTED
        for n in (0, 2):
            assert (await sale.get(buyers[n], offers[n].offer_id)).state == offer_pb2.OFFER_STATE_LAPSED
        deal = await sale.deal(buyers[1], accepted.deal_id)
        assert (deal.state, deal.offer_id, deal.price) == (deal_pb2.DEAL_STATE_OPEN, offers[1].offer_id, accepted.price)
        with refused(errors.ListingTaken):
            await sale.offer(sale.buyer(), listing_id)
        under_contract = listing_pb2.STANDARD_STATUS_ACTIVE_UNDER_CONTRACT
        await sale.until(lambda: listing_status(sale, seller, listing_id), lambda status: status == under_contract)

    async def test_the_database_itself_refuses_a_second_one(self, sale: Sale) -> None:
        """The control: past all code, the index still holds."""
        seller = sale.seller()
        listing_id = await sale.listing(seller)
        offers = [await sale.offer(sale.buyer(), listing_id) for _ in range(2)]
        accepted = "UPDATE deal.offers SET state = 'ACCEPTED', awaiting = NULL WHERE id = $1"
        await sale.sql(accepted, parse_id(offers[0].offer_id))
        with pytest.raises(asyncpg.UniqueViolationError):
            await sale.sql(accepted, parse_id(offers[1].offer_id))


class TestFallingThrough:
    async def test_a_cancelled_deal_brings_the_listing_back(self, sale: Sale) -> None:
        seller, buyer = sale.seller(), sale.buyer()
        listing_id = await sale.listing(seller)
        accepted = await sale.accept(seller, await sale.offer(buyer, listing_id))
        under_contract = listing_pb2.STANDARD_STATUS_ACTIVE_UNDER_CONTRACT
        await sale.until(lambda: listing_status(sale, seller, listing_id), lambda status: status == under_contract)
        request = deal_service_pb2.CancelDealRequest(deal_id=accepted.deal_id, reason="no mortgage")
        cancelled = (await sale.call(sale.deals.CancelDeal, request, seller)).deal
        assert (cancelled.state, cancelled.probability) == (deal_pb2.DEAL_STATE_CANCELLED, 0)
        assert (await sale.get(buyer, accepted.offer_id)).state == offer_pb2.OFFER_STATE_FELL_THROUGH
        active = listing_pb2.STANDARD_STATUS_ACTIVE
        await sale.until(lambda: listing_status(sale, seller, listing_id), lambda status: status == active)
        assert (await sale.offer(sale.buyer(), listing_id)).state == offer_pb2.OFFER_STATE_PENDING
