"""The SQL of photos."""

from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, or_, select
from sqlalchemy.dialects.postgresql import insert

from services.chassis.db.database import ReadTransaction
from services.chassis.paging import Page, PageOf
from services.visit.errors import PhotoExists, PhotoNotFound
from services.visit.lifecycle import Party
from services.visit.models.photo import VisitPhoto
from services.visit.models.visit import Visit


class PhotoRepository:
    """Photos of one visit."""

    def __init__(self, tx: ReadTransaction, visit: Visit) -> None:
        """Work within `tx`."""
        self.session = tx.session
        self._of_visit = (VisitPhoto.organization_id == visit.organization_id, VisitPhoto.visit_id == visit.id)

    async def insert(self, values: dict[str, Any]) -> VisitPhoto:
        """Write a new one now.

        Raises:
            PhotoExists: the party has added the same bytes.
        """
        statement = insert(VisitPhoto).values(**values).on_conflict_do_nothing().returning(VisitPhoto)
        row = (await self.session.execute(statement)).scalar_one_or_none()
        if row is None:
            raise PhotoExists
        return row

    async def count(self) -> int:
        """How many there are."""
        return int((await self.session.execute(select(func.count()).where(*self._of_visit))).scalar_one())

    async def get(self, photo_id: UUID, side: Party) -> VisitPhoto:
        """One that a side may see.

        Raises:
            PhotoNotFound
        """
        statement = select(VisitPhoto).where(*self._of_visit, VisitPhoto.id == photo_id, _seen_by(side))
        row = (await self.session.execute(statement)).scalar_one_or_none()
        if row is None:
            raise PhotoNotFound
        return row

    async def page(self, page: Page, side: Party) -> PageOf[VisitPhoto]:
        """One page of those that a side may see, newest first."""
        statement = select(VisitPhoto).where(*self._of_visit, _seen_by(side))
        if page.after is not None:
            statement = statement.where(VisitPhoto.id < page.after[0])
        rows = await self.session.execute(statement.order_by(VisitPhoto.id.desc()).limit(page.size + 1))
        return page.cut(list(rows.scalars()), key=lambda row: (row.id,))

    async def remove(self, photo_id: UUID) -> None:
        """Forget one."""
        await self.session.execute(delete(VisitPhoto).where(*self._of_visit, VisitPhoto.id == photo_id))


def _seen_by(side: Party) -> Any:
    return or_(VisitPhoto.audience == "PARTIES", VisitPhoto.party == side.value)
