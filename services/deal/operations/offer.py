"""Offers: make, read, counter, accept, reject, withdraw, expire.

Lock order of everything that changes offers or deals: the listing, open offers by id, the deal.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from services.chassis.actor import Actor, user_of
from services.chassis.db.database import ReadTransaction, Transaction
from services.chassis.errors import invalid, match_etag
from services.chassis.ids import new_id
from services.chassis.paging import Page, PageOf
from services.deal import events, policy
from services.deal.errors import (
    ListingTaken,
    NotAParty,
    NotYourTurn,
    OfferExists,
    OfferExpired,
    OfferNotFound,
    OfferToOneself,
    TooManyRounds,
)
from services.deal.lifecycle import OFFER_LIFECYCLE, OPEN_OFFERS, OfferParty, OfferState
from services.deal.models.offer import Offer, OfferRound
from services.deal.operations.common import (
    must_be_for_sale,
    must_be_known,
    not_past,
    same_currency,
)
from services.deal.operations.opening import open_deal
from services.deal.peers import ListingFacts
from services.deal.repository.offer import OfferRepository

EXPIRE_JOB = "deal.expire_offer"
USUAL_TIME = timedelta(days=3)
SHORTEST_TIME = timedelta(hours=1)
LONGEST_TIME = timedelta(days=60)
MAXIMUM_ROUNDS = 50
"""Counter-offers of one offer: nobody negotiates longer, and a loop of two programs must end."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What one side asks for."""

    price: int
    """Minor units."""
    currency_code: str
    close_date: date | None
    message: str
    expire_time: datetime | None
    """None means the usual time from now."""


async def make_offer(tx: Transaction, actor: Actor, listing: ListingFacts, terms: Terms, now: datetime) -> Offer:
    """Offer a price for a listing. `tx` acts for the listing's organisation.

    Raises:
        ListingNotFound, ListingNotForSale, OfferToOneself, ListingTaken, OfferExists, InvalidFields: see the contract.
    """
    buyer_id = user_of(actor)
    must_be_known(listing, actor)
    must_be_for_sale(listing)
    if listing.agent_id == buyer_id:
        raise OfferToOneself
    same_currency(listing, terms.currency_code)
    expire_time = _checked(terms, now)
    offers = OfferRepository(tx)
    await offers.lock_listing(listing.listing_id)
    taken, other = await offers.standing(listing.listing_id, buyer_id)
    if taken:
        raise ListingTaken(metadata={"listing_id": str(listing.listing_id)})
    if other is not None:
        if other.expire_time > now:
            raise OfferExists(metadata={"listing_id": str(listing.listing_id)})
        _end(other, "expire", now)
        tx.publish(events.offer_expired(other, None), key=events.key_of(other))
        await offers.write(other)  # before the new one, which takes its place in the index
    row = Offer(
        organization_id=listing.organization_id,
        id=new_id(),
        listing_id=listing.listing_id,
        property_id=listing.property_id,
        buyer_id=buyer_id,
        agent_id=listing.agent_id,
        state=OfferState.PENDING,
        awaiting=OfferParty.SELLER,
        currency_code=terms.currency_code,
        price=terms.price,
        close_date=terms.close_date,
        message=terms.message,
        round=0,
        expire_time=expire_time,
        create_time=now,
        update_time=now,
    )
    offers.add(row)
    await offers.write(row)
    _keep_terms(tx, row, OfferParty.BUYER, buyer_id, now)
    tx.publish(events.offer_made(row, buyer_id), key=events.key_of(row))
    return row


async def get_offer(tx: ReadTransaction, offer_id: UUID) -> Offer:
    """Read one offer as its reader may.

    Raises:
        OfferNotFound: also where the caller must not know of it.
    """
    row = await OfferRepository(tx).get(offer_id)
    if not policy.sees(tx.actor, row):
        raise OfferNotFound
    return row


async def list_offers(
    tx: ReadTransaction, page: Page, *, listing_id: UUID | None, states: Sequence[str]
) -> PageOf[Offer]:
    """One page: the organisation's offers for who may read deals there, else the caller's own."""
    actor = tx.actor
    buyer_id = None if actor.organization_id and actor.can(policy.READ) else user_of(actor)
    return await OfferRepository(tx).list_page(page, buyer_id=buyer_id, listing_id=listing_id, states=states)


