import datetime

from buf.validate import validate_pb2 as _validate_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.type import date_pb2 as _date_pb2
from google.type import dayofweek_pb2 as _dayofweek_pb2
from google.type import timeofday_pb2 as _timeofday_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Availability(_message.Message):
    __slots__ = ("agent_id", "etag", "time_zone", "weekly_hours", "date_hours", "blackouts", "buffer_before_minutes", "buffer_after_minutes", "minimum_notice_minutes", "horizon_days", "daily_limit", "slot_interval_minutes", "slot_duration_minutes", "create_time", "update_time")
    AGENT_ID_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    TIME_ZONE_FIELD_NUMBER: _ClassVar[int]
    WEEKLY_HOURS_FIELD_NUMBER: _ClassVar[int]
    DATE_HOURS_FIELD_NUMBER: _ClassVar[int]
    BLACKOUTS_FIELD_NUMBER: _ClassVar[int]
    BUFFER_BEFORE_MINUTES_FIELD_NUMBER: _ClassVar[int]
    BUFFER_AFTER_MINUTES_FIELD_NUMBER: _ClassVar[int]
    MINIMUM_NOTICE_MINUTES_FIELD_NUMBER: _ClassVar[int]
    HORIZON_DAYS_FIELD_NUMBER: _ClassVar[int]
    DAILY_LIMIT_FIELD_NUMBER: _ClassVar[int]
    SLOT_INTERVAL_MINUTES_FIELD_NUMBER: _ClassVar[int]
    SLOT_DURATION_MINUTES_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    agent_id: str
    etag: str
    time_zone: str
    weekly_hours: _containers.RepeatedCompositeFieldContainer[WeeklyHours]
    date_hours: _containers.RepeatedCompositeFieldContainer[DateHours]
    blackouts: _containers.RepeatedCompositeFieldContainer[Blackout]
    buffer_before_minutes: int
    buffer_after_minutes: int
    minimum_notice_minutes: int
    horizon_days: int
    daily_limit: int
    slot_interval_minutes: int
    slot_duration_minutes: int
    create_time: _timestamp_pb2.Timestamp
    update_time: _timestamp_pb2.Timestamp
    def __init__(self, agent_id: _Optional[str] = ..., etag: _Optional[str] = ..., time_zone: _Optional[str] = ..., weekly_hours: _Optional[_Iterable[_Union[WeeklyHours, _Mapping]]] = ..., date_hours: _Optional[_Iterable[_Union[DateHours, _Mapping]]] = ..., blackouts: _Optional[_Iterable[_Union[Blackout, _Mapping]]] = ..., buffer_before_minutes: _Optional[int] = ..., buffer_after_minutes: _Optional[int] = ..., minimum_notice_minutes: _Optional[int] = ..., horizon_days: _Optional[int] = ..., daily_limit: _Optional[int] = ..., slot_interval_minutes: _Optional[int] = ..., slot_duration_minutes: _Optional[int] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class Hours(_message.Message):
    __slots__ = ("open_time", "close_time")
    OPEN_TIME_FIELD_NUMBER: _ClassVar[int]
    CLOSE_TIME_FIELD_NUMBER: _ClassVar[int]
    open_time: _timeofday_pb2.TimeOfDay
    close_time: _timeofday_pb2.TimeOfDay
    def __init__(self, open_time: _Optional[_Union[_timeofday_pb2.TimeOfDay, _Mapping]] = ..., close_time: _Optional[_Union[_timeofday_pb2.TimeOfDay, _Mapping]] = ...) -> None: ...

class WeeklyHours(_message.Message):
    __slots__ = ("day", "hours")
    DAY_FIELD_NUMBER: _ClassVar[int]
    HOURS_FIELD_NUMBER: _ClassVar[int]
    day: _dayofweek_pb2.DayOfWeek
    hours: Hours
    def __init__(self, day: _Optional[_Union[_dayofweek_pb2.DayOfWeek, str]] = ..., hours: _Optional[_Union[Hours, _Mapping]] = ...) -> None: ...

class DateHours(_message.Message):
    __slots__ = ("date", "hours")
    DATE_FIELD_NUMBER: _ClassVar[int]
    HOURS_FIELD_NUMBER: _ClassVar[int]
    date: _date_pb2.Date
    hours: _containers.RepeatedCompositeFieldContainer[Hours]
    def __init__(self, date: _Optional[_Union[_date_pb2.Date, _Mapping]] = ..., hours: _Optional[_Iterable[_Union[Hours, _Mapping]]] = ...) -> None: ...

class Blackout(_message.Message):
    __slots__ = ("start_time", "end_time")
    START_TIME_FIELD_NUMBER: _ClassVar[int]
    END_TIME_FIELD_NUMBER: _ClassVar[int]
    start_time: _timestamp_pb2.Timestamp
    end_time: _timestamp_pb2.Timestamp
    def __init__(self, start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., end_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class FreeSlot(_message.Message):
    __slots__ = ("start_time", "end_time")
    START_TIME_FIELD_NUMBER: _ClassVar[int]
    END_TIME_FIELD_NUMBER: _ClassVar[int]
    start_time: _timestamp_pb2.Timestamp
    end_time: _timestamp_pb2.Timestamp
    def __init__(self, start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., end_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...
