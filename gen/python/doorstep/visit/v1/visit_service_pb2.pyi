import datetime

from buf.validate import validate_pb2 as _validate_pb2
from doorstep.options.v1 import options_pb2 as _options_pb2
from doorstep.visit.v1 import visit_pb2 as _visit_pb2
from google.api import annotations_pb2 as _annotations_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class RequestVisitRequest(_message.Message):
    __slots__ = ("listing_id", "start_time", "end_time", "time_zone", "showing_request_type", "showing_method", "note")
    LISTING_ID_FIELD_NUMBER: _ClassVar[int]
    START_TIME_FIELD_NUMBER: _ClassVar[int]
    END_TIME_FIELD_NUMBER: _ClassVar[int]
    TIME_ZONE_FIELD_NUMBER: _ClassVar[int]
    SHOWING_REQUEST_TYPE_FIELD_NUMBER: _ClassVar[int]
    SHOWING_METHOD_FIELD_NUMBER: _ClassVar[int]
    NOTE_FIELD_NUMBER: _ClassVar[int]
    listing_id: str
    start_time: _timestamp_pb2.Timestamp
    end_time: _timestamp_pb2.Timestamp
    time_zone: str
    showing_request_type: _visit_pb2.ShowingRequestType
    showing_method: _visit_pb2.ShowingMethod
    note: str
    def __init__(self, listing_id: _Optional[str] = ..., start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., end_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., time_zone: _Optional[str] = ..., showing_request_type: _Optional[_Union[_visit_pb2.ShowingRequestType, str]] = ..., showing_method: _Optional[_Union[_visit_pb2.ShowingMethod, str]] = ..., note: _Optional[str] = ...) -> None: ...

class RequestVisitResponse(_message.Message):
    __slots__ = ("visit",)
    VISIT_FIELD_NUMBER: _ClassVar[int]
    visit: _visit_pb2.Visit
    def __init__(self, visit: _Optional[_Union[_visit_pb2.Visit, _Mapping]] = ...) -> None: ...

class ApproveVisitRequest(_message.Message):
    __slots__ = ("visit_id", "etag")
    VISIT_ID_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    visit_id: str
    etag: str
    def __init__(self, visit_id: _Optional[str] = ..., etag: _Optional[str] = ...) -> None: ...

class ApproveVisitResponse(_message.Message):
    __slots__ = ("visit",)
    VISIT_FIELD_NUMBER: _ClassVar[int]
    visit: _visit_pb2.Visit
    def __init__(self, visit: _Optional[_Union[_visit_pb2.Visit, _Mapping]] = ...) -> None: ...

