import datetime

from buf.validate import validate_pb2 as _validate_pb2
from doorstep.options.v1 import options_pb2 as _options_pb2
from doorstep.partnership.v1 import engagement_pb2 as _engagement_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.type import latlng_pb2 as _latlng_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class AgentProfile(_message.Message):
    __slots__ = ("agent_id", "agent_organization_id", "etag", "headline", "about", "purposes", "language_codes", "place", "work_radius_meters", "create_time", "update_time", "display_name", "review_count", "average_rating")
    AGENT_ID_FIELD_NUMBER: _ClassVar[int]
    AGENT_ORGANIZATION_ID_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    HEADLINE_FIELD_NUMBER: _ClassVar[int]
    ABOUT_FIELD_NUMBER: _ClassVar[int]
    PURPOSES_FIELD_NUMBER: _ClassVar[int]
    LANGUAGE_CODES_FIELD_NUMBER: _ClassVar[int]
    PLACE_FIELD_NUMBER: _ClassVar[int]
    WORK_RADIUS_METERS_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
    REVIEW_COUNT_FIELD_NUMBER: _ClassVar[int]
    AVERAGE_RATING_FIELD_NUMBER: _ClassVar[int]
    agent_id: str
    agent_organization_id: str
    etag: str
    headline: str
    about: str
    purposes: _containers.RepeatedScalarFieldContainer[_engagement_pb2.EngagementPurpose]
    language_codes: _containers.RepeatedScalarFieldContainer[str]
    place: _latlng_pb2.LatLng
    work_radius_meters: float
    create_time: _timestamp_pb2.Timestamp
    update_time: _timestamp_pb2.Timestamp
    display_name: str
    review_count: int
    average_rating: float
    def __init__(self, agent_id: _Optional[str] = ..., agent_organization_id: _Optional[str] = ..., etag: _Optional[str] = ..., headline: _Optional[str] = ..., about: _Optional[str] = ..., purposes: _Optional[_Iterable[_Union[_engagement_pb2.EngagementPurpose, str]]] = ..., language_codes: _Optional[_Iterable[str]] = ..., place: _Optional[_Union[_latlng_pb2.LatLng, _Mapping]] = ..., work_radius_meters: _Optional[float] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., display_name: _Optional[str] = ..., review_count: _Optional[int] = ..., average_rating: _Optional[float] = ...) -> None: ...