async def list_offer_rounds(tx: ReadTransaction, offer_id: UUID, page: Page) -> PageOf[OfferRound]:
    """One page of what either side asked for."""
    await get_offer(tx, offer_id)
    return await OfferRepository(tx).rounds(offer_id, page)


async def counter_offer(
    tx: Transaction, actor: Actor, found: Offer, terms: Terms, *, etag: str, now: datetime
) -> Offer:
    """Answer with other terms; `found` is the offer as the caller could read it, here and below.

    Raises:
        OfferStateRefused, OfferExpired, NotYourTurn, TooManyRounds, NotAParty, EtagMismatch, InvalidFields.
    """
    row = await _lock(tx, found)
    side = _answering(row, actor, "counter", etag=etag, now=now)
    if terms.currency_code != row.currency_code:
        raise invalid("price.currency_code", f"the offer is in {row.currency_code}", "money.currency_change")
    if row.round >= MAXIMUM_ROUNDS:
        raise TooManyRounds(metadata={"limit": str(MAXIMUM_ROUNDS)})
    row.expire_time = _checked(terms, now)
    row.price, row.close_date, row.message = terms.price, terms.close_date, terms.message
    row.round += 1
    row.awaiting = side.other
    OFFER_LIFECYCLE.apply(row, "counter", at=now)
    row.update_time = now
    by = user_of(actor)
    await OfferRepository(tx).write(row)
    _keep_terms(tx, row, side, by, now)
    tx.publish(events.offer_countered(row, by), key=events.key_of(row))
    return row


async def accept_offer(
    tx: Transaction, actor: Actor, found: Offer, listing: ListingFacts, *, etag: str, now: datetime
) -> Offer:
    """Accept the terms on the table: the other offers lapse and a deal begins, in this transaction.

    Raises:
        OfferStateRefused, OfferExpired, NotYourTurn, NotAParty, ListingNotForSale, ListingTaken, EtagMismatch.
    """
    offers = OfferRepository(tx)
    await offers.lock_listing(found.listing_id)
    locked = {other.id: other for other in await offers.lock_open(found.listing_id, and_also=found.id)}
    row = locked.pop(found.id)
    _answering(row, actor, "accept", etag=etag, now=now)
    must_be_for_sale(listing)
    if await offers.taken(row.listing_id):
        raise ListingTaken(metadata={"listing_id": str(row.listing_id)})
    by = user_of(actor)
    await _lapse(tx, locked.values(), by=by, now=now)
    deal_id = new_id()
    _end(row, "accept", now)
    row.deal_id = deal_id
    await offers.write(row)
    tx.publish(events.offer_accepted(row, by), key=events.key_of(row))
    await open_deal(
        tx,
        deal_id=deal_id,
        display_name=listing.unparsed_address or f"Listing {row.listing_id}",
        organization_id=row.organization_id,
        listing_id=row.listing_id,
        property_id=row.property_id,
        offer_id=row.id,
        buyer_id=row.buyer_id,
        agent_id=row.agent_id,
        price=row.price,
        currency_code=row.currency_code,
        close_date=row.close_date,
        pipeline_id=None,
        by=by,
        now=now,
    )
    return row


async def reject_offer(tx: Transaction, actor: Actor, found: Offer, *, reason: str, etag: str, now: datetime) -> Offer:
    """Say no.

    Raises:
        OfferStateRefused, NotYourTurn, NotAParty, EtagMismatch.
    """
    row = await _lock(tx, found)
    _answering(row, actor, "reject", etag=etag, now=None)
    _end(row, "reject", now)
    row.reason = reason
    by = user_of(actor)
    tx.publish(events.offer_rejected(row, by), key=events.key_of(row))
    await OfferRepository(tx).write(row)
    return row


