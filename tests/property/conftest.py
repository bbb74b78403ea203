"""A served property service, and callers of every kind."""

from collections.abc import AsyncIterator, Callable, Iterable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from doorstep.property.v1 import (
    import_service_pb2_grpc,
    listing_pb2,
    listing_service_pb2,
    listing_service_pb2_grpc,
    property_pb2,
    property_service_pb2,
    property_service_pb2_grpc,
    search_service_pb2_grpc,
)
from doorstep.property.v1 import search_service_pb2 as pb
from services.chassis.ids import new_id
from services.chassis.testing import Harness
from services.property.app import build
from tests.fixtures.servers import TestDatabase

AGENT = ("property.read", "property.write", "property.import")


class Market:
    """The stubs of property, and shortcuts to get somewhere."""

    def __init__(self, harness: Harness, database: TestDatabase) -> None:
        self.harness = harness
        self.database = database
        self.properties = harness.stub(property_service_pb2_grpc.PropertyServiceStub)
        self.listings = harness.stub(listing_service_pb2_grpc.ListingServiceStub)
        self.search = harness.stub(search_service_pb2_grpc.SearchServiceStub)
        self.imports = harness.stub(import_service_pb2_grpc.ImportServiceStub)

    def agent(self, organization_id: UUID | None = None, permissions: Iterable[str] = AGENT) -> str:
        """The token of an agent, of a new organisation unless told otherwise."""
        return self.harness.token(organization_id=organization_id or new_id(), roles=["agent"], permissions=permissions)

    async def call(self, method: Any, request: Any, token: str | None = None, **who: str) -> Any:
        return await self.harness.call(method, request, token, **who)

    async def property(self, token: str, **fields: Any) -> property_pb2.Property:
        request = property_service_pb2.CreatePropertyRequest(property=a_property(**fields))
        return (await self.call(self.properties.CreateProperty, request, token)).property

    async def listing(self, token: str, property_id: str, price: int = 500_000, **fields: Any) -> listing_pb2.Listing:
        listing = listing_pb2.Listing(property_id=property_id, **fields)
        listing.list_price.currency_code, listing.list_price.units = "USD", price
        request = listing_service_pb2.CreateListingRequest(listing=listing)
        return (await self.call(self.listings.CreateListing, request, token)).listing

    async def move(self, token: str, listing_id: str, rpc: str, **fields: Any) -> listing_pb2.Listing:
        request = getattr(listing_service_pb2, f"{rpc}Request")(listing_id=listing_id, **fields)
        return (await self.call(getattr(self.listings, rpc), request, token)).listing

    async def on_market(
        self, token: str, price: int = 500_000, listing: dict[str, Any] | None = None, **fields: Any
    ) -> tuple[property_pb2.Property, listing_pb2.Listing]:
        home = await self.property(token, **fields)
        made = await self.listing(token, home.property_id, price, **(listing or {}))
        return home, await self.move(token, made.listing_id, "PublishListing")


def a_property(**fields: Any) -> property_pb2.Property:
    values: dict[str, Any] = {
        "property_type": "PROPERTY_TYPE_RESIDENTIAL",
        "unparsed_address": "12 Lake St",
        "city": "Seattle",
        "state_or_province": "WA",
        "postal_code": "98101",
        "country": "US",
        "latitude": 47.6062,
        "longitude": -122.3321,
        "bedrooms_total": 3,
        "bathrooms_total_integer": 2,
        "living_area": 120.0,
        "living_area_units": "AREA_UNITS_SQUARE_METERS",
        "year_built": 1990,
    }
    return property_pb2.Property(**{k: v for k, v in (values | fields).items() if v is not None})


def request(**fields: Any) -> pb.SearchPropertiesRequest:
    center = fields.pop("center", None)
    made = pb.SearchPropertiesRequest(**fields)
    if center is not None:
        made.center.latitude, made.center.longitude = center
    return made


async def search(market: Market, token: str | None = None, **fields: Any) -> pb.SearchPropertiesResponse:
    return await market.call(market.search.SearchProperties, request(**fields), token)


@pytest.fixture(scope="module")
async def market(
    clone_database: Callable[[], TestDatabase], clone_redis: Callable[[], str], tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Market]:
    keys: Path = tmp_path_factory.mktemp("keys")
    database = clone_database()
    async with Harness.open([build], database_url=database.url, redis_url=clone_redis(), keys_dir=keys) as harness:
        yield Market(harness, database)


@pytest.fixture
def agent(market: Market) -> str:
    return market.agent()
