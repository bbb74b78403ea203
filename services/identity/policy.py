"""Who may touch which row. Pure; row-level security decides before that what exists at all."""

from uuid import UUID

from services.chassis.actor import Actor
from services.chassis.errors import PermissionMissing
from services.identity.errors import OrganizationMissing, UserNotManaged
from services.identity.models.user import User

MANAGE = "user.manage"
READ = "user.read"


def organization_of(actor: Actor) -> UUID:
    """The organisation that a call is about: the one of the token.

    Raises:
        OrganizationMissing
    """
    if actor.organization_id is None:
        raise OrganizationMissing
    return actor.organization_id


def is_self(actor: Actor, user_id: UUID) -> bool:
    """Whether the caller is that user."""
    return actor.user_id == user_id


def require(actor: Actor, permission: str) -> None:
    """Refuse who lacks a permission.

    Raises:
        PermissionMissing
    """
    if not actor.can(permission):
        raise PermissionMissing(metadata={"permission": permission})


def require_owner_or_manager(actor: Actor, user: User) -> None:
    """Let the owner of an account change it, and administrators of the organisation that manages it.

    Raises:
        PermissionMissing: neither owner nor administrator.
        UserNotManaged: an administrator, but the account belongs to its owner.
    """
    if is_self(actor, user.id):
        return
    require(actor, MANAGE)
    require_managed(actor, user)


def require_managed(actor: Actor, user: User) -> None:
    """Refuse accounts that do not belong to the caller's organisation.

    Raises:
        UserNotManaged
    """
    if user.managed_by is None or user.managed_by != actor.organization_id:
        raise UserNotManaged
