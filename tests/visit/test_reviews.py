"""ReviewService and PhotoService: who says what of a visit, who lets it be seen, and who sees it."""

import asyncio
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from doorstep.visit.v1 import (
    photo_pb2,
    photo_service_pb2,
    photo_service_pb2_grpc,
    review_pb2,
    review_service_pb2_grpc,
    visit_events_pb2,
    visit_pb2,
)
from doorstep.visit.v1 import review_service_pb2 as pb
from services import visit as visit_service
from services.chassis.errors import EtagMismatch, InvalidFields, PermissionMissing
from services.chassis.ids import new_id, parse_id
from services.chassis.testing import refused
from services.visit import errors
from services.visit.lifecycle import REVIEW_LIFECYCLE
from tests.visit.conftest import Diary, Home, Somebody
from tests.visit.steps import approved, begun, completed
from tests.visit.test_booking import outcome

KIND = "The agent knew every pipe of the house."


class Reviews:
    """Shortcuts."""

    def __init__(self, diary: Diary) -> None:
        self.diary = diary
        self.stub = diary.harness.stub(review_service_pb2_grpc.ReviewServiceStub)

    async def create(self, who: Somebody, visit: visit_pb2.Visit, rating: int = 5, text: str = KIND) -> Any:
        request = pb.CreateReviewRequest(visit_id=visit.visit_id, rating=rating, text=text)
        return (await self.diary.call(self.stub.CreateReview, request, who)).review

    async def move(self, rpc: str, who: Somebody, review: Any, **fields: Any) -> Any:
        request = getattr(pb, f"{rpc}Request")(review_id=review.review_id, **fields)
        return (await self.diary.call(getattr(self.stub, rpc), request, who)).review

    async def listed(self, who: Somebody, **fields: Any) -> list[str]:
        found = await self.diary.call(self.stub.ListReviews, pb.ListReviewsRequest(**fields), who)
        return [review.review_id for review in found.reviews]

    async def of_property(self, property_id: str, **fields: Any) -> pb.ListPropertyReviewsResponse:
        """What everybody sees, signed in or not."""
        request = pb.ListPropertyReviewsRequest(property_id=property_id, **fields)
        found: pb.ListPropertyReviewsResponse = await self.diary.call(self.stub.ListPropertyReviews, request)
        return found

    async def ratings(self, *agent_ids: UUID) -> list[pb.AgentRating]:
        """As another service asks."""
        request = pb.ResolveAgentRatingsRequest(agent_ids=map(str, agent_ids))
        answer = await self.diary.harness.call(self.stub.ResolveAgentRatings, request, service="visit")
        return list(answer.ratings)

    async def of_agent(self, agent_id: Any) -> pb.ListAgentReviewsResponse:
        request = pb.ListAgentReviewsRequest(agent_id=str(agent_id))
        found: pb.ListAgentReviewsResponse = await self.diary.call(self.stub.ListAgentReviews, request)
        return found


@pytest.fixture
def reviews(diary: Diary) -> Reviews:
    return Reviews(diary)


@pytest.fixture
def admin(diary: Diary, home: Home) -> Somebody:
    return diary.member("admin", home.agent.organization_id)


@pytest.fixture
async def visit(diary: Diary, home: Home, buyer: Somebody) -> visit_pb2.Visit:
    return await completed(diary, home, buyer)


class TestWrite:
    async def test_each_party_once(
        self, diary: Diary, reviews: Reviews, home: Home, buyer: Somebody, visit: visit_pb2.Visit
    ):
        mine = await reviews.create(buyer, visit, 4)
        assert (mine.state, mine.rating, mine.text) == (review_pb2.REVIEW_STATE_PENDING, 4, KIND)
        assert (mine.party, mine.author_id) == (visit_pb2.VISIT_PARTY_BUYER, str(buyer.user_id))
        assert (mine.property_id, mine.agent_id) == (home.property_id, str(home.agent.user_id))
        theirs = await reviews.create(home.agent, visit, 5, "On time.")
        assert theirs.party == visit_pb2.VISIT_PARTY_AGENT
        with refused(errors.ReviewExists) as refusal:
            await reviews.create(buyer, visit)
        assert refusal.metadata["party"] == "BUYER"

    async def test_many_at_once_write_one(self, reviews: Reviews, buyer: Somebody, visit: visit_pb2.Visit):
        found = await asyncio.gather(*(outcome(reviews.create(buyer, visit)) for _ in range(12)))
        assert found.count("OK") == 1
        assert set(found) == {"OK", "REVIEW_EXISTS"}

    async def test_only_of_visits_that_took_place(self, diary: Diary, reviews: Reviews, home: Home, buyer: Somebody):
        agreed, _ = await approved(diary, home, buyer)
        with refused(errors.VisitStateRefused) as refusal:
            await reviews.create(buyer, agreed)
        assert refusal.metadata["allowed_states"] == "COMPLETED"

    async def test_only_by_its_parties(self, diary: Diary, reviews: Reviews, home: Home, visit: visit_pb2.Visit):
        for stranger in (diary.buyer(), diary.member("admin")):
            with refused(errors.VisitNotFound):
                await reviews.create(stranger, visit)
        with refused(PermissionMissing):
            await reviews.create(diary.member("sales", home.agent.organization_id), visit)

    @pytest.mark.parametrize("rating", [0, 6, -1])
    async def test_from_one_to_five(self, reviews: Reviews, buyer: Somebody, visit: visit_pb2.Visit, *, rating: int):
        with refused(InvalidFields) as refusal:
            await reviews.create(buyer, visit, rating)
        assert set(refusal.fields) == {"rating"}


