"""Listings: rows to messages and back."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from operator import attrgetter
from typing import Any
from uuid import UUID

from google.type import latlng_pb2

from doorstep.property.v1 import listing_pb2 as pb
from doorstep.property.v1 import listing_service_pb2
from services.chassis.errors import InvalidFields
from services.chassis.mapping import checked, from_date, from_money, set_time, to_date, to_money, to_time
from services.property import snapshots
from services.property.models import LISTING_FIELDS, Listing, ListingSnapshot, Property

_PRICES = ("list_price", "original_list_price", "previous_list_price", "close_price")
_DATES = ("close_date", "listing_contract_date", "expiration_date")
_TIMES = (
    "on_market_timestamp",
    "off_market_timestamp",
    "price_change_timestamp",
    "status_change_timestamp",
    "create_time",
    "update_time",
)
_TEXTS = (
    "listing_number",
    "originating_system_name",
    "public_remarks",
    "private_remarks",
    "showing_instructions",
    "virtual_tour_url_unbranded",
    "major_change_type",
)
_FLAGS = ("internet_entire_listing_display_yn", "internet_address_display_yn")
_FIELDS = _TEXTS + _FLAGS + _PRICES + _DATES + _TIMES
_fields_of = attrgetter(*_FIELDS)
_PRIVATE = (
    "etag",
    "originating_system_name",
    "listing_contract_date",
    "expiration_date",
    "private_remarks",
    "showing_instructions",
    "create_time",
)


def to_message(row: Listing, now: datetime) -> pb.Listing:
    """A listing as its organisation sees it."""
    fields: dict[str, Any] = dict(zip(_FIELDS, _fields_of(row), strict=True))
    for name in _PRICES:
        fields[name] = to_money(fields[name], row.currency_code)
    for name in _DATES:
        fields[name] = to_date(fields[name])
    for name in _TIMES:
        fields[name] = to_time(fields[name])
    return pb.Listing(
        listing_id=str(row.id),
        property_id=str(row.property_id),
        organization_id=str(row.organization_id),
        etag=row.etag,
        standard_status=f"STANDARD_STATUS_{row.state}",
        list_agent_id=str(row.list_agent_id or ""),
        days_on_market=days_on_market(row.on_market_timestamp, row.off_market_timestamp, now),
        **fields,
    )


def days_on_market(since: datetime | None, until: datetime | None, now: datetime) -> int:
    """Whole days between coming on the market and leaving it, or now."""
    return 0 if since is None else max(0, ((until or now) - since).days)


def to_public(row: Listing, now: datetime) -> pb.Listing:
    """A listing as everybody sees it while it is on the market."""
    message = to_message(row, now)
    for name in _PRIVATE:
        message.ClearField(name)
    return message


def to_values(message: pb.Listing, names: Iterable[str] = LISTING_FIELDS) -> dict[str, Any]:
    """What a caller wants to set, by column name; `list_price` brings `currency_code` along.

    Raises:
        InvalidFields: a price or a day that is none.
    """
    values: dict[str, Any] = {}
    for name in names:
        field = f"listing.{name}"
        if name == "list_price":
            values["list_price"], values["currency_code"] = from_money(message.list_price, field)
        elif name in _DATES:
            values[name] = from_date(getattr(message, name), field) if message.HasField(name) else None
        elif name in _FLAGS:
            values[name] = getattr(message, name) if message.HasField(name) else True
        elif name == "list_agent_id":
            values[name] = UUID(message.list_agent_id) if message.list_agent_id else None
        else:
            values[name] = getattr(message, name)
    return values


def check_message(message: pb.Listing, names: Iterable[str]) -> None:
    """Hold the named fields against the proto's rules, whatever else the message lacks.

    Raises:
        InvalidFields: with one violation per broken rule.
    """
    part = pb.Listing(property_id="00000000-0000-0000-0000-000000000000")
    part.list_price.currency_code = "USD"
    for name in names:
        value = getattr(message, name)
        if hasattr(value, "CopyFrom"):
            getattr(part, name).CopyFrom(value)
        elif not _has_presence(name) or message.HasField(name):
            setattr(part, name, value)
    checked(part, "listing")


def check_values(values: Mapping[str, Any]) -> None:
    """Hold a row of a file against the proto's rules.

    Raises:
        InvalidFields: with one violation per broken rule.
    """
    part = pb.Listing(property_id="00000000-0000-0000-0000-000000000000")
    part.list_price.currency_code = str(values["currency_code"])
    try:
        for name in _TEXTS:
            setattr(part, name, values.get(name, ""))
    except ValueError as error:
        raise InvalidFields(str(error), metadata={"fields": "listing"}) from error
    checked(part, "listing")


def _has_presence(name: str) -> bool:
    return bool(pb.Listing.DESCRIPTOR.fields_by_name[name].has_presence)


def to_snapshot(row: ListingSnapshot) -> pb.ListingSnapshot:
    """A listing as it was."""
    message = pb.ListingSnapshot(snapshot_id=str(row.id), change_type=row.change_type)
    message.listing.CopyFrom(to_message(snapshots.from_json(row.listing), row.snapshot_time))
    set_time(message, "snapshot_time", row.snapshot_time)
    return message


def to_resolved(home: Property, row: Listing) -> listing_service_pb2.ResolveListingResponse:
    """What other services may know."""
    known = home.latitude is not None and home.longitude is not None
    return listing_service_pb2.ResolveListingResponse(
        listing_id=str(row.id),
        property_id=str(row.property_id),
        organization_id=str(row.organization_id),
        list_agent_id=str(row.list_agent_id or ""),
        standard_status=f"STANDARD_STATUS_{row.state}",
        list_price=to_money(row.list_price, row.currency_code),
        location=latlng_pb2.LatLng(latitude=home.latitude, longitude=home.longitude) if known else None,
        unparsed_address=home.unparsed_address,
    )
