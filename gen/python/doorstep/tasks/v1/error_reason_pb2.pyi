from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from typing import ClassVar as _ClassVar

DESCRIPTOR: _descriptor.FileDescriptor

class ErrorReason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ERROR_REASON_UNSPECIFIED: _ClassVar[ErrorReason]
    ERROR_REASON_TASK_NOT_FOUND: _ClassVar[ErrorReason]
    ERROR_REASON_TASK_STATE: _ClassVar[ErrorReason]
    ERROR_REASON_TASK_KIND_UNKNOWN: _ClassVar[ErrorReason]
    ERROR_REASON_TASK_EXISTS: _ClassVar[ErrorReason]
    ERROR_REASON_SCHEDULE_NOT_FOUND: _ClassVar[ErrorReason]
    ERROR_REASON_SCHEDULE_EXISTS: _ClassVar[ErrorReason]
    ERROR_REASON_SCHEDULE_DECLARED: _ClassVar[ErrorReason]
    ERROR_REASON_SCHEDULE_STATE: _ClassVar[ErrorReason]
ERROR_REASON_UNSPECIFIED: ErrorReason
ERROR_REASON_TASK_NOT_FOUND: ErrorReason
ERROR_REASON_TASK_STATE: ErrorReason
ERROR_REASON_TASK_KIND_UNKNOWN: ErrorReason
ERROR_REASON_TASK_EXISTS: ErrorReason
ERROR_REASON_SCHEDULE_NOT_FOUND: ErrorReason
ERROR_REASON_SCHEDULE_EXISTS: ErrorReason
ERROR_REASON_SCHEDULE_DECLARED: ErrorReason
ERROR_REASON_SCHEDULE_STATE: ErrorReason
