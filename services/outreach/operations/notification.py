"""Inboxes: what comes in, and what their owners do with it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.chassis.db.database import ReadTransaction, Transaction
from services.chassis.errors import match_etag
from services.chassis.ids import new_id
from services.chassis.paging import Page, PageOf
from services.outreach import events
from services.outreach.errors import SequenceBeyondEnd
from services.outreach.kinds import OUTSIDE, Channel, Kind, channels, is_daily
from services.outreach.models.notification import Notification
from services.outreach.operations.delivery import queue_delivery
from services.outreach.operations.digest import await_digest
from services.outreach.repository.notification import NotificationRepository
from services.outreach.wording import Wording


@dataclass(frozen=True, slots=True)
class Telling:
    """One event that people are to learn of, ready to be written down."""

    event_id: UUID
    kind: Kind
    resource_type: str
    resource_id: str
    gather_key: str
    gather_position: int
    event_time: datetime
    writers: Mapping[UUID, Callable[[int], Wording]]
    """Whom to tell; each writes it for that user, given how many events it stands for."""
    time_zones: Mapping[UUID, str]
    """Where they read mails that come daily: IANA names."""


async def notify(tx: Transaction, telling: Telling, now: datetime) -> None:
    """Put an event into inboxes and queue what leaves the house; not for whom was told before, or has read it already.

    A further event of an unread entry with the same `gather_key` raises that entry's count and moves it to the end; it
    is not sent again.
    """
    notifications = NotificationRepository(tx)
    await notifications.lock_inboxes(telling.writers)
    choices = await notifications.to_be_told(
        telling.writers, telling.event_id, gather_key=telling.gather_key, gather_position=telling.gather_position
    )
    if not choices:
        return
    gathering: dict[UUID, Notification] = {}
    if telling.gather_key:
        gathering = await notifications.gathering(choices, telling.gather_key)
    wanted = {user_id: channels(telling.kind, chosen) for user_id, chosen in choices.items()}
    ids = {user_id: gathering[user_id].id if user_id in gathering else new_id() for user_id in choices}
    # What is gathered stays where it is, in the inbox or not.
    in_inbox = [user_id for user_id, row in gathering.items() if row.sequence is not None]
    in_inbox += [user_id for user_id in choices.keys() - gathering.keys() if Channel.IN_APP in wanted[user_id]]
    places = await notifications.tell(telling.event_id, ids, in_inbox)
    for user_id, notification_id in ids.items():
        place = places.get(user_id)
        if user_id in gathering:
            row = _gather(gathering[user_id], telling, place, now)
        else:
            row = _post(tx, telling, user_id, notification_id, place=place, now=now)
            for channel in OUTSIDE:
                if channel is Channel.EMAIL and channel in wanted[user_id] and is_daily(telling.kind, choices[user_id]):
                    await_digest(tx, row, telling.time_zones.get(user_id, ""), now)
                elif channel in wanted[user_id]:
                    queue_delivery(tx, row, channel, now)
        if place is not None:
            tx.publish(events.notification_posted(row), key=str(user_id))


def _post(
    tx: Transaction, telling: Telling, user_id: UUID, notification_id: UUID, *, place: int | None, now: datetime
) -> Notification:
    wording = telling.writers[user_id](1)
    return NotificationRepository(tx).add(
        Notification(
            user_id=user_id,
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
            sequence=place,
            create_time=telling.event_time,
            update_time=now,
        )
    )


def _gather(row: Notification, telling: Telling, place: int | None, now: datetime) -> Notification:
    row.event_count += 1
    row.gather_position = max(row.gather_position, telling.gather_position)
    wording = telling.writers[row.user_id](row.event_count)
    row.title, row.body, row.language_code = wording.title, wording.text, wording.language_code
    row.sequence, row.update_time = place, now
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
    match_etag(row.etag, etag)
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
    match_etag(row.etag, etag)
    row.delete_time = row.update_time = now


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
    await notifications.lock_inboxes([user_id])
    await notifications.read_gathered(user_id, gather_key, position, now)


async def forget_user(tx: Transaction, user_id: UUID) -> None:
    """Erase everything about somebody. Jobs that still wait find nothing and end."""
    await NotificationRepository(tx).forget_user(user_id)
