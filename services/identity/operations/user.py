"""Accounts as their owners and administrators see and change them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from services.chassis.actor import SYSTEM, Actor
from services.chassis.db.database import ReadTransaction, Transaction
from services.chassis.db.elevation import as_system
from services.chassis.errors import match_etag
from services.chassis.paging import Page, PageOf
from services.identity import events, policy
from services.identity.errors import LastAdmin, UserNotFound
from services.identity.lifecycle import USER, UserState
from services.identity.models.organization import Membership
from services.identity.models.user import User
from services.identity.notifier import Notifier
from services.identity.operations.account import send_password_link
from services.identity.operations.account_link import revive, tell_of_deletion
from services.identity.permissions import ADMIN
from services.identity.repository.audit import PERSONAL, AuditRepository
from services.identity.repository.notification import NotificationRepository
from services.identity.repository.organization import MembershipRepository, OrganizationRepository
from services.identity.repository.role import InvitationRepository
from services.identity.repository.session import SessionRepository
from services.identity.repository.user import (
    CredentialRepository,
    LinkRepository,
    SignInRepository,
    UserRepository,
    email_key,
)

UNDELETE_WITHIN = timedelta(days=30)
"""How long a deleted account keeps its personal data, so that it can be brought back."""

_OPEN_FIELDS = frozenset({"language_code", "time_zone"})
"""Fields whose values the audit log may hold; of the others it only notes that they changed."""


@dataclass(frozen=True, slots=True)
class Member:
    """A user as a member of the caller's organisation; outside of any, without roles."""

    user: User
    roles: tuple[str, ...] = ()
    membership: Membership | None = None
    lock_expire_time: datetime | None = None


async def list_users(tx: ReadTransaction, actor: Actor, *, page: Page, role: str, query: str) -> PageOf[Member]:
    """The members of the caller's organisation.

    Raises:
        OrganizationMissing
    """
    organization_id = policy.organization_of(actor)
    found = await MembershipRepository(tx).page_in(organization_id, page, role=role, name_prefix=query)
    return PageOf(await _members(tx, organization_id, found.items), found.next_page_token)


async def list_users_admin(
    tx: ReadTransaction, actor: Actor, *, page: Page, role: str, show_deleted: bool, now: datetime
) -> PageOf[Member]:
    """The members of the caller's organisation with what an administrator needs.

    Raises:
        OrganizationMissing
    """
    organization_id = policy.organization_of(actor)
    found = await MembershipRepository(tx).page_in(organization_id, page, role=role, show_deleted=show_deleted)
    members = await _members(tx, organization_id, found.items)
    return PageOf(await _with_locks(tx, members, now), found.next_page_token)


async def get_user(tx: ReadTransaction, actor: Actor, *, user_id: UUID, now: datetime) -> Member:
    """One user within the caller's reach.

    Raises:
        UserNotFound, PermissionMissing
    """
    if not policy.is_self(actor, user_id):
        policy.require(actor, policy.READ)
    user = await UserRepository(tx).get(user_id)
    if user.state != UserState.ACTIVE and not actor.can(policy.MANAGE):
        raise UserNotFound
    member = await member_of(tx, actor, user)
    return (await _with_locks(tx, [member], now))[0] if actor.can(policy.MANAGE) else member


async def resolve_users(
    tx: ReadTransaction, *, user_ids: Collection[UUID], organization_id: UUID | None
) -> list[Member]:
    """Active users by id, with their roles in an organisation; for other services, as the system."""
    users = await UserRepository(tx).by_ids(user_ids)
    roles = {}
    if organization_id is not None:
        roles = await MembershipRepository(tx).role_names(organization_id, list(users))
    return [Member(user, tuple(roles.get(user.id, ()))) for user in users.values() if user.state == UserState.ACTIVE]


async def member_of(tx: ReadTransaction, actor: Actor, user: User) -> Member:
    """A user with its place in the caller's organisation."""
    if actor.organization_id is None:
        return Member(user)
    memberships = MembershipRepository(tx)
    membership = await memberships.find(actor.organization_id, user.id)
    roles = await memberships.role_names(actor.organization_id, [user.id])
    return Member(user, tuple(roles.get(user.id, ())), membership)


async def _members(tx: ReadTransaction, organization_id: UUID, rows: list[Membership]) -> list[Member]:
    ids = [row.user_id for row in rows]
    users = await UserRepository(tx).by_ids(ids)
    roles = await MembershipRepository(tx).role_names(organization_id, ids)
    return [Member(users[row.user_id], tuple(roles.get(row.user_id, ())), row) for row in rows if row.user_id in users]


async def _with_locks(tx: ReadTransaction, members: list[Member], now: datetime) -> list[Member]:
    async with as_system(tx):
        locks = await SignInRepository(tx).locks([m.user.id for m in members], now)
    return [Member(m.user, m.roles, m.membership, locks.get(m.user.id)) for m in members]


async def update_user(
    tx: Transaction, actor: Actor, *, user_id: UUID, changes: Mapping[str, str], etag: str, now: datetime
) -> User:
    """Change the fields in `changes`.

    Raises:
        UserNotFound, PermissionMissing, UserNotManaged, UserStateRefused, EtagMismatch
    """
    user = await UserRepository(tx).get_for_update(user_id)
    policy.require_owner_or_manager(actor, user)
    USER.target("delete", UserState(user.state))  # only active accounts change
    match_etag(user.etag, etag)
    changed = {name: value for name, value in changes.items() if getattr(user, name) != value}
    if not changed:
        return user
    before = {name: getattr(user, name) for name in changed}
    for name, value in changed.items():
        setattr(user, name, value)
    await tx.session.flush()
    if changed.keys() & {"display_name", "picture_uri"}:
        events.user_updated(tx, user)
    await AuditRepository(tx).append(
        "user.updated",
        actor=actor,
        resource_type="user",
        resource_id=user.id,
        now=now,
        before=_redacted(before),
        after=_redacted(changed),
    )
    return user


