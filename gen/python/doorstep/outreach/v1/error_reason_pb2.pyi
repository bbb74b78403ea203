from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from typing import ClassVar as _ClassVar

DESCRIPTOR: _descriptor.FileDescriptor

class ErrorReason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ERROR_REASON_UNSPECIFIED: _ClassVar[ErrorReason]
    ERROR_REASON_NOTIFICATION_NOT_FOUND: _ClassVar[ErrorReason]
    ERROR_REASON_NOTIFICATION_MANDATORY: _ClassVar[ErrorReason]
    ERROR_REASON_DELIVERY_STATE: _ClassVar[ErrorReason]
    ERROR_REASON_MAILBOX_NOT_IN_USE: _ClassVar[ErrorReason]
    ERROR_REASON_DELIVERY_NOT_FOUND: _ClassVar[ErrorReason]
    ERROR_REASON_SEQUENCE_BEYOND_END: _ClassVar[ErrorReason]
ERROR_REASON_UNSPECIFIED: ErrorReason
ERROR_REASON_NOTIFICATION_NOT_FOUND: ErrorReason
ERROR_REASON_NOTIFICATION_MANDATORY: ErrorReason
ERROR_REASON_DELIVERY_STATE: ErrorReason
ERROR_REASON_MAILBOX_NOT_IN_USE: ErrorReason
ERROR_REASON_DELIVERY_NOT_FOUND: ErrorReason
ERROR_REASON_SEQUENCE_BEYOND_END: ErrorReason
