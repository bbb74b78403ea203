from buf.validate import validate_pb2 as _validate_pb2
from doorstep.options.v1 import options_pb2 as _options_pb2
from doorstep.visit.v1 import safety_pb2 as _safety_pb2
from doorstep.visit.v1 import visit_pb2 as _visit_pb2
from google.api import annotations_pb2 as _annotations_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class StartSafetyWatchRequest(_message.Message):
    __slots__ = ("visit_id", "minutes", "contact_ids")
    VISIT_ID_FIELD_NUMBER: _ClassVar[int]
    MINUTES_FIELD_NUMBER: _ClassVar[int]
    CONTACT_IDS_FIELD_NUMBER: _ClassVar[int]
    visit_id: str
    minutes: int
    contact_ids: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, visit_id: _Optional[str] = ..., minutes: _Optional[int] = ..., contact_ids: _Optional[_Iterable[str]] = ...) -> None: ...

class StartSafetyWatchResponse(_message.Message):
    __slots__ = ("watch",)
    WATCH_FIELD_NUMBER: _ClassVar[int]
    watch: _safety_pb2.SafetyWatch
    def __init__(self, watch: _Optional[_Union[_safety_pb2.SafetyWatch, _Mapping]] = ...) -> None: ...

class GetSafetyWatchRequest(_message.Message):
    __slots__ = ("visit_id",)
    VISIT_ID_FIELD_NUMBER: _ClassVar[int]
    visit_id: str
    def __init__(self, visit_id: _Optional[str] = ...) -> None: ...

class GetSafetyWatchResponse(_message.Message):
    __slots__ = ("watch",)
    WATCH_FIELD_NUMBER: _ClassVar[int]
    watch: _safety_pb2.SafetyWatch
    def __init__(self, watch: _Optional[_Union[_safety_pb2.SafetyWatch, _Mapping]] = ...) -> None: ...

class CheckInRequest(_message.Message):
    __slots__ = ("visit_id", "minutes", "fix")
    VISIT_ID_FIELD_NUMBER: _ClassVar[int]
    MINUTES_FIELD_NUMBER: _ClassVar[int]
    FIX_FIELD_NUMBER: _ClassVar[int]
    visit_id: str
    minutes: int
    fix: _visit_pb2.LocationFix
    def __init__(self, visit_id: _Optional[str] = ..., minutes: _Optional[int] = ..., fix: _Optional[_Union[_visit_pb2.LocationFix, _Mapping]] = ...) -> None: ...

class CheckInResponse(_message.Message):
    __slots__ = ("watch",)
    WATCH_FIELD_NUMBER: _ClassVar[int]
    watch: _safety_pb2.SafetyWatch
    def __init__(self, watch: _Optional[_Union[_safety_pb2.SafetyWatch, _Mapping]] = ...) -> None: ...

class EndSafetyWatchRequest(_message.Message):
    __slots__ = ("visit_id",)
    VISIT_ID_FIELD_NUMBER: _ClassVar[int]
    visit_id: str
    def __init__(self, visit_id: _Optional[str] = ...) -> None: ...

class EndSafetyWatchResponse(_message.Message):
    __slots__ = ("watch",)
    WATCH_FIELD_NUMBER: _ClassVar[int]
    watch: _safety_pb2.SafetyWatch
    def __init__(self, watch: _Optional[_Union[_safety_pb2.SafetyWatch, _Mapping]] = ...) -> None: ...

class RaiseDistressRequest(_message.Message):
    __slots__ = ("visit_id", "silent", "fix")
    VISIT_ID_FIELD_NUMBER: _ClassVar[int]
    SILENT_FIELD_NUMBER: _ClassVar[int]
    FIX_FIELD_NUMBER: _ClassVar[int]
    visit_id: str
    silent: bool
    fix: _visit_pb2.LocationFix
    def __init__(self, visit_id: _Optional[str] = ..., silent: _Optional[bool] = ..., fix: _Optional[_Union[_visit_pb2.LocationFix, _Mapping]] = ...) -> None: ...

class RaiseDistressResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class GetAlarmRequest(_message.Message):
    __slots__ = ("watch_id",)
    WATCH_ID_FIELD_NUMBER: _ClassVar[int]
    watch_id: str
    def __init__(self, watch_id: _Optional[str] = ...) -> None: ...

class GetAlarmResponse(_message.Message):
    __slots__ = ("watch",)
    WATCH_FIELD_NUMBER: _ClassVar[int]
    watch: _safety_pb2.SafetyWatch
    def __init__(self, watch: _Optional[_Union[_safety_pb2.SafetyWatch, _Mapping]] = ...) -> None: ...

class ResolveAlarmRequest(_message.Message):
    __slots__ = ("watch_id",)
    WATCH_ID_FIELD_NUMBER: _ClassVar[int]
    watch_id: str
    def __init__(self, watch_id: _Optional[str] = ...) -> None: ...

class ResolveAlarmResponse(_message.Message):
    __slots__ = ("watch",)
    WATCH_FIELD_NUMBER: _ClassVar[int]
    watch: _safety_pb2.SafetyWatch
    def __init__(self, watch: _Optional[_Union[_safety_pb2.SafetyWatch, _Mapping]] = ...) -> None: ...

class GetDutyRosterRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class GetDutyRosterResponse(_message.Message):
    __slots__ = ("user_ids",)
    USER_IDS_FIELD_NUMBER: _ClassVar[int]
    user_ids: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, user_ids: _Optional[_Iterable[str]] = ...) -> None: ...

class ReplaceDutyRosterRequest(_message.Message):
    __slots__ = ("user_ids",)
    USER_IDS_FIELD_NUMBER: _ClassVar[int]
    user_ids: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, user_ids: _Optional[_Iterable[str]] = ...) -> None: ...

class ReplaceDutyRosterResponse(_message.Message):
    __slots__ = ("user_ids",)
    USER_IDS_FIELD_NUMBER: _ClassVar[int]
    user_ids: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, user_ids: _Optional[_Iterable[str]] = ...) -> None: ...
