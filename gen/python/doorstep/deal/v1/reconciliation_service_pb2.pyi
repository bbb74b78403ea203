import datetime

from buf.validate import validate_pb2 as _validate_pb2
from doorstep.deal.v1 import reconciliation_pb2 as _reconciliation_pb2
from doorstep.options.v1 import options_pb2 as _options_pb2
from google.api import annotations_pb2 as _annotations_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class CreateReconciliationRequest(_message.Message):
    __slots__ = ("provider", "statement", "through_time")
    PROVIDER_FIELD_NUMBER: _ClassVar[int]
    STATEMENT_FIELD_NUMBER: _ClassVar[int]
    THROUGH_TIME_FIELD_NUMBER: _ClassVar[int]
    provider: str
    statement: bytes
    through_time: _timestamp_pb2.Timestamp
    def __init__(self, provider: _Optional[str] = ..., statement: _Optional[bytes] = ..., through_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class CreateReconciliationResponse(_message.Message):
    __slots__ = ("reconciliation",)
    RECONCILIATION_FIELD_NUMBER: _ClassVar[int]
    reconciliation: _reconciliation_pb2.Reconciliation
    def __init__(self, reconciliation: _Optional[_Union[_reconciliation_pb2.Reconciliation, _Mapping]] = ...) -> None: ...

class GetReconciliationRequest(_message.Message):
    __slots__ = ("reconciliation_id",)
    RECONCILIATION_ID_FIELD_NUMBER: _ClassVar[int]
    reconciliation_id: str
    def __init__(self, reconciliation_id: _Optional[str] = ...) -> None: ...

class GetReconciliationResponse(_message.Message):
    __slots__ = ("reconciliation",)
    RECONCILIATION_FIELD_NUMBER: _ClassVar[int]
    reconciliation: _reconciliation_pb2.Reconciliation
    def __init__(self, reconciliation: _Optional[_Union[_reconciliation_pb2.Reconciliation, _Mapping]] = ...) -> None: ...

class ListReconciliationsRequest(_message.Message):
    __slots__ = ("page_size", "page_token")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListReconciliationsResponse(_message.Message):
    __slots__ = ("reconciliations", "next_page_token")
    RECONCILIATIONS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    reconciliations: _containers.RepeatedCompositeFieldContainer[_reconciliation_pb2.Reconciliation]
    next_page_token: str
    def __init__(self, reconciliations: _Optional[_Iterable[_Union[_reconciliation_pb2.Reconciliation, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class ListReconciliationLinesRequest(_message.Message):
    __slots__ = ("reconciliation_id", "page_size", "page_token", "only_differences")
    RECONCILIATION_ID_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    ONLY_DIFFERENCES_FIELD_NUMBER: _ClassVar[int]
    reconciliation_id: str
    page_size: int
    page_token: str
    only_differences: bool
    def __init__(self, reconciliation_id: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., only_differences: _Optional[bool] = ...) -> None: ...

class ListReconciliationLinesResponse(_message.Message):
    __slots__ = ("lines", "next_page_token")
    LINES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    lines: _containers.RepeatedCompositeFieldContainer[_reconciliation_pb2.ReconciliationLine]
    next_page_token: str
    def __init__(self, lines: _Optional[_Iterable[_Union[_reconciliation_pb2.ReconciliationLine, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class ExplainDifferenceRequest(_message.Message):
    __slots__ = ("reconciliation_id", "number", "explanation")
    RECONCILIATION_ID_FIELD_NUMBER: _ClassVar[int]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    EXPLANATION_FIELD_NUMBER: _ClassVar[int]
    reconciliation_id: str
    number: int
    explanation: str
    def __init__(self, reconciliation_id: _Optional[str] = ..., number: _Optional[int] = ..., explanation: _Optional[str] = ...) -> None: ...

class ExplainDifferenceResponse(_message.Message):
    __slots__ = ("line",)
    LINE_FIELD_NUMBER: _ClassVar[int]
    line: _reconciliation_pb2.ReconciliationLine
    def __init__(self, line: _Optional[_Union[_reconciliation_pb2.ReconciliationLine, _Mapping]] = ...) -> None: ...

class CloseReconciliationRequest(_message.Message):
    __slots__ = ("reconciliation_id", "etag")
    RECONCILIATION_ID_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    reconciliation_id: str
    etag: str
    def __init__(self, reconciliation_id: _Optional[str] = ..., etag: _Optional[str] = ...) -> None: ...

class CloseReconciliationResponse(_message.Message):
    __slots__ = ("reconciliation",)
    RECONCILIATION_FIELD_NUMBER: _ClassVar[int]
    reconciliation: _reconciliation_pb2.Reconciliation
    def __init__(self, reconciliation: _Optional[_Union[_reconciliation_pb2.Reconciliation, _Mapping]] = ...) -> None: ...

class DiscardReconciliationRequest(_message.Message):
    __slots__ = ("reconciliation_id", "etag")
    RECONCILIATION_ID_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    reconciliation_id: str
    etag: str
    def __init__(self, reconciliation_id: _Optional[str] = ..., etag: _Optional[str] = ...) -> None: ...

class DiscardReconciliationResponse(_message.Message):
    __slots__ = ("reconciliation",)
    RECONCILIATION_FIELD_NUMBER: _ClassVar[int]
    reconciliation: _reconciliation_pb2.Reconciliation
    def __init__(self, reconciliation: _Optional[_Union[_reconciliation_pb2.Reconciliation, _Mapping]] = ...) -> None: ...

class ListProviderEventsRequest(_message.Message):
    __slots__ = ("page_size", "page_token", "outcomes")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    OUTCOMES_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    outcomes: _containers.RepeatedScalarFieldContainer[_reconciliation_pb2.ProviderEventOutcome]
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., outcomes: _Optional[_Iterable[_Union[_reconciliation_pb2.ProviderEventOutcome, str]]] = ...) -> None: ...

class ListProviderEventsResponse(_message.Message):
    __slots__ = ("events", "next_page_token")
    EVENTS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    events: _containers.RepeatedCompositeFieldContainer[_reconciliation_pb2.ProviderEvent]
    next_page_token: str
    def __init__(self, events: _Optional[_Iterable[_Union[_reconciliation_pb2.ProviderEvent, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...
