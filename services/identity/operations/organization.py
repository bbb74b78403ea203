"""Organisations and who belongs to them."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.chassis.actor import Actor, user_of
from services.chassis.db.database import ReadTransaction, Transaction
from services.chassis.db.elevation import as_system
from services.chassis.errors import match_etag
from services.chassis.ids import new_id
from services.chassis.paging import Page, PageOf
from services.identity import events, policy
from services.identity.errors import OrganizationNotFound
from services.identity.models.organization import Membership, Organization, Role
from services.identity.models.user import User
from services.identity.operations.rights import rights_of
from services.identity.operations.user import Member, member_of, require_other_admin
from services.identity.permissions import ADMIN, PREDEFINED, require_held
from services.identity.repository.audit import AuditRepository
from services.identity.repository.organization import MembershipRepository, OrganizationRepository, Rights
from services.identity.repository.role import RoleRepository
from services.identity.repository.session import SessionRepository
from services.identity.repository.user import UserRepository

_LISTED = 100
"""Organisations that GetMe lists; more are found with ListOrganizations."""


@dataclass(frozen=True, slots=True)
class Me:
    """The caller."""

    user: User
    rights: Rights
    organizations: list[Organization]


async def get_me(tx: ReadTransaction, actor: Actor) -> Me:
    """The caller: account, rights in the organisation of the token, and all organisations.

    Raises:
        UserNotFound
    """
    user = await UserRepository(tx).get(user_of(actor))
    rights = await rights_of(tx, user, actor.organization_id) or Rights((), frozenset())
    return Me(user, rights, list(await OrganizationRepository(tx).all_of_user(user.id, _LISTED)))


async def create_organization(tx: Transaction, actor: Actor, *, display_name: str, now: datetime) -> Organization:
    """Make an organisation with the predefined roles; the caller administers it."""
    user_id = user_of(actor)
    async with as_system(tx):
        organization, roles = await found_organization(tx, new_id(), display_name)
        await MembershipRepository(tx).join(organization.id, user_id, [roles[ADMIN].id])
    events.organization_created(tx, organization)
    events.member_added(tx, organization.id, user_id, [ADMIN])
    await AuditRepository(tx).append(
        "organization.created",
        actor=actor,
        resource_type="organization",
        resource_id=organization.id,
        now=now,
        after={"display_name": display_name},
        organization_id=organization.id,
    )
    return organization


async def found_organization(
    tx: Transaction, organization_id: UUID, display_name: str
) -> tuple[Organization, dict[str, Role]]:
    """Write an organisation without members, and its predefined roles by name (as the system)."""
    organization = OrganizationRepository(tx).add(Organization(id=organization_id, display_name=display_name))
    await tx.session.flush()
    roles = {
        name: Role(
            organization_id=organization_id,
            id=new_id(),
            name=name,
            description=description,
            permissions=sorted(permissions),
            predefined=True,
        )
        for name, (description, permissions) in PREDEFINED.items()
    }
    tx.session.add_all(roles.values())
    await tx.session.flush()
    return organization, roles


async def list_organizations(tx: ReadTransaction, actor: Actor, *, page: Page) -> PageOf[Organization]:
    """The caller's organisations."""
    return await OrganizationRepository(tx).page_of_user(user_of(actor), page)


async def get_organization(tx: ReadTransaction, actor: Actor, *, organization_id: UUID) -> Organization:
    """An organisation of the caller.

    Raises:
        OrganizationNotFound
    """
    del actor  # row-level security decides
    return await OrganizationRepository(tx).get(organization_id)


async def update_organization(
    tx: Transaction, actor: Actor, *, organization_id: UUID, display_name: str | None, etag: str, now: datetime
) -> Organization:
    """Change the organisation of the token.

    Raises:
        OrganizationNotFound: also another organisation of the caller, in which the token gives no rights.
        EtagMismatch
    """
    if organization_id != actor.organization_id:
        raise OrganizationNotFound
    organization = await OrganizationRepository(tx).get_for_update(organization_id)
    match_etag(organization.etag, etag)
    if display_name is None or display_name == organization.display_name:
        return organization
    before, organization.display_name = organization.display_name, display_name
    await tx.session.flush()
    await AuditRepository(tx).append(
        "organization.updated",
        actor=actor,
        resource_type="organization",
        resource_id=organization.id,
        now=now,
        before={"display_name": before},
        after={"display_name": display_name},
    )
    return organization


