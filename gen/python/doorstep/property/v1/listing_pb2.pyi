import datetime

from buf.validate import validate_pb2 as _validate_pb2
from doorstep.options.v1 import options_pb2 as _options_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.type import date_pb2 as _date_pb2
from google.type import money_pb2 as _money_pb2
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class StandardStatus(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    STANDARD_STATUS_UNSPECIFIED: _ClassVar[StandardStatus]
    STANDARD_STATUS_INCOMPLETE: _ClassVar[StandardStatus]
    STANDARD_STATUS_COMING_SOON: _ClassVar[StandardStatus]
    STANDARD_STATUS_ACTIVE: _ClassVar[StandardStatus]
    STANDARD_STATUS_ACTIVE_UNDER_CONTRACT: _ClassVar[StandardStatus]
    STANDARD_STATUS_PENDING: _ClassVar[StandardStatus]
    STANDARD_STATUS_HOLD: _ClassVar[StandardStatus]
    STANDARD_STATUS_WITHDRAWN: _ClassVar[StandardStatus]
    STANDARD_STATUS_CANCELED: _ClassVar[StandardStatus]
    STANDARD_STATUS_EXPIRED: _ClassVar[StandardStatus]
    STANDARD_STATUS_CLOSED: _ClassVar[StandardStatus]
    STANDARD_STATUS_DELETE: _ClassVar[StandardStatus]
STANDARD_STATUS_UNSPECIFIED: StandardStatus
STANDARD_STATUS_INCOMPLETE: StandardStatus
STANDARD_STATUS_COMING_SOON: StandardStatus
STANDARD_STATUS_ACTIVE: StandardStatus
STANDARD_STATUS_ACTIVE_UNDER_CONTRACT: StandardStatus
STANDARD_STATUS_PENDING: StandardStatus
STANDARD_STATUS_HOLD: StandardStatus
STANDARD_STATUS_WITHDRAWN: StandardStatus
STANDARD_STATUS_CANCELED: StandardStatus
STANDARD_STATUS_EXPIRED: StandardStatus
STANDARD_STATUS_CLOSED: StandardStatus
STANDARD_STATUS_DELETE: StandardStatus

class Listing(_message.Message):
    __slots__ = ("listing_id", "property_id", "organization_id", "etag", "listing_number", "originating_system_name", "standard_status", "list_price", "original_list_price", "previous_list_price", "close_price", "close_date", "listing_contract_date", "expiration_date", "on_market_timestamp", "off_market_timestamp", "days_on_market", "price_change_timestamp", "status_change_timestamp", "major_change_type", "public_remarks", "private_remarks", "showing_instructions", "internet_entire_listing_display_yn", "internet_address_display_yn", "list_agent_id", "virtual_tour_url_unbranded", "create_time", "update_time")
    LISTING_ID_FIELD_NUMBER: _ClassVar[int]
    PROPERTY_ID_FIELD_NUMBER: _ClassVar[int]
    ORGANIZATION_ID_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    LISTING_NUMBER_FIELD_NUMBER: _ClassVar[int]
    ORIGINATING_SYSTEM_NAME_FIELD_NUMBER: _ClassVar[int]
    STANDARD_STATUS_FIELD_NUMBER: _ClassVar[int]
    LIST_PRICE_FIELD_NUMBER: _ClassVar[int]
    ORIGINAL_LIST_PRICE_FIELD_NUMBER: _ClassVar[int]
    PREVIOUS_LIST_PRICE_FIELD_NUMBER: _ClassVar[int]
    CLOSE_PRICE_FIELD_NUMBER: _ClassVar[int]
    CLOSE_DATE_FIELD_NUMBER: _ClassVar[int]
    LISTING_CONTRACT_DATE_FIELD_NUMBER: _ClassVar[int]
    EXPIRATION_DATE_FIELD_NUMBER: _ClassVar[int]
    ON_MARKET_TIMESTAMP_FIELD_NUMBER: _ClassVar[int]
    OFF_MARKET_TIMESTAMP_FIELD_NUMBER: _ClassVar[int]
    DAYS_ON_MARKET_FIELD_NUMBER: _ClassVar[int]
    PRICE_CHANGE_TIMESTAMP_FIELD_NUMBER: _ClassVar[int]
    STATUS_CHANGE_TIMESTAMP_FIELD_NUMBER: _ClassVar[int]
    MAJOR_CHANGE_TYPE_FIELD_NUMBER: _ClassVar[int]
    PUBLIC_REMARKS_FIELD_NUMBER: _ClassVar[int]
    PRIVATE_REMARKS_FIELD_NUMBER: _ClassVar[int]
    SHOWING_INSTRUCTIONS_FIELD_NUMBER: _ClassVar[int]
    INTERNET_ENTIRE_LISTING_DISPLAY_YN_FIELD_NUMBER: _ClassVar[int]
    INTERNET_ADDRESS_DISPLAY_YN_FIELD_NUMBER: _ClassVar[int]
    LIST_AGENT_ID_FIELD_NUMBER: _ClassVar[int]
    VIRTUAL_TOUR_URL_UNBRANDED_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    listing_id: str
    property_id: str
    organization_id: str
    etag: str
    listing_number: str
    originating_system_name: str
    standard_status: StandardStatus
    list_price: _money_pb2.Money
    original_list_price: _money_pb2.Money
    previous_list_price: _money_pb2.Money
    close_price: _money_pb2.Money
    close_date: _date_pb2.Date
    listing_contract_date: _date_pb2.Date
    expiration_date: _date_pb2.Date
    on_market_timestamp: _timestamp_pb2.Timestamp
    off_market_timestamp: _timestamp_pb2.Timestamp
    days_on_market: int
    price_change_timestamp: _timestamp_pb2.Timestamp
    status_change_timestamp: _timestamp_pb2.Timestamp
    major_change_type: str
    public_remarks: str
    private_remarks: str
    showing_instructions: str
    internet_entire_listing_display_yn: bool
    internet_address_display_yn: bool
    list_agent_id: str
    virtual_tour_url_unbranded: str
    create_time: _timestamp_pb2.Timestamp
    update_time: _timestamp_pb2.Timestamp
    def __init__(self, listing_id: _Optional[str] = ..., property_id: _Optional[str] = ..., organization_id: _Optional[str] = ..., etag: _Optional[str] = ..., listing_number: _Optional[str] = ..., originating_system_name: _Optional[str] = ..., standard_status: _Optional[_Union[StandardStatus, str]] = ..., list_price: _Optional[_Union[_money_pb2.Money, _Mapping]] = ..., original_list_price: _Optional[_Union[_money_pb2.Money, _Mapping]] = ..., previous_list_price: _Optional[_Union[_money_pb2.Money, _Mapping]] = ..., close_price: _Optional[_Union[_money_pb2.Money, _Mapping]] = ..., close_date: _Optional[_Union[_date_pb2.Date, _Mapping]] = ..., listing_contract_date: _Optional[_Union[_date_pb2.Date, _Mapping]] = ..., expiration_date: _Optional[_Union[_date_pb2.Date, _Mapping]] = ..., on_market_timestamp: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., off_market_timestamp: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., days_on_market: _Optional[int] = ..., price_change_timestamp: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., status_change_timestamp: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., major_change_type: _Optional[str] = ..., public_remarks: _Optional[str] = ..., private_remarks: _Optional[str] = ..., showing_instructions: _Optional[str] = ..., internet_entire_listing_display_yn: _Optional[bool] = ..., internet_address_display_yn: _Optional[bool] = ..., list_agent_id: _Optional[str] = ..., virtual_tour_url_unbranded: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ListingSnapshot(_message.Message):
    __slots__ = ("snapshot_id", "change_type", "listing", "snapshot_time")
    SNAPSHOT_ID_FIELD_NUMBER: _ClassVar[int]
    CHANGE_TYPE_FIELD_NUMBER: _ClassVar[int]
    LISTING_FIELD_NUMBER: _ClassVar[int]
    SNAPSHOT_TIME_FIELD_NUMBER: _ClassVar[int]
    snapshot_id: str
    change_type: str
    listing: Listing
    snapshot_time: _timestamp_pb2.Timestamp
    def __init__(self, snapshot_id: _Optional[str] = ..., change_type: _Optional[str] = ..., listing: _Optional[_Union[Listing, _Mapping]] = ..., snapshot_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...
