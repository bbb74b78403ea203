"""What the servicers share."""

from dataclasses import dataclass
from uuid import UUID

from services.chassis.actor import current_actor
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


def caller() -> UUID:
    """The user who calls. The access rules admit nobody else."""
    user_id = current_actor().user_id
    if user_id is None:
        raise RuntimeError("an RPC for users was called by somebody who is none")
    return user_id
