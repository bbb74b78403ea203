from buf.validate import validate_pb2 as _validate_pb2
from doorstep.options.v1 import options_pb2 as _options_pb2
from doorstep.property.v1 import listing_pb2 as _listing_pb2
from google.api import annotations_pb2 as _annotations_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.protobuf import field_mask_pb2 as _field_mask_pb2
from google.type import date_pb2 as _date_pb2
from google.type import latlng_pb2 as _latlng_pb2
from google.type import money_pb2 as _money_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class CreateListingRequest(_message.Message):
    __slots__ = ("listing",)
    LISTING_FIELD_NUMBER: _ClassVar[int]
    listing: _listing_pb2.Listing
    def __init__(self, listing: _Optional[_Union[_listing_pb2.Listing, _Mapping]] = ...) -> None: ...

class CreateListingResponse(_message.Message):
    __slots__ = ("listing",)
    LISTING_FIELD_NUMBER: _ClassVar[int]
    listing: _listing_pb2.Listing
    def __init__(self, listing: _Optional[_Union[_listing_pb2.Listing, _Mapping]] = ...) -> None: ...

class GetListingRequest(_message.Message):
    __slots__ = ("listing_id",)
    LISTING_ID_FIELD_NUMBER: _ClassVar[int]
    listing_id: str
    def __init__(self, listing_id: _Optional[str] = ...) -> None: ...

class GetListingResponse(_message.Message):
    __slots__ = ("listing",)
    LISTING_FIELD_NUMBER: _ClassVar[int]
    listing: _listing_pb2.Listing
    def __init__(self, listing: _Optional[_Union[_listing_pb2.Listing, _Mapping]] = ...) -> None: ...

class ListListingsRequest(_message.Message):
    __slots__ = ("page_size", "page_token", "property_id", "standard_statuses", "listing_number")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    PROPERTY_ID_FIELD_NUMBER: _ClassVar[int]
    STANDARD_STATUSES_FIELD_NUMBER: _ClassVar[int]
    LISTING_NUMBER_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    property_id: str
    standard_statuses: _containers.RepeatedScalarFieldContainer[_listing_pb2.StandardStatus]
    listing_number: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., property_id: _Optional[str] = ..., standard_statuses: _Optional[_Iterable[_Union[_listing_pb2.StandardStatus, str]]] = ..., listing_number: _Optional[str] = ...) -> None: ...

