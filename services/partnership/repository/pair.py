"""Turns for pairs of users."""

from uuid import UUID

from sqlalchemy import text

from services.chassis.db.database import Transaction

_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended(:pair, 43))")


async def lock_pair(tx: Transaction, one: UUID, other: UUID) -> None:
    """Wait until nobody else decides anything about two users, until the transaction ends.

    Everything that looks at more than one row of a pair takes this turn first: whether there is a request the other way
    round, a partnership, a block. Without it two requests at once would each see nothing of the other.
    """
    await tx.session.execute(_LOCK, {"pair": "/".join(user_id.hex for user_id in sorted((one, other)))})
