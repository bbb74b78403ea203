"""The SQL of tours."""

from uuid import UUID

from sqlalchemy import delete, func, select

from services.chassis.db.repository import Repository
from services.chassis.db.turns import take_turns
from services.chassis.paging import Page, PageOf
from services.visit.errors import TourNotFound
from services.visit.models.tour import Tour


class TourRepository(Repository[Tour]):
    """The caller's tours."""

    model = Tour
    not_found = TourNotFound

    async def lock(self, user_id: UUID) -> None:
        """Let nobody else make tours of this user until the transaction ends."""
        await take_turns(self.session, f"tours/{user_id}")

    async def count(self, user_id: UUID) -> int:
        """How many a user has."""
        statement = select(func.count()).select_from(Tour).where(Tour.user_id == user_id)
        return int((await self.session.execute(statement)).scalar_one())

    async def list_page(self, user_id: UUID, page: Page) -> PageOf[Tour]:
        """One page of a user's, newest first."""
        return await self.page(select(Tour).where(Tour.user_id == user_id), by=(Tour.id.desc(),), page=page)

    async def remove(self, user_id: UUID, tour_id: UUID) -> None:
        """Forget one.

        Raises:
            TourNotFound
        """
        statement = delete(Tour).where(Tour.user_id == user_id, Tour.id == tour_id).returning(Tour.id)
        if (await self.session.execute(statement)).scalar_one_or_none() is None:
            raise TourNotFound

    async def erase(self, user_id: UUID) -> None:
        """Forget all of a user's."""
        await self.session.execute(delete(Tour).where(Tour.user_id == user_id))
