"""Who may do what. Pure; row-level security decides before that what exists at all."""

from collections.abc import Collection
from uuid import UUID

from services.chassis.actor import Actor, user_of
from services.chassis.errors import invalid
from services.messaging.errors import SelfConversation

OTHERS = 19
"""Most users whom one can talk to at a time; with oneself, what a conversation holds."""


def others_of(actor: Actor, user_ids: Collection[UUID]) -> frozenset[UUID]:
    """Whom a caller wants to talk to.

    Raises:
        SelfConversation: to nobody else.
        InvalidFields: to too many.
    """
    others = frozenset(user_ids) - {user_of(actor)}
    if not others:
        raise SelfConversation
    if len(others) > OTHERS:  # the contract counts the caller too, who need not be among them
        raise invalid("participant_ids", f"must name at most {OTHERS} others", "participant_ids.many")
    return others
