"""Inboxes. Under row-level security callers find their own; jobs, as SYSTEM, name the user."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, text, update
from sqlalchemy.dialects.postgresql import JSONB

from services.chassis.db.repository import Repository
from services.chassis.paging import Page, PageOf
from services.outreach.errors import NotificationNotFound
from services.outreach.kinds import Choices
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
                Notification.delete_time.is_(None),  # as the index of what gathers has it
            )
            .values(read_time=now, update_time=now, version=Notification.version + 1)
            .execution_options(synchronize_session=False)
        )

    async def last_sequence(self) -> int:
        """The place of the newest entry that the caller's inbox ever had."""
        return await self.session.scalar(text("SELECT last_sequence FROM outreach.inboxes")) or 0

    async def lock_inboxes(self, user_ids: Iterable[UUID]) -> None:
        """Let nobody else write to these inboxes until the commit: what is gathered must find what is there."""
        # In one order, because two events may be told to the same people at once. An inbox that is there is only
        # locked: the condition is looked at after that.
        await self.session.execute(
            text(
                "INSERT INTO outreach.inboxes AS inbox (user_id) SELECT unnest(CAST(:user_ids AS uuid[])) "
                "ON CONFLICT (user_id) DO UPDATE SET last_sequence = inbox.last_sequence WHERE false"
            ),
            {"user_ids": sorted(user_ids)},
        )

    async def to_be_told(
        self, user_ids: Iterable[UUID], event_id: UUID, *, gather_key: str, gather_position: int
    ) -> dict[UUID, Choices]:
        """Of these users, who were not told of an event and have not read beyond it; with their choices."""
        rows = await self.session.execute(
            text(
                "SELECT reader.user_id, coalesce(choices, '{}') AS choices "
                "FROM unnest(CAST(:user_ids AS uuid[])) AS reader (user_id) "
                "LEFT JOIN outreach.preferences USING (user_id) "
                "WHERE NOT EXISTS (SELECT FROM outreach.told WHERE told.user_id = reader.user_id "
                "AND told.event_id = :event_id) AND NOT EXISTS (SELECT FROM outreach.read_positions AS read "
                "WHERE read.user_id = reader.user_id AND gather_key = :gather_key AND position >= :gather_position)"
            ).columns(choices=JSONB),
            {
                "user_ids": list(user_ids),
                "event_id": event_id,
                "gather_key": gather_key,
                "gather_position": gather_position,
            },
        )
        return {row.user_id: row.choices for row in rows}

    async def gathering(self, user_ids: Iterable[UUID], gather_key: str) -> dict[UUID, Notification]:
        """The unread notifications of these users that gather under a key."""
        statement = select(Notification).where(
            Notification.user_id.in_(list(user_ids)),
            Notification.gather_key == gather_key,
            Notification.read_time.is_(None),
            Notification.delete_time.is_(None),
        )
        return {row.user_id: row for row in (await self.session.execute(statement)).scalars()}

    async def awaiting_digest(self, user_id: UUID) -> Sequence[Notification]:
        """What waits for somebody's digest, oldest first."""
        statement = select(Notification).where(Notification.user_id == user_id, Notification.awaits_digest)
        return (await self.session.execute(statement.order_by(Notification.id))).scalars().all()

    async def tell(
        self, event_id: UUID, notification_ids: Mapping[UUID, UUID], in_inbox: Sequence[UUID]
    ) -> dict[UUID, int]:
        """Record that an event is told to users by these notifications, and take the next places in their inboxes.

        The inboxes are locked until the commit, so that places follow the commits.

        Args:
            event_id: Which event.
            notification_ids: By user.
            in_inbox: Whose notification has a place.
        """
        rows = await self.session.execute(
            text(
                "WITH told AS (INSERT INTO outreach.told (user_id, event_id, notification_id) "
                "SELECT user_id, :event_id, notification_id "
                "FROM unnest(CAST(:user_ids AS uuid[]), CAST(:ids AS uuid[])) AS known (user_id, notification_id)) "
                "UPDATE outreach.inboxes SET last_sequence = last_sequence + 1 "
                "WHERE user_id = ANY(CAST(:in_inbox AS uuid[])) RETURNING user_id, last_sequence"
            ),
            {
                "event_id": event_id,
                "user_ids": list(notification_ids),
                "ids": list(notification_ids.values()),
                "in_inbox": list(in_inbox),
            },
        )
        return {row.user_id: row.last_sequence for row in rows}

    async def forget_user(self, user_id: UUID) -> None:
        """Remove all that is known of somebody."""
        for table in (
            "inboxes",  # first: whoever tells this user of something holds its row
            "delivery_attempts",
            "deliveries",
            "mailbox",
            "told",
            "read_positions",
            "notifications",
            "preferences",
        ):
            await self.session.execute(
                text(f"DELETE FROM outreach.{table} WHERE user_id = :user_id"),  # noqa: S608 - names of ours
                {"user_id": user_id},
            )


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
