"""What is left in visit of somebody whose account is gone for good."""

from datetime import UTC, timedelta

from doorstep.visit.v1 import calendar_service_pb2, calendar_service_pb2_grpc, tour_service_pb2, tour_service_pb2_grpc
from doorstep.visit.v1 import review_service_pb2 as reviews
from doorstep.visit.v1 import review_service_pb2_grpc as reviews_grpc
from tests.chassis.bakery import eventually
from tests.fixtures.people import erase, someone
from tests.visit.conftest import Diary, Home, Somebody
from tests.visit.steps import approved, completed, fix
from tests.visit.test_safety import Guard
from tests.visit.test_visits import state


async def test_words_go_and_what_was_to_come_is_called_off(diary: Diary, home: Home):
    account = await someone(diary.harness)
    gone, other = Somebody(account.user_id, account.token), diary.buyer()
    done = await completed(diary, home, gone)
    stub = diary.harness.stub(reviews_grpc.ReviewServiceStub)
    request = reviews.CreateReviewRequest(visit_id=done.visit_id, rating=4, text="I am Ada; call 555 0100.")
    review = (await diary.call(stub.CreateReview, request, gone)).review
    with diary.later(done.close_time.ToDatetime(UTC)):
        await Guard(diary).distress(gone, done, fix=fix(diary.harness.clock.now()))
    coming, start = await approved(diary, home, gone, days=3)
    asked = await diary.request(home, gone, start + timedelta(hours=2), note="Call 555 0100.")
    theirs = await diary.request(home, other, start + timedelta(hours=4), note="We come with a child.")
    feeds = diary.harness.stub(calendar_service_pb2_grpc.CalendarServiceStub)
    await diary.call(feeds.CreateCalendarFeed, calendar_service_pb2.CreateCalendarFeedRequest(display_name="Ada"), gone)
    draft = tour_service_pb2.CreateTourRequest()
    draft.draft.display_name = "Ada's day"
    draft.draft.start_time.FromDatetime(start)
    draft.draft.stops.add(visit_id=coming.visit_id)
    await diary.call(diary.harness.stub(tour_service_pb2_grpc.TourServiceStub).CreateTour, draft, gone)

    await erase(diary.harness, account)

    async def forgotten() -> bool:
        return not await diary.sql("SELECT 1 FROM visit.calendar_feeds WHERE user_id = $1", gone.user_id)

    await eventually(forgotten)
    for visit in (coming, asked):
        found = await diary.get(home.agent, visit)
        assert (state(found), found.note) == ("CANCELLED", "")
        assert type((await diary.told(visit))[-1]).__name__ == "VisitCancelled"
    assert (await diary.get(home.agent, theirs)) == theirs
    kept = await diary.get(home.agent, done)
    assert (state(kept), kept.certificate_id) == ("COMPLETED", done.certificate_id)
    admin = diary.member("admin", home.agent.organization_id)
    found_review = await diary.call(stub.GetReview, reviews.GetReviewRequest(review_id=review.review_id), admin)
    assert (found_review.review.rating, found_review.review.text) == (4, "")
    for table in ("tours", "calendar_feeds"):
        assert not await diary.sql(f"SELECT 1 FROM visit.{table} WHERE user_id = $1", gone.user_id)
    (watch,) = await diary.sql(
        "SELECT latitude, longitude, accuracy_meters, fix_time FROM visit.safety_watches WHERE user_id = $1",
        gone.user_id,
    )
    assert set(watch.values()) == {None}
