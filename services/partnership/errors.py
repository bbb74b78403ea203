"""What the partnership service refuses, each with its reason; the same list stands in `error_reason.proto`."""

from services.chassis.errors import (
    AlreadyExists,
    FailedPrecondition,
    InvalidArgument,
    NotFound,
    PermissionDenied,
    ResourceExhausted,
    StateRefused,
)


class PartnerRequestNotFound(NotFound):
    """There is no such request, or it is between others."""

    reason = "PARTNER_REQUEST_NOT_FOUND"
    message = "there is no such partner request"


class PartnershipNotFound(NotFound):
    """There is no such partnership, or it is one of others."""

    reason = "PARTNERSHIP_NOT_FOUND"
    message = "there is no such partnership"


class EngagementNotFound(NotFound):
    """There is no such engagement, or it is one of others."""

    reason = "ENGAGEMENT_NOT_FOUND"
    message = "there is no such engagement"


class AgentProfileNotFound(NotFound):
    """The user has written no profile as an agent, or is no agent any more."""

    reason = "AGENT_PROFILE_NOT_FOUND"
    message = "there is no such agent"


class BlockNotFound(NotFound):
    """The caller has not blocked this user."""

    reason = "BLOCK_NOT_FOUND"
    message = "this user is not blocked"


class UserNotFound(NotFound):
    """There is no such user, or the caller must not reach them."""

    reason = "USER_NOT_FOUND"
    message = "there is no such user"


class SelfRequest(InvalidArgument):
    """The caller named themselves."""

    reason = "SELF_REQUEST"
    message = "name somebody else than yourself"


class PartnerRequestExists(AlreadyExists):
    """A request of the caller's to this user is pending."""

    reason = "PARTNER_REQUEST_EXISTS"
    message = "a request to this user is pending already"


class PartnershipExists(AlreadyExists):
    """The two are partners already."""

    reason = "PARTNERSHIP_EXISTS"
    message = "you are partners already"


class EngagementExists(AlreadyExists):
    """There is an engagement with this agent for this purpose."""

    reason = "ENGAGEMENT_EXISTS"
    message = "there is an engagement with this agent for this purpose already"


class NotRecipient(PermissionDenied):
    """Only the recipient answers a request."""

    reason = "NOT_RECIPIENT"
    message = "only the recipient answers a request"


class NotSender(PermissionDenied):
    """Only the sender takes a request back."""

    reason = "NOT_SENDER"
    message = "only the sender takes a request back"


class NotTheAgent(PermissionDenied):
    """Only the agent answers."""

    reason = "NOT_THE_AGENT"
    message = "only the agent answers"


class NotTheClient(PermissionDenied):
    """Only the client takes it back."""

    reason = "NOT_THE_CLIENT"
    message = "only the client takes it back"


class PartnerRequestStateRefused(StateRefused):
    """The request was answered or has lapsed."""

    reason = "PARTNER_REQUEST_STATE"
    message = "the request was answered or has lapsed"


class PartnershipStateRefused(StateRefused):
    """The partnership has ended."""

    reason = "PARTNERSHIP_STATE"
    message = "the partnership has ended"


class EngagementStateRefused(StateRefused):
    """The state of the engagement does not allow it."""

    reason = "ENGAGEMENT_STATE"
    message = "the state of the engagement does not allow this"


class PartnerRequestPaused(FailedPrecondition):
    """The caller has withdrawn a request to this user not long ago."""

    reason = "PARTNER_REQUEST_PAUSED"
    message = "after a withdrawal the same user can be asked again only after 21 days"


class PartnerRequestLimit(ResourceExhausted):
    """The caller has asked as many users as one may within a week."""

    reason = "PARTNER_REQUEST_LIMIT"
    message = "you have asked as many users as one may within seven days"


class UserBlocked(FailedPrecondition):
    """The caller has blocked this user."""

    reason = "USER_BLOCKED"
    message = "you have blocked this user"


class NotAnAgent(FailedPrecondition):
    """The user is no agent of this organisation."""

    reason = "NOT_AN_AGENT"
    message = "the user is no agent of this organisation"
