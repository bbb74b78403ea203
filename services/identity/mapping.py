"""Rows to protos. Which face of a user goes into an answer is decided by the servicer; what is in it, only here."""

from datetime import UTC, datetime
from typing import Any

from google.protobuf.struct_pb2 import Struct
from google.protobuf.timestamp_pb2 import Timestamp

from doorstep.identity.v1 import (
    api_key_pb2,
    audit_pb2,
    invitation_pb2,
    message_service_pb2,
    organization_pb2,
    role_pb2,
    session_pb2,
    team_pb2,
    user_pb2,
    user_service_pb2,
)
from services.identity.lifecycle import ApiKeyState, InvitationState, UserState
from services.identity.models.api_key import ApiKey
from services.identity.models.audit import AuditEntry
from services.identity.models.organization import Organization, Role
from services.identity.models.session import Session
from services.identity.models.user import User
from services.identity.operations import api_key as api_keys
from services.identity.operations import invitation as invitations
from services.identity.operations.message import AddressedMessage
from services.identity.operations.team import CountedTeam
from services.identity.operations.user import Member
from services.identity.secret_tokens import shown_prefix

_USER_STATES = {
    UserState.ACTIVE: user_pb2.USER_STATE_ACTIVE,
    UserState.DELETED: user_pb2.USER_STATE_DELETED,
}
_INVITATION_STATES = {
    InvitationState.PENDING: invitation_pb2.INVITATION_STATE_PENDING,
    InvitationState.ACCEPTED: invitation_pb2.INVITATION_STATE_ACCEPTED,
    InvitationState.REVOKED: invitation_pb2.INVITATION_STATE_REVOKED,
    InvitationState.EXPIRED: invitation_pb2.INVITATION_STATE_EXPIRED,
}
_API_KEY_STATES = {
    ApiKeyState.ACTIVE: api_key_pb2.API_KEY_STATE_ACTIVE,
    ApiKeyState.REVOKED: api_key_pb2.API_KEY_STATE_REVOKED,
    ApiKeyState.EXPIRED: api_key_pb2.API_KEY_STATE_EXPIRED,
}
_API_KEY_KINDS = {
    api_keys.SERVER: api_key_pb2.API_KEY_KIND_SERVER,
    api_keys.DEVICE: api_key_pb2.API_KEY_KIND_DEVICE,
}
_ACTOR_KINDS = {
    "user": audit_pb2.AUDIT_ACTOR_KIND_USER,
    "api_key": audit_pb2.AUDIT_ACTOR_KIND_API_KEY,
    "device": audit_pb2.AUDIT_ACTOR_KIND_DEVICE,
    "anonymous": audit_pb2.AUDIT_ACTOR_KIND_ANONYMOUS,
}


def timestamp(moment: datetime | None) -> Timestamp | None:
    """A time as protos hold it; None stays unset."""
    if moment is None:
        return None
    found = Timestamp()
    found.FromDatetime(moment)
    return found


def moment_of(message: Any, field: str) -> datetime | None:
    """A timestamp field in UTC; None where it is unset."""
    return getattr(message, field).ToDatetime(UTC) if message.HasField(field) else None


def public_user(member: Member) -> user_pb2.PublicUser:
    """What every member may know."""
    user = member.user
    return user_pb2.PublicUser(
        user_id=str(user.id),
        display_name=user.display_name,
        picture_uri=user.picture_uri,
        roles=member.roles,
    )


def resolved_user(member: Member) -> user_service_pb2.ResolvedUser:
    """What services may know."""
    user = member.user
    return user_service_pb2.ResolvedUser(
        user_id=str(user.id),
        display_name=user.display_name,
        email=user.email,
        phone_number=user.phone_number,
        language_code=user.language_code,
        time_zone=user.time_zone,
        roles=member.roles,
    )


def own_user(user: User) -> user_pb2.User:
    """What the owner sees."""
    return user_pb2.User(
        user_id=str(user.id),
        email=user.email,
        given_name=user.given_name,
        family_name=user.family_name,
        display_name=user.display_name,
        phone_number=user.phone_number,
        language_code=user.language_code,
        time_zone=user.time_zone,
        picture_uri=user.picture_uri,
        state=_USER_STATES[UserState(user.state)],
        create_time=timestamp(user.create_time),
        update_time=timestamp(user.update_time),
        delete_time=timestamp(user.delete_time),
        purge_time=timestamp(user.purge_time),
        etag=user.etag,
    )


def admin_user(member: Member) -> user_pb2.AdminUser:
    """What an administrator of the organisation sees."""
    user, membership = member.user, member.membership
    return user_pb2.AdminUser(
        user_id=str(user.id),
        email=user.email,
        display_name=user.display_name,
        phone_number=user.phone_number,
        state=_USER_STATES[UserState(user.state)],
        roles=member.roles,
        managed=membership is not None and user.managed_by == membership.organization_id,
        lock_expire_time=timestamp(member.lock_expire_time),
        last_sign_in_time=timestamp(membership.last_sign_in_time if membership is not None else None),
        create_time=timestamp(user.create_time),
        delete_time=timestamp(user.delete_time),
        etag=user.etag,
    )


