"""What is public of a listing on the market, in the two forms the search table keeps: columns, and a ready answer."""

from datetime import UTC, datetime
from typing import Any

from doorstep.property.v1 import listing_pb2, property_service_pb2, search_service_pb2
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


def result(payload: bytes, now: datetime, distance_meters: float | None) -> search_service_pb2.SearchResult:
    """The ready answer as a result of a search: both messages have the same first two fields, by design."""
    message = search_service_pb2.SearchResult.FromString(payload)
    count_days(message.listing, now)
    if distance_meters is not None:
        message.distance_meters = distance_meters
    return message


def count_days(listing: listing_pb2.Listing, now: datetime) -> None:
    """Set `days_on_market` as of now."""
    if listing.HasField("on_market_timestamp"):
        since = datetime.fromtimestamp(listing.on_market_timestamp.seconds, UTC)
        listing.days_on_market = listings.days_on_market(since, None, now)
