"""What a provider of mail or text messages does."""

from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from services.outreach.kinds import Channel


@dataclass(frozen=True, slots=True)
class Invitation:
    """What a calendar program makes an entry of (RFC 5545, 5546)."""

    method: str
    """`REQUEST` or `CANCEL`."""
    file_name: str
    content: str
    """The text/calendar object."""


@dataclass(frozen=True, slots=True)
class OutgoingMessage:
    """One message to one person."""

    delivery_id: UUID
    """The same at every attempt: providers that drop repetitions go by it."""
    user_id: UUID
    channel: Channel
    recipient: str
    """Mail address, or telephone number in E.164 form."""
    recipient_name: str
    subject: str
    """Of a mail; empty for a text message."""
    text: str
    html: str
    invitation: Invitation | None = None
    """To a calendar entry; of a mail."""


class Deferred(Exception):
    """The provider surely did not take the message, and may take it later."""


class Refused(Exception):
    """The provider surely did not take the message, and never will."""


class Provider(Protocol):
    """Takes messages of one channel."""

    name: str
    """As attempts show it."""
    repeatable: bool
    """It drops repetitions by the delivery's id, so an unknown outcome may be tried again."""

    async def send(self, message: OutgoingMessage) -> str:
        """Hand a message over; return what the provider said.

        Raises:
            Deferred: not now.
            Refused: never.
            Exception: any other one: it is not known whether the provider took it.
        """
