"""Tours: the order, checked against every order there is, and the RPCs around it."""

import asyncio
import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from doorstep.visit.v1 import tour_pb2, tour_service_pb2_grpc, visit_pb2
from doorstep.visit.v1 import tour_service_pb2 as pb
from services.chassis.errors import EtagMismatch, InvalidFields
from services.chassis.ids import new_id
from services.chassis.testing import refused
from services.visit import errors, tours
from services.visit.tours import EXACT, Stop, plan
from tests.visit.conftest import Diary, Home, Somebody
from tests.visit.test_booking import outcome

BEGIN = datetime(2026, 12, 1, 9, tzinfo=UTC)
HALF_HOUR = timedelta(minutes=30)
SPEED = 30.0


def at(kilometres: float, *, start: float | None = None) -> Stop:
    """A stop so far north of the middle of the map; `start` in minutes from the beginning."""
    place = (kilometres / 111.195, 0.0)
    return Stop(place, HALF_HOUR, None if start is None else BEGIN + timedelta(minutes=start))


def order(stops: list[Stop], origin: tours.Place | None = (0.0, 0.0)) -> list[int]:
    return [leg.number for leg in plan(stops, begin=BEGIN, origin=origin, speed_kmh=SPEED).legs]


STOPS = st.lists(
    st.builds(
        Stop,
        st.tuples(st.floats(47.4, 47.8), st.floats(-122.5, -122.1)),
        st.integers(10, 90).map(lambda minutes: timedelta(minutes=minutes)),
        st.none() | st.integers(0, 600).map(lambda minutes: BEGIN + timedelta(minutes=minutes)),
    ),
    min_size=1,
    max_size=6,
)


class TestOrder:
    def test_along_the_way(self):
        assert order([at(9), at(3), at(6)]) == [1, 2, 0]

    def test_visits_have_their_time(self):
        assert order([at(1, start=300), at(9, start=60), at(2)]) == [2, 1, 0]

    @settings(max_examples=60, deadline=None)
    @given(STOPS)
    def test_no_order_is_better(self, stops: list[Stop]):
        """Control: every order by itself, as a list of one place to go after the other."""
        ways = tours._Ways(stops, BEGIN, (47.6, -122.3), SPEED / 3.6)
        best = min(ways.cost(one) for one in itertools.permutations(range(len(stops))))
        found = plan(stops, begin=BEGIN, origin=(47.6, -122.3), speed_kmh=SPEED)
        assert found.optimal
        assert ways.cost([leg.number for leg in found.legs]) == best

    def test_of_many_it_is_searched_and_says_so(self):
        stops = [at(kilometres) for kilometres in (12, 3, 9, 1, 6, 11, 2, 8, 5, 10, 4, 7)]
        found = plan(stops, begin=BEGIN, origin=(0.0, 0.0), speed_kmh=SPEED)
        assert not found.optimal
        assert [stops[leg.number] for leg in found.legs] == [at(kilometres) for kilometres in range(1, 13)]
        assert plan(stops[:EXACT], begin=BEGIN, origin=None, speed_kmh=SPEED).optimal

    @settings(max_examples=20, deadline=None)
    @given(st.lists(STOPS, min_size=3, max_size=3).map(lambda parts: [*itertools.chain(*parts)][:20]))
    def test_mending_makes_nothing_worse(self, stops: list[Stop]):
        ways = tours._Ways(stops, BEGIN, None, SPEED / 3.6)
        first = tours._nearest(ways)
        mended = tours._mended(ways, first)
        assert sorted(mended) == list(range(len(stops)))
        assert ways.cost(mended) <= ways.cost(first)


class TestLegs:
    def test_says_which_does_not_fit_and_by_how_much(self):
        """15 km at 30 km/h take half an hour; 10 minutes are there."""
        first, second = plan([at(0, start=0), at(15, start=40)], begin=BEGIN, origin=None, speed_kmh=SPEED).legs
        assert (first.short, second.short) == (timedelta(0), timedelta(minutes=20))
        assert second.travel == timedelta(minutes=30)
        assert second.arrive == BEGIN + timedelta(minutes=60)
        assert second.start == BEGIN + timedelta(minutes=40)

    def test_waits_for_a_visit(self):
        (leg,) = plan([at(15, start=90)], begin=BEGIN, origin=(0.0, 0.0), speed_kmh=SPEED).legs
        assert (leg.arrive, leg.start) == (BEGIN + timedelta(minutes=30), BEGIN + timedelta(minutes=90))
        assert leg.end == BEGIN + timedelta(minutes=120)

    def test_a_place_that_nobody_knows_takes_no_time_and_says_so(self):
        first, second = plan([Stop(None, HALF_HOUR), at(5)], begin=BEGIN, origin=None, speed_kmh=SPEED).legs
        assert not first.way_known
        assert not second.way_known
        assert second.travel == timedelta(0)

    def test_faster_fits(self):
        stops = [at(0, start=0), at(15, start=60)]
        shorts = [plan(stops, begin=BEGIN, origin=None, speed_kmh=speed).legs[1].short for speed in (25, 30, 60)]
        assert shorts == [timedelta(minutes=6), timedelta(0), timedelta(0)]


