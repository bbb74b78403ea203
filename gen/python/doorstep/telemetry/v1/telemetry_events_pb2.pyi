import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class SessionEnded(_message.Message):
    __slots__ = ("session_id", "organization_id", "property_id", "participant_id", "start_time", "end_time", "duration_us", "stored_count", "gaze_us", "top_zone", "property_session_count", "property_duration_us", "property_gaze_us")
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    ORGANIZATION_ID_FIELD_NUMBER: _ClassVar[int]
    PROPERTY_ID_FIELD_NUMBER: _ClassVar[int]
    PARTICIPANT_ID_FIELD_NUMBER: _ClassVar[int]
    START_TIME_FIELD_NUMBER: _ClassVar[int]
    END_TIME_FIELD_NUMBER: _ClassVar[int]
    DURATION_US_FIELD_NUMBER: _ClassVar[int]
    STORED_COUNT_FIELD_NUMBER: _ClassVar[int]
    GAZE_US_FIELD_NUMBER: _ClassVar[int]
    TOP_ZONE_FIELD_NUMBER: _ClassVar[int]
    PROPERTY_SESSION_COUNT_FIELD_NUMBER: _ClassVar[int]
    PROPERTY_DURATION_US_FIELD_NUMBER: _ClassVar[int]
    PROPERTY_GAZE_US_FIELD_NUMBER: _ClassVar[int]
    session_id: str
    organization_id: str
    property_id: str
    participant_id: str
    start_time: _timestamp_pb2.Timestamp
    end_time: _timestamp_pb2.Timestamp
    duration_us: int
    stored_count: int
    gaze_us: int
    top_zone: str
    property_session_count: int
    property_duration_us: int
    property_gaze_us: int
    def __init__(self, session_id: _Optional[str] = ..., organization_id: _Optional[str] = ..., property_id: _Optional[str] = ..., participant_id: _Optional[str] = ..., start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., end_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., duration_us: _Optional[int] = ..., stored_count: _Optional[int] = ..., gaze_us: _Optional[int] = ..., top_zone: _Optional[str] = ..., property_session_count: _Optional[int] = ..., property_duration_us: _Optional[int] = ..., property_gaze_us: _Optional[int] = ...) -> None: ...
