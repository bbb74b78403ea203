"""Properties: create, read, change, archive."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from services.chassis.actor import organization_of
from services.chassis.db.database import ReadTransaction, Transaction
from services.chassis.db.hot import HotReads
from services.chassis.errors import match_etag
from services.chassis.ids import new_id
from services.chassis.paging import Page, PageOf
from services.property import events
from services.property.errors import ExternalKeyTaken, PropertyOnMarket, PropertyStateRefused
from services.property.lifecycle import PROPERTY_LIFECYCLE, PropertyState
from services.property.models import PROPERTY_FIELDS, Engagement, FieldHistory, Listing, Property
from services.property.operations import history
from services.property.repository import hot
from services.property.repository.listing import ListingRepository
from services.property.repository.property import PropertyRepository
from services.property.repository.public import PublicRows

Check = Callable[[Mapping[str, Any]], None]
"""Holds whole values against the contract's rules; raises InvalidFields."""


class Home(NamedTuple):
    """A property, and the listing by which it is on the market."""

    row: Property
    listing: Listing | None


async def create_property(
    tx: Transaction, values: Mapping[str, Any], now: datetime, *, property_id: UUID | None = None
) -> Property:
    """Put a property into the books; demo data has ids that are known beforehand.

    Raises:
        ExternalKeyTaken: the organisation has one with this key of this system.
    """
    properties = PropertyRepository(tx)
    await _free_key(properties, values)
    row = Property(
        organization_id=organization_of(tx.actor),
        id=property_id or new_id(),
        state=PropertyState.ACTIVE,
        create_time=now,
        update_time=now,
        **values,
    )
    await properties.insert(row)
    created = [history.Change("state", None, PropertyState.ACTIVE)]
    await properties.add_history(history.entries(row, created, kind="create", by=tx.actor.identity, now=now))
    tx.publish(events.property_created(row), key=str(row.id))
    return row


async def get_property(reads: HotReads, property_id: UUID) -> Home:
    """Read one of the organisation's properties, whatever its state."""
    return Home(*await hot.home_by_id(reads, property_id))


async def list_properties(tx: ReadTransaction, page: Page, **filters: Any) -> PageOf[Property]:
    """One page of the organisation's properties."""
    return await PropertyRepository(tx).list_page(page, **filters)


async def update_property(
    tx: Transaction, property_id: UUID, values: Mapping[str, Any], *, etag: str, check: Check, now: datetime
) -> Property:
    """Set fields; what is the same already is no change, and no change is no new version.

    Raises:
        EtagMismatch, PropertyStateRefused, ExternalKeyTaken, InvalidFields: see the contract.
    """
    properties = PropertyRepository(tx)
    row = await properties.get_for_update(property_id)
    match_etag(row.etag, etag)
    must_be_active(row)
    check({name: getattr(row, name) for name in PROPERTY_FIELDS} | dict(values))
    made = history.changes(row, values)
    if not made:
        return row
    if {"originating_system_name", "originating_system_key"} & {change.name for change in made}:
        names = ("originating_system_name", "originating_system_key")
        await _free_key(properties, {name: values.get(name, getattr(row, name)) for name in names})
    history.apply(row, made)
    row.update_time = now
    await tx.session.flush()
    await properties.add_history(history.entries(row, made, kind="update", by=tx.actor.identity, now=now))
    tx.publish(events.property_updated(row, [history.reso_name(c.name) for c in made]), key=str(row.id))
    listing = await ListingRepository(tx).on_market(property_id)
    if listing is not None and listing.public:
        await PublicRows(tx).show([(row, listing)], now)
    return row


async def delete_property(tx: Transaction, property_id: UUID, *, etag: str, now: datetime) -> Property:
    """Archive: out of the books, kept with its history.

    Raises:
        PropertyOnMarket: take its listing off the market first.
    """
    row = await PropertyRepository(tx).get_for_update(property_id)
    match_etag(row.etag, etag)
    if await ListingRepository(tx).on_market(property_id) is not None:
        raise PropertyOnMarket(metadata={"property_id": str(property_id)})
    await _move(tx, row, "delete", "archive", now)
    tx.publish(events.property_archived(row), key=str(row.id))
    return row


async def unarchive_property(tx: Transaction, property_id: UUID, *, etag: str, now: datetime) -> Property:
    """Bring an archived property back."""
    row = await PropertyRepository(tx).get_for_update(property_id)
    match_etag(row.etag, etag)
    await _move(tx, row, "unarchive", "unarchive", now)
    row.archive_time = None
    await tx.session.flush()
    tx.publish(events.property_unarchived(row), key=str(row.id))
    return row


async def list_property_history(
    tx: ReadTransaction, property_id: UUID, field_name: str, page: Page
) -> PageOf[FieldHistory]:
    """One page of what has changed in a property and its listings."""
    properties = PropertyRepository(tx)
    await properties.get(property_id)
    return await properties.history(property_id, field_name, page)


async def get_property_engagement(tx: ReadTransaction, property_id: UUID) -> Engagement | None:
    """The figures of VR sessions in a property; None before the first has ended."""
    properties = PropertyRepository(tx)
    await properties.get(property_id)
    return await properties.engagement(property_id)


async def record_session(tx: Transaction, figures: Engagement) -> None:
    """Add one VR session's figures to those of its property."""
    await PropertyRepository(tx).add_engagement(figures)


def must_be_active(row: Property) -> None:
    """Refuse what an archived property does not allow."""
    if row.state != PropertyState.ACTIVE:
        raise PropertyStateRefused(metadata={"state": row.state, "allowed_states": PropertyState.ACTIVE.name})


async def _move(tx: Transaction, row: Property, verb: str, kind: str, now: datetime) -> None:
    before = row.state
    PROPERTY_LIFECYCLE.apply(row, verb, at=now)
    row.update_time = now
    made = [history.Change("state", before, row.state)]
    await PropertyRepository(tx).add_history(history.entries(row, made, kind=kind, by=tx.actor.identity, now=now))
    await tx.session.flush()


async def _free_key(properties: PropertyRepository, values: Mapping[str, Any]) -> None:
    system, key = values.get("originating_system_name", ""), values.get("originating_system_key", "")
    if key and await properties.has_external_key(system, key):
        raise ExternalKeyTaken(metadata={"key": key})
