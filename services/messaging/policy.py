"""Who may do what. Pure; row-level security decides before that what exists at all."""

from collections.abc import Collection
from uuid import UUID

from services.chassis.actor import Actor, user_of
from services.messaging.errors import SelfConversation


def others_of(actor: Actor, user_ids: Collection[UUID]) -> frozenset[UUID]:
    """Whom a caller wants to talk to.

    Raises:
        SelfConversation: to nobody else.
    """
    others = frozenset(user_ids) - {user_of(actor)}
    if not others:
        raise SelfConversation
    return others
