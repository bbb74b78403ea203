"""The SQL of showing rules."""

from uuid import UUID

from sqlalchemy import and_, literal, select

from services.chassis.db.database import ReadTransaction
from services.chassis.db.turns import take_turns
from services.visit.models.availability import Availability
from services.visit.models.showing_rules import ShowingRules


class ShowingRulesRepository:
    """Rules of listings."""

    def __init__(self, tx: ReadTransaction) -> None:
        """Work within `tx`."""
        self.session = tx.session

    async def find(self, organization_id: UUID, listing_id: UUID) -> ShowingRules | None:
        """A listing's rules; None where nothing was said."""
        statement = select(ShowingRules).where(
            ShowingRules.organization_id == organization_id, ShowingRules.listing_id == listing_id
        )
        return (await self.session.execute(statement)).scalar_one_or_none()

    async def find_with_hours(
        self, organization_id: UUID, listing_id: UUID, agent_id: UUID
    ) -> tuple[ShowingRules | None, Availability | None]:
        """A listing's rules and its agent's: every request needs both, and one statement is enough."""
        one = select(literal(1)).subquery()
        statement = (
            select(ShowingRules, Availability)
            .select_from(one)
            .outerjoin(
                ShowingRules,
                and_(ShowingRules.organization_id == organization_id, ShowingRules.listing_id == listing_id),
            )
            .outerjoin(
                Availability, and_(Availability.organization_id == organization_id, Availability.agent_id == agent_id)
            )
        )
        showing, hours = (await self.session.execute(statement)).one()
        return showing, hours

    async def lock(self, listing_id: UUID) -> None:
        """Let nobody else say this listing's rules until the transaction ends."""
        await take_turns(self.session, f"showing_rules/{listing_id}")
