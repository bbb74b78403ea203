"""Who wants to hear nothing of whom. The system's table: nobody may find out by whom they are blocked."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import delete, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.sql.elements import ColumnElement

from services.chassis.db.database import ReadTransaction
from services.messaging.models import Block


def between(user_id: UUID, others: Collection[UUID]) -> ColumnElement[bool]:
    """Blocks between a user and some others, in either direction."""
    return or_(
        (Block.blocker_id == user_id) & Block.blocked_id.in_(others),
        (Block.blocked_id == user_id) & Block.blocker_id.in_(others),
    )


class BlockRepository:
    """The copy of partnership's blocks."""

    def __init__(self, tx: ReadTransaction) -> None:
        """Work within `tx`, as the system."""
        self.session = tx.session

    async def put(self, blocker_id: UUID, blocked_id: UUID) -> None:
        """Keep a block."""
        statement = insert(Block).values(blocker_id=blocker_id, blocked_id=blocked_id)
        await self.session.execute(statement.on_conflict_do_nothing())

    async def remove(self, blocker_id: UUID, blocked_id: UUID) -> None:
        """Forget a block."""
        await self.session.execute(delete(Block).where(Block.blocker_id == blocker_id, Block.blocked_id == blocked_id))

    async def erase(self, user_id: UUID) -> None:
        """Forget all blocks by a user, and of one."""
        await self.session.execute(delete(Block).where(or_(Block.blocker_id == user_id, Block.blocked_id == user_id)))

    async def between(self, user_id: UUID, others: Collection[UUID]) -> tuple[set[UUID], set[UUID]]:
        """Whom of some others a user has blocked, and who of them has blocked the user."""
        statement = select(Block.blocker_id, Block.blocked_id).where(between(user_id, others))
        rows = (await self.session.execute(statement)).all()
        return {b for a, b in rows if a == user_id}, {a for a, b in rows if b == user_id}
