from buf.validate import validate_pb2 as _validate_pb2
from doorstep.options.v1 import options_pb2 as _options_pb2
from doorstep.property.v1 import listing_pb2 as _listing_pb2
from doorstep.property.v1 import property_pb2 as _property_pb2
from google.api import annotations_pb2 as _annotations_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.protobuf import field_mask_pb2 as _field_mask_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class CreatePropertyRequest(_message.Message):
    __slots__ = ("property",)
    PROPERTY_FIELD_NUMBER: _ClassVar[int]
    property: _property_pb2.Property
    def __init__(self, property: _Optional[_Union[_property_pb2.Property, _Mapping]] = ...) -> None: ...

class CreatePropertyResponse(_message.Message):
    __slots__ = ("property",)
    PROPERTY_FIELD_NUMBER: _ClassVar[int]
    property: _property_pb2.Property
    def __init__(self, property: _Optional[_Union[_property_pb2.Property, _Mapping]] = ...) -> None: ...

class GetPropertyRequest(_message.Message):
    __slots__ = ("property_id",)
    PROPERTY_ID_FIELD_NUMBER: _ClassVar[int]
    property_id: str
    def __init__(self, property_id: _Optional[str] = ...) -> None: ...

class GetPropertyResponse(_message.Message):
    __slots__ = ("property", "current_listing")
    PROPERTY_FIELD_NUMBER: _ClassVar[int]
    CURRENT_LISTING_FIELD_NUMBER: _ClassVar[int]
    property: _property_pb2.Property
    current_listing: _listing_pb2.Listing
    def __init__(self, property: _Optional[_Union[_property_pb2.Property, _Mapping]] = ..., current_listing: _Optional[_Union[_listing_pb2.Listing, _Mapping]] = ...) -> None: ...

class ListPropertiesRequest(_message.Message):
    __slots__ = ("page_size", "page_token", "property_type", "city", "postal_code", "originating_system_name", "originating_system_key", "show_archived")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    PROPERTY_TYPE_FIELD_NUMBER: _ClassVar[int]
    CITY_FIELD_NUMBER: _ClassVar[int]
    POSTAL_CODE_FIELD_NUMBER: _ClassVar[int]
    ORIGINATING_SYSTEM_NAME_FIELD_NUMBER: _ClassVar[int]
    ORIGINATING_SYSTEM_KEY_FIELD_NUMBER: _ClassVar[int]
    SHOW_ARCHIVED_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    property_type: _property_pb2.PropertyType
    city: str
    postal_code: str
    originating_system_name: str
    originating_system_key: str
    show_archived: bool
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., property_type: _Optional[_Union[_property_pb2.PropertyType, str]] = ..., city: _Optional[str] = ..., postal_code: _Optional[str] = ..., originating_system_name: _Optional[str] = ..., originating_system_key: _Optional[str] = ..., show_archived: _Optional[bool] = ...) -> None: ...

class ListPropertiesResponse(_message.Message):
    __slots__ = ("properties", "next_page_token")
    PROPERTIES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    properties: _containers.RepeatedCompositeFieldContainer[_property_pb2.Property]
    next_page_token: str
    def __init__(self, properties: _Optional[_Iterable[_Union[_property_pb2.Property, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class UpdatePropertyRequest(_message.Message):
    __slots__ = ("property", "update_mask")
    PROPERTY_FIELD_NUMBER: _ClassVar[int]
    UPDATE_MASK_FIELD_NUMBER: _ClassVar[int]
    property: _property_pb2.Property
    update_mask: _field_mask_pb2.FieldMask
    def __init__(self, property: _Optional[_Union[_property_pb2.Property, _Mapping]] = ..., update_mask: _Optional[_Union[_field_mask_pb2.FieldMask, _Mapping]] = ...) -> None: ...

class UpdatePropertyResponse(_message.Message):
    __slots__ = ("property",)
    PROPERTY_FIELD_NUMBER: _ClassVar[int]
    property: _property_pb2.Property
    def __init__(self, property: _Optional[_Union[_property_pb2.Property, _Mapping]] = ...) -> None: ...

class ReplacePropertyRequest(_message.Message):
    __slots__ = ("property",)
    PROPERTY_FIELD_NUMBER: _ClassVar[int]
    property: _property_pb2.Property
    def __init__(self, property: _Optional[_Union[_property_pb2.Property, _Mapping]] = ...) -> None: ...

class ReplacePropertyResponse(_message.Message):
    __slots__ = ("property",)
    PROPERTY_FIELD_NUMBER: _ClassVar[int]
    property: _property_pb2.Property
    def __init__(self, property: _Optional[_Union[_property_pb2.Property, _Mapping]] = ...) -> None: ...

class DeletePropertyRequest(_message.Message):
    __slots__ = ("property_id", "etag")
    PROPERTY_ID_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    property_id: str
    etag: str
    def __init__(self, property_id: _Optional[str] = ..., etag: _Optional[str] = ...) -> None: ...

class DeletePropertyResponse(_message.Message):
    __slots__ = ("property",)
    PROPERTY_FIELD_NUMBER: _ClassVar[int]
    property: _property_pb2.Property
    def __init__(self, property: _Optional[_Union[_property_pb2.Property, _Mapping]] = ...) -> None: ...

class UnarchivePropertyRequest(_message.Message):
    __slots__ = ("property_id", "etag")
    PROPERTY_ID_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    property_id: str
    etag: str
    def __init__(self, property_id: _Optional[str] = ..., etag: _Optional[str] = ...) -> None: ...

class UnarchivePropertyResponse(_message.Message):
    __slots__ = ("property",)
    PROPERTY_FIELD_NUMBER: _ClassVar[int]
    property: _property_pb2.Property
    def __init__(self, property: _Optional[_Union[_property_pb2.Property, _Mapping]] = ...) -> None: ...

class ListPropertyHistoryRequest(_message.Message):
    __slots__ = ("property_id", "page_size", "page_token", "field_name")
    PROPERTY_ID_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    FIELD_NAME_FIELD_NUMBER: _ClassVar[int]
    property_id: str
    page_size: int
    page_token: str
    field_name: str
    def __init__(self, property_id: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., field_name: _Optional[str] = ...) -> None: ...

class ListPropertyHistoryResponse(_message.Message):
    __slots__ = ("entries", "next_page_token")
    ENTRIES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    entries: _containers.RepeatedCompositeFieldContainer[_property_pb2.PropertyHistoryEntry]
    next_page_token: str
    def __init__(self, entries: _Optional[_Iterable[_Union[_property_pb2.PropertyHistoryEntry, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class GetPropertyEngagementRequest(_message.Message):
    __slots__ = ("property_id",)
    PROPERTY_ID_FIELD_NUMBER: _ClassVar[int]
    property_id: str
    def __init__(self, property_id: _Optional[str] = ...) -> None: ...

class GetPropertyEngagementResponse(_message.Message):
    __slots__ = ("engagement",)
    ENGAGEMENT_FIELD_NUMBER: _ClassVar[int]
    engagement: _property_pb2.PropertyEngagement
    def __init__(self, engagement: _Optional[_Union[_property_pb2.PropertyEngagement, _Mapping]] = ...) -> None: ...
