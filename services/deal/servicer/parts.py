"""What the servicers share."""

from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from uuid import UUID

from services.chassis.actor import system_for
from services.chassis.clock import Clock
from services.chassis.db.database import Database, Transaction
from services.chassis.ids import parse_id
from services.chassis.paging import PageTokens
from services.deal.peers import Certificates, Listings, People


@dataclass(frozen=True, slots=True)
class Parts:
    """Made once by `app.build`."""

    database: Database
    clock: Clock
    page_tokens: PageTokens
    listings: Listings
    people: People
    certificates: Certificates

    def change(self, organization_id: UUID) -> AbstractAsyncContextManager[Transaction]:
        """A transaction that acts for the organisation of a row.

        A buyer's acceptance ends other buyers' offers and begins a deal: rows that the buyer must not see. The
        operation is told who calls, and looks at that caller's rights before it changes anything.
        """
        return self.database.transaction(system_for(organization_id))


def optional_id(text: str) -> UUID | None:
    """An id that may be left out."""
    return parse_id(text) if text else None
