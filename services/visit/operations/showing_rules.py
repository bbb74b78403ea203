"""How listings are shown."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from services.chassis.actor import Actor
from services.chassis.db.database import ReadTransaction, Transaction
from services.chassis.errors import PermissionMissing
from services.visit import policy
from services.visit.errors import InstructionsOnly, ListingNotFound
from services.visit.models.availability import Availability
from services.visit.models.showing_rules import ShowingRules
from services.visit.operations.common import replace_row
from services.visit.peers import ListingFacts
from services.visit.policy import Confirmation
from services.visit.repository.showing_rules import ShowingRulesRepository


async def find_showing_rules(tx: ReadTransaction, listing: ListingFacts) -> ShowingRules | None:
    """How a listing is shown; None where nothing was said."""
    return await ShowingRulesRepository(tx).find(listing.organization_id, listing.listing_id)


async def require_requestable(
    tx: ReadTransaction, listing: ListingFacts, agent_id: UUID
) -> tuple[ShowingRules | None, Availability | None]:
    """How a listing is shown whose visits can be requested, and when its agent receives them.

    Raises:
        InstructionsOnly
    """
    repository = ShowingRulesRepository(tx)
    showing, hours = await repository.find_with_hours(listing.organization_id, listing.listing_id, agent_id)
    if showing is not None and showing.confirmation == Confirmation.INSTRUCTIONS_ONLY:
        raise InstructionsOnly
    return showing, hours


def require_own_listing(caller: Actor, listing: ListingFacts) -> None:
    """Refuse to say how somebody else's listing is shown, unless one manages the visits of its organisation.

    Raises:
        ListingNotFound: of another organisation.
        PermissionMissing: a colleague's.
    """
    if caller.organization_id != listing.organization_id:
        raise ListingNotFound
    if caller.user_id != listing.agent_id and not caller.can(policy.MANAGE):
        raise PermissionMissing(metadata={"permission": policy.MANAGE})


async def replace_showing_rules(
    tx: Transaction, listing: ListingFacts, values: Mapping[str, Any], *, etag: str, now: datetime
) -> ShowingRules:
    """Say how a listing is shown.

    Raises:
        EtagMismatch
    """
    repository = ShowingRulesRepository(tx)
    await repository.lock(listing.listing_id)  # nobody can lock a row that is not there yet
    row = await repository.find(listing.organization_id, listing.listing_id)
    new = ShowingRules(organization_id=listing.organization_id, listing_id=listing.listing_id)
    return await replace_row(tx, row, new, values, etag=etag, now=now)
