from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from typing import ClassVar as _ClassVar

DESCRIPTOR: _descriptor.FileDescriptor

class ErrorReason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ERROR_REASON_UNSPECIFIED: _ClassVar[ErrorReason]
    ERROR_REASON_OFFER_NOT_FOUND: _ClassVar[ErrorReason]
    ERROR_REASON_DEAL_NOT_FOUND: _ClassVar[ErrorReason]
    ERROR_REASON_LISTING_NOT_FOUND: _ClassVar[ErrorReason]
    ERROR_REASON_PIPELINE_NOT_FOUND: _ClassVar[ErrorReason]
    ERROR_REASON_STAGE_NOT_FOUND: _ClassVar[ErrorReason]
    ERROR_REASON_DOCUMENT_NOT_FOUND: _ClassVar[ErrorReason]
    ERROR_REASON_OFFER_STATE: _ClassVar[ErrorReason]
    ERROR_REASON_DEAL_STATE: _ClassVar[ErrorReason]
    ERROR_REASON_DOCUMENT_STATE: _ClassVar[ErrorReason]
    ERROR_REASON_LISTING_NOT_FOR_SALE: _ClassVar[ErrorReason]
    ERROR_REASON_LISTING_TAKEN: _ClassVar[ErrorReason]
    ERROR_REASON_OFFER_TO_ONESELF: _ClassVar[ErrorReason]
    ERROR_REASON_OFFER_EXISTS: _ClassVar[ErrorReason]
    ERROR_REASON_OFFER_EXPIRED: _ClassVar[ErrorReason]
    ERROR_REASON_NOT_YOUR_TURN: _ClassVar[ErrorReason]
    ERROR_REASON_TOO_MANY_ROUNDS: _ClassVar[ErrorReason]
    ERROR_REASON_NOT_A_PARTY: _ClassVar[ErrorReason]
    ERROR_REASON_PIPELINE_EXISTS: _ClassVar[ErrorReason]
    ERROR_REASON_STAGE_IN_USE: _ClassVar[ErrorReason]
    ERROR_REASON_DOCUMENTS_MISSING: _ClassVar[ErrorReason]
    ERROR_REASON_DOCUMENT_EXISTS: _ClassVar[ErrorReason]
    ERROR_REASON_CHECKSUM_MISMATCH: _ClassVar[ErrorReason]
    ERROR_REASON_FOUR_EYES: _ClassVar[ErrorReason]
ERROR_REASON_UNSPECIFIED: ErrorReason
ERROR_REASON_OFFER_NOT_FOUND: ErrorReason
ERROR_REASON_DEAL_NOT_FOUND: ErrorReason
ERROR_REASON_LISTING_NOT_FOUND: ErrorReason
ERROR_REASON_PIPELINE_NOT_FOUND: ErrorReason
ERROR_REASON_STAGE_NOT_FOUND: ErrorReason
ERROR_REASON_DOCUMENT_NOT_FOUND: ErrorReason
ERROR_REASON_OFFER_STATE: ErrorReason
ERROR_REASON_DEAL_STATE: ErrorReason
ERROR_REASON_DOCUMENT_STATE: ErrorReason
ERROR_REASON_LISTING_NOT_FOR_SALE: ErrorReason
ERROR_REASON_LISTING_TAKEN: ErrorReason
ERROR_REASON_OFFER_TO_ONESELF: ErrorReason
ERROR_REASON_OFFER_EXISTS: ErrorReason
ERROR_REASON_OFFER_EXPIRED: ErrorReason
ERROR_REASON_NOT_YOUR_TURN: ErrorReason
ERROR_REASON_TOO_MANY_ROUNDS: ErrorReason
ERROR_REASON_NOT_A_PARTY: ErrorReason
ERROR_REASON_PIPELINE_EXISTS: ErrorReason
ERROR_REASON_STAGE_IN_USE: ErrorReason
ERROR_REASON_DOCUMENTS_MISSING: ErrorReason
ERROR_REASON_DOCUMENT_EXISTS: ErrorReason
ERROR_REASON_CHECKSUM_MISMATCH: ErrorReason
ERROR_REASON_FOUR_EYES: ErrorReason
