"""The facts that identity states to other services: row to proto, in one place."""

from collections.abc import Iterable
from uuid import UUID

from google.protobuf.timestamp_pb2 import Timestamp

from doorstep.identity.v1 import identity_events_pb2 as pb
from services.chassis.db.database import Transaction
from services.identity.models.api_key import ApiKey
from services.identity.models.organization import Organization
from services.identity.models.user import Notification, User


def user_created(tx: Transaction, user: User) -> None:
    """Someone has an account."""
    made = Timestamp()
    made.FromDatetime(user.create_time)
    event = pb.UserCreated(user_id=str(user.id), display_name=user.display_name, create_time=made)
    tx.publish(event, key=str(user.id))


def account_message_written(tx: Transaction, message: Notification) -> None:
    """There may be something to tell somebody."""
    tx.publish(pb.AccountMessageWritten(message_id=str(message.id)), key=str(message.id))


def user_updated(tx: Transaction, user: User) -> None:
    """What others see of a user has changed."""
    event = pb.UserUpdated(user_id=str(user.id), display_name=user.display_name, picture_uri=user.picture_uri)
    tx.publish(event, key=str(user.id))


def user_deleted(tx: Transaction, user: User) -> None:
    """An account was deleted."""
    event = pb.UserDeleted(user_id=str(user.id))
    if user.purge_time is not None:
        event.purge_time.FromDatetime(user.purge_time)
    tx.publish(event, key=str(user.id))


def user_undeleted(tx: Transaction, user: User) -> None:
    """A deleted account is back."""
    tx.publish(pb.UserUndeleted(user_id=str(user.id)), key=str(user.id))


def user_erased(tx: Transaction, user: User) -> None:
    """Personal data is gone."""
    tx.publish(pb.UserErased(user_id=str(user.id)), key=str(user.id))


def organization_created(tx: Transaction, organization: Organization) -> None:
    """There is a new tenant."""
    event = pb.OrganizationCreated(organization_id=str(organization.id), display_name=organization.display_name)
    tx.publish(event, key=str(organization.id), organization_id=organization.id)


def member_added(tx: Transaction, organization_id: UUID, user_id: UUID, roles: Iterable[str]) -> None:
    """A user joined."""
    event = pb.MemberAdded(organization_id=str(organization_id), user_id=str(user_id), roles=sorted(roles))
    tx.publish(event, key=str(user_id), organization_id=organization_id)


def member_roles_changed(tx: Transaction, organization_id: UUID, user_id: UUID, roles: Iterable[str]) -> None:
    """A member has other roles."""
    event = pb.MemberRolesChanged(organization_id=str(organization_id), user_id=str(user_id), roles=sorted(roles))
    tx.publish(event, key=str(user_id), organization_id=organization_id)


def member_removed(tx: Transaction, organization_id: UUID, user_id: UUID) -> None:
    """A user left."""
    event = pb.MemberRemoved(organization_id=str(organization_id), user_id=str(user_id))
    tx.publish(event, key=str(user_id), organization_id=organization_id)


def sessions_revoked(tx: Transaction, user_id: UUID, session_ids: Iterable[UUID], cause: str) -> None:
    """Sessions ended before their time."""
    for session_id in session_ids:
        event = pb.SessionRevoked(session_id=str(session_id), user_id=str(user_id), cause=cause)
        tx.publish(event, key=str(session_id))


def api_key_revoked(tx: Transaction, key: ApiKey) -> None:
    """A key no longer works."""
    event = pb.ApiKeyRevoked(organization_id=str(key.organization_id), api_key_id=str(key.id))
    tx.publish(event, key=str(key.id), organization_id=key.organization_id)
