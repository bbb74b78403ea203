import datetime

from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ReconciliationState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    RECONCILIATION_STATE_UNSPECIFIED: _ClassVar[ReconciliationState]
    RECONCILIATION_STATE_OPEN: _ClassVar[ReconciliationState]
    RECONCILIATION_STATE_CLOSED: _ClassVar[ReconciliationState]
    RECONCILIATION_STATE_DISCARDED: _ClassVar[ReconciliationState]

class ReconciliationResult(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    RECONCILIATION_RESULT_UNSPECIFIED: _ClassVar[ReconciliationResult]
    RECONCILIATION_RESULT_MATCHED: _ClassVar[ReconciliationResult]
    RECONCILIATION_RESULT_MISSING_IN_LEDGER: _ClassVar[ReconciliationResult]
    RECONCILIATION_RESULT_MISSING_AT_PROVIDER: _ClassVar[ReconciliationResult]
    RECONCILIATION_RESULT_MISSING_IN_STATEMENT: _ClassVar[ReconciliationResult]
    RECONCILIATION_RESULT_AMOUNT_DIFFERS: _ClassVar[ReconciliationResult]
    RECONCILIATION_RESULT_CURRENCY_DIFFERS: _ClassVar[ReconciliationResult]
    RECONCILIATION_RESULT_DUPLICATE_IN_STATEMENT: _ClassVar[ReconciliationResult]
    RECONCILIATION_RESULT_EVENT_REFUSED: _ClassVar[ReconciliationResult]

class MovementKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    MOVEMENT_KIND_UNSPECIFIED: _ClassVar[MovementKind]
    MOVEMENT_KIND_CHARGE: _ClassVar[MovementKind]
    MOVEMENT_KIND_REFUND: _ClassVar[MovementKind]
    MOVEMENT_KIND_PAYOUT: _ClassVar[MovementKind]
    MOVEMENT_KIND_RETURN: _ClassVar[MovementKind]

class ProviderEventOutcome(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    PROVIDER_EVENT_OUTCOME_UNSPECIFIED: _ClassVar[ProviderEventOutcome]
    PROVIDER_EVENT_OUTCOME_APPLIED: _ClassVar[ProviderEventOutcome]
    PROVIDER_EVENT_OUTCOME_LATE: _ClassVar[ProviderEventOutcome]
    PROVIDER_EVENT_OUTCOME_MISMATCH: _ClassVar[ProviderEventOutcome]
    PROVIDER_EVENT_OUTCOME_UNEXPECTED: _ClassVar[ProviderEventOutcome]
RECONCILIATION_STATE_UNSPECIFIED: ReconciliationState
RECONCILIATION_STATE_OPEN: ReconciliationState
RECONCILIATION_STATE_CLOSED: ReconciliationState
RECONCILIATION_STATE_DISCARDED: ReconciliationState
RECONCILIATION_RESULT_UNSPECIFIED: ReconciliationResult
RECONCILIATION_RESULT_MATCHED: ReconciliationResult
RECONCILIATION_RESULT_MISSING_IN_LEDGER: ReconciliationResult
RECONCILIATION_RESULT_MISSING_AT_PROVIDER: ReconciliationResult
RECONCILIATION_RESULT_MISSING_IN_STATEMENT: ReconciliationResult
RECONCILIATION_RESULT_AMOUNT_DIFFERS: ReconciliationResult
RECONCILIATION_RESULT_CURRENCY_DIFFERS: ReconciliationResult
RECONCILIATION_RESULT_DUPLICATE_IN_STATEMENT: ReconciliationResult
RECONCILIATION_RESULT_EVENT_REFUSED: ReconciliationResult
MOVEMENT_KIND_UNSPECIFIED: MovementKind
MOVEMENT_KIND_CHARGE: MovementKind
MOVEMENT_KIND_REFUND: MovementKind
MOVEMENT_KIND_PAYOUT: MovementKind
MOVEMENT_KIND_RETURN: MovementKind
PROVIDER_EVENT_OUTCOME_UNSPECIFIED: ProviderEventOutcome
PROVIDER_EVENT_OUTCOME_APPLIED: ProviderEventOutcome
PROVIDER_EVENT_OUTCOME_LATE: ProviderEventOutcome
PROVIDER_EVENT_OUTCOME_MISMATCH: ProviderEventOutcome
PROVIDER_EVENT_OUTCOME_UNEXPECTED: ProviderEventOutcome

class Reconciliation(_message.Message):
    __slots__ = ("reconciliation_id", "organization_id", "provider", "etag", "state", "statement_sha256", "statement_lines", "matched", "differences", "through_time", "creator_id", "closer_id", "create_time", "update_time", "end_time")
    RECONCILIATION_ID_FIELD_NUMBER: _ClassVar[int]
    ORGANIZATION_ID_FIELD_NUMBER: _ClassVar[int]
    PROVIDER_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    STATEMENT_SHA256_FIELD_NUMBER: _ClassVar[int]
    STATEMENT_LINES_FIELD_NUMBER: _ClassVar[int]
    MATCHED_FIELD_NUMBER: _ClassVar[int]
    DIFFERENCES_FIELD_NUMBER: _ClassVar[int]
    THROUGH_TIME_FIELD_NUMBER: _ClassVar[int]
    CREATOR_ID_FIELD_NUMBER: _ClassVar[int]
    CLOSER_ID_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    END_TIME_FIELD_NUMBER: _ClassVar[int]
    reconciliation_id: str
    organization_id: str
    provider: str
    etag: str
    state: ReconciliationState
    statement_sha256: str
    statement_lines: int
    matched: int
    differences: int
    through_time: _timestamp_pb2.Timestamp
    creator_id: str
    closer_id: str
    create_time: _timestamp_pb2.Timestamp
    update_time: _timestamp_pb2.Timestamp
    end_time: _timestamp_pb2.Timestamp
    def __init__(self, reconciliation_id: _Optional[str] = ..., organization_id: _Optional[str] = ..., provider: _Optional[str] = ..., etag: _Optional[str] = ..., state: _Optional[_Union[ReconciliationState, str]] = ..., statement_sha256: _Optional[str] = ..., statement_lines: _Optional[int] = ..., matched: _Optional[int] = ..., differences: _Optional[int] = ..., through_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., creator_id: _Optional[str] = ..., closer_id: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., end_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ReconciliationLine(_message.Message):
    __slots__ = ("number", "result", "kind", "reference", "ledger", "provider", "statement", "event_outcome", "explanation", "explainer_id", "explain_time")
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    RESULT_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    REFERENCE_FIELD_NUMBER: _ClassVar[int]
    LEDGER_FIELD_NUMBER: _ClassVar[int]
    PROVIDER_FIELD_NUMBER: _ClassVar[int]
    STATEMENT_FIELD_NUMBER: _ClassVar[int]
    EVENT_OUTCOME_FIELD_NUMBER: _ClassVar[int]
    EXPLANATION_FIELD_NUMBER: _ClassVar[int]
    EXPLAINER_ID_FIELD_NUMBER: _ClassVar[int]
    EXPLAIN_TIME_FIELD_NUMBER: _ClassVar[int]
    number: int
    result: ReconciliationResult
    kind: MovementKind
    reference: str
    ledger: ReconciledAmount
    provider: ReconciledAmount
    statement: ReconciledAmount
    event_outcome: str
    explanation: str
    explainer_id: str
    explain_time: _timestamp_pb2.Timestamp
    def __init__(self, number: _Optional[int] = ..., result: _Optional[_Union[ReconciliationResult, str]] = ..., kind: _Optional[_Union[MovementKind, str]] = ..., reference: _Optional[str] = ..., ledger: _Optional[_Union[ReconciledAmount, _Mapping]] = ..., provider: _Optional[_Union[ReconciledAmount, _Mapping]] = ..., statement: _Optional[_Union[ReconciledAmount, _Mapping]] = ..., event_outcome: _Optional[str] = ..., explanation: _Optional[str] = ..., explainer_id: _Optional[str] = ..., explain_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ReconciledAmount(_message.Message):
    __slots__ = ("source", "amount_minor", "currency_code")
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_MINOR_FIELD_NUMBER: _ClassVar[int]
    CURRENCY_CODE_FIELD_NUMBER: _ClassVar[int]
    source: str
    amount_minor: int
    currency_code: str
    def __init__(self, source: _Optional[str] = ..., amount_minor: _Optional[int] = ..., currency_code: _Optional[str] = ...) -> None: ...

class ProviderEvent(_message.Message):
    __slots__ = ("provider", "event_id", "payment_id", "payout_id", "type", "amount_minor", "currency_code", "failure", "outcome", "receive_time")
    PROVIDER_FIELD_NUMBER: _ClassVar[int]
    EVENT_ID_FIELD_NUMBER: _ClassVar[int]
    PAYMENT_ID_FIELD_NUMBER: _ClassVar[int]
    PAYOUT_ID_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_MINOR_FIELD_NUMBER: _ClassVar[int]
    CURRENCY_CODE_FIELD_NUMBER: _ClassVar[int]
    FAILURE_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    RECEIVE_TIME_FIELD_NUMBER: _ClassVar[int]
    provider: str
    event_id: str
    payment_id: str
    payout_id: str
    type: str
    amount_minor: int
    currency_code: str
    failure: str
    outcome: ProviderEventOutcome
    receive_time: _timestamp_pb2.Timestamp
    def __init__(self, provider: _Optional[str] = ..., event_id: _Optional[str] = ..., payment_id: _Optional[str] = ..., payout_id: _Optional[str] = ..., type: _Optional[str] = ..., amount_minor: _Optional[int] = ..., currency_code: _Optional[str] = ..., failure: _Optional[str] = ..., outcome: _Optional[_Union[ProviderEventOutcome, str]] = ..., receive_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...
