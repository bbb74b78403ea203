"""Inboxes: what comes in, and what their owners do with it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from services.chassis.db.database import ReadTransaction, Transaction
from services.chassis.errors import EtagMismatch
from services.chassis.ids import new_id
from services.chassis.paging import Page, PageOf
from services.outreach import events
from services.outreach.errors import SequenceBeyondEnd
from services.outreach.kinds import OUTSIDE, Channel, Kind, channels
from services.outreach.models.notification import Notification
from services.outreach.operations.delivery import queue_delivery
from services.outreach.repository.notification import NotificationRepository, PreferenceRepository
from services.outreach.wording import Wording


@dataclass(frozen=True, slots=True)
class Telling:
    """One event that one person is to learn of, ready to be written down."""

    user_id: UUID
    event_id: UUID
    kind: Kind
    resource_type: str
    resource_id: str
    gather_key: str
    gather_position: int
    event_time: datetime
    write: Callable[[int], Wording]
    """Writes it, given how many events it stands for."""


async def notify(tx: Transaction, telling: Telling, now: datetime) -> Notification | None:
    """Put an event into an inbox and queue what leaves the house; None where it was told before, or read already.

    A further event of an unread entry with the same `gather_key` raises that entry's count and moves it to the end; it
    is not sent again.
    """
    notifications = NotificationRepository(tx)
    await notifications.lock_inbox(telling.user_id)
    gathering = None
    if telling.gather_key:
        if telling.gather_position <= await notifications.read_position(telling.user_id, telling.gather_key):
            return None
        gathering = await notifications.gathering(telling.user_id, telling.gather_key)
    notification_id = new_id() if gathering is None else gathering.id
    if not await notifications.tell(telling.user_id, telling.event_id, notification_id):
        return None
    preferences = await PreferenceRepository(tx).find(telling.user_id)
    wanted = channels(telling.kind, preferences.choices if preferences is not None else {})
    if gathering is not None:
        row = await _gather(notifications, gathering, telling, now)
    else:
        row = await _post(tx, notifications, notification_id, telling, wanted=wanted, now=now)
    await tx.session.flush()
    if row.sequence is not None:
        tx.publish(events.notification_posted(row), key=str(row.user_id))
    return row


async def _post(
    tx: Transaction,
    notifications: NotificationRepository,
    notification_id: UUID,
    telling: Telling,
    *,
    wanted: frozenset[Channel],
    now: datetime,
) -> Notification:
    wording = telling.write(1)
    row = notifications.add(
        Notification(
            user_id=telling.user_id,
            id=notification_id,
            type=telling.kind,
            title=wording.title,
            body=wording.text,
            language_code=wording.language_code,
            resource_type=telling.resource_type,
            resource_id=telling.resource_id,
            gather_key=telling.gather_key,
            gather_position=telling.gather_position,
            event_count=1,
            sequence=await notifications.take_sequence(telling.user_id) if Channel.IN_APP in wanted else None,
            create_time=telling.event_time,
            update_time=now,
        )
    )
    for channel in OUTSIDE:
        if channel in wanted:
            queue_delivery(tx, row, channel, now)
    return row


async def _gather(
    notifications: NotificationRepository, row: Notification, telling: Telling, now: datetime
) -> Notification:
    row.event_count += 1
    row.gather_position = max(row.gather_position, telling.gather_position)
    wording = telling.write(row.event_count)
    row.title, row.body, row.language_code = wording.title, wording.text, wording.language_code
    row.update_time = now
    if row.sequence is not None:
        row.sequence = await notifications.take_sequence(telling.user_id)
    return row


async def list_notifications(
    tx: ReadTransaction, page: Page, *, unread_only: bool, types: Sequence[str]
) -> tuple[PageOf[Notification], int]:
    """One page of the caller's inbox, and how many of all its entries are unread."""
    notifications = NotificationRepository(tx)
    found = await notifications.list_page(page, unread_only=unread_only, types=types)
    return found, await notifications.unread()


async def get_notification(tx: ReadTransaction, notification_id: UUID) -> Notification:
    """One entry of the caller's inbox.

    Raises:
        NotificationNotFound
    """
    return await NotificationRepository(tx).entry(notification_id)


async def mark_notification_read(tx: Transaction, notification_id: UUID, *, etag: str, now: datetime) -> Notification:
    """Say that the caller has read an entry.

    Raises:
        NotificationNotFound, EtagMismatch
    """
    row = await NotificationRepository(tx).entry(notification_id, lock=True)
    match_etag(row, etag)
    if row.read_time is None:
        row.read_time = row.update_time = now
    return row


async def mark_all_notifications_read(tx: Transaction, through_sequence: int, now: datetime) -> tuple[int, int]:
    """Say that the caller has read up to a place; return how many were unread, and how many still are."""
    notifications = NotificationRepository(tx)
    return await notifications.read_through(through_sequence, now), await notifications.unread()


async def delete_notification(tx: Transaction, notification_id: UUID, *, etag: str, now: datetime) -> None:
    """Take an entry out of the caller's inbox; the row stays for its deliveries.

    Raises:
        NotificationNotFound, EtagMismatch
    """
    row = await NotificationRepository(tx).entry(notification_id, lock=True)
    match_etag(row, etag)
    row.delete_time = row.update_time = now


async def following(tx: ReadTransaction, after: int, limit: int) -> Sequence[Notification]:
    """Entries of the caller's inbox after a place, for the stream."""
    return await NotificationRepository(tx).following(after, limit)


async def place_to_watch_from(tx: ReadTransaction, after: int | None) -> int:
    """The place after which to stream the caller's inbox: the one that is asked for, or the newest.

    Raises:
        SequenceBeyondEnd: it would pass over what comes next.
    """
    last = await NotificationRepository(tx).last_sequence()
    if after is not None and after > last:
        raise SequenceBeyondEnd(metadata={"last_sequence": str(last)})
    return last if after is None else after


async def read_gathered(tx: Transaction, user_id: UUID, gather_key: str, position: int, *, now: datetime) -> None:
    """Take note of how far somebody has read what is gathered under a key."""
    notifications = NotificationRepository(tx)
    await notifications.lock_inbox(user_id)
    await notifications.read_gathered(user_id, gather_key, position, now)


async def forget_user(tx: Transaction, user_id: UUID) -> None:
    """Erase everything about somebody. Jobs that still wait find nothing and end."""
    await NotificationRepository(tx).forget_user(user_id)


def match_etag(row: Any, etag: str) -> None:
    """Refuse a change that was made up from an older version of the row; an empty etag asks for no such check."""
    if etag and etag != row.etag:
        raise EtagMismatch(metadata={"etag": row.etag})
