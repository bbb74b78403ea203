"""What people can be told, by which ways, and what holds as long as they have not said otherwise. Pure tables."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from services.outreach.errors import NotificationMandatory


class Kind(StrEnum):
    """NotificationType of the contract, in its order."""

    VISIT_REQUESTED = "VISIT_REQUESTED"
    VISIT_COUNTERED = "VISIT_COUNTERED"
    VISIT_APPROVED = "VISIT_APPROVED"
    VISIT_REJECTED = "VISIT_REJECTED"
    VISIT_RESCHEDULED = "VISIT_RESCHEDULED"
    VISIT_CANCELLED = "VISIT_CANCELLED"
    VISIT_EXPIRED = "VISIT_EXPIRED"
    VISIT_REMINDER = "VISIT_REMINDER"
    VISIT_STARTED = "VISIT_STARTED"
    VISIT_COMPLETED = "VISIT_COMPLETED"
    VISIT_NO_SHOW = "VISIT_NO_SHOW"
    VISIT_REVIEWED = "VISIT_REVIEWED"
    VISIT_ALARM = "VISIT_ALARM"
    OFFER_MADE = "OFFER_MADE"
    OFFER_COUNTERED = "OFFER_COUNTERED"
    OFFER_ACCEPTED = "OFFER_ACCEPTED"
    OFFER_REJECTED = "OFFER_REJECTED"
    OFFER_WITHDRAWN = "OFFER_WITHDRAWN"
    OFFER_EXPIRED = "OFFER_EXPIRED"
    OFFER_LAPSED = "OFFER_LAPSED"
    DEAL_OPENED = "DEAL_OPENED"
    DEAL_STAGE_MOVED = "DEAL_STAGE_MOVED"
    TOKEN_HELD = "TOKEN_HELD"  # noqa: S105 - a payment, not a secret
    TOKEN_RELEASED = "TOKEN_RELEASED"  # noqa: S105 - a payment, not a secret
    TOKEN_REFUNDED = "TOKEN_REFUNDED"  # noqa: S105 - a payment, not a secret
    TOKEN_FORFEITED = "TOKEN_FORFEITED"  # noqa: S105 - a payment, not a secret
    DOCUMENT_VERIFIED = "DOCUMENT_VERIFIED"
    DOCUMENT_REJECTED = "DOCUMENT_REJECTED"
    DEAL_CLOSED = "DEAL_CLOSED"
    DEAL_CANCELLED = "DEAL_CANCELLED"
    PAYOUT_RELEASED = "PAYOUT_RELEASED"
    DISPUTE_OPENED = "DISPUTE_OPENED"
    DISPUTE_RESOLVED = "DISPUTE_RESOLVED"
    PARTNER_REQUEST_RECEIVED = "PARTNER_REQUEST_RECEIVED"
    PARTNER_REQUEST_ACCEPTED = "PARTNER_REQUEST_ACCEPTED"
    PARTNER_REQUEST_REJECTED = "PARTNER_REQUEST_REJECTED"
    PARTNER_REQUEST_WITHDRAWN = "PARTNER_REQUEST_WITHDRAWN"
    PARTNERSHIP_ENDED = "PARTNERSHIP_ENDED"
    ENGAGEMENT_REQUESTED = "ENGAGEMENT_REQUESTED"
    ENGAGEMENT_ACCEPTED = "ENGAGEMENT_ACCEPTED"
    ENGAGEMENT_DECLINED = "ENGAGEMENT_DECLINED"
    ENGAGEMENT_ENDED = "ENGAGEMENT_ENDED"
    MESSAGE_RECEIVED = "MESSAGE_RECEIVED"
    PARTNER_REQUEST_EXPIRED = "PARTNER_REQUEST_EXPIRED"
    ENGAGEMENT_WITHDRAWN = "ENGAGEMENT_WITHDRAWN"
    ENGAGEMENT_EXPIRED = "ENGAGEMENT_EXPIRED"
    VERIFY_EMAIL = "VERIFY_EMAIL"
    ACCOUNT_EXISTS = "ACCOUNT_EXISTS"
    PASSWORD_RESET = "PASSWORD_RESET"  # noqa: S105 - a kind of message
    PASSWORD_CHANGED = "PASSWORD_CHANGED"  # noqa: S105 - a kind of message
    CONFIRM_EMAIL = "CONFIRM_EMAIL"
    EMAIL_CHANGE_REQUESTED = "EMAIL_CHANGE_REQUESTED"
    EMAIL_CHANGED = "EMAIL_CHANGED"
    ACCOUNT_DELETED = "ACCOUNT_DELETED"
    INVITATION = "INVITATION"
    SIGN_IN_LOCKED = "SIGN_IN_LOCKED"
    SESSION_REUSED = "SESSION_REUSED"
    DISPUTE_ANSWERED = "DISPUTE_ANSWERED"
    DISPUTE_EVIDENCE_ADDED = "DISPUTE_EVIDENCE_ADDED"
    DISPUTE_WITHDRAWN = "DISPUTE_WITHDRAWN"
    DIGEST = "DIGEST"
    TOKEN_REFUND_RETURNED = "TOKEN_REFUND_RETURNED"  # noqa: S105 - a payment, not a secret


class Channel(StrEnum):
    """A way to somebody."""

    IN_APP = "IN_APP"
    EMAIL = "EMAIL"
    SMS = "SMS"


class Suppression(StrEnum):
    """Why something is not sent."""

    PREFERENCE = "PREFERENCE"
    NO_ADDRESS = "NO_ADDRESS"
    NO_PROVIDER = "NO_PROVIDER"


class Outcome(StrEnum):
    """How an attempt to send ended."""

    SENT = "SENT"
    DEFERRED = "DEFERRED"
    REFUSED = "REFUSED"
    UNKNOWN = "UNKNOWN"


OUTSIDE = (Channel.EMAIL, Channel.SMS)
"""Channels that leave the house, each message with a delivery of its own."""

LINKS: Mapping[Kind, str] = MappingProxyType(
    {
        Kind.VERIFY_EMAIL: "verify-email",
        Kind.PASSWORD_RESET: "reset-password",
        Kind.CONFIRM_EMAIL: "confirm-email",
        Kind.ACCOUNT_DELETED: "restore-account",
        Kind.INVITATION: "accept-invitation",
    }
)
"""Messages of identity that may carry a secret, and the page of the operator's application that takes it."""

