"""What holds between any two users, before one may ask the other for something."""

from collections.abc import Mapping
from uuid import UUID

from services.chassis.db.database import Transaction
from services.chassis.db.elevation import as_system
from services.partnership.errors import UserBlocked, UserNotFound
from services.partnership.repository.pair import lock_pair
from services.partnership.repository.partnership import BlockRepository


def must_exist(known: Mapping[UUID, object], user_id: UUID) -> None:
    """Refuse a user that identity does not know.

    Raises:
        UserNotFound
    """
    if user_id not in known:
        raise UserNotFound


async def take_turn(tx: Transaction, me: UUID, other: UUID) -> None:
    """Wait for the pair's turn, and refuse where one wants nothing of the other.

    Raises:
        UserBlocked: the caller has blocked the other.
        UserNotFound: the other has blocked the caller, who must not find out.
    """
    await lock_pair(tx, me, other)
    async with as_system(tx):
        blockers = await BlockRepository(tx).blockers_among(me, other)
    if me in blockers:
        raise UserBlocked
    if other in blockers:
        raise UserNotFound
