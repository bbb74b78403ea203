"""A running suite and everybody who calls it: through Envoy, as a user would."""

import contextlib
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from uuid import uuid4

import pytest

from doorstep_client import Doorstep, DoorstepSync
from doorstep_client.api.doorstep.property.v1 import (
    CreateListingRequest,
    CreatePropertyRequest,
    Listing,
    Property,
    PropertyType,
    PublishListingRequest,
)
from doorstep_client.api.google.type import Money
from services.chassis.demo import PEOPLE, SignIns
from services.stack.home import Home
from tests.fixtures.suite import Suite


@dataclass(frozen=True)
class People:
    """How the people of the demo organisation sign in."""

    url: str
    sign_ins: SignIns

    def credentials(self, role: str) -> tuple[str, str]:
        email = next(person.email for person in PEOPLE if person.role == role)
        return email, self.sign_ins.passwords[email]

    @contextlib.asynccontextmanager
    async def signed_in(self, role: str) -> AsyncIterator[Doorstep]:
        async with Doorstep(self.url) as client:
            await client.sign_in(*self.credentials(role))
            yield client

    @contextlib.asynccontextmanager
    async def headset(self) -> AsyncIterator[Doorstep]:
        async with Doorstep(self.url, api_key=self.sign_ins.device_key) as client:
            yield client


def people_of(suite: Suite) -> People:
    sign_ins = SignIns.read(Home(suite.home).demo)
    assert sign_ins is not None, "the suite has no demo people"
    return People(suite.url, sign_ins)


@pytest.fixture(scope="session")
def people(suite: Suite) -> People:
    return people_of(suite)


@pytest.fixture(scope="session")
async def agent(people: People) -> AsyncIterator[Doorstep]:
    async with people.signed_in("agent") as client:
        yield client


@pytest.fixture(scope="session")
async def headset(people: People) -> AsyncIterator[Doorstep]:
    async with people.headset() as client:
        yield client


@pytest.fixture(scope="session")
def blocking(people: People) -> Iterator[DoorstepSync]:
    with DoorstepSync(people.url) as client:
        client.sign_in(*people.credentials("agent"))
        yield client


async def list_home(agent: Doorstep, *, city: str, price: int = 450_000, latitude: float = 47.6) -> tuple[str, str]:
    """Put a home on the market; answers with the ids of property and listing."""
    home = Property(
        property_type=PropertyType.RESIDENTIAL,
        unparsed_address="12 Harbour Steps",
        city=city,
        state_or_province="WA",
        country="US",
        latitude=latitude,
        longitude=-122.3,
        bedrooms_total=3,
    )
    once = agent.options(idempotency_key=str(uuid4()))
    made = (await once.properties.create_property(CreatePropertyRequest(property=home))).property
    assert made is not None
    listing = Listing(
        property_id=made.property_id,
        list_price=Money(currency_code="USD", units=price),
        public_remarks="Bright rooms above the harbour",
    )
    offered = (await agent.listings.create_listing(CreateListingRequest(listing=listing))).listing
    assert offered is not None
    await agent.listings.publish_listing(PublishListingRequest(listing_id=offered.listing_id))
    return made.property_id, offered.listing_id


@pytest.fixture(scope="session")
async def home(agent: Doorstep) -> str:
    """A property of the demo organisation."""
    property_id, _ = await list_home(agent, city=f"Visitville {uuid4().hex[:8]}")
    return property_id
