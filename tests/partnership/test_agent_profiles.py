"""AgentProfileService: agents who can be hired, found by whoever looks for one, with nothing of their accounts."""

import asyncio
from typing import Any

import grpc
import pytest
from sqlalchemy import text

from doorstep.identity.v1 import identity_events_pb2
from doorstep.partnership.v1 import agent_profile_pb2, engagement_pb2
from doorstep.partnership.v1 import agent_profile_service_pb2 as pb
from services.chassis.actor import SYSTEM
from services.chassis.errors import CredentialsMissing, EtagMismatch, InvalidFields
from services.chassis.geo import haversine_meters
from services.chassis.ids import new_id
from services.chassis.paging import Page
from services.chassis.testing import Harness, refused
from services.identity.repository.user import UserRepository
from services.partnership import errors
from services.partnership.app import build
from services.partnership.repository.agent_profile import AgentProfileRepository, AgentQuery
from tests.fixtures.people import Someone, erase
from tests.partnership.conftest import Circle
from tests.partnership.test_erasure import until

BUYING, SELLING = engagement_pb2.ENGAGEMENT_PURPOSE_BUYING, engagement_pb2.ENGAGEMENT_PURPOSE_SELLING
KM = 1000.0
READ = text(
    "SELECT coalesce(sum(seq_tup_read + coalesce(idx_tup_fetch, 0)), 0) FROM pg_stat_xact_user_tables "
    "WHERE schemaname = 'partnership' AND relname = 'agent_profiles'"
)
"""Rows of the table that this connection has read."""


def profile(latitude: float = 47.61, longitude: float = -122.33, **fields: Any) -> agent_profile_pb2.AgentProfile:
    values = {"headline": "First homes", "purposes": [BUYING], "work_radius_meters": 20 * KM} | fields
    found = agent_profile_pb2.AgentProfile(**values)
    found.place.latitude, found.place.longitude = latitude, longitude
    return found


async def write(circle: Circle, who: Someone, said: agent_profile_pb2.AgentProfile, **headers: str) -> Any:
    request = pb.ReplaceAgentProfileRequest(agent_profile=said)
    return (await circle.call(circle.profiles.ReplaceAgentProfile, request, who, **headers)).agent_profile


async def read(circle: Circle, agent_id: str) -> agent_profile_pb2.AgentProfile:
    """As somebody who has not signed in."""
    request = pb.GetAgentProfileRequest(agent_id=agent_id)
    return (await circle.harness.call(circle.profiles.GetAgentProfile, request)).agent_profile


async def find(
    circle: Circle, center: tuple[float, float] | None = None, **fields: Any
) -> pb.ListAgentProfilesResponse:
    request = pb.ListAgentProfilesRequest(**fields)
    if center is not None:
        request.center.latitude, request.center.longitude = center
    found: pb.ListAgentProfilesResponse = await circle.harness.call(circle.profiles.ListAgentProfiles, request)
    return found


def ids(found: pb.ListAgentProfilesResponse) -> list[str]:
    return [one.agent_profile.agent_id for one in found.agents]


