import datetime

from buf.validate import validate_pb2 as _validate_pb2
from doorstep.options.v1 import options_pb2 as _options_pb2
from doorstep.visit.v1 import showing_rules_pb2 as _showing_rules_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class VisitState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    VISIT_STATE_UNSPECIFIED: _ClassVar[VisitState]
    VISIT_STATE_PENDING: _ClassVar[VisitState]
    VISIT_STATE_COUNTERED: _ClassVar[VisitState]
    VISIT_STATE_APPROVED: _ClassVar[VisitState]
    VISIT_STATE_IN_PROGRESS: _ClassVar[VisitState]
    VISIT_STATE_COMPLETED: _ClassVar[VisitState]
    VISIT_STATE_REJECTED: _ClassVar[VisitState]
    VISIT_STATE_CANCELLED: _ClassVar[VisitState]
    VISIT_STATE_EXPIRED: _ClassVar[VisitState]
    VISIT_STATE_NO_SHOW: _ClassVar[VisitState]

class VisitParty(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    VISIT_PARTY_UNSPECIFIED: _ClassVar[VisitParty]
    VISIT_PARTY_BUYER: _ClassVar[VisitParty]
    VISIT_PARTY_AGENT: _ClassVar[VisitParty]

class ShowingRequestType(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SHOWING_REQUEST_TYPE_UNSPECIFIED: _ClassVar[ShowingRequestType]
    SHOWING_REQUEST_TYPE_FIRST: _ClassVar[ShowingRequestType]
    SHOWING_REQUEST_TYPE_SECOND: _ClassVar[ShowingRequestType]
    SHOWING_REQUEST_TYPE_WALK_THROUGH: _ClassVar[ShowingRequestType]
    SHOWING_REQUEST_TYPE_INSPECTION: _ClassVar[ShowingRequestType]
    SHOWING_REQUEST_TYPE_BROKER_PREVIEW: _ClassVar[ShowingRequestType]
    SHOWING_REQUEST_TYPE_BROKER_PRICE_OPINION: _ClassVar[ShowingRequestType]

class ShowingMethod(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SHOWING_METHOD_UNSPECIFIED: _ClassVar[ShowingMethod]
    SHOWING_METHOD_IN_PERSON: _ClassVar[ShowingMethod]
    SHOWING_METHOD_VIRTUAL: _ClassVar[ShowingMethod]
    SHOWING_METHOD_OTHER: _ClassVar[ShowingMethod]
VISIT_STATE_UNSPECIFIED: VisitState
VISIT_STATE_PENDING: VisitState
VISIT_STATE_COUNTERED: VisitState
VISIT_STATE_APPROVED: VisitState
VISIT_STATE_IN_PROGRESS: VisitState
VISIT_STATE_COMPLETED: VisitState
VISIT_STATE_REJECTED: VisitState
VISIT_STATE_CANCELLED: VisitState
VISIT_STATE_EXPIRED: VisitState
VISIT_STATE_NO_SHOW: VisitState
VISIT_PARTY_UNSPECIFIED: VisitParty
VISIT_PARTY_BUYER: VisitParty
VISIT_PARTY_AGENT: VisitParty
SHOWING_REQUEST_TYPE_UNSPECIFIED: ShowingRequestType
SHOWING_REQUEST_TYPE_FIRST: ShowingRequestType
SHOWING_REQUEST_TYPE_SECOND: ShowingRequestType
SHOWING_REQUEST_TYPE_WALK_THROUGH: ShowingRequestType
SHOWING_REQUEST_TYPE_INSPECTION: ShowingRequestType
SHOWING_REQUEST_TYPE_BROKER_PREVIEW: ShowingRequestType
SHOWING_REQUEST_TYPE_BROKER_PRICE_OPINION: ShowingRequestType
SHOWING_METHOD_UNSPECIFIED: ShowingMethod
SHOWING_METHOD_IN_PERSON: ShowingMethod
SHOWING_METHOD_VIRTUAL: ShowingMethod
SHOWING_METHOD_OTHER: ShowingMethod

class Visit(_message.Message):
    __slots__ = ("visit_id", "etag", "organization_id", "listing_id", "property_id", "buyer_id", "agent_id", "state", "start_time", "end_time", "time_zone", "proposed_by", "round", "sequence", "showing_request_type", "showing_method", "note", "reason", "expire_time", "approve_time", "meet_time", "close_time", "evidence_score", "needs_review", "absent_user_id", "create_time", "update_time", "former_start_time", "former_end_time", "certificate_id", "confirmation", "contact_ids", "confirmed_ids")
    VISIT_ID_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    ORGANIZATION_ID_FIELD_NUMBER: _ClassVar[int]
    LISTING_ID_FIELD_NUMBER: _ClassVar[int]
    PROPERTY_ID_FIELD_NUMBER: _ClassVar[int]
    BUYER_ID_FIELD_NUMBER: _ClassVar[int]
    AGENT_ID_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    START_TIME_FIELD_NUMBER: _ClassVar[int]
    END_TIME_FIELD_NUMBER: _ClassVar[int]
    TIME_ZONE_FIELD_NUMBER: _ClassVar[int]
    PROPOSED_BY_FIELD_NUMBER: _ClassVar[int]
    ROUND_FIELD_NUMBER: _ClassVar[int]
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    SHOWING_REQUEST_TYPE_FIELD_NUMBER: _ClassVar[int]
    SHOWING_METHOD_FIELD_NUMBER: _ClassVar[int]
    NOTE_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    EXPIRE_TIME_FIELD_NUMBER: _ClassVar[int]
    APPROVE_TIME_FIELD_NUMBER: _ClassVar[int]
    MEET_TIME_FIELD_NUMBER: _ClassVar[int]
    CLOSE_TIME_FIELD_NUMBER: _ClassVar[int]
    EVIDENCE_SCORE_FIELD_NUMBER: _ClassVar[int]
    NEEDS_REVIEW_FIELD_NUMBER: _ClassVar[int]
    ABSENT_USER_ID_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    FORMER_START_TIME_FIELD_NUMBER: _ClassVar[int]
    FORMER_END_TIME_FIELD_NUMBER: _ClassVar[int]
    CERTIFICATE_ID_FIELD_NUMBER: _ClassVar[int]
    CONFIRMATION_FIELD_NUMBER: _ClassVar[int]
    CONTACT_IDS_FIELD_NUMBER: _ClassVar[int]
    CONFIRMED_IDS_FIELD_NUMBER: _ClassVar[int]
    visit_id: str
    etag: str
    organization_id: str
    listing_id: str
    property_id: str
    buyer_id: str
    agent_id: str
    state: VisitState
    start_time: _timestamp_pb2.Timestamp
    end_time: _timestamp_pb2.Timestamp
    time_zone: str
    proposed_by: VisitParty
    round: int
    sequence: int
    showing_request_type: ShowingRequestType
    showing_method: ShowingMethod
    note: str
    reason: str
    expire_time: _timestamp_pb2.Timestamp
    approve_time: _timestamp_pb2.Timestamp
    meet_time: _timestamp_pb2.Timestamp
    close_time: _timestamp_pb2.Timestamp
    evidence_score: int
    needs_review: bool
    absent_user_id: str
    create_time: _timestamp_pb2.Timestamp
    update_time: _timestamp_pb2.Timestamp
    former_start_time: _timestamp_pb2.Timestamp
    former_end_time: _timestamp_pb2.Timestamp
    certificate_id: str
    confirmation: _showing_rules_pb2.ShowingConfirmation
    contact_ids: _containers.RepeatedScalarFieldContainer[str]
    confirmed_ids: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, visit_id: _Optional[str] = ..., etag: _Optional[str] = ..., organization_id: _Optional[str] = ..., listing_id: _Optional[str] = ..., property_id: _Optional[str] = ..., buyer_id: _Optional[str] = ..., agent_id: _Optional[str] = ..., state: _Optional[_Union[VisitState, str]] = ..., start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., end_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., time_zone: _Optional[str] = ..., proposed_by: _Optional[_Union[VisitParty, str]] = ..., round: _Optional[int] = ..., sequence: _Optional[int] = ..., showing_request_type: _Optional[_Union[ShowingRequestType, str]] = ..., showing_method: _Optional[_Union[ShowingMethod, str]] = ..., note: _Optional[str] = ..., reason: _Optional[str] = ..., expire_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., approve_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., meet_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., close_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., evidence_score: _Optional[int] = ..., needs_review: _Optional[bool] = ..., absent_user_id: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., former_start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., former_end_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., certificate_id: _Optional[str] = ..., confirmation: _Optional[_Union[_showing_rules_pb2.ShowingConfirmation, str]] = ..., contact_ids: _Optional[_Iterable[str]] = ..., confirmed_ids: _Optional[_Iterable[str]] = ...) -> None: ...

class LocationFix(_message.Message):
    __slots__ = ("latitude", "longitude", "accuracy_meters", "fix_time", "mock")
    LATITUDE_FIELD_NUMBER: _ClassVar[int]
    LONGITUDE_FIELD_NUMBER: _ClassVar[int]
    ACCURACY_METERS_FIELD_NUMBER: _ClassVar[int]
    FIX_TIME_FIELD_NUMBER: _ClassVar[int]
    MOCK_FIELD_NUMBER: _ClassVar[int]
    latitude: float
    longitude: float
    accuracy_meters: float
    fix_time: _timestamp_pb2.Timestamp
    mock: bool
    def __init__(self, latitude: _Optional[float] = ..., longitude: _Optional[float] = ..., accuracy_meters: _Optional[float] = ..., fix_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., mock: _Optional[bool] = ...) -> None: ...

class VisitChange(_message.Message):
    __slots__ = ("change_id", "verb", "previous_state", "state", "start_time", "end_time", "sequence", "actor_id", "party", "reason", "create_time")
    CHANGE_ID_FIELD_NUMBER: _ClassVar[int]
    VERB_FIELD_NUMBER: _ClassVar[int]
    PREVIOUS_STATE_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    START_TIME_FIELD_NUMBER: _ClassVar[int]
    END_TIME_FIELD_NUMBER: _ClassVar[int]
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    ACTOR_ID_FIELD_NUMBER: _ClassVar[int]
    PARTY_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    change_id: str
    verb: str
    previous_state: VisitState
    state: VisitState
    start_time: _timestamp_pb2.Timestamp
    end_time: _timestamp_pb2.Timestamp
    sequence: int
    actor_id: str
    party: VisitParty
    reason: str
    create_time: _timestamp_pb2.Timestamp
    def __init__(self, change_id: _Optional[str] = ..., verb: _Optional[str] = ..., previous_state: _Optional[_Union[VisitState, str]] = ..., state: _Optional[_Union[VisitState, str]] = ..., start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., end_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., sequence: _Optional[int] = ..., actor_id: _Optional[str] = ..., party: _Optional[_Union[VisitParty, str]] = ..., reason: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...
