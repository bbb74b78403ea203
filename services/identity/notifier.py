"""Telling people something: the port, and its form that keeps messages in a table and says that there is one.

Whoever delivers (the outreach service, by mail) hears of a message by an event that says nothing but its id, and asks
for it by GetAccountMessage. When it was handed over, the secret in it is forgotten here.

A message is written in the transaction that it belongs to: no link without its message, no message about a change that
was rolled back.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol
from uuid import UUID

import structlog

from services.chassis.db.database import Transaction
from services.chassis.db.elevation import as_system
from services.chassis.ids import new_id
from services.identity import events
from services.identity.models.user import Notification
from services.identity.repository.notification import NotificationRepository

_log = structlog.get_logger("doorstep.identity.notifier")


class Kind(StrEnum):
    """What a message is about."""

    VERIFY_EMAIL = "verify_email"
    """`data.token` is for VerifyEmail."""
    ACCOUNT_EXISTS = "account_exists"
    """Somebody tried to register the address of an account, or to move another account to it."""
    PASSWORD_RESET = "password_reset"  # noqa: S105 - a kind of message
    """`data.token` is for ResetPassword."""
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 - a kind of message
    CONFIRM_EMAIL = "confirm_email"
    """To a new address of an account; `data.token` is for ConfirmEmailChange."""
    EMAIL_CHANGE_REQUESTED = "email_change_requested"
    """To the address in use, while it still is: who did not ask for it sets a new password, which ends the link."""
    EMAIL_CHANGED = "email_changed"
    """To the address that was left behind."""
    ACCOUNT_DELETED = "account_deleted"
    """`data.token`, where the owner deleted it, is for RestoreAccount."""
    INVITATION = "invitation"
    """`data.token` is for AcceptInvitation."""
    SIGN_IN_LOCKED = "sign_in_locked"
    SESSION_REUSED = "session_reused"
    """A refresh token was copied; the session was ended."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message to one person."""

    kind: Kind
    recipient: str | None
    """The address; None where there is nobody to tell: then the work is done and nothing is sent, so that a caller
    cannot tell by the time it takes."""
    user_id: UUID | None = None
    data: dict[str, str] = field(default_factory=dict)


class Notifier(Protocol):
    """Delivers messages."""

    async def notify(self, tx: Transaction, message: Message) -> None:
        """Take a message on with the transaction."""


class TableNotifier:
    """Keeps messages in a table. Neither log nor event holds addresses or secrets."""

    async def notify(self, tx: Transaction, message: Message) -> None:
        """Write the message down."""
        row = Notification(
            id=new_id(),
            kind=message.kind.value,
            recipient=message.recipient,
            user_id=message.user_id,
            data=dict(message.data),
        )
        async with as_system(tx):
            NotificationRepository(tx).add(row)
        events.account_message_written(tx, row)  # also of one to nobody: both ways write the same
        _log.info("notification", kind=row.kind, notification_id=str(row.id), delivered=message.recipient is not None)
