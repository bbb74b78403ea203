from buf.validate import validate_pb2 as _validate_pb2
from doorstep.options.v1 import options_pb2 as _options_pb2
from doorstep.property.v1 import listing_pb2 as _listing_pb2
from doorstep.property.v1 import property_pb2 as _property_pb2
from google.api import annotations_pb2 as _annotations_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.type import latlng_pb2 as _latlng_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class SearchSort(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SEARCH_SORT_UNSPECIFIED: _ClassVar[SearchSort]
    SEARCH_SORT_NEWEST: _ClassVar[SearchSort]
    SEARCH_SORT_LIST_PRICE_ASC: _ClassVar[SearchSort]
    SEARCH_SORT_LIST_PRICE_DESC: _ClassVar[SearchSort]
    SEARCH_SORT_LIVING_AREA_DESC: _ClassVar[SearchSort]
    SEARCH_SORT_YEAR_BUILT_DESC: _ClassVar[SearchSort]
    SEARCH_SORT_NEAREST: _ClassVar[SearchSort]
    SEARCH_SORT_RELEVANCE: _ClassVar[SearchSort]

class SearchFacet(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SEARCH_FACET_UNSPECIFIED: _ClassVar[SearchFacet]
    SEARCH_FACET_PROPERTY_TYPE: _ClassVar[SearchFacet]
    SEARCH_FACET_CITY: _ClassVar[SearchFacet]
    SEARCH_FACET_BEDROOMS_TOTAL: _ClassVar[SearchFacet]
    SEARCH_FACET_STANDARD_STATUS: _ClassVar[SearchFacet]
    SEARCH_FACET_LIST_PRICE: _ClassVar[SearchFacet]

class SuggestionKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SUGGESTION_KIND_UNSPECIFIED: _ClassVar[SuggestionKind]
    SUGGESTION_KIND_CITY: _ClassVar[SuggestionKind]
    SUGGESTION_KIND_POSTAL_CODE: _ClassVar[SuggestionKind]
    SUGGESTION_KIND_ADDRESS: _ClassVar[SuggestionKind]
SEARCH_SORT_UNSPECIFIED: SearchSort
SEARCH_SORT_NEWEST: SearchSort
SEARCH_SORT_LIST_PRICE_ASC: SearchSort
SEARCH_SORT_LIST_PRICE_DESC: SearchSort
SEARCH_SORT_LIVING_AREA_DESC: SearchSort
SEARCH_SORT_YEAR_BUILT_DESC: SearchSort
SEARCH_SORT_NEAREST: SearchSort
SEARCH_SORT_RELEVANCE: SearchSort
SEARCH_FACET_UNSPECIFIED: SearchFacet
SEARCH_FACET_PROPERTY_TYPE: SearchFacet
SEARCH_FACET_CITY: SearchFacet
SEARCH_FACET_BEDROOMS_TOTAL: SearchFacet
SEARCH_FACET_STANDARD_STATUS: SearchFacet
SEARCH_FACET_LIST_PRICE: SearchFacet
SUGGESTION_KIND_UNSPECIFIED: SuggestionKind
SUGGESTION_KIND_CITY: SuggestionKind
SUGGESTION_KIND_POSTAL_CODE: SuggestionKind
SUGGESTION_KIND_ADDRESS: SuggestionKind

class SearchPropertiesRequest(_message.Message):
    __slots__ = ("page_size", "page_token", "query", "city", "state_or_province", "postal_code", "country", "property_types", "standard_statuses", "currency_code", "min_list_price", "max_list_price", "min_bedrooms_total", "max_bedrooms_total", "min_bathrooms_total", "living_area_units", "min_living_area", "max_living_area", "min_year_built", "max_year_built", "waterfront_yn", "center", "radius_meters", "box", "polygon", "sort", "facets")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    QUERY_FIELD_NUMBER: _ClassVar[int]
    CITY_FIELD_NUMBER: _ClassVar[int]
    STATE_OR_PROVINCE_FIELD_NUMBER: _ClassVar[int]
    POSTAL_CODE_FIELD_NUMBER: _ClassVar[int]
    COUNTRY_FIELD_NUMBER: _ClassVar[int]
    PROPERTY_TYPES_FIELD_NUMBER: _ClassVar[int]
    STANDARD_STATUSES_FIELD_NUMBER: _ClassVar[int]
    CURRENCY_CODE_FIELD_NUMBER: _ClassVar[int]
    MIN_LIST_PRICE_FIELD_NUMBER: _ClassVar[int]
    MAX_LIST_PRICE_FIELD_NUMBER: _ClassVar[int]
    MIN_BEDROOMS_TOTAL_FIELD_NUMBER: _ClassVar[int]
    MAX_BEDROOMS_TOTAL_FIELD_NUMBER: _ClassVar[int]
    MIN_BATHROOMS_TOTAL_FIELD_NUMBER: _ClassVar[int]
    LIVING_AREA_UNITS_FIELD_NUMBER: _ClassVar[int]
    MIN_LIVING_AREA_FIELD_NUMBER: _ClassVar[int]
    MAX_LIVING_AREA_FIELD_NUMBER: _ClassVar[int]
    MIN_YEAR_BUILT_FIELD_NUMBER: _ClassVar[int]
    MAX_YEAR_BUILT_FIELD_NUMBER: _ClassVar[int]
    WATERFRONT_YN_FIELD_NUMBER: _ClassVar[int]
    CENTER_FIELD_NUMBER: _ClassVar[int]
    RADIUS_METERS_FIELD_NUMBER: _ClassVar[int]
    BOX_FIELD_NUMBER: _ClassVar[int]
    POLYGON_FIELD_NUMBER: _ClassVar[int]
    SORT_FIELD_NUMBER: _ClassVar[int]
    FACETS_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    query: str
    city: str
    state_or_province: str
    postal_code: str
    country: str
    property_types: _containers.RepeatedScalarFieldContainer[_property_pb2.PropertyType]
    standard_statuses: _containers.RepeatedScalarFieldContainer[_listing_pb2.StandardStatus]
    currency_code: str
    min_list_price: int
    max_list_price: int
    min_bedrooms_total: int
    max_bedrooms_total: int
    min_bathrooms_total: int
    living_area_units: _property_pb2.AreaUnits
    min_living_area: float
    max_living_area: float
    min_year_built: int
    max_year_built: int
    waterfront_yn: bool
    center: _latlng_pb2.LatLng
    radius_meters: float
    box: GeoBox
    polygon: _containers.RepeatedCompositeFieldContainer[_latlng_pb2.LatLng]
    sort: SearchSort
    facets: _containers.RepeatedScalarFieldContainer[SearchFacet]
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., query: _Optional[str] = ..., city: _Optional[str] = ..., state_or_province: _Optional[str] = ..., postal_code: _Optional[str] = ..., country: _Optional[str] = ..., property_types: _Optional[_Iterable[_Union[_property_pb2.PropertyType, str]]] = ..., standard_statuses: _Optional[_Iterable[_Union[_listing_pb2.StandardStatus, str]]] = ..., currency_code: _Optional[str] = ..., min_list_price: _Optional[int] = ..., max_list_price: _Optional[int] = ..., min_bedrooms_total: _Optional[int] = ..., max_bedrooms_total: _Optional[int] = ..., min_bathrooms_total: _Optional[int] = ..., living_area_units: _Optional[_Union[_property_pb2.AreaUnits, str]] = ..., min_living_area: _Optional[float] = ..., max_living_area: _Optional[float] = ..., min_year_built: _Optional[int] = ..., max_year_built: _Optional[int] = ..., waterfront_yn: _Optional[bool] = ..., center: _Optional[_Union[_latlng_pb2.LatLng, _Mapping]] = ..., radius_meters: _Optional[float] = ..., box: _Optional[_Union[GeoBox, _Mapping]] = ..., polygon: _Optional[_Iterable[_Union[_latlng_pb2.LatLng, _Mapping]]] = ..., sort: _Optional[_Union[SearchSort, str]] = ..., facets: _Optional[_Iterable[_Union[SearchFacet, str]]] = ...) -> None: ...

class SearchPropertiesResponse(_message.Message):
    __slots__ = ("results", "next_page_token", "facets", "total_size", "total_size_capped")
    RESULTS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    FACETS_FIELD_NUMBER: _ClassVar[int]
    TOTAL_SIZE_FIELD_NUMBER: _ClassVar[int]
    TOTAL_SIZE_CAPPED_FIELD_NUMBER: _ClassVar[int]
    results: _containers.RepeatedCompositeFieldContainer[SearchResult]
    next_page_token: str
    facets: _containers.RepeatedCompositeFieldContainer[FacetCount]
    total_size: int
    total_size_capped: bool
    def __init__(self, results: _Optional[_Iterable[_Union[SearchResult, _Mapping]]] = ..., next_page_token: _Optional[str] = ..., facets: _Optional[_Iterable[_Union[FacetCount, _Mapping]]] = ..., total_size: _Optional[int] = ..., total_size_capped: _Optional[bool] = ...) -> None: ...

class SearchResult(_message.Message):
    __slots__ = ("property", "listing", "distance_meters")
    PROPERTY_FIELD_NUMBER: _ClassVar[int]
    LISTING_FIELD_NUMBER: _ClassVar[int]
    DISTANCE_METERS_FIELD_NUMBER: _ClassVar[int]
    property: _property_pb2.Property
    listing: _listing_pb2.Listing
    distance_meters: float
    def __init__(self, property: _Optional[_Union[_property_pb2.Property, _Mapping]] = ..., listing: _Optional[_Union[_listing_pb2.Listing, _Mapping]] = ..., distance_meters: _Optional[float] = ...) -> None: ...

class GeoBox(_message.Message):
    __slots__ = ("south", "west", "north", "east")
    SOUTH_FIELD_NUMBER: _ClassVar[int]
    WEST_FIELD_NUMBER: _ClassVar[int]
    NORTH_FIELD_NUMBER: _ClassVar[int]
    EAST_FIELD_NUMBER: _ClassVar[int]
    south: float
    west: float
    north: float
    east: float
    def __init__(self, south: _Optional[float] = ..., west: _Optional[float] = ..., north: _Optional[float] = ..., east: _Optional[float] = ...) -> None: ...

class FacetCount(_message.Message):
    __slots__ = ("facet", "values")
    FACET_FIELD_NUMBER: _ClassVar[int]
    VALUES_FIELD_NUMBER: _ClassVar[int]
    facet: SearchFacet
    values: _containers.RepeatedCompositeFieldContainer[FacetValue]
    def __init__(self, facet: _Optional[_Union[SearchFacet, str]] = ..., values: _Optional[_Iterable[_Union[FacetValue, _Mapping]]] = ...) -> None: ...

class FacetValue(_message.Message):
    __slots__ = ("value", "count")
    VALUE_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    value: str
    count: int
    def __init__(self, value: _Optional[str] = ..., count: _Optional[int] = ...) -> None: ...

class SuggestRequest(_message.Message):
    __slots__ = ("query", "limit", "country")
    QUERY_FIELD_NUMBER: _ClassVar[int]
    LIMIT_FIELD_NUMBER: _ClassVar[int]
    COUNTRY_FIELD_NUMBER: _ClassVar[int]
    query: str
    limit: int
    country: str
    def __init__(self, query: _Optional[str] = ..., limit: _Optional[int] = ..., country: _Optional[str] = ...) -> None: ...

class SuggestResponse(_message.Message):
    __slots__ = ("suggestions",)
    SUGGESTIONS_FIELD_NUMBER: _ClassVar[int]
    suggestions: _containers.RepeatedCompositeFieldContainer[Suggestion]
    def __init__(self, suggestions: _Optional[_Iterable[_Union[Suggestion, _Mapping]]] = ...) -> None: ...

class Suggestion(_message.Message):
    __slots__ = ("kind", "text", "property_id")
    KIND_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    PROPERTY_ID_FIELD_NUMBER: _ClassVar[int]
    kind: SuggestionKind
    text: str
    property_id: str
    def __init__(self, kind: _Optional[_Union[SuggestionKind, str]] = ..., text: _Optional[str] = ..., property_id: _Optional[str] = ...) -> None: ...
