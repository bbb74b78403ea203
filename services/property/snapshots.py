"""Listings as JSON, as snapshots keep them: every column, so that nothing a later reader may ask for is lost. Pure."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from services.property.models import Listing

COLUMNS = tuple(attribute.key for attribute in Listing.__mapper__.column_attrs)
_IDS = frozenset({"id", "organization_id", "property_id", "list_agent_id"})


def to_json(row: Listing) -> dict[str, Any]:
    """Every column of a listing, as a snapshot keeps it."""
    return {name: _plain(getattr(row, name)) for name in COLUMNS}


def from_json(values: Mapping[str, Any]) -> Listing:
    """The listing of a snapshot; it belongs to no session."""
    row = Listing()
    for name in COLUMNS:
        value = values.get(name)
        if value is not None and (name in _IDS):
            value = UUID(value)
        elif value is not None and name.endswith(("_timestamp", "_time")):
            value = datetime.fromisoformat(value)
        elif value is not None and name.endswith("_date"):
            value = date.fromisoformat(value)
        setattr(row, name, value)
    return row


def _plain(value: Any) -> Any:
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    return value
