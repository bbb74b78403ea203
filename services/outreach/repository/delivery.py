"""Deliveries, their attempts, and the mailbox."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select

from services.chassis.db.database import ReadTransaction
from services.chassis.db.repository import Repository
from services.chassis.paging import Page, PageOf
from services.outreach.errors import DeliveryNotFound
from services.outreach.models.delivery import Delivery, DeliveryAttempt, MailboxMessage


class DeliveryRepository(Repository[Delivery]):
    """Deliveries."""

    model = Delivery
    not_found = DeliveryNotFound

    async def lock(self, user_id: UUID, delivery_id: UUID) -> Delivery:
        """One delivery, locked until the commit.

        Raises:
            DeliveryNotFound: its owner's data were erased, or it is older than we look back.
        """
        statement = select(Delivery).where(Delivery.user_id == user_id, Delivery.id == delivery_id).with_for_update()
        return await self._one(statement.execution_options(populate_existing=True))

    async def list_page(self, page: Page, *, notification_id: UUID | None) -> PageOf[Delivery]:
        """One page of the caller's, newest first."""
        statement = select(Delivery)
        if notification_id is not None:
            statement = statement.where(Delivery.notification_id == notification_id)
        return await self.page(statement, by=(Delivery.id.desc(),), page=page)

    async def attempts(self, delivery_ids: Sequence[UUID]) -> Sequence[DeliveryAttempt]:
        """The attempts of some deliveries, oldest first."""
        statement = select(DeliveryAttempt).where(DeliveryAttempt.delivery_id.in_(delivery_ids))
        statement = statement.order_by(DeliveryAttempt.delivery_id, DeliveryAttempt.number)
        return (await self.session.execute(statement)).scalars().all()

    def add_attempt(self, row: DeliveryAttempt) -> None:
        """Add an attempt."""
        self.session.add(row)

    async def attempt(self, user_id: UUID, delivery_id: UUID, number: int) -> DeliveryAttempt | None:
        """One attempt."""
        return await self.session.get(DeliveryAttempt, (user_id, delivery_id, number))

    async def prune(self, before: datetime) -> None:
        """Remove what is older than anybody looks back, the attempts with it."""
        await self.session.execute(delete(Delivery).where(Delivery.create_time < before))


class MailboxRepository:
    """The mailbox of development."""

    def __init__(self, tx: ReadTransaction) -> None:
        """Work within `tx`."""
        self.session = tx.session

    async def has(self, user_id: UUID, delivery_id: UUID) -> bool:
        """Whether a delivery is in it."""
        statement = select(MailboxMessage.id).where(
            MailboxMessage.user_id == user_id, MailboxMessage.delivery_id == delivery_id
        )
        return await self.session.scalar(statement) is not None

    def add(self, row: MailboxMessage) -> None:
        """Keep a message."""
        self.session.add(row)

    async def list_page(self, page: Page, channel: str | None, recipient: str) -> PageOf[MailboxMessage]:
        """One page of the messages, newest first; to one address where it is not empty."""
        statement = select(MailboxMessage)
        if channel is not None:
            statement = statement.where(MailboxMessage.channel == channel)
        if recipient:
            statement = statement.where(MailboxMessage.recipient == recipient)
        if page.after is not None:
            statement = statement.where(MailboxMessage.id < page.after[0])
        statement = statement.order_by(MailboxMessage.id.desc()).limit(page.size + 1)
        rows = (await self.session.execute(statement)).scalars()
        return page.cut(list(rows), key=lambda row: (row.id,))

    async def prune(self, before: datetime) -> None:
        """Remove old messages."""
        await self.session.execute(delete(MailboxMessage).where(MailboxMessage.create_time < before))
