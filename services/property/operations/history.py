"""What has changed, field by field, in the words of the RESO Data Dictionary (HistoryTransactional)."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from services.chassis.ids import new_id
from services.chassis.money import format_minor
from services.property.models import Listing, Property
from services.property.snapshots import to_json

_NAMES = {
    "state": "StandardStatus",
    "listing_number": "ListingId",
    "waterfront_yn": "WaterfrontYN",
    "internet_entire_listing_display_yn": "InternetEntireListingDisplayYN",
    "internet_address_display_yn": "InternetAddressDisplayYN",
    "list_agent_id": "ListAgentKey",
    "virtual_tour_url_unbranded": "VirtualTourURLUnbranded",
    "universal_property_id": "UniversalPropertyId",
}
_PRICES = frozenset({"list_price", "close_price"})


class Change(NamedTuple):
    """One field, before and after."""

    name: str
    before: Any
    after: Any


def reso_name(name: str) -> str:
    """A column's name in the Data Dictionary: `list_price` is ListPrice."""
    return _NAMES.get(name) or "".join(part.capitalize() for part in name.split("_"))


def changes(row: Property | Listing, values: Mapping[str, Any]) -> list[Change]:
    """What setting `values` would change."""
    found = (Change(name, getattr(row, name), value) for name, value in values.items())
    return [change for change in found if change.before != change.after]


def apply(row: Property | Listing, made: Sequence[Change]) -> None:
    """Make the changes."""
    for change in made:
        setattr(row, change.name, change.after)


def entries(
    row: Property | Listing, made: Sequence[Change], *, kind: str, by: str, now: datetime
) -> list[dict[str, Any]]:
    """The history of some changes of a row: rows of `field_history`."""
    is_listing = isinstance(row, Listing)
    currency = row.currency_code if isinstance(row, Listing) else ""
    return [
        {
            "organization_id": row.organization_id,
            "id": new_id(),
            "property_id": row.property_id if isinstance(row, Listing) else row.id,
            "resource_name": "Listing" if is_listing else "Property",
            "resource_id": row.id,
            "field_name": reso_name(change.name) if is_listing or change.name != "state" else "PropertyState",
            "previous_value": as_text(change.before, change.name, currency),
            "new_value": as_text(change.after, change.name, currency),
            "change_type": kind,
            "changed_by": by,
            "modification_timestamp": now,
        }
        for change in made
    ]


def snapshot(row: Listing, *, kind: str, now: datetime) -> dict[str, Any]:
    """A listing as it is now, a row of `listing_snapshots`; flush before, so that its version is the new one."""
    return {
        "organization_id": row.organization_id,
        "listing_id": row.id,
        "id": new_id(),
        "change_type": kind,
        "listing": to_json(row),
        "snapshot_time": now,
    }


def as_text(value: Any, name: str, currency: str) -> str:
    """A value as the history shows it."""
    match value:
        case None:
            return ""
        case int() if name in _PRICES:
            return format_minor(value, currency)
        case bool():
            return "true" if value else "false"
        case float():
            return f"{value:.10g}"
        case datetime() | date():
            return value.isoformat()
        case list():
            return ", ".join(map(str, value))
        case dict():
            return ", ".join(f"{k}={v}" for k, v in sorted(value.items()))
        case UUID():
            return str(value)
        case _:
            return str(value)
