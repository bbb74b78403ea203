"""Reviews and photos: rows to messages and back."""

from typing import Any
from uuid import UUID

from doorstep.visit.v1 import photo_pb2, photo_service_pb2, review_pb2, review_service_pb2
from services.chassis.mapping import enum_name, to_time
from services.visit.models.photo import VisitPhoto
from services.visit.models.review import Review
from services.visit.repository.review import Summary


def to_message(row: Review) -> review_pb2.Review:
    """A review, as its author and the organisation see it."""
    state: Any = f"REVIEW_STATE_{row.state}"
    party: Any = f"VISIT_PARTY_{row.party}"
    return review_pb2.Review(
        review_id=str(row.id),
        etag=row.etag,
        organization_id=str(row.organization_id),
        visit_id=str(row.visit_id),
        property_id=str(row.property_id),
        agent_id=str(row.agent_id),
        author_id=str(row.author_id),
        party=party,
        state=state,
        rating=row.rating,
        text=row.text,
        reason=row.reason,
        publish_time=to_time(row.publish_time),
        create_time=to_time(row.create_time),
        update_time=to_time(row.update_time),
    )


def to_published(row: Review) -> review_pb2.PublishedReview:
    """A review, as everybody sees it."""
    return review_pb2.PublishedReview(
        review_id=str(row.id),
        property_id=str(row.property_id),
        agent_id=str(row.agent_id),
        rating=row.rating,
        text=row.text,
        publish_time=to_time(row.publish_time),
    )


def to_summary(summary: Summary) -> review_pb2.ReviewSummary:
    """All of them in figures."""
    return review_pb2.ReviewSummary(
        count=summary.count, average_rating=summary.average, rejected_count=summary.rejected
    )


def to_rating(found: tuple[UUID, Summary]) -> review_service_pb2.AgentRating:
    """What an agent's reviews amount to."""
    agent_id, summary = found
    return review_service_pb2.AgentRating(
        agent_id=str(agent_id), review_count=summary.count, average_rating=summary.average
    )


def to_photo(row: VisitPhoto) -> photo_pb2.VisitPhoto:
    """A photo."""
    party: Any = f"VISIT_PARTY_{row.party}"
    audience: Any = f"VISIT_PHOTO_AUDIENCE_{row.audience}"
    return photo_pb2.VisitPhoto(
        photo_id=str(row.id),
        visit_id=str(row.visit_id),
        organization_id=str(row.organization_id),
        uploader_id=str(row.uploader_id),
        party=party,
        audience=audience,
        uri=row.uri,
        sha256=row.sha256,
        media_type=row.media_type,
        size_bytes=row.size_bytes,
        caption=row.caption,
        create_time=to_time(row.create_time),
    )


def photo_values(request: photo_service_pb2.AddVisitPhotoRequest) -> dict[str, Any]:
    """What an uploader says of a photo, by column name."""
    audience = enum_name(photo_pb2.VisitPhotoAudience, "VISIT_PHOTO_AUDIENCE_", request.audience)
    return {
        "audience": "PARTIES" if audience == "UNSPECIFIED" else audience,
        "uri": request.uri,
        "sha256": request.sha256,
        "media_type": request.media_type,
        "size_bytes": request.size_bytes,
        "caption": request.caption,
    }