class Planner:
    """Shortcuts."""

    def __init__(self, diary: Diary) -> None:
        self.diary = diary
        self.stub = diary.harness.stub(tour_service_pb2_grpc.TourServiceStub)

    def draft(self, *stops: visit_pb2.Visit | Home, begin: datetime | None = None, **fields: Any) -> tour_pb2.TourDraft:
        targets = [
            tour_pb2.TourStop(visit_id=stop.visit_id)
            if isinstance(stop, visit_pb2.Visit)
            else tour_pb2.TourStop(listing_id=stop.listing_id)
            for stop in stops
        ]
        made = tour_pb2.TourDraft(**{"display_name": "Saturday", **fields}, stops=targets)
        made.start_time.FromDatetime(begin or self.diary.at(days=2))
        return made

    async def plan(self, who: Somebody, draft: tour_pb2.TourDraft) -> tour_pb2.TourPlan:
        found: tour_pb2.TourPlan = (
            await self.diary.call(self.stub.PlanTour, pb.PlanTourRequest(draft=draft), who)
        ).plan
        return found

    async def create(self, who: Somebody, draft: tour_pb2.TourDraft) -> tour_pb2.Tour:
        found: tour_pb2.Tour = (
            await self.diary.call(self.stub.CreateTour, pb.CreateTourRequest(draft=draft), who)
        ).tour
        return found

    async def get(self, who: Somebody, tour: tour_pb2.Tour) -> tour_pb2.Tour:
        found: tour_pb2.Tour = (
            await self.diary.call(self.stub.GetTour, pb.GetTourRequest(tour_id=tour.tour_id), who)
        ).tour
        return found


@pytest.fixture
def planner(diary: Diary) -> Planner:
    return Planner(diary)


async def home_at(diary: Diary, north: float) -> Home:
    """A home on the market so many kilometres north of the others."""
    agent = diary.member("agent")
    made, listing = await diary.market.on_market(agent.token, latitude=47.6062 + north / 111.195)
    return Home(listing.listing_id, made.property_id, agent)


class TestPlan:
    async def test_visits_and_listings_of_a_day(self, diary: Diary, planner: Planner, buyer: Somebody):
        near, middle, far = [await home_at(diary, north) for north in (2.0, 10.0, 20.0)]
        begin = diary.at(days=2)
        visit = await diary.request(far, buyer, begin + timedelta(hours=3))
        visit = await diary.move("ApproveVisit", far.agent, visit)
        origin = tour_pb2.TourPlace(latitude=47.6062, longitude=-122.3321)
        found = await planner.plan(buyer, planner.draft(visit, middle, near, begin=begin, origin=origin, speed_kmh=30))
        assert [stop.stop.listing_id or stop.stop.visit_id for stop in found.stops] == [
            near.listing_id,
            middle.listing_id,
            visit.visit_id,
        ]
        assert found.feasible
        assert found.optimal
        assert found.stops[2].start_time == visit.start_time
        assert found.distance_meters == pytest.approx(20_000, abs=1_500), "listings are known to about a kilometre"
        assert found.end_time == visit.end_time

    async def test_says_which_leg_does_not_fit(self, diary: Diary, planner: Planner, buyer: Somebody):
        here, there = await home_at(diary, 0), await home_at(diary, 20)
        begin = diary.at(days=2)
        first = await diary.request(here, buyer, begin)
        second = await diary.request(there, buyer, begin + timedelta(minutes=45))
        for home, visit in ((here, first), (there, second)):
            await diary.move("ApproveVisit", home.agent, visit)
        found = await planner.plan(buyer, planner.draft(second, first, begin=begin, speed_kmh=20))
        assert [stop.stop.visit_id for stop in found.stops] == [first.visit_id, second.visit_id]
        assert [stop.fits for stop in found.stops] == [True, False]
        assert (found.feasible, found.stops[1].short_minutes) == (False, 45)

    async def test_where_a_home_stands_is_told_once_it_is_agreed(self, diary: Diary, planner: Planner, buyer: Somebody):
        """Ways from three points would give a place away: until then they lead to about a kilometre from it."""
        home = await home_at(diary, 0.3)
        begin = diary.at(days=2)
        origin = tour_pb2.TourPlace(latitude=47.6062 + 0.3 / 111.195, longitude=-122.3321)
        visit = await diary.request(home, buyer, begin + timedelta(hours=1))
        draft = planner.draft(visit, begin=begin, origin=origin)
        assert (await planner.plan(buyer, draft)).distance_meters > 100
        await diary.move("ApproveVisit", home.agent, visit)
        assert (await planner.plan(buyer, draft)).distance_meters < 5

    async def test_only_what_one_may_see(self, diary: Diary, planner: Planner, home: Home, buyer: Somebody):
        visit = await diary.request(home, buyer, diary.at(days=2, hours=1))
        with refused(errors.VisitNotFound):
            await planner.plan(diary.buyer(), planner.draft(visit))
        with refused(errors.ListingNotFound):
            await planner.plan(buyer, planner.draft(Home(str(new_id()), "", home.agent)))
        await diary.move("CancelVisit", buyer, visit)
        with refused(errors.VisitStateRefused):
            await planner.plan(buyer, planner.draft(visit))

    async def test_what_is_no_tour(self, diary: Diary, planner: Planner, home: Home, buyer: Somebody):
        visit = await diary.request(home, buyer, diary.at(days=4))
        for draft, field in (
            (planner.draft(visit), "draft.stops[0].visit_id"),
            (planner.draft(home, home), "draft.stops[1]"),
            (planner.draft(), "draft.stops"),
            (planner.draft(home, speed_kmh=1), "draft.speed_kmh"),
            (planner.draft(home, begin=datetime(9999, 12, 31, tzinfo=UTC)), "draft.start_time"),
            (planner.draft(home, display_name=""), "draft.display_name"),
        ):
            with refused(InvalidFields) as refusal:
                await planner.plan(buyer, draft)
            assert set(refusal.fields) == {field}


