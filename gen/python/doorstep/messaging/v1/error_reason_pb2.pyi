from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from typing import ClassVar as _ClassVar

DESCRIPTOR: _descriptor.FileDescriptor

class ErrorReason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ERROR_REASON_UNSPECIFIED: _ClassVar[ErrorReason]
    ERROR_REASON_CONVERSATION_NOT_FOUND: _ClassVar[ErrorReason]
    ERROR_REASON_USER_NOT_FOUND: _ClassVar[ErrorReason]
    ERROR_REASON_LISTING_NOT_FOUND: _ClassVar[ErrorReason]
    ERROR_REASON_SELF_CONVERSATION: _ClassVar[ErrorReason]
    ERROR_REASON_CLIENT_MESSAGE_ID_REUSED: _ClassVar[ErrorReason]
    ERROR_REASON_CONVERSATION_BLOCKED: _ClassVar[ErrorReason]
    ERROR_REASON_USER_BLOCKED: _ClassVar[ErrorReason]
    ERROR_REASON_SEQUENCE_BEYOND_END: _ClassVar[ErrorReason]
ERROR_REASON_UNSPECIFIED: ErrorReason
ERROR_REASON_CONVERSATION_NOT_FOUND: ErrorReason
ERROR_REASON_USER_NOT_FOUND: ErrorReason
ERROR_REASON_LISTING_NOT_FOUND: ErrorReason
ERROR_REASON_SELF_CONVERSATION: ErrorReason
ERROR_REASON_CLIENT_MESSAGE_ID_REUSED: ErrorReason
ERROR_REASON_CONVERSATION_BLOCKED: ErrorReason
ERROR_REASON_USER_BLOCKED: ErrorReason
ERROR_REASON_SEQUENCE_BEYOND_END: ErrorReason