class ListListingsResponse(_message.Message):
    __slots__ = ("listings", "next_page_token")
    LISTINGS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    listings: _containers.RepeatedCompositeFieldContainer[_listing_pb2.Listing]
    next_page_token: str
    def __init__(self, listings: _Optional[_Iterable[_Union[_listing_pb2.Listing, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class UpdateListingRequest(_message.Message):
    __slots__ = ("listing", "update_mask")
    LISTING_FIELD_NUMBER: _ClassVar[int]
    UPDATE_MASK_FIELD_NUMBER: _ClassVar[int]
    listing: _listing_pb2.Listing
    update_mask: _field_mask_pb2.FieldMask
    def __init__(self, listing: _Optional[_Union[_listing_pb2.Listing, _Mapping]] = ..., update_mask: _Optional[_Union[_field_mask_pb2.FieldMask, _Mapping]] = ...) -> None: ...

class UpdateListingResponse(_message.Message):
    __slots__ = ("listing",)
    LISTING_FIELD_NUMBER: _ClassVar[int]
    listing: _listing_pb2.Listing
    def __init__(self, listing: _Optional[_Union[_listing_pb2.Listing, _Mapping]] = ...) -> None: ...

class AnnounceListingRequest(_message.Message):
    __slots__ = ("listing_id", "etag")
    LISTING_ID_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    listing_id: str
    etag: str
    def __init__(self, listing_id: _Optional[str] = ..., etag: _Optional[str] = ...) -> None: ...

class AnnounceListingResponse(_message.Message):
    __slots__ = ("listing",)
    LISTING_FIELD_NUMBER: _ClassVar[int]
    listing: _listing_pb2.Listing
    def __init__(self, listing: _Optional[_Union[_listing_pb2.Listing, _Mapping]] = ...) -> None: ...

class PublishListingRequest(_message.Message):
    __slots__ = ("listing_id", "etag")
    LISTING_ID_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    listing_id: str
    etag: str
    def __init__(self, listing_id: _Optional[str] = ..., etag: _Optional[str] = ...) -> None: ...

class PublishListingResponse(_message.Message):
    __slots__ = ("listing",)
    LISTING_FIELD_NUMBER: _ClassVar[int]
    listing: _listing_pb2.Listing
    def __init__(self, listing: _Optional[_Union[_listing_pb2.Listing, _Mapping]] = ...) -> None: ...

class MarkListingUnderContractRequest(_message.Message):
    __slots__ = ("listing_id", "etag")
    LISTING_ID_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    listing_id: str
    etag: str
    def __init__(self, listing_id: _Optional[str] = ..., etag: _Optional[str] = ...) -> None: ...

class MarkListingUnderContractResponse(_message.Message):
    __slots__ = ("listing",)
    LISTING_FIELD_NUMBER: _ClassVar[int]
    listing: _listing_pb2.Listing
    def __init__(self, listing: _Optional[_Union[_listing_pb2.Listing, _Mapping]] = ...) -> None: ...

class MarkListingPendingRequest(_message.Message):
    __slots__ = ("listing_id", "etag")
    LISTING_ID_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    listing_id: str
    etag: str
    def __init__(self, listing_id: _Optional[str] = ..., etag: _Optional[str] = ...) -> None: ...

class MarkListingPendingResponse(_message.Message):
    __slots__ = ("listing",)
    LISTING_FIELD_NUMBER: _ClassVar[int]
    listing: _listing_pb2.Listing
    def __init__(self, listing: _Optional[_Union[_listing_pb2.Listing, _Mapping]] = ...) -> None: ...

class CloseListingRequest(_message.Message):
    __slots__ = ("listing_id", "etag", "close_price", "close_date")
    LISTING_ID_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    CLOSE_PRICE_FIELD_NUMBER: _ClassVar[int]
    CLOSE_DATE_FIELD_NUMBER: _ClassVar[int]
    listing_id: str
    etag: str
    close_price: _money_pb2.Money
    close_date: _date_pb2.Date
    def __init__(self, listing_id: _Optional[str] = ..., etag: _Optional[str] = ..., close_price: _Optional[_Union[_money_pb2.Money, _Mapping]] = ..., close_date: _Optional[_Union[_date_pb2.Date, _Mapping]] = ...) -> None: ...

class CloseListingResponse(_message.Message):
    __slots__ = ("listing",)
    LISTING_FIELD_NUMBER: _ClassVar[int]
    listing: _listing_pb2.Listing
    def __init__(self, listing: _Optional[_Union[_listing_pb2.Listing, _Mapping]] = ...) -> None: ...

class HoldListingRequest(_message.Message):
    __slots__ = ("listing_id", "etag")
    LISTING_ID_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    listing_id: str
    etag: str
    def __init__(self, listing_id: _Optional[str] = ..., etag: _Optional[str] = ...) -> None: ...

class HoldListingResponse(_message.Message):
    __slots__ = ("listing",)
    LISTING_FIELD_NUMBER: _ClassVar[int]
    listing: _listing_pb2.Listing
    def __init__(self, listing: _Optional[_Union[_listing_pb2.Listing, _Mapping]] = ...) -> None: ...

class WithdrawListingRequest(_message.Message):
    __slots__ = ("listing_id", "etag")
    LISTING_ID_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    listing_id: str
    etag: str
    def __init__(self, listing_id: _Optional[str] = ..., etag: _Optional[str] = ...) -> None: ...

class WithdrawListingResponse(_message.Message):
    __slots__ = ("listing",)
    LISTING_FIELD_NUMBER: _ClassVar[int]
    listing: _listing_pb2.Listing
    def __init__(self, listing: _Optional[_Union[_listing_pb2.Listing, _Mapping]] = ...) -> None: ...

class CancelListingRequest(_message.Message):
    __slots__ = ("listing_id", "etag")
    LISTING_ID_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    listing_id: str
    etag: str
    def __init__(self, listing_id: _Optional[str] = ..., etag: _Optional[str] = ...) -> None: ...

class CancelListingResponse(_message.Message):
    __slots__ = ("listing",)
    LISTING_FIELD_NUMBER: _ClassVar[int]
    listing: _listing_pb2.Listing
    def __init__(self, listing: _Optional[_Union[_listing_pb2.Listing, _Mapping]] = ...) -> None: ...

class ExpireListingRequest(_message.Message):
    __slots__ = ("listing_id", "etag")
    LISTING_ID_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    listing_id: str
    etag: str
    def __init__(self, listing_id: _Optional[str] = ..., etag: _Optional[str] = ...) -> None: ...

class ExpireListingResponse(_message.Message):
    __slots__ = ("listing",)
    LISTING_FIELD_NUMBER: _ClassVar[int]
    listing: _listing_pb2.Listing
    def __init__(self, listing: _Optional[_Union[_listing_pb2.Listing, _Mapping]] = ...) -> None: ...

class ReactivateListingRequest(_message.Message):
    __slots__ = ("listing_id", "etag")
    LISTING_ID_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    listing_id: str
    etag: str
    def __init__(self, listing_id: _Optional[str] = ..., etag: _Optional[str] = ...) -> None: ...

class ReactivateListingResponse(_message.Message):
    __slots__ = ("listing",)
    LISTING_FIELD_NUMBER: _ClassVar[int]
    listing: _listing_pb2.Listing
    def __init__(self, listing: _Optional[_Union[_listing_pb2.Listing, _Mapping]] = ...) -> None: ...

class DeleteListingRequest(_message.Message):
    __slots__ = ("listing_id", "etag")
    LISTING_ID_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    listing_id: str
    etag: str
    def __init__(self, listing_id: _Optional[str] = ..., etag: _Optional[str] = ...) -> None: ...

class DeleteListingResponse(_message.Message):
    __slots__ = ("listing",)
    LISTING_FIELD_NUMBER: _ClassVar[int]
    listing: _listing_pb2.Listing
    def __init__(self, listing: _Optional[_Union[_listing_pb2.Listing, _Mapping]] = ...) -> None: ...

class ListListingSnapshotsRequest(_message.Message):
    __slots__ = ("listing_id", "page_size", "page_token")
    LISTING_ID_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    listing_id: str
    page_size: int
    page_token: str
    def __init__(self, listing_id: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListListingSnapshotsResponse(_message.Message):
    __slots__ = ("snapshots", "next_page_token")
    SNAPSHOTS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    snapshots: _containers.RepeatedCompositeFieldContainer[_listing_pb2.ListingSnapshot]
    next_page_token: str
    def __init__(self, snapshots: _Optional[_Iterable[_Union[_listing_pb2.ListingSnapshot, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class ResolveListingRequest(_message.Message):
    __slots__ = ("listing_id", "property_id")
    LISTING_ID_FIELD_NUMBER: _ClassVar[int]
    PROPERTY_ID_FIELD_NUMBER: _ClassVar[int]
    listing_id: str
    property_id: str
    def __init__(self, listing_id: _Optional[str] = ..., property_id: _Optional[str] = ...) -> None: ...

class ResolveListingResponse(_message.Message):
    __slots__ = ("listing_id", "property_id", "organization_id", "list_agent_id", "standard_status", "list_price", "location", "unparsed_address")
    LISTING_ID_FIELD_NUMBER: _ClassVar[int]
    PROPERTY_ID_FIELD_NUMBER: _ClassVar[int]
    ORGANIZATION_ID_FIELD_NUMBER: _ClassVar[int]
    LIST_AGENT_ID_FIELD_NUMBER: _ClassVar[int]
    STANDARD_STATUS_FIELD_NUMBER: _ClassVar[int]
    LIST_PRICE_FIELD_NUMBER: _ClassVar[int]
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    UNPARSED_ADDRESS_FIELD_NUMBER: _ClassVar[int]
    listing_id: str
    property_id: str
    organization_id: str
    list_agent_id: str
    standard_status: _listing_pb2.StandardStatus
    list_price: _money_pb2.Money
    location: _latlng_pb2.LatLng
    unparsed_address: str
    def __init__(self, listing_id: _Optional[str] = ..., property_id: _Optional[str] = ..., organization_id: _Optional[str] = ..., list_agent_id: _Optional[str] = ..., standard_status: _Optional[_Union[_listing_pb2.StandardStatus, str]] = ..., list_price: _Optional[_Union[_money_pb2.Money, _Mapping]] = ..., location: _Optional[_Union[_latlng_pb2.LatLng, _Mapping]] = ..., unparsed_address: _Optional[str] = ...) -> None: ...
