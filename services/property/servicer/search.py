"""SearchService. Its answers are public and the same for all, so they are cached; see `cache.py`."""

import json
from datetime import datetime
from typing import Any
from uuid import UUID

from doorstep.property.v1 import listing_pb2, property_pb2, search_service_pb2_grpc
from doorstep.property.v1 import search_service_pb2 as pb
from services.chassis.geo import Box, hull
from services.chassis.mapping import enum_name
from services.chassis.money import minor_per_unit
from services.chassis.protobytes import varint
from services.property import areas
from services.property.mapping.listing import days_on_market
from services.property.mapping.search import RESULTS, SQUARE_METERS, key, result
from services.property.operations import search as operations
from services.property.repository.search import Query
from services.property.servicer.parts import Parts

DEFAULT_CURRENCY = "USD"
DEFAULT_SUGGESTIONS = 10
_PRICE_SORTS = frozenset({"LIST_PRICE_ASC", "LIST_PRICE_DESC"})


class SearchServicer(search_service_pb2_grpc.SearchServiceServicer):
    """Finds what is on the market."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    async def SearchProperties(self, request: pb.SearchPropertiesRequest, context: Any) -> Any:
        """Answer with bytes: a cached answer, and the page token, which belongs to the caller and is never cached."""
        page, query = self._parts.page_tokens.page(request), to_query(request)

        async def produce() -> bytes:
            return await self._search(request, query, page.size, page.after)

        question = _question(request, page.size, page.after)
        kept = await self._parts.cache.through("search", question, areas.of_query(query), produce)
        length = int.from_bytes(kept[:4], "big")
        head, body = kept[4 : 4 + length], kept[4 + length :]
        if not head:
            return body
        # Fields of a message may follow each other in any order: the token is appended to the answer.
        return body + pb.SearchPropertiesResponse(next_page_token=page.seal(_unpack(head))).SerializeToString()

    async def _search(
        self, request: pb.SearchPropertiesRequest, query: Query, size: int, after: tuple[Any, ...] | None
    ) -> bytes:
        facets = tuple(enum_name(pb.SearchFacet, "SEARCH_FACET_", facet) for facet in request.facets)
        found = await operations.search_properties(self._parts.index, query, size=size, after=after, facets=facets)
        now = self._parts.clock.now()
        message = pb.SearchPropertiesResponse(
            facets=[_facet(name, values, query.currency_code) for name, values in found.facets],
            total_size=found.total,
            total_size_capped=found.capped,
        )
        results = (result(f.payload, days_on_market(f.on_market, None, now), f.distance_meters) for f in found.found)
        body = b"".join(RESULTS + varint(len(one)) + one for one in results)
        head = _pack(found.found[-1].key) if found.more else b""
        return len(head).to_bytes(4, "big") + head + body + message.SerializeToString()

    async def Suggest(self, request: pb.SuggestRequest, context: Any) -> Any:
        """Completes what somebody begins to type."""
        prefix, limit = key(request.query), request.limit or DEFAULT_SUGGESTIONS

        async def produce() -> bytes:
            found = await operations.suggest(self._parts.index, prefix, country=request.country, limit=limit)
            message = pb.SuggestResponse(
                suggestions=[
                    pb.Suggestion(kind=f"SUGGESTION_KIND_{s.kind}", text=s.text, property_id=str(s.property_id or ""))
                    for s in found
                ]
            )
            return message.SerializeToString()

        question = json.dumps([prefix, limit, request.country]).encode()
        return await self._parts.cache.through("suggest", question, areas.of_prefix(prefix), produce)


def to_query(request: pb.SearchPropertiesRequest) -> Query:
    """What is looked for, in the units of the search table."""
    sort = enum_name(pb.SearchSort, "SEARCH_SORT_", request.sort)
    if sort == "UNSPECIFIED":
        on_a_map = (request.HasField("box") or request.polygon) and not request.query
        sort = "NEAREST" if request.HasField("center") or on_a_map else "NEWEST"
    priced = (
        request.HasField("min_list_price")
        or request.HasField("max_list_price")
        or sort in _PRICE_SORTS
        or pb.SEARCH_FACET_LIST_PRICE in request.facets
    )
    currency = request.currency_code or (DEFAULT_CURRENCY if priced else None)
    per_unit = minor_per_unit(currency or DEFAULT_CURRENCY)
    square_meters = SQUARE_METERS[enum_name(property_pb2.AreaUnits, "AREA_UNITS_", request.living_area_units)]
    boxes = []
    if request.HasField("box"):
        boxes.append(Box(request.box.south, request.box.west, request.box.north, request.box.east))
    corners = [(corner.latitude, corner.longitude) for corner in request.polygon]
    if corners:
        boxes.append(hull(corners))
    center = (request.center.latitude, request.center.longitude) if request.HasField("center") else None
    return Query(
        text=request.query.strip(),
        city_key=key(request.city),
        state_or_province=request.state_or_province,
        postal_code=request.postal_code,
        country=request.country,
        property_types=tuple(
            enum_name(property_pb2.PropertyType, "PROPERTY_TYPE_", t) for t in sorted(set(request.property_types))
        ),
        standard_statuses=tuple(
            enum_name(listing_pb2.StandardStatus, "STANDARD_STATUS_", s) for s in sorted(set(request.standard_statuses))
        ),
        currency_code=currency,
        min_price=request.min_list_price * per_unit if request.HasField("min_list_price") else None,
        max_price=request.max_list_price * per_unit if request.HasField("max_list_price") else None,
        min_bedrooms=_set(request, "min_bedrooms_total"),
        max_bedrooms=_set(request, "max_bedrooms_total"),
        min_bathrooms=_set(request, "min_bathrooms_total"),
        min_area=request.min_living_area * square_meters if request.HasField("min_living_area") else None,
        max_area=request.max_living_area * square_meters if request.HasField("max_living_area") else None,
        min_year=_set(request, "min_year_built"),
        max_year=_set(request, "max_year_built"),
        waterfront=request.waterfront_yn,
        center=center,
        radius_meters=request.radius_meters,
        boxes=tuple(boxes),
        polygon=tuple(corners),
        sort=sort,
    )


def _set(request: pb.SearchPropertiesRequest, name: str) -> Any:
    return getattr(request, name) if request.HasField(name) else None


def _facet(name: str, values: list[tuple[str, int]], currency_code: str | None) -> pb.FacetCount:
    if name == "LIST_PRICE":
        per_unit = minor_per_unit(currency_code or DEFAULT_CURRENCY)
        values = [(str(int(value) // per_unit), count) for value, count in values]
    return pb.FacetCount(
        facet=f"SEARCH_FACET_{name}", values=[pb.FacetValue(value=value, count=count) for value, count in values]
    )


def _question(request: pb.SearchPropertiesRequest, size: int, after: tuple[Any, ...] | None) -> bytes:
    bare = pb.SearchPropertiesRequest()
    bare.CopyFrom(request)
    bare.page_size = size
    bare.ClearField("page_token")
    return bare.SerializeToString(deterministic=True) + (_pack(after) if after is not None else b"")


def _pack(sort_key: tuple[Any, ...]) -> bytes:
    value, listing_id = sort_key
    return json.dumps([{"t": value.isoformat()} if isinstance(value, datetime) else value, listing_id.hex]).encode()


def _unpack(packed: bytes) -> tuple[Any, ...]:
    value, listing_id = json.loads(packed)
    return datetime.fromisoformat(value["t"]) if isinstance(value, dict) else value, UUID(hex=listing_id)
