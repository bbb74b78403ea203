"""Reaching past the caller's own rows, for a few statements and visibly.

Some rules touch tables that no caller may read (password hashes, others' sessions). They first find what they act on
as the caller, so that row-level security decides what exists, and then do the rest within this block.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import text

from services.chassis.actor import CallerKind
from services.chassis.db.database import ReadTransaction

_SYSTEM = text("SELECT set_config('role', 'doorstep_system', true)")
_CALLER = text("SELECT set_config('role', 'none', true)")


@asynccontextmanager
async def as_system(tx: ReadTransaction) -> AsyncIterator[None]:
    """Run the statements of the block as the system; an error ends the transaction, and with it the elevation."""
    if tx.actor.kind is CallerKind.SYSTEM or tx.session.info.get("elevated"):
        yield
        return
    await tx.session.flush()
    await tx.session.execute(_SYSTEM)
    tx.session.info["elevated"] = True
    yield
    await tx.session.flush()
    await tx.session.execute(_CALLER)
    tx.session.info["elevated"] = False
