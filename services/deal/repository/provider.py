"""What providers have told, and what the in-suite provider remembers."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from services.chassis.db.repository import Repository
from services.chassis.paging import Page, PageOf
from services.deal.models.payment import InSuiteOrder, ReceivedEvent


class ProviderRepository(Repository[ReceivedEvent]):
    """Events of the organisation's payments and payouts."""

    model = ReceivedEvent

    async def received(self, provider: str, event_id: str) -> ReceivedEvent | None:
        """An event that has come before."""
        statement = select(ReceivedEvent).where(ReceivedEvent.provider == provider, ReceivedEvent.event_id == event_id)
        return (await self.session.execute(statement)).scalar_one_or_none()

    async def list_page(self, page: Page, outcomes: Collection[str]) -> PageOf[ReceivedEvent]:
        """One page of events with one of some outcomes (any, where none is named), newest first."""
        statement = select(ReceivedEvent)
        if outcomes:
            statement = statement.where(ReceivedEvent.outcome.in_(sorted(outcomes)))
        by = (ReceivedEvent.receive_time.desc(), ReceivedEvent.event_id.desc())
        return await self.page(statement, by=by, page=page)

    async def remember_order(self, subject_id: UUID, key: str) -> bool:
        """Note an order at the in-suite provider; say whether it is a new one."""
        statement = insert(InSuiteOrder).values(subject_id=subject_id, key=key).on_conflict_do_nothing()
        return (await self.session.execute(statement.returning(InSuiteOrder.key))).first() is not None