class RejectVisitRequest(_message.Message):
    __slots__ = ("visit_id", "etag", "reason")
    VISIT_ID_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    visit_id: str
    etag: str
    reason: str
    def __init__(self, visit_id: _Optional[str] = ..., etag: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class RejectVisitResponse(_message.Message):
    __slots__ = ("visit",)
    VISIT_FIELD_NUMBER: _ClassVar[int]
    visit: _visit_pb2.Visit
    def __init__(self, visit: _Optional[_Union[_visit_pb2.Visit, _Mapping]] = ...) -> None: ...

class CounterVisitRequest(_message.Message):
    __slots__ = ("visit_id", "etag", "start_time", "end_time", "reason")
    VISIT_ID_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    START_TIME_FIELD_NUMBER: _ClassVar[int]
    END_TIME_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    visit_id: str
    etag: str
    start_time: _timestamp_pb2.Timestamp
    end_time: _timestamp_pb2.Timestamp
    reason: str
    def __init__(self, visit_id: _Optional[str] = ..., etag: _Optional[str] = ..., start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., end_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., reason: _Optional[str] = ...) -> None: ...

class CounterVisitResponse(_message.Message):
    __slots__ = ("visit",)
    VISIT_FIELD_NUMBER: _ClassVar[int]
    visit: _visit_pb2.Visit
    def __init__(self, visit: _Optional[_Union[_visit_pb2.Visit, _Mapping]] = ...) -> None: ...

class AcceptCounterRequest(_message.Message):
    __slots__ = ("visit_id", "etag")
    VISIT_ID_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    visit_id: str
    etag: str
    def __init__(self, visit_id: _Optional[str] = ..., etag: _Optional[str] = ...) -> None: ...

class AcceptCounterResponse(_message.Message):
    __slots__ = ("visit",)
    VISIT_FIELD_NUMBER: _ClassVar[int]
    visit: _visit_pb2.Visit
    def __init__(self, visit: _Optional[_Union[_visit_pb2.Visit, _Mapping]] = ...) -> None: ...

class RescheduleVisitRequest(_message.Message):
    __slots__ = ("visit_id", "etag", "start_time", "end_time", "reason")
    VISIT_ID_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    START_TIME_FIELD_NUMBER: _ClassVar[int]
    END_TIME_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    visit_id: str
    etag: str
    start_time: _timestamp_pb2.Timestamp
    end_time: _timestamp_pb2.Timestamp
    reason: str
    def __init__(self, visit_id: _Optional[str] = ..., etag: _Optional[str] = ..., start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., end_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., reason: _Optional[str] = ...) -> None: ...

class RescheduleVisitResponse(_message.Message):
    __slots__ = ("visit",)
    VISIT_FIELD_NUMBER: _ClassVar[int]
    visit: _visit_pb2.Visit
    def __init__(self, visit: _Optional[_Union[_visit_pb2.Visit, _Mapping]] = ...) -> None: ...

class DeclineRescheduleRequest(_message.Message):
    __slots__ = ("visit_id", "etag", "reason")
    VISIT_ID_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    visit_id: str
    etag: str
    reason: str
    def __init__(self, visit_id: _Optional[str] = ..., etag: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class DeclineRescheduleResponse(_message.Message):
    __slots__ = ("visit",)
    VISIT_FIELD_NUMBER: _ClassVar[int]
    visit: _visit_pb2.Visit
    def __init__(self, visit: _Optional[_Union[_visit_pb2.Visit, _Mapping]] = ...) -> None: ...

class CancelVisitRequest(_message.Message):
    __slots__ = ("visit_id", "etag", "reason")
    VISIT_ID_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    visit_id: str
    etag: str
    reason: str
    def __init__(self, visit_id: _Optional[str] = ..., etag: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class CancelVisitResponse(_message.Message):
    __slots__ = ("visit",)
    VISIT_FIELD_NUMBER: _ClassVar[int]
    visit: _visit_pb2.Visit
    def __init__(self, visit: _Optional[_Union[_visit_pb2.Visit, _Mapping]] = ...) -> None: ...

class IssueVisitCodeRequest(_message.Message):
    __slots__ = ("visit_id",)
    VISIT_ID_FIELD_NUMBER: _ClassVar[int]
    visit_id: str
    def __init__(self, visit_id: _Optional[str] = ...) -> None: ...

class IssueVisitCodeResponse(_message.Message):
    __slots__ = ("code", "expire_time")
    CODE_FIELD_NUMBER: _ClassVar[int]
    EXPIRE_TIME_FIELD_NUMBER: _ClassVar[int]
    code: str
    expire_time: _timestamp_pb2.Timestamp
    def __init__(self, code: _Optional[str] = ..., expire_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class StartVisitRequest(_message.Message):
    __slots__ = ("visit_id", "etag", "code", "fix", "watch_minutes", "watch_contact_ids")
    VISIT_ID_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    CODE_FIELD_NUMBER: _ClassVar[int]
    FIX_FIELD_NUMBER: _ClassVar[int]
    WATCH_MINUTES_FIELD_NUMBER: _ClassVar[int]
    WATCH_CONTACT_IDS_FIELD_NUMBER: _ClassVar[int]
    visit_id: str
    etag: str
    code: str
    fix: _visit_pb2.LocationFix
    watch_minutes: int
    watch_contact_ids: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, visit_id: _Optional[str] = ..., etag: _Optional[str] = ..., code: _Optional[str] = ..., fix: _Optional[_Union[_visit_pb2.LocationFix, _Mapping]] = ..., watch_minutes: _Optional[int] = ..., watch_contact_ids: _Optional[_Iterable[str]] = ...) -> None: ...

class StartVisitResponse(_message.Message):
    __slots__ = ("visit",)
    VISIT_FIELD_NUMBER: _ClassVar[int]
    visit: _visit_pb2.Visit
    def __init__(self, visit: _Optional[_Union[_visit_pb2.Visit, _Mapping]] = ...) -> None: ...

class CompleteVisitRequest(_message.Message):
    __slots__ = ("visit_id", "etag", "fixes")
    VISIT_ID_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    FIXES_FIELD_NUMBER: _ClassVar[int]
    visit_id: str
    etag: str
    fixes: _containers.RepeatedCompositeFieldContainer[_visit_pb2.LocationFix]
    def __init__(self, visit_id: _Optional[str] = ..., etag: _Optional[str] = ..., fixes: _Optional[_Iterable[_Union[_visit_pb2.LocationFix, _Mapping]]] = ...) -> None: ...

class CompleteVisitResponse(_message.Message):
    __slots__ = ("visit",)
    VISIT_FIELD_NUMBER: _ClassVar[int]
    visit: _visit_pb2.Visit
    def __init__(self, visit: _Optional[_Union[_visit_pb2.Visit, _Mapping]] = ...) -> None: ...

class MarkVisitNoShowRequest(_message.Message):
    __slots__ = ("visit_id", "etag", "reason")
    VISIT_ID_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    visit_id: str
    etag: str
    reason: str
    def __init__(self, visit_id: _Optional[str] = ..., etag: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class MarkVisitNoShowResponse(_message.Message):
    __slots__ = ("visit",)
    VISIT_FIELD_NUMBER: _ClassVar[int]
    visit: _visit_pb2.Visit
    def __init__(self, visit: _Optional[_Union[_visit_pb2.Visit, _Mapping]] = ...) -> None: ...

class OverrideVisitRequest(_message.Message):
    __slots__ = ("visit_id", "etag", "reason")
    VISIT_ID_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    visit_id: str
    etag: str
    reason: str
    def __init__(self, visit_id: _Optional[str] = ..., etag: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class OverrideVisitResponse(_message.Message):
    __slots__ = ("visit",)
    VISIT_FIELD_NUMBER: _ClassVar[int]
    visit: _visit_pb2.Visit
    def __init__(self, visit: _Optional[_Union[_visit_pb2.Visit, _Mapping]] = ...) -> None: ...

class AcceptVisitEvidenceRequest(_message.Message):
    __slots__ = ("visit_id", "etag", "reason")
    VISIT_ID_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    visit_id: str
    etag: str
    reason: str
    def __init__(self, visit_id: _Optional[str] = ..., etag: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class AcceptVisitEvidenceResponse(_message.Message):
    __slots__ = ("visit",)
    VISIT_FIELD_NUMBER: _ClassVar[int]
    visit: _visit_pb2.Visit
    def __init__(self, visit: _Optional[_Union[_visit_pb2.Visit, _Mapping]] = ...) -> None: ...

class GetVisitRequest(_message.Message):
    __slots__ = ("visit_id",)
    VISIT_ID_FIELD_NUMBER: _ClassVar[int]
    visit_id: str
    def __init__(self, visit_id: _Optional[str] = ...) -> None: ...

class GetVisitResponse(_message.Message):
    __slots__ = ("visit",)
    VISIT_FIELD_NUMBER: _ClassVar[int]
    visit: _visit_pb2.Visit
    def __init__(self, visit: _Optional[_Union[_visit_pb2.Visit, _Mapping]] = ...) -> None: ...

class ListVisitsRequest(_message.Message):
    __slots__ = ("page_size", "page_token", "states", "listing_id", "property_id", "agent_id", "buyer_id", "start_time_from", "start_time_until", "needs_review")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    STATES_FIELD_NUMBER: _ClassVar[int]
    LISTING_ID_FIELD_NUMBER: _ClassVar[int]
    PROPERTY_ID_FIELD_NUMBER: _ClassVar[int]
    AGENT_ID_FIELD_NUMBER: _ClassVar[int]
    BUYER_ID_FIELD_NUMBER: _ClassVar[int]
    START_TIME_FROM_FIELD_NUMBER: _ClassVar[int]
    START_TIME_UNTIL_FIELD_NUMBER: _ClassVar[int]
    NEEDS_REVIEW_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    states: _containers.RepeatedScalarFieldContainer[_visit_pb2.VisitState]
    listing_id: str
    property_id: str
    agent_id: str
    buyer_id: str
    start_time_from: _timestamp_pb2.Timestamp
    start_time_until: _timestamp_pb2.Timestamp
    needs_review: bool
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., states: _Optional[_Iterable[_Union[_visit_pb2.VisitState, str]]] = ..., listing_id: _Optional[str] = ..., property_id: _Optional[str] = ..., agent_id: _Optional[str] = ..., buyer_id: _Optional[str] = ..., start_time_from: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., start_time_until: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., needs_review: _Optional[bool] = ...) -> None: ...

class ListVisitsResponse(_message.Message):
    __slots__ = ("visits", "next_page_token")
    VISITS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    visits: _containers.RepeatedCompositeFieldContainer[_visit_pb2.Visit]
    next_page_token: str
    def __init__(self, visits: _Optional[_Iterable[_Union[_visit_pb2.Visit, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class ListVisitHistoryRequest(_message.Message):
    __slots__ = ("page_size", "page_token", "visit_id")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    VISIT_ID_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    visit_id: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., visit_id: _Optional[str] = ...) -> None: ...

class ListVisitHistoryResponse(_message.Message):
    __slots__ = ("changes", "next_page_token")
    CHANGES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    changes: _containers.RepeatedCompositeFieldContainer[_visit_pb2.VisitChange]
    next_page_token: str
    def __init__(self, changes: _Optional[_Iterable[_Union[_visit_pb2.VisitChange, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...
