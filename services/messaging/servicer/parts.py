"""What the servicer is made of."""

from dataclasses import dataclass

from services.chassis.clock import Clock
from services.chassis.db.database import Database
from services.chassis.names import Names
from services.chassis.paging import PageTokens
from services.messaging.peers import Listings, Users
from services.messaging.servicer.inbox import Inboxes
from services.messaging.servicer.watch import Followers


@dataclass(frozen=True, slots=True)
class Parts:
    """Made once by `app.build`."""

    database: Database
    clock: Clock
    page_tokens: PageTokens
    users: Users
    listings: Listings
    names: Names
    followers: Followers
    inboxes: Inboxes