async def delete_user(
    tx: Transaction, actor: Actor, *, user_id: UUID, etag: str, notifier: Notifier, now: datetime
) -> User:
    """Delete an account softly, end its sessions and tell its owner.

    Raises:
        UserNotFound, PermissionMissing, UserNotManaged, UserStateRefused, LastAdmin, EtagMismatch
    """
    users = UserRepository(tx)
    user = await users.get_for_update(user_id)
    policy.require_owner_or_manager(actor, user)
    match_etag(user.etag, etag)
    USER.target("delete", UserState(user.state))
    async with as_system(tx):
        memberships = MembershipRepository(tx)
        for organization_id in await memberships.organizations_with_role(user.id, ADMIN):
            await require_other_admin(tx, organization_id, user.id)
        USER.apply(user, "delete", at=now)
        user.purge_time = now + UNDELETE_WITHIN
        user.authorization_version += 1
        await tx.session.flush()
        ended = await SessionRepository(tx).revoke(now, "user_deleted", user_id=user.id)
        await LinkRepository(tx).forget_user(user.id)
        await SignInRepository(tx).forget_devices(user.id)
    events.user_deleted(tx, user)
    events.sessions_revoked(tx, user.id, ended, "user_deleted")
    await tell_of_deletion(tx, actor, user, notifier=notifier, now=now)
    await AuditRepository(tx).append("user.deleted", actor=actor, resource_type="user", resource_id=user.id, now=now)
    return user


async def undelete_user(tx: Transaction, actor: Actor, *, user_id: UUID, now: datetime) -> Member:
    """Bring a deleted account back.

    Raises:
        UserNotFound, UserNotManaged, UserStateRefused, EmailTaken
    """
    users = UserRepository(tx)
    user = await users.get_for_update(user_id)
    policy.require_managed(actor, user)
    if user.erase_time is not None:
        raise UserNotFound
    await revive(tx, user, now=now)
    member = await member_of(tx, actor, user)
    await AuditRepository(tx).append("user.undeleted", actor=actor, resource_type="user", resource_id=user.id, now=now)
    return member


async def admin_reset_password(
    tx: Transaction, actor: Actor, *, user_id: UUID, revoke_sessions: bool, notifier: Notifier, now: datetime
) -> None:
    """Send a member a link to choose a new password.

    Raises:
        UserNotFound, UserStateRefused, OrganizationMissing
    """
    organization_id = policy.organization_of(actor)
    user = await UserRepository(tx).get_for_update(user_id)
    if await MembershipRepository(tx).find(organization_id, user.id) is None:
        raise UserNotFound
    USER.target("delete", UserState(user.state))  # only active accounts have a use for it
    await send_password_link(tx, user, notifier=notifier, now=now)
    ended: list[UUID] = []
    if revoke_sessions:
        async with as_system(tx):
            ended = await SessionRepository(tx).revoke(now, "revoked", user_id=user.id)
        events.sessions_revoked(tx, user.id, ended, "revoked")
    await AuditRepository(tx).append(
        "user.password_reset_sent",
        actor=actor,
        resource_type="user",
        resource_id=user.id,
        now=now,
        after={"revoked_sessions": len(ended)},
    )


async def unlock_user(tx: Transaction, actor: Actor, *, user_id: UUID, now: datetime) -> Member:
    """Forget the wrong passwords entered for a member.

    Raises:
        UserNotFound, OrganizationMissing
    """
    organization_id = policy.organization_of(actor)
    user = await UserRepository(tx).get(user_id)
    if await MembershipRepository(tx).find(organization_id, user.id) is None:
        raise UserNotFound
    async with as_system(tx):
        await SignInRepository(tx).forgive_user(user.id)
    member = await member_of(tx, actor, user)
    await AuditRepository(tx).append("user.unlocked", actor=actor, resource_type="user", resource_id=user.id, now=now)
    return member


async def require_other_admin(tx: Transaction, organization_id: UUID, user_id: UUID) -> None:
    """Refuse to take the last administrator away; such changes take turns (as the system).

    Raises:
        LastAdmin
    """
    await OrganizationRepository(tx).lock(organization_id)
    if await MembershipRepository(tx).holders(organization_id, ADMIN) <= {user_id}:
        raise LastAdmin


async def erase_due_users(tx: Transaction, *, now: datetime, limit: int = 50) -> int:
    """Take the personal data out of accounts deleted long enough ago; return how many. Runs as the system."""
    due = await UserRepository(tx).due_for_erasure(now, limit)
    for user in due:
        # Only up to the deletion: whoever has registered the address again since is somebody new.
        gone = user.delete_time or now
        await NotificationRepository(tx).forget_user(user.id, user.email, before=gone)
        await InvitationRepository(tx).forget_address(email_key(user.email), before=gone)
        user.email, user.email_key = "", None
        user.given_name = user.family_name = user.phone_number = user.picture_uri = ""
        user.display_name = "Deleted user"
        user.erase_time = now
        await tx.session.flush()
        await CredentialRepository(tx).remove(user.id)
        await LinkRepository(tx).forget_user(user.id)
        await SignInRepository(tx).forgive_user(user.id)
        await SessionRepository(tx).forget_user(user.id)
        events.user_erased(tx, user)
        await AuditRepository(tx).append(
            "user.erased",
            actor=SYSTEM,
            resource_type="user",
            resource_id=user.id,
            now=now,
            organization_id=user.managed_by,
        )
    return len(due)


def _redacted(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value if name in _OPEN_FIELDS else PERSONAL for name, value in values.items()}
