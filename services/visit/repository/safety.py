"""The SQL of safety watches."""

from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert

from services.chassis.db.elevation import as_system
from services.chassis.db.repository import Repository
from services.visit.errors import SafetyWatchNotFound
from services.visit.models.safety import DutyRoster, SafetyWatch


class SafetyRepository(Repository[SafetyWatch]):
    """The caller's own watches; all of them for the system."""

    model = SafetyWatch
    not_found = SafetyWatchNotFound

    async def own(self, visit_id: UUID, user_id: UUID) -> SafetyWatch:
        """A user's watch over a visit.

        Raises:
            SafetyWatchNotFound
        """
        return await self._one(self._own(visit_id, user_id))

    async def own_for_update(self, visit_id: UUID, user_id: UUID) -> SafetyWatch:
        """The same, locked.

        Raises:
            SafetyWatchNotFound
        """
        statement = self._own(visit_id, user_id).with_for_update()
        return await self._one(statement.execution_options(populate_existing=True))

    @staticmethod
    def _own(visit_id: UUID, user_id: UUID) -> Any:
        return select(SafetyWatch).where(SafetyWatch.visit_id == visit_id, SafetyWatch.user_id == user_id)

    async def insert(self, values: dict[str, Any]) -> SafetyWatch | None:
        """Write a new watch now; None where there is one already."""
        statement = insert(SafetyWatch).values(**values).on_conflict_do_nothing().returning(SafetyWatch)
        return (await self.session.execute(statement)).scalar_one_or_none()

    async def on_duty(self, organization_id: UUID) -> list[UUID]:
        """Who is on duty in an organisation, whoever asks."""
        async with as_system(self.tx):
            found = await self.session.scalar(
                select(DutyRoster.user_ids).where(DutyRoster.organization_id == organization_id)
            )
        return list(found or ())

    async def replace_duty(self, organization_id: UUID, user_ids: list[UUID]) -> None:
        """Say who is on duty."""
        statement = insert(DutyRoster).values(organization_id=organization_id, user_ids=user_ids)
        statement = statement.on_conflict_do_update(
            index_elements=[DutyRoster.organization_id], set_={"user_ids": user_ids}
        )
        await self.session.execute(statement)

    async def erase_places(self, user_id: UUID) -> None:
        """Forget where a user was."""
        nowhere = dict.fromkeys(("latitude", "longitude", "accuracy_meters", "fix_time"))
        known = (SafetyWatch.user_id == user_id, SafetyWatch.fix_time.is_not(None))
        await self.session.execute(update(SafetyWatch).where(*known).values(**nowhere, version=SafetyWatch.version + 1))

    async def leave_duty(self, user_id: UUID, organization_id: UUID | None = None) -> None:
        """Take somebody off the roster of an organisation, or of all."""
        statement = (
            update(DutyRoster)
            .where(DutyRoster.user_ids.contains([user_id]))
            .values(user_ids=func.array_remove(DutyRoster.user_ids, user_id))
        )
        if organization_id is not None:
            statement = statement.where(DutyRoster.organization_id == organization_id)
        await self.session.execute(statement)
