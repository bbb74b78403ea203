import datetime

from buf.validate import validate_pb2 as _validate_pb2
from doorstep.options.v1 import options_pb2 as _options_pb2
from doorstep.telemetry.v1 import session_pb2 as _session_pb2
from doorstep.vr.v1 import tracking_pb2 as _tracking_pb2
from google.api import annotations_pb2 as _annotations_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ListSessionEventsRequest(_message.Message):
    __slots__ = ("session_id", "kind", "zone", "page_size", "page_token")
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    ZONE_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    session_id: str
    kind: _tracking_pb2.EventKind
    zone: str
    page_size: int
    page_token: str
    def __init__(self, session_id: _Optional[str] = ..., kind: _Optional[_Union[_tracking_pb2.EventKind, str]] = ..., zone: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListSessionEventsResponse(_message.Message):
    __slots__ = ("events", "next_page_token")
    EVENTS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    events: _containers.RepeatedCompositeFieldContainer[_session_pb2.SessionEvent]
    next_page_token: str
    def __init__(self, events: _Optional[_Iterable[_Union[_session_pb2.SessionEvent, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class ListZoneEventsRequest(_message.Message):
    __slots__ = ("session_id", "zone", "page_size", "page_token")
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    ZONE_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    session_id: str
    zone: str
    page_size: int
    page_token: str
    def __init__(self, session_id: _Optional[str] = ..., zone: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListZoneEventsResponse(_message.Message):
    __slots__ = ("events", "next_page_token")
    EVENTS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    events: _containers.RepeatedCompositeFieldContainer[_session_pb2.SessionEvent]
    next_page_token: str
    def __init__(self, events: _Optional[_Iterable[_Union[_session_pb2.SessionEvent, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class GetZoneDwellRequest(_message.Message):
    __slots__ = ("session_id",)
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    session_id: str
    def __init__(self, session_id: _Optional[str] = ...) -> None: ...

class GetZoneDwellResponse(_message.Message):
    __slots__ = ("zones",)
    ZONES_FIELD_NUMBER: _ClassVar[int]
    zones: _containers.RepeatedCompositeFieldContainer[_session_pb2.ZoneDwell]
    def __init__(self, zones: _Optional[_Iterable[_Union[_session_pb2.ZoneDwell, _Mapping]]] = ...) -> None: ...

class GetGazeHeatmapRequest(_message.Message):
    __slots__ = ("session_id", "width", "height", "zone")
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    WIDTH_FIELD_NUMBER: _ClassVar[int]
    HEIGHT_FIELD_NUMBER: _ClassVar[int]
    ZONE_FIELD_NUMBER: _ClassVar[int]
    session_id: str
    width: int
    height: int
    zone: str
    def __init__(self, session_id: _Optional[str] = ..., width: _Optional[int] = ..., height: _Optional[int] = ..., zone: _Optional[str] = ...) -> None: ...

class GetGazeHeatmapResponse(_message.Message):
    __slots__ = ("heatmap",)
    HEATMAP_FIELD_NUMBER: _ClassVar[int]
    heatmap: _session_pb2.Heatmap
    def __init__(self, heatmap: _Optional[_Union[_session_pb2.Heatmap, _Mapping]] = ...) -> None: ...

class GetSessionPathRequest(_message.Message):
    __slots__ = ("session_id", "max_points")
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    MAX_POINTS_FIELD_NUMBER: _ClassVar[int]
    session_id: str
    max_points: int
    def __init__(self, session_id: _Optional[str] = ..., max_points: _Optional[int] = ...) -> None: ...

class GetSessionPathResponse(_message.Message):
    __slots__ = ("poses", "sample_count")
    POSES_FIELD_NUMBER: _ClassVar[int]
    SAMPLE_COUNT_FIELD_NUMBER: _ClassVar[int]
    poses: _containers.RepeatedCompositeFieldContainer[_session_pb2.Pose]
    sample_count: int
    def __init__(self, poses: _Optional[_Iterable[_Union[_session_pb2.Pose, _Mapping]]] = ..., sample_count: _Optional[int] = ...) -> None: ...

class GetAttentionRequest(_message.Message):
    __slots__ = ("session_id",)
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    session_id: str
    def __init__(self, session_id: _Optional[str] = ...) -> None: ...

class GetAttentionResponse(_message.Message):
    __slots__ = ("objects",)
    OBJECTS_FIELD_NUMBER: _ClassVar[int]
    objects: _containers.RepeatedCompositeFieldContainer[_session_pb2.AttentionShare]
    def __init__(self, objects: _Optional[_Iterable[_Union[_session_pb2.AttentionShare, _Mapping]]] = ...) -> None: ...

class GetPropertyEngagementRequest(_message.Message):
    __slots__ = ("property_id",)
    PROPERTY_ID_FIELD_NUMBER: _ClassVar[int]
    property_id: str
    def __init__(self, property_id: _Optional[str] = ...) -> None: ...

class GetPropertyEngagementResponse(_message.Message):
    __slots__ = ("engagement",)
    ENGAGEMENT_FIELD_NUMBER: _ClassVar[int]
    engagement: _session_pb2.PropertyEngagement
    def __init__(self, engagement: _Optional[_Union[_session_pb2.PropertyEngagement, _Mapping]] = ...) -> None: ...

class GetIngestAccountingRequest(_message.Message):
    __slots__ = ("session_id",)
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    session_id: str
    def __init__(self, session_id: _Optional[str] = ...) -> None: ...

class GetIngestAccountingResponse(_message.Message):
    __slots__ = ("accounting", "positions")
    ACCOUNTING_FIELD_NUMBER: _ClassVar[int]
    POSITIONS_FIELD_NUMBER: _ClassVar[int]
    accounting: _tracking_pb2.IngestAccounting
    positions: _containers.RepeatedCompositeFieldContainer[_tracking_pb2.StreamPosition]
    def __init__(self, accounting: _Optional[_Union[_tracking_pb2.IngestAccounting, _Mapping]] = ..., positions: _Optional[_Iterable[_Union[_tracking_pb2.StreamPosition, _Mapping]]] = ...) -> None: ...

class ListRejectedEventsRequest(_message.Message):
    __slots__ = ("session_id", "page_size", "page_token")
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    session_id: str
    page_size: int
    page_token: str
    def __init__(self, session_id: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListRejectedEventsResponse(_message.Message):
    __slots__ = ("rejected_events", "next_page_token")
    REJECTED_EVENTS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    rejected_events: _containers.RepeatedCompositeFieldContainer[_session_pb2.RejectedEvent]
    next_page_token: str
    def __init__(self, rejected_events: _Optional[_Iterable[_Union[_session_pb2.RejectedEvent, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class ReprocessRejectedEventsRequest(_message.Message):
    __slots__ = ("session_id",)
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    session_id: str
    def __init__(self, session_id: _Optional[str] = ...) -> None: ...

class ReprocessRejectedEventsResponse(_message.Message):
    __slots__ = ("stored_count", "rejected_count")
    STORED_COUNT_FIELD_NUMBER: _ClassVar[int]
    REJECTED_COUNT_FIELD_NUMBER: _ClassVar[int]
    stored_count: int
    rejected_count: int
    def __init__(self, stored_count: _Optional[int] = ..., rejected_count: _Optional[int] = ...) -> None: ...

class ReplaySessionRequest(_message.Message):
    __slots__ = ("session_id", "speed")
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    SPEED_FIELD_NUMBER: _ClassVar[int]
    session_id: str
    speed: float
    def __init__(self, session_id: _Optional[str] = ..., speed: _Optional[float] = ...) -> None: ...

class StreamHeartbeat(_message.Message):
    __slots__ = ("time",)
    TIME_FIELD_NUMBER: _ClassVar[int]
    time: _timestamp_pb2.Timestamp
    def __init__(self, time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class StreamEnd(_message.Message):
    __slots__ = ("reason", "retry_after_ms")
    REASON_FIELD_NUMBER: _ClassVar[int]
    RETRY_AFTER_MS_FIELD_NUMBER: _ClassVar[int]
    reason: str
    retry_after_ms: int
    def __init__(self, reason: _Optional[str] = ..., retry_after_ms: _Optional[int] = ...) -> None: ...

class ReplaySessionResponse(_message.Message):
    __slots__ = ("pose", "event", "heartbeat", "end")
    POSE_FIELD_NUMBER: _ClassVar[int]
    EVENT_FIELD_NUMBER: _ClassVar[int]
    HEARTBEAT_FIELD_NUMBER: _ClassVar[int]
    END_FIELD_NUMBER: _ClassVar[int]
    pose: _session_pb2.Pose
    event: _session_pb2.SessionEvent
    heartbeat: StreamHeartbeat
    end: StreamEnd
    def __init__(self, pose: _Optional[_Union[_session_pb2.Pose, _Mapping]] = ..., event: _Optional[_Union[_session_pb2.SessionEvent, _Mapping]] = ..., heartbeat: _Optional[_Union[StreamHeartbeat, _Mapping]] = ..., end: _Optional[_Union[StreamEnd, _Mapping]] = ...) -> None: ...

class WatchSessionRequest(_message.Message):
    __slots__ = ("session_id", "after_sequence")
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    AFTER_SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    session_id: str
    after_sequence: str
    def __init__(self, session_id: _Optional[str] = ..., after_sequence: _Optional[str] = ...) -> None: ...

class WatchedBatch(_message.Message):
    __slots__ = ("stream", "part", "events", "pose_sample_count", "gaze_sample_count", "last_pose")
    STREAM_FIELD_NUMBER: _ClassVar[int]
    PART_FIELD_NUMBER: _ClassVar[int]
    EVENTS_FIELD_NUMBER: _ClassVar[int]
    POSE_SAMPLE_COUNT_FIELD_NUMBER: _ClassVar[int]
    GAZE_SAMPLE_COUNT_FIELD_NUMBER: _ClassVar[int]
    LAST_POSE_FIELD_NUMBER: _ClassVar[int]
    stream: int
    part: int
    events: _containers.RepeatedCompositeFieldContainer[_session_pb2.SessionEvent]
    pose_sample_count: int
    gaze_sample_count: int
    last_pose: _session_pb2.Pose
    def __init__(self, stream: _Optional[int] = ..., part: _Optional[int] = ..., events: _Optional[_Iterable[_Union[_session_pb2.SessionEvent, _Mapping]]] = ..., pose_sample_count: _Optional[int] = ..., gaze_sample_count: _Optional[int] = ..., last_pose: _Optional[_Union[_session_pb2.Pose, _Mapping]] = ...) -> None: ...

class WatchSessionResponse(_message.Message):
    __slots__ = ("sequence", "batch", "ended", "heartbeat", "end")
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    BATCH_FIELD_NUMBER: _ClassVar[int]
    ENDED_FIELD_NUMBER: _ClassVar[int]
    HEARTBEAT_FIELD_NUMBER: _ClassVar[int]
    END_FIELD_NUMBER: _ClassVar[int]
    sequence: str
    batch: WatchedBatch
    ended: _session_pb2.Session
    heartbeat: StreamHeartbeat
    end: StreamEnd
    def __init__(self, sequence: _Optional[str] = ..., batch: _Optional[_Union[WatchedBatch, _Mapping]] = ..., ended: _Optional[_Union[_session_pb2.Session, _Mapping]] = ..., heartbeat: _Optional[_Union[StreamHeartbeat, _Mapping]] = ..., end: _Optional[_Union[StreamEnd, _Mapping]] = ...) -> None: ...
