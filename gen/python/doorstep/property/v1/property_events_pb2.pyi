from doorstep.property.v1 import listing_pb2 as _listing_pb2
from google.type import money_pb2 as _money_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class PropertyCreated(_message.Message):
    __slots__ = ("property_id", "organization_id")
    PROPERTY_ID_FIELD_NUMBER: _ClassVar[int]
    ORGANIZATION_ID_FIELD_NUMBER: _ClassVar[int]
    property_id: str
    organization_id: str
    def __init__(self, property_id: _Optional[str] = ..., organization_id: _Optional[str] = ...) -> None: ...

class PropertyUpdated(_message.Message):
    __slots__ = ("property_id", "organization_id", "field_names")
    PROPERTY_ID_FIELD_NUMBER: _ClassVar[int]
    ORGANIZATION_ID_FIELD_NUMBER: _ClassVar[int]
    FIELD_NAMES_FIELD_NUMBER: _ClassVar[int]
    property_id: str
    organization_id: str
    field_names: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, property_id: _Optional[str] = ..., organization_id: _Optional[str] = ..., field_names: _Optional[_Iterable[str]] = ...) -> None: ...

class PropertyArchived(_message.Message):
    __slots__ = ("property_id", "organization_id")
    PROPERTY_ID_FIELD_NUMBER: _ClassVar[int]
    ORGANIZATION_ID_FIELD_NUMBER: _ClassVar[int]
    property_id: str
    organization_id: str
    def __init__(self, property_id: _Optional[str] = ..., organization_id: _Optional[str] = ...) -> None: ...

class PropertyUnarchived(_message.Message):
    __slots__ = ("property_id", "organization_id")
    PROPERTY_ID_FIELD_NUMBER: _ClassVar[int]
    ORGANIZATION_ID_FIELD_NUMBER: _ClassVar[int]
    property_id: str
    organization_id: str
    def __init__(self, property_id: _Optional[str] = ..., organization_id: _Optional[str] = ...) -> None: ...

class ListingCreated(_message.Message):
    __slots__ = ("listing_id", "property_id", "organization_id")
    LISTING_ID_FIELD_NUMBER: _ClassVar[int]
    PROPERTY_ID_FIELD_NUMBER: _ClassVar[int]
    ORGANIZATION_ID_FIELD_NUMBER: _ClassVar[int]
    listing_id: str
    property_id: str
    organization_id: str
    def __init__(self, listing_id: _Optional[str] = ..., property_id: _Optional[str] = ..., organization_id: _Optional[str] = ...) -> None: ...

class ListingUpdated(_message.Message):
    __slots__ = ("listing_id", "property_id", "organization_id", "field_names")
    LISTING_ID_FIELD_NUMBER: _ClassVar[int]
    PROPERTY_ID_FIELD_NUMBER: _ClassVar[int]
    ORGANIZATION_ID_FIELD_NUMBER: _ClassVar[int]
    FIELD_NAMES_FIELD_NUMBER: _ClassVar[int]
    listing_id: str
    property_id: str
    organization_id: str
    field_names: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, listing_id: _Optional[str] = ..., property_id: _Optional[str] = ..., organization_id: _Optional[str] = ..., field_names: _Optional[_Iterable[str]] = ...) -> None: ...

class ListingStatusChanged(_message.Message):
    __slots__ = ("listing_id", "property_id", "organization_id", "previous_status", "standard_status")
    LISTING_ID_FIELD_NUMBER: _ClassVar[int]
    PROPERTY_ID_FIELD_NUMBER: _ClassVar[int]
    ORGANIZATION_ID_FIELD_NUMBER: _ClassVar[int]
    PREVIOUS_STATUS_FIELD_NUMBER: _ClassVar[int]
    STANDARD_STATUS_FIELD_NUMBER: _ClassVar[int]
    listing_id: str
    property_id: str
    organization_id: str
    previous_status: _listing_pb2.StandardStatus
    standard_status: _listing_pb2.StandardStatus
    def __init__(self, listing_id: _Optional[str] = ..., property_id: _Optional[str] = ..., organization_id: _Optional[str] = ..., previous_status: _Optional[_Union[_listing_pb2.StandardStatus, str]] = ..., standard_status: _Optional[_Union[_listing_pb2.StandardStatus, str]] = ...) -> None: ...

class ListingPriceChanged(_message.Message):
    __slots__ = ("listing_id", "property_id", "organization_id", "previous_list_price", "list_price")
    LISTING_ID_FIELD_NUMBER: _ClassVar[int]
    PROPERTY_ID_FIELD_NUMBER: _ClassVar[int]
    ORGANIZATION_ID_FIELD_NUMBER: _ClassVar[int]
    PREVIOUS_LIST_PRICE_FIELD_NUMBER: _ClassVar[int]
    LIST_PRICE_FIELD_NUMBER: _ClassVar[int]
    listing_id: str
    property_id: str
    organization_id: str
    previous_list_price: _money_pb2.Money
    list_price: _money_pb2.Money
    def __init__(self, listing_id: _Optional[str] = ..., property_id: _Optional[str] = ..., organization_id: _Optional[str] = ..., previous_list_price: _Optional[_Union[_money_pb2.Money, _Mapping]] = ..., list_price: _Optional[_Union[_money_pb2.Money, _Mapping]] = ...) -> None: ...

class PropertiesImported(_message.Message):
    __slots__ = ("import_id", "organization_id", "listing_ids")
    IMPORT_ID_FIELD_NUMBER: _ClassVar[int]
    ORGANIZATION_ID_FIELD_NUMBER: _ClassVar[int]
    LISTING_IDS_FIELD_NUMBER: _ClassVar[int]
    import_id: str
    organization_id: str
    listing_ids: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, import_id: _Optional[str] = ..., organization_id: _Optional[str] = ..., listing_ids: _Optional[_Iterable[str]] = ...) -> None: ...
