"""From signing in to a home that anybody finds, and out again."""

from dataclasses import replace
from uuid import uuid4

import pytest

from doorstep_client import (
    Code,
    Doorstep,
    FailedPrecondition,
    InvalidArgument,
    NotFound,
    PermissionDenied,
    Unauthenticated,
)
from doorstep_client.api.doorstep.identity.v1 import GetMeRequest, ListUsersRequest
from doorstep_client.api.doorstep.property.v1 import (
    CreatePropertyRequest,
    GetListingRequest,
    GetPropertyRequest,
    ListListingsRequest,
    ListPropertiesRequest,
    Property,
    PropertyType,
    PublishListingRequest,
    SearchPropertiesRequest,
    SearchSort,
    StandardStatus,
    WithdrawListingRequest,
)
from doorstep_client.api.google.type import LatLng
from tests.journeys.conftest import People, list_home


async def test_who_am_i(people: People) -> None:
    async with people.signed_in("agent") as agent:
        me = await agent.auth.get_me(GetMeRequest())
        assert me.user is not None
        assert me.user.email == people.credentials("agent")[0]
        assert "property.write" in me.permissions
        users = [user async for user in agent.items(agent.users.list_users, ListUsersRequest(page_size=1))]
        assert len(users) >= 4
        tokens = agent.tokens
        await agent.sign_out()
        with pytest.raises(Unauthenticated) as caught:
            await agent.auth.get_me(GetMeRequest())
        assert caught.value.reason == "CREDENTIALS_MISSING"
    assert tokens is not None
    async with Doorstep(people.url, tokens=replace(tokens, renew_at=0.0)) as late:
        with pytest.raises(Unauthenticated) as caught:
            await late.auth.get_me(GetMeRequest())
        assert caught.value.reason == "REFRESH_TOKEN_INVALID"


async def test_wrong_password(people: People) -> None:
    async with Doorstep(people.url) as stranger:
        with pytest.raises(Unauthenticated) as caught:
            await stranger.sign_in(f"nobody-{uuid4().hex}@example.com", "not this one")
    assert caught.value.reason == "INVALID_CREDENTIALS"


async def test_a_session_is_renewed(people: People) -> None:
    kept = []
    async with Doorstep(people.url, on_tokens=kept.append) as agent:
        await agent.sign_in(*people.credentials("agent"))
        used = [("authorization", f"Bearer {kept[-1].access_token}")]
        assert await agent.renewed(used)  # what happens when the server refuses this token
        await agent.auth.get_me(GetMeRequest())
    assert kept[0].refresh_token != kept[1].refresh_token


async def test_a_home_comes_to_market_and_leaves(people: People, agent: Doorstep) -> None:
    city = f"Journey {uuid4().hex[:8]}"
    near, listing_id = await list_home(agent, city=city, price=450_000, latitude=47.60)
    far, _ = await list_home(agent, city=city, price=650_000, latitude=47.61)
    async with Doorstep(people.url) as anybody:
        request = SearchPropertiesRequest(
            center=LatLng(latitude=47.6, longitude=-122.3),
            radius_meters=2_000,
            city=city,
            sort=SearchSort.NEAREST,
            page_size=1,
        )
        found = [result async for result in anybody.items(anybody.search.search_properties, request)]
        assert [result.property.property_id for result in found] == [near, far]
        assert found[0].distance_meters < 1 < found[1].distance_meters < 2_000
        request.max_list_price = 500_000
        found = [result async for result in anybody.items(anybody.search.search_properties, request)]
        assert [result.listing.listing_id for result in found] == [listing_id]
        await agent.listings.withdraw_listing(WithdrawListingRequest(listing_id=listing_id))
        assert not [result async for result in anybody.items(anybody.search.search_properties, request)]
    own = ListListingsRequest(standard_statuses=[StandardStatus.WITHDRAWN], property_id=near, page_size=5)
    assert [listing.listing_id async for listing in agent.items(agent.listings.list_listings, own)] == [listing_id]
    with pytest.raises(FailedPrecondition) as caught:
        await agent.listings.withdraw_listing(WithdrawListingRequest(listing_id=listing_id))
    assert caught.value.metadata["state"].endswith("WITHDRAWN")
    assert caught.value.metadata["allowed_states"]


async def test_one_key_one_home(agent: Doorstep) -> None:
    city = f"Once {uuid4().hex[:8]}"
    once = agent.options(idempotency_key=str(uuid4()))
    request = CreatePropertyRequest(property=Property(property_type=PropertyType.LAND, city=city, country="US"))
    first = (await once.properties.create_property(request)).property
    second = (await once.properties.create_property(request)).property
    assert first == second
    homes = [p async for p in agent.items(agent.properties.list_properties, ListPropertiesRequest(city=city))]
    assert len(homes) == 1
    with pytest.raises(InvalidArgument) as caught:
        other = Property(property_type=PropertyType.LAND, city="Elsewhere", country="US")
        await once.properties.create_property(CreatePropertyRequest(property=other))
    assert caught.value.reason == "IDEMPOTENCY_KEY_REUSED"


async def test_what_is_wrong_is_named(people: People, agent: Doorstep) -> None:
    with pytest.raises(InvalidArgument) as invalid:
        nowhere = Property(property_type=PropertyType.LAND, country="us", latitude=91.0)
        await agent.properties.create_property(CreatePropertyRequest(property=nowhere))
    assert {"property.country", "property.latitude"} <= {v.field for v in invalid.value.field_violations}
    with pytest.raises(NotFound) as missing:
        await agent.properties.get_property(GetPropertyRequest(property_id=str(uuid4())))
    assert (missing.value.code, missing.value.reason) == (Code.NOT_FOUND, "PROPERTY_NOT_FOUND")
    assert missing.value.request_id
    with pytest.raises(NotFound):
        await agent.listings.get_listing(GetListingRequest(listing_id=str(uuid4())))
    async with people.signed_in("buyer") as buyer:
        with pytest.raises(PermissionDenied) as denied:
            await buyer.listings.publish_listing(PublishListingRequest(listing_id=str(uuid4())))
        assert denied.value.metadata == {"permission": "property.write"}
