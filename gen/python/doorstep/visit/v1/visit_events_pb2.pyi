import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class VisitFacts(_message.Message):
    __slots__ = ("visit_id", "organization_id", "listing_id", "property_id", "buyer_id", "agent_id", "start_time", "end_time", "time_zone", "sequence", "actor_id", "contact_ids")
    VISIT_ID_FIELD_NUMBER: _ClassVar[int]
    ORGANIZATION_ID_FIELD_NUMBER: _ClassVar[int]
    LISTING_ID_FIELD_NUMBER: _ClassVar[int]
    PROPERTY_ID_FIELD_NUMBER: _ClassVar[int]
    BUYER_ID_FIELD_NUMBER: _ClassVar[int]
    AGENT_ID_FIELD_NUMBER: _ClassVar[int]
    START_TIME_FIELD_NUMBER: _ClassVar[int]
    END_TIME_FIELD_NUMBER: _ClassVar[int]
    TIME_ZONE_FIELD_NUMBER: _ClassVar[int]
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    ACTOR_ID_FIELD_NUMBER: _ClassVar[int]
    CONTACT_IDS_FIELD_NUMBER: _ClassVar[int]
    visit_id: str
    organization_id: str
    listing_id: str
    property_id: str
    buyer_id: str
    agent_id: str
    start_time: _timestamp_pb2.Timestamp
    end_time: _timestamp_pb2.Timestamp
    time_zone: str
    sequence: int
    actor_id: str
    contact_ids: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, visit_id: _Optional[str] = ..., organization_id: _Optional[str] = ..., listing_id: _Optional[str] = ..., property_id: _Optional[str] = ..., buyer_id: _Optional[str] = ..., agent_id: _Optional[str] = ..., start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., end_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., time_zone: _Optional[str] = ..., sequence: _Optional[int] = ..., actor_id: _Optional[str] = ..., contact_ids: _Optional[_Iterable[str]] = ...) -> None: ...

class VisitRequested(_message.Message):
    __slots__ = ("visit",)
    VISIT_FIELD_NUMBER: _ClassVar[int]
    visit: VisitFacts
    def __init__(self, visit: _Optional[_Union[VisitFacts, _Mapping]] = ...) -> None: ...

class VisitCountered(_message.Message):
    __slots__ = ("visit", "round")
    VISIT_FIELD_NUMBER: _ClassVar[int]
    ROUND_FIELD_NUMBER: _ClassVar[int]
    visit: VisitFacts
    round: int
    def __init__(self, visit: _Optional[_Union[VisitFacts, _Mapping]] = ..., round: _Optional[int] = ...) -> None: ...

class VisitApproved(_message.Message):
    __slots__ = ("visit",)
    VISIT_FIELD_NUMBER: _ClassVar[int]
    visit: VisitFacts
    def __init__(self, visit: _Optional[_Union[VisitFacts, _Mapping]] = ...) -> None: ...

class VisitRejected(_message.Message):
    __slots__ = ("visit", "reason")
    VISIT_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    visit: VisitFacts
    reason: str
    def __init__(self, visit: _Optional[_Union[VisitFacts, _Mapping]] = ..., reason: _Optional[str] = ...) -> None: ...

