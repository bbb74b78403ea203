"""Inviting people and joining."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from services.chassis.actor import Actor, CallerKind, user_of
from services.chassis.db.database import ReadTransaction, Transaction
from services.chassis.errors import InvalidFields, Violation
from services.chassis.ids import new_id
from services.chassis.paging import Page, PageOf
from services.identity import events, policy
from services.identity.errors import AlreadyMember, LinkInvalid
from services.identity.lifecycle import INVITATION, InvitationState
from services.identity.models.organization import Invitation, Organization
from services.identity.models.user import User
from services.identity.notifier import Kind, Message, Notifier
from services.identity.operations.account import create_user
from services.identity.permissions import require_held
from services.identity.repository.audit import PERSONAL, AuditRepository
from services.identity.repository.organization import MembershipRepository, OrganizationRepository
from services.identity.repository.role import InvitationRepository, RoleRepository
from services.identity.repository.user import UserRepository, email_key
from services.identity.secret_tokens import hash_token, new_token

LIFETIME = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class NamedInvitation:
    """An invitation with the names of its roles."""

    invitation: Invitation
    roles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Joined:
    """Who has joined what."""

    user: User
    organization: Organization


def settled_state(invitation: Invitation, now: datetime) -> InvitationState:
    """The state as of now: a pending invitation past its time has expired, whether or not it was written down yet."""
    state = InvitationState(invitation.state)
    if state is InvitationState.PENDING and invitation.expire_time <= now:
        return InvitationState.EXPIRED
    return state


def settle(invitation: Invitation, now: datetime) -> None:
    """Write down what time has done to a locked invitation."""
    if settled_state(invitation, now) is not InvitationState(invitation.state):
        INVITATION.apply(invitation, "expire", at=now)


async def create_invitation(
    tx: Transaction, actor: Actor, *, email: str, roles: Collection[str], notifier: Notifier, now: datetime
) -> NamedInvitation:
    """Invite an address; an earlier waiting invitation is taken back.

    Raises:
        OrganizationMissing, RoleNotFound, PermissionEscalation, AlreadyMember
    """
    organization_id = policy.organization_of(actor)
    given = await RoleRepository(tx).named(organization_id, roles)
    require_held(actor.permissions, {p for role in given for p in role.permissions})
    key = email_key(email)
    # As the caller: only accounts of the organisation are visible, so nothing is learnt about others.
    user = await UserRepository(tx).by_email(key)
    if user is not None and await MembershipRepository(tx).find(organization_id, user.id) is not None:
        raise AlreadyMember
    # One at a time per organisation: two invitations of one address at once would both find none waiting.
    await OrganizationRepository(tx).lock(organization_id)
    invitations = InvitationRepository(tx)
    earlier = await invitations.pending_for(organization_id, key)
    if earlier is not None:
        settle(earlier, now)
        if earlier.state == InvitationState.PENDING:
            INVITATION.apply(earlier, "revoke", at=now)
        await tx.session.flush()
    token = new_token()
    invitation = invitations.add(
        Invitation(
            organization_id=organization_id,
            id=new_id(),
            email=email.strip(),
            email_key=key,
            role_ids=[role.id for role in given],
            inviter_user_id=user_of(actor),
            token_hash=hash_token(token),
            state=InvitationState.PENDING,
            expire_time=now + LIFETIME,
        )
    )
    await tx.session.flush()
    organization = await OrganizationRepository(tx).get(organization_id)
    await notifier.notify(
        tx,
        Message(Kind.INVITATION, invitation.email, None, {"token": token, "organization": organization.display_name}),
    )
    names = tuple(sorted(role.name for role in given))
    await AuditRepository(tx).append(
        "invitation.created",
        actor=actor,
        resource_type="invitation",
        resource_id=invitation.id,
        now=now,
        after={"email": PERSONAL, "roles": list(names)},
    )
    return NamedInvitation(invitation, names)


async def list_invitations(tx: ReadTransaction, actor: Actor, *, page: Page) -> PageOf[NamedInvitation]:
    """The invitations of the organisation.

    Raises:
        OrganizationMissing
    """
    found = await InvitationRepository(tx).page_in(policy.organization_of(actor), page)
    return PageOf(await _named(tx, found.items), found.next_page_token)


async def get_invitation(tx: ReadTransaction, actor: Actor, *, invitation_id: UUID) -> NamedInvitation:
    """One invitation.

    Raises:
        OrganizationMissing, InvitationNotFound
    """
    policy.organization_of(actor)
    return (await _named(tx, [await InvitationRepository(tx).get(invitation_id)]))[0]


async def revoke_invitation(tx: Transaction, actor: Actor, *, invitation_id: UUID, now: datetime) -> NamedInvitation:
    """Take an invitation back.

    Raises:
        OrganizationMissing, InvitationNotFound, InvitationStateRefused
    """
    policy.organization_of(actor)
    invitation = await InvitationRepository(tx).get_for_update(invitation_id)
    settle(invitation, now)
    INVITATION.apply(invitation, "revoke", at=now)
    await tx.session.flush()
    named = (await _named(tx, [invitation]))[0]
    await AuditRepository(tx).append(
        "invitation.revoked", actor=actor, resource_type="invitation", resource_id=invitation.id, now=now
    )
    return named


async def needs_account(tx: ReadTransaction, *, token: str, now: datetime) -> tuple[str, bool]:
    """The invited address, and whether it has no account yet.

    Raises:
        LinkInvalid
    """
    invitation = await InvitationRepository(tx).by_token(hash_token(token), lock=False)
    if invitation is None or settled_state(invitation, now) is not InvitationState.PENDING:
        raise LinkInvalid
    return invitation.email, await UserRepository(tx).by_email(invitation.email_key) is None


def require_account_fields(*, password: str, given_name: str) -> None:
    """Refuse to make an account without a password or a name.

    Raises:
        InvalidFields
    """
    missing = [
        Violation(name, "is needed to make an account")
        for name, value in (("password", password), ("given_name", given_name))
        if not value
    ]
    if missing:
        raise InvalidFields(metadata={"fields": ",".join(v.field for v in missing)}, violations=missing)


async def accept_invitation(
    tx: Transaction, *, token: str, password_hash: str | None, given_name: str, family_name: str, now: datetime
) -> Joined:
    """Join by a link, with a new account where the address has none. Runs as the system: the link is the proof.

    Raises:
        LinkInvalid
    """
    invitation = await InvitationRepository(tx).by_token(hash_token(token), lock=True)
    if invitation is None:
        raise LinkInvalid
    settle(invitation, now)
    if invitation.state != InvitationState.PENDING:
        raise LinkInvalid
    organization_id = invitation.organization_id
    user = await UserRepository(tx).by_email(invitation.email_key, lock=True)
    if user is None:
        if password_hash is None:
            raise LinkInvalid  # the account was deleted while the password was being checked
        user = await create_user(
            tx,
            email=invitation.email,
            password_hash=password_hash,
            given_name=given_name,
            family_name=family_name,
            phone_number="",
            language_code="",
            managed_by=organization_id,
            now=now,
        )
    roles = await RoleRepository(tx).by_ids(organization_id, invitation.role_ids)
    names = sorted(role.name for role in roles.values())
    INVITATION.apply(invitation, "accept", at=now)
    if await MembershipRepository(tx).join(organization_id, user.id, list(roles)):
        events.member_added(tx, organization_id, user.id, names)
    organization = await OrganizationRepository(tx).get(organization_id)
    await AuditRepository(tx).append(
        "invitation.accepted",
        actor=Actor(CallerKind.USER, user_id=user.id, organization_id=organization_id),
        resource_type="invitation",
        resource_id=invitation.id,
        now=now,
        after={"roles": names},
    )
    return Joined(user, organization)


async def _named(tx: ReadTransaction, rows: list[Invitation]) -> list[NamedInvitation]:
    if not rows:
        return []
    ids = {role_id for row in rows for role_id in row.role_ids}
    roles = await RoleRepository(tx).by_ids(rows[0].organization_id, ids)
    return [NamedInvitation(row, tuple(sorted(roles[i].name for i in row.role_ids if i in roles))) for row in rows]
