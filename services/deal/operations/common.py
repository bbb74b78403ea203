"""What the operations share."""

from datetime import date, datetime
from uuid import UUID

from services.chassis.actor import Actor
from services.chassis.db.database import Transaction
from services.chassis.errors import invalid
from services.chassis.ids import new_id
from services.deal.errors import ListingNotForSale, ListingNotFound
from services.deal.models.deal import Deal, TimelineEntry
from services.deal.peers import ListingFacts
from services.deal.repository.deal import DealRepository

FOR_SALE = frozenset({"ACTIVE", "ACTIVE_UNDER_CONTRACT"})
"""RESO statuses of listings for which offers are made and accepted. Property learns of an accepted offer by event, a
little later: what keeps a second one out is this service's own index."""

PUBLIC = FOR_SALE | {"COMING_SOON", "PENDING"}
"""RESO statuses of listings that everybody may see."""


def must_be_known(listing: ListingFacts, actor: Actor) -> None:
    """Refuse to know of a listing that the public does not see, unless the caller is one of those who offer it.

    Raises:
        ListingNotFound
    """
    if listing.standard_status not in PUBLIC and listing.organization_id != actor.organization_id:
        raise ListingNotFound


def must_be_for_sale(listing: ListingFacts) -> None:
    """Refuse what is not on the market.

    Raises:
        ListingNotForSale
    """
    if listing.standard_status not in FOR_SALE:
        raise ListingNotForSale(metadata={"standard_status": listing.standard_status})


def same_currency(listing: ListingFacts, currency_code: str) -> None:
    """Refuse a price in another currency than the listing's."""
    if currency_code != listing.currency_code:
        raise invalid("price.currency_code", f"the listing is in {listing.currency_code}", "money.currency_change")


def not_past(day: date | None, now: datetime, field: str) -> None:
    """Refuse a day that is over everywhere: yesterday in UTC may still be today somewhere."""
    if day is not None and (now.date() - day).days > 1:
        raise invalid(field, "must not be in the past", "date.past")


def note(
    tx: Transaction,
    deal: Deal,
    kind: str,
    *,
    by: UUID | None,
    now: datetime,
    resource_id: UUID | None = None,
    before: str = "",
    after: str = "",
    text: str = "",
    members_only: bool = False,
) -> None:
    """Write into the timeline of a deal."""
    DealRepository(tx).add_entry(
        TimelineEntry(
            organization_id=deal.organization_id,
            deal_id=deal.id,
            id=new_id(),
            buyer_id=deal.buyer_id,
            kind=kind,
            actor_id=by,
            resource_id=resource_id,
            previous_value=before,
            new_value=after,
            note=text,
            members_only=members_only,
            create_time=now,
        )
    )
