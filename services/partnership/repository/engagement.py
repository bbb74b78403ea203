"""Engagements of agents."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import or_, select, update
from sqlalchemy.exc import IntegrityError

from services.chassis.db.repository import Repository
from services.chassis.paging import Page, PageOf
from services.partnership.errors import EngagementExists, EngagementNotFound
from services.partnership.lifecycle import OPEN
from services.partnership.models.engagement import Engagement


class EngagementRepository(Repository[Engagement]):
    """The caller's engagements, on either side."""

    model = Engagement
    not_found = EngagementNotFound

    async def insert(self, row: Engagement) -> None:
        """Write a new engagement now.

        Raises:
            EngagementExists: there is one. Who takes the pair's turn first never meets this.
        """
        self.add(row)
        try:
            await self.session.flush()
        except IntegrityError as error:
            if "engagements_open_key" in str(error.orig):
                raise EngagementExists from error
            raise

    async def open_between(self, client_id: UUID, agent_id: UUID, purpose: str) -> Engagement | None:
        """The engagement of an agent by a client for a purpose, locked, if it is asked for or active."""
        statement = (
            select(Engagement)
            .where(
                Engagement.client_id == client_id,
                Engagement.agent_id == agent_id,
                Engagement.purpose == purpose,
                Engagement.state.in_(sorted(OPEN)),
            )
            .with_for_update()
            .execution_options(populate_existing=True)
        )
        return (await self.session.execute(statement)).scalar_one_or_none()

    async def all_open_between(self, one: UUID, other: UUID) -> Sequence[Engagement]:
        """All engagements between two users that are asked for or active, locked, whichever way round."""
        statement = (
            select(Engagement)
            .where(
                or_(
                    (Engagement.client_id == one) & (Engagement.agent_id == other),
                    (Engagement.client_id == other) & (Engagement.agent_id == one),
                ),
                Engagement.state.in_(sorted(OPEN)),
            )
            .order_by(Engagement.id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
        return (await self.session.execute(statement)).scalars().all()

    async def open_with(self, user_id: UUID) -> set[UUID]:
        """Everybody between whom and a user an engagement is asked for or active. As the system."""
        statement = select(Engagement.client_id, Engagement.agent_id).where(
            or_(Engagement.client_id == user_id, Engagement.agent_id == user_id), Engagement.state.in_(sorted(OPEN))
        )
        return {one for row in await self.session.execute(statement) for one in row} - {user_id}

    async def erase_notes(self, client_id: UUID, now: datetime) -> None:
        """Erase what a user wrote. As the system."""
        statement = update(Engagement).where(Engagement.client_id == client_id, Engagement.note != "")
        await self.session.execute(statement.values(note="", version=Engagement.version + 1, update_time=now))

    async def page_of(
        self, user_id: UUID, page: Page, *, states: Collection[str], as_client: bool, as_agent: bool
    ) -> PageOf[Engagement]:
        """One page of a user's engagements on one side or either, newest first."""
        sides = []
        if as_client:
            sides.append(Engagement.client_id == user_id)
        if as_agent:
            sides.append(Engagement.agent_id == user_id)
        statement = select(Engagement).where(or_(*sides))
        if states:
            statement = statement.where(Engagement.state.in_(sorted(states)))
        return await self.page(statement, by=(Engagement.id.desc(),), page=page)
