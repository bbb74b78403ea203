"""What outreach refuses, each with its reason; the same list stands in `error_reason.proto`."""

from services.chassis.errors import FailedPrecondition, NotFound, StateRefused


class NotificationNotFound(NotFound):
    """The caller's inbox has no such entry."""

    reason = "NOTIFICATION_NOT_FOUND"
    message = "there is no such notification"


class DeliveryNotFound(NotFound):
    """There is no such delivery."""

    reason = "DELIVERY_NOT_FOUND"
    message = "there is no such delivery"


class NotificationMandatory(FailedPrecondition):
    """The type cannot be switched off."""

    reason = "NOTIFICATION_MANDATORY"
    message = "notifications of this type cannot be switched off"


class DeliveryStateRefused(StateRefused):
    """The state of the delivery does not allow it."""

    reason = "DELIVERY_STATE"
    message = "the state of the delivery does not allow this"


class MailboxNotInUse(FailedPrecondition):
    """Mail is sent for real."""

    reason = "MAILBOX_NOT_IN_USE"
    message = "mail and text messages are sent for real; no mailbox is kept"
