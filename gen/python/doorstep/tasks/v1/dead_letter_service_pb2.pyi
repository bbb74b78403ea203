import datetime

from buf.validate import validate_pb2 as _validate_pb2
from doorstep.options.v1 import options_pb2 as _options_pb2
from doorstep.tasks.v1 import task_pb2 as _task_pb2
from google.api import annotations_pb2 as _annotations_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class EffectOutcome(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    EFFECT_OUTCOME_UNSPECIFIED: _ClassVar[EffectOutcome]
    EFFECT_OUTCOME_HAPPENED: _ClassVar[EffectOutcome]
    EFFECT_OUTCOME_DID_NOT_HAPPEN: _ClassVar[EffectOutcome]
EFFECT_OUTCOME_UNSPECIFIED: EffectOutcome
EFFECT_OUTCOME_HAPPENED: EffectOutcome
EFFECT_OUTCOME_DID_NOT_HAPPEN: EffectOutcome

class ListDeadLettersRequest(_message.Message):
    __slots__ = ("page_size", "page_token", "kind")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    kind: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., kind: _Optional[str] = ...) -> None: ...

class ListDeadLettersResponse(_message.Message):
    __slots__ = ("tasks", "next_page_token")
    TASKS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    tasks: _containers.RepeatedCompositeFieldContainer[_task_pb2.Task]
    next_page_token: str
    def __init__(self, tasks: _Optional[_Iterable[_Union[_task_pb2.Task, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class ReplayDeadLetterRequest(_message.Message):
    __slots__ = ("task_id",)
    TASK_ID_FIELD_NUMBER: _ClassVar[int]
    task_id: str
    def __init__(self, task_id: _Optional[str] = ...) -> None: ...

class ReplayDeadLetterResponse(_message.Message):
    __slots__ = ("task",)
    TASK_FIELD_NUMBER: _ClassVar[int]
    task: _task_pb2.Task
    def __init__(self, task: _Optional[_Union[_task_pb2.Task, _Mapping]] = ...) -> None: ...

class ReplayDeadLettersRequest(_message.Message):
    __slots__ = ("kind", "limit", "validate_only")
    KIND_FIELD_NUMBER: _ClassVar[int]
    LIMIT_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_ONLY_FIELD_NUMBER: _ClassVar[int]
    kind: str
    limit: int
    validate_only: bool
    def __init__(self, kind: _Optional[str] = ..., limit: _Optional[int] = ..., validate_only: _Optional[bool] = ...) -> None: ...

class ReplayDeadLettersResponse(_message.Message):
    __slots__ = ("replayed_count",)
    REPLAYED_COUNT_FIELD_NUMBER: _ClassVar[int]
    replayed_count: int
    def __init__(self, replayed_count: _Optional[int] = ...) -> None: ...

class ListEventDeadLettersRequest(_message.Message):
    __slots__ = ("page_size", "page_token", "service")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    SERVICE_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    service: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., service: _Optional[str] = ...) -> None: ...

class ListEventDeadLettersResponse(_message.Message):
    __slots__ = ("letters", "next_page_token")
    LETTERS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    letters: _containers.RepeatedCompositeFieldContainer[EventDeadLetter]
    next_page_token: str
    def __init__(self, letters: _Optional[_Iterable[_Union[EventDeadLetter, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class EventDeadLetter(_message.Message):
    __slots__ = ("event_id", "service", "subscriber", "event_type", "key", "source", "organization_id", "attempt_count", "last_error", "create_time", "dead_time", "replay_requested")
    EVENT_ID_FIELD_NUMBER: _ClassVar[int]
    SERVICE_FIELD_NUMBER: _ClassVar[int]
    SUBSCRIBER_FIELD_NUMBER: _ClassVar[int]
    EVENT_TYPE_FIELD_NUMBER: _ClassVar[int]
    KEY_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    ORGANIZATION_ID_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_COUNT_FIELD_NUMBER: _ClassVar[int]
    LAST_ERROR_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    DEAD_TIME_FIELD_NUMBER: _ClassVar[int]
    REPLAY_REQUESTED_FIELD_NUMBER: _ClassVar[int]
    event_id: str
    service: str
    subscriber: str
    event_type: str
    key: str
    source: str
    organization_id: str
    attempt_count: int
    last_error: str
    create_time: _timestamp_pb2.Timestamp
    dead_time: _timestamp_pb2.Timestamp
    replay_requested: bool
    def __init__(self, event_id: _Optional[str] = ..., service: _Optional[str] = ..., subscriber: _Optional[str] = ..., event_type: _Optional[str] = ..., key: _Optional[str] = ..., source: _Optional[str] = ..., organization_id: _Optional[str] = ..., attempt_count: _Optional[int] = ..., last_error: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., dead_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., replay_requested: _Optional[bool] = ...) -> None: ...

class ReplayEventDeadLetterRequest(_message.Message):
    __slots__ = ("event_id", "service", "subscriber")
    EVENT_ID_FIELD_NUMBER: _ClassVar[int]
    SERVICE_FIELD_NUMBER: _ClassVar[int]
    SUBSCRIBER_FIELD_NUMBER: _ClassVar[int]
    event_id: str
    service: str
    subscriber: str
    def __init__(self, event_id: _Optional[str] = ..., service: _Optional[str] = ..., subscriber: _Optional[str] = ...) -> None: ...

class ReplayEventDeadLetterResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ReplayEventDeadLettersRequest(_message.Message):
    __slots__ = ("service", "subscriber", "limit", "validate_only")
    SERVICE_FIELD_NUMBER: _ClassVar[int]
    SUBSCRIBER_FIELD_NUMBER: _ClassVar[int]
    LIMIT_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_ONLY_FIELD_NUMBER: _ClassVar[int]
    service: str
    subscriber: str
    limit: int
    validate_only: bool
    def __init__(self, service: _Optional[str] = ..., subscriber: _Optional[str] = ..., limit: _Optional[int] = ..., validate_only: _Optional[bool] = ...) -> None: ...

class ReplayEventDeadLettersResponse(_message.Message):
    __slots__ = ("replayed_count",)
    REPLAYED_COUNT_FIELD_NUMBER: _ClassVar[int]
    replayed_count: int
    def __init__(self, replayed_count: _Optional[int] = ...) -> None: ...

class ListUnknownEffectsRequest(_message.Message):
    __slots__ = ("page_size", "page_token")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListUnknownEffectsResponse(_message.Message):
    __slots__ = ("effects", "next_page_token")
    EFFECTS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    effects: _containers.RepeatedCompositeFieldContainer[UnknownEffect]
    next_page_token: str
    def __init__(self, effects: _Optional[_Iterable[_Union[UnknownEffect, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class UnknownEffect(_message.Message):
    __slots__ = ("effect_key", "create_time")
    EFFECT_KEY_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    effect_key: str
    create_time: _timestamp_pb2.Timestamp
    def __init__(self, effect_key: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class SettleEffectRequest(_message.Message):
    __slots__ = ("effect_key", "outcome")
    EFFECT_KEY_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    effect_key: str
    outcome: EffectOutcome
    def __init__(self, effect_key: _Optional[str] = ..., outcome: _Optional[_Union[EffectOutcome, str]] = ...) -> None: ...

class SettleEffectResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...
