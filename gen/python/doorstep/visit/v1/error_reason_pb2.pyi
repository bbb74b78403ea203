from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from typing import ClassVar as _ClassVar

DESCRIPTOR: _descriptor.FileDescriptor

class ErrorReason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ERROR_REASON_UNSPECIFIED: _ClassVar[ErrorReason]
    ERROR_REASON_VISIT_NOT_FOUND: _ClassVar[ErrorReason]
    ERROR_REASON_LISTING_NOT_FOUND: _ClassVar[ErrorReason]
    ERROR_REASON_VISIT_STATE: _ClassVar[ErrorReason]
    ERROR_REASON_WRONG_PARTY: _ClassVar[ErrorReason]
    ERROR_REASON_SLOT_TAKEN: _ClassVar[ErrorReason]
    ERROR_REASON_SLOT_UNAVAILABLE: _ClassVar[ErrorReason]
    ERROR_REASON_LISTING_NOT_SHOWN: _ClassVar[ErrorReason]
    ERROR_REASON_OWN_LISTING: _ClassVar[ErrorReason]
    ERROR_REASON_VISIT_TIME: _ClassVar[ErrorReason]
    ERROR_REASON_TOO_MANY_ROUNDS: _ClassVar[ErrorReason]
    ERROR_REASON_CODE_MISSING: _ClassVar[ErrorReason]
    ERROR_REASON_CODE_EXHAUSTED: _ClassVar[ErrorReason]
    ERROR_REASON_CODE_WRONG: _ClassVar[ErrorReason]
    ERROR_REASON_TOO_MANY_CODES: _ClassVar[ErrorReason]
    ERROR_REASON_AVAILABILITY_NOT_FOUND: _ClassVar[ErrorReason]
    ERROR_REASON_AGENT_NOT_FOUND: _ClassVar[ErrorReason]
    ERROR_REASON_NOTHING_TO_DECLINE: _ClassVar[ErrorReason]
    ERROR_REASON_REVIEW_NOT_FOUND: _ClassVar[ErrorReason]
    ERROR_REASON_REVIEW_STATE: _ClassVar[ErrorReason]
    ERROR_REASON_REVIEW_EXISTS: _ClassVar[ErrorReason]
    ERROR_REASON_OWN_REVIEW: _ClassVar[ErrorReason]
    ERROR_REASON_PHOTO_NOT_FOUND: _ClassVar[ErrorReason]
    ERROR_REASON_PHOTO_EXISTS: _ClassVar[ErrorReason]
    ERROR_REASON_TOO_MANY_PHOTOS: _ClassVar[ErrorReason]
    ERROR_REASON_CALENDAR_FEED_NOT_FOUND: _ClassVar[ErrorReason]
    ERROR_REASON_TOO_MANY_FEEDS: _ClassVar[ErrorReason]
ERROR_REASON_UNSPECIFIED: ErrorReason
ERROR_REASON_VISIT_NOT_FOUND: ErrorReason
ERROR_REASON_LISTING_NOT_FOUND: ErrorReason
ERROR_REASON_VISIT_STATE: ErrorReason
ERROR_REASON_WRONG_PARTY: ErrorReason
ERROR_REASON_SLOT_TAKEN: ErrorReason
ERROR_REASON_SLOT_UNAVAILABLE: ErrorReason
ERROR_REASON_LISTING_NOT_SHOWN: ErrorReason
ERROR_REASON_OWN_LISTING: ErrorReason
ERROR_REASON_VISIT_TIME: ErrorReason
ERROR_REASON_TOO_MANY_ROUNDS: ErrorReason
ERROR_REASON_CODE_MISSING: ErrorReason
ERROR_REASON_CODE_EXHAUSTED: ErrorReason
ERROR_REASON_CODE_WRONG: ErrorReason
ERROR_REASON_TOO_MANY_CODES: ErrorReason
ERROR_REASON_AVAILABILITY_NOT_FOUND: ErrorReason
ERROR_REASON_AGENT_NOT_FOUND: ErrorReason
ERROR_REASON_NOTHING_TO_DECLINE: ErrorReason
ERROR_REASON_REVIEW_NOT_FOUND: ErrorReason
ERROR_REASON_REVIEW_STATE: ErrorReason
ERROR_REASON_REVIEW_EXISTS: ErrorReason
ERROR_REASON_OWN_REVIEW: ErrorReason
ERROR_REASON_PHOTO_NOT_FOUND: ErrorReason
ERROR_REASON_PHOTO_EXISTS: ErrorReason
ERROR_REASON_TOO_MANY_PHOTOS: ErrorReason
ERROR_REASON_CALENDAR_FEED_NOT_FOUND: ErrorReason
ERROR_REASON_TOO_MANY_FEEDS: ErrorReason