class TestModerate:
    async def test_publishes_and_tells(
        self, *, diary: Diary, reviews: Reviews, home: Home, buyer: Somebody, admin: Somebody, visit: visit_pb2.Visit
    ):
        review = await reviews.create(buyer, visit, 4)
        assert (await reviews.of_property(home.property_id)).summary.count == 0
        seen = await reviews.move("PublishReview", admin, review, etag=review.etag)
        assert seen.state == review_pb2.REVIEW_STATE_PUBLISHED
        assert seen.HasField("publish_time")
        told = (await diary.told(visit))[-1]
        assert isinstance(told, visit_events_pb2.VisitReviewed)
        assert (told.review_id, told.rating) == (review.review_id, 4)
        (public,) = (await reviews.of_property(home.property_id)).reviews
        assert (public.review_id, public.rating, public.text) == (review.review_id, 4, KIND)
        assert str(buyer.user_id) not in str(public)
        assert visit.visit_id not in str(public)

    async def test_what_was_read_is_what_is_published(
        self, reviews: Reviews, buyer: Somebody, admin: Somebody, visit: visit_pb2.Visit
    ):
        review = await reviews.create(buyer, visit)
        await reviews.move("ReviseReview", buyer, review, rating=1, text="Something else altogether.")
        with refused(EtagMismatch):
            await reviews.move("PublishReview", admin, review, etag=review.etag)

    async def test_rejects_with_a_reason_and_the_author_may_write_anew(
        self, reviews: Reviews, home: Home, buyer: Somebody, admin: Somebody, visit: visit_pb2.Visit
    ):
        review = await reviews.create(buyer, visit)
        with refused(InvalidFields):
            await reviews.move("RejectReview", admin, review, reason="no")
        gone = await reviews.move("RejectReview", admin, review, reason="It names a child of the owner.")
        assert gone.state == review_pb2.REVIEW_STATE_REJECTED
        assert (await reviews.move("GetReview", buyer, review)).reason == "It names a child of the owner."
        assert (await reviews.of_property(home.property_id)).summary.rejected_count == 1
        with refused(errors.ReviewStateRefused) as refusal:
            await reviews.move("PublishReview", admin, review)
        assert refusal.metadata["allowed_states"] == "PENDING"
        anew = await reviews.move("ReviseReview", buyer, review, rating=3, text="Fine.")
        assert (anew.state, anew.rating, anew.reason) == (review_pb2.REVIEW_STATE_PENDING, 3, "")
        await reviews.move("PublishReview", admin, review)
        with refused(errors.ReviewStateRefused):
            await reviews.move("ReviseReview", buyer, review, rating=1, text="I have changed my mind.")

    async def test_takes_away_what_was_published(
        self, reviews: Reviews, home: Home, buyer: Somebody, admin: Somebody, visit: visit_pb2.Visit
    ):
        review = await reviews.create(buyer, visit)
        await reviews.move("PublishReview", admin, review)
        await reviews.move("RejectReview", admin, review, reason="The author asked for it.")
        assert not (await reviews.of_property(home.property_id)).reviews

    async def test_nobody_moderates_their_own_cause(
        self, diary: Diary, reviews: Reviews, buyer: Somebody, visit: visit_pb2.Visit, home: Home
    ):
        review = await reviews.create(buyer, visit, 1)
        boss = diary.member("admin", home.agent.organization_id, home.agent.user_id)  # the agent is an administrator
        for rpc, fields in (("PublishReview", {}), ("RejectReview", {"reason": "Not a word is true."})):
            with refused(errors.OwnReview):
                await reviews.move(rpc, boss, review, **fields)

    async def test_is_for_who_manages_visits_there(
        self, diary: Diary, reviews: Reviews, home: Home, buyer: Somebody, visit: visit_pb2.Visit
    ):
        review = await reviews.create(buyer, visit)
        for who in (buyer, home.agent):
            with refused(PermissionMissing):
                await reviews.move("PublishReview", who, review)
        with refused(errors.ReviewNotFound):
            await reviews.move("PublishReview", diary.member("admin"), review)

    async def test_two_moderators_at_once(
        self, diary: Diary, reviews: Reviews, home: Home, buyer: Somebody, visit: visit_pb2.Visit
    ):
        review = await reviews.create(buyer, visit)
        admins = [diary.member("admin", home.agent.organization_id) for _ in range(6)]
        calls = [outcome(reviews.move("PublishReview", who, review)) for who in admins]
        found = await asyncio.gather(*calls)
        assert sorted(found) == ["OK", *["REVIEW_STATE"] * 5]
        told = [one for one in await diary.told(visit) if isinstance(one, visit_events_pb2.VisitReviewed)]
        assert len(told) == 1


