"""Imports: rows to messages."""

from doorstep.property.v1 import property_import_pb2 as pb
from services.chassis.mapping import set_time
from services.property.imports.columns import Mapping
from services.property.models import Import, RowRemark

_SAME = (
    "mapping",
    "validate_only",
    "file_name",
    "size_bytes",
    "sha256",
    "rows_total",
    "rows_done",
    "rows_created",
    "rows_updated",
    "rows_unchanged",
    "rows_failed",
    "rows_warned",
    "failure",
    "created_by",
)


def to_message(row: Import) -> pb.PropertyImport:
    """An import."""
    message = pb.PropertyImport(import_id=str(row.id), state=f"IMPORT_STATE_{row.state}")
    for name in _SAME:
        setattr(message, name, getattr(row, name))
    for name in ("create_time", "update_time", "end_time"):
        set_time(message, name, getattr(row, name))
    return message


def to_error(row: RowRemark) -> pb.ImportError:
    """One thing to know about one row."""
    return pb.ImportError(
        row=row.row_number,
        key=row.key,
        column=row.column_name,
        value=row.value,
        severity=f"IMPORT_ERROR_SEVERITY_{row.severity}",
        description=row.description,
        reason=row.reason,
    )


def to_mapping(mapping: Mapping) -> pb.ImportMapping:
    """One mapping."""
    return pb.ImportMapping(
        name=mapping.name,
        description=mapping.description,
        originating_system_name=mapping.originating_system_name,
        required_columns=mapping.required_columns,
        fields=mapping.fields,
    )
