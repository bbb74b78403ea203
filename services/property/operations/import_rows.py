"""Rows of a file into properties and listings: matched by their keys, so that the same file twice changes nothing.

A house that stands several times in a file (it was sold twice) has one property and several listings. Its facts are
those of the newest listing, whatever the order of the rows; older listings are closed if the mapping says so.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from services.chassis.db.database import Transaction
from services.chassis.errors import InvalidFields
from services.chassis.ids import new_id
from services.property import events
from services.property.imports import columns
from services.property.imports.rows import Amount, ParsedRow, Problem, shown
from services.property.lifecycle import (
    EDITABLE,
    LISTING_LIFECYCLE,
    ON_MARKET,
    ImportState,
    PropertyState,
    StandardStatus,
)
from services.property.models import Import, Listing, Property, RowRemark
from services.property.operations import history
from services.property.repository.imports import ImportRepository
from services.property.repository.listing import ListingRepository
from services.property.repository.property import PropertyRepository
from services.property.repository.public import PublicRows

KIND = "import"
_LONG_AGO = datetime.min.replace(tzinfo=UTC)

Check = Callable[[Mapping[str, Any]], None]


class AnotherStores(Exception):
    """Another import of the organisation stores rows of the same system just now."""


@dataclass(slots=True)
class _Outcome:
    """What one transaction's rows came to."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    entries: list[dict[str, Any]] = field(default_factory=list)
    touched: dict[UUID, tuple[Property, Listing]] = field(default_factory=dict)


async def store_rows(
    tx: Transaction,
    import_id: UUID,
    rows: Sequence[ParsedRow],
    *,
    mapping: columns.Mapping,
    check_facts: Check,
    check_offer: Check,
    now: datetime,
) -> Import | None:
    """Store some rows and, in the same transaction, how far the import is.

    Args:
        rows: The rows after the last one that is done.
        check_facts: Holds a property's values against the contract's rules.
        check_offer: The same for a listing's.

    Returns:
        The import; None where it was cancelled, or these rows were stored by another worker.

    Raises:
        AnotherStores: nothing was done; try again in a while.
    """
    imports = ImportRepository(tx)
    row = await imports.get_for_update(import_id)
    if row.state != ImportState.RUNNING or row.rows_done != rows[0].number - 1:
        return None
    # Two imports that bring the same new house would each find none; what is there afterwards is only changed.
    if not row.validate_only and not await imports.try_turn(row.organization_id, mapping.originating_system_name):
        raise AnotherStores
    good = [parsed for parsed in rows if _valid(parsed, mapping, check_facts, check_offer)]
    outcome = _Outcome()
    if good and not row.validate_only:
        await _Writer(tx, row, mapping, outcome, now).write(good)
    failed = sum(parsed.refused for parsed in rows)
    row.rows_done += len(rows)
    row.rows_failed += failed
    row.rows_warned += sum(bool(parsed.problems) and not parsed.refused for parsed in rows)
    row.rows_created += outcome.created
    row.rows_updated += outcome.updated
    row.rows_unchanged += outcome.unchanged
    row.update_time = now
    imports.add_remarks([remark for parsed in rows for remark in _remarks(row, parsed)])
    if outcome.touched:
        ids = [str(listing_id) for listing_id in outcome.touched]
        tx.publish(events.properties_imported(row, ids), key=str(row.id))
        offers = outcome.touched.values()
        await PublicRows(tx).change(
            put=[(home, listing) for home, listing in offers if listing.public],
            remove=[listing.id for _, listing in offers if not listing.public],
            now=now,
        )
    return row


def _valid(parsed: ParsedRow, mapping: columns.Mapping, check_facts: Check, check_offer: Check) -> bool:
    if parsed.refused:
        return False
    parsed.facts["originating_system_name"] = mapping.originating_system_name
    parsed.offer["originating_system_name"] = mapping.originating_system_name
    price: Amount = parsed.offer["list_price"]
    parsed.offer["list_price"], parsed.offer["currency_code"] = price
    for check, values in ((check_facts, parsed.facts), (check_offer, parsed.offer)):
        try:
            check(values)
        except InvalidFields as error:
            for violation in error.violations:
                _, _, name = violation.field.partition(".")
                value = shown(str(values.get(name, "")))
                parsed.problems.append(Problem(name, value, "INVALID", violation.description, True))
            if not error.violations:
                parsed.problems.append(Problem("", "", "INVALID", error.text, True))
    return not parsed.refused


