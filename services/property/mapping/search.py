"""What is public of a listing on the market, in the two forms the search table keeps: columns, and a ready answer."""

import struct
from datetime import UTC, datetime
from typing import Any

from doorstep.property.v1 import listing_pb2, property_service_pb2, search_service_pb2
from services.chassis.protobytes import read_varint, tag, varint
from services.property.mapping import listing as listings
from services.property.mapping import property as properties
from services.property.models import Listing, Property

SQUARE_METERS = {
    "UNSPECIFIED": 1.0,
    "SQUARE_METERS": 1.0,
    "SQUARE_FEET": 0.09290304,
    "ACRES": 4046.8564224,
    "HECTARES": 10_000.0,
}


def public_row(home: Property, offer: Listing, now: datetime) -> dict[str, Any]:
    """The row of `search_listings`. It is made from the public messages, so nothing else can get into it."""
    address = offer.internet_address_display_yn
    shown = properties.to_public(home, address=address)
    listed = listings.to_public(offer, now)
    listed.ClearField("days_on_market")  # it changes by itself; whoever answers adds it
    payload = property_service_pb2.GetPropertyResponse(property=shown, current_listing=listed)
    place = shown.HasField("latitude")
    words = (
        shown.city, shown.county_or_parish, shown.state_or_province, shown.postal_code, shown.unparsed_address,
        shown.property_sub_type, *shown.view, "waterfront" if shown.waterfront_yn else "",
    )  # fmt: skip
    return {
        "listing_id": offer.id,
        "property_id": home.id,
        "organization_id": home.organization_id,
        "standard_status": offer.state,
        "property_type": home.property_type,
        "city_key": key(shown.city),
        "city": shown.city,
        "state_or_province": shown.state_or_province,
        "postal_code": shown.postal_code,
        "country": shown.country,
        "address_key": key(shown.unparsed_address),
        "address": shown.unparsed_address,
        "currency_code": offer.currency_code,
        "list_price": offer.list_price,
        "bedrooms": home.bedrooms_total,
        "bathrooms": home.bathrooms_total_integer,
        "living_area_sqm": (home.living_area or 0.0) * SQUARE_METERS[home.living_area_units],
        "year_built": home.year_built or 0,
        "waterfront": bool(home.waterfront_yn),
        "latitude": shown.latitude if place else None,
        "longitude": shown.longitude if place else None,
        "on_market_timestamp": offer.on_market_timestamp or offer.status_change_timestamp,
        "facts": " ".join(word for word in words if word),
        "remarks": listed.public_remarks,
        "payload": payload.SerializeToString(),
    }


def key(text: str) -> str:
    """Text as it is compared: lower case, single spaces."""
    return " ".join(text.casefold().split())


def answer(payload: bytes, now: datetime) -> property_service_pb2.GetPropertyResponse:
    """The ready answer, with the one figure that changes by itself."""
    message = property_service_pb2.GetPropertyResponse.FromString(payload)
    count_days(message.current_listing, now)
    return message


RESULTS = tag(search_service_pb2.SearchPropertiesResponse, "results")
_PROPERTY = tag(search_service_pb2.SearchResult, "property")[0]
_LISTING = tag(search_service_pb2.SearchResult, "listing")[0]
_DISTANCE = tag(search_service_pb2.SearchResult, "distance_meters")
_DAYS_ON_MARKET = tag(listing_pb2.Listing, "days_on_market")


def result(payload: bytes, days_on_market: int, distance_meters: float | None) -> bytes:
    """The ready answer as a serialised SearchResult: both messages have the same first two fields, by design.

    Bytes are moved and nothing is parsed, for a page of results would cost more than finding them. The listing is the
    payload's last field, and it lacks `days_on_market`, which changes by itself: it is put at the listing's end.
    """
    listing_at = _after_field(payload, _PROPERTY)
    if payload[listing_at] != _LISTING:
        raise ValueError("a ready answer is a property and a listing")
    size, body_at = read_varint(payload, listing_at + 1)
    days = _DAYS_ON_MARKET + varint(days_on_market) if days_on_market else b""
    distance = b"" if distance_meters is None else _DISTANCE + struct.pack("<d", distance_meters)
    return b"".join(
        (payload[: listing_at + 1], varint(size + len(days)), payload[body_at : body_at + size], days, distance)
    )


def _after_field(data: bytes, tag: int) -> int:
    if data[0] != tag:
        raise ValueError("a ready answer begins with a property")
    size, at = read_varint(data, 1)
    return at + size


def count_days(listing: listing_pb2.Listing, now: datetime) -> None:
    """Set `days_on_market` as of now."""
    if listing.HasField("on_market_timestamp"):
        since = datetime.fromtimestamp(listing.on_market_timestamp.seconds, UTC)
        listing.days_on_market = listings.days_on_market(since, None, now)
