"""What the servicers share."""

from dataclasses import dataclass

from services.chassis.clock import Clock
from services.chassis.db.database import Database
from services.chassis.names import Names
from services.chassis.paging import PageTokens
from services.partnership.peers import Ratings, Users


@dataclass(frozen=True, slots=True)
class Parts:
    """Made once by `app.build`."""

    database: Database
    clock: Clock
    page_tokens: PageTokens
    users: Users
    names: Names
    ratings: Ratings
