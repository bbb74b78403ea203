"""What the visit service refuses, each with its reason; the same list stands in `error_reason.proto`."""

from services.chassis.errors import (
    AlreadyExists,
    FailedPrecondition,
    InvalidArgument,
    NotFound,
    PermissionDenied,
    StateRefused,
)


class VisitNotFound(NotFound):
    """There is no such visit, or the caller must not know of it."""

    reason = "VISIT_NOT_FOUND"
    message = "there is no such visit"


class ListingNotFound(NotFound):
    """There is no such listing, or the caller must not know of it."""

    reason = "LISTING_NOT_FOUND"
    message = "there is no such listing"


class VisitStateRefused(StateRefused):
    """The state of the visit does not allow it."""

    reason = "VISIT_STATE"
    message = "the state of the visit does not allow this"


class WrongParty(PermissionDenied):
    """It is for the other party to do this; metadata `party`."""

    reason = "WRONG_PARTY"
    message = "it is for the other party to do this"


class SlotTaken(AlreadyExists):
    """Somebody is in another visit at this time; metadata `calendar`: agent, property or buyer."""

    reason = "SLOT_TAKEN"
    message = "the time is taken"


class SlotUnavailable(FailedPrecondition):
    """The agent receives no visits at this time; metadata `rule`."""

    reason = "SLOT_UNAVAILABLE"
    message = "the agent receives no visits at this time"


class ListingNotShown(FailedPrecondition):
    """The listing is not open for visits."""

    reason = "LISTING_NOT_SHOWN"
    message = "the listing is not open for visits"


class OwnListing(FailedPrecondition):
    """The caller is the agent of the listing."""

    reason = "OWN_LISTING"
    message = "one does not visit one's own listing"


class VisitTime(FailedPrecondition):
    """It is too early or too late for this; metadata `start_time`."""

    reason = "VISIT_TIME"
    message = "it is too early or too late for this"


class TooManyRounds(FailedPrecondition):
    """There were enough counter-proposals."""

    reason = "TOO_MANY_ROUNDS"
    message = "there were too many counter-proposals"


class NothingToDecline(FailedPrecondition):
    """The visit was not moved since it was agreed."""

    reason = "NOTHING_TO_DECLINE"
    message = "the visit was not moved since it was agreed"


class InstructionsOnly(FailedPrecondition):
    """Visits of the listing are not requested here."""

    reason = "INSTRUCTIONS_ONLY"
    message = "visits of this listing are not requested here; its instructions say what to do"


class ContactNotFound(NotFound):
    """There is no such user to be a contact; metadata `user_id`."""

    reason = "CONTACT_NOT_FOUND"
    message = "there is no such user to be a contact"


class CodeMissing(FailedPrecondition):
    """No code of the visit is good now."""

    reason = "CODE_MISSING"
    message = "there is no code that is good now"


class CodeExhausted(FailedPrecondition):
    """Too many wrong codes; the buyer has to make a new one."""

    reason = "CODE_EXHAUSTED"
    message = "too many codes were entered; a new one is needed"


class CodeWrong(InvalidArgument):
    """It is not the code of this visit."""

    reason = "CODE_WRONG"
    message = "it is not the code of this visit"


class TooManyCodes(FailedPrecondition):
    """Enough codes were made for this visit."""

    reason = "TOO_MANY_CODES"
    message = "too many codes were made for this visit"


class AvailabilityNotFound(NotFound):
    """The agent has not said when visits are welcome, or is nobody of this organisation."""

    reason = "AVAILABILITY_NOT_FOUND"
    message = "the agent has not said any hours"


class AgentNotFound(NotFound):
    """There is no such member of the organisation."""

    reason = "AGENT_NOT_FOUND"
    message = "there is no such member of the organisation"


class ReviewNotFound(NotFound):
    """There is no such review, or the caller must not know of it."""

    reason = "REVIEW_NOT_FOUND"
    message = "there is no such review"


class ReviewStateRefused(StateRefused):
    """The state of the review does not allow it."""

    reason = "REVIEW_STATE"
    message = "the state of the review does not allow this"


class ReviewExists(AlreadyExists):
    """The party has reviewed this visit; metadata `party`."""

    reason = "REVIEW_EXISTS"
    message = "the party has reviewed this visit"


class OwnReview(PermissionDenied):
    """Nobody moderates a review that they wrote, or that is about them."""

    reason = "OWN_REVIEW"
    message = "nobody moderates a review of their own, or about them"


class PhotoNotFound(NotFound):
    """The visit has no such photo, or the caller must not know of it."""

    reason = "PHOTO_NOT_FOUND"
    message = "the visit has no such photo"


class PhotoExists(AlreadyExists):
    """The party has added the same bytes to the visit before."""

    reason = "PHOTO_EXISTS"
    message = "the visit has this photo already"


class TooManyPhotos(FailedPrecondition):
    """The visit has as many photos as a visit may have; metadata `limit`."""

    reason = "TOO_MANY_PHOTOS"
    message = "the visit has as many photos as a visit may have"


class CalendarFeedNotFound(NotFound):
    """There is no such feed, or no longer, or it is somebody else's, or the secret is not its own."""

    reason = "CALENDAR_FEED_NOT_FOUND"
    message = "there is no such calendar feed"


class TooManyFeeds(FailedPrecondition):
    """The caller has as many feeds as one may have; metadata `limit`."""

    reason = "TOO_MANY_FEEDS"
    message = "there are as many calendar feeds as one may have"


class CertificateNotFound(NotFound):
    """The visit has no certificate: it is not completed."""

    reason = "CERTIFICATE_NOT_FOUND"
    message = "the visit has no certificate"


class SafetyWatchNotFound(NotFound):
    """The caller has no watch over this visit, or was not called by such an alarm."""

    reason = "SAFETY_WATCH_NOT_FOUND"
    message = "there is no such watch"


class SafetyWatchStateRefused(StateRefused):
    """The state of the watch does not allow it."""

    reason = "SAFETY_WATCH_STATE"
    message = "the state of the watch does not allow this"


class TourNotFound(NotFound):
    """The caller has no such tour."""

    reason = "TOUR_NOT_FOUND"
    message = "there is no such tour"


class TooManyTours(FailedPrecondition):
    """The caller has as many tours as one may have; metadata `limit`."""

    reason = "TOO_MANY_TOURS"
    message = "there are as many tours as one may have"


class EvidenceUndoubted(FailedPrecondition):
    """Nothing is in doubt about the evidence of the visit, or no longer."""

    reason = "EVIDENCE_UNDOUBTED"
    message = "nothing is in doubt about the evidence of the visit"


class OwnEvidence(PermissionDenied):
    """Somebody else must look at this evidence: not the agent of the visit, nor who completed it."""

    reason = "OWN_EVIDENCE"
    message = "somebody else must look at the evidence of the visit"


class SafetyContactUnknown(InvalidArgument):
    """Somebody named as a contact of a watch has nothing to do with the caller; metadata `fields`."""

    reason = "SAFETY_CONTACT_UNKNOWN"
    message = "contacts of a watch are members of the caller's organisation and those with whom a visit was agreed"
