from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from typing import ClassVar as _ClassVar

DESCRIPTOR: _descriptor.FileDescriptor

class ErrorReason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ERROR_REASON_UNSPECIFIED: _ClassVar[ErrorReason]
    ERROR_REASON_PROPERTY_NOT_FOUND: _ClassVar[ErrorReason]
    ERROR_REASON_LISTING_NOT_FOUND: _ClassVar[ErrorReason]
    ERROR_REASON_IMPORT_NOT_FOUND: _ClassVar[ErrorReason]
    ERROR_REASON_IMPORT_MAPPING_NOT_FOUND: _ClassVar[ErrorReason]
    ERROR_REASON_PROPERTY_STATE: _ClassVar[ErrorReason]
    ERROR_REASON_PROPERTY_ON_MARKET: _ClassVar[ErrorReason]
    ERROR_REASON_EXTERNAL_KEY_TAKEN: _ClassVar[ErrorReason]
    ERROR_REASON_LISTING_STATE: _ClassVar[ErrorReason]
    ERROR_REASON_IMPORT_STATE: _ClassVar[ErrorReason]
    ERROR_REASON_IMPORT_FILE_UNREADABLE: _ClassVar[ErrorReason]
    ERROR_REASON_IMPORT_FILE_EMPTY: _ClassVar[ErrorReason]
    ERROR_REASON_IMPORT_FILE_TOO_LARGE: _ClassVar[ErrorReason]
    ERROR_REASON_IMPORT_UPLOAD_ORDER: _ClassVar[ErrorReason]
ERROR_REASON_UNSPECIFIED: ErrorReason
ERROR_REASON_PROPERTY_NOT_FOUND: ErrorReason
ERROR_REASON_LISTING_NOT_FOUND: ErrorReason
ERROR_REASON_IMPORT_NOT_FOUND: ErrorReason
ERROR_REASON_IMPORT_MAPPING_NOT_FOUND: ErrorReason
ERROR_REASON_PROPERTY_STATE: ErrorReason
ERROR_REASON_PROPERTY_ON_MARKET: ErrorReason
ERROR_REASON_EXTERNAL_KEY_TAKEN: ErrorReason
ERROR_REASON_LISTING_STATE: ErrorReason
ERROR_REASON_IMPORT_STATE: ErrorReason
ERROR_REASON_IMPORT_FILE_UNREADABLE: ErrorReason
ERROR_REASON_IMPORT_FILE_EMPTY: ErrorReason
ERROR_REASON_IMPORT_FILE_TOO_LARGE: ErrorReason
ERROR_REASON_IMPORT_UPLOAD_ORDER: ErrorReason
