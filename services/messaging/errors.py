"""What the messaging service refuses, each with its reason; the same list stands in `error_reason.proto`."""

from services.chassis.errors import AlreadyExists, FailedPrecondition, InvalidArgument, NotFound, OutOfRange


class ConversationNotFound(NotFound):
    """There is no such conversation, or the caller takes no part in it."""

    reason = "CONVERSATION_NOT_FOUND"
    message = "there is no such conversation"


class UserNotFound(NotFound):
    """There is no such user, or the caller must not reach them."""

    reason = "USER_NOT_FOUND"
    message = "there is no such user"


class ListingNotFound(NotFound):
    """There is no such listing, or the caller must not know of it."""

    reason = "LISTING_NOT_FOUND"
    message = "there is no such listing"


class SelfConversation(InvalidArgument):
    """Nobody but the caller is named."""

    reason = "SELF_CONVERSATION"
    message = "name somebody else than yourself"


class ClientMessageIdReused(AlreadyExists):
    """The caller has said something else under the same name."""

    reason = "CLIENT_MESSAGE_ID_REUSED"
    message = "another message has this client_message_id"


class ConversationBlocked(FailedPrecondition):
    """One of the two participants wants no messages from the other."""

    reason = "CONVERSATION_BLOCKED"
    message = "nothing can be said in this conversation"


class UserBlocked(FailedPrecondition):
    """The caller has blocked one of the users."""

    reason = "USER_BLOCKED"
    message = "you have blocked one of the users"


class SequenceBeyondEnd(OutOfRange):
    """The conversation has no message at this place yet."""

    reason = "SEQUENCE_BEYOND_END"
    message = "the conversation has no message at this place yet"
