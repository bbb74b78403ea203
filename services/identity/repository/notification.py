"""Messages to people, as the notifier keeps them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Text, delete, literal, select, update

from services.chassis.db.database import ReadTransaction
from services.identity.models.user import Notification
from services.identity.repository.pruning import prune

LINK = "token"
"""Where a message holds the secret of its link."""


class NotificationRepository:
    """Messages. System only."""

    def __init__(self, tx: ReadTransaction) -> None:
        """Work within `tx`."""
        self.session = tx.session

    def add(self, row: Notification) -> None:
        """Keep a message."""
        self.session.add(row)

    async def to_somebody(self, message_id: UUID) -> Notification | None:
        """A message, unless it is to nobody."""
        statement = select(Notification).where(Notification.id == message_id, Notification.recipient.is_not(None))
        return (await self.session.execute(statement)).scalar_one_or_none()

    async def forget_secret(self, message_id: UUID) -> None:
        """Remove the secret of a link from its message."""
        await self.session.execute(
            update(Notification)
            .where(Notification.id == message_id)
            .values(data=Notification.data.op("-")(literal(LINK, Text())))
            .execution_options(synchronize_session=False)
        )

    async def forget_user(self, user_id: UUID, email: str, *, before: datetime) -> None:
        """Remove what was sent to a user, by account or by address, until `before`."""
        await self.session.execute(
            delete(Notification).where(
                (Notification.user_id == user_id)
                | ((Notification.recipient == email) & (Notification.create_time <= before))
            )
        )

    async def prune(self, before: datetime, limit: int) -> int:
        """Remove messages made before `before`."""
        return await prune(self.session, Notification, Notification.create_time < before, limit)
