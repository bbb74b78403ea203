"""Properties: rows to messages and back."""

from collections.abc import Iterable, Mapping
from operator import attrgetter
from typing import Any

from doorstep.property.v1 import property_pb2 as pb
from services.chassis.errors import InvalidFields, invalid
from services.chassis.mapping import checked, enum_name, set_time, to_time
from services.property.models import PROPERTY_FIELDS, Engagement, FieldHistory, Property

_ENUMS: dict[str, tuple[Any, str]] = {
    "property_type": (pb.PropertyType, "PROPERTY_TYPE_"),
    "living_area_units": (pb.AreaUnits, "AREA_UNITS_"),
    "lot_size_units": (pb.AreaUnits, "AREA_UNITS_"),
}
_FIELDS: Mapping[str, Any] = pb.Property.DESCRIPTOR.fields_by_name
_OPTIONAL = frozenset(name for name in PROPERTY_FIELDS if _FIELDS[name].has_presence)
_fields_of = attrgetter(*PROPERTY_FIELDS)

_PRIVATE = ("originating_system_name", "originating_system_key", "attributes")
_AT_THE_DOOR = ("unparsed_address", "unit_number", "parcel_number", "universal_property_id")
_ROUGHLY = 2
"""Decimals of a degree that stay where the address is not shown: about a kilometre."""


def contents(values: Mapping[str, Any]) -> dict[str, Any]:
    """What to make a message of, from values by column name; None and what is missing stay unset."""
    found = {name: values.get(name) for name in PROPERTY_FIELDS}
    for name, (_, prefix) in _ENUMS.items():
        found[name] = prefix + (found[name] or "UNSPECIFIED")
    return found


def to_message(row: Property) -> pb.Property:
    """A property as its organisation sees it."""
    return pb.Property(
        property_id=str(row.id),
        organization_id=str(row.organization_id),
        etag=row.etag,
        state=f"PROPERTY_STATE_{row.state}",
        create_time=to_time(row.create_time),
        update_time=to_time(row.update_time),
        archive_time=to_time(row.archive_time),
        **contents(dict(zip(PROPERTY_FIELDS, _fields_of(row), strict=True))),
    )


def to_public(row: Property, *, address: bool) -> pb.Property:
    """A property as everybody sees it while it is on the market; without its address the place is a rough one."""
    message = to_message(row)
    for name in (*_PRIVATE, "etag", "create_time"):
        message.ClearField(name)
    if not address:
        for name in _AT_THE_DOOR:
            message.ClearField(name)
        if message.HasField("latitude"):
            message.latitude = round(message.latitude, _ROUGHLY)
            message.longitude = round(message.longitude, _ROUGHLY)
    return message


def to_values(message: pb.Property, names: Iterable[str] = PROPERTY_FIELDS) -> dict[str, Any]:
    """What a caller wants to set, by column name."""
    values: dict[str, Any] = {}
    for name in names:
        if name in _ENUMS:
            enum, prefix = _ENUMS[name]
            number = getattr(message, name)
            if number not in enum.values():  # an update is not held against the rules as a whole
                raise invalid(f"property.{name}", "must be one of the defined values", "enum.defined_only")
            values[name] = enum_name(enum, prefix, number)
        elif name == "view":
            values[name] = list(message.view)
        elif name == "attributes":
            values[name] = dict(message.attributes)
        elif name in _OPTIONAL:
            values[name] = getattr(message, name) if message.HasField(name) else None
        else:
            values[name] = getattr(message, name)
    return values


def check_values(values: Mapping[str, Any], prefix: str = "property") -> None:
    """Hold whole values against the proto's rules: the outcome of an update, or a row of a file.

    Raises:
        InvalidFields: with one violation per broken rule.
    """
    try:
        message = pb.Property(**contents(values))
    except ValueError as error:  # a number beyond its type, or no such enum value
        raise InvalidFields(str(error), metadata={"fields": prefix}) from error
    checked(message, prefix)


def to_history_entry(row: FieldHistory) -> pb.PropertyHistoryEntry:
    """One change of one field."""
    message = pb.PropertyHistoryEntry(
        history_id=str(row.id),
        resource_name=row.resource_name,
        resource_id=str(row.resource_id),
        field_name=row.field_name,
        previous_value=row.previous_value,
        new_value=row.new_value,
        change_type=row.change_type,
        changed_by=row.changed_by,
    )
    set_time(message, "modification_timestamp", row.modification_timestamp)
    return message


def to_engagement(property_id: str, row: Engagement | None) -> pb.PropertyEngagement:
    """The figures of a property; zeros without sessions."""
    message = pb.PropertyEngagement(property_id=property_id)
    if row is not None:
        message.sessions_total = row.sessions_total
        message.seconds_total = row.seconds_total
        message.seconds_average = row.seconds_total / row.sessions_total if row.sessions_total else 0.0
        message.gaze_seconds_total = row.gaze_seconds_total
        message.events_total = row.events_total
        set_time(message, "last_session_end_time", row.last_session_end_time)
    return message