class TestWrite:
    async def test_everybody_reads_what_was_written(self, circle: Circle):
        agent = await circle.agent()
        said = profile(headline="Homes with a garden", about="Since 2004.\nAsk me.", language_codes=["en", "es"])
        said.purposes.append(SELLING)
        written = await write(circle, agent, said)
        assert (written.agent_id, written.agent_organization_id) == (agent.id, str(agent.organization_id))
        assert (written.headline, written.about) == (said.headline, said.about)
        assert list(written.language_codes) == ["en", "es"]
        assert list(written.purposes) == [BUYING, SELLING]
        found = await read(circle, agent.id)
        assert found.display_name == "Ada Moreau"
        for name in ("display_name", "review_count"):  # which only reads look up
            found.ClearField(name)
        assert found == written

    async def test_nothing_else_of_the_account_is_shown(self, circle: Circle):
        """Neither in Get nor in List: the address, the telephone number, anything that the agent has not written."""
        agent = await circle.agent()
        async with circle.harness.resources.database("identity").transaction(SYSTEM) as tx:
            user = await UserRepository(tx).get(agent.user_id)
            user.phone_number = "+12065550100"
            email = user.email
        await write(circle, agent, profile(31.0, 31.0))
        listed = await find(circle, (31.0, 31.0))
        assert ids(listed) == [agent.id]
        for answer in (await read(circle, agent.id), listed):
            raw = answer.SerializeToString()
            assert email.encode() not in raw
            assert b"2065550100" not in raw

    async def test_a_place_is_kept_to_a_kilometre(self, circle: Circle):
        agent = await circle.agent()
        written = await write(circle, agent, profile(47.612345, -122.337654))
        assert (written.place.latitude, written.place.longitude) == (47.61, -122.34)
        kept = await circle.rows("SELECT latitude FROM partnership.agent_profiles WHERE agent_id = $1", agent.user_id)
        assert [row["latitude"] for row in kept] == [47.61]

    async def test_is_replaced_as_a_whole(self, circle: Circle):
        agent = await circle.agent()
        first = await write(circle, agent, profile(about="Long ago", language_codes=["en"]))
        second = await write(circle, agent, profile(headline="Castles", etag=first.etag))
        assert (second.headline, second.about, list(second.language_codes)) == ("Castles", "", [])
        assert second.create_time == first.create_time
        with refused(EtagMismatch):
            await write(circle, agent, profile(etag=first.etag))
        assert (await read(circle, agent.id)).headline == "Castles"

    async def test_an_etag_of_a_profile_that_is_not_there(self, circle: Circle):
        with refused(EtagMismatch):
            await write(circle, await circle.agent(), profile(etag='"1"'))

    async def test_the_first_ones_at_once(self, circle: Circle):
        agent = await circle.agent()
        done = await asyncio.gather(*(write(circle, agent, profile(headline=f"At once {n}")) for n in range(10)))
        assert sorted(found.etag for found in done) == sorted(f'"{n}"' for n in range(1, 11))

    async def test_of_two_with_one_etag_one_wins(self, circle: Circle):
        agent = await circle.agent()
        etag = (await write(circle, agent, profile())).etag
        said = [profile(headline=f"At once {n}", etag=etag) for n in range(10)]
        done = await asyncio.gather(*(write(circle, agent, one) for one in said), return_exceptions=True)
        refusals = [found for found in done if isinstance(found, grpc.aio.AioRpcError)]
        assert len(refusals) == 9
        assert {error.code() for error in refusals} == {grpc.StatusCode.ABORTED}

    async def test_only_agents_have_one(self, circle: Circle):
        for who in (await circle.person(), await circle.agent("viewer")):
            with refused(errors.NotAnAgent):
                await write(circle, who, profile())
        agent = await circle.agent()
        elsewhere = circle.harness.token(user_id=agent.user_id, organization_id=new_id(), roles=["agent"])
        with refused(errors.NotAnAgent):
            await write(circle, Someone(agent.user_id, elsewhere), profile())
        with refused(CredentialsMissing):
            await circle.harness.call(
                circle.profiles.ReplaceAgentProfile, pb.ReplaceAgentProfileRequest(agent_profile=profile())
            )

    @pytest.mark.parametrize(
        ("change", "field"),
        [
            ({"headline": ""}, "headline"),
            ({"headline": "x" * 121}, "headline"),
            ({"headline": "two\nlines"}, "headline"),
            ({"about": "x" * 2001}, "about"),
            ({"about": "a\0b"}, "about"),
            ({"purposes": []}, "purposes"),
            ({"purposes": [BUYING, BUYING]}, "purposes"),
            ({"purposes": [0]}, "purposes[0]"),
            ({"language_codes": ["English"]}, "language_codes[0]"),
            ({"latitude": 91.0}, "place"),
            ({"longitude": float("nan")}, "place"),
            ({"work_radius_meters": 999.0}, "work_radius_meters"),
            ({"work_radius_meters": 200_001.0}, "work_radius_meters"),
            ({"work_radius_meters": float("inf")}, "work_radius_meters"),
        ],
        ids=str,
    )
    async def test_what_is_no_profile(self, circle: Circle, change: dict[str, Any], field: str):
        with refused(InvalidFields) as refusal:
            await write(circle, await circle.agent(), profile(**change))
        assert set(refusal.fields) == {f"agent_profile.{field}"}

    async def test_without_a_place(self, circle: Circle):
        said = profile()
        said.ClearField("place")
        with refused(InvalidFields) as refusal:
            await write(circle, await circle.agent(), said)
        assert refusal.fields == ["agent_profile.place"]


