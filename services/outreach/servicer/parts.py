"""What the servicers share."""

from dataclasses import dataclass

from services.chassis.clock import Clock
from services.chassis.db.database import Database
from services.chassis.paging import PageTokens


@dataclass(frozen=True, slots=True)
class Parts:
    """Made once by `app.build`."""

    database: Database
    clock: Clock
    page_tokens: PageTokens
    mailbox_in_use: bool
