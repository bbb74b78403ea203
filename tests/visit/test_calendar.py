"""CalendarService: invitations and feeds, read back with the library that calendar programs could have been made of."""

import asyncio
import re
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import pytest
from icalendar import Calendar, Event

from doorstep.identity.v1 import organization_service_pb2
from doorstep.visit.v1 import calendar_pb2, calendar_service_pb2_grpc, visit_pb2
from doorstep.visit.v1 import calendar_service_pb2 as pb
from services.chassis.errors import InvalidFields, RateLimited
from services.chassis.ids import new_id
from services.chassis.testing import refused
from services.visit import errors
from tests.identity.conftest import House
from tests.visit.conftest import HOME, Diary, Home, Somebody
from tests.visit.steps import approved, completed
from tests.visit.test_booking import outcome

SHOWN = "2 Elm Street; Unit 4, Seattle"


class Programs:
    """Calendar programs, and people who have accounts."""

    def __init__(self, diary: Diary) -> None:
        self.diary = diary
        self.stub = diary.harness.stub(calendar_service_pb2_grpc.CalendarServiceStub)
        self.house = House(diary.harness, diary.database)
        self.emails: dict[UUID, str] = {}

    def _somebody(self, person: Any, role: str = "") -> Somebody:
        organization_id = UUID(person.organization_id) if person.organization_id else None
        user_id = UUID(person.user_id)
        self.emails[user_id] = person.email
        if role:
            return self.diary.member(role, organization_id, user_id)
        return Somebody(user_id, self.diary.harness.token(user_id=user_id, roles=["buyer"]))

    async def buyer(self) -> Somebody:
        """Somebody with an account, and no organisation."""
        return self._somebody(await self.house.person(given_name='Bo; "the" buyer', family_name="Lund"))

    async def agent(self) -> tuple[Somebody, Any]:
        """An agent with an account, and who administers the organisation."""
        admin = await self.house.admin()
        return self._somebody(await self.house.member(admin, "agent", given_name="Ada"), "agent"), admin

    async def home(self, agent: Somebody) -> Home:
        """A home on the market whose address has all that must be escaped."""
        made, listing = await self.diary.market.on_market(agent.token, unparsed_address=SHOWN)
        return Home(listing.listing_id, made.property_id, agent)

    async def invitation(self, who: Somebody, visit: visit_pb2.Visit) -> tuple[Calendar, Event]:
        request = pb.GetVisitInvitationRequest(visit_id=visit.visit_id)
        body = (await self.diary.call(self.stub.GetVisitInvitation, request, who)).calendar
        assert body.content_type == "text/calendar; charset=utf-8"
        calendar: Any = Calendar.from_ical(body.data)
        (event,) = calendar.walk("VEVENT")
        assert not calendar.errors
        assert not event.errors
        return calendar, event

    async def resolve(self, user_id: UUID, visit: visit_pb2.Visit) -> Any:
        """As a service asks."""
        request = pb.ResolveVisitInvitationRequest(visit_id=visit.visit_id, user_id=str(user_id))
        return await self.stub.ResolveVisitInvitation(
            request, metadata=self.diary.harness.metadata(service="visit"), timeout=10
        )

    async def feed(self, who: Somebody, name: str = "Telephone") -> tuple[calendar_pb2.CalendarFeed, str]:
        """A new feed, and its secret."""
        made = await self.diary.call(self.stub.CreateCalendarFeed, pb.CreateCalendarFeedRequest(display_name=name), who)
        address = urlsplit(made.url)
        assert address.path == f"/api/v1/calendar-feeds/{made.feed.feed_id}/visits.ics"
        return made.feed, parse_qs(address.query)["secret"][0]

    async def read(self, feed: calendar_pb2.CalendarFeed, secret: str) -> dict[str, Event]:
        """What a program sees, signed in nowhere."""
        request = pb.ReadCalendarFeedRequest(feed_id=feed.feed_id, secret=secret)
        body = (await self.diary.call(self.stub.ReadCalendarFeed, request)).calendar
        calendar: Any = Calendar.from_ical(body.data)
        assert str(calendar["METHOD"]) == "PUBLISH"
        return {str(event["UID"]): event for event in calendar.walk("VEVENT")}


@pytest.fixture(scope="module")
def programs(diary: Diary) -> Programs:
    return Programs(diary)


def people(event: Event) -> dict[str, str]:
    """Attendees: address and how they stand."""
    found: Any = event["ATTENDEE"]
    return {str(one): str(one.params["PARTSTAT"]) for one in found}


def moment(stamp: Any) -> datetime:
    return stamp.ToDatetime(tzinfo=UTC)  # type: ignore[no-any-return]


