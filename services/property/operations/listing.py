"""Listings: create, read, change, and the verbs of their status."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from services.chassis.actor import organization_of
from services.chassis.db.database import ReadTransaction, Transaction
from services.chassis.db.hot import HotReads
from services.chassis.errors import invalid, match_etag
from services.chassis.ids import new_id
from services.chassis.paging import Page, PageOf
from services.property import events
from services.property.errors import ExternalKeyTaken, ListingNotFound, ListingStateRefused, PropertyOnMarket
from services.property.lifecycle import EDITABLE, LISTING_LIFECYCLE, ON_MARKET, StandardStatus
from services.property.models import Listing, ListingSnapshot, Property
from services.property.operations import history
from services.property.operations.property import must_be_active
from services.property.repository import hot
from services.property.repository.listing import ListingRepository
from services.property.repository.property import PropertyRepository
from services.property.repository.public import PublicRows

MAJOR_CHANGES = {"publish": "New Listing", "reactivate": "Back On Market"}
"""RESO MajorChangeType by verb; other verbs are named by the status they lead to."""
PRICE_CHANGE = "Price Change"
EXPIRING = frozenset(LISTING_LIFECYCLE.allowed_from("expire"))
LAST_ZONE = timedelta(hours=12)
"""How far the last time zone is behind UTC."""


async def create_listing(
    tx: Transaction, property_id: UUID, values: Mapping[str, Any], now: datetime, *, listing_id: UUID | None = None
) -> Listing:
    """Prepare an offer of a property; demo data has ids that are known beforehand.

    Raises:
        PropertyNotFound, PropertyStateRefused, ExternalKeyTaken: see the contract.
    """
    home = await PropertyRepository(tx).get_for_update(property_id)
    must_be_active(home)
    listings = ListingRepository(tx)
    await _free_number(listings, values)
    row = Listing(
        organization_id=organization_of(tx.actor),
        id=listing_id or new_id(),
        property_id=property_id,
        state=StandardStatus.INCOMPLETE,
        original_list_price=values["list_price"],
        status_change_timestamp=now,
        create_time=now,
        update_time=now,
        **{**values, "list_agent_id": values.get("list_agent_id") or tx.actor.user_id},
    )
    await listings.insert(row)
    made = [history.Change("state", None, row.state), history.Change("list_price", None, row.list_price)]
    await PropertyRepository(tx).add_history(history.entries(row, made, kind="create", by=tx.actor.identity, now=now))
    await listings.add_snapshots([history.snapshot(row, kind="create", now=now)])
    tx.publish(events.listing_created(row), key=str(row.id))
    return row


async def get_listing(reads: HotReads, listing_id: UUID) -> Listing:
    """Read one of the organisation's listings, whatever its status."""
    return await hot.listing_by_id(reads, listing_id)


async def resolve_listing(tx: ReadTransaction, listing_id: UUID) -> tuple[Property, Listing]:
    """A listing in any status and its property; for other services, as the system.

    Raises:
        ListingNotFound
    """
    return await ListingRepository(tx).get_with_home(listing_id)


async def resolve_property(tx: ReadTransaction, property_id: UUID) -> tuple[Property, Listing]:
    """A property and the listing by which it is on the market; for other services, as the system.

    Raises:
        ListingNotFound: it is not on the market, or there is none.
    """
    listings = ListingRepository(tx)
    row = await listings.on_market(property_id)
    if row is None:
        raise ListingNotFound
    return await listings.get_with_home(row.id)


async def list_listings(
    tx: ReadTransaction, page: Page, *, property_id: UUID | None, states: Sequence[str], listing_number: str
) -> PageOf[Listing]:
    """One page of the organisation's listings."""
    return await ListingRepository(tx).list_page(
        page, property_id=property_id, states=states, listing_number=listing_number
    )


async def update_listing(
    tx: Transaction, listing_id: UUID, values: Mapping[str, Any], *, etag: str, now: datetime
) -> Listing:
    """Set fields; what is the same already is no change. Another `list_price` is a price change.

    Raises:
        EtagMismatch, ListingStateRefused, ExternalKeyTaken, InvalidFields: see the contract.
    """
    home, row = await _lock(tx, listing_id)
    match_etag(row.etag, etag)
    if StandardStatus(row.state) not in EDITABLE:
        allowed = ",".join(s.name for s in StandardStatus if s in EDITABLE)
        raise ListingStateRefused(metadata={"state": row.state, "allowed_states": allowed})
    same_currency(row, values.get("currency_code", row.currency_code), "listing.list_price.currency_code")
    made = history.changes(row, values)
    if not made:
        return row
    names = {change.name for change in made}
    if {"listing_number", "originating_system_name"} & names:
        key = ("listing_number", "originating_system_name")
        await _free_number(ListingRepository(tx), {name: values.get(name, getattr(row, name)) for name in key})
    before = row.list_price
    history.apply(row, made)
    if "list_price" in names:
        row.previous_list_price = before
        row.price_change_timestamp = now
        row.major_change_type = PRICE_CHANGE
        tx.publish(events.listing_price_changed(row, before), key=str(row.id))
    if names - {"list_price"}:
        tx.publish(events.listing_updated(row, [history.reso_name(n) for n in sorted(names)]), key=str(row.id))
    await _record(tx, home, row, made, kind="update", now=now, was_public=True)
    return row


async def move_listing(
    tx: Transaction,
    listing_id: UUID,
    verb: str,
    *,
    etag: str,
    now: datetime,
    close: tuple[int, str, date] | None = None,
) -> Listing:
    """Move a listing along one verb of its lifecycle: Announce, Publish, ..., Close (with price, currency and day).

    Raises:
        ListingStateRefused, EtagMismatch, PropertyOnMarket, PropertyStateRefused, InvalidFields: see the contract.
    """
    home, row = await _lock(tx, listing_id)
    match_etag(row.etag, etag)
    return await _move(tx, home, row, verb, now=now, close=close, renewed=verb == "reactivate")


