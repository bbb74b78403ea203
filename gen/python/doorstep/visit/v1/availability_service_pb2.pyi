import datetime

from buf.validate import validate_pb2 as _validate_pb2
from doorstep.options.v1 import options_pb2 as _options_pb2
from doorstep.visit.v1 import availability_pb2 as _availability_pb2
from google.api import annotations_pb2 as _annotations_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class GetAvailabilityRequest(_message.Message):
    __slots__ = ("agent_id",)
    AGENT_ID_FIELD_NUMBER: _ClassVar[int]
    agent_id: str
    def __init__(self, agent_id: _Optional[str] = ...) -> None: ...

class GetAvailabilityResponse(_message.Message):
    __slots__ = ("availability",)
    AVAILABILITY_FIELD_NUMBER: _ClassVar[int]
    availability: _availability_pb2.Availability
    def __init__(self, availability: _Optional[_Union[_availability_pb2.Availability, _Mapping]] = ...) -> None: ...

class ReplaceAvailabilityRequest(_message.Message):
    __slots__ = ("availability",)
    AVAILABILITY_FIELD_NUMBER: _ClassVar[int]
    availability: _availability_pb2.Availability
    def __init__(self, availability: _Optional[_Union[_availability_pb2.Availability, _Mapping]] = ...) -> None: ...

class ReplaceAvailabilityResponse(_message.Message):
    __slots__ = ("availability",)
    AVAILABILITY_FIELD_NUMBER: _ClassVar[int]
    availability: _availability_pb2.Availability
    def __init__(self, availability: _Optional[_Union[_availability_pb2.Availability, _Mapping]] = ...) -> None: ...

class FindFreeSlotsRequest(_message.Message):
    __slots__ = ("listing_id", "start_time", "end_time", "duration_minutes")
    LISTING_ID_FIELD_NUMBER: _ClassVar[int]
    START_TIME_FIELD_NUMBER: _ClassVar[int]
    END_TIME_FIELD_NUMBER: _ClassVar[int]
    DURATION_MINUTES_FIELD_NUMBER: _ClassVar[int]
    listing_id: str
    start_time: _timestamp_pb2.Timestamp
    end_time: _timestamp_pb2.Timestamp
    duration_minutes: int
    def __init__(self, listing_id: _Optional[str] = ..., start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., end_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., duration_minutes: _Optional[int] = ...) -> None: ...

class FindFreeSlotsResponse(_message.Message):
    __slots__ = ("slots", "time_zone", "any_time")
    SLOTS_FIELD_NUMBER: _ClassVar[int]
    TIME_ZONE_FIELD_NUMBER: _ClassVar[int]
    ANY_TIME_FIELD_NUMBER: _ClassVar[int]
    slots: _containers.RepeatedCompositeFieldContainer[_availability_pb2.FreeSlot]
    time_zone: str
    any_time: bool
    def __init__(self, slots: _Optional[_Iterable[_Union[_availability_pb2.FreeSlot, _Mapping]]] = ..., time_zone: _Optional[str] = ..., any_time: _Optional[bool] = ...) -> None: ...
