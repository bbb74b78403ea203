from buf.validate import validate_pb2 as _validate_pb2
from doorstep.options.v1 import options_pb2 as _options_pb2
from doorstep.visit.v1 import photo_pb2 as _photo_pb2
from google.api import annotations_pb2 as _annotations_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class AddVisitPhotoRequest(_message.Message):
    __slots__ = ("visit_id", "uri", "sha256", "media_type", "size_bytes", "caption", "audience")
    VISIT_ID_FIELD_NUMBER: _ClassVar[int]
    URI_FIELD_NUMBER: _ClassVar[int]
    SHA256_FIELD_NUMBER: _ClassVar[int]
    MEDIA_TYPE_FIELD_NUMBER: _ClassVar[int]
    SIZE_BYTES_FIELD_NUMBER: _ClassVar[int]
    CAPTION_FIELD_NUMBER: _ClassVar[int]
    AUDIENCE_FIELD_NUMBER: _ClassVar[int]
    visit_id: str
    uri: str
    sha256: str
    media_type: str
    size_bytes: int
    caption: str
    audience: _photo_pb2.VisitPhotoAudience
    def __init__(self, visit_id: _Optional[str] = ..., uri: _Optional[str] = ..., sha256: _Optional[str] = ..., media_type: _Optional[str] = ..., size_bytes: _Optional[int] = ..., caption: _Optional[str] = ..., audience: _Optional[_Union[_photo_pb2.VisitPhotoAudience, str]] = ...) -> None: ...

class AddVisitPhotoResponse(_message.Message):
    __slots__ = ("photo",)
    PHOTO_FIELD_NUMBER: _ClassVar[int]
    photo: _photo_pb2.VisitPhoto
    def __init__(self, photo: _Optional[_Union[_photo_pb2.VisitPhoto, _Mapping]] = ...) -> None: ...

class ListVisitPhotosRequest(_message.Message):
    __slots__ = ("visit_id", "page_size", "page_token")
    VISIT_ID_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    visit_id: str
    page_size: int
    page_token: str
    def __init__(self, visit_id: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListVisitPhotosResponse(_message.Message):
    __slots__ = ("photos", "next_page_token")
    PHOTOS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    photos: _containers.RepeatedCompositeFieldContainer[_photo_pb2.VisitPhoto]
    next_page_token: str
    def __init__(self, photos: _Optional[_Iterable[_Union[_photo_pb2.VisitPhoto, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class RemoveVisitPhotoRequest(_message.Message):
    __slots__ = ("visit_id", "photo_id")
    VISIT_ID_FIELD_NUMBER: _ClassVar[int]
    PHOTO_ID_FIELD_NUMBER: _ClassVar[int]
    visit_id: str
    photo_id: str
    def __init__(self, visit_id: _Optional[str] = ..., photo_id: _Optional[str] = ...) -> None: ...

class RemoveVisitPhotoResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...
