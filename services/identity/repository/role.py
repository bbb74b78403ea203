"""Roles and invitations."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import exists, select, update
from sqlalchemy.exc import IntegrityError

from services.chassis.db.repository import Repository
from services.chassis.paging import Page, PageOf
from services.identity.errors import InvitationNotFound, RoleInUse, RoleNameTaken, RoleNotFound
from services.identity.lifecycle import InvitationState
from services.identity.models.organization import Invitation, MemberRole, Role


class RoleRepository(Repository[Role]):
    """Roles."""

    model = Role
    not_found = RoleNotFound

    async def page_in(self, organization_id: UUID, page: Page) -> PageOf[Role]:
        """Roles of an organisation, by name."""
        statement = select(Role).where(Role.organization_id == organization_id)
        return await self.page(statement, by=(Role.name, Role.id), page=page)

    async def named(self, organization_id: UUID, names: Collection[str]) -> list[Role]:
        """Roles by name, locked against removal.

        Raises:
            RoleNotFound: one of them does not exist.
        """
        statement = (
            select(Role)
            .where(Role.organization_id == organization_id, Role.name.in_(names))
            .order_by(Role.name)
            .with_for_update(read=True, key_share=True)
        )
        rows = list((await self.session.execute(statement)).scalars())
        if len(rows) != len(set(names)):
            missing = sorted(set(names) - {row.name for row in rows})
            raise RoleNotFound(metadata={"role": missing[0]})
        return rows

    async def by_ids(self, organization_id: UUID, ids: Collection[UUID]) -> dict[UUID, Role]:
        """Roles by id; removed ones are missing."""
        if not ids:
            return {}
        statement = select(Role).where(Role.organization_id == organization_id, Role.id.in_(ids))
        return {row.id: row for row in (await self.session.execute(statement)).scalars()}

    async def members(self, role: Role) -> Sequence[UUID]:
        """Who has a role."""
        statement = select(MemberRole.user_id).where(
            MemberRole.organization_id == role.organization_id, MemberRole.role_id == role.id
        )
        return (await self.session.execute(statement)).scalars().all()

    async def flush(self) -> None:
        """Write what has changed.

        Raises:
            RoleNameTaken, RoleInUse
        """
        try:
            await self.session.flush()
        except IntegrityError as error:
            if "roles_name_key" in str(error.orig):
                raise RoleNameTaken from error
            if "member_roles_role_fkey" in str(error.orig):
                raise RoleInUse from error
            raise

    async def remove(self, role: Role) -> None:
        """Remove a role that nobody has.

        Raises:
            RoleInUse
        """
        invited = exists().where(
            Invitation.organization_id == role.organization_id,
            Invitation.state == InvitationState.PENDING,
            Invitation.role_ids.contains([role.id]),
        )
        if await self.session.scalar(select(invited)):
            raise RoleInUse
        await self.session.delete(role)
        await self.flush()


class InvitationRepository(Repository[Invitation]):
    """Invitations."""

    model = Invitation
    not_found = InvitationNotFound

    async def page_in(self, organization_id: UUID, page: Page) -> PageOf[Invitation]:
        """Invitations of an organisation, newest first."""
        statement = select(Invitation).where(Invitation.organization_id == organization_id)
        return await self.page(statement, by=(Invitation.create_time.desc(), Invitation.id.desc()), page=page)

    async def pending_for(self, organization_id: UUID, email_key: str) -> Invitation | None:
        """The waiting invitation of an address, locked."""
        statement = (
            select(Invitation)
            .where(
                Invitation.organization_id == organization_id,
                Invitation.email_key == email_key,
                Invitation.state == InvitationState.PENDING,
            )
            .with_for_update()
        )
        return (await self.session.execute(statement)).scalar_one_or_none()

    async def by_token(self, token_hash: bytes, *, lock: bool) -> Invitation | None:
        """The invitation of a link, whatever its organisation (system only)."""
        statement = select(Invitation).where(Invitation.token_hash == token_hash)
        if lock:
            statement = statement.with_for_update()
        return (await self.session.execute(statement)).scalar_one_or_none()

    async def forget_address(self, key: str, *, before: datetime) -> None:
        """Take an address out of invitations made until `before` that no longer wait (system only)."""
        await self.session.execute(
            update(Invitation)
            .where(
                Invitation.email_key == key,
                Invitation.create_time <= before,
                Invitation.state != InvitationState.PENDING,
            )
            .values(email="", email_key="", update_time=Invitation.update_time)
            .execution_options(synchronize_session=False)
        )

    async def overdue(self, now: datetime, limit: int) -> Sequence[Invitation]:
        """Waiting invitations past their time, locked (system only)."""
        statement = (
            select(Invitation)
            .where(Invitation.state == InvitationState.PENDING, Invitation.expire_time <= now)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        return (await self.session.execute(statement)).scalars().all()
