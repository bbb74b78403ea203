"""Organisations: members, teams, roles, invitations."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.dialects.postgresql import ARRAY, TEXT
from sqlalchemy.dialects.postgresql import UUID as PG_UUID
from sqlalchemy.orm import Mapped, mapped_column

from services.chassis.db.models import Timestamps
from services.identity.lifecycle import InvitationState
from services.identity.models.base import Resource, Row


class Organization(Resource):
    """A tenant."""

    __tablename__ = "organizations"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    display_name: Mapped[str]


class Membership(Resource):
    """A user's place in an organisation."""

    __tablename__ = "memberships"

    organization_id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(primary_key=True)
    last_sign_in_time: Mapped[datetime | None]


class Role(Resource):
    """A named set of permissions of an organisation."""

    __tablename__ = "roles"

    organization_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    description: Mapped[str] = mapped_column(default="")
    permissions: Mapped[list[str]] = mapped_column(ARRAY(TEXT), default=list)
    predefined: Mapped[bool] = mapped_column(default=False)


class MemberRole(Row):
    """A member has a role."""

    __tablename__ = "member_roles"

    organization_id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(primary_key=True)
    role_id: Mapped[UUID] = mapped_column(primary_key=True)


class Team(Resource):
    """A group of members."""

    __tablename__ = "teams"

    organization_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    display_name: Mapped[str]


class TeamMember(Row):
    """A member is in a team."""

    __tablename__ = "team_members"

    organization_id: Mapped[UUID] = mapped_column(primary_key=True)
    team_id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(primary_key=True)


class Invitation(Row, Timestamps):
    """Someone is asked to join."""

    __tablename__ = "invitations"

    organization_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    email: Mapped[str]
    email_key: Mapped[str]
    role_ids: Mapped[list[UUID]] = mapped_column(ARRAY(PG_UUID(as_uuid=True)))
    inviter_user_id: Mapped[UUID]
    token_hash: Mapped[bytes]
    state: Mapped[str] = mapped_column(default=InvitationState.PENDING)
    expire_time: Mapped[datetime]
    accept_time: Mapped[datetime | None]
    revoke_time: Mapped[datetime | None]
