"""Turns: whoever takes one by its name keeps others out until the transaction ends.

Where there is no row to lock yet, or several things must be looked at together before any of them changes. Advisory
locks, one space for all services: a name begins with what it is about.
"""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

_TAKE = text("SELECT pg_advisory_xact_lock(hashtextextended(name, 42)) FROM unnest(CAST(:names AS text[])) AS name")
_TRY = text("SELECT pg_try_advisory_xact_lock(hashtextextended(:name, 42))")


async def try_turn(session: AsyncSession, name: str) -> bool:
    """Take a turn unless somebody else has it: for whoever may wait long, and should hold nothing meanwhile."""
    return bool(await session.scalar(_TRY, {"name": name}))


async def take_turns(session: AsyncSession, *names: str) -> None:
    """Wait until nobody else has any of these turns; in one order, so that nobody waits in a circle."""
    await session.execute(_TAKE, {"names": sorted(set(names))})
