"""Deals: create, read, change, move along the pipeline, close, cancel."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from uuid import UUID

from services.chassis.actor import Actor, user_of
from services.chassis.db.database import ReadTransaction, Transaction
from services.chassis.errors import invalid, match_etag
from services.chassis.ids import new_id
from services.chassis.paging import Page, PageOf
from services.deal import events, policy
from services.deal.errors import (
    DealNotFound,
    DealStateRefused,
    DocumentsMissing,
    ListingTaken,
    PaymentOpen,
    StageNotFound,
)
from services.deal.lifecycle import DEAL_LIFECYCLE, OFFER_LIFECYCLE, OPEN_PAYMENTS, DealState, PaymentState
from services.deal.models.deal import Deal, TimelineEntry
from services.deal.models.pipeline import Stage
from services.deal.operations.common import must_be_for_sale, not_past, note, same_currency
from services.deal.operations.holding import must_be_undisputed
from services.deal.operations.offer import lapse_open_offers
from services.deal.operations.opening import open_deal
from services.deal.operations.pipeline import get_pipeline, hold_pipeline
from services.deal.peers import ListingFacts
from services.deal.repository.deal import DealRepository
from services.deal.repository.dispute import DisputeRepository
from services.deal.repository.document import DocumentRepository
from services.deal.repository.offer import OfferRepository
from services.deal.repository.payment import PaymentRepository


async def create_deal(
    tx: Transaction,
    actor: Actor,
    organization_id: UUID,
    listing: ListingFacts | None,
    *,
    display_name: str,
    buyer_id: UUID | None,
    agent_id: UUID | None,
    price: int,
    currency_code: str,
    close_date: date | None,
    pipeline_id: UUID | None,
    now: datetime,
) -> Deal:
    """Begin a deal without an offer.

    Raises:
        ListingNotForSale, ListingTaken, PipelineNotFound, InvalidFields: see the contract.
    """
    if price <= 0:
        raise invalid("price", "must be above zero", "money.positive")
    not_past(close_date, now, "close_date")
    by = user_of(actor)
    if listing is not None:
        must_be_for_sale(listing)
        same_currency(listing, currency_code)
        offers = OfferRepository(tx)
        await offers.lock_listing(listing.listing_id)
        if await offers.taken(listing.listing_id):
            raise ListingTaken(metadata={"listing_id": str(listing.listing_id)})
        await lapse_open_offers(tx, listing.listing_id, by=by, now=now)
    return await open_deal(
        tx,
        deal_id=new_id(),
        display_name=display_name,
        organization_id=organization_id,
        listing_id=listing.listing_id if listing else None,
        property_id=listing.property_id if listing else None,
        offer_id=None,
        buyer_id=buyer_id,
        agent_id=agent_id or by,
        price=price,
        currency_code=currency_code,
        close_date=close_date,
        pipeline_id=pipeline_id,
        by=by,
        now=now,
    )


async def get_deal(tx: ReadTransaction, deal_id: UUID) -> Deal:
    """Read one deal as its reader may.

    Raises:
        DealNotFound: also where the caller must not know of it.
    """
    row = await DealRepository(tx).get(deal_id)
    if not policy.sees(tx.actor, row):
        raise DealNotFound
    return row


async def list_deals(
    tx: ReadTransaction,
    page: Page,
    *,
    states: Sequence[str],
    listing_id: UUID | None,
    stage_id: UUID | None,
    agent_id: UUID | None,
) -> PageOf[Deal]:
    """One page: the organisation's deals for who may read them there, else those in which the caller buys."""
    actor = tx.actor
    buyer_id = None if actor.organization_id and actor.can(policy.READ) else user_of(actor)
    return await DealRepository(tx).list_page(
        page, buyer_id=buyer_id, states=states, listing_id=listing_id, stage_id=stage_id, agent_id=agent_id
    )


async def list_deal_timeline(tx: ReadTransaction, deal_id: UUID, page: Page) -> PageOf[TimelineEntry]:
    """One page of what has happened."""
    row = await get_deal(tx, deal_id)
    members_too = policy.member_with(tx.actor, row.organization_id, policy.READ)
    return await DealRepository(tx).timeline(deal_id, page, members_too=members_too)


async def update_deal(
    tx: Transaction,
    actor: Actor,
    deal_id: UUID,
    *,
    display_name: str | None,
    agent_id: UUID | None,
    close_date: date | None,
    etag: str,
    now: datetime,
) -> Deal:
    """Change what is sent.

    Raises:
        DealNotFound, DealStateRefused, EtagMismatch, InvalidFields.
    """
    wishes = {"display_name": display_name, "agent_id": agent_id, "close_date": close_date}
    sent = {name: value for name, value in wishes.items() if value is not None}
    if not sent:
        raise invalid("deal", "nothing to change", "update.empty")
    not_past(close_date, now, "close_date")
    row = await DealRepository(tx).get_for_update(deal_id)
    match_etag(row.etag, etag)
    must_be_open(row)
    by = user_of(actor)
    for name, value in sent.items():
        before = getattr(row, name)
        if before != value:
            setattr(row, name, value)
            note(tx, row, "update", by=by, now=now, before=f"{name}={before or ''}", after=f"{name}={value}")
    row.update_time = now
    await tx.session.flush()
    return row


