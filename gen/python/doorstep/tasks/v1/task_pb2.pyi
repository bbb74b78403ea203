import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class TaskState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    TASK_STATE_UNSPECIFIED: _ClassVar[TaskState]
    TASK_STATE_SCHEDULED: _ClassVar[TaskState]
    TASK_STATE_QUEUED: _ClassVar[TaskState]
    TASK_STATE_RUNNING: _ClassVar[TaskState]
    TASK_STATE_DEAD: _ClassVar[TaskState]
    TASK_STATE_SUCCEEDED: _ClassVar[TaskState]
    TASK_STATE_CANCELLED: _ClassVar[TaskState]
    TASK_STATE_CANCELLING: _ClassVar[TaskState]

class TaskQueue(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    TASK_QUEUE_UNSPECIFIED: _ClassVar[TaskQueue]
    TASK_QUEUE_HIGH_PRIORITY: _ClassVar[TaskQueue]
    TASK_QUEUE_DEFAULT: _ClassVar[TaskQueue]
    TASK_QUEUE_LOW_PRIORITY: _ClassVar[TaskQueue]
    TASK_QUEUE_DEAD_LETTERS: _ClassVar[TaskQueue]

class TaskOutcome(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    TASK_OUTCOME_UNSPECIFIED: _ClassVar[TaskOutcome]
    TASK_OUTCOME_FAILED: _ClassVar[TaskOutcome]
    TASK_OUTCOME_CRASHED: _ClassVar[TaskOutcome]
    TASK_OUTCOME_CANCELLED: _ClassVar[TaskOutcome]
TASK_STATE_UNSPECIFIED: TaskState
TASK_STATE_SCHEDULED: TaskState
TASK_STATE_QUEUED: TaskState
TASK_STATE_RUNNING: TaskState
TASK_STATE_DEAD: TaskState
TASK_STATE_SUCCEEDED: TaskState
TASK_STATE_CANCELLED: TaskState
TASK_STATE_CANCELLING: TaskState
TASK_QUEUE_UNSPECIFIED: TaskQueue
TASK_QUEUE_HIGH_PRIORITY: TaskQueue
TASK_QUEUE_DEFAULT: TaskQueue
TASK_QUEUE_LOW_PRIORITY: TaskQueue
TASK_QUEUE_DEAD_LETTERS: TaskQueue
TASK_OUTCOME_UNSPECIFIED: TaskOutcome
TASK_OUTCOME_FAILED: TaskOutcome
TASK_OUTCOME_CRASHED: TaskOutcome
TASK_OUTCOME_CANCELLED: TaskOutcome

class Task(_message.Message):
    __slots__ = ("task_id", "kind", "queue", "state", "organization_id", "failure_count", "crash_count", "last_error", "create_time", "update_time", "due_time", "progress", "creator_id", "schedule", "attempts")
    TASK_ID_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    QUEUE_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    ORGANIZATION_ID_FIELD_NUMBER: _ClassVar[int]
    FAILURE_COUNT_FIELD_NUMBER: _ClassVar[int]
    CRASH_COUNT_FIELD_NUMBER: _ClassVar[int]
    LAST_ERROR_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    DUE_TIME_FIELD_NUMBER: _ClassVar[int]
    PROGRESS_FIELD_NUMBER: _ClassVar[int]
    CREATOR_ID_FIELD_NUMBER: _ClassVar[int]
    SCHEDULE_FIELD_NUMBER: _ClassVar[int]
    ATTEMPTS_FIELD_NUMBER: _ClassVar[int]
    task_id: str
    kind: str
    queue: TaskQueue
    state: TaskState
    organization_id: str
    failure_count: int
    crash_count: int
    last_error: str
    create_time: _timestamp_pb2.Timestamp
    update_time: _timestamp_pb2.Timestamp
    due_time: _timestamp_pb2.Timestamp
    progress: TaskProgress
    creator_id: str
    schedule: str
    attempts: _containers.RepeatedCompositeFieldContainer[TaskAttempt]
    def __init__(self, task_id: _Optional[str] = ..., kind: _Optional[str] = ..., queue: _Optional[_Union[TaskQueue, str]] = ..., state: _Optional[_Union[TaskState, str]] = ..., organization_id: _Optional[str] = ..., failure_count: _Optional[int] = ..., crash_count: _Optional[int] = ..., last_error: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., due_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., progress: _Optional[_Union[TaskProgress, _Mapping]] = ..., creator_id: _Optional[str] = ..., schedule: _Optional[str] = ..., attempts: _Optional[_Iterable[_Union[TaskAttempt, _Mapping]]] = ...) -> None: ...

class TaskProgress(_message.Message):
    __slots__ = ("done_count", "total_count", "update_time")
    DONE_COUNT_FIELD_NUMBER: _ClassVar[int]
    TOTAL_COUNT_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    done_count: int
    total_count: int
    update_time: _timestamp_pb2.Timestamp
    def __init__(self, done_count: _Optional[int] = ..., total_count: _Optional[int] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class TaskAttempt(_message.Message):
    __slots__ = ("outcome", "error", "begin_time", "end_time")
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    BEGIN_TIME_FIELD_NUMBER: _ClassVar[int]
    END_TIME_FIELD_NUMBER: _ClassVar[int]
    outcome: TaskOutcome
    error: str
    begin_time: _timestamp_pb2.Timestamp
    end_time: _timestamp_pb2.Timestamp
    def __init__(self, outcome: _Optional[_Union[TaskOutcome, str]] = ..., error: _Optional[str] = ..., begin_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., end_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...
