"""The SQL of feeds."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, delete, func, or_, select

from services.chassis.db.repository import Repository
from services.chassis.db.turns import take_turns
from services.chassis.paging import Page, PageOf
from services.visit.errors import CalendarFeedNotFound
from services.visit.lifecycle import VisitState
from services.visit.models.calendar import CalendarFeed
from services.visit.models.visit import Visit

_SHOWN = (
    VisitState.PENDING,
    VisitState.COUNTERED,
    VisitState.APPROVED,
    VisitState.IN_PROGRESS,
    VisitState.COMPLETED,
)
"""What stands in a calendar; what does not take place is missing from it."""


class CalendarFeedRepository(Repository[CalendarFeed]):
    """The caller's feeds."""

    model = CalendarFeed
    not_found = CalendarFeedNotFound

    async def lock(self, user_id: UUID) -> None:
        """Let nobody else make feeds of this user until the transaction ends."""
        await take_turns(self.session, f"calendar_feeds/{user_id}")

    async def count(self, user_id: UUID) -> int:
        """How many a user has."""
        statement = select(func.count()).select_from(CalendarFeed).where(CalendarFeed.user_id == user_id)
        return int((await self.session.execute(statement)).scalar_one())

    async def list_page(self, user_id: UUID, page: Page) -> PageOf[CalendarFeed]:
        """One page of a user's, newest first."""
        statement = select(CalendarFeed).where(CalendarFeed.user_id == user_id)
        return await self.page(statement, by=(CalendarFeed.id.desc(),), page=page)

    async def remove(self, user_id: UUID, feed_id: UUID) -> None:
        """Forget one.

        Raises:
            CalendarFeedNotFound
        """
        statement = delete(CalendarFeed).where(CalendarFeed.user_id == user_id, CalendarFeed.id == feed_id)
        found = await self.session.execute(statement.returning(CalendarFeed.id))
        if found.scalar_one_or_none() is None:
            raise CalendarFeedNotFound

    async def erase(self, user_id: UUID) -> None:
        """Forget all of a user's."""
        await self.session.execute(delete(CalendarFeed).where(CalendarFeed.user_id == user_id))

    async def visits_of(
        self, user_id: UUID, organization_id: UUID | None, *, since: datetime, most: int
    ) -> list[Visit]:
        """What a user visits, and shows for an organisation, soonest first; `tx` runs as the system.

        Args:
            user_id: Whose calendar.
            organization_id: For whom the user shows homes; None leaves these out.
            since: Leaves out what was over before.
            most: Bound of the answer; the latest are kept.
        """
        own = Visit.buyer_id == user_id
        if organization_id is not None:
            own = or_(own, and_(Visit.agent_id == user_id, Visit.organization_id == organization_id))
        statement = select(Visit).where(own, Visit.state.in_(_SHOWN), Visit.start_time > since)
        rows = await self.session.execute(statement.order_by(Visit.start_time.desc(), Visit.id.desc()).limit(most))
        return list(rows.scalars())[::-1]
