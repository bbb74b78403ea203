import datetime

from doorstep.options.v1 import options_pb2 as _options_pb2
from doorstep.visit.v1 import visit_pb2 as _visit_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ReviewState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    REVIEW_STATE_UNSPECIFIED: _ClassVar[ReviewState]
    REVIEW_STATE_PENDING: _ClassVar[ReviewState]
    REVIEW_STATE_PUBLISHED: _ClassVar[ReviewState]
    REVIEW_STATE_REJECTED: _ClassVar[ReviewState]
REVIEW_STATE_UNSPECIFIED: ReviewState
REVIEW_STATE_PENDING: ReviewState
REVIEW_STATE_PUBLISHED: ReviewState
REVIEW_STATE_REJECTED: ReviewState

class Review(_message.Message):
    __slots__ = ("review_id", "etag", "organization_id", "visit_id", "property_id", "agent_id", "author_id", "party", "state", "rating", "text", "reason", "publish_time", "create_time", "update_time")
    REVIEW_ID_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    ORGANIZATION_ID_FIELD_NUMBER: _ClassVar[int]
    VISIT_ID_FIELD_NUMBER: _ClassVar[int]
    PROPERTY_ID_FIELD_NUMBER: _ClassVar[int]
    AGENT_ID_FIELD_NUMBER: _ClassVar[int]
    AUTHOR_ID_FIELD_NUMBER: _ClassVar[int]
    PARTY_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    RATING_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    PUBLISH_TIME_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    review_id: str
    etag: str
    organization_id: str
    visit_id: str
    property_id: str
    agent_id: str
    author_id: str
    party: _visit_pb2.VisitParty
    state: ReviewState
    rating: int
    text: str
    reason: str
    publish_time: _timestamp_pb2.Timestamp
    create_time: _timestamp_pb2.Timestamp
    update_time: _timestamp_pb2.Timestamp
    def __init__(self, review_id: _Optional[str] = ..., etag: _Optional[str] = ..., organization_id: _Optional[str] = ..., visit_id: _Optional[str] = ..., property_id: _Optional[str] = ..., agent_id: _Optional[str] = ..., author_id: _Optional[str] = ..., party: _Optional[_Union[_visit_pb2.VisitParty, str]] = ..., state: _Optional[_Union[ReviewState, str]] = ..., rating: _Optional[int] = ..., text: _Optional[str] = ..., reason: _Optional[str] = ..., publish_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class PublishedReview(_message.Message):
    __slots__ = ("review_id", "property_id", "agent_id", "rating", "text", "publish_time")
    REVIEW_ID_FIELD_NUMBER: _ClassVar[int]
    PROPERTY_ID_FIELD_NUMBER: _ClassVar[int]
    AGENT_ID_FIELD_NUMBER: _ClassVar[int]
    RATING_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    PUBLISH_TIME_FIELD_NUMBER: _ClassVar[int]
    review_id: str
    property_id: str
    agent_id: str
    rating: int
    text: str
    publish_time: _timestamp_pb2.Timestamp
    def __init__(self, review_id: _Optional[str] = ..., property_id: _Optional[str] = ..., agent_id: _Optional[str] = ..., rating: _Optional[int] = ..., text: _Optional[str] = ..., publish_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ReviewSummary(_message.Message):
    __slots__ = ("count", "average_rating", "rejected_count")
    COUNT_FIELD_NUMBER: _ClassVar[int]
    AVERAGE_RATING_FIELD_NUMBER: _ClassVar[int]
    REJECTED_COUNT_FIELD_NUMBER: _ClassVar[int]
    count: int
    average_rating: float
    rejected_count: int
    def __init__(self, count: _Optional[int] = ..., average_rating: _Optional[float] = ..., rejected_count: _Optional[int] = ...) -> None: ...
