"""Who may do what. Pure; row-level security decides before that what exists at all."""

from collections.abc import Collection
from uuid import UUID

from services.chassis.actor import Actor
from services.chassis.errors import PermissionMissing
from services.messaging.errors import SelfConversation


def user_of(actor: Actor) -> UUID:
    """The user that a call is by.

    Raises:
        PermissionMissing: the caller is no user.
    """
    if actor.user_id is None:
        raise PermissionMissing(metadata={"permission": "user"})
    return actor.user_id


def others_of(actor: Actor, user_ids: Collection[UUID]) -> frozenset[UUID]:
    """Whom a caller wants to talk to.

    Raises:
        SelfConversation: to nobody else.
    """
    others = frozenset(user_ids) - {user_of(actor)}
    if not others:
        raise SelfConversation
    return others