class TestKept:
    async def test_follows_its_visits(self, diary: Diary, planner: Planner, buyer: Somebody):
        here, there = await home_at(diary, 0), await home_at(diary, 4)
        begin = diary.at(days=2)
        first = await diary.request(here, buyer, begin + timedelta(hours=1))
        second = await diary.request(there, buyer, begin + timedelta(hours=3))
        kept = await planner.create(buyer, planner.draft(first, second, begin=begin))
        assert kept.plan.feasible
        await diary.move("RescheduleVisit", buyer, first, start=begin + timedelta(hours=5))
        found = (await planner.get(buyer, kept)).plan
        assert [stop.stop.visit_id for stop in found.stops] == [second.visit_id, first.visit_id]
        await diary.move("CancelVisit", buyer, second)
        found = (await planner.get(buyer, kept)).plan
        assert [stop.stop.visit_id for stop in found.stops] == [first.visit_id]
        assert [stop.visit_id for stop in found.left_out] == [second.visit_id]

    async def test_is_whose_it_is(self, diary: Diary, planner: Planner, home: Home, buyer: Somebody):
        kept = await planner.create(buyer, planner.draft(home))
        for stranger in (diary.buyer(), home.agent):
            with refused(errors.TourNotFound):
                await planner.get(stranger, kept)
            with refused(errors.TourNotFound):
                await diary.call(planner.stub.DeleteTour, pb.DeleteTourRequest(tour_id=kept.tour_id), stranger)
            request = pb.ReplaceTourRequest(tour_id=kept.tour_id, draft=planner.draft(home))
            with refused(errors.TourNotFound):
                await diary.call(planner.stub.ReplaceTour, request, stranger)

    async def test_is_replaced_listed_and_forgotten(self, diary: Diary, planner: Planner, home: Home, buyer: Somebody):
        kept = await planner.create(buyer, planner.draft(home))
        other = await planner.create(buyer, planner.draft(home, display_name="Sunday"))
        request = pb.ReplaceTourRequest(tour_id=kept.tour_id, etag=kept.etag, draft=planner.draft(home, speed_kmh=15))
        changed = (await diary.call(planner.stub.ReplaceTour, request, buyer)).tour
        assert (changed.draft.speed_kmh, changed.draft.display_name) == (15, "Saturday")
        assert changed.etag != kept.etag
        with refused(EtagMismatch):
            await diary.call(planner.stub.ReplaceTour, request, buyer)
        listed = (await diary.call(planner.stub.ListTours, pb.ListToursRequest(), buyer)).tours
        assert [tour.tour_id for tour in listed] == [other.tour_id, kept.tour_id]
        assert not listed[0].HasField("plan")
        await diary.call(planner.stub.DeleteTour, pb.DeleteTourRequest(tour_id=kept.tour_id), buyer)
        with refused(errors.TourNotFound):
            await planner.get(buyer, kept)

    async def test_a_hundred_are_enough(self, diary: Diary, planner: Planner, home: Home, buyer: Somebody):
        await planner.create(buyer, planner.draft(home))
        await diary.sql(
            "INSERT INTO visit.tours (user_id, id, display_name, start_time, speed_kmh, stops) "
            "SELECT $1, gen_random_uuid(), 'x', now(), 25, '[]' FROM generate_series(1, 98)",
            buyer.user_id,
        )
        found = await asyncio.gather(*(outcome(planner.create(buyer, planner.draft(home))) for _ in range(4)))
        assert sorted(found) == ["OK", *["TOO_MANY_TOURS"] * 3]
