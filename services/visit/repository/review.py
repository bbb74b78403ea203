"""The SQL of reviews."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Integer, Numeric, cast, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import InstrumentedAttribute

from services.chassis.db.repository import Repository
from services.chassis.paging import Page, PageOf
from services.visit.errors import ReviewExists, ReviewNotFound
from services.visit.lifecycle import Party, ReviewState
from services.visit.models.review import Review


@dataclass(frozen=True, slots=True)
class Summary:
    """What published reviews amount to."""

    count: int
    average: float | None
    rejected: int


class ReviewRepository(Repository[Review]):
    """Reviews of the caller's organisation, and of visits to which the caller came."""

    model = Review
    not_found = ReviewNotFound

    async def insert(self, values: dict[str, Any]) -> Review:
        """Write a new review now.

        Raises:
            ReviewExists: the party has written one.
        """
        statement = insert(Review).values(**values).on_conflict_do_nothing().returning(Review)
        row = (await self.session.execute(statement)).scalar_one_or_none()
        if row is None:
            raise ReviewExists(metadata={"party": values["party"]})
        return row

    async def erase_texts(self, user_id: UUID) -> None:
        """Leave the ratings that a user gave without words."""
        written = (Review.author_id == user_id, Review.text != "")
        await self.session.execute(update(Review).where(*written).values(text="", version=Review.version + 1))

    async def list_page(
        self, page: Page, *, states: Sequence[str], visit_id: UUID | None, author_id: UUID | None
    ) -> PageOf[Review]:
        """One page, newest first."""
        statement = select(Review)
        if states:
            statement = statement.where(Review.state.in_(states))
        if visit_id is not None:
            statement = statement.where(Review.visit_id == visit_id)
        if author_id is not None:
            statement = statement.where(Review.author_id == author_id)
        return await self.page(statement, by=(Review.id.desc(),), page=page)

    async def published(self, subject: InstrumentedAttribute[UUID], subject_id: UUID, page: Page) -> PageOf[Review]:
        """One page of what buyers say of a property or an agent, published last first."""
        statement = select(Review).where(
            subject == subject_id, Review.state == ReviewState.PUBLISHED, Review.party == Party.BUYER
        )
        return await self.page(statement, by=(Review.publish_time.desc(), Review.id.desc()), page=page)

    async def ratings(self, agent_ids: Collection[UUID]) -> dict[UUID, Summary]:
        """What buyers have said of some agents, in figures, without how many were refused; who has none is missing."""
        statement = (
            select(Review.agent_id, func.count(), func.round(cast(func.avg(Review.rating), Numeric), cast(2, Integer)))
            .where(Review.agent_id.in_(agent_ids), Review.state == ReviewState.PUBLISHED, Review.party == Party.BUYER)
            .group_by(Review.agent_id)
        )
        rows = await self.session.execute(statement)
        return {agent_id: Summary(int(count), float(average), 0) for agent_id, count, average in rows}

    async def summary(self, subject: InstrumentedAttribute[UUID], subject_id: UUID) -> Summary:
        """All of them together."""
        of_buyers = (subject == subject_id, Review.party == Party.BUYER)
        count, average = (
            await self.session.execute(
                select(func.count(), func.round(cast(func.avg(Review.rating), Numeric), cast(2, Integer))).where(
                    *of_buyers, Review.state == ReviewState.PUBLISHED
                )
            )
        ).one()
        rejected = await self.session.scalar(
            select(func.count()).select_from(Review).where(*of_buyers, Review.state == ReviewState.REJECTED)
        )
        return Summary(int(count), None if average is None else float(average), int(rejected or 0))