async def list_members(tx: ReadTransaction, actor: Actor, *, page: Page, team_id: UUID | None) -> PageOf[Member]:
    """The members of the caller's organisation, or of one of its teams.

    Raises:
        OrganizationMissing
    """
    organization_id = policy.organization_of(actor)
    memberships = MembershipRepository(tx)
    found = await memberships.page_in(organization_id, page, team_id=team_id)
    ids = [row.user_id for row in found.items]
    users = await UserRepository(tx).by_ids(ids)
    roles = await memberships.role_names(organization_id, ids)
    # Who has left between two statements is out of sight.
    rows = [row for row in found.items if row.user_id in users]
    members = [Member(users[row.user_id], tuple(roles.get(row.user_id, ())), row) for row in rows]
    return PageOf(members, found.next_page_token)


async def update_member(
    tx: Transaction, actor: Actor, *, user_id: UUID, roles: list[str], etag: str, now: datetime
) -> Member:
    """Replace the roles of a member.

    Raises:
        OrganizationMissing, MemberNotFound, RoleNotFound, PermissionEscalation, LastAdmin, EtagMismatch
    """
    organization_id = policy.organization_of(actor)
    memberships = MembershipRepository(tx)
    # Changes of who administers take turns before any other lock, so that two of them cannot wait for each other.
    await OrganizationRepository(tx).lock(organization_id)
    membership = await memberships.of(organization_id, user_id, lock=True)
    match_etag(membership.etag, etag)
    given = await RoleRepository(tx).named(organization_id, roles)
    before = (await memberships.role_names(organization_id, [user_id])).get(user_id, [])
    after = sorted(role.name for role in given)
    if before == after:
        return await _member(tx, actor, membership)
    held = await memberships.rights(organization_id, user_id)
    # Taking away is giving too: who lacks a permission may not decide who else has it.
    affected = {p for role in given for p in role.permissions} ^ (held.permissions if held is not None else frozenset())
    require_held(actor.permissions, affected)
    if ADMIN in before and ADMIN not in after:
        await require_other_admin(tx, organization_id, user_id)
    await memberships.set_roles(organization_id, user_id, [role.id for role in given])
    membership.update_time = now
    await tx.session.flush()
    async with as_system(tx):
        await UserRepository(tx).bump_authorization([user_id])
    events.member_roles_changed(tx, organization_id, user_id, after)
    member = await _member(tx, actor, membership)
    await AuditRepository(tx).append(
        "member.roles_changed",
        actor=actor,
        resource_type="user",
        resource_id=user_id,
        now=now,
        before={"roles": before},
        after={"roles": after},
    )
    return member


async def remove_member(tx: Transaction, actor: Actor, *, user_id: UUID, now: datetime) -> None:
    """Take a member out of the organisation, or leave it.

    Raises:
        OrganizationMissing, PermissionMissing, MemberNotFound, LastAdmin
    """
    organization_id = policy.organization_of(actor)
    if not policy.is_self(actor, user_id):
        policy.require(actor, policy.MANAGE)
    memberships = MembershipRepository(tx)
    await OrganizationRepository(tx).lock(organization_id)
    membership = await memberships.of(organization_id, user_id, lock=True)
    roles = (await memberships.role_names(organization_id, [user_id])).get(user_id, [])
    if ADMIN in roles:
        await require_other_admin(tx, organization_id, user_id)
    async with as_system(tx):
        await UserRepository(tx).bump_authorization([user_id])
        ended = await SessionRepository(tx).revoke(
            now, "member_removed", user_id=user_id, organization_id=organization_id
        )
        await memberships.remove(membership)
    events.member_removed(tx, organization_id, user_id)
    events.sessions_revoked(tx, user_id, ended, "member_removed")
    await AuditRepository(tx).append(
        "member.removed",
        actor=actor,
        resource_type="user",
        resource_id=user_id,
        now=now,
        before={"roles": roles},
    )


async def _member(tx: Transaction, actor: Actor, membership: Membership) -> Member:
    member = await member_of(tx, actor, await UserRepository(tx).get(membership.user_id))
    return Member(member.user, member.roles, membership)
