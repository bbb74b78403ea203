"""Photos of visits: references only, the bytes lie in storage."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from services.chassis.actor import Actor, user_of
from services.chassis.db.database import ReadTransaction, Transaction
from services.chassis.ids import new_id
from services.chassis.paging import Page, PageOf
from services.visit import policy
from services.visit.errors import TooManyPhotos, VisitStateRefused, WrongParty
from services.visit.lifecycle import Party, VisitState
from services.visit.models.photo import VisitPhoto
from services.visit.models.visit import Visit
from services.visit.operations.common import find_visit, lock_visit
from services.visit.repository.photo import PhotoRepository

MOST = 50
"""Photos of one visit."""
_FROM = (VisitState.IN_PROGRESS, VisitState.COMPLETED)


async def add_photo(
    tx: Transaction, caller: Actor, visit_id: UUID, values: Mapping[str, Any], now: datetime
) -> VisitPhoto:
    """Keep a reference.

    Raises:
        VisitNotFound, PermissionMissing, VisitStateRefused, TooManyPhotos, PhotoExists
    """
    visit = await lock_visit(tx, caller, visit_id, "")  # locked, so that the count holds
    party = policy.require_party(caller, visit)
    if visit.state not in _FROM:
        allowed = ",".join(state.name for state in _FROM)
        raise VisitStateRefused(metadata={"verb": "add_photo", "state": visit.state, "allowed_states": allowed})
    photos = PhotoRepository(tx, visit)
    if await photos.count() >= MOST:
        raise TooManyPhotos(metadata={"limit": str(MOST)})
    return await photos.insert(
        {
            **values,
            "organization_id": visit.organization_id,
            "visit_id": visit.id,
            "id": new_id(),
            "buyer_id": visit.buyer_id,
            "uploader_id": user_of(caller),
            "party": party.value,
            "create_time": now,
        }
    )


async def list_photos(tx: ReadTransaction, caller: Actor, visit_id: UUID, page: Page) -> PageOf[VisitPhoto]:
    """One page of those that the caller may see.

    Raises:
        VisitNotFound
    """
    visit = await find_visit(tx, caller, visit_id)
    return await PhotoRepository(tx, visit).page(page, _side(caller, visit))


async def remove_photo(tx: Transaction, caller: Actor, visit_id: UUID, photo_id: UUID) -> None:
    """Forget a reference.

    Raises:
        VisitNotFound, PhotoNotFound, WrongParty
    """
    visit = await find_visit(tx, caller, visit_id)
    photos = PhotoRepository(tx, visit)
    row = await photos.get(photo_id, _side(caller, visit))
    if row.uploader_id != caller.user_id and not policy.has_right(caller, visit.organization_id, policy.MANAGE):
        raise WrongParty(metadata={"party": row.party})
    await photos.remove(photo_id)


def _side(caller: Actor, visit: Visit) -> Party:
    """Whose photos the caller sees: who may look into the organisation's visits stands on the agent's side."""
    return Party.BUYER if caller.user_id == visit.buyer_id else Party.AGENT
