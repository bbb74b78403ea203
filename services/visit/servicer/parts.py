"""What the servicers share."""

from collections.abc import Iterable
from dataclasses import dataclass

from services.chassis.actor import Actor
from services.chassis.clock import Clock
from services.chassis.db.database import Database
from services.chassis.ids import parse_id
from services.chassis.paging import PageTokens
from services.visit.certificates import Keys
from services.visit.operations.safety import Contacts
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


async def contacts_of(parts: Parts, caller: Actor, user_ids: Iterable[str], field: str) -> Contacts:
    """Whom a watch shall call, and who of them is of the organisation for which the caller acts."""
    named = [parse_id(one) for one in user_ids]
    if not named or caller.organization_id is None:
        return Contacts(named, field=field)
    people = await parts.people.people(named, caller.organization_id)
    return Contacts(named, {one for one in named if one in people and people[one].roles}, field)
