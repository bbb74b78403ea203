from buf.validate import validate_pb2 as _validate_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class CoordinateSystem(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    COORDINATE_SYSTEM_UNSPECIFIED: _ClassVar[CoordinateSystem]
    COORDINATE_SYSTEM_UNREAL: _ClassVar[CoordinateSystem]
    COORDINATE_SYSTEM_OPENXR: _ClassVar[CoordinateSystem]
    COORDINATE_SYSTEM_UNITY: _ClassVar[CoordinateSystem]

class EventKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    EVENT_KIND_UNSPECIFIED: _ClassVar[EventKind]
    EVENT_KIND_GAZE: _ClassVar[EventKind]
    EVENT_KIND_ZONE_ENTER: _ClassVar[EventKind]
    EVENT_KIND_ZONE_EXIT: _ClassVar[EventKind]
    EVENT_KIND_INTERACTION: _ClassVar[EventKind]
    EVENT_KIND_CUSTOM: _ClassVar[EventKind]

class BatchOutcome(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    BATCH_OUTCOME_UNSPECIFIED: _ClassVar[BatchOutcome]
    BATCH_OUTCOME_STORED: _ClassVar[BatchOutcome]
    BATCH_OUTCOME_DUPLICATE: _ClassVar[BatchOutcome]
    BATCH_OUTCOME_REFUSED: _ClassVar[BatchOutcome]

class RefusalReason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    REFUSAL_REASON_UNSPECIFIED: _ClassVar[RefusalReason]
    REFUSAL_REASON_MALFORMED: _ClassVar[RefusalReason]
    REFUSAL_REASON_EMPTY: _ClassVar[RefusalReason]
    REFUSAL_REASON_TOO_LARGE: _ClassVar[RefusalReason]
    REFUSAL_REASON_OUT_OF_ORDER: _ClassVar[RefusalReason]
    REFUSAL_REASON_SESSION_ENDED: _ClassVar[RefusalReason]
    REFUSAL_REASON_SESSION_NOT_FOUND: _ClassVar[RefusalReason]
    REFUSAL_REASON_OVERLOADED: _ClassVar[RefusalReason]
    REFUSAL_REASON_HELLO_EXPECTED: _ClassVar[RefusalReason]
    REFUSAL_REASON_UNAVAILABLE: _ClassVar[RefusalReason]
    REFUSAL_REASON_INVALID: _ClassVar[RefusalReason]
    REFUSAL_REASON_SESSION_CONFLICT: _ClassVar[RefusalReason]
    REFUSAL_REASON_RECONNECT: _ClassVar[RefusalReason]

class RejectionReason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    REJECTION_REASON_UNSPECIFIED: _ClassVar[RejectionReason]
    REJECTION_REASON_KIND_MISSING: _ClassVar[RejectionReason]
    REJECTION_REASON_TIME_MISSING: _ClassVar[RejectionReason]
    REJECTION_REASON_TIME_IN_FUTURE: _ClassVar[RejectionReason]
    REJECTION_REASON_TIME_TOO_OLD: _ClassVar[RejectionReason]
    REJECTION_REASON_TIME_NOT_MONOTONE: _ClassVar[RejectionReason]
    REJECTION_REASON_NOT_FINITE: _ClassVar[RejectionReason]
    REJECTION_REASON_NOT_UNIT: _ClassVar[RejectionReason]
    REJECTION_REASON_UNKNOWN_NAME: _ClassVar[RejectionReason]
    REJECTION_REASON_NAME_MISSING: _ClassVar[RejectionReason]
    REJECTION_REASON_TOO_LONG: _ClassVar[RejectionReason]
    REJECTION_REASON_DURATION_INVALID: _ClassVar[RejectionReason]

class BatchColumn(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    BATCH_COLUMN_UNSPECIFIED: _ClassVar[BatchColumn]
    BATCH_COLUMN_EVENTS: _ClassVar[BatchColumn]
    BATCH_COLUMN_POSE: _ClassVar[BatchColumn]
    BATCH_COLUMN_GAZE: _ClassVar[BatchColumn]
COORDINATE_SYSTEM_UNSPECIFIED: CoordinateSystem
COORDINATE_SYSTEM_UNREAL: CoordinateSystem
COORDINATE_SYSTEM_OPENXR: CoordinateSystem
COORDINATE_SYSTEM_UNITY: CoordinateSystem
EVENT_KIND_UNSPECIFIED: EventKind
EVENT_KIND_GAZE: EventKind
EVENT_KIND_ZONE_ENTER: EventKind
EVENT_KIND_ZONE_EXIT: EventKind
EVENT_KIND_INTERACTION: EventKind
EVENT_KIND_CUSTOM: EventKind
BATCH_OUTCOME_UNSPECIFIED: BatchOutcome
BATCH_OUTCOME_STORED: BatchOutcome
BATCH_OUTCOME_DUPLICATE: BatchOutcome
BATCH_OUTCOME_REFUSED: BatchOutcome
REFUSAL_REASON_UNSPECIFIED: RefusalReason
REFUSAL_REASON_MALFORMED: RefusalReason
REFUSAL_REASON_EMPTY: RefusalReason
REFUSAL_REASON_TOO_LARGE: RefusalReason
REFUSAL_REASON_OUT_OF_ORDER: RefusalReason
REFUSAL_REASON_SESSION_ENDED: RefusalReason
REFUSAL_REASON_SESSION_NOT_FOUND: RefusalReason
REFUSAL_REASON_OVERLOADED: RefusalReason
REFUSAL_REASON_HELLO_EXPECTED: RefusalReason
REFUSAL_REASON_UNAVAILABLE: RefusalReason
REFUSAL_REASON_INVALID: RefusalReason
REFUSAL_REASON_SESSION_CONFLICT: RefusalReason
REFUSAL_REASON_RECONNECT: RefusalReason
REJECTION_REASON_UNSPECIFIED: RejectionReason
REJECTION_REASON_KIND_MISSING: RejectionReason
REJECTION_REASON_TIME_MISSING: RejectionReason
REJECTION_REASON_TIME_IN_FUTURE: RejectionReason
REJECTION_REASON_TIME_TOO_OLD: RejectionReason
REJECTION_REASON_TIME_NOT_MONOTONE: RejectionReason
REJECTION_REASON_NOT_FINITE: RejectionReason
REJECTION_REASON_NOT_UNIT: RejectionReason
REJECTION_REASON_UNKNOWN_NAME: RejectionReason
REJECTION_REASON_NAME_MISSING: RejectionReason
REJECTION_REASON_TOO_LONG: RejectionReason
REJECTION_REASON_DURATION_INVALID: RejectionReason
BATCH_COLUMN_UNSPECIFIED: BatchColumn
BATCH_COLUMN_EVENTS: BatchColumn
BATCH_COLUMN_POSE: BatchColumn
BATCH_COLUMN_GAZE: BatchColumn

class Event(_message.Message):
    __slots__ = ("kind", "time_us", "zone", "object", "name", "x", "y", "z", "duration_us", "properties")
    class PropertiesEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    KIND_FIELD_NUMBER: _ClassVar[int]
    TIME_US_FIELD_NUMBER: _ClassVar[int]
    ZONE_FIELD_NUMBER: _ClassVar[int]
    OBJECT_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    X_FIELD_NUMBER: _ClassVar[int]
    Y_FIELD_NUMBER: _ClassVar[int]
    Z_FIELD_NUMBER: _ClassVar[int]
    DURATION_US_FIELD_NUMBER: _ClassVar[int]
    PROPERTIES_FIELD_NUMBER: _ClassVar[int]
    kind: EventKind
    time_us: int
    zone: str
    object: str
    name: str
    x: float
    y: float
    z: float
    duration_us: int
    properties: _containers.ScalarMap[str, str]
    def __init__(self, kind: _Optional[_Union[EventKind, str]] = ..., time_us: _Optional[int] = ..., zone: _Optional[str] = ..., object: _Optional[str] = ..., name: _Optional[str] = ..., x: _Optional[float] = ..., y: _Optional[float] = ..., z: _Optional[float] = ..., duration_us: _Optional[int] = ..., properties: _Optional[_Mapping[str, str]] = ...) -> None: ...

class PoseTrack(_message.Message):
    __slots__ = ("time_us", "position_x", "position_y", "position_z", "orientation_x", "orientation_y", "orientation_z", "orientation_w")
    TIME_US_FIELD_NUMBER: _ClassVar[int]
    POSITION_X_FIELD_NUMBER: _ClassVar[int]
    POSITION_Y_FIELD_NUMBER: _ClassVar[int]
    POSITION_Z_FIELD_NUMBER: _ClassVar[int]
    ORIENTATION_X_FIELD_NUMBER: _ClassVar[int]
    ORIENTATION_Y_FIELD_NUMBER: _ClassVar[int]
    ORIENTATION_Z_FIELD_NUMBER: _ClassVar[int]
    ORIENTATION_W_FIELD_NUMBER: _ClassVar[int]
    time_us: _containers.RepeatedScalarFieldContainer[int]
    position_x: _containers.RepeatedScalarFieldContainer[float]
    position_y: _containers.RepeatedScalarFieldContainer[float]
    position_z: _containers.RepeatedScalarFieldContainer[float]
    orientation_x: _containers.RepeatedScalarFieldContainer[float]
    orientation_y: _containers.RepeatedScalarFieldContainer[float]
    orientation_z: _containers.RepeatedScalarFieldContainer[float]
    orientation_w: _containers.RepeatedScalarFieldContainer[float]
    def __init__(self, time_us: _Optional[_Iterable[int]] = ..., position_x: _Optional[_Iterable[float]] = ..., position_y: _Optional[_Iterable[float]] = ..., position_z: _Optional[_Iterable[float]] = ..., orientation_x: _Optional[_Iterable[float]] = ..., orientation_y: _Optional[_Iterable[float]] = ..., orientation_z: _Optional[_Iterable[float]] = ..., orientation_w: _Optional[_Iterable[float]] = ...) -> None: ...

class GazeTrack(_message.Message):
    __slots__ = ("time_us", "direction_x", "direction_y", "direction_z", "hit_x", "hit_y", "hit_z", "zone", "object")
    TIME_US_FIELD_NUMBER: _ClassVar[int]
    DIRECTION_X_FIELD_NUMBER: _ClassVar[int]
    DIRECTION_Y_FIELD_NUMBER: _ClassVar[int]
    DIRECTION_Z_FIELD_NUMBER: _ClassVar[int]
    HIT_X_FIELD_NUMBER: _ClassVar[int]
    HIT_Y_FIELD_NUMBER: _ClassVar[int]
    HIT_Z_FIELD_NUMBER: _ClassVar[int]
    ZONE_FIELD_NUMBER: _ClassVar[int]
    OBJECT_FIELD_NUMBER: _ClassVar[int]
    time_us: _containers.RepeatedScalarFieldContainer[int]
    direction_x: _containers.RepeatedScalarFieldContainer[float]
    direction_y: _containers.RepeatedScalarFieldContainer[float]
    direction_z: _containers.RepeatedScalarFieldContainer[float]
    hit_x: _containers.RepeatedScalarFieldContainer[float]
    hit_y: _containers.RepeatedScalarFieldContainer[float]
    hit_z: _containers.RepeatedScalarFieldContainer[float]
    zone: _containers.RepeatedScalarFieldContainer[int]
    object: _containers.RepeatedScalarFieldContainer[int]
    def __init__(self, time_us: _Optional[_Iterable[int]] = ..., direction_x: _Optional[_Iterable[float]] = ..., direction_y: _Optional[_Iterable[float]] = ..., direction_z: _Optional[_Iterable[float]] = ..., hit_x: _Optional[_Iterable[float]] = ..., hit_y: _Optional[_Iterable[float]] = ..., hit_z: _Optional[_Iterable[float]] = ..., zone: _Optional[_Iterable[int]] = ..., object: _Optional[_Iterable[int]] = ...) -> None: ...

class TrackingBatch(_message.Message):
    __slots__ = ("session_id", "stream", "part", "sent_at_us", "events", "pose", "gaze", "zones", "objects", "uptime_us")
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    STREAM_FIELD_NUMBER: _ClassVar[int]
    PART_FIELD_NUMBER: _ClassVar[int]
    SENT_AT_US_FIELD_NUMBER: _ClassVar[int]
    EVENTS_FIELD_NUMBER: _ClassVar[int]
    POSE_FIELD_NUMBER: _ClassVar[int]
    GAZE_FIELD_NUMBER: _ClassVar[int]
    ZONES_FIELD_NUMBER: _ClassVar[int]
    OBJECTS_FIELD_NUMBER: _ClassVar[int]
    UPTIME_US_FIELD_NUMBER: _ClassVar[int]
    session_id: str
    stream: int
    part: int
    sent_at_us: int
    events: _containers.RepeatedCompositeFieldContainer[Event]
    pose: PoseTrack
    gaze: GazeTrack
    zones: _containers.RepeatedScalarFieldContainer[str]
    objects: _containers.RepeatedScalarFieldContainer[str]
    uptime_us: int
    def __init__(self, session_id: _Optional[str] = ..., stream: _Optional[int] = ..., part: _Optional[int] = ..., sent_at_us: _Optional[int] = ..., events: _Optional[_Iterable[_Union[Event, _Mapping]]] = ..., pose: _Optional[_Union[PoseTrack, _Mapping]] = ..., gaze: _Optional[_Union[GazeTrack, _Mapping]] = ..., zones: _Optional[_Iterable[str]] = ..., objects: _Optional[_Iterable[str]] = ..., uptime_us: _Optional[int] = ...) -> None: ...

class Rejection(_message.Message):
    __slots__ = ("column", "index", "reason")
    COLUMN_FIELD_NUMBER: _ClassVar[int]
    INDEX_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    column: BatchColumn
    index: int
    reason: RejectionReason
    def __init__(self, column: _Optional[_Union[BatchColumn, str]] = ..., index: _Optional[int] = ..., reason: _Optional[_Union[RejectionReason, str]] = ...) -> None: ...

class BatchAck(_message.Message):
    __slots__ = ("session_id", "stream", "part", "durable_part", "outcome", "stored_count", "duplicate_count", "rejected_count", "rejections", "refusal", "message", "retry_after_ms")
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    STREAM_FIELD_NUMBER: _ClassVar[int]
    PART_FIELD_NUMBER: _ClassVar[int]
    DURABLE_PART_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    STORED_COUNT_FIELD_NUMBER: _ClassVar[int]
    DUPLICATE_COUNT_FIELD_NUMBER: _ClassVar[int]
    REJECTED_COUNT_FIELD_NUMBER: _ClassVar[int]
    REJECTIONS_FIELD_NUMBER: _ClassVar[int]
    REFUSAL_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    RETRY_AFTER_MS_FIELD_NUMBER: _ClassVar[int]
    session_id: str
    stream: int
    part: int
    durable_part: int
    outcome: BatchOutcome
    stored_count: int
    duplicate_count: int
    rejected_count: int
    rejections: _containers.RepeatedCompositeFieldContainer[Rejection]
    refusal: RefusalReason
    message: str
    retry_after_ms: int
    def __init__(self, session_id: _Optional[str] = ..., stream: _Optional[int] = ..., part: _Optional[int] = ..., durable_part: _Optional[int] = ..., outcome: _Optional[_Union[BatchOutcome, str]] = ..., stored_count: _Optional[int] = ..., duplicate_count: _Optional[int] = ..., rejected_count: _Optional[int] = ..., rejections: _Optional[_Iterable[_Union[Rejection, _Mapping]]] = ..., refusal: _Optional[_Union[RefusalReason, str]] = ..., message: _Optional[str] = ..., retry_after_ms: _Optional[int] = ...) -> None: ...

class StreamPosition(_message.Message):
    __slots__ = ("stream", "durable_part")
    STREAM_FIELD_NUMBER: _ClassVar[int]
    DURABLE_PART_FIELD_NUMBER: _ClassVar[int]
    stream: int
    durable_part: int
    def __init__(self, stream: _Optional[int] = ..., durable_part: _Optional[int] = ...) -> None: ...

class RefusedBatches(_message.Message):
    __slots__ = ("reason", "batch_count", "event_count")
    REASON_FIELD_NUMBER: _ClassVar[int]
    BATCH_COUNT_FIELD_NUMBER: _ClassVar[int]
    EVENT_COUNT_FIELD_NUMBER: _ClassVar[int]
    reason: RefusalReason
    batch_count: int
    event_count: int
    def __init__(self, reason: _Optional[_Union[RefusalReason, str]] = ..., batch_count: _Optional[int] = ..., event_count: _Optional[int] = ...) -> None: ...

class IngestAccounting(_message.Message):
    __slots__ = ("received_count", "stored_count", "duplicate_count", "rejected_count", "declared_count", "missing_count", "refused_count", "refused")
    RECEIVED_COUNT_FIELD_NUMBER: _ClassVar[int]
    STORED_COUNT_FIELD_NUMBER: _ClassVar[int]
    DUPLICATE_COUNT_FIELD_NUMBER: _ClassVar[int]
    REJECTED_COUNT_FIELD_NUMBER: _ClassVar[int]
    DECLARED_COUNT_FIELD_NUMBER: _ClassVar[int]
    MISSING_COUNT_FIELD_NUMBER: _ClassVar[int]
    REFUSED_COUNT_FIELD_NUMBER: _ClassVar[int]
    REFUSED_FIELD_NUMBER: _ClassVar[int]
    received_count: int
    stored_count: int
    duplicate_count: int
    rejected_count: int
    declared_count: int
    missing_count: int
    refused_count: int
    refused: _containers.RepeatedCompositeFieldContainer[RefusedBatches]
    def __init__(self, received_count: _Optional[int] = ..., stored_count: _Optional[int] = ..., duplicate_count: _Optional[int] = ..., rejected_count: _Optional[int] = ..., declared_count: _Optional[int] = ..., missing_count: _Optional[int] = ..., refused_count: _Optional[int] = ..., refused: _Optional[_Iterable[_Union[RefusedBatches, _Mapping]]] = ...) -> None: ...