class TestRatings:
    async def test_what_buyers_have_said_in_figures(self, circle: Circle):
        praised, new = await circle.agent(), await circle.agent()
        for agent in (praised, new):
            await write(circle, agent, profile(-40.0, -40.0))
        circle.critics.ratings[praised.id] = (3, 4.33)
        found = {one.agent_profile.agent_id: one.agent_profile for one in (await find(circle, (-40.0, -40.0))).agents}
        assert (found[praised.id].review_count, found[praised.id].average_rating) == (3, 4.33)
        assert found[new.id].HasField("review_count")
        assert (found[new.id].review_count, found[new.id].HasField("average_rating")) == (0, False)
        assert await read(circle, praised.id) == found[praised.id]

    async def test_where_names_and_ratings_cannot_be_looked_up(self, circle: Circle):
        """Agents are found all the same, and it is plain that neither is known."""
        agent = await circle.agent()
        written = await write(circle, agent, profile(-41.0, -41.0))
        settings = circle.harness.settings
        async with Harness.open(
            [build],
            database_url=circle.database.url,
            redis_url=settings.redis_url.get_secret_value(),
            keys_dir=settings.keys_dir,
            peers={"identity": "127.0.0.1:9", "visit": "127.0.0.1:9"},
        ) as alone:
            lonely = Circle(alone, circle.database, circle.critics)
            (one,) = (await find(lonely, (-41.0, -41.0))).agents
            assert one.agent_profile == written
            assert await read(lonely, agent.id) == written

    async def test_a_page_is_one_question_each(self, circle: Circle, monkeypatch: pytest.MonkeyPatch):
        for _ in range(5):
            await write(circle, await circle.agent(), profile(-42.0, -42.0))
        peers, asked = circle.harness.resources.peers, []
        call = peers.call

        async def counting(service: str, *arguments: Any, **options: Any) -> Any:
            asked.append(service)
            return await call(service, *arguments, **options)

        monkeypatch.setattr(peers, "call", counting)
        assert len((await find(circle, (-42.0, -42.0))).agents) == 5
        assert sorted(asked) == ["identity", "visit"]


class TestDelete:
    async def test_nobody_finds_it_any_more(self, circle: Circle):
        agent = await circle.agent()
        written = await write(circle, agent, profile(32.0, 32.0))
        with refused(EtagMismatch):
            await circle.call(circle.profiles.DeleteAgentProfile, pb.DeleteAgentProfileRequest(etag='"17"'), agent)
        await circle.call(circle.profiles.DeleteAgentProfile, pb.DeleteAgentProfileRequest(etag=written.etag), agent)
        with refused(errors.AgentProfileNotFound):
            await read(circle, agent.id)
        assert ids(await find(circle, (32.0, 32.0))) == []
        with refused(errors.AgentProfileNotFound):
            await circle.call(circle.profiles.DeleteAgentProfile, pb.DeleteAgentProfileRequest(), agent)

    async def test_only_ones_own(self, circle: Circle):
        agent = await circle.agent()
        await write(circle, agent, profile())
        with refused(errors.AgentProfileNotFound):
            await circle.call(circle.profiles.DeleteAgentProfile, pb.DeleteAgentProfileRequest(), await circle.agent())
        assert (await read(circle, agent.id)).agent_id == agent.id

    async def test_the_same_key_deletes_once(self, circle: Circle):
        agent = await circle.agent()
        await write(circle, agent, profile())
        for _ in range(2):
            request = pb.DeleteAgentProfileRequest()
            await circle.call(circle.profiles.DeleteAgentProfile, request, agent, idempotency_key="once")


