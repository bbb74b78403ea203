"""Who may do what with a visit. Pure."""

from enum import StrEnum
from uuid import UUID

from services.chassis.actor import Actor
from services.chassis.errors import PermissionMissing
from services.visit.errors import VisitNotFound, WrongParty
from services.visit.lifecycle import Party
from services.visit.models.visit import Visit

READ = "visit.read"
MANAGE = "visit.manage"


class Confirmation(StrEnum):
    """Who confirms the time of a visit."""

    AUTO = "AUTO"
    ANY_CONTACT = "ANY_CONTACT"
    ALL_CONTACTS = "ALL_CONTACTS"
    INSTRUCTIONS_ONLY = "INSTRUCTIONS_ONLY"


def has_right(actor: Actor, organization_id: UUID, permission: str) -> bool:
    """Whether the caller holds a permission in this very organisation."""
    return actor.organization_id == organization_id and actor.can(permission)


def party_of(actor: Actor, row: Visit) -> Party | None:
    """For which side the caller may act: who manages the organisation's visits acts for its agent.

    An agent is the agent within the organisation only: signed in to another one, or to none, row-level security lets
    nobody write what is the organisation's.
    """
    if actor.user_id is None:
        return None
    if actor.user_id == row.buyer_id:
        return Party.BUYER
    inside = actor.organization_id == row.organization_id
    if inside and (actor.user_id == row.agent_id or actor.can(MANAGE)):
        return Party.AGENT
    return None


def is_contact(actor: Actor, row: Visit) -> bool:
    """Whether the caller is one of those who are asked beside the agent."""
    return actor.user_id is not None and actor.user_id in row.contact_ids


def is_asked(actor: Actor, row: Visit) -> bool:
    """Whether the caller answers, as a contact or for all of them, the time that was proposed last.

    What the agent proposes the agent has answered for the house, unless all contacts have to agree. Contacts answer,
    and no more: they propose no times.
    """
    everybody = row.confirmation == Confirmation.ALL_CONTACTS
    if is_contact(actor, row):
        return everybody or row.proposed_by == Party.BUYER
    return everybody and party_of(actor, row) is Party.AGENT and has_right(actor, row.organization_id, MANAGE)


def may_see(actor: Actor, row: Visit) -> bool:
    """Whether the caller may know of a visit; row-level security alone would show it to every member."""
    return party_of(actor, row) is not None or has_right(actor, row.organization_id, READ)


def require_sight(actor: Actor, row: Visit, permission: str, *, contacts: bool) -> None:
    """Refuse who must not know of a visit, and contacts where they have nothing to say.

    Raises:
        VisitNotFound: the caller must not know of it.
        PermissionMissing: a contact would need `permission` for this.
    """
    if may_see(actor, row):
        return
    if not is_contact(actor, row):
        raise VisitNotFound
    if not contacts:
        raise PermissionMissing(metadata={"permission": permission})


def require_party(actor: Actor, row: Visit) -> Party:
    """The caller's side of a visit.

    Raises:
        VisitNotFound: the caller must not know of it.
        PermissionMissing: a colleague or a contact who may look and not touch.
    """
    require_sight(actor, row, MANAGE, contacts=False)
    party = party_of(actor, row)
    if party is None:
        raise PermissionMissing(metadata={"permission": MANAGE})
    return party


def require_side(actor: Actor, row: Visit, side: Party) -> Party:
    """Refuse the other side.

    Raises:
        VisitNotFound, PermissionMissing, WrongParty
    """
    if require_party(actor, row) is not side:
        raise WrongParty(metadata={"party": side.name})
    return side
