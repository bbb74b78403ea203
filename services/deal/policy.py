"""Who may do what with which row. Pure.

Row-level security shows a row to its organisation and to its buyer. These predicates narrow that: a member of the
organisation who may not read deals (a buyer can be a member too) sees what it has part in, and nothing else.
"""

from uuid import UUID

from services.chassis.actor import Actor
from services.deal.errors import NotAParty
from services.deal.lifecycle import OfferParty
from services.deal.models.deal import Deal
from services.deal.models.dispute import Dispute
from services.deal.models.document import Document
from services.deal.models.offer import Offer
from services.deal.models.payment import Payment
from services.deal.models.payout import Payout

READ = "deal.read"
WRITE = "deal.write"
MANAGE = "deal.manage"
OPERATE = "platform.operate"


def member_with(actor: Actor, organization_id: UUID, permission: str) -> bool:
    """Whether the caller acts for this organisation and holds the permission there."""
    return actor.organization_id == organization_id and actor.can(permission)


def sees(actor: Actor, row: Offer | Deal | Payment | Dispute) -> bool:
    """Whether the caller may know of an offer, a deal, a payment or a dispute."""
    return is_buyer(actor, row) or member_with(actor, row.organization_id, READ)


def sees_payout(actor: Actor, row: Payout) -> bool:
    """Whether the caller may know of a payout."""
    return row.payee_id == actor.user_id or member_with(actor, row.organization_id, MANAGE)


def sees_document(actor: Actor, row: Document) -> bool:
    """Whether the caller may know of a document."""
    if member_with(actor, row.organization_id, READ):
        return True
    return row.audience == "PARTIES" and row.buyer_id is not None and row.buyer_id == actor.user_id


def is_buyer(actor: Actor, row: Offer | Deal | Payment | Dispute) -> bool:
    """Whether the caller is the one who buys."""
    return row.buyer_id is not None and row.buyer_id == actor.user_id


def side_of(actor: Actor, row: Offer | Deal) -> OfferParty:
    """For which side the caller speaks; a buyer who is a member too speaks as the buyer.

    Raises:
        NotAParty: for none.
    """
    if is_buyer(actor, row):
        return OfferParty.BUYER
    if member_with(actor, row.organization_id, WRITE):
        return OfferParty.SELLER
    raise NotAParty
