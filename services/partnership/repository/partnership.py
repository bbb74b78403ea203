"""Partnerships and blocks."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, or_, select
from sqlalchemy.dialects.postgresql import insert

from services.chassis.db.repository import Repository
from services.chassis.paging import Page, PageOf
from services.partnership.errors import BlockNotFound, PartnershipNotFound
from services.partnership.lifecycle import PartnershipState
from services.partnership.models.partnership import Block, Partnership


class PartnershipRepository(Repository[Partnership]):
    """The caller's partnerships."""

    model = Partnership
    not_found = PartnershipNotFound

    async def active_between(self, one: UUID, other: UUID) -> Partnership | None:
        """The partnership of two users, locked, if they are partners."""
        statement = (
            select(Partnership)
            .where(
                Partnership.user_a_id == min(one, other),
                Partnership.user_b_id == max(one, other),
                Partnership.state == PartnershipState.ACTIVE,
            )
            .with_for_update()
            .execution_options(populate_existing=True)
        )
        return (await self.session.execute(statement)).scalar_one_or_none()

    async def active_with(self, user_id: UUID) -> set[UUID]:
        """All partners of a user. As the system."""
        statement = select(Partnership.user_a_id, Partnership.user_b_id).where(
            or_(Partnership.user_a_id == user_id, Partnership.user_b_id == user_id),
            Partnership.state == PartnershipState.ACTIVE,
        )
        return {one for row in await self.session.execute(statement) for one in row} - {user_id}

    async def page_of(self, user_id: UUID, page: Page, states: Collection[str]) -> PageOf[Partnership]:
        """One page of a user's partnerships, newest first."""
        statement = select(Partnership).where(
            or_(Partnership.user_a_id == user_id, Partnership.user_b_id == user_id),
            Partnership.state.in_(sorted(states)),
        )
        return await self.page(statement, by=(Partnership.id.desc(),), page=page)


class BlockRepository(Repository[Block]):
    """The caller's blocks; as the system, everybody's."""

    model = Block
    not_found = BlockNotFound

    async def put(self, blocker_id: UUID, blocked_id: UUID, now: datetime) -> bool:
        """Write a block, unless there is one; say whether there was none."""
        statement = insert(Block).values(blocker_id=blocker_id, blocked_id=blocked_id, create_time=now)
        made = await self.session.execute(statement.on_conflict_do_nothing().returning(Block.blocked_id))
        return made.first() is not None

    async def of(self, blocker_id: UUID, blocked_id: UUID) -> Block:
        """One block.

        Raises:
            BlockNotFound
        """
        return await self._one(select(Block).where(Block.blocker_id == blocker_id, Block.blocked_id == blocked_id))

    async def remove(self, blocker_id: UUID, blocked_id: UUID) -> None:
        """Take a block out.

        Raises:
            BlockNotFound
        """
        statement = delete(Block).where(Block.blocker_id == blocker_id, Block.blocked_id == blocked_id)
        gone = await self.session.execute(statement.returning(Block.blocked_id))
        if gone.first() is None:
            raise BlockNotFound

    async def erase(self, user_id: UUID) -> None:
        """Take out all blocks by a user, and of one. As the system."""
        statement = delete(Block).where(or_(Block.blocker_id == user_id, Block.blocked_id == user_id))
        await self.session.execute(statement)

    async def blockers_among(self, one: UUID, other: UUID) -> set[UUID]:
        """Who of two users has blocked the other."""
        statement = select(Block.blocker_id).where(
            or_(
                (Block.blocker_id == one) & (Block.blocked_id == other),
                (Block.blocker_id == other) & (Block.blocked_id == one),
            )
        )
        return set((await self.session.execute(statement)).scalars())

    async def page_of(self, blocker_id: UUID, page: Page) -> PageOf[Block]:
        """One page of a user's blocks, newest first."""
        statement = select(Block).where(Block.blocker_id == blocker_id)
        return await self.page(statement, by=(Block.create_time.desc(), Block.blocked_id.desc()), page=page)