class TestInvitation:
    async def test_through_the_life_of_a_visit(self, diary: Diary, programs: Programs):
        (agent, _), buyer = await programs.agent(), await programs.buyer()
        home = await programs.home(agent)
        start = diary.at(days=3)
        visit = await diary.request(home, buyer, start, time_zone="America/Los_Angeles")
        calendar, event = await programs.invitation(agent, visit)
        assert (str(calendar["VERSION"]), str(calendar["METHOD"])) == ("2.0", "REQUEST")
        assert (str(event["UID"]), event["SEQUENCE"], str(event["STATUS"])) == (visit.visit_id, 0, "TENTATIVE")
        assert (event["DTSTART"].dt, event["DTEND"].dt) == (start, start + timedelta(minutes=30))
        assert event["DTSTART"].dt.utcoffset() == timedelta(0)
        assert "LOCATION" not in event, "nothing is agreed"
        assert "GEO" not in event
        assert people(event) == {
            f"mailto:{programs.emails[agent.user_id]}": "NEEDS-ACTION",
            f"urn:uuid:{buyer.user_id}": "ACCEPTED",
        }
        assert str(event["ORGANIZER"]) == "mailto:no-reply@doorstep.example"

        visit = await diary.move("ApproveVisit", agent, visit)
        calendar, event = await programs.invitation(buyer, visit)
        assert (str(calendar["METHOD"]), event["SEQUENCE"], str(event["STATUS"])) == ("REQUEST", 1, "CONFIRMED")
        assert str(event["LOCATION"]) == SHOWN
        assert str(event["SUMMARY"]) == f"Visit: {SHOWN}"
        assert event["GEO"].to_ical() == f"{HOME[0]};{HOME[1]}"
        assert set(people(event)) == {f"mailto:{programs.emails[buyer.user_id]}", f"urn:uuid:{agent.user_id}"}

        visit = await diary.move("RescheduleVisit", agent, visit, start=start + timedelta(hours=2))
        _, event = await programs.invitation(buyer, visit)
        assert (str(event["UID"]), event["SEQUENCE"]) == (visit.visit_id, 2)
        assert event["DTSTART"].dt == start + timedelta(hours=2)

        visit = await diary.move("CancelVisit", agent, visit, reason="The owner is ill.")
        calendar, event = await programs.invitation(buyer, visit)
        assert (str(calendar["METHOD"]), event["SEQUENCE"], str(event["STATUS"])) == ("CANCEL", 3, "CANCELLED")
        assert str(event["UID"]) == visit.visit_id
        assert "LOCATION" not in event

    async def test_the_others_address_stands_nowhere(self, diary: Diary, programs: Programs):
        (agent, _), buyer = await programs.agent(), await programs.buyer()
        visit, _ = await approved(diary, await programs.home(agent), buyer, days=2)
        for reader, other in ((agent, buyer), (buyer, agent)):
            content = bytes((await programs.resolve(reader.user_id, visit)).content)
            unfolded = content.replace(b"\r\n ", b"").decode()
            assert programs.emails[reader.user_id] in unfolded
            assert programs.emails[other.user_id] not in unfolded

    async def test_names_with_everything_in_them(self, diary: Diary, programs: Programs):
        (agent, _), buyer = await programs.agent(), await programs.buyer()
        visit, _ = await approved(diary, await programs.home(agent), buyer, days=2)
        _, event = await programs.invitation(agent, visit)
        found: Any = event["ATTENDEE"]
        assert [str(one.params["CN"]) for one in found][1] == 'Bo; "the" buyer Lund'

    async def test_lines_are_as_the_standard_has_them(self, diary: Diary, home: Home, buyer: Somebody):
        visit, _ = await approved(diary, home, buyer)
        content = bytes((await Programs(diary).resolve(buyer.user_id, visit)).content)
        assert content.endswith(b"\r\n")
        assert all(len(line) <= 75 for line in content.split(b"\r\n"))
        assert b"\n" not in content.replace(b"\r\n", b"")

    async def test_for_its_parties_only(self, diary: Diary, programs: Programs, home: Home, buyer: Somebody):
        visit, _ = await approved(diary, home, buyer)
        for stranger in (diary.buyer(), diary.member("admin")):
            with refused(errors.VisitNotFound):
                await programs.invitation(stranger, visit)
        with refused(errors.WrongParty):
            await programs.invitation(diary.member("admin", home.agent.organization_id), visit)

    async def test_for_the_mails_of_another_service(
        self, diary: Diary, programs: Programs, home: Home, buyer: Somebody
    ):
        visit, _ = await approved(diary, home, buyer)
        found = await programs.resolve(buyer.user_id, visit)
        assert (found.method, found.sequence, found.file_name) == (
            calendar_pb2.INVITATION_METHOD_REQUEST,
            1,
            "visit.ics",
        )
        assert Calendar.from_ical(found.content).walk("VEVENT")[0]["UID"] == visit.visit_id
        await diary.move("CancelVisit", buyer, visit)
        assert (await programs.resolve(buyer.user_id, visit)).method == calendar_pb2.INVITATION_METHOD_CANCEL
        with refused(errors.VisitNotFound):
            await programs.resolve(new_id(), visit)


