"""The provider of development: it keeps what would be sent, for ListMailboxMessages."""

from services.chassis.actor import SYSTEM
from services.chassis.clock import Clock
from services.chassis.db.database import Database
from services.outreach.channels.port import OutgoingMessage
from services.outreach.repository.delivery import keep


class MailboxProvider:
    """Keeps mails and text messages in a table."""

    name = "mailbox"
    repeatable = True

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def send(self, message: OutgoingMessage) -> str:
        """Keep a message; the same one twice is kept once."""
        async with self._database.fast_write(SYSTEM) as connection:
            await keep(connection, message, self._clock.now())
        return "kept"
