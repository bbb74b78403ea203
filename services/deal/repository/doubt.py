"""Visits whose evidence is in doubt. What is told of a visit may come in any order, and more than once."""

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.dialects.postgresql import insert

from services.chassis.db.database import ReadTransaction
from services.deal.models.doubt import VisitDoubt


class DoubtRepository:
    """Doubts of the organisation."""

    def __init__(self, tx: ReadTransaction) -> None:
        """Work within `tx`."""
        self.session = tx.session

    async def keep(self, values: dict[str, Any]) -> None:
        """Keep a doubt, unless the visit is known: it may have been looked at already."""
        await self.session.execute(insert(VisitDoubt).values(**values).on_conflict_do_nothing())

    async def accept(self, values: dict[str, Any]) -> None:
        """Keep that somebody has looked at a visit, even if its doubt comes later."""
        statement = insert(VisitDoubt).values(**values, accept_time=values["create_time"])
        await self.session.execute(
            statement.on_conflict_do_update(
                index_elements=(VisitDoubt.organization_id, VisitDoubt.visit_id),
                set_={"accept_time": statement.excluded.accept_time},
            )
        )

    async def open_ones(self, buyer_id: UUID, listing_id: UUID, property_id: UUID | None) -> list[UUID]:
        """Visits of a buyer to a home, under this listing or another one, that nobody has looked at."""
        home: ColumnElement[bool] = VisitDoubt.listing_id == listing_id
        if property_id is not None:
            home = or_(home, VisitDoubt.property_id == property_id)
        statement = select(VisitDoubt.visit_id).where(
            VisitDoubt.buyer_id == buyer_id, home, VisitDoubt.accept_time.is_(None)
        )
        return list((await self.session.execute(statement)).scalars())
