import datetime

from doorstep.options.v1 import options_pb2 as _options_pb2
from doorstep.vr.v1 import tracking_pb2 as _tracking_pb2
from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class SessionState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SESSION_STATE_UNSPECIFIED: _ClassVar[SessionState]
    SESSION_STATE_ACTIVE: _ClassVar[SessionState]
    SESSION_STATE_ENDED: _ClassVar[SessionState]
    SESSION_STATE_ABANDONED: _ClassVar[SessionState]
SESSION_STATE_UNSPECIFIED: SessionState
SESSION_STATE_ACTIVE: SessionState
SESSION_STATE_ENDED: SessionState
SESSION_STATE_ABANDONED: SessionState

class Session(_message.Message):
    __slots__ = ("session_id", "property_id", "participant_id", "state", "start_time", "end_time", "create_time", "source_coordinate_system", "device_model", "app_version", "scene", "clock_offset", "clock_error", "clock_step")
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    PROPERTY_ID_FIELD_NUMBER: _ClassVar[int]
    PARTICIPANT_ID_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    START_TIME_FIELD_NUMBER: _ClassVar[int]
    END_TIME_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    SOURCE_COORDINATE_SYSTEM_FIELD_NUMBER: _ClassVar[int]
    DEVICE_MODEL_FIELD_NUMBER: _ClassVar[int]
    APP_VERSION_FIELD_NUMBER: _ClassVar[int]
    SCENE_FIELD_NUMBER: _ClassVar[int]
    CLOCK_OFFSET_FIELD_NUMBER: _ClassVar[int]
    CLOCK_ERROR_FIELD_NUMBER: _ClassVar[int]
    CLOCK_STEP_FIELD_NUMBER: _ClassVar[int]
    session_id: str
    property_id: str
    participant_id: str
    state: SessionState
    start_time: _timestamp_pb2.Timestamp
    end_time: _timestamp_pb2.Timestamp
    create_time: _timestamp_pb2.Timestamp
    source_coordinate_system: _tracking_pb2.CoordinateSystem
    device_model: str
    app_version: str
    scene: str
    clock_offset: _duration_pb2.Duration
    clock_error: _duration_pb2.Duration
    clock_step: _duration_pb2.Duration
    def __init__(self, session_id: _Optional[str] = ..., property_id: _Optional[str] = ..., participant_id: _Optional[str] = ..., state: _Optional[_Union[SessionState, str]] = ..., start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., end_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., source_coordinate_system: _Optional[_Union[_tracking_pb2.CoordinateSystem, str]] = ..., device_model: _Optional[str] = ..., app_version: _Optional[str] = ..., scene: _Optional[str] = ..., clock_offset: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., clock_error: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., clock_step: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class SessionEvent(_message.Message):
    __slots__ = ("event_id", "kind", "time", "receive_time", "zone", "object", "name", "position", "duration", "properties")
    class PropertiesEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    EVENT_ID_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    TIME_FIELD_NUMBER: _ClassVar[int]
    RECEIVE_TIME_FIELD_NUMBER: _ClassVar[int]
    ZONE_FIELD_NUMBER: _ClassVar[int]
    OBJECT_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    POSITION_FIELD_NUMBER: _ClassVar[int]
    DURATION_FIELD_NUMBER: _ClassVar[int]
    PROPERTIES_FIELD_NUMBER: _ClassVar[int]
    event_id: str
    kind: _tracking_pb2.EventKind
    time: _timestamp_pb2.Timestamp
    receive_time: _timestamp_pb2.Timestamp
    zone: str
    object: str
    name: str
    position: Position
    duration: _duration_pb2.Duration
    properties: _containers.ScalarMap[str, str]
    def __init__(self, event_id: _Optional[str] = ..., kind: _Optional[_Union[_tracking_pb2.EventKind, str]] = ..., time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., receive_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., zone: _Optional[str] = ..., object: _Optional[str] = ..., name: _Optional[str] = ..., position: _Optional[_Union[Position, _Mapping]] = ..., duration: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., properties: _Optional[_Mapping[str, str]] = ...) -> None: ...

class Position(_message.Message):
    __slots__ = ("x", "y", "z")
    X_FIELD_NUMBER: _ClassVar[int]
    Y_FIELD_NUMBER: _ClassVar[int]
    Z_FIELD_NUMBER: _ClassVar[int]
    x: float
    y: float
    z: float
    def __init__(self, x: _Optional[float] = ..., y: _Optional[float] = ..., z: _Optional[float] = ...) -> None: ...

class Pose(_message.Message):
    __slots__ = ("time", "position", "orientation_x", "orientation_y", "orientation_z", "orientation_w")
    TIME_FIELD_NUMBER: _ClassVar[int]
    POSITION_FIELD_NUMBER: _ClassVar[int]
    ORIENTATION_X_FIELD_NUMBER: _ClassVar[int]
    ORIENTATION_Y_FIELD_NUMBER: _ClassVar[int]
    ORIENTATION_Z_FIELD_NUMBER: _ClassVar[int]
    ORIENTATION_W_FIELD_NUMBER: _ClassVar[int]
    time: _timestamp_pb2.Timestamp
    position: Position
    orientation_x: float
    orientation_y: float
    orientation_z: float
    orientation_w: float
    def __init__(self, time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., position: _Optional[_Union[Position, _Mapping]] = ..., orientation_x: _Optional[float] = ..., orientation_y: _Optional[float] = ..., orientation_z: _Optional[float] = ..., orientation_w: _Optional[float] = ...) -> None: ...

class ZoneDwell(_message.Message):
    __slots__ = ("zone", "presence", "visit_count", "gaze", "gaze_sample_count", "interaction_count")
    ZONE_FIELD_NUMBER: _ClassVar[int]
    PRESENCE_FIELD_NUMBER: _ClassVar[int]
    VISIT_COUNT_FIELD_NUMBER: _ClassVar[int]
    GAZE_FIELD_NUMBER: _ClassVar[int]
    GAZE_SAMPLE_COUNT_FIELD_NUMBER: _ClassVar[int]
    INTERACTION_COUNT_FIELD_NUMBER: _ClassVar[int]
    zone: str
    presence: _duration_pb2.Duration
    visit_count: int
    gaze: _duration_pb2.Duration
    gaze_sample_count: int
    interaction_count: int
    def __init__(self, zone: _Optional[str] = ..., presence: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., visit_count: _Optional[int] = ..., gaze: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., gaze_sample_count: _Optional[int] = ..., interaction_count: _Optional[int] = ...) -> None: ...

class AttentionShare(_message.Message):
    __slots__ = ("object", "gaze", "share", "gaze_sample_count", "interaction_count")
    OBJECT_FIELD_NUMBER: _ClassVar[int]
    GAZE_FIELD_NUMBER: _ClassVar[int]
    SHARE_FIELD_NUMBER: _ClassVar[int]
    GAZE_SAMPLE_COUNT_FIELD_NUMBER: _ClassVar[int]
    INTERACTION_COUNT_FIELD_NUMBER: _ClassVar[int]
    object: str
    gaze: _duration_pb2.Duration
    share: float
    gaze_sample_count: int
    interaction_count: int
    def __init__(self, object: _Optional[str] = ..., gaze: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., share: _Optional[float] = ..., gaze_sample_count: _Optional[int] = ..., interaction_count: _Optional[int] = ...) -> None: ...

class Heatmap(_message.Message):
    __slots__ = ("width", "height", "counts", "sample_count")
    WIDTH_FIELD_NUMBER: _ClassVar[int]
    HEIGHT_FIELD_NUMBER: _ClassVar[int]
    COUNTS_FIELD_NUMBER: _ClassVar[int]
    SAMPLE_COUNT_FIELD_NUMBER: _ClassVar[int]
    width: int
    height: int
    counts: _containers.RepeatedScalarFieldContainer[int]
    sample_count: int
    def __init__(self, width: _Optional[int] = ..., height: _Optional[int] = ..., counts: _Optional[_Iterable[int]] = ..., sample_count: _Optional[int] = ...) -> None: ...

class RejectedEvent(_message.Message):
    __slots__ = ("rejected_event_id", "stream", "part", "column", "index", "reason", "payload_json", "receive_time")
    REJECTED_EVENT_ID_FIELD_NUMBER: _ClassVar[int]
    STREAM_FIELD_NUMBER: _ClassVar[int]
    PART_FIELD_NUMBER: _ClassVar[int]
    COLUMN_FIELD_NUMBER: _ClassVar[int]
    INDEX_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    PAYLOAD_JSON_FIELD_NUMBER: _ClassVar[int]
    RECEIVE_TIME_FIELD_NUMBER: _ClassVar[int]
    rejected_event_id: str
    stream: int
    part: int
    column: _tracking_pb2.BatchColumn
    index: int
    reason: _tracking_pb2.RejectionReason
    payload_json: str
    receive_time: _timestamp_pb2.Timestamp
    def __init__(self, rejected_event_id: _Optional[str] = ..., stream: _Optional[int] = ..., part: _Optional[int] = ..., column: _Optional[_Union[_tracking_pb2.BatchColumn, str]] = ..., index: _Optional[int] = ..., reason: _Optional[_Union[_tracking_pb2.RejectionReason, str]] = ..., payload_json: _Optional[str] = ..., receive_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class PropertyEngagement(_message.Message):
    __slots__ = ("property_id", "session_count", "participant_count", "total_duration", "zones", "objects", "last_session_time")
    PROPERTY_ID_FIELD_NUMBER: _ClassVar[int]
    SESSION_COUNT_FIELD_NUMBER: _ClassVar[int]
    PARTICIPANT_COUNT_FIELD_NUMBER: _ClassVar[int]
    TOTAL_DURATION_FIELD_NUMBER: _ClassVar[int]
    ZONES_FIELD_NUMBER: _ClassVar[int]
    OBJECTS_FIELD_NUMBER: _ClassVar[int]
    LAST_SESSION_TIME_FIELD_NUMBER: _ClassVar[int]
    property_id: str
    session_count: int
    participant_count: int
    total_duration: _duration_pb2.Duration
    zones: _containers.RepeatedCompositeFieldContainer[ZoneDwell]
    objects: _containers.RepeatedCompositeFieldContainer[AttentionShare]
    last_session_time: _timestamp_pb2.Timestamp
    def __init__(self, property_id: _Optional[str] = ..., session_count: _Optional[int] = ..., participant_count: _Optional[int] = ..., total_duration: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., zones: _Optional[_Iterable[_Union[ZoneDwell, _Mapping]]] = ..., objects: _Optional[_Iterable[_Union[AttentionShare, _Mapping]]] = ..., last_session_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...
