"""Deliveries, their attempts, and the mailbox."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
from asyncpg.pool import PoolConnectionProxy
from sqlalchemy import and_, select

from services.chassis.db.database import ReadTransaction
from services.chassis.db.repository import Repository
from services.chassis.ids import new_id
from services.chassis.paging import Page, PageOf
from services.outreach.channels.port import OutgoingMessage
from services.outreach.errors import DeliveryNotFound
from services.outreach.kinds import Choices
from services.outreach.models.delivery import Delivery, DeliveryAttempt, MailboxMessage
from services.outreach.models.notification import Notification, Preferences


class DeliveryRepository(Repository[Delivery]):
    """Deliveries."""

    model = Delivery
    not_found = DeliveryNotFound

    async def to_begin(self, user_id: UUID, delivery_id: UUID) -> tuple[Delivery, Notification, Choices] | None:
        """A delivery, locked until the commit, what it carries, and what its owner has chosen.

        None where its owner's data were erased, or it is older than we look back.
        """
        carried = and_(Notification.user_id == Delivery.user_id, Notification.id == Delivery.notification_id)
        statement = select(Delivery, Notification, Preferences.choices).join(Notification, carried)
        statement = statement.outerjoin(Preferences, Preferences.user_id == Delivery.user_id)
        found = await self._locked(statement, user_id, delivery_id)
        return None if found is None else (found[0], found[1], found[2] or {})

    async def to_end(self, user_id: UUID, delivery_id: UUID, number: int) -> tuple[Delivery, DeliveryAttempt] | None:
        """A delivery, locked until the commit, and one of its attempts; None as in `to_begin`."""
        of = and_(DeliveryAttempt.user_id == Delivery.user_id, DeliveryAttempt.delivery_id == Delivery.id)
        statement = select(Delivery, DeliveryAttempt).join(DeliveryAttempt, of).where(DeliveryAttempt.number == number)
        found = await self._locked(statement, user_id, delivery_id)
        return None if found is None else (found[0], found[1])

    async def _locked(self, statement: Any, user_id: UUID, delivery_id: UUID) -> Any:
        statement = statement.where(Delivery.user_id == user_id, Delivery.id == delivery_id)
        return (await self.session.execute(statement.with_for_update(of=Delivery))).one_or_none()

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


class MailboxRepository:
    """The mailbox of development."""

    def __init__(self, tx: ReadTransaction) -> None:
        """Work within `tx`."""
        self.session = tx.session

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


async def keep(connection: "PoolConnectionProxy[asyncpg.Record]", message: OutgoingMessage, now: datetime) -> None:
    """Keep a message in the mailbox, within `Database.fast_write`; one that is there stays as it is."""
    await connection.execute(
        "INSERT INTO outreach.mailbox "
        "(user_id, id, delivery_id, channel, recipient, subject, body, html, calendar, create_time) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (user_id, delivery_id) DO NOTHING",
        message.user_id,
        new_id(),
        message.delivery_id,
        message.channel,
        message.recipient,
        message.subject,
        message.text,
        message.html,
        message.invitation.content if message.invitation is not None else "",
        now,
    )
