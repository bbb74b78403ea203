"""ReviewService and PhotoService."""

from typing import Any

from doorstep.visit.v1 import photo_service_pb2, photo_service_pb2_grpc, review_pb2, review_service_pb2_grpc
from doorstep.visit.v1 import review_service_pb2 as pb
from services.chassis.actor import SYSTEM, current_actor
from services.chassis.ids import parse_id
from services.chassis.mapping import enum_name
from services.visit.mapping import review as reviews
from services.visit.models.review import Review
from services.visit.operations import photo as photo_operations
from services.visit.operations import review as operations
from services.visit.servicer.parts import Parts


class ReviewServicer(review_service_pb2_grpc.ReviewServiceServicer):
    """What the parties of visits say."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._db = parts.database
        self._clock = parts.clock

    async def CreateReview(self, request: pb.CreateReviewRequest, context: Any) -> pb.CreateReviewResponse:
        """Writes the review of a completed visit: PENDING."""
        caller, now, visit_id = current_actor(), self._clock.now(), parse_id(request.visit_id)
        async with self._db.transaction(caller) as tx:
            row = await operations.create_review(
                tx, caller, visit_id, rating=request.rating, text=request.text, now=now
            )
        return pb.CreateReviewResponse(review=reviews.to_message(row))

    async def ReviseReview(self, request: pb.ReviseReviewRequest, context: Any) -> pb.ReviseReviewResponse:
        """Writes one's review anew: PENDING again."""
        caller, now, review_id = current_actor(), self._clock.now(), parse_id(request.review_id)
        async with self._db.transaction(caller) as tx:
            row = await operations.revise_review(
                tx, caller, review_id, etag=request.etag, rating=request.rating, text=request.text, now=now
            )
        return pb.ReviseReviewResponse(review=reviews.to_message(row))

    async def PublishReview(self, request: pb.PublishReviewRequest, context: Any) -> pb.PublishReviewResponse:
        """Lets a review be seen: PUBLISHED."""
        caller, now, review_id = current_actor(), self._clock.now(), parse_id(request.review_id)
        async with self._db.transaction(caller) as tx:
            row = await operations.publish_review(tx, caller, review_id, etag=request.etag, now=now)
        return pb.PublishReviewResponse(review=reviews.to_message(row))

    async def RejectReview(self, request: pb.RejectReviewRequest, context: Any) -> pb.RejectReviewResponse:
        """Keeps a review from being seen: REJECTED."""
        caller, now, review_id = current_actor(), self._clock.now(), parse_id(request.review_id)
        async with self._db.transaction(caller) as tx:
            row = await operations.reject_review(
                tx, caller, review_id, etag=request.etag, reason=request.reason, now=now
            )
        return pb.RejectReviewResponse(review=reviews.to_message(row))

    async def GetReview(self, request: pb.GetReviewRequest, context: Any) -> pb.GetReviewResponse:
        """Reads one review."""
        caller = current_actor()
        async with self._db.read(caller) as tx:
            row = await operations.get_review(tx, caller, parse_id(request.review_id))
        return pb.GetReviewResponse(review=reviews.to_message(row))

    async def ListReviews(self, request: pb.ListReviewsRequest, context: Any) -> pb.ListReviewsResponse:
        """Lists reviews, newest first."""
        page, caller = self._parts.page_tokens.page(request), current_actor()
        states = [enum_name(review_pb2.ReviewState, "REVIEW_STATE_", state) for state in request.states]
        visit_id = parse_id(request.visit_id) if request.visit_id else None
        async with self._db.read(caller) as tx:
            rows = await operations.list_reviews(tx, caller, page, states=states, visit_id=visit_id)
        return pb.ListReviewsResponse(reviews=map(reviews.to_message, rows.items), next_page_token=rows.next_page_token)

    async def ListPropertyReviews(
        self, request: pb.ListPropertyReviewsRequest, context: Any
    ) -> pb.ListPropertyReviewsResponse:
        """Lists what buyers have said of a property, published last first."""
        page = self._parts.page_tokens.page(request)
        async with self._db.read(SYSTEM) as tx:  # published ones are everybody's
            rows, summary = await operations.published_reviews(
                tx, Review.property_id, parse_id(request.property_id), page
            )
        return pb.ListPropertyReviewsResponse(
            reviews=map(reviews.to_published, rows.items),
            next_page_token=rows.next_page_token,
            summary=reviews.to_summary(summary),
        )

    async def ListAgentReviews(self, request: pb.ListAgentReviewsRequest, context: Any) -> pb.ListAgentReviewsResponse:
        """Lists what buyers have said of an agent's visits, published last first."""
        page = self._parts.page_tokens.page(request)
        async with self._db.read(SYSTEM) as tx:
            rows, summary = await operations.published_reviews(tx, Review.agent_id, parse_id(request.agent_id), page)
        return pb.ListAgentReviewsResponse(
            reviews=map(reviews.to_published, rows.items),
            next_page_token=rows.next_page_token,
            summary=reviews.to_summary(summary),
        )

    async def ResolveAgentRatings(
        self, request: pb.ResolveAgentRatingsRequest, context: Any
    ) -> pb.ResolveAgentRatingsResponse:
        """Tells a service in figures what buyers have said of the visits of some agents."""
        agent_ids = {parse_id(agent_id) for agent_id in request.agent_ids}
        async with self._db.read(SYSTEM) as tx:
            found = await operations.agent_ratings(tx, agent_ids)
        return pb.ResolveAgentRatingsResponse(ratings=map(reviews.to_rating, found.items()))


class PhotoServicer(photo_service_pb2_grpc.PhotoServiceServicer):
    """References to pictures of visits."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._db = parts.database
        self._clock = parts.clock

    async def AddVisitPhoto(
        self, request: photo_service_pb2.AddVisitPhotoRequest, context: Any
    ) -> photo_service_pb2.AddVisitPhotoResponse:
        """Adds a reference to a picture whose bytes lie in storage."""
        caller, now = current_actor(), self._clock.now()
        values = reviews.photo_values(request)
        async with self._db.transaction(caller) as tx:
            row = await photo_operations.add_photo(tx, caller, parse_id(request.visit_id), values, now)
        return photo_service_pb2.AddVisitPhotoResponse(photo=reviews.to_photo(row))

    async def ListVisitPhotos(
        self, request: photo_service_pb2.ListVisitPhotosRequest, context: Any
    ) -> photo_service_pb2.ListVisitPhotosResponse:
        """Lists the photos of a visit that the caller may see, newest first."""
        page, caller = self._parts.page_tokens.page(request), current_actor()
        async with self._db.read(caller) as tx:
            rows = await photo_operations.list_photos(tx, caller, parse_id(request.visit_id), page)
        return photo_service_pb2.ListVisitPhotosResponse(
            photos=map(reviews.to_photo, rows.items), next_page_token=rows.next_page_token
        )

    async def RemoveVisitPhoto(
        self, request: photo_service_pb2.RemoveVisitPhotoRequest, context: Any
    ) -> photo_service_pb2.RemoveVisitPhotoResponse:
        """Removes a reference."""
        caller = current_actor()
        async with self._db.transaction(caller) as tx:
            await photo_operations.remove_photo(tx, caller, parse_id(request.visit_id), parse_id(request.photo_id))
        return photo_service_pb2.RemoveVisitPhotoResponse()
