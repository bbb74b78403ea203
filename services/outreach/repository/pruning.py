"""Forgetting, a few rows at a time: one statement for a year's rows would hold its locks for as long as it takes."""

from datetime import datetime
from typing import Any

from sqlalchemy import delete, inspect, select, tuple_

from services.chassis.db.database import Transaction


async def prune(tx: Transaction, model: type[Any], before: datetime, limit: int) -> int:
    """Remove at most `limit` of a table's rows that were made before a moment; returns how many there were."""
    key = inspect(model).primary_key
    old = select(*key).where(model.create_time < before).limit(limit)
    result: Any = await tx.session.execute(delete(model).where(tuple_(*key).in_(old)))
    return int(result.rowcount)