def organization(row: Organization) -> organization_pb2.Organization:
    """An organisation."""
    return organization_pb2.Organization(
        organization_id=str(row.id),
        display_name=row.display_name,
        create_time=timestamp(row.create_time),
        update_time=timestamp(row.update_time),
        etag=row.etag,
    )


def member(found: Member) -> organization_pb2.Member:
    """A member."""
    message = organization_pb2.Member(
        user_id=str(found.user.id), display_name=found.user.display_name, roles=found.roles
    )
    if found.membership is not None:
        message.create_time.FromDatetime(found.membership.create_time)
        message.update_time.FromDatetime(found.membership.update_time)
        message.etag = found.membership.etag
    return message


def team(found: CountedTeam) -> team_pb2.Team:
    """A team."""
    return team_pb2.Team(
        team_id=str(found.team.id),
        display_name=found.team.display_name,
        member_count=found.members,
        create_time=timestamp(found.team.create_time),
        update_time=timestamp(found.team.update_time),
        etag=found.team.etag,
    )


def role(row: Role) -> role_pb2.Role:
    """A role."""
    return role_pb2.Role(
        role_id=str(row.id),
        name=row.name,
        description=row.description,
        permissions=row.permissions,
        predefined=row.predefined,
        create_time=timestamp(row.create_time),
        update_time=timestamp(row.update_time),
        etag=row.etag,
    )


def invitation(found: invitations.NamedInvitation, now: datetime) -> invitation_pb2.Invitation:
    """An invitation, in its state as of now."""
    row = found.invitation
    return invitation_pb2.Invitation(
        invitation_id=str(row.id),
        email=row.email,
        roles=found.roles,
        state=_INVITATION_STATES[invitations.settled_state(row, now)],
        inviter_user_id=str(row.inviter_user_id),
        create_time=timestamp(row.create_time),
        expire_time=timestamp(row.expire_time),
    )


def session(row: Session, *, current: bool) -> session_pb2.Session:
    """A session."""
    return session_pb2.Session(
        session_id=str(row.id),
        organization_id=str(row.organization_id or ""),
        device_name=row.device_name,
        user_agent=row.user_agent,
        address=row.address,
        current=current,
        create_time=timestamp(row.create_time),
        last_seen_time=timestamp(row.last_seen_time),
        expire_time=timestamp(row.expire_time),
    )


def api_key(row: ApiKey, now: datetime) -> api_key_pb2.ApiKey:
    """A key without its secret, in its state as of now."""
    overlapping = row.previous_secret_expire_time is not None and row.previous_secret_expire_time > now
    return api_key_pb2.ApiKey(
        api_key_id=str(row.id),
        display_name=row.display_name,
        kind=api_key_kind(row.kind),
        prefix=shown_prefix(api_keys.PREFIXES[row.kind], row.id),
        permissions=row.permissions,
        state=_API_KEY_STATES[api_keys.settled_state(row, now)],
        creator_user_id=str(row.creator_user_id or ""),
        create_time=timestamp(row.create_time),
        expire_time=timestamp(row.expire_time),
        last_used_time=timestamp(row.last_used_time),
        revoke_time=timestamp(row.revoke_time),
        previous_secret_expire_time=timestamp(row.previous_secret_expire_time) if overlapping else None,
        device_serial=row.device_serial,
    )


def api_key_kind(kind: str) -> api_key_pb2.ApiKeyKind:
    """What holds a key."""
    return _API_KEY_KINDS[kind]


def api_key_kind_name(kind: int) -> str:
    """What holds a key, as tables name it; empty when unspecified."""
    return next((name for name, value in _API_KEY_KINDS.items() if value == kind), "")


def audit_entry(row: AuditEntry) -> audit_pb2.AuditEntry:
    """An entry of the audit log."""
    return audit_pb2.AuditEntry(
        sequence=row.sequence,
        action=row.action,
        actor_kind=_ACTOR_KINDS.get(row.actor_kind, audit_pb2.AUDIT_ACTOR_KIND_SYSTEM),
        actor_id=str(row.actor_id or ""),
        resource_type=row.resource_type,
        resource_id=row.resource_id,
        before=_struct(row.before),
        after=_struct(row.after),
        request_id=row.request_id,
        address=row.address,
        create_time=timestamp(row.create_time),
        hash=row.hash.hex(),
    )


def _struct(values: dict[str, Any]) -> Struct | None:
    if not values:
        return None
    found = Struct()
    found.update(values)
    return found


def account_message(found: AddressedMessage) -> message_service_pb2.AccountMessage:
    """A message to one person, with the secret of its link: for the service that delivers it, and nobody else."""
    row, reader, data = found.message, found.reader, found.message.data
    return message_service_pb2.AccountMessage(
        message_id=str(row.id),
        type=f"ACCOUNT_MESSAGE_TYPE_{row.kind.upper()}",
        recipient=row.recipient or "",
        user_id=str(row.user_id) if row.user_id is not None else "",
        display_name=data.get("name", "") if reader is None else reader.display_name,
        language_code=data.get("language_code", "") if reader is None else reader.language_code,
        token=data.get("token", ""),
        organization_display_name=data.get("organization", ""),
        lock_minutes=int(data.get("minutes", 0)),
        device_name=data.get("device_name", ""),
        create_time=timestamp(row.create_time),
    )
