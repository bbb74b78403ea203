"""Rows to messages, and back."""

from collections.abc import Iterable, Sequence
from typing import Any

from doorstep.outreach.v1 import mailbox_service_pb2, notification_pb2
from doorstep.outreach.v1 import notification_service_pb2 as pb
from services.chassis.errors import invalid
from services.chassis.mapping import enum_name, set_time
from services.outreach.kinds import AT_ONCE, FIXED, Channel, Choices, Kind, channels, is_daily
from services.outreach.models.delivery import Delivery, DeliveryAttempt, MailboxMessage
from services.outreach.models.notification import Notification
from services.outreach.operations.preference import Choice

TYPE = "NOTIFICATION_TYPE_"
CHANNEL = "NOTIFICATION_CHANNEL_"
_AT_ONCE = notification_pb2.NOTIFICATION_CADENCE_AT_ONCE
_DAILY = notification_pb2.NOTIFICATION_CADENCE_DAILY


def to_type(kind: str) -> Any:
    """A kind as the contract's number."""
    return notification_pb2.NotificationType.Value(f"{TYPE}{kind}")


def to_channel(channel: str) -> Any:
    """A channel as the contract's number."""
    return notification_pb2.NotificationChannel.Value(f"{CHANNEL}{channel}")


def from_type(number: int) -> Kind:
    """The contract's number as a kind."""
    return Kind(enum_name(notification_pb2.NotificationType, TYPE, number))


def from_channel(number: int) -> Channel:
    """The contract's number as a channel."""
    return Channel(enum_name(notification_pb2.NotificationChannel, CHANNEL, number))


def to_notification(row: Notification) -> notification_pb2.Notification:
    """One entry of an inbox."""
    message = notification_pb2.Notification(
        notification_id=str(row.id),
        type=to_type(row.type),
        title=row.title,
        text=row.body,
        language_code=row.language_code,
        resource_type=row.resource_type,
        resource_id=row.resource_id,
        sequence=row.sequence or 0,
        event_count=row.event_count,
        etag=row.etag,
    )
    set_time(message, "create_time", row.create_time)
    set_time(message, "update_time", row.update_time)
    set_time(message, "read_time", row.read_time)
    return message


def to_delivery(row: Delivery, attempts: Iterable[DeliveryAttempt]) -> notification_pb2.Delivery:
    """One delivery with its attempts."""
    message = notification_pb2.Delivery(
        delivery_id=str(row.id),
        notification_id=str(row.notification_id),
        channel=to_channel(row.channel),
        state=f"DELIVERY_STATE_{row.state}",
        suppression=f"SUPPRESSION_{row.suppression}" if row.suppression else None,
        attempts=[_attempt(attempt) for attempt in attempts],
    )
    set_time(message, "create_time", row.create_time)
    set_time(message, "sent_time", row.sent_time)
    return message


def _attempt(row: DeliveryAttempt) -> notification_pb2.DeliveryAttempt:
    message = notification_pb2.DeliveryAttempt(
        number=row.number,
        provider=row.provider,
        detail=row.detail,
        outcome=f"ATTEMPT_OUTCOME_{row.outcome}" if row.outcome else None,
    )
    set_time(message, "start_time", row.start_time)
    set_time(message, "end_time", row.end_time)
    return message


def to_mailbox_message(row: MailboxMessage) -> mailbox_service_pb2.MailboxMessage:
    """One kept message."""
    message = mailbox_service_pb2.MailboxMessage(
        delivery_id=str(row.delivery_id),
        channel=to_channel(row.channel),
        recipient=row.recipient,
        subject=row.subject,
        text=row.body,
        html=row.html,
        calendar=row.calendar,
    )
    set_time(message, "create_time", row.create_time)
    return message


def to_preferences(choices: Choices, etag: str) -> pb.NotificationPreferences:
    """What somebody wants of every type, the defaults filled in."""
    return pb.NotificationPreferences(preferences=[_preference(kind, choices) for kind in Kind], etag=etag)


def _preference(kind: Kind, choices: Choices) -> pb.NotificationPreference:
    wanted = channels(kind, choices)
    return pb.NotificationPreference(
        type=to_type(kind),
        in_app=Channel.IN_APP in wanted,
        email=Channel.EMAIL in wanted,
        sms=Channel.SMS in wanted,
        mandatory=kind in FIXED,
        email_cadence=_DAILY if is_daily(kind, choices) else _AT_ONCE,
    )


def from_choices(choices: Sequence[pb.PreferenceChoice]) -> list[Choice]:
    """Pairs to set.

    Raises:
        InvalidFields: a cadence of what has none.
    """
    return [_from_choice(number, choice) for number, choice in enumerate(choices)]


def _from_choice(number: int, sent: pb.PreferenceChoice) -> Choice:
    found = Choice(from_type(sent.type), from_channel(sent.channel), sent.enabled)
    if not sent.cadence:
        return found
    field = f"choices[{number}].cadence"
    if found.channel is not Channel.EMAIL:
        raise invalid(field, "only mails have one", "cadence.channel")
    if sent.cadence == _DAILY and found.kind in AT_ONCE:
        raise invalid(field, "mails of this type cannot wait for a day", "cadence.at_once")
    return found._replace(daily=sent.cadence == _DAILY)