class VisitRescheduled(_message.Message):
    __slots__ = ("visit", "previous_start_time")
    VISIT_FIELD_NUMBER: _ClassVar[int]
    PREVIOUS_START_TIME_FIELD_NUMBER: _ClassVar[int]
    visit: VisitFacts
    previous_start_time: _timestamp_pb2.Timestamp
    def __init__(self, visit: _Optional[_Union[VisitFacts, _Mapping]] = ..., previous_start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class VisitCancelled(_message.Message):
    __slots__ = ("visit", "reason")
    VISIT_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    visit: VisitFacts
    reason: str
    def __init__(self, visit: _Optional[_Union[VisitFacts, _Mapping]] = ..., reason: _Optional[str] = ...) -> None: ...

class VisitExpired(_message.Message):
    __slots__ = ("visit",)
    VISIT_FIELD_NUMBER: _ClassVar[int]
    visit: VisitFacts
    def __init__(self, visit: _Optional[_Union[VisitFacts, _Mapping]] = ...) -> None: ...

class VisitReminderDue(_message.Message):
    __slots__ = ("visit", "minutes_before")
    VISIT_FIELD_NUMBER: _ClassVar[int]
    MINUTES_BEFORE_FIELD_NUMBER: _ClassVar[int]
    visit: VisitFacts
    minutes_before: int
    def __init__(self, visit: _Optional[_Union[VisitFacts, _Mapping]] = ..., minutes_before: _Optional[int] = ...) -> None: ...

class VisitStarted(_message.Message):
    __slots__ = ("visit",)
    VISIT_FIELD_NUMBER: _ClassVar[int]
    visit: VisitFacts
    def __init__(self, visit: _Optional[_Union[VisitFacts, _Mapping]] = ...) -> None: ...

class VisitCompleted(_message.Message):
    __slots__ = ("visit", "certificate_id", "needs_review")
    VISIT_FIELD_NUMBER: _ClassVar[int]
    CERTIFICATE_ID_FIELD_NUMBER: _ClassVar[int]
    NEEDS_REVIEW_FIELD_NUMBER: _ClassVar[int]
    visit: VisitFacts
    certificate_id: str
    needs_review: bool
    def __init__(self, visit: _Optional[_Union[VisitFacts, _Mapping]] = ..., certificate_id: _Optional[str] = ..., needs_review: _Optional[bool] = ...) -> None: ...

class VisitEvidenceAccepted(_message.Message):
    __slots__ = ("visit",)
    VISIT_FIELD_NUMBER: _ClassVar[int]
    visit: VisitFacts
    def __init__(self, visit: _Optional[_Union[VisitFacts, _Mapping]] = ...) -> None: ...

class VisitNoShow(_message.Message):
    __slots__ = ("visit", "absent_user_id")
    VISIT_FIELD_NUMBER: _ClassVar[int]
    ABSENT_USER_ID_FIELD_NUMBER: _ClassVar[int]
    visit: VisitFacts
    absent_user_id: str
    def __init__(self, visit: _Optional[_Union[VisitFacts, _Mapping]] = ..., absent_user_id: _Optional[str] = ...) -> None: ...

class VisitReviewed(_message.Message):
    __slots__ = ("visit", "review_id", "rating")
    VISIT_FIELD_NUMBER: _ClassVar[int]
    REVIEW_ID_FIELD_NUMBER: _ClassVar[int]
    RATING_FIELD_NUMBER: _ClassVar[int]
    visit: VisitFacts
    review_id: str
    rating: int
    def __init__(self, visit: _Optional[_Union[VisitFacts, _Mapping]] = ..., review_id: _Optional[str] = ..., rating: _Optional[int] = ...) -> None: ...

class VisitAlarmRaised(_message.Message):
    __slots__ = ("visit", "user_id", "distress", "notify_user_ids", "step", "watch_id")
    VISIT_FIELD_NUMBER: _ClassVar[int]
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    DISTRESS_FIELD_NUMBER: _ClassVar[int]
    NOTIFY_USER_IDS_FIELD_NUMBER: _ClassVar[int]
    STEP_FIELD_NUMBER: _ClassVar[int]
    WATCH_ID_FIELD_NUMBER: _ClassVar[int]
    visit: VisitFacts
    user_id: str
    distress: bool
    notify_user_ids: _containers.RepeatedScalarFieldContainer[str]
    step: int
    watch_id: str
    def __init__(self, visit: _Optional[_Union[VisitFacts, _Mapping]] = ..., user_id: _Optional[str] = ..., distress: _Optional[bool] = ..., notify_user_ids: _Optional[_Iterable[str]] = ..., step: _Optional[int] = ..., watch_id: _Optional[str] = ...) -> None: ...
