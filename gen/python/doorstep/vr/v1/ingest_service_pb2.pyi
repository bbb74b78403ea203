from buf.validate import validate_pb2 as _validate_pb2
from doorstep.options.v1 import options_pb2 as _options_pb2
from doorstep.vr.v1 import tracking_pb2 as _tracking_pb2
from google.api import annotations_pb2 as _annotations_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Nothing(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class Hello(_message.Message):
    __slots__ = ("session_id", "property_id", "participant_id", "coordinate_system", "started_at_us", "device_model", "app_version", "scene")
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    PROPERTY_ID_FIELD_NUMBER: _ClassVar[int]
    PARTICIPANT_ID_FIELD_NUMBER: _ClassVar[int]
    COORDINATE_SYSTEM_FIELD_NUMBER: _ClassVar[int]
    STARTED_AT_US_FIELD_NUMBER: _ClassVar[int]
    DEVICE_MODEL_FIELD_NUMBER: _ClassVar[int]
    APP_VERSION_FIELD_NUMBER: _ClassVar[int]
    SCENE_FIELD_NUMBER: _ClassVar[int]
    session_id: str
    property_id: str
    participant_id: str
    coordinate_system: _tracking_pb2.CoordinateSystem
    started_at_us: int
    device_model: str
    app_version: str
    scene: str
    def __init__(self, session_id: _Optional[str] = ..., property_id: _Optional[str] = ..., participant_id: _Optional[str] = ..., coordinate_system: _Optional[_Union[_tracking_pb2.CoordinateSystem, str]] = ..., started_at_us: _Optional[int] = ..., device_model: _Optional[str] = ..., app_version: _Optional[str] = ..., scene: _Optional[str] = ...) -> None: ...

class Welcome(_message.Message):
    __slots__ = ("session_id", "positions", "resumed", "max_batch_events", "max_batch_bytes", "max_unacknowledged", "server_time_us")
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    POSITIONS_FIELD_NUMBER: _ClassVar[int]
    RESUMED_FIELD_NUMBER: _ClassVar[int]
    MAX_BATCH_EVENTS_FIELD_NUMBER: _ClassVar[int]
    MAX_BATCH_BYTES_FIELD_NUMBER: _ClassVar[int]
    MAX_UNACKNOWLEDGED_FIELD_NUMBER: _ClassVar[int]
    SERVER_TIME_US_FIELD_NUMBER: _ClassVar[int]
    session_id: str
    positions: _containers.RepeatedCompositeFieldContainer[_tracking_pb2.StreamPosition]
    resumed: bool
    max_batch_events: int
    max_batch_bytes: int
    max_unacknowledged: int
    server_time_us: int
    def __init__(self, session_id: _Optional[str] = ..., positions: _Optional[_Iterable[_Union[_tracking_pb2.StreamPosition, _Mapping]]] = ..., resumed: _Optional[bool] = ..., max_batch_events: _Optional[int] = ..., max_batch_bytes: _Optional[int] = ..., max_unacknowledged: _Optional[int] = ..., server_time_us: _Optional[int] = ...) -> None: ...

class Ping(_message.Message):
    __slots__ = ("sent_at_us", "previous_sent_at_us", "previous_server_received_at_us", "previous_server_sent_at_us", "previous_received_at_us")
    SENT_AT_US_FIELD_NUMBER: _ClassVar[int]
    PREVIOUS_SENT_AT_US_FIELD_NUMBER: _ClassVar[int]
    PREVIOUS_SERVER_RECEIVED_AT_US_FIELD_NUMBER: _ClassVar[int]
    PREVIOUS_SERVER_SENT_AT_US_FIELD_NUMBER: _ClassVar[int]
    PREVIOUS_RECEIVED_AT_US_FIELD_NUMBER: _ClassVar[int]
    sent_at_us: int
    previous_sent_at_us: int
    previous_server_received_at_us: int
    previous_server_sent_at_us: int
    previous_received_at_us: int
    def __init__(self, sent_at_us: _Optional[int] = ..., previous_sent_at_us: _Optional[int] = ..., previous_server_received_at_us: _Optional[int] = ..., previous_server_sent_at_us: _Optional[int] = ..., previous_received_at_us: _Optional[int] = ...) -> None: ...

class Pong(_message.Message):
    __slots__ = ("sent_at_us", "server_received_at_us", "server_sent_at_us", "clock_offset_us", "clock_error_us")
    SENT_AT_US_FIELD_NUMBER: _ClassVar[int]
    SERVER_RECEIVED_AT_US_FIELD_NUMBER: _ClassVar[int]
    SERVER_SENT_AT_US_FIELD_NUMBER: _ClassVar[int]
    CLOCK_OFFSET_US_FIELD_NUMBER: _ClassVar[int]
    CLOCK_ERROR_US_FIELD_NUMBER: _ClassVar[int]
    sent_at_us: int
    server_received_at_us: int
    server_sent_at_us: int
    clock_offset_us: int
    clock_error_us: int
    def __init__(self, sent_at_us: _Optional[int] = ..., server_received_at_us: _Optional[int] = ..., server_sent_at_us: _Optional[int] = ..., clock_offset_us: _Optional[int] = ..., clock_error_us: _Optional[int] = ...) -> None: ...

class Finish(_message.Message):
    __slots__ = ("ended_at_us", "recorded_count")
    ENDED_AT_US_FIELD_NUMBER: _ClassVar[int]
    RECORDED_COUNT_FIELD_NUMBER: _ClassVar[int]
    ended_at_us: int
    recorded_count: int
    def __init__(self, ended_at_us: _Optional[int] = ..., recorded_count: _Optional[int] = ...) -> None: ...

class Finished(_message.Message):
    __slots__ = ("session_id", "accounting")
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    ACCOUNTING_FIELD_NUMBER: _ClassVar[int]
    session_id: str
    accounting: _tracking_pb2.IngestAccounting
    def __init__(self, session_id: _Optional[str] = ..., accounting: _Optional[_Union[_tracking_pb2.IngestAccounting, _Mapping]] = ...) -> None: ...

class Notice(_message.Message):
    __slots__ = ("reason", "message", "retry_after_ms", "closing")
    REASON_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    RETRY_AFTER_MS_FIELD_NUMBER: _ClassVar[int]
    CLOSING_FIELD_NUMBER: _ClassVar[int]
    reason: _tracking_pb2.RefusalReason
    message: str
    retry_after_ms: int
    closing: bool
    def __init__(self, reason: _Optional[_Union[_tracking_pb2.RefusalReason, str]] = ..., message: _Optional[str] = ..., retry_after_ms: _Optional[int] = ..., closing: _Optional[bool] = ...) -> None: ...

class ConnectRequest(_message.Message):
    __slots__ = ("none", "hello", "batch", "ping", "finish")
    NONE_FIELD_NUMBER: _ClassVar[int]
    HELLO_FIELD_NUMBER: _ClassVar[int]
    BATCH_FIELD_NUMBER: _ClassVar[int]
    PING_FIELD_NUMBER: _ClassVar[int]
    FINISH_FIELD_NUMBER: _ClassVar[int]
    none: Nothing
    hello: Hello
    batch: _tracking_pb2.TrackingBatch
    ping: Ping
    finish: Finish
    def __init__(self, none: _Optional[_Union[Nothing, _Mapping]] = ..., hello: _Optional[_Union[Hello, _Mapping]] = ..., batch: _Optional[_Union[_tracking_pb2.TrackingBatch, _Mapping]] = ..., ping: _Optional[_Union[Ping, _Mapping]] = ..., finish: _Optional[_Union[Finish, _Mapping]] = ...) -> None: ...

class ConnectResponse(_message.Message):
    __slots__ = ("none", "welcome", "ack", "pong", "notice", "finished")
    NONE_FIELD_NUMBER: _ClassVar[int]
    WELCOME_FIELD_NUMBER: _ClassVar[int]
    ACK_FIELD_NUMBER: _ClassVar[int]
    PONG_FIELD_NUMBER: _ClassVar[int]
    NOTICE_FIELD_NUMBER: _ClassVar[int]
    FINISHED_FIELD_NUMBER: _ClassVar[int]
    none: Nothing
    welcome: Welcome
    ack: _tracking_pb2.BatchAck
    pong: Pong
    notice: Notice
    finished: Finished
    def __init__(self, none: _Optional[_Union[Nothing, _Mapping]] = ..., welcome: _Optional[_Union[Welcome, _Mapping]] = ..., ack: _Optional[_Union[_tracking_pb2.BatchAck, _Mapping]] = ..., pong: _Optional[_Union[Pong, _Mapping]] = ..., notice: _Optional[_Union[Notice, _Mapping]] = ..., finished: _Optional[_Union[Finished, _Mapping]] = ...) -> None: ...

class StartSessionRequest(_message.Message):
    __slots__ = ("session_id", "property_id", "participant_id", "coordinate_system", "started_at_us", "device_model", "app_version", "scene")
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    PROPERTY_ID_FIELD_NUMBER: _ClassVar[int]
    PARTICIPANT_ID_FIELD_NUMBER: _ClassVar[int]
    COORDINATE_SYSTEM_FIELD_NUMBER: _ClassVar[int]
    STARTED_AT_US_FIELD_NUMBER: _ClassVar[int]
    DEVICE_MODEL_FIELD_NUMBER: _ClassVar[int]
    APP_VERSION_FIELD_NUMBER: _ClassVar[int]
    SCENE_FIELD_NUMBER: _ClassVar[int]
    session_id: str
    property_id: str
    participant_id: str
    coordinate_system: _tracking_pb2.CoordinateSystem
    started_at_us: int
    device_model: str
    app_version: str
    scene: str
    def __init__(self, session_id: _Optional[str] = ..., property_id: _Optional[str] = ..., participant_id: _Optional[str] = ..., coordinate_system: _Optional[_Union[_tracking_pb2.CoordinateSystem, str]] = ..., started_at_us: _Optional[int] = ..., device_model: _Optional[str] = ..., app_version: _Optional[str] = ..., scene: _Optional[str] = ...) -> None: ...

class StartSessionResponse(_message.Message):
    __slots__ = ("welcome",)
    WELCOME_FIELD_NUMBER: _ClassVar[int]
    welcome: Welcome
    def __init__(self, welcome: _Optional[_Union[Welcome, _Mapping]] = ...) -> None: ...

class IngestBatchRequest(_message.Message):
    __slots__ = ("batch",)
    BATCH_FIELD_NUMBER: _ClassVar[int]
    batch: _tracking_pb2.TrackingBatch
    def __init__(self, batch: _Optional[_Union[_tracking_pb2.TrackingBatch, _Mapping]] = ...) -> None: ...

class IngestBatchResponse(_message.Message):
    __slots__ = ("ack",)
    ACK_FIELD_NUMBER: _ClassVar[int]
    ack: _tracking_pb2.BatchAck
    def __init__(self, ack: _Optional[_Union[_tracking_pb2.BatchAck, _Mapping]] = ...) -> None: ...

class IngestBatchesRequest(_message.Message):
    __slots__ = ("batch",)
    BATCH_FIELD_NUMBER: _ClassVar[int]
    batch: _tracking_pb2.TrackingBatch
    def __init__(self, batch: _Optional[_Union[_tracking_pb2.TrackingBatch, _Mapping]] = ...) -> None: ...

class IngestBatchesResponse(_message.Message):
    __slots__ = ("session_id", "committed_count", "refused_count", "stored_count", "duplicate_count", "rejected_count", "positions", "first_refused")
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    COMMITTED_COUNT_FIELD_NUMBER: _ClassVar[int]
    REFUSED_COUNT_FIELD_NUMBER: _ClassVar[int]
    STORED_COUNT_FIELD_NUMBER: _ClassVar[int]
    DUPLICATE_COUNT_FIELD_NUMBER: _ClassVar[int]
    REJECTED_COUNT_FIELD_NUMBER: _ClassVar[int]
    POSITIONS_FIELD_NUMBER: _ClassVar[int]
    FIRST_REFUSED_FIELD_NUMBER: _ClassVar[int]
    session_id: str
    committed_count: int
    refused_count: int
    stored_count: int
    duplicate_count: int
    rejected_count: int
    positions: _containers.RepeatedCompositeFieldContainer[_tracking_pb2.StreamPosition]
    first_refused: _tracking_pb2.BatchAck
    def __init__(self, session_id: _Optional[str] = ..., committed_count: _Optional[int] = ..., refused_count: _Optional[int] = ..., stored_count: _Optional[int] = ..., duplicate_count: _Optional[int] = ..., rejected_count: _Optional[int] = ..., positions: _Optional[_Iterable[_Union[_tracking_pb2.StreamPosition, _Mapping]]] = ..., first_refused: _Optional[_Union[_tracking_pb2.BatchAck, _Mapping]] = ...) -> None: ...

class HeartbeatRequest(_message.Message):
    __slots__ = ("session_id", "ping")
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    PING_FIELD_NUMBER: _ClassVar[int]
    session_id: str
    ping: Ping
    def __init__(self, session_id: _Optional[str] = ..., ping: _Optional[_Union[Ping, _Mapping]] = ...) -> None: ...

class HeartbeatResponse(_message.Message):
    __slots__ = ("pong",)
    PONG_FIELD_NUMBER: _ClassVar[int]
    pong: Pong
    def __init__(self, pong: _Optional[_Union[Pong, _Mapping]] = ...) -> None: ...

class EndSessionRequest(_message.Message):
    __slots__ = ("session_id", "ended_at_us", "recorded_count")
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    ENDED_AT_US_FIELD_NUMBER: _ClassVar[int]
    RECORDED_COUNT_FIELD_NUMBER: _ClassVar[int]
    session_id: str
    ended_at_us: int
    recorded_count: int
    def __init__(self, session_id: _Optional[str] = ..., ended_at_us: _Optional[int] = ..., recorded_count: _Optional[int] = ...) -> None: ...

class EndSessionResponse(_message.Message):
    __slots__ = ("finished",)
    FINISHED_FIELD_NUMBER: _ClassVar[int]
    finished: Finished
    def __init__(self, finished: _Optional[_Union[Finished, _Mapping]] = ...) -> None: ...
