"""What the servicers share."""

from dataclasses import dataclass

from services.chassis.clock import Clock
from services.chassis.db.database import Database
from services.chassis.paging import PageTokens
from services.visit.certificates import Keys
from services.visit.peers import Listings, People


@dataclass(frozen=True, slots=True)
class Parts:
    """Made once by `app.build`."""

    database: Database
    clock: Clock
    page_tokens: PageTokens
    listings: Listings
    people: People
    code_secret: bytes
    """Keys the hashes of codes; the database does not hold it."""
    certificate_keys: Keys