async def withdraw_offer(tx: Transaction, actor: Actor, found: Offer, *, etag: str, now: datetime) -> Offer:
    """Take an offer back, whoever is to answer.

    Raises:
        OfferStateRefused, NotAParty, EtagMismatch.
    """
    row = await _lock(tx, found)
    match_etag(row.etag, etag)
    if policy.side_of(actor, row) is not OfferParty.BUYER:
        raise NotAParty
    _end(row, "withdraw", now)
    by = user_of(actor)
    tx.publish(events.offer_withdrawn(row, by), key=events.key_of(row))
    await OfferRepository(tx).write(row)
    return row


async def expire_offer(tx: Transaction, offer_id: UUID, round_: int, now: datetime) -> bool:
    """End terms that nobody answered in time; say whether there was anything to do.

    Terms whose time has not come by `now` (the clocks of the queue and of this process differ) are looked at again.
    """
    row = await _lock(tx, await OfferRepository(tx).get(offer_id))
    if row.state not in OPEN_OFFERS or row.round != round_:
        return False
    if row.expire_time > now:
        tx.enqueue(EXPIRE_JOB, events.expire_offer_job(row), delay=row.expire_time - now)
        return False
    _end(row, "expire", now)
    tx.publish(events.offer_expired(row, None), key=events.key_of(row))
    await OfferRepository(tx).write(row)
    return True


async def lapse_open_offers(tx: Transaction, listing_id: UUID, *, by: UUID | None, now: datetime) -> None:
    """End the open offers of a listing that is taken; the caller holds the lock of the listing."""
    await _lapse(tx, await OfferRepository(tx).lock_open(listing_id), by=by, now=now)


async def _lapse(tx: Transaction, others: Iterable[Offer], *, by: UUID | None, now: datetime) -> None:
    for other in others:
        _end(other, "lapse", now)
        tx.publish(events.offer_lapsed(other, by), key=events.key_of(other))
        await OfferRepository(tx).write(other)


async def _lock(tx: Transaction, found: Offer) -> Offer:
    """Lock an offer, its listing first, which an offer never changes."""
    offers = OfferRepository(tx)
    await offers.lock_listing(found.listing_id)
    return await offers.get_for_update(found.id)


def _answering(row: Offer, actor: Actor, verb: str, *, etag: str, now: datetime | None) -> OfferParty:
    """For which side the caller answers an offer; with `now`, whose terms must still be good."""
    side = policy.side_of(actor, row)
    match_etag(row.etag, etag)
    OFFER_LIFECYCLE.target(verb, OfferState(row.state))
    if now is not None and row.expire_time <= now:
        raise OfferExpired(metadata={"expire_time": row.expire_time.isoformat()})
    if row.awaiting != side:
        raise NotYourTurn(metadata={"awaiting": str(row.awaiting)})
    return side


def _end(row: Offer, verb: str, now: datetime) -> None:
    OFFER_LIFECYCLE.apply(row, verb, at=now)
    row.awaiting = None
    row.update_time = now


def _keep_terms(tx: Transaction, row: Offer, side: OfferParty, by: UUID, now: datetime) -> None:
    """Keep the terms on the table for the record, and have them end in time."""
    OfferRepository(tx).add_round(
        OfferRound(
            organization_id=row.organization_id,
            offer_id=row.id,
            round=row.round,
            buyer_id=row.buyer_id,
            party=side,
            actor_id=by,
            currency_code=row.currency_code,
            price=row.price,
            close_date=row.close_date,
            message=row.message,
            expire_time=row.expire_time,
            create_time=now,
        )
    )
    key = f"{row.id}/{row.round}"
    tx.enqueue(EXPIRE_JOB, events.expire_offer_job(row), key=key, delay=row.expire_time - now)


def _checked(terms: Terms, now: datetime) -> datetime:
    """When the terms end, after the rules that the contract cannot express."""
    if terms.price <= 0:
        raise invalid("price", "must be above zero", "money.positive")
    not_past(terms.close_date, now, "close_date")
    expire_time = terms.expire_time or now + USUAL_TIME
    if not now + SHORTEST_TIME <= expire_time <= now + LONGEST_TIME:
        raise invalid("expire_time", "must lie between an hour and 60 days from now", "expire_time.range")
    return expire_time