class TestSee:
    async def test_the_other_party_once_it_is_published(
        self, *, diary: Diary, reviews: Reviews, home: Home, buyer: Somebody, admin: Somebody, visit: visit_pb2.Visit
    ):
        review = await reviews.create(home.agent, visit, 2, "Came late.")
        with refused(errors.ReviewNotFound):
            await reviews.move("GetReview", buyer, review)
        await reviews.move("PublishReview", admin, review)
        assert (await reviews.move("GetReview", buyer, review)).text == "Came late."
        assert not (await reviews.of_property(home.property_id)).reviews, "what is said of a buyer is nobody else's"
        for stranger in (diary.buyer(), diary.member("admin")):
            with refused(errors.ReviewNotFound):
                await reviews.move("GetReview", stranger, review)

    async def test_lists(
        self, *, diary: Diary, reviews: Reviews, home: Home, buyer: Somebody, admin: Somebody, visit: visit_pb2.Visit
    ):
        mine, theirs = await reviews.create(buyer, visit), await reviews.create(home.agent, visit, 5, "On time.")
        assert await reviews.listed(buyer) == [mine.review_id]
        assert set(await reviews.listed(admin)) == {mine.review_id, theirs.review_id}
        assert await reviews.listed(admin, states=[review_pb2.REVIEW_STATE_PUBLISHED]) == []
        await reviews.move("PublishReview", admin, mine)
        assert await reviews.listed(admin, states=[review_pb2.REVIEW_STATE_PUBLISHED]) == [mine.review_id]
        assert await reviews.listed(admin, visit_id=str(new_id())) == []
        assert await reviews.listed(diary.member("admin")) == []

    async def test_the_mean_of_all_and_pages(self, diary: Diary, reviews: Reviews):
        agent = diary.member("agent")
        home, admin = await diary.home(agent), diary.member("admin", agent.organization_id)
        for hours, rating in ((5, 5), (6, 4), (7, 4)):
            buyer = diary.buyer()
            review = await reviews.create(buyer, await completed(diary, home, buyer, hours=hours), rating)
            await reviews.move("PublishReview", admin, review)
        found = await reviews.of_agent(agent.user_id)
        assert (found.summary.count, found.summary.average_rating) == (3, 4.33)
        assert [one.rating for one in found.reviews] == [4, 4, 5]
        first = await reviews.of_property(home.property_id, page_size=2)
        rest = await reviews.of_property(home.property_id, page_size=2, page_token=first.next_page_token)
        assert [one.rating for one in (*first.reviews, *rest.reviews)] == [4, 4, 5]
        assert rest.summary.count == 3
        # As other services are told it; of one agent, what is not published and what agents say do not count.
        other = await completed(diary, await diary.home(), buyer, hours=8)
        await reviews.create(buyer, other, 1)
        told = await reviews.ratings(agent.user_id, parse_id(other.agent_id), agent.user_id, new_id())
        assert [(one.agent_id, one.review_count, one.average_rating) for one in told] == [(str(agent.user_id), 3, 4.33)]
        nobody = await reviews.of_agent(new_id())
        assert not nobody.summary.HasField("average_rating")


