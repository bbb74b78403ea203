"""What the servicers share."""

from dataclasses import dataclass
from uuid import UUID

from services.chassis.actor import Actor
from services.chassis.clock import Clock
from services.chassis.db.database import Database
from services.chassis.errors import InvalidFields, Violation
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


def organization_of(caller: Actor) -> UUID:
    """The caller's organisation.

    Raises:
        InvalidFields: the caller acts for none.
    """
    if caller.organization_id is None:
        violation = Violation("organization_id", "sign in to an organisation first", "organization.required")
        raise InvalidFields(metadata={"fields": "organization_id"}, violations=(violation,))
    return caller.organization_id
