"""Organisations, members, teams."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, exists, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError

from services.chassis.db.repository import Repository
from services.chassis.paging import Page, PageOf
from services.identity.errors import MemberNotFound, OrganizationNotFound, TeamNameTaken, TeamNotFound
from services.identity.lifecycle import UserState
from services.identity.models.organization import MemberRole, Membership, Organization, Role, Team, TeamMember
from services.identity.models.user import User


@dataclass(frozen=True, slots=True)
class Rights:
    """What a member may do."""

    roles: tuple[str, ...]
    permissions: frozenset[str]


class OrganizationRepository(Repository[Organization]):
    """Organisations."""

    model = Organization
    not_found = OrganizationNotFound

    async def find(self, organization_id: UUID) -> Organization | None:
        """An organisation, or None."""
        return (
            await self.session.execute(select(Organization).where(Organization.id == organization_id))
        ).scalar_one_or_none()

    async def roles_by_name(self, organization_id: UUID) -> dict[str, Role]:
        """All roles of an organisation."""
        rows = (await self.session.execute(select(Role).where(Role.organization_id == organization_id))).scalars()
        return {row.name: row for row in rows}

    async def page_of_user(self, user_id: UUID, page: Page) -> PageOf[Organization]:
        """The organisations of a user, newest first."""
        statement = select(Organization).where(
            exists().where(Membership.organization_id == Organization.id, Membership.user_id == user_id)
        )
        return await self.page(statement, by=(Organization.create_time.desc(), Organization.id.desc()), page=page)

    async def all_of_user(self, user_id: UUID, limit: int) -> Sequence[Organization]:
        """The newest organisations of a user."""
        statement = (
            select(Organization)
            .where(exists().where(Membership.organization_id == Organization.id, Membership.user_id == user_id))
            .order_by(Organization.create_time.desc(), Organization.id.desc())
            .limit(limit)
        )
        return (await self.session.execute(statement)).scalars().all()

    async def lock(self, organization_id: UUID) -> None:
        """Let one change of who administers an organisation through at a time."""
        await self.session.execute(select(Organization.id).where(Organization.id == organization_id).with_for_update())


class MembershipRepository(Repository[Membership]):
    """Members of one organisation at a time."""

    model = Membership
    not_found = MemberNotFound

    async def of(self, organization_id: UUID, user_id: UUID, *, lock: bool = False) -> Membership:
        """One member.

        Raises:
            MemberNotFound
        """
        statement = select(Membership).where(
            Membership.organization_id == organization_id, Membership.user_id == user_id
        )
        if lock:
            statement = statement.with_for_update().execution_options(populate_existing=True)
        return await self._one(statement)

    async def find(self, organization_id: UUID, user_id: UUID) -> Membership | None:
        """One member, or None."""
        statement = select(Membership).where(
            Membership.organization_id == organization_id, Membership.user_id == user_id
        )
        return (await self.session.execute(statement)).scalar_one_or_none()

    async def join(self, organization_id: UUID, user_id: UUID, role_ids: Collection[UUID]) -> bool:
        """Make a user a member with these roles; False when it is one already, and then nothing changes."""
        statement = (
            insert(Membership)
            .values(organization_id=organization_id, user_id=user_id, version=1)
            .on_conflict_do_nothing()
            .returning(Membership.user_id)
        )
        if (await self.session.execute(statement)).one_or_none() is None:
            return False
        await self.set_roles(organization_id, user_id, role_ids)
        return True

    async def set_roles(self, organization_id: UUID, user_id: UUID, role_ids: Collection[UUID]) -> None:
        """Replace the roles of a member."""
        await self.session.execute(
            delete(MemberRole).where(MemberRole.organization_id == organization_id, MemberRole.user_id == user_id)
        )
        rows = [{"organization_id": organization_id, "user_id": user_id, "role_id": r} for r in role_ids]
        if rows:
            await self.session.execute(insert(MemberRole).values(rows))

    async def rights(self, organization_id: UUID, user_id: UUID) -> Rights | None:
        """The roles and permissions of a member; None for somebody who is none."""
        statement = (
            select(Membership.user_id, Role.name, Role.permissions)
            .outerjoin(
                MemberRole,
                (MemberRole.organization_id == Membership.organization_id) & (MemberRole.user_id == Membership.user_id),
            )
            .outerjoin(Role, (Role.organization_id == MemberRole.organization_id) & (Role.id == MemberRole.role_id))
            .where(Membership.organization_id == organization_id, Membership.user_id == user_id)
        )
        rows = (await self.session.execute(statement)).all()
        if not rows:
            return None
        named = [row for row in rows if row.name is not None]
        return Rights(
            tuple(sorted(row.name for row in named)),
            frozenset(permission for row in named for permission in row.permissions),
        )

    async def role_names(self, organization_id: UUID, user_ids: Collection[UUID]) -> dict[UUID, list[str]]:
        """Names of the roles of several members, sorted."""
        if not user_ids:
            return {}
        statement = (
            select(MemberRole.user_id, Role.name)
            .join(Role, (Role.organization_id == MemberRole.organization_id) & (Role.id == MemberRole.role_id))
            .where(MemberRole.organization_id == organization_id, MemberRole.user_id.in_(user_ids))
            .order_by(Role.name)
        )
        found: dict[UUID, list[str]] = {}
        for row in await self.session.execute(statement):
            found.setdefault(row.user_id, []).append(row.name)
        return found

    async def page_in(
        self,
        organization_id: UUID,
        page: Page,
        *,
        role: str = "",
        name_prefix: str = "",
        team_id: UUID | None = None,
        show_deleted: bool = False,
    ) -> PageOf[Membership]:
        """Members of an organisation, newest first."""
        statement = select(Membership).where(Membership.organization_id == organization_id)
        conditions: list[Any] = [User.id == Membership.user_id]
        if not show_deleted:
            conditions.append(User.state == UserState.ACTIVE)
        if name_prefix:
            conditions.append(func.lower(User.display_name).startswith(name_prefix.lower(), autoescape=True))
        statement = statement.where(exists().where(*conditions))
        if role:
            statement = statement.where(
                exists().where(
                    MemberRole.organization_id == Membership.organization_id,
                    MemberRole.user_id == Membership.user_id,
                    Role.organization_id == MemberRole.organization_id,
                    Role.id == MemberRole.role_id,
                    Role.name == role,
                )
            )
        if team_id is not None:
            statement = statement.where(
                exists().where(
                    TeamMember.organization_id == Membership.organization_id,
                    TeamMember.user_id == Membership.user_id,
                    TeamMember.team_id == team_id,
                )
            )
        return await self.page(statement, by=(Membership.create_time.desc(), Membership.user_id.desc()), page=page)

    async def latest_of_user(self, user_id: UUID) -> UUID | None:
        """The organisation that a user worked in last."""
        return await self.session.scalar(
            select(Membership.organization_id)
            .where(Membership.user_id == user_id)
            .order_by(Membership.last_sign_in_time.desc().nulls_last(), Membership.create_time.desc())
            .limit(1)
        )

    async def signed_in(self, organization_id: UUID, user_id: UUID, now: datetime) -> None:
        """Note that a member has signed in; this is no change of the membership."""
        await self.session.execute(
            update(Membership)
            .where(Membership.organization_id == organization_id, Membership.user_id == user_id)
            .values(last_sign_in_time=now, update_time=Membership.update_time)
        )

    async def holders(self, organization_id: UUID, role: str) -> set[UUID]:
        """Active members with a role."""
        statement = (
            select(MemberRole.user_id)
            .join(Role, (Role.organization_id == MemberRole.organization_id) & (Role.id == MemberRole.role_id))
            .join(User, User.id == MemberRole.user_id)
            .where(MemberRole.organization_id == organization_id, Role.name == role, User.state == UserState.ACTIVE)
        )
        return set((await self.session.execute(statement)).scalars())

    async def organizations_with_role(self, user_id: UUID, role: str) -> Sequence[UUID]:
        """The organisations in which a user has a role."""
        statement = (
            select(MemberRole.organization_id)
            .join(Role, (Role.organization_id == MemberRole.organization_id) & (Role.id == MemberRole.role_id))
            .where(MemberRole.user_id == user_id, Role.name == role)
            .order_by(MemberRole.organization_id)
        )
        return (await self.session.execute(statement)).scalars().all()

    async def remove(self, row: Membership) -> None:
        """Take a member out, with its roles and teams."""
        await self.session.delete(row)
        await self.session.flush()


class TeamRepository(Repository[Team]):
    """Teams."""

    model = Team
    not_found = TeamNotFound

    async def page_in(self, organization_id: UUID, page: Page) -> PageOf[Team]:
        """Teams of an organisation, newest first."""
        statement = select(Team).where(Team.organization_id == organization_id)
        return await self.page(statement, by=(Team.create_time.desc(), Team.id.desc()), page=page)

    async def flush(self) -> None:
        """Write what has changed.

        Raises:
            TeamNameTaken
        """
        try:
            await self.session.flush()
        except IntegrityError as error:
            if "teams_display_name_key" in str(error.orig):
                raise TeamNameTaken from error
            raise

    async def counts(self, organization_id: UUID, team_ids: Collection[UUID]) -> dict[UUID, int]:
        """How many members each team has; teams without any are missing."""
        if not team_ids:
            return {}
        statement = (
            select(TeamMember.team_id, func.count().label("members"))
            .where(TeamMember.organization_id == organization_id, TeamMember.team_id.in_(team_ids))
            .group_by(TeamMember.team_id)
        )
        return {row.team_id: row.members for row in await self.session.execute(statement)}

    async def add_member(self, team: Team, user_id: UUID) -> bool:
        """Put a member in; False when it was there."""
        statement = (
            insert(TeamMember)
            .values(organization_id=team.organization_id, team_id=team.id, user_id=user_id)
            .on_conflict_do_nothing()
            .returning(TeamMember.user_id)
        )
        return (await self.session.execute(statement)).one_or_none() is not None

    async def remove_member(self, team: Team, user_id: UUID) -> bool:
        """Take a member out; False when it was not there."""
        statement = (
            delete(TeamMember)
            .where(
                TeamMember.organization_id == team.organization_id,
                TeamMember.team_id == team.id,
                TeamMember.user_id == user_id,
            )
            .returning(TeamMember.user_id)
        )
        return (await self.session.execute(statement)).one_or_none() is not None

    async def remove(self, team: Team) -> None:
        """Remove a team."""
        await self.session.delete(team)
        await self.session.flush()
