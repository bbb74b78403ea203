"""Deals and their timeline."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import exists, not_, or_, select

from services.chassis.db.repository import Repository, page_of
from services.chassis.paging import Page, PageOf
from services.deal.errors import DealNotFound
from services.deal.models.deal import Deal, TimelineEntry


class DealRepository(Repository[Deal]):
    """Deals that the transaction's actor may see."""

    model = Deal
    not_found = DealNotFound

    async def list_page(
        self,
        page: Page,
        *,
        buyer_id: UUID | None,
        states: Sequence[str],
        listing_id: UUID | None,
        stage_id: UUID | None,
        agent_id: UUID | None,
    ) -> PageOf[Deal]:
        """One page, newest first."""
        statement = select(Deal)
        if buyer_id is not None:
            statement = statement.where(Deal.buyer_id == buyer_id)
        elif self.tx.actor.organization_id is not None:
            statement = statement.where(Deal.organization_id == self.tx.actor.organization_id)
        if states:
            statement = statement.where(Deal.state.in_(states))
        for column, wanted in ((Deal.listing_id, listing_id), (Deal.stage_id, stage_id), (Deal.agent_id, agent_id)):
            if wanted is not None:
                statement = statement.where(column == wanted)
        return await self.page(statement, by=(Deal.id.desc(),), page=page)

    def add_entry(self, row: TimelineEntry) -> None:
        """Keep what has happened."""
        self.session.add(row)

    async def has_acted(self, deal_id: UUID, user_id: UUID) -> bool:
        """Whether somebody has done something in a deal, other than to decide a dispute, which moves payments too."""
        decided = or_(TimelineEntry.kind == "dispute.resolve", TimelineEntry.kind.startswith("payment."))
        theirs = TimelineEntry.actor_id == user_id
        statement = select(exists().where(TimelineEntry.deal_id == deal_id, theirs, not_(decided)))
        return bool(await self.session.scalar(statement))

    async def last_actor(self, deal_id: UUID, kind: str, resource_id: UUID) -> UUID | None:
        """Who did something to a resource of a deal last."""
        statement = select(TimelineEntry.actor_id).where(
            TimelineEntry.deal_id == deal_id, TimelineEntry.kind == kind, TimelineEntry.resource_id == resource_id
        )
        found: UUID | None = await self.session.scalar(statement.order_by(TimelineEntry.id.desc()).limit(1))
        return found

    async def timeline(self, deal_id: UUID, page: Page, *, members_too: bool) -> PageOf[TimelineEntry]:
        """One page of what has happened, the latest first."""
        statement = select(TimelineEntry).where(TimelineEntry.deal_id == deal_id)
        if not members_too:
            statement = statement.where(TimelineEntry.members_only.is_(False))
        return await page_of(self.session, statement, by=(TimelineEntry.id.desc(),), page=page)
