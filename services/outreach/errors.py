"""What outreach refuses, each with its reason; the same list stands in `error_reason.proto`."""

from services.chassis.errors import FailedPrecondition, NotFound, OutOfRange, StateRefused


class NotificationNotFound(NotFound):
    """The caller's inbox has no such entry."""

    reason = "NOTIFICATION_NOT_FOUND"
    message = "there is no such notification"


class SequenceBeyondEnd(OutOfRange):
    """The inbox does not reach that far."""

    reason = "SEQUENCE_BEYOND_END"
    message = "the inbox does not reach as far as this place"


class DeliveryNotFound(NotFound):
    """There is no such delivery."""

    reason = "DELIVERY_NOT_FOUND"
    message = "there is no such delivery"


class NotificationMandatory(FailedPrecondition):
    """Nobody chooses by which ways this type comes."""

    reason = "NOTIFICATION_MANDATORY"
    message = "by which ways notifications of this type come cannot be chosen"


class DeliveryStateRefused(StateRefused):
    """The state of the delivery does not allow it."""

    reason = "DELIVERY_STATE"
    message = "the state of the delivery does not allow this"


class MailboxNotInUse(FailedPrecondition):
    """Mail is sent for real."""

    reason = "MAILBOX_NOT_IN_USE"
    message = "mail and text messages are sent for real; no mailbox is kept"
