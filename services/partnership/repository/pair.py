"""Turns for pairs of users."""

from uuid import UUID

from services.chassis.db.database import Transaction
from services.chassis.db.turns import take_turns


async def lock_pair(tx: Transaction, one: UUID, other: UUID) -> None:
    """Wait until nobody else decides anything about two users, until the transaction ends.

    Everything that looks at more than one row of a pair takes this turn first: whether there is a request the other way
    round, a partnership, a block. Without it two requests at once would each see nothing of the other.
    """
    first, second = sorted((one, other))
    await take_turns(tx.session, f"pair/{first}/{second}")
