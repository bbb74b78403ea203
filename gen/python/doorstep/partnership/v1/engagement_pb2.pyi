import datetime

from doorstep.options.v1 import options_pb2 as _options_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class EngagementPurpose(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ENGAGEMENT_PURPOSE_UNSPECIFIED: _ClassVar[EngagementPurpose]
    ENGAGEMENT_PURPOSE_BUYING: _ClassVar[EngagementPurpose]
    ENGAGEMENT_PURPOSE_SELLING: _ClassVar[EngagementPurpose]

class EngagementState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ENGAGEMENT_STATE_UNSPECIFIED: _ClassVar[EngagementState]
    ENGAGEMENT_STATE_REQUESTED: _ClassVar[EngagementState]
    ENGAGEMENT_STATE_ACTIVE: _ClassVar[EngagementState]
    ENGAGEMENT_STATE_DECLINED: _ClassVar[EngagementState]
    ENGAGEMENT_STATE_WITHDRAWN: _ClassVar[EngagementState]
    ENGAGEMENT_STATE_EXPIRED: _ClassVar[EngagementState]
    ENGAGEMENT_STATE_ENDED: _ClassVar[EngagementState]

class EngagementSide(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ENGAGEMENT_SIDE_UNSPECIFIED: _ClassVar[EngagementSide]
    ENGAGEMENT_SIDE_CLIENT: _ClassVar[EngagementSide]
    ENGAGEMENT_SIDE_AGENT: _ClassVar[EngagementSide]
ENGAGEMENT_PURPOSE_UNSPECIFIED: EngagementPurpose
ENGAGEMENT_PURPOSE_BUYING: EngagementPurpose
ENGAGEMENT_PURPOSE_SELLING: EngagementPurpose
ENGAGEMENT_STATE_UNSPECIFIED: EngagementState
ENGAGEMENT_STATE_REQUESTED: EngagementState
ENGAGEMENT_STATE_ACTIVE: EngagementState
ENGAGEMENT_STATE_DECLINED: EngagementState
ENGAGEMENT_STATE_WITHDRAWN: EngagementState
ENGAGEMENT_STATE_EXPIRED: EngagementState
ENGAGEMENT_STATE_ENDED: EngagementState
ENGAGEMENT_SIDE_UNSPECIFIED: EngagementSide
ENGAGEMENT_SIDE_CLIENT: EngagementSide
ENGAGEMENT_SIDE_AGENT: EngagementSide

class Engagement(_message.Message):
    __slots__ = ("engagement_id", "client_id", "agent_id", "agent_organization_id", "purpose", "note", "state", "create_time", "expire_time", "response_time", "end_time", "etag", "other_name")
    ENGAGEMENT_ID_FIELD_NUMBER: _ClassVar[int]
    CLIENT_ID_FIELD_NUMBER: _ClassVar[int]
    AGENT_ID_FIELD_NUMBER: _ClassVar[int]
    AGENT_ORGANIZATION_ID_FIELD_NUMBER: _ClassVar[int]
    PURPOSE_FIELD_NUMBER: _ClassVar[int]
    NOTE_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    EXPIRE_TIME_FIELD_NUMBER: _ClassVar[int]
    RESPONSE_TIME_FIELD_NUMBER: _ClassVar[int]
    END_TIME_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    OTHER_NAME_FIELD_NUMBER: _ClassVar[int]
    engagement_id: str
    client_id: str
    agent_id: str
    agent_organization_id: str
    purpose: EngagementPurpose
    note: str
    state: EngagementState
    create_time: _timestamp_pb2.Timestamp
    expire_time: _timestamp_pb2.Timestamp
    response_time: _timestamp_pb2.Timestamp
    end_time: _timestamp_pb2.Timestamp
    etag: str
    other_name: str
    def __init__(self, engagement_id: _Optional[str] = ..., client_id: _Optional[str] = ..., agent_id: _Optional[str] = ..., agent_organization_id: _Optional[str] = ..., purpose: _Optional[_Union[EngagementPurpose, str]] = ..., note: _Optional[str] = ..., state: _Optional[_Union[EngagementState, str]] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., expire_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., response_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., end_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., etag: _Optional[str] = ..., other_name: _Optional[str] = ...) -> None: ...
