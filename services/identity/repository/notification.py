"""Messages to people, as the notifier that has a table keeps them."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select

from services.chassis.db.database import ReadTransaction
from services.identity.models.user import Notification


class NotificationRepository:
    """Messages. System only."""

    def __init__(self, tx: ReadTransaction) -> None:
        """Work within `tx`."""
        self.session = tx.session

    def add(self, row: Notification) -> None:
        """Keep a message."""
        self.session.add(row)

    async def newest(self, recipient: str, limit: int) -> Sequence[Notification]:
        """Messages to somebody, newest first; to one address where it is not empty."""
        statement = select(Notification).where(Notification.recipient.is_not(None))
        if recipient:
            statement = statement.where(Notification.recipient == recipient)
        statement = statement.order_by(Notification.create_time.desc(), Notification.id.desc()).limit(limit)
        return (await self.session.execute(statement)).scalars().all()

    async def forget_user(self, user_id: UUID, email: str, *, before: datetime) -> None:
        """Remove what was sent to a user, by account or by address, until `before`."""
        await self.session.execute(
            delete(Notification).where(
                (Notification.user_id == user_id)
                | ((Notification.recipient == email) & (Notification.create_time <= before))
            )
        )

    async def prune(self, before: datetime) -> None:
        """Remove messages made before `before`."""
        await self.session.execute(delete(Notification).where(Notification.create_time < before))
