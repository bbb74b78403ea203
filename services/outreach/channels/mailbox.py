"""The provider of development: it keeps what would be sent, for ListMailboxMessages."""

from services.chassis.actor import SYSTEM
from services.chassis.clock import Clock
from services.chassis.db.database import Database
from services.outreach.channels.port import OutgoingMessage
from services.outreach.operations.delivery import keep_in_mailbox


class MailboxProvider:
    """Keeps mails and text messages in a table."""

    name = "mailbox"
    repeatable = True

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def send(self, message: OutgoingMessage) -> str:
        """Keep a message; the same one twice is kept once."""
        async with self._database.transaction(SYSTEM) as tx:
            await keep_in_mailbox(
                tx,
                message.user_id,
                message.delivery_id,
                channel=message.channel,
                recipient=message.recipient,
                subject=message.subject,
                body=message.text,
                html=message.html,
                calendar=message.invitation.content if message.invitation is not None else "",
                now=self._clock.now(),
            )
        return "kept"
