"""Offers, their rounds, and the lock of a listing."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, Label, and_, exists, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import aliased

from services.chassis.db.repository import Repository, page_of
from services.chassis.db.turns import take_turns
from services.chassis.paging import Page, PageOf
from services.deal.errors import ListingTaken, OfferExists, OfferNotFound
from services.deal.lifecycle import OPEN_OFFERS, OfferState
from services.deal.models.deal import Deal
from services.deal.models.offer import Offer, OfferRound


def _taken(listing_id: UUID) -> Label[bool]:
    """An accepted offer stays so when its deal is closed; deals without one count until then and after it.

    The listing itself hears of the sale a little later, and until then it looks as if it were on the market.
    """
    accepted = aliased(Offer)
    sold = exists().where(accepted.listing_id == listing_id, accepted.state == OfferState.ACCEPTED)
    return or_(sold, exists().where(Deal.listing_id == listing_id, Deal.state.in_(("OPEN", "CLOSED")))).label("taken")


class OfferRepository(Repository[Offer]):
    """Offers that the transaction's actor may see."""

    model = Offer
    not_found = OfferNotFound

    async def lock_listing(self, listing_id: UUID) -> None:
        """Have the negotiations of one listing to oneself until the transaction ends.

        Whoever makes, moves or ends an offer or a deal takes this lock first, then offers by id, then the deal: in
        one order, so that nobody deadlocks, and so that no offer is made while another one is being accepted.
        """
        await take_turns(self.session, f"deal.listing/{listing_id}")

    async def lock_open(self, listing_id: UUID, *, and_also: UUID | None = None) -> Sequence[Offer]:
        """Lock the open offers of a listing and one more, wherever it stands, in the order of their ids."""
        wanted: ColumnElement[bool] = Offer.state.in_(sorted(OPEN_OFFERS))
        if and_also is not None:
            wanted = or_(wanted, Offer.id == and_also)
        statement = (
            select(Offer)
            .where(Offer.listing_id == listing_id, wanted)
            .order_by(Offer.id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
        return (await self.session.execute(statement)).scalars().all()

    async def taken(self, listing_id: UUID) -> bool:
        """Whether a listing has an accepted offer, or a deal that is open or closed."""
        return bool((await self.session.execute(select(_taken(listing_id)))).scalar_one())

    async def standing(self, listing_id: UUID, buyer_id: UUID) -> tuple[bool, Offer | None]:
        """Whether a listing is taken, and the open offer that a buyer has for it; the caller holds the listing's lock.

        No offer of the listing changes without that lock, so that the row needs none of its own.
        """
        listing = select(_taken(listing_id)).subquery()
        own = and_(Offer.listing_id == listing_id, Offer.buyer_id == buyer_id, Offer.state.in_(sorted(OPEN_OFFERS)))
        statement = select(listing.c.taken, Offer).select_from(listing.outerjoin(Offer, own))
        taken, offer = (await self.session.execute(statement)).one()
        return bool(taken), offer

    async def write(self, row: Offer | Deal) -> None:
        """Write what has changed now.

        Raises:
            ListingTaken, OfferExists: an index of the database says so, whatever was read before.
        """
        try:
            await self.session.flush()
        except IntegrityError as error:
            said = str(error.orig)
            if "offers_accepted_key" in said or "deals_listing_key" in said:
                raise ListingTaken(metadata={"listing_id": str(row.listing_id)}) from error
            if "offers_open_key" in said:
                raise OfferExists(metadata={"listing_id": str(row.listing_id)}) from error
            raise

    async def list_page(
        self, page: Page, *, buyer_id: UUID | None, listing_id: UUID | None, states: Sequence[str]
    ) -> PageOf[Offer]:
        """One page, newest first."""
        statement = select(Offer)
        if buyer_id is not None:
            statement = statement.where(Offer.buyer_id == buyer_id)
        elif self.tx.actor.organization_id is not None:
            statement = statement.where(Offer.organization_id == self.tx.actor.organization_id)
        if listing_id is not None:
            statement = statement.where(Offer.listing_id == listing_id)
        if states:
            statement = statement.where(Offer.state.in_(states))
        return await self.page(statement, by=(Offer.id.desc(),), page=page)

    def add_round(self, row: OfferRound) -> None:
        """Keep what one side asked for."""
        self.session.add(row)

    async def rounds(self, offer_id: UUID, page: Page) -> PageOf[OfferRound]:
        """One page of what either side asked for, the latest first."""
        statement = select(OfferRound).where(OfferRound.offer_id == offer_id)
        return await page_of(self.session, statement, by=(OfferRound.round.desc(),), page=page)
