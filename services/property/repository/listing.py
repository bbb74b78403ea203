"""Listings and their snapshots."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import and_, insert, select, tuple_
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.exc import IntegrityError

from services.chassis.db.repository import Repository, page_of
from services.chassis.paging import Page, PageOf
from services.property.errors import ExternalKeyTaken, ListingNotFound
from services.property.lifecycle import ON_MARKET
from services.property.models import FollowedDeals, Listing, ListingSnapshot, Property


class ListingRepository(Repository[Listing]):
    """Listings of the caller's organisation."""

    model = Listing
    not_found = ListingNotFound

    async def list_page(
        self, page: Page, *, property_id: UUID | None, states: Sequence[str], listing_number: str
    ) -> PageOf[Listing]:
        """One page, newest first."""
        statement = select(Listing)
        if property_id is not None:
            statement = statement.where(Listing.property_id == property_id)
        if states:
            statement = statement.where(Listing.state.in_(states))
        if listing_number:
            statement = statement.where(Listing.listing_number == listing_number)
        return await self.page(statement, by=(Listing.id.desc(),), page=page)

    async def overdue(
        self, states: Collection[str], before: date, limit: int, after: tuple[date, UUID, UUID] | None
    ) -> Sequence[tuple[date, UUID, UUID]]:
        """Listings in some states whose contract ended before a day: (day, organisation, id), in this order."""
        key = tuple_(Listing.expiration_date, Listing.organization_id, Listing.id)
        statement = select(Listing.expiration_date, Listing.organization_id, Listing.id).where(
            Listing.state.in_(sorted(states)), Listing.expiration_date < before
        )
        if after is not None:
            statement = statement.where(key > after)
        rows = await self.session.execute(
            statement.order_by(Listing.expiration_date, Listing.organization_id, Listing.id).limit(limit)
        )
        return [(day, organization_id, listing_id) for day, organization_id, listing_id in rows if day is not None]

    async def get_with_home(self, listing_id: UUID) -> tuple[Property, Listing]:
        """A listing and its property, in one statement.

        Raises:
            ListingNotFound
        """
        same = and_(Property.organization_id == Listing.organization_id, Property.id == Listing.property_id)
        statement = select(Property, Listing).join(Listing, same).where(Listing.id == listing_id)
        found = (await self.session.execute(statement)).one_or_none()
        if found is None:
            raise ListingNotFound
        home, row = found
        return home, row

    async def on_market(self, property_id: UUID) -> Listing | None:
        """The listing by which a property is on the market, if it is."""
        statement = select(Listing).where(Listing.property_id == property_id, Listing.state.in_(ON_MARKET))
        return (await self.session.execute(statement)).scalar_one_or_none()

    async def insert(self, row: Listing) -> None:
        """Write a new listing now.

        Raises:
            ExternalKeyTaken: somebody was faster with the same number.
        """
        self.add(row)
        try:
            await self.session.flush()
        except IntegrityError as error:
            if "listings_external_key" in str(error.orig):
                raise ExternalKeyTaken(metadata={"key": row.listing_number}) from error
            raise

    async def has_external_key(self, system: str, number: str) -> bool:
        """Whether the organisation has a listing with this number of this system."""
        statement = select(Listing.id).where(
            Listing.originating_system_name == system, Listing.listing_number == number
        )
        return (await self.session.execute(statement)).first() is not None

    async def lock_of_properties(self, property_ids: Collection[UUID]) -> dict[UUID, list[Listing]]:
        """Lock all listings of some properties, in one order."""
        statement = (
            select(Listing)
            .where(Listing.property_id.in_(property_ids))
            .order_by(Listing.id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
        found: dict[UUID, list[Listing]] = {}
        for row in (await self.session.execute(statement)).scalars():
            found.setdefault(row.property_id, []).append(row)
        return found

    async def numbers_elsewhere(self, system: str, numbers: dict[str, UUID | None]) -> set[str]:
        """Which numbers of a system belong to listings of another property than the one given with them."""
        statement = select(Listing.listing_number, Listing.property_id).where(
            Listing.originating_system_name == system, Listing.listing_number.in_(numbers), Listing.listing_number != ""
        )
        rows = (await self.session.execute(statement)).all()
        return {number for number, property_id in rows if numbers[number] != property_id}

    async def follow(self, row: Listing, position: int) -> bool:
        """Note an event of a deal of a listing that is locked; False where a later one was noted before."""
        mark = pg_insert(FollowedDeals).values(
            organization_id=row.organization_id, listing_id=row.id, position=position
        )
        later = mark.on_conflict_do_update(
            index_elements=[FollowedDeals.organization_id, FollowedDeals.listing_id],
            set_={"position": mark.excluded.position},
            where=FollowedDeals.position < mark.excluded.position,
        )
        return (await self.session.execute(later.returning(FollowedDeals.listing_id))).first() is not None

    async def snapshots(self, listing_id: UUID, page: Page) -> PageOf[ListingSnapshot]:
        """One page of how a listing looked, newest first."""
        statement = select(ListingSnapshot).where(ListingSnapshot.listing_id == listing_id)
        return await page_of(self.session, statement, by=(ListingSnapshot.id.desc(),), page=page)

    async def add_snapshots(self, rows: Sequence[dict[str, Any]]) -> None:
        """Write snapshots: rows, not objects, since nobody looks at them again and an import writes very many."""
        if rows:
            await self.session.execute(insert(ListingSnapshot.__table__), rows)
