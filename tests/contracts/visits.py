"""What comes of visits, made for `test_tenants`: a visit that took place, and things that hang on it."""

from collections.abc import Awaitable, Callable
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from services.chassis.ids import new_id
from services.chassis.testing import Harness

Call = Callable[..., Awaitable[Any]]
"""Calls an RPC by name: `by` is a token, the rest fields as JSON has them."""

RESOURCES = {"review_id": "review", "photo_id": "photo", "feed_id": "feed", "tour_id": "tour"}
"""Fields that name things of this module."""

OTHERWISE = {"visit.ReviewService.ListReviews.visit_id": "reviewed visit"}
"""`package.Service.Rpc.field` → the resource that makes it visible to its owner."""

EXCEPTIONS = {
    "visit.ReviewService.ListPropertyReviews.property_id": "published reviews are everybody's",
    "visit.ReviewService.ListAgentReviews.agent_id": "published reviews are everybody's",
    "visit.PhotoService.RemoveVisitPhoto.photo_id": "a photo is found within its visit only, which is compared",
    "visit.SafetyService.GetSafetyWatch.visit_id": "a watch is its user's: all three answers are the same",
    "visit.SafetyService.CheckIn.visit_id": "a watch is its user's: all three answers are the same",
    "visit.SafetyService.EndSafetyWatch.visit_id": "a watch is its user's: all three answers are the same",
    "visit.SafetyService.GetAlarm.watch_id": "for those who were called; tested where alarms are",
    "visit.SafetyService.ResolveAlarm.watch_id": "for those who were called; tested where alarms are",
    "visit.CertificateService.VerifyCertificate.certificate_id": "says nothing to who does not know the hash: compared "
    "where certificates are",
    "visit.CalendarService.ReadCalendarFeed.feed_id": "asks for a secret; tested where feeds are",
}

_SOON = (datetime.now(UTC) + timedelta(days=30)).replace(minute=0, second=0, microsecond=0)
_DRAFT: dict[str, Any] = {
    "draft": {
        "displayName": "Saturday",
        "startTime": _SOON.isoformat(),
        "stops": [{"listingId": "01900000-0000-7000-8000-0000000000fd"}],
    }
}
EXTRA: dict[str, dict[str, Any]] = {
    "CreateReview": {"rating": 5},
    "ReviseReview": {"rating": 5},
    "RejectReview": {"reason": "It names the neighbours."},
    "RemoveVisitPhoto": {"photoId": "01900000-0000-7000-8000-0000000000fe"},
    "PlanTour": _DRAFT,
    "CreateTour": _DRAFT,
    "ReplaceTour": _DRAFT,
    "StartSafetyWatch": {"minutes": 30},
    "CheckIn": {"minutes": 30},
    "CreateCalendarFeed": {"displayName": "Telephone"},
    "AddVisitPhoto": {"uri": "storage://a/b", "sha256": "a" * 64, "mediaType": "image/png", "sizeBytes": "9"},
}


def times(hours: int) -> dict[str, str]:
    """Half an hour so much after a day a month from now."""
    start = _SOON + timedelta(hours=hours)
    return {"startTime": start.isoformat(), "endTime": (start + timedelta(minutes=30)).isoformat()}


@contextmanager
def _at(suite: Harness, moment: datetime) -> Any:
    before = suite.clock.offset
    suite.clock.offset = moment - datetime.now(UTC)
    try:
        yield
    finally:
        suite.clock.offset = before


async def make(suite: Harness, call: Call, resource: str, *, text: str, listing_id: str, hours: int) -> str:
    """A new one of a kind, at a home of the caller's; texts hold the mark."""
    if resource == "tour":
        draft = {**_DRAFT["draft"], "displayName": text, "stops": [{"listingId": listing_id}]}
        return str((await call("CreateTour", draft=draft)).tour.tour_id)
    if resource == "feed":
        return str((await call("CreateCalendarFeed", displayName=text)).feed.feed_id)
    user_id = new_id()
    buyer = suite.token(user_id=user_id)
    visit = (await call("RequestVisit", by=buyer, listingId=listing_id, note=text, **times(hours))).visit
    named = {"visitId": visit.visit_id}
    await call("ApproveVisit", **named)
    with _at(suite, visit.start_time.ToDatetime(tzinfo=UTC)):
        code = (await call("IssueVisitCode", by=buyer, **named)).code
        await call("StartVisit", code=code, **named)
        if resource == "photo":
            return str((await call("AddVisitPhoto", caption=text, **EXTRA["AddVisitPhoto"], **named)).photo.photo_id)
        await call("CompleteVisit", **named)
    review = (await call("CreateReview", by=buyer, rating=5, text=text, **named)).review
    return str(review.visit_id if resource == "reviewed visit" else review.review_id)


MADE = frozenset({*RESOURCES.values(), *OTHERWISE.values()})
"""Resources that `make` can make."""
