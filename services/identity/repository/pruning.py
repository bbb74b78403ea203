"""Forgetting, a few rows at a time.

One statement for a flood's rows would hold its locks for as long as it takes, or be ended for taking too long, and then
again every time.
"""

from typing import Any

from sqlalchemy import delete, inspect, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql.elements import ColumnElement


async def prune(session: AsyncSession, model: type[Any], which: ColumnElement[bool], limit: int) -> int:
    """Remove at most `limit` of a table's rows; those that somebody has locked stay for now. Returns how many."""
    key = inspect(model).primary_key
    old = select(*key).where(which).limit(limit).with_for_update(skip_locked=True).cte("old")
    statement = delete(model).where(tuple_(*key).in_(select(*old.c)))
    result: Any = await session.execute(statement.execution_options(synchronize_session=False))
    return int(result.rowcount)