SECURITY = frozenset(
    {
        Kind.ACCOUNT_EXISTS,
        Kind.PASSWORD_CHANGED,
        Kind.EMAIL_CHANGE_REQUESTED,
        Kind.EMAIL_CHANGED,
        Kind.SIGN_IN_LOCKED,
        Kind.SESSION_REUSED,
    }
)
"""Messages of identity that only tell."""

ACCOUNT = SECURITY | LINKS.keys()
"""Messages of identity."""

FIXED: Mapping[Kind, frozenset[Channel]] = MappingProxyType(
    {
        # Somebody may be in danger: by every way.
        Kind.VISIT_ALARM: frozenset(Channel),
        # A link is for whoever reads that mailbox, and for nobody who has merely signed in.
        **dict.fromkeys(LINKS, frozenset({Channel.EMAIL})),
        **dict.fromkeys(SECURITY, frozenset({Channel.IN_APP, Channel.EMAIL})),
        # It stands for what was chosen type by type.
        Kind.DIGEST: frozenset({Channel.EMAIL}),
    }
)
"""Kinds whose ways nobody chooses."""

BY_SMS = frozenset({Kind.VISIT_REMINDER})
"""Text messages are for what cannot wait."""

WITHOUT_MAIL = frozenset({Kind.VISIT_STARTED})
"""Both are standing there."""


INVITED = frozenset({Kind.VISIT_APPROVED, Kind.VISIT_RESCHEDULED, Kind.VISIT_CANCELLED})
"""Their mails bring the visit into the reader's calendar, move it there, or take it out."""


AT_ONCE = frozenset({*FIXED, *INVITED, *BY_SMS})
"""Their mails do not wait for the digest."""
_DAILY = "DAILY"
"""Beside the channels of a type in `Choices`: its mails come with the digest."""


def _usual(kind: Kind) -> frozenset[Channel]:
    wanted = {
        Channel.IN_APP: True,
        Channel.EMAIL: kind not in WITHOUT_MAIL,
        Channel.SMS: kind in BY_SMS,
    }
    return frozenset(channel for channel in Channel if wanted[channel])


DEFAULTS: Mapping[Kind, frozenset[Channel]] = MappingProxyType({kind: FIXED.get(kind, _usual(kind)) for kind in Kind})

Choices = Mapping[str, Mapping[str, Any]]
"""As `Preferences.choices` holds them: `{type: {channel: bool}}`, and `DAILY` beside the channels."""


def channels(kind: Kind, choices: Choices) -> frozenset[Channel]:
    """The ways by which somebody with these choices hears of `kind`."""
    if kind in FIXED:
        return FIXED[kind]
    chosen = choices.get(kind, {})
    return frozenset(channel for channel in Channel if chosen.get(channel, channel in DEFAULTS[kind]))


def is_daily(kind: Kind, choices: Choices) -> bool:
    """Whether mails of a kind come with the digest."""
    return kind not in AT_ONCE and bool(choices.get(kind, {}).get(_DAILY))


def with_choice(
    choices: Choices, kind: Kind, channel: Channel, *, enabled: bool, daily: bool | None = None
) -> dict[str, dict[str, Any]]:
    """The choices after one more; `daily` None leaves it as it is.

    Raises:
        NotificationMandatory: it would change what nobody chooses.
    """
    if kind in FIXED and enabled is not (channel in FIXED[kind]):
        raise NotificationMandatory(metadata={"type": kind.name})
    after = {name: dict(chosen) for name, chosen in choices.items()}
    after.setdefault(kind, {})[channel] = enabled
    if daily is not None:
        after[kind][_DAILY] = daily
    return after
