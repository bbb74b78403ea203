import datetime

from buf.validate import validate_pb2 as _validate_pb2
from doorstep.options.v1 import options_pb2 as _options_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class PropertyState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    PROPERTY_STATE_UNSPECIFIED: _ClassVar[PropertyState]
    PROPERTY_STATE_ACTIVE: _ClassVar[PropertyState]
    PROPERTY_STATE_ARCHIVED: _ClassVar[PropertyState]

class PropertyType(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    PROPERTY_TYPE_UNSPECIFIED: _ClassVar[PropertyType]
    PROPERTY_TYPE_RESIDENTIAL: _ClassVar[PropertyType]
    PROPERTY_TYPE_RESIDENTIAL_LEASE: _ClassVar[PropertyType]
    PROPERTY_TYPE_RESIDENTIAL_INCOME: _ClassVar[PropertyType]
    PROPERTY_TYPE_LAND: _ClassVar[PropertyType]
    PROPERTY_TYPE_FARM: _ClassVar[PropertyType]
    PROPERTY_TYPE_COMMERCIAL_SALE: _ClassVar[PropertyType]
    PROPERTY_TYPE_COMMERCIAL_LEASE: _ClassVar[PropertyType]
    PROPERTY_TYPE_BUSINESS_OPPORTUNITY: _ClassVar[PropertyType]
    PROPERTY_TYPE_MANUFACTURED_IN_PARK: _ClassVar[PropertyType]

class AreaUnits(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    AREA_UNITS_UNSPECIFIED: _ClassVar[AreaUnits]
    AREA_UNITS_SQUARE_FEET: _ClassVar[AreaUnits]
    AREA_UNITS_SQUARE_METERS: _ClassVar[AreaUnits]
    AREA_UNITS_ACRES: _ClassVar[AreaUnits]
    AREA_UNITS_HECTARES: _ClassVar[AreaUnits]
PROPERTY_STATE_UNSPECIFIED: PropertyState
PROPERTY_STATE_ACTIVE: PropertyState
PROPERTY_STATE_ARCHIVED: PropertyState
PROPERTY_TYPE_UNSPECIFIED: PropertyType
PROPERTY_TYPE_RESIDENTIAL: PropertyType
PROPERTY_TYPE_RESIDENTIAL_LEASE: PropertyType
PROPERTY_TYPE_RESIDENTIAL_INCOME: PropertyType
PROPERTY_TYPE_LAND: PropertyType
PROPERTY_TYPE_FARM: PropertyType
PROPERTY_TYPE_COMMERCIAL_SALE: PropertyType
PROPERTY_TYPE_COMMERCIAL_LEASE: PropertyType
PROPERTY_TYPE_BUSINESS_OPPORTUNITY: PropertyType
PROPERTY_TYPE_MANUFACTURED_IN_PARK: PropertyType
AREA_UNITS_UNSPECIFIED: AreaUnits
AREA_UNITS_SQUARE_FEET: AreaUnits
AREA_UNITS_SQUARE_METERS: AreaUnits
AREA_UNITS_ACRES: AreaUnits
AREA_UNITS_HECTARES: AreaUnits

class Property(_message.Message):
    __slots__ = ("property_id", "organization_id", "etag", "state", "property_type", "property_sub_type", "unparsed_address", "unit_number", "city", "county_or_parish", "state_or_province", "postal_code", "country", "latitude", "longitude", "bedrooms_total", "bathrooms_total_integer", "bathrooms_full", "bathrooms_partial", "living_area", "living_area_units", "above_grade_finished_area", "below_grade_finished_area", "lot_size_area", "lot_size_units", "year_built", "year_built_effective", "stories", "parking_total", "waterfront_yn", "view", "parcel_number", "universal_property_id", "originating_system_name", "originating_system_key", "attributes", "create_time", "update_time", "archive_time")
    class AttributesEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    PROPERTY_ID_FIELD_NUMBER: _ClassVar[int]
    ORGANIZATION_ID_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    PROPERTY_TYPE_FIELD_NUMBER: _ClassVar[int]
    PROPERTY_SUB_TYPE_FIELD_NUMBER: _ClassVar[int]
    UNPARSED_ADDRESS_FIELD_NUMBER: _ClassVar[int]
    UNIT_NUMBER_FIELD_NUMBER: _ClassVar[int]
    CITY_FIELD_NUMBER: _ClassVar[int]
    COUNTY_OR_PARISH_FIELD_NUMBER: _ClassVar[int]
    STATE_OR_PROVINCE_FIELD_NUMBER: _ClassVar[int]
    POSTAL_CODE_FIELD_NUMBER: _ClassVar[int]
    COUNTRY_FIELD_NUMBER: _ClassVar[int]
    LATITUDE_FIELD_NUMBER: _ClassVar[int]
    LONGITUDE_FIELD_NUMBER: _ClassVar[int]
    BEDROOMS_TOTAL_FIELD_NUMBER: _ClassVar[int]
    BATHROOMS_TOTAL_INTEGER_FIELD_NUMBER: _ClassVar[int]
    BATHROOMS_FULL_FIELD_NUMBER: _ClassVar[int]
    BATHROOMS_PARTIAL_FIELD_NUMBER: _ClassVar[int]
    LIVING_AREA_FIELD_NUMBER: _ClassVar[int]
    LIVING_AREA_UNITS_FIELD_NUMBER: _ClassVar[int]
    ABOVE_GRADE_FINISHED_AREA_FIELD_NUMBER: _ClassVar[int]
    BELOW_GRADE_FINISHED_AREA_FIELD_NUMBER: _ClassVar[int]
    LOT_SIZE_AREA_FIELD_NUMBER: _ClassVar[int]
    LOT_SIZE_UNITS_FIELD_NUMBER: _ClassVar[int]
    YEAR_BUILT_FIELD_NUMBER: _ClassVar[int]
    YEAR_BUILT_EFFECTIVE_FIELD_NUMBER: _ClassVar[int]
    STORIES_FIELD_NUMBER: _ClassVar[int]
    PARKING_TOTAL_FIELD_NUMBER: _ClassVar[int]
    WATERFRONT_YN_FIELD_NUMBER: _ClassVar[int]
    VIEW_FIELD_NUMBER: _ClassVar[int]
    PARCEL_NUMBER_FIELD_NUMBER: _ClassVar[int]
    UNIVERSAL_PROPERTY_ID_FIELD_NUMBER: _ClassVar[int]
    ORIGINATING_SYSTEM_NAME_FIELD_NUMBER: _ClassVar[int]
    ORIGINATING_SYSTEM_KEY_FIELD_NUMBER: _ClassVar[int]
    ATTRIBUTES_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    ARCHIVE_TIME_FIELD_NUMBER: _ClassVar[int]
    property_id: str
    organization_id: str
    etag: str
    state: PropertyState
    property_type: PropertyType
    property_sub_type: str
    unparsed_address: str
    unit_number: str
    city: str
    county_or_parish: str
    state_or_province: str
    postal_code: str
    country: str
    latitude: float
    longitude: float
    bedrooms_total: int
    bathrooms_total_integer: int
    bathrooms_full: int
    bathrooms_partial: int
    living_area: float
    living_area_units: AreaUnits
    above_grade_finished_area: float
    below_grade_finished_area: float
    lot_size_area: float
    lot_size_units: AreaUnits
    year_built: int
    year_built_effective: int
    stories: float
    parking_total: int
    waterfront_yn: bool
    view: _containers.RepeatedScalarFieldContainer[str]
    parcel_number: str
    universal_property_id: str
    originating_system_name: str
    originating_system_key: str
    attributes: _containers.ScalarMap[str, str]
    create_time: _timestamp_pb2.Timestamp
    update_time: _timestamp_pb2.Timestamp
    archive_time: _timestamp_pb2.Timestamp
    def __init__(self, property_id: _Optional[str] = ..., organization_id: _Optional[str] = ..., etag: _Optional[str] = ..., state: _Optional[_Union[PropertyState, str]] = ..., property_type: _Optional[_Union[PropertyType, str]] = ..., property_sub_type: _Optional[str] = ..., unparsed_address: _Optional[str] = ..., unit_number: _Optional[str] = ..., city: _Optional[str] = ..., county_or_parish: _Optional[str] = ..., state_or_province: _Optional[str] = ..., postal_code: _Optional[str] = ..., country: _Optional[str] = ..., latitude: _Optional[float] = ..., longitude: _Optional[float] = ..., bedrooms_total: _Optional[int] = ..., bathrooms_total_integer: _Optional[int] = ..., bathrooms_full: _Optional[int] = ..., bathrooms_partial: _Optional[int] = ..., living_area: _Optional[float] = ..., living_area_units: _Optional[_Union[AreaUnits, str]] = ..., above_grade_finished_area: _Optional[float] = ..., below_grade_finished_area: _Optional[float] = ..., lot_size_area: _Optional[float] = ..., lot_size_units: _Optional[_Union[AreaUnits, str]] = ..., year_built: _Optional[int] = ..., year_built_effective: _Optional[int] = ..., stories: _Optional[float] = ..., parking_total: _Optional[int] = ..., waterfront_yn: _Optional[bool] = ..., view: _Optional[_Iterable[str]] = ..., parcel_number: _Optional[str] = ..., universal_property_id: _Optional[str] = ..., originating_system_name: _Optional[str] = ..., originating_system_key: _Optional[str] = ..., attributes: _Optional[_Mapping[str, str]] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., archive_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class PropertyHistoryEntry(_message.Message):
    __slots__ = ("history_id", "resource_name", "resource_id", "field_name", "previous_value", "new_value", "change_type", "changed_by", "modification_timestamp")
    HISTORY_ID_FIELD_NUMBER: _ClassVar[int]
    RESOURCE_NAME_FIELD_NUMBER: _ClassVar[int]
    RESOURCE_ID_FIELD_NUMBER: _ClassVar[int]
    FIELD_NAME_FIELD_NUMBER: _ClassVar[int]
    PREVIOUS_VALUE_FIELD_NUMBER: _ClassVar[int]
    NEW_VALUE_FIELD_NUMBER: _ClassVar[int]
    CHANGE_TYPE_FIELD_NUMBER: _ClassVar[int]
    CHANGED_BY_FIELD_NUMBER: _ClassVar[int]
    MODIFICATION_TIMESTAMP_FIELD_NUMBER: _ClassVar[int]
    history_id: str
    resource_name: str
    resource_id: str
    field_name: str
    previous_value: str
    new_value: str
    change_type: str
    changed_by: str
    modification_timestamp: _timestamp_pb2.Timestamp
    def __init__(self, history_id: _Optional[str] = ..., resource_name: _Optional[str] = ..., resource_id: _Optional[str] = ..., field_name: _Optional[str] = ..., previous_value: _Optional[str] = ..., new_value: _Optional[str] = ..., change_type: _Optional[str] = ..., changed_by: _Optional[str] = ..., modification_timestamp: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class PropertyEngagement(_message.Message):
    __slots__ = ("property_id", "sessions_total", "seconds_total", "seconds_average", "gaze_seconds_total", "events_total", "last_session_end_time")
    PROPERTY_ID_FIELD_NUMBER: _ClassVar[int]
    SESSIONS_TOTAL_FIELD_NUMBER: _ClassVar[int]
    SECONDS_TOTAL_FIELD_NUMBER: _ClassVar[int]
    SECONDS_AVERAGE_FIELD_NUMBER: _ClassVar[int]
    GAZE_SECONDS_TOTAL_FIELD_NUMBER: _ClassVar[int]
    EVENTS_TOTAL_FIELD_NUMBER: _ClassVar[int]
    LAST_SESSION_END_TIME_FIELD_NUMBER: _ClassVar[int]
    property_id: str
    sessions_total: int
    seconds_total: float
    seconds_average: float
    gaze_seconds_total: float
    events_total: int
    last_session_end_time: _timestamp_pb2.Timestamp
    def __init__(self, property_id: _Optional[str] = ..., sessions_total: _Optional[int] = ..., seconds_total: _Optional[float] = ..., seconds_average: _Optional[float] = ..., gaze_seconds_total: _Optional[float] = ..., events_total: _Optional[int] = ..., last_session_end_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...