async def follow_deal(
    tx: Transaction,
    listing_id: UUID,
    verb: str,
    *,
    position: int,
    now: datetime,
    close: tuple[int, str, date] | None = None,
) -> bool:
    """Move a listing as its deal has moved; say whether it could be. A listing that people moved stays where it is.

    So does one that has followed a later event than the one at `position`: what was given up, and is replayed when the
    deal is over or another has begun, is not true any more.

    `reactivate` brings back only what was under contract: what is on hold, withdrawn or expired has no deal to lose.
    Nobody has signed a new contract then: where the owner's has run out meanwhile, the listing expires by it.
    """
    home, row = await _lock(tx, listing_id)
    if not await ListingRepository(tx).follow(row, position):
        return False
    allowed = set(LISTING_LIFECYCLE.allowed_from(verb))
    if verb == "reactivate":
        allowed &= {StandardStatus.ACTIVE_UNDER_CONTRACT, StandardStatus.PENDING}
    if StandardStatus(row.state) not in allowed:
        return False
    await _move(tx, home, row, verb, now=now, close=close)
    return True


async def expire_listing(tx: Transaction, listing_id: UUID, now: datetime) -> bool:
    """Expire a listing whose owner's contract has run out; say whether it still had to be done."""
    home, row = await _lock(tx, listing_id)
    if row.state not in EXPIRING or not has_run_out(row.expiration_date, now):
        return False  # another process was faster, or the contract goes on
    await _move(tx, home, row, "expire", now=now)
    return True


def run_out_before(now: datetime) -> date:
    """The first day that is not over everywhere on earth: noon of UTC is midnight in the last of all time zones.

    Where a property lies may be unknown, and a listing must not end before the last day that its contract names.
    """
    return (now.astimezone(UTC) - LAST_ZONE).date()


def has_run_out(expiration_date: date | None, now: datetime) -> bool:
    """Whether the last day of a contract is over."""
    return expiration_date is not None and expiration_date < run_out_before(now)


async def _move(
    tx: Transaction,
    home: Property,
    row: Listing,
    verb: str,
    *,
    now: datetime,
    close: tuple[int, str, date] | None = None,
    renewed: bool = False,
) -> Listing:
    before, was_on_market, was_public = StandardStatus(row.state), row.on_market, row.public
    to = LISTING_LIFECYCLE.target(verb, before)
    if to in ON_MARKET:
        must_be_active(home)
        other = await ListingRepository(tx).on_market(home.id)
        if other is not None and other.id != row.id:
            raise PropertyOnMarket(metadata={"property_id": str(home.id)})
    made = []
    if close is not None:
        price, currency, day = close
        same_currency(row, currency, "close_price.currency_code")
        made = [
            history.Change("close_price", row.close_price, price),
            history.Change("close_date", row.close_date, day),
        ]
        history.apply(row, made)
    if renewed and has_run_out(row.expiration_date, now):
        # A new contract, whose last day nobody has said yet: with the old one it would expire again within a minute.
        made = [history.Change("expiration_date", row.expiration_date, None)]
        history.apply(row, made)
    LISTING_LIFECYCLE.apply(row, verb, at=now)
    row.major_change_type = MAJOR_CHANGES.get(verb, to.name.replace("_", " ").title())
    if to in ON_MARKET:
        row.on_market_timestamp = row.on_market_timestamp or now
        row.off_market_timestamp = None
    elif was_on_market:
        row.off_market_timestamp = now
    made = [history.Change("state", before, to), *made]
    tx.publish(events.listing_status_changed(row, before), key=str(row.id))
    await _record(tx, home, row, made, kind=verb, now=now, was_public=was_public)
    return row


async def list_listing_snapshots(tx: ReadTransaction, listing_id: UUID, page: Page) -> PageOf[ListingSnapshot]:
    """One page of how a listing looked after each of its changes."""
    listings = ListingRepository(tx)
    await listings.get(listing_id)
    return await listings.snapshots(listing_id, page)


def same_currency(row: Listing, currency_code: str, field: str) -> None:
    """Refuse a price in another currency: a listing keeps the one it began with."""
    if currency_code != row.currency_code:
        raise invalid(field, f"the listing is in {row.currency_code}", "money.currency_change")


async def _lock(tx: Transaction, listing_id: UUID) -> tuple[Property, Listing]:
    """Lock the property before the listing, as every writer does: in the other order two of them could deadlock."""
    listings = ListingRepository(tx)
    found = await listings.get(listing_id)
    home = await PropertyRepository(tx).get_for_update(found.property_id)
    return home, await listings.get_for_update(listing_id)


async def _record(
    tx: Transaction,
    home: Property,
    row: Listing,
    made: Sequence[history.Change],
    *,
    kind: str,
    now: datetime,
    was_public: bool,
) -> None:
    row.update_time = now
    await tx.session.flush()
    await PropertyRepository(tx).add_history(history.entries(row, made, kind=kind, by=tx.actor.identity, now=now))
    await ListingRepository(tx).add_snapshots([history.snapshot(row, kind=kind, now=now)])
    if row.public:
        await PublicRows(tx).show([(home, row)], now)
    elif was_public:
        await PublicRows(tx).hide([row.id])


async def _free_number(listings: ListingRepository, values: Mapping[str, Any]) -> None:
    system, number = values.get("originating_system_name", ""), values.get("listing_number", "")
    if number and await listings.has_external_key(system, number):
        raise ExternalKeyTaken(metadata={"key": number})