def _remarks(row: Import, parsed: ParsedRow) -> list[RowRemark]:
    return [
        RowRemark(
            organization_id=row.organization_id,
            import_id=row.id,
            row_number=parsed.number,
            number=number,
            key=shown(parsed.key),
            column_name=problem.column,
            value=problem.value,
            severity="ERROR" if problem.fatal else "WARNING",
            reason=problem.reason,
            description=problem.description,
        )
        for number, problem in enumerate(parsed.problems)
    ]


class _Writer:
    """Stores good rows within one transaction."""

    def __init__(
        self, tx: Transaction, row: Import, mapping: columns.Mapping, outcome: _Outcome, now: datetime
    ) -> None:
        self._tx = tx
        self._import = row
        self._mapping = mapping
        self._outcome = outcome
        self._now = now
        self._properties = PropertyRepository(tx)
        self._listings = ListingRepository(tx)
        self._homes: dict[str, Property] = {}
        self._offers: dict[UUID, list[Listing]] = {}
        self._changed: dict[UUID, Listing] = {}
        self._new: list[Listing] = []

    async def write(self, rows: Sequence[ParsedRow]) -> None:
        system = self._mapping.originating_system_name
        self._homes = await self._properties.lock_by_keys(system, {r.facts["originating_system_key"] for r in rows})
        self._offers = await self._listings.lock_of_properties({home.id for home in self._homes.values()})
        owners = {
            r.offer["listing_number"]: home.id if (home := self._homes.get(r.facts["originating_system_key"])) else None
            for r in rows
        }
        taken = await self._listings.numbers_elsewhere(system, owners)
        seen: dict[str, str] = {}
        for parsed in rows:
            number, key = parsed.offer["listing_number"], parsed.facts["originating_system_key"]
            if number in taken or seen.setdefault(number, key) != key:
                parsed.problems.append(_refusal(number, "KEY_TAKEN", "the number belongs to another property"))
                continue
            self._row(parsed)
        # New listings go last: their properties must be there, and the listings that they replace off the market.
        await self._tx.session.flush()
        for listing in self._new:
            self._listings.add(listing)
        await self._tx.session.flush()
        await self._properties.add_history(self._outcome.entries)
        await self._listings.add_snapshots(
            [history.snapshot(listing, kind=KIND, now=self._now) for listing in self._changed.values()]
        )

    def _row(self, parsed: ParsedRow) -> None:
        home = self._homes.get(parsed.facts["originating_system_key"])
        offers = self._offers.get(home.id, []) if home is not None else []
        number = parsed.offer["listing_number"]
        found = next((o for o in offers if o.listing_number == number and self._ours(o)), None)
        if home is not None and home.state != PropertyState.ACTIVE:
            parsed.problems.append(_refusal(number, "ARCHIVED", "the property is archived"))
            return
        if found is not None and parsed.offer["currency_code"] != found.currency_code:
            parsed.problems.append(_refusal(number, "CURRENCY", f"the listing is in {found.currency_code}"))
            return
        since = parsed.offer.get("on_market_timestamp") or (found.on_market_timestamp if found else None) or self._now
        # Of offers since the same moment the one on the market is the newest, or else the one that was made last.
        age = (since, True) if found is None else (since, found.on_market, found.id)
        newest = all(o is found or _age(o)[: len(age)] <= age for o in offers if self._ours(o))
        status = StandardStatus(parsed.offer.get("standard_status", StandardStatus.ACTIVE))
        if found is None and status in ON_MARKET and not self._make_room(parsed, offers, newest):
            return
        if home is None:
            home = self._create_home(parsed)
            changed = True
        else:
            # Two sales of a house may know different facts: those of the newest are taken, in whatever order they come.
            changed = newest and self._change(home, parsed.facts)
        if found is not None:
            self._update(home, found, parsed, changed=changed)
            return
        if status in ON_MARKET and not newest and self._mapping.older_listings == "close":
            status = StandardStatus.CLOSED
        self._create_listing(home, parsed, status, since)
        self._outcome.created += 1
        if changed and newest:
            self._show(home)

    def _ours(self, listing: Listing) -> bool:
        return listing.originating_system_name == self._mapping.originating_system_name

    def _make_room(self, parsed: ParsedRow, offers: Sequence[Listing], newest: bool) -> bool:
        """Close the listing by which the house is on the market, if it is an older one of the same source."""
        current = next((o for o in offers if o.on_market), None)
        if current is None:
            return True
        if not self._ours(current) or self._mapping.older_listings == "keep":
            text = "the property is on the market by another listing"
            parsed.problems.append(_refusal(parsed.offer["listing_number"], "ON_MARKET", text))
            return False
        if newest:
            before = current.state
            LISTING_LIFECYCLE.apply(current, "supersede", at=self._now)
            self._close(current)
            made = [history.Change("state", before, current.state)]
            self._note(self._home_of(current), current, made)
        return True

    def _home_of(self, listing: Listing) -> Property:
        return next(home for home in self._homes.values() if home.id == listing.property_id)

    def _close(self, listing: Listing) -> None:
        """Write of a listing in CLOSED what a sale says, as far as a file without it lets one guess."""
        since = listing.on_market_timestamp or self._now
        listing.close_price = listing.list_price
        listing.close_date = since.date()
        listing.off_market_timestamp = since
        listing.status_change_timestamp = self._now
        listing.major_change_type = "Closed"
        listing.update_time = self._now

    def _create_home(self, parsed: ParsedRow) -> Property:
        home = Property(
            organization_id=self._import.organization_id,
            id=new_id(),
            state=PropertyState.ACTIVE,
            create_time=self._now,
            update_time=self._now,
            **parsed.facts,
        )
        self._properties.add(home)
        self._homes[home.originating_system_key] = home
        self._outcome.entries += self._entries(home, [history.Change("state", None, home.state)])
        return home

    def _create_listing(self, home: Property, parsed: ParsedRow, status: StandardStatus, since: datetime) -> None:
        values = {k: v for k, v in parsed.offer.items() if k not in {"standard_status", "on_market_timestamp"}}
        listing = Listing(
            organization_id=self._import.organization_id,
            id=new_id(),
            property_id=home.id,
            state=status,
            original_list_price=values["list_price"],
            on_market_timestamp=since if status != StandardStatus.INCOMPLETE else None,
            status_change_timestamp=self._now,
            major_change_type="New Listing",
            internet_entire_listing_display_yn=True,
            internet_address_display_yn=True,
            create_time=self._now,
            update_time=self._now,
            **values,
        )
        if status == StandardStatus.CLOSED:
            self._close(listing)
        self._new.append(listing)
        self._offers.setdefault(home.id, []).append(listing)
        made = [history.Change("state", None, status), history.Change("list_price", None, listing.list_price)]
        self._note(home, listing, made)

    def _update(self, home: Property, listing: Listing, parsed: ParsedRow, *, changed: bool) -> None:
        values = {k: v for k, v in parsed.offer.items() if k not in {"standard_status", "on_market_timestamp"}}
        made = history.changes(listing, values)
        if made and StandardStatus(listing.state) not in EDITABLE:
            text = f"the listing is {listing.state}; its price and texts were not taken"
            parsed.problems.append(Problem("", shown(listing.listing_number), "LISTING_STATE", text, False))
            made = []
        if made:
            before = listing.list_price
            history.apply(listing, made)
            if listing.list_price != before:
                listing.previous_list_price = before
                listing.price_change_timestamp = self._now
                listing.major_change_type = "Price Change"
            listing.update_time = self._now
            self._note(home, listing, made)
        if made or changed:
            self._outcome.updated += 1
            self._show(home)
        else:
            self._outcome.unchanged += 1

    def _change(self, home: Property, facts: Mapping[str, Any]) -> bool:
        made = history.changes(home, facts)
        if made:
            history.apply(home, made)
            home.update_time = self._now
            self._outcome.entries += self._entries(home, made)
        return bool(made)

    def _show(self, home: Property) -> None:
        """Have the public row of a house written anew."""
        for listing in self._offers.get(home.id, []):
            if listing.on_market:
                self._outcome.touched[listing.id] = (home, listing)

    def _note(self, home: Property, listing: Listing, made: Sequence[history.Change]) -> None:
        self._outcome.entries += self._entries(listing, made)
        self._outcome.touched[listing.id] = (home, listing)
        self._changed[listing.id] = listing

    def _entries(self, row: Property | Listing, made: Sequence[history.Change]) -> list[dict[str, Any]]:
        return history.entries(row, made, kind=KIND, by=self._import.created_by, now=self._now)


def _age(listing: Listing) -> tuple[datetime, bool, UUID]:
    return listing.on_market_timestamp or _LONG_AGO, listing.on_market, listing.id


def _refusal(number: str, reason: str, description: str) -> Problem:
    return Problem("", shown(number), reason, description, True)
