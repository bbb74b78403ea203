"""Inboxes. Under row-level security callers find their own; jobs, as SYSTEM, name the user."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, select, text, update

from services.chassis.db.repository import Repository
from services.chassis.paging import Page, PageOf
from services.outreach.errors import NotificationNotFound
from services.outreach.models.notification import Notification, Preferences

_IN_INBOX = (Notification.sequence.is_not(None), Notification.delete_time.is_(None))


class NotificationRepository(Repository[Notification]):
    """Notifications."""

    model = Notification
    not_found = NotificationNotFound

    async def entry(self, notification_id: UUID, *, lock: bool = False) -> Notification:
        """An entry of the caller's inbox.

        Raises:
            NotificationNotFound: there is none, it was deleted, or it is only sent.
        """
        statement = select(Notification).where(Notification.id == notification_id, *_IN_INBOX)
        return await self._one(statement.with_for_update() if lock else statement)

    async def of_user(self, user_id: UUID, notification_id: UUID) -> Notification | None:
        """A notification of somebody, whether in the inbox or not; for jobs."""
        return await self.session.get(Notification, (user_id, notification_id))

    async def list_page(self, page: Page, *, unread_only: bool, types: Sequence[str]) -> PageOf[Notification]:
        """One page of the inbox, newest first."""
        statement = select(Notification).where(*_IN_INBOX)
        if unread_only:
            statement = statement.where(Notification.read_time.is_(None))
        if types:
            statement = statement.where(Notification.type.in_(types))
        return await self.page(statement, by=(Notification.sequence.desc(),), page=page)

    async def following(self, after: int, limit: int) -> Sequence[Notification]:
        """Entries after a place, in the order of the inbox."""
        statement = select(Notification).where(*_IN_INBOX, Notification.sequence > after)
        return (await self.session.execute(statement.order_by(Notification.sequence).limit(limit))).scalars().all()

    async def unread(self) -> int:
        """How many entries of the caller's inbox are unread."""
        statement = select(func.count()).select_from(Notification)
        return await self.session.scalar(statement.where(*_IN_INBOX, Notification.read_time.is_(None))) or 0

    async def read_through(self, sequence: int, now: datetime) -> int:
        """Mark the caller's entries up to a place as read; return how many were unread."""
        result: Any = await self.session.execute(
            update(Notification)
            .where(*_IN_INBOX, Notification.read_time.is_(None), Notification.sequence <= sequence)
            .values(read_time=now, update_time=now, version=Notification.version + 1)
            .execution_options(synchronize_session=False)
        )
        return int(result.rowcount)

    async def read_position(self, user_id: UUID, gather_key: str) -> int:
        """How far somebody has read what is gathered under a key; -1 where nothing is known."""
        found = await self.session.scalar(
            text("SELECT position FROM outreach.read_positions WHERE user_id = :user_id AND gather_key = :gather_key"),
            {"user_id": user_id, "gather_key": gather_key},
        )
        return -1 if found is None else int(found)

    async def read_gathered(self, user_id: UUID, gather_key: str, position: int, now: datetime) -> None:
        """Keep how far somebody has read, and mark what stands for nothing later as read; for subscribers."""
        await self.session.execute(
            text(
                "INSERT INTO outreach.read_positions AS known (user_id, gather_key, position) "
                "VALUES (:user_id, :gather_key, :position) ON CONFLICT (user_id, gather_key) "
                "DO UPDATE SET position = greatest(known.position, excluded.position)"
            ),
            {"user_id": user_id, "gather_key": gather_key, "position": position},
        )
        await self.session.execute(
            update(Notification)
            .where(
                Notification.user_id == user_id,
                Notification.gather_key == gather_key,
                Notification.gather_position <= position,
                Notification.read_time.is_(None),
            )
            .values(read_time=now, update_time=now, version=Notification.version + 1)
            .execution_options(synchronize_session=False)
        )

    async def last_sequence(self) -> int:
        """The place of the newest entry that the caller's inbox ever had."""
        return await self.session.scalar(text("SELECT last_sequence FROM outreach.inboxes")) or 0

    async def take_sequence(self, user_id: UUID) -> int:
        """The next place in an inbox. Its row stays locked until the commit, so that places follow the commits."""
        return int(
            await self.session.scalar(
                text(
                    "INSERT INTO outreach.inboxes AS inbox (user_id, last_sequence) VALUES (:user_id, 1) "
                    "ON CONFLICT (user_id) DO UPDATE SET last_sequence = inbox.last_sequence + 1 "
                    "RETURNING last_sequence"
                ),
                {"user_id": user_id},
            )
            or 0
        )

    async def lock_inbox(self, user_id: UUID) -> None:
        """Let nobody else write to an inbox until the commit: what is gathered must find what is there."""
        await self.session.execute(
            text("INSERT INTO outreach.inboxes (user_id) VALUES (:user_id) ON CONFLICT (user_id) DO NOTHING"),
            {"user_id": user_id},
        )
        await self.session.execute(
            text("SELECT 1 FROM outreach.inboxes WHERE user_id = :user_id FOR UPDATE"), {"user_id": user_id}
        )

    async def gathering(self, user_id: UUID, gather_key: str) -> Notification | None:
        """The unread notification that gathers under a key."""
        statement = select(Notification).where(
            Notification.user_id == user_id,
            Notification.gather_key == gather_key,
            Notification.read_time.is_(None),
            Notification.delete_time.is_(None),
        )
        return (await self.session.execute(statement)).scalar_one_or_none()

    async def tell(self, user_id: UUID, event_id: UUID, notification_id: UUID) -> bool:
        """Record that an event is told to somebody; False when it was before."""
        told = await self.session.scalar(
            text(
                "INSERT INTO outreach.told (user_id, event_id, notification_id) "
                "VALUES (:user_id, :event_id, :notification_id) ON CONFLICT DO NOTHING RETURNING true"
            ),
            {"user_id": user_id, "event_id": event_id, "notification_id": notification_id},
        )
        return bool(told)

    async def forget_user(self, user_id: UUID) -> None:
        """Remove all that is known of somebody."""
        for table in (
            "delivery_attempts",
            "deliveries",
            "mailbox",
            "told",
            "read_positions",
            "notifications",
            "preferences",
            "inboxes",
        ):
            await self.session.execute(
                text(f"DELETE FROM outreach.{table} WHERE user_id = :user_id"),  # noqa: S608 - names of ours
                {"user_id": user_id},
            )

    async def prune(self, before: datetime) -> None:
        """Remove what is older than anybody looks back."""
        await self.session.execute(delete(Notification).where(Notification.create_time < before))
        await self.session.execute(text("DELETE FROM outreach.told WHERE create_time < :before"), {"before": before})


class PreferenceRepository:
    """Preferences: one row per user, made at the first change."""

    def __init__(self, tx: Any) -> None:
        """Work within `tx`."""
        self.session = tx.session

    async def find(self, user_id: UUID) -> Preferences | None:
        """Somebody's preferences; None where nothing was ever changed."""
        found: Preferences | None = await self.session.get(Preferences, user_id)
        return found

    async def lock(self, user_id: UUID) -> Preferences:
        """Somebody's preferences, made if need be, locked until the commit."""
        await self.session.execute(
            text("INSERT INTO outreach.preferences (user_id, version) VALUES (:user_id, 0) ON CONFLICT DO NOTHING"),
            {"user_id": user_id},
        )
        statement = select(Preferences).where(Preferences.user_id == user_id).with_for_update()
        row: Preferences = (
            await self.session.execute(statement.execution_options(populate_existing=True))
        ).scalar_one()
        return row