async def move_deal_stage(
    tx: Transaction, actor: Actor, deal_id: UUID, stage_id: UUID, *, text: str, etag: str, now: datetime
) -> Deal:
    """Move a deal to another stage of its pipeline; to where it stands is no move.

    Raises:
        DealNotFound, DealStateRefused, EtagMismatch, StageNotFound, DocumentsMissing.
    """
    deals = DealRepository(tx)
    # A deal stays in its pipeline, which is locked ahead of it.
    stages = (await hold_pipeline(tx, (await deals.get(deal_id)).pipeline_id)).stages
    row = await deals.get_for_update(deal_id)
    match_etag(row.etag, etag)
    must_be_open(row)
    stage = next((stage for stage in stages if stage.id == stage_id), None)
    if stage is None:
        raise StageNotFound
    if stage.id == row.stage_id:
        return row
    await _must_have(tx, row, stage.required_document_types)
    before = row.stage_display_name
    row.stage_id, row.stage_display_name, row.probability = stage.id, stage.display_name, stage.probability
    row.stage_time = row.update_time = now
    await tx.session.flush()
    by = user_of(actor)
    note(tx, row, "stage", by=by, now=now, before=before, after=stage.display_name, text=text, members_only=bool(text))
    tx.publish(events.deal_stage_moved(row, by, before), key=events.key_of(row))
    return row


async def close_deal(
    tx: Transaction, actor: Actor, deal_id: UUID, *, close_date: date | None, etag: str, now: datetime
) -> Deal:
    """Complete the sale.

    Raises:
        DealNotFound, DealStateRefused, EtagMismatch, DealDisputed, DocumentsMissing, PaymentOpen, InvalidFields.
    """
    row = await _lock(tx, deal_id)
    match_etag(row.etag, etag)
    must_be_open(row)
    day = close_date or now.date()
    if (day - now.date()).days > 1:  # tomorrow in UTC is today somewhere
        raise invalid("close_date", "must not be in the future", "date.future")
    stages: Sequence[Stage] = (await get_pipeline(tx, row.pipeline_id)).stages
    await must_be_undisputed(tx, row)
    await _must_have(tx, row, {kind for stage in stages for kind in stage.required_document_types})
    await _no_open_payment(tx, row)
    DEAL_LIFECYCLE.apply(row, "close", at=now)
    row.close_date, row.probability, row.update_time = day, 100, now
    await tx.session.flush()
    by = user_of(actor)
    note(tx, row, "close", by=by, now=now, after=day.isoformat())
    tx.publish(events.deal_closed(row, by), key=events.key_of(row))
    return row


async def cancel_deal(tx: Transaction, actor: Actor, deal_id: UUID, *, reason: str, etag: str, now: datetime) -> Deal:
    """End a deal that has fallen through, and its accepted offer with it.

    Raises:
        DealNotFound, DealStateRefused, EtagMismatch, DealDisputed, PaymentOpen.
    """
    row = await _lock(tx, deal_id)
    match_etag(row.etag, etag)
    must_be_open(row)
    await must_be_undisputed(tx, row)
    await _no_open_payment(tx, row)
    await _no_released_token(tx, row)
    if row.offer_id is not None:
        offer = await OfferRepository(tx).get(row.offer_id)  # locked by `_lock`
        OFFER_LIFECYCLE.apply(offer, "fall_through", at=now)
        offer.update_time = now
    DEAL_LIFECYCLE.apply(row, "cancel", at=now)
    row.reason, row.probability, row.update_time = reason, 0, now
    await tx.session.flush()
    by = user_of(actor)
    note(tx, row, "cancel", by=by, now=now, text=reason)
    tx.publish(events.deal_cancelled(row, by), key=events.key_of(row))
    return row


def must_be_open(row: Deal) -> None:
    """Refuse what a deal that is over does not allow."""
    if row.state != DealState.OPEN:
        raise DealStateRefused(metadata={"state": row.state, "allowed_states": DealState.OPEN.name})


async def _lock(tx: Transaction, deal_id: UUID) -> Deal:
    """Lock the listing, the offer, the deal: the order that everybody keeps."""
    deals, offers = DealRepository(tx), OfferRepository(tx)
    found = await deals.get(deal_id)
    if found.listing_id is not None:
        await offers.lock_listing(found.listing_id)
    if found.offer_id is not None:
        await offers.get_for_update(found.offer_id)
    return await deals.get_for_update(deal_id)


async def _must_have(tx: Transaction, row: Deal, types: Collection[str]) -> None:
    """Refuse while a document of one of these types is not accepted."""
    if types:
        missing = set(types) - await DocumentRepository(tx).accepted_types(row.id, types)
        if missing:
            raise DocumentsMissing(metadata={"document_types": ",".join(sorted(missing))})


async def _no_open_payment(tx: Transaction, row: Deal) -> None:
    """Refuse while money of the deal is under way or in escrow; payments lock the deal before they change."""
    payment = await PaymentRepository(tx).in_states(row.id, OPEN_PAYMENTS)
    if payment is not None:
        raise PaymentOpen(metadata={"payment_id": str(payment.id)})


async def _no_released_token(tx: Transaction, row: Deal) -> None:
    """Refuse to cancel while a token waits as the commission of a sale that will not be.

    Somebody has to say who gets it instead, the buyer or the seller. What a dispute has released was said.
    """
    payment = await PaymentRepository(tx).in_states(row.id, {PaymentState.RELEASED})
    if payment is not None and await DisputeRepository(tx).releasing(row.id, payment.id) is None:
        raise PaymentOpen(metadata={"payment_id": str(payment.id)})
