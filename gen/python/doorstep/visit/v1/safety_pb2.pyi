import datetime

from doorstep.options.v1 import options_pb2 as _options_pb2
from doorstep.visit.v1 import visit_pb2 as _visit_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class SafetyWatchState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SAFETY_WATCH_STATE_UNSPECIFIED: _ClassVar[SafetyWatchState]
    SAFETY_WATCH_STATE_RUNNING: _ClassVar[SafetyWatchState]
    SAFETY_WATCH_STATE_OVERDUE: _ClassVar[SafetyWatchState]
    SAFETY_WATCH_STATE_DISTRESS: _ClassVar[SafetyWatchState]
    SAFETY_WATCH_STATE_ENDED: _ClassVar[SafetyWatchState]
SAFETY_WATCH_STATE_UNSPECIFIED: SafetyWatchState
SAFETY_WATCH_STATE_RUNNING: SafetyWatchState
SAFETY_WATCH_STATE_OVERDUE: SafetyWatchState
SAFETY_WATCH_STATE_DISTRESS: SafetyWatchState
SAFETY_WATCH_STATE_ENDED: SafetyWatchState

class SafetyWatch(_message.Message):
    __slots__ = ("watch_id", "etag", "visit_id", "user_id", "state", "due_time", "contact_ids", "fix", "create_time", "update_time")
    WATCH_ID_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    VISIT_ID_FIELD_NUMBER: _ClassVar[int]
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    DUE_TIME_FIELD_NUMBER: _ClassVar[int]
    CONTACT_IDS_FIELD_NUMBER: _ClassVar[int]
    FIX_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    watch_id: str
    etag: str
    visit_id: str
    user_id: str
    state: SafetyWatchState
    due_time: _timestamp_pb2.Timestamp
    contact_ids: _containers.RepeatedScalarFieldContainer[str]
    fix: _visit_pb2.LocationFix
    create_time: _timestamp_pb2.Timestamp
    update_time: _timestamp_pb2.Timestamp
    def __init__(self, watch_id: _Optional[str] = ..., etag: _Optional[str] = ..., visit_id: _Optional[str] = ..., user_id: _Optional[str] = ..., state: _Optional[_Union[SafetyWatchState, str]] = ..., due_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., contact_ids: _Optional[_Iterable[str]] = ..., fix: _Optional[_Union[_visit_pb2.LocationFix, _Mapping]] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...
