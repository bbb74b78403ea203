"""What a user may do in a session: the rights that go into access tokens."""

from uuid import UUID

from services.chassis.db.database import ReadTransaction
from services.identity.access_tokens import Subject
from services.identity.models.session import Session
from services.identity.models.user import User
from services.identity.permissions import BUYER, OPERATE, OPERATOR, PREDEFINED
from services.identity.repository.organization import MembershipRepository, Rights


async def rights_of(tx: ReadTransaction, user: User, organization_id: UUID | None) -> Rights | None:
    """The rights of a user in an organisation, or outside of any; None where the user is no member.

    Somebody without an organisation is a buyer. Operators of the platform are that on top of what they are anyway.
    """
    if organization_id is None:
        rights: Rights | None = Rights((BUYER,), PREDEFINED[BUYER][1])
    else:
        rights = await MembershipRepository(tx).rights(organization_id, user.id)
    if rights is None or OPERATOR not in user.platform_roles:
        return rights
    return Rights((*rights.roles, OPERATOR), rights.permissions | {OPERATE})


def subject_of(user: User, session: Session, rights: Rights) -> Subject:
    """Whom an access token of a session is for."""
    return Subject(
        user_id=user.id,
        session_id=session.id,
        organization_id=session.organization_id,
        roles=rights.roles,
        permissions=rights.permissions,
        authorization_version=user.authorization_version,
        authenticated_time=session.authenticated_time,
    )