class TestFind:
    async def test_those_who_work_there_the_nearest_first(self, circle: Circle):
        """One works in a small circle that holds the point, one in a large one from afar, one not so far."""
        near, far, elsewhere = [await circle.agent() for _ in range(3)]
        await write(circle, far, profile(10.5, 20.0, work_radius_meters=60 * KM))
        await write(circle, near, profile(10.02, 20.0, work_radius_meters=5 * KM))
        await write(circle, elsewhere, profile(10.5, 20.0, work_radius_meters=50 * KM))
        found = await find(circle, (10.0, 20.0))
        assert ids(found) == [near.id, far.id]
        for one in found.agents:
            place = one.agent_profile.place
            expected = haversine_meters(10.0, 20.0, place.latitude, place.longitude)
            assert one.distance_meters == pytest.approx(expected, rel=1e-9)
        assert [one.agent_profile.display_name for one in found.agents] == ["Ada Moreau"] * 2

    async def test_within_a_radius_wherever_they_work(self, circle: Circle):
        agents = [await circle.agent() for _ in range(3)]
        for agent, latitude in zip(agents, (-10.1, -10.5, -11.0), strict=True):
            await write(circle, agent, profile(latitude, 20.0, work_radius_meters=KM))
        assert ids(await find(circle, (-10.0, 20.0), radius_meters=60 * KM)) == [agents[0].id, agents[1].id]
        assert ids(await find(circle, (-10.0, 20.0), radius_meters=KM)) == []

    @pytest.mark.parametrize(("place", "center"), [((5.0, 179.95), (5.0, -179.95)), ((89.9, 10.0), (89.9, -170.0))])
    async def test_over_the_date_line_and_the_pole(
        self, circle: Circle, place: tuple[float, float], center: tuple[float, float]
    ):
        agent = await circle.agent()
        await write(circle, agent, profile(*place, work_radius_meters=30 * KM))
        assert ids(await find(circle, center)) == [agent.id]

    async def test_by_purpose_language_and_organisation(self, circle: Circle):
        buys, sells, both = [await circle.agent() for _ in range(3)]
        await write(circle, buys, profile(-20.0, 1.0, purposes=[BUYING], language_codes=["en"]))
        await write(circle, sells, profile(-20.0, 1.0, purposes=[SELLING], language_codes=["es", "en"]))
        await write(circle, both, profile(-20.0, 1.0, purposes=[BUYING, SELLING], language_codes=["fr"]))

        async def found(**fields: Any) -> set[str]:
            return set(ids(await find(circle, (-20.0, 1.0), **fields)))

        assert await found() == {buys.id, sells.id, both.id}
        assert await found(purpose=BUYING) == {buys.id, both.id}
        assert await found(purpose=SELLING) == {sells.id, both.id}
        assert await found(language_code="en") == {buys.id, sells.id}
        assert await found(language_code="en", purpose=SELLING) == {sells.id}
        assert await found(agent_organization_id=str(both.organization_id)) == {both.id}
        assert await found(agent_organization_id=str(new_id())) == set()

    @pytest.mark.parametrize("center", [(33.0, 33.0), None])
    async def test_page_by_page(self, circle: Circle, center: tuple[float, float] | None):
        """Each once, also where several are equally far."""
        organization = str(new_id())
        agents = [new_id() for _ in range(7)]
        for number, agent_id in enumerate(agents):
            await circle.rows(
                "INSERT INTO partnership.agent_profiles (agent_id, agent_organization_id, headline, about, purposes, "
                "language_codes, latitude, longitude, work_radius_meters, create_time) VALUES ($1, $2::text::uuid, "
                "'x', '', '{BUYING}', '{}', $3, 33, 100000, timestamptz '2026-01-01' - make_interval(secs => $4))",
                agent_id,
                organization,
                33.0 + number // 3 * 0.1,
                number // 2,
            )
        pages, token = [], ""
        while not pages or token:
            page = await find(circle, center, page_size=2, page_token=token, agent_organization_id=organization)
            pages.append(ids(page))
            token = page.next_page_token
        assert [len(page) for page in pages] == [2, 2, 2, 1]
        seen = [agent_id for page in pages for agent_id in page]
        assert sorted(seen) == sorted(map(str, agents))
        number = {str(agent_id): n for n, agent_id in enumerate(agents)}
        ranks = [number[agent_id] // (2 if center is None else 3) for agent_id in seen]
        assert ranks == sorted(ranks)

    @pytest.mark.parametrize(
        ("center", "fields", "rule"),
        [
            (None, {"radius_meters": 5.0}, "agents.radius"),
            ((91.0, 0.0), {}, "agents.center"),
            ((0.0, 0.0), {"radius_meters": 200_001.0}, "double.gte_lte"),
            (None, {"language_code": "English"}, "string.pattern"),
            (None, {"page_size": 101}, "int32.gte_lte"),
        ],
        ids=str,
    )
    async def test_what_is_no_question(
        self, circle: Circle, center: tuple[float, float] | None, fields: dict[str, Any], rule: str
    ):
        with refused(InvalidFields) as refusal:
            await find(circle, center, **fields)
        assert refusal.rules == [rule]


@pytest.mark.parametrize("query", [AgentQuery((0.5, 0.5)), AgentQuery((0.5, 0.5), 100 * KM), AgentQuery()], ids=str)
async def test_nothing_is_read_but_what_is_near(circle: Circle, query: AgentQuery):
    """Ten thousand agents on a grid over half the world: few of them are looked at."""
    organization_id = new_id()
    await circle.rows(
        "INSERT INTO partnership.agent_profiles (agent_id, agent_organization_id, headline, about, purposes, "
        "language_codes, latitude, longitude, work_radius_meters, create_time) SELECT gen_random_uuid(), $1, 'x', '', "
        "'{BUYING}', '{}', a, b, 100000, now() - interval '1 year' FROM generate_series(-50, 49) a, "
        "generate_series(-50, 49) b",
        organization_id,
    )
    await circle.rows("ANALYZE partnership.agent_profiles")
    try:
        async with circle.store.read(SYSTEM) as tx:
            before = await tx.session.scalar(READ)
            found = await AgentProfileRepository(tx).find(query, Page(20, None, str))
            read = await tx.session.scalar(READ) - before
    finally:
        await circle.rows("DELETE FROM partnership.agent_profiles WHERE agent_organization_id = $1", organization_id)
    assert found.items
    assert 0 < read < 100


class TestWhoIsNoAgentAnyMore:
    async def _tell(self, circle: Circle, event: Any) -> None:
        async with circle.harness.resources.database("identity").transaction(SYSTEM) as tx:
            tx.publish(event, key=event.user_id)

    async def _gone(self, circle: Circle, agent: Someone) -> None:
        await until(circle, "SELECT 1 FROM partnership.agent_profiles WHERE agent_id = $1", agent.user_id)
        with refused(errors.AgentProfileNotFound):
            await read(circle, agent.id)

    async def test_without_the_role(self, circle: Circle):
        agent, other = await circle.agent(), await circle.agent()
        for who in (agent, other):
            await write(circle, who, profile())
        organization_id = str(agent.organization_id)
        # Of another organisation, and one that leaves the role: both come first, and change nothing.
        for roles, where in ((["viewer"], str(new_id())), (["agent", "sales"], organization_id)):
            changed = identity_events_pb2.MemberRolesChanged(user_id=agent.id, organization_id=where, roles=roles)
            await self._tell(circle, changed)
        kept = identity_events_pb2.MemberRolesChanged(
            user_id=other.id, organization_id=str(other.organization_id), roles=["viewer"]
        )
        await self._tell(circle, kept)
        await self._gone(circle, other)
        assert (await read(circle, agent.id)).agent_id == agent.id
        lost = identity_events_pb2.MemberRolesChanged(
            user_id=agent.id, organization_id=organization_id, roles=["viewer"]
        )
        await self._tell(circle, lost)
        await self._gone(circle, agent)

    async def test_who_has_left_the_organisation(self, circle: Circle):
        agent = await circle.agent()
        await write(circle, agent, profile())
        left = identity_events_pb2.MemberRemoved(user_id=agent.id, organization_id=str(agent.organization_id))
        await self._tell(circle, left)
        await self._gone(circle, agent)

    async def test_whose_account_was_deleted(self, circle: Circle):
        agent = await circle.agent()
        await write(circle, agent, profile())
        await self._tell(circle, identity_events_pb2.UserDeleted(user_id=agent.id))
        await self._gone(circle, agent)

    async def test_who_was_erased(self, circle: Circle):
        agent = await circle.agent()
        await write(circle, agent, profile())
        await erase(circle.harness, agent)
        await self._gone(circle, agent)


async def test_whoever_is_found_can_be_hired(circle: Circle):
    """What the directory answers is what RequestEngagement asks for."""
    agent, client = await circle.agent(), await circle.person()
    await write(circle, agent, profile(-31.0, -31.0))
    (one,) = (await find(circle, (-31.0, -31.0), purpose=BUYING)).agents
    found = one.agent_profile
    hired = await circle.hire(client, Someone(agent.user_id, "", agent.organization_id))
    assert (hired.agent_id, hired.agent_organization_id) == (found.agent_id, found.agent_organization_id)
