"""All SQL of this service but the queue's, which is in `services/chassis/jobs`."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from services.chassis.db.database import ReadTransaction
from services.chassis.db.elevation import as_system
from services.chassis.db.repository import Repository
from services.chassis.paging import Page, PageOf
from services.tasks.errors import ScheduleExists, ScheduleNotFound
from services.tasks.models import Schedule, TaskAction, TaskRequest

OWN = "SELECT task_id FROM tasks.requests"
"""Tasks that were asked for by the caller's organisation: row-level security says which."""


class RequestRepository:
    """Who asked for what. Callers see their organisation's requests, the system all."""

    def __init__(self, tx: ReadTransaction) -> None:
        """Work within `tx`."""
        self.session = tx.session

    def add(self, row: TaskRequest) -> None:
        """Keep a request."""
        self.session.add(row)

    async def find(self, task_id: int) -> TaskRequest | None:
        """The request behind a task, if there is one that the caller may see."""
        return await self.session.get(TaskRequest, task_id)

    async def creators(self, task_ids: Sequence[int]) -> dict[int, UUID]:
        """The users who asked for tasks, by task."""
        rows = await self.session.execute(
            select(TaskRequest.task_id, TaskRequest.user_id).where(
                TaskRequest.task_id.in_(task_ids), TaskRequest.user_id.is_not(None)
            )
        )
        return {row.task_id: row.user_id for row in rows}

    async def prune(self, before: datetime, limit: int) -> int:
        """Forget old ones, at most `limit`, of tasks that have ended; returns how many there were."""
        result: Any = await self.session.execute(
            text(
                "DELETE FROM tasks.requests WHERE task_id IN (SELECT task_id FROM tasks.requests AS request "
                "WHERE create_time < :before "
                "AND NOT EXISTS (SELECT FROM jobs.pgqueuer AS job WHERE job.id = request.task_id) "
                "ORDER BY create_time LIMIT :limit)"
            ),
            {"before": before, "limit": limit},
        )
        return int(result.rowcount)


class ActionRepository:
    """What was done to tasks. Everybody's actions are written, only operators read."""

    def __init__(self, tx: ReadTransaction) -> None:
        """Work within `tx`."""
        self.tx = tx
        self.session = tx.session

    async def append(self, row: TaskAction) -> None:
        """Write one."""
        async with as_system(self.tx):
            self.session.add(row)

    async def list(self, page: Page, *, target: str) -> PageOf[TaskAction]:
        """One page, newest first."""
        statement = select(TaskAction).order_by(TaskAction.id.desc()).limit(page.size + 1)
        if target:
            statement = statement.where(TaskAction.target == target)
        if page.after is not None:
            statement = statement.where(TaskAction.id < page.after[0])
        rows = (await self.session.execute(statement)).scalars().all()
        return page.cut(list(rows), key=lambda row: (row.id,))


class ScheduleRepository(Repository[Schedule]):
    """Schedules."""

    model = Schedule
    not_found = ScheduleNotFound

    async def named(self, name: str, *, lock: bool = False) -> Schedule:
        """One by its name.

        Raises:
            ScheduleNotFound
        """
        statement = select(Schedule).where(Schedule.name == name)
        if lock:
            statement = statement.with_for_update().execution_options(populate_existing=True)
        return await self._one(statement)

    async def insert(self, row: Schedule) -> Schedule:
        """Make one.

        Raises:
            ScheduleExists
        """
        try:
            async with self.session.begin_nested():
                self.session.add(row)
        except IntegrityError as error:
            raise ScheduleExists(metadata={"name": row.name}) from error
        return row

    async def list(self, page: Page) -> PageOf[Schedule]:
        """One page, by name."""
        return await self.page(select(Schedule), by=(Schedule.name,), page=page)

    async def remove(self, row: Schedule) -> None:
        """Forget one."""
        await self.session.delete(row)


class QueueRepository:
    """What is asked of the queue itself, beside the chassis's statements."""

    def __init__(self, tx: ReadTransaction) -> None:
        """Work within `tx`."""
        self.session = tx.session

    async def with_key(self, key: str) -> int | None:
        """The task that has a key now."""
        found = await self.session.scalar(
            text("SELECT id FROM jobs.pgqueuer WHERE dedupe_key = :key AND status IN ('queued', 'picked')"),
            {"key": key},
        )
        return None if found is None else int(found)
