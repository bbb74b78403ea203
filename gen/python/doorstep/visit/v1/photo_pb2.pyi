import datetime

from doorstep.options.v1 import options_pb2 as _options_pb2
from doorstep.visit.v1 import visit_pb2 as _visit_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class VisitPhotoAudience(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    VISIT_PHOTO_AUDIENCE_UNSPECIFIED: _ClassVar[VisitPhotoAudience]
    VISIT_PHOTO_AUDIENCE_PARTIES: _ClassVar[VisitPhotoAudience]
    VISIT_PHOTO_AUDIENCE_OWN: _ClassVar[VisitPhotoAudience]
VISIT_PHOTO_AUDIENCE_UNSPECIFIED: VisitPhotoAudience
VISIT_PHOTO_AUDIENCE_PARTIES: VisitPhotoAudience
VISIT_PHOTO_AUDIENCE_OWN: VisitPhotoAudience

class VisitPhoto(_message.Message):
    __slots__ = ("photo_id", "visit_id", "organization_id", "uploader_id", "party", "audience", "uri", "sha256", "media_type", "size_bytes", "caption", "create_time")
    PHOTO_ID_FIELD_NUMBER: _ClassVar[int]
    VISIT_ID_FIELD_NUMBER: _ClassVar[int]
    ORGANIZATION_ID_FIELD_NUMBER: _ClassVar[int]
    UPLOADER_ID_FIELD_NUMBER: _ClassVar[int]
    PARTY_FIELD_NUMBER: _ClassVar[int]
    AUDIENCE_FIELD_NUMBER: _ClassVar[int]
    URI_FIELD_NUMBER: _ClassVar[int]
    SHA256_FIELD_NUMBER: _ClassVar[int]
    MEDIA_TYPE_FIELD_NUMBER: _ClassVar[int]
    SIZE_BYTES_FIELD_NUMBER: _ClassVar[int]
    CAPTION_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    photo_id: str
    visit_id: str
    organization_id: str
    uploader_id: str
    party: _visit_pb2.VisitParty
    audience: VisitPhotoAudience
    uri: str
    sha256: str
    media_type: str
    size_bytes: int
    caption: str
    create_time: _timestamp_pb2.Timestamp
    def __init__(self, photo_id: _Optional[str] = ..., visit_id: _Optional[str] = ..., organization_id: _Optional[str] = ..., uploader_id: _Optional[str] = ..., party: _Optional[_Union[_visit_pb2.VisitParty, str]] = ..., audience: _Optional[_Union[VisitPhotoAudience, str]] = ..., uri: _Optional[str] = ..., sha256: _Optional[str] = ..., media_type: _Optional[str] = ..., size_bytes: _Optional[int] = ..., caption: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...
