"""Roles of the organisation's own."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from services.chassis.actor import Actor
from services.chassis.db.database import ReadTransaction, Transaction
from services.chassis.db.elevation import as_system
from services.chassis.errors import match_etag
from services.chassis.ids import new_id
from services.chassis.paging import Page, PageOf
from services.identity import policy
from services.identity.errors import RolePredefined
from services.identity.models.organization import Role
from services.identity.permissions import require_held, require_known
from services.identity.repository.audit import AuditRepository
from services.identity.repository.role import RoleRepository
from services.identity.repository.user import UserRepository


async def create_role(
    tx: Transaction, actor: Actor, *, name: str, description: str, permissions: Collection[str], now: datetime
) -> Role:
    """Make a role.

    Raises:
        OrganizationMissing, PermissionUnknown, PermissionEscalation, RoleNameTaken
    """
    organization_id = policy.organization_of(actor)
    require_known(permissions)
    require_held(actor.permissions, permissions)
    roles = RoleRepository(tx)
    role = roles.add(
        Role(
            organization_id=organization_id,
            id=new_id(),
            name=name,
            description=description,
            permissions=sorted(permissions),
            predefined=False,
        )
    )
    await roles.flush()
    await _audit(tx, actor, "role.created", role, now, after={"name": name, "permissions": role.permissions})
    return role


async def list_roles(tx: ReadTransaction, actor: Actor, *, page: Page) -> PageOf[Role]:
    """The roles of the organisation.

    Raises:
        OrganizationMissing
    """
    return await RoleRepository(tx).page_in(policy.organization_of(actor), page)


async def get_role(tx: ReadTransaction, actor: Actor, *, role_id: UUID) -> Role:
    """One role.

    Raises:
        OrganizationMissing, RoleNotFound
    """
    policy.organization_of(actor)
    return await RoleRepository(tx).get(role_id)


async def update_role(
    tx: Transaction,
    actor: Actor,
    *,
    role_id: UUID,
    description: str | None,
    permissions: Collection[str] | None,
    etag: str,
    now: datetime,
) -> Role:
    """Change what a role gives; its members need new tokens.

    Raises:
        OrganizationMissing, RoleNotFound, RolePredefined, PermissionUnknown, PermissionEscalation, EtagMismatch
    """
    policy.organization_of(actor)
    role = await RoleRepository(tx).get_for_update(role_id)
    _require_own(role)
    match_etag(role.etag, etag)
    before = {"description": role.description, "permissions": list(role.permissions)}
    if description is not None:
        role.description = description
    if permissions is not None and sorted(permissions) != role.permissions:
        require_known(permissions)
        # Taking away is giving too: who lacks a permission may not decide who else has it.
        require_held(actor.permissions, set(permissions) ^ set(role.permissions))
        role.permissions = sorted(permissions)
    if {"description": role.description, "permissions": role.permissions} == before:
        return role
    await tx.session.flush()
    if role.permissions != before["permissions"]:
        members = await RoleRepository(tx).members(role)
        async with as_system(tx):
            await UserRepository(tx).bump_authorization(members)
    after = {"description": role.description, "permissions": role.permissions}
    await _audit(tx, actor, "role.updated", role, now, before=before, after=after)
    return role


async def delete_role(tx: Transaction, actor: Actor, *, role_id: UUID, etag: str, now: datetime) -> None:
    """Remove a role that nobody has.

    Raises:
        OrganizationMissing, RoleNotFound, RolePredefined, RoleInUse, EtagMismatch
    """
    policy.organization_of(actor)
    roles = RoleRepository(tx)
    role = await roles.get_for_update(role_id)
    _require_own(role)
    match_etag(role.etag, etag)
    await roles.remove(role)
    await _audit(
        tx, actor, "role.deleted", role, now, before={"name": role.name, "permissions": list(role.permissions)}
    )


def _require_own(role: Role) -> None:
    if role.predefined:
        raise RolePredefined


async def _audit(
    tx: Transaction,
    actor: Actor,
    action: str,
    role: Role,
    now: datetime,
    *,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    await AuditRepository(tx).append(
        action, actor=actor, resource_type="role", resource_id=role.id, now=now, before=before, after=after
    )