class TestPhotos:
    @staticmethod
    async def add(diary: Diary, who: Somebody, visit: visit_pb2.Visit, digit: str = "a", **fields: Any) -> Any:
        stub = diary.harness.stub(photo_service_pb2_grpc.PhotoServiceStub)
        values: dict[str, Any] = {
            "uri": f"storage://visits/{visit.visit_id}/{digit}.jpg",
            "sha256": digit * 64,
            "media_type": "image/jpeg",
            "size_bytes": 120_000,
            **fields,
        }
        request = photo_service_pb2.AddVisitPhotoRequest(visit_id=visit.visit_id, **values)
        return (await diary.call(stub.AddVisitPhoto, request, who)).photo

    @staticmethod
    async def seen(diary: Diary, who: Somebody, visit: visit_pb2.Visit) -> list[str]:
        stub = diary.harness.stub(photo_service_pb2_grpc.PhotoServiceStub)
        request = photo_service_pb2.ListVisitPhotosRequest(visit_id=visit.visit_id)
        return [photo.sha256[0] for photo in (await diary.call(stub.ListVisitPhotos, request, who)).photos]

    @staticmethod
    async def remove(diary: Diary, who: Somebody, photo: Any) -> None:
        stub = diary.harness.stub(photo_service_pb2_grpc.PhotoServiceStub)
        request = photo_service_pb2.RemoveVisitPhotoRequest(visit_id=photo.visit_id, photo_id=photo.photo_id)
        await diary.call(stub.RemoveVisitPhoto, request, who)

    async def test_of_both_parties_and_of_one(self, diary: Diary, home: Home, buyer: Somebody):
        visit, _ = await begun(diary, home, buyer)
        shown = await self.add(diary, buyer, visit, "a", caption="The kitchen.")
        assert (shown.caption, shown.audience) == ("The kitchen.", photo_pb2.VISIT_PHOTO_AUDIENCE_PARTIES)
        own: Any = photo_pb2.VISIT_PHOTO_AUDIENCE_OWN
        await self.add(diary, buyer, visit, "b", audience=own)
        await self.add(diary, home.agent, visit, "c", audience=own)
        assert await self.seen(diary, buyer, visit) == ["b", "a"]
        sales = diary.member("sales", home.agent.organization_id)
        for who in (home.agent, sales):
            assert await self.seen(diary, who, visit) == ["c", "a"]
        for stranger in (diary.buyer(), diary.member("admin")):
            with refused(errors.VisitNotFound):
                await self.seen(diary, stranger, visit)
            with refused(errors.VisitNotFound):
                await self.add(diary, stranger, visit, "d")
        with refused(PermissionMissing):
            await self.add(diary, sales, visit, "d")

    async def test_the_same_bytes_once(self, diary: Diary, home: Home, buyer: Somebody):
        visit, _ = await begun(diary, home, buyer)
        await self.add(diary, buyer, visit)
        with refused(errors.PhotoExists):
            await self.add(diary, buyer, visit)
        await self.add(diary, home.agent, visit)

    async def test_not_before_the_parties_have_met(self, diary: Diary, home: Home, buyer: Somebody):
        visit, _ = await approved(diary, home, buyer)
        with refused(errors.VisitStateRefused) as refusal:
            await self.add(diary, buyer, visit)
        assert refusal.metadata["allowed_states"] == "IN_PROGRESS,COMPLETED"

    async def test_fifty_are_enough(self, diary: Diary, home: Home, buyer: Somebody):
        visit, _ = await begun(diary, home, buyer)
        for number in range(49):
            await self.add(diary, buyer, visit, sha256=f"{number:064x}")
        calls = [outcome(self.add(diary, home.agent, visit, sha256=f"{n:064x}")) for n in range(4)]
        assert sorted(await asyncio.gather(*calls)) == ["OK", *["TOO_MANY_PHOTOS"] * 3]

    async def test_removed_by_who_added_it_or_manages(self, diary: Diary, home: Home, buyer: Somebody):
        visit, _ = await begun(diary, home, buyer)
        shown = await self.add(diary, buyer, visit, "a")
        hidden = await self.add(diary, buyer, visit, "b", audience=2)
        with refused(errors.WrongParty):
            await self.remove(diary, home.agent, shown)
        admin = diary.member("admin", home.agent.organization_id)
        with refused(errors.PhotoNotFound):
            await self.remove(diary, admin, hidden)
        await self.remove(diary, admin, shown)
        await self.remove(diary, buyer, hidden)
        assert await self.seen(diary, buyer, visit) == []

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("uri", "file:///etc/passwd"),
            ("uri", "http://example.com/a.jpg"),
            ("uri", "https://user:secret@example.com/a.jpg"),
            ("sha256", "A" * 64),
            ("media_type", "text/html"),
            ("size_bytes", 0),
        ],
    )
    async def test_what_is_no_reference(self, diary: Diary, home: Home, buyer: Somebody, *, field: str, value: Any):
        nothing = visit_pb2.Visit(visit_id=str(new_id()))
        with refused(InvalidFields) as refusal:
            await self.add(diary, buyer, nothing, **{field: value})
        assert set(refusal.fields) == {field}


def test_the_picture_in_the_readme_is_the_table():
    text = (Path(visit_service.__file__).parent / "README.md").read_text()
    assert f"```mermaid\n{REVIEW_LIFECYCLE.mermaid()}\n```" in text
