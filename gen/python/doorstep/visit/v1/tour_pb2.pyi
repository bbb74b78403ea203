import datetime

from buf.validate import validate_pb2 as _validate_pb2
from doorstep.options.v1 import options_pb2 as _options_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class TourDraft(_message.Message):
    __slots__ = ("display_name", "start_time", "origin", "speed_kmh", "stops")
    DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
    START_TIME_FIELD_NUMBER: _ClassVar[int]
    ORIGIN_FIELD_NUMBER: _ClassVar[int]
    SPEED_KMH_FIELD_NUMBER: _ClassVar[int]
    STOPS_FIELD_NUMBER: _ClassVar[int]
    display_name: str
    start_time: _timestamp_pb2.Timestamp
    origin: TourPlace
    speed_kmh: int
    stops: _containers.RepeatedCompositeFieldContainer[TourStop]
    def __init__(self, display_name: _Optional[str] = ..., start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., origin: _Optional[_Union[TourPlace, _Mapping]] = ..., speed_kmh: _Optional[int] = ..., stops: _Optional[_Iterable[_Union[TourStop, _Mapping]]] = ...) -> None: ...

class TourPlace(_message.Message):
    __slots__ = ("latitude", "longitude")
    LATITUDE_FIELD_NUMBER: _ClassVar[int]
    LONGITUDE_FIELD_NUMBER: _ClassVar[int]
    latitude: float
    longitude: float
    def __init__(self, latitude: _Optional[float] = ..., longitude: _Optional[float] = ...) -> None: ...

class TourStop(_message.Message):
    __slots__ = ("visit_id", "listing_id", "minutes")
    VISIT_ID_FIELD_NUMBER: _ClassVar[int]
    LISTING_ID_FIELD_NUMBER: _ClassVar[int]
    MINUTES_FIELD_NUMBER: _ClassVar[int]
    visit_id: str
    listing_id: str
    minutes: int
    def __init__(self, visit_id: _Optional[str] = ..., listing_id: _Optional[str] = ..., minutes: _Optional[int] = ...) -> None: ...

class TourPlan(_message.Message):
    __slots__ = ("stops", "feasible", "travel_minutes", "distance_meters", "end_time", "optimal", "left_out")
    STOPS_FIELD_NUMBER: _ClassVar[int]
    FEASIBLE_FIELD_NUMBER: _ClassVar[int]
    TRAVEL_MINUTES_FIELD_NUMBER: _ClassVar[int]
    DISTANCE_METERS_FIELD_NUMBER: _ClassVar[int]
    END_TIME_FIELD_NUMBER: _ClassVar[int]
    OPTIMAL_FIELD_NUMBER: _ClassVar[int]
    LEFT_OUT_FIELD_NUMBER: _ClassVar[int]
    stops: _containers.RepeatedCompositeFieldContainer[PlannedStop]
    feasible: bool
    travel_minutes: int
    distance_meters: int
    end_time: _timestamp_pb2.Timestamp
    optimal: bool
    left_out: _containers.RepeatedCompositeFieldContainer[TourStop]
    def __init__(self, stops: _Optional[_Iterable[_Union[PlannedStop, _Mapping]]] = ..., feasible: _Optional[bool] = ..., travel_minutes: _Optional[int] = ..., distance_meters: _Optional[int] = ..., end_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., optimal: _Optional[bool] = ..., left_out: _Optional[_Iterable[_Union[TourStop, _Mapping]]] = ...) -> None: ...

class PlannedStop(_message.Message):
    __slots__ = ("stop", "arrive_time", "start_time", "end_time", "travel_minutes", "distance_meters", "fits", "short_minutes", "way_known")
    STOP_FIELD_NUMBER: _ClassVar[int]
    ARRIVE_TIME_FIELD_NUMBER: _ClassVar[int]
    START_TIME_FIELD_NUMBER: _ClassVar[int]
    END_TIME_FIELD_NUMBER: _ClassVar[int]
    TRAVEL_MINUTES_FIELD_NUMBER: _ClassVar[int]
    DISTANCE_METERS_FIELD_NUMBER: _ClassVar[int]
    FITS_FIELD_NUMBER: _ClassVar[int]
    SHORT_MINUTES_FIELD_NUMBER: _ClassVar[int]
    WAY_KNOWN_FIELD_NUMBER: _ClassVar[int]
    stop: TourStop
    arrive_time: _timestamp_pb2.Timestamp
    start_time: _timestamp_pb2.Timestamp
    end_time: _timestamp_pb2.Timestamp
    travel_minutes: int
    distance_meters: int
    fits: bool
    short_minutes: int
    way_known: bool
    def __init__(self, stop: _Optional[_Union[TourStop, _Mapping]] = ..., arrive_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., end_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., travel_minutes: _Optional[int] = ..., distance_meters: _Optional[int] = ..., fits: _Optional[bool] = ..., short_minutes: _Optional[int] = ..., way_known: _Optional[bool] = ...) -> None: ...

class Tour(_message.Message):
    __slots__ = ("tour_id", "etag", "draft", "plan", "create_time", "update_time")
    TOUR_ID_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    DRAFT_FIELD_NUMBER: _ClassVar[int]
    PLAN_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    tour_id: str
    etag: str
    draft: TourDraft
    plan: TourPlan
    create_time: _timestamp_pb2.Timestamp
    update_time: _timestamp_pb2.Timestamp
    def __init__(self, tour_id: _Optional[str] = ..., etag: _Optional[str] = ..., draft: _Optional[_Union[TourDraft, _Mapping]] = ..., plan: _Optional[_Union[TourPlan, _Mapping]] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...