class TestFeed:
    async def test_of_who_visits(self, diary: Diary, programs: Programs):
        (agent, _), buyer = await programs.agent(), await programs.buyer()
        home = await programs.home(agent)
        feed, secret = await programs.feed(buyer)
        assert await programs.read(feed, secret) == {}
        soon, _ = await approved(diary, home, buyer, days=2)
        wanted = await diary.request(home, buyer, diary.at(days=4))
        gone = await diary.request(home, buyer, diary.at(days=5))
        await diary.move("CancelVisit", buyer, gone)
        await diary.request(home, diary.buyer(), diary.at(days=6))
        found = await programs.read(feed, secret)
        assert list(found) == [soon.visit_id, wanted.visit_id]
        assert str(found[soon.visit_id]["LOCATION"]) == SHOWN
        assert [str(event["STATUS"]) for event in found.values()] == ["CONFIRMED", "TENTATIVE"]
        for event in found.values():  # RFC 5546, 3.2.1
            assert "ORGANIZER" in event
            assert "ATTENDEE" not in event
            assert str(event["DESCRIPTION"]).startswith("With Ada ")
        text = b"".join(event.to_ical() for event in found.values()).replace(b"\r\n ", b"").decode()
        assert programs.emails[agent.user_id] not in text
        with diary.later(moment(soon.start_time) + timedelta(days=40)):
            assert await programs.read(feed, secret) == {}

    async def test_of_who_shows_and_only_while_a_member(self, diary: Diary, programs: Programs):
        agent, admin = await programs.agent()
        home = await programs.home(agent)
        feed, secret = await programs.feed(agent)
        assert feed.organization_id == str(agent.organization_id)
        visit, _ = await approved(diary, home, diary.buyer(), days=2)
        done = await completed(diary, home, diary.buyer())
        assert set(await programs.read(feed, secret)) == {visit.visit_id, done.visit_id}
        request = organization_service_pb2.RemoveMemberRequest(user_id=str(agent.user_id))
        await diary.harness.call(programs.house.organizations.RemoveMember, request, admin.token)
        assert await programs.read(feed, secret) == {}

    async def test_ends_with_the_account(self, diary: Diary, programs: Programs):
        nobody = diary.buyer()  # no such account
        feed, secret = await programs.feed(nobody)
        with refused(errors.CalendarFeedNotFound):
            await programs.read(feed, secret)

    async def test_each_is_revoked_by_itself(self, diary: Diary, programs: Programs):
        buyer = await programs.buyer()
        first, second = await programs.feed(buyer, "Telephone"), await programs.feed(buyer, "Desk")
        with refused(errors.CalendarFeedNotFound):
            await diary.call(
                programs.stub.RevokeCalendarFeed,
                pb.RevokeCalendarFeedRequest(feed_id=first[0].feed_id),
                await programs.buyer(),
            )
        request = pb.RevokeCalendarFeedRequest(feed_id=first[0].feed_id)
        await diary.call(programs.stub.RevokeCalendarFeed, request, buyer)
        with refused(errors.CalendarFeedNotFound):
            await programs.read(*first)
        assert await programs.read(*second) == {}
        listed = await diary.call(programs.stub.ListCalendarFeeds, pb.ListCalendarFeedsRequest(), buyer)
        assert [feed.display_name for feed in listed.feeds] == ["Desk"]

    async def test_only_with_its_own_secret(self, diary: Diary, programs: Programs):
        buyer = await programs.buyer()
        (feed, secret), (other, _) = await programs.feed(buyer), await programs.feed(buyer)
        for feed_id, tried in ((other.feed_id, secret), (feed.feed_id, secret[::-1]), (str(new_id()), secret)):
            with refused(errors.CalendarFeedNotFound):
                await programs.read(calendar_pb2.CalendarFeed(feed_id=feed_id), tried)
        with refused(InvalidFields):
            await programs.read(feed, "short")

    async def test_its_secret_is_kept_nowhere(self, diary: Diary, programs: Programs):
        buyer, key = await programs.buyer(), str(new_id())
        request = pb.CreateCalendarFeedRequest(display_name="Telephone")
        made = await diary.call(programs.stub.CreateCalendarFeed, request, buyer, idempotency_key=key)
        again = await diary.call(programs.stub.CreateCalendarFeed, request, buyer, idempotency_key=key)
        assert (again.feed, again.url) == (made.feed, "")
        secret = re.sub(r".*secret=", "", made.url)
        for table in ("calendar_feeds", "idempotency_keys"):
            assert secret not in str([dict(row) for row in await diary.sql(f"SELECT * FROM visit.{table}")])

    async def test_ten_are_enough(self, diary: Diary, programs: Programs):
        buyer = await programs.buyer()
        found = await asyncio.gather(*(outcome(programs.feed(buyer, str(n))) for n in range(13)))
        assert sorted(found) == [*["OK"] * 10, *["TOO_MANY_FEEDS"] * 3]

    async def test_programs_that_come_too_often(self, diary: Diary, programs: Programs):
        request = pb.ReadCalendarFeedRequest(feed_id=str(new_id()), secret="x" * 43)
        headers = {"x_envoy_external_address": "203.0.113.77"}
        calls = [outcome(diary.call(programs.stub.ReadCalendarFeed, request, **headers)) for _ in range(62)]
        found = await asyncio.gather(*calls)
        assert found.count(RateLimited.reason) == 2
