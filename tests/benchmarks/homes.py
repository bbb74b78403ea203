"""A home on the market, and a member of its organisation who reads it."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import grpc
from pydantic import SecretStr

from doorstep.property.v1 import (
    listing_pb2,
    listing_service_pb2,
    listing_service_pb2_grpc,
    property_pb2,
    property_service_pb2,
    property_service_pb2_grpc,
)
from services.chassis.ids import new_id
from services.chassis.testing.harness import Harness
from services.chassis.tokens import KeyRing
from tests.benchmarks.lab import Lab

PERMISSIONS = ("property.read", "property.write")


@dataclass(frozen=True)
class Home:
    """What is read, and as whom."""

    property_id: str
    organization_id: UUID
    token: str
    listing_id: str = ""

    @property
    def request(self) -> bytes:
        """GetProperty's, serialised."""
        return property_service_pb2.GetPropertyRequest(property_id=self.property_id).SerializeToString()

    @property
    def metadata(self) -> tuple[tuple[str, str], ...]:
        """The member's headers."""
        return (("authorization", f"Bearer {self.token}"),)


def token_of(lab: Lab, **claims: Any) -> str:
    """An access token that processes of the laboratory accept."""

    class Stand:
        settings = type("S", (), {"issuer": "http://127.0.0.1:8080", "internal_secret": SecretStr("x" * 40)})
        resources = type("R", (), {"key_ring": KeyRing(lab.folder / "keys", strict=False)})

    stand: Any = Stand()  # all that it looks at
    return Harness.token(stand, **claims)


async def offer_home(lab: Lab, port: int) -> Home:
    """Put a home on the market, as an agent would."""
    organization_id = new_id()
    member = token_of(lab, organization_id=organization_id, permissions=PERMISSIONS)
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        property_id, listing_id = await put_on_market(channel, member)
    return Home(property_id, organization_id, member, listing_id)


async def put_on_market(channel: grpc.aio.Channel, token: str) -> tuple[str, str]:
    """A home on the market: the ids of property and listing."""
    metadata = (("authorization", f"Bearer {token}"),)
    home = property_pb2.Property(
        property_type=1, country="US", city="Seattle", unparsed_address="12 Some Street", postal_code="98101",
        state_or_province="WA", latitude=47.6, longitude=-122.3, bedrooms_total=3, bathrooms_total_integer=2,
        living_area=120, year_built=1990,
    )  # fmt: skip
    properties = property_service_pb2_grpc.PropertyServiceStub(channel)
    listings = listing_service_pb2_grpc.ListingServiceStub(channel)
    made = await properties.CreateProperty(property_service_pb2.CreatePropertyRequest(property=home), metadata=metadata)
    listing = listing_pb2.Listing(
        property_id=made.property.property_id, public_remarks="some words about the home " * 6
    )
    listing.list_price.currency_code, listing.list_price.units = "USD", 500_000
    created = await listings.CreateListing(listing_service_pb2.CreateListingRequest(listing=listing), metadata=metadata)
    await listings.PublishListing(
        listing_service_pb2.PublishListingRequest(listing_id=created.listing.listing_id), metadata=metadata
    )
    return made.property.property_id, created.listing.listing_id
