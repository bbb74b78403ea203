"""PropertyService: what it does, what it refuses, and what others may see of it."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import grpc
import pytest
from google.protobuf.field_mask_pb2 import FieldMask

from doorstep.property.v1 import property_pb2
from doorstep.property.v1 import property_service_pb2 as pb
from doorstep.telemetry.v1.telemetry_events_pb2 import SessionEnded
from services.chassis.actor import system_for
from services.chassis.errors import Code, EtagMismatch, InvalidFields, InvalidPageToken
from services.chassis.events import EventMeta
from services.chassis.ids import new_id
from services.chassis.testing import Refusal, refused
from services.property import errors
from services.property.subscribers import count_session
from tests.property.conftest import Market, a_property


async def get(market: Market, property_id: str, token: str | None = None) -> Any:
    return await market.call(market.properties.GetProperty, pb.GetPropertyRequest(property_id=property_id), token)


async def update(market: Market, token: str, mask: list[str] | None = None, **fields: Any) -> property_pb2.Property:
    request = pb.UpdatePropertyRequest(property=property_pb2.Property(**fields))
    if mask is not None:
        request.update_mask.CopyFrom(FieldMask(paths=mask))
    return (await market.call(market.properties.UpdateProperty, request, token)).property


async def history(
    market: Market, token: str, property_id: str, **fields: Any
) -> list[property_pb2.PropertyHistoryEntry]:
    found: list[property_pb2.PropertyHistoryEntry] = []
    request = pb.ListPropertyHistoryRequest(property_id=property_id, page_size=2, **fields)
    while True:
        page = await market.call(market.properties.ListPropertyHistory, request, token)
        found += page.entries
        request.page_token = page.next_page_token
        if not request.page_token:
            return found


class TestCreate:
    async def test_is_stored_as_given(self, market: Market, agent: str):
        given = a_property(
            view=["Water", "City"], attributes={"roof": "slate"}, stories=1.5, waterfront_yn=True,
            originating_system_name="mls", originating_system_key="0007", lot_size_area=0.2, lot_size_units=3,
        )  # fmt: skip
        request = pb.CreatePropertyRequest(property=given)
        made = (await market.call(market.properties.CreateProperty, request, agent)).property
        read = (await get(market, made.property_id, agent)).property
        assert read == made
        for field, value in given.ListFields():
            assert getattr(made, field.name) == value, field.name
        assert made.state == property_pb2.PROPERTY_STATE_ACTIVE
        assert made.etag
        assert made.HasField("create_time")

    async def test_output_only_fields_are_ignored(self, market: Market, agent: str):
        mine = str(new_id())
        made = await market.property(agent, property_id=mine, organization_id=mine, etag="x", state=2)
        assert made.property_id != mine
        assert made.organization_id != mine
        assert made.state == property_pb2.PROPERTY_STATE_ACTIVE

    @pytest.mark.parametrize(
        ("fields", "where"),
        [
            ({"country": ""}, "property.country"),
            ({"country": "usa"}, "property.country"),
            ({"property_type": 0}, "property.property_type"),
            ({"latitude": 91.0}, "property.latitude"),
            ({"latitude": float("nan")}, "property.latitude"),
            ({"longitude": None}, "property"),
            ({"bedrooms_total": -1}, "property.bedrooms_total"),
            ({"living_area": 0.0}, "property.living_area"),
            ({"city": "x" * 121}, "property.city"),
            ({"originating_system_key": "k"}, "property"),
        ],
    )
    async def test_bad_fields(self, market: Market, agent: str, fields: dict[str, Any], where: str):
        with refused(InvalidFields) as refusal:
            await market.property(agent, **fields)
        assert set(refusal.fields) == {where}

    async def test_the_same_key_twice(self, market: Market, agent: str):
        key = {"originating_system_name": "mls", "originating_system_key": "1"}
        await market.property(agent, **key)
        with refused(errors.ExternalKeyTaken) as refusal:
            await market.property(agent, **key)
        assert refusal.metadata == {"key": "1"}
        await market.property(market.agent(), **key)  # another organisation's keys are its own

    async def test_the_same_key_at_once(self, market: Market, agent: str):
        key = {"originating_system_name": "mls", "originating_system_key": "2"}
        done = await asyncio.gather(*(market.property(agent, **key) for _ in range(10)), return_exceptions=True)
        assert sum(isinstance(d, property_pb2.Property) for d in done) == 1
        codes = {d.code() for d in done if isinstance(d, grpc.aio.AioRpcError)}
        assert codes == {grpc.StatusCode.ALREADY_EXISTS}
        assert {Refusal.of(d).reason for d in done if isinstance(d, grpc.aio.AioRpcError)} == {"EXTERNAL_KEY_TAKEN"}

    async def test_permission(self, market: Market):
        with refused("PERMISSION_MISSING", Code.PERMISSION_DENIED):
            await market.property(market.agent(permissions=["property.read"]))

    async def test_without_an_organisation(self, market: Market):
        token = market.harness.token(permissions=["property.write", "property.read"])
        with refused(InvalidFields) as refusal:
            await market.property(token)
        assert refusal.fields == ["organization_id"]

    async def test_idempotency_key(self, market: Market, agent: str):
        request = pb.CreatePropertyRequest(property=a_property())
        made = [
            await market.call(market.properties.CreateProperty, request, agent, idempotency_key="once")
            for _ in range(2)
        ]
        assert made[0] == made[1]


class TestGet:
    async def test_not_on_the_market_is_private(self, market: Market, agent: str):
        home = await market.property(agent)
        answers = []
        for token in (None, market.agent()):
            for property_id in (home.property_id, str(new_id())):
                with refused(errors.PropertyNotFound) as refusal:
                    await get(market, property_id, token)
                answers.append((refusal.code, refusal.message, refusal.metadata, refusal.fields))
        assert len(set(map(str, answers))) == 1

    async def test_the_public_sees_public_facts(self, market: Market, agent: str):
        home, listing = await market.on_market(
            agent,
            listing={"private_remarks": "SECRET-1", "showing_instructions": "SECRET-2", "public_remarks": "sunny"},
            originating_system_name="SECRET-3", originating_system_key="SECRET-4", attributes={"a": "SECRET-5"},
        )  # fmt: skip
        for token in (None, market.agent(), market.harness.token(roles=["buyer"])):
            answer = await get(market, home.property_id, token)
            assert answer.property.unparsed_address == "12 Lake St"
            assert answer.current_listing.public_remarks == "sunny"
            assert answer.current_listing.listing_id == listing.listing_id
            assert "SECRET" not in str(answer)
            assert not answer.property.etag
        assert "SECRET-1" in str(await get(market, home.property_id, agent))

    async def test_the_address_may_be_hidden(self, market: Market, agent: str):
        home, _ = await market.on_market(
            agent, listing={"internet_address_display_yn": False}, parcel_number="SECRET", unit_number="SECRET"
        )
        answer = await get(market, home.property_id)
        assert "SECRET" not in str(answer)
        assert not answer.property.unparsed_address
        assert (answer.property.latitude, answer.property.longitude) == (47.61, -122.33)
        assert answer.property.city == "Seattle"

    async def test_a_listing_may_be_hidden_altogether(self, market: Market, agent: str):
        home, _ = await market.on_market(agent, listing={"internet_entire_listing_display_yn": False})
        with refused(errors.PropertyNotFound):
            await get(market, home.property_id)

    async def test_no_id(self, market: Market):
        with refused(InvalidFields):
            await get(market, "search")


class TestUpdate:
    async def test_mask(self, market: Market, agent: str):
        home = await market.property(agent)
        changed = await update(
            market, agent, ["city", "bedrooms_total"], property_id=home.property_id, city="Kent", year_built=1800
        )
        assert changed.city == "Kent"
        assert not changed.HasField("bedrooms_total")
        assert changed.year_built == 1990
        assert changed.etag != home.etag

    async def test_without_a_mask_what_is_set(self, market: Market, agent: str):
        home = await market.property(agent)
        changed = await update(market, agent, property_id=home.property_id, year_built=2001)
        assert (changed.year_built, changed.city) == (2001, "Seattle")

    async def test_replace_clears_the_rest(self, market: Market, agent: str):
        home = await market.property(agent)
        new = property_pb2.Property(property_id=home.property_id, property_type=4, country="NP")
        request = pb.ReplacePropertyRequest(property=new)
        changed = (await market.call(market.properties.ReplaceProperty, request, agent)).property
        assert changed.property_type == property_pb2.PROPERTY_TYPE_LAND
        assert not changed.city
        assert not changed.HasField("latitude")

    async def test_the_same_values_are_no_change(self, market: Market, agent: str):
        home = await market.property(agent)
        same = await update(market, agent, property_id=home.property_id, city="Seattle")
        assert same == home

    @pytest.mark.parametrize(
        ("mask", "fields", "where"),
        [
            (["state"], {"state": 2}, ["update_mask"]),
            (["no_such"], {}, ["update_mask"]),
            (["latitude"], {}, ["property"]),
            (["country"], {}, ["property.country"]),
            (["bedrooms_total"], {"bedrooms_total": 5000}, ["property.bedrooms_total"]),
            (None, {}, ["property"]),
        ],
    )
    async def test_bad_updates(self, market: Market, agent: str, mask: Any, fields: dict[str, Any], where: list[str]):
        home = await market.property(agent)
        with refused(InvalidFields) as refusal:
            await update(market, agent, mask, property_id=home.property_id, **fields)
        assert refusal.fields == where

    async def test_no_id(self, market: Market, agent: str):
        with refused(InvalidFields) as refusal:
            await update(market, agent, property_id="x", city="Kent")
        assert refusal.fields == ["property.property_id"]

    async def test_a_hundred_with_one_etag(self, market: Market, agent: str):
        home = await market.property(agent)
        done = await asyncio.gather(
            *(
                update(market, agent, property_id=home.property_id, etag=home.etag, year_built=1800 + n)
                for n in range(100)
            ),
            return_exceptions=True,
        )
        winners = [d for d in done if isinstance(d, property_pb2.Property)]
        assert len(winners) == 1
        assert {d.code() for d in done if isinstance(d, grpc.aio.AioRpcError)} == {grpc.StatusCode.ABORTED}
        assert (await get(market, home.property_id, agent)).property == winners[0]
        assert len(await history(market, agent, home.property_id, field_name="YearBuilt")) == 1

    async def test_an_old_etag(self, market: Market, agent: str):
        home = await market.property(agent)
        new = await update(market, agent, property_id=home.property_id, city="Kent")
        with refused(EtagMismatch) as refusal:
            await update(market, agent, property_id=home.property_id, etag=home.etag, city="Auburn")
        assert refusal.metadata == {"etag": new.etag}

    async def test_an_archived_one(self, market: Market, agent: str):
        home = await market.property(agent)
        await market.call(
            market.properties.DeleteProperty, pb.DeletePropertyRequest(property_id=home.property_id), agent
        )
        with refused(errors.PropertyStateRefused) as refusal:
            await update(market, agent, property_id=home.property_id, city="Kent")
        assert refusal.metadata == {"state": "ARCHIVED", "allowed_states": "ACTIVE"}

    async def test_another_organisations(self, market: Market, agent: str):
        home = await market.property(agent)
        other = market.agent()
        change = pb.UpdatePropertyRequest(property={"property_id": home.property_id, "city": "Kent"})
        for method, request in (
            (market.properties.UpdateProperty, change),
            (market.properties.DeleteProperty, pb.DeletePropertyRequest(property_id=home.property_id)),
            (market.properties.UnarchiveProperty, pb.UnarchivePropertyRequest(property_id=home.property_id)),
            (market.properties.ListPropertyHistory, pb.ListPropertyHistoryRequest(property_id=home.property_id)),
            (market.properties.GetPropertyEngagement, pb.GetPropertyEngagementRequest(property_id=home.property_id)),
        ):  # fmt: skip
            with refused(errors.PropertyNotFound):
                await market.call(method, request, other)
        assert (await get(market, home.property_id, agent)).property == home


class TestArchive:
    async def test_there_and_back(self, market: Market, agent: str):
        home = await market.property(agent)
        request = pb.DeletePropertyRequest(property_id=home.property_id, etag=home.etag)
        gone = (await market.call(market.properties.DeleteProperty, request, agent)).property
        assert gone.state == property_pb2.PROPERTY_STATE_ARCHIVED
        assert gone.HasField("archive_time")
        assert (await get(market, home.property_id, agent)).property == gone
        with refused(errors.PropertyStateRefused):
            await market.call(
                market.properties.DeleteProperty, pb.DeletePropertyRequest(property_id=home.property_id), agent
            )
        request = pb.UnarchivePropertyRequest(property_id=home.property_id, etag=gone.etag)
        back = (await market.call(market.properties.UnarchiveProperty, request, agent)).property
        assert back.state == property_pb2.PROPERTY_STATE_ACTIVE
        assert not back.HasField("archive_time")
        with refused(errors.PropertyStateRefused):
            await market.call(
                market.properties.UnarchiveProperty, pb.UnarchivePropertyRequest(property_id=home.property_id), agent
            )

    async def test_not_while_on_the_market(self, market: Market, agent: str):
        home, listing = await market.on_market(agent)
        request = pb.DeletePropertyRequest(property_id=home.property_id)
        with refused(errors.PropertyOnMarket):
            await market.call(market.properties.DeleteProperty, request, agent)
        await market.move(agent, listing.listing_id, "WithdrawListing")
        await market.call(market.properties.DeleteProperty, request, agent)


class TestList:
    async def test_filters(self, market: Market, agent: str):
        made = [
            await market.property(agent, city=city, postal_code=code, property_type=kind)
            for city, code, kind in (("Kent", "1", 1), ("Kent", "2", 4), ("Auburn", "1", 1))
        ]
        gone = pb.DeletePropertyRequest(property_id=made[2].property_id)
        await market.call(market.properties.DeleteProperty, gone, agent)

        async def ids(**filters: Any) -> set[int]:
            request = pb.ListPropertiesRequest(**filters)
            found = (await market.call(market.properties.ListProperties, request, agent)).properties
            return {[m.property_id for m in made].index(f.property_id) for f in found}

        assert await ids() == {0, 1}
        assert await ids(show_archived=True) == {0, 1, 2}
        assert await ids(city="kENT") == {0, 1}
        assert await ids(postal_code="1") == {0}
        assert await ids(property_type=4) == {1}
        assert await ids(originating_system_name="x") == set()

    async def test_a_walk_while_others_insert(self, market: Market, agent: str):
        """Every row that was there at the beginning is seen exactly once, whatever comes in meanwhile."""
        first = {(await market.property(agent)).property_id for _ in range(12)}
        seen: list[str] = []
        request = pb.ListPropertiesRequest(page_size=3)
        while True:
            page = await market.call(market.properties.ListProperties, request, agent)
            seen += [p.property_id for p in page.properties]
            await market.property(agent)
            request.page_token = page.next_page_token
            if not request.page_token:
                break
        assert len(seen) == len(set(seen))
        assert first <= set(seen)

    async def test_a_token_is_for_one_question_of_one_caller(self, market: Market):
        organization = new_id()
        token, colleague = market.agent(organization), market.agent(organization)
        for _ in range(3):
            await market.property(token)
        page = await market.call(market.properties.ListProperties, pb.ListPropertiesRequest(page_size=1), token)
        asked = pb.ListPropertiesRequest(page_size=1, page_token=page.next_page_token)
        await market.call(market.properties.ListProperties, asked, token)
        for request, who in (
            (pb.ListPropertiesRequest(page_token=page.next_page_token, city="Kent"), token),
            (asked, colleague),
            (pb.ListPropertiesRequest(page_token=page.next_page_token[:-2]), token),
            (pb.ListPropertiesRequest(page_token="x"), token),
        ):
            with refused(InvalidPageToken):
                await market.call(market.properties.ListProperties, request, who)

    async def test_own_organisation_only(self, market: Market, agent: str):
        await market.property(agent)
        answer = await market.call(market.properties.ListProperties, pb.ListPropertiesRequest(), market.agent())
        assert not answer.properties


class TestHistory:
    async def test_field_by_field_newest_first(self, market: Market, agent: str):
        home = await market.property(agent)
        await update(market, agent, property_id=home.property_id, city="Kent", bedrooms_total=4, waterfront_yn=True)
        listing = await market.listing(agent, home.property_id, 100)
        await market.move(agent, listing.listing_id, "PublishListing")
        found = [
            (e.resource_name, e.change_type, e.field_name, e.previous_value, e.new_value)
            for e in await history(market, agent, home.property_id)
        ]
        assert found[0] == ("Listing", "publish", "StandardStatus", "INCOMPLETE", "ACTIVE")
        assert set(found[1:3]) == {
            ("Listing", "create", "StandardStatus", "", "INCOMPLETE"),
            ("Listing", "create", "ListPrice", "", "100.00 USD"),
        }
        assert set(found[3:6]) == {
            ("Property", "update", "City", "Seattle", "Kent"),
            ("Property", "update", "BedroomsTotal", "3", "4"),
            ("Property", "update", "WaterfrontYN", "", "true"),
        }
        assert found[6] == ("Property", "create", "PropertyState", "", "ACTIVE")

    async def test_says_who(self, market: Market):
        user, organization = new_id(), new_id()
        token = market.harness.token(
            user_id=user, organization_id=organization, permissions=["property.read", "property.write"]
        )
        home = await market.property(token)
        [entry] = await history(market, token, home.property_id)
        assert entry.changed_by.endswith(str(user))

    async def test_the_database_refuses_to_change_it(self, market: Market, agent: str):
        home = await market.property(agent)
        database = market.harness.resources.database("property")
        for statement in (
            "UPDATE property.field_history SET new_value = 'x'",
            "DELETE FROM property.field_history",
            "DELETE FROM property.listing_snapshots",
        ):
            with pytest.raises(Exception, match=r"permission denied|append only"):
                await database.pool.execute(statement)
        assert await history(market, agent, home.property_id)


class TestEngagement:
    async def test_ended_sessions_add_up_and_stay_in_their_organisation(self, market: Market):
        organization, ended = new_id(), datetime(2026, 11, 20, 12, tzinfo=UTC)
        token = market.agent(organization)
        home = await market.property(token)
        database = market.harness.resources.database("property")

        async def end(property_id: str, owner: UUID, seconds: int, at: datetime) -> None:
            event = SessionEnded(
                session_id=str(new_id()), organization_id=str(owner), property_id=property_id,
                duration_us=seconds * 1_000_000, gaze_us=seconds * 500_000, stored_count=90 * seconds,
            )  # fmt: skip
            event.end_time.FromDatetime(at.replace(tzinfo=None))
            meta = EventMeta(new_id(), "", "", owner, 1, "telemetry", at)
            async with database.transaction(system_for(owner)) as tx:
                await count_session(tx, event, meta)

        await asyncio.gather(*(end(home.property_id, organization, 60, ended - timedelta(days=n)) for n in range(10)))
        await end(home.property_id, new_id(), 1000, ended)  # another organisation's headset
        await end("the show home", organization, 1000, ended)  # no property of ours
        request = pb.GetPropertyEngagementRequest(property_id=home.property_id)
        figures = (await market.call(market.properties.GetPropertyEngagement, request, token)).engagement
        assert (figures.sessions_total, figures.seconds_total, figures.seconds_average) == (10, 600, 60)
        assert (figures.gaze_seconds_total, figures.events_total) == (300, 54_000)
        assert figures.last_session_end_time.ToDatetime(UTC) == ended

    async def test_zeros_before_the_first_session(self, market: Market, agent: str):
        home = await market.property(agent)
        request = pb.GetPropertyEngagementRequest(property_id=home.property_id)
        figures = (await market.call(market.properties.GetPropertyEngagement, request, agent)).engagement
        assert figures == property_pb2.PropertyEngagement(property_id=home.property_id)
