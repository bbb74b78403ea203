"""One mail a day of what its reader chose to hear of daily."""

from collections.abc import Callable, Sequence
from datetime import datetime, time, timedelta
from uuid import UUID

from doorstep.outreach.v1 import outreach_jobs_pb2 as pb
from services.chassis.db.database import Transaction
from services.chassis.ids import new_id
from services.outreach.kinds import Channel, Kind, channels
from services.outreach.models.notification import Notification
from services.outreach.operations.delivery import queue_delivery
from services.outreach.repository.notification import NotificationRepository, PreferenceRepository
from services.outreach.wording import Wording, zone_of

DIGEST = "outreach.digest"
AT = time(8)
"""When digests come, by the reader's clock."""
MARGIN = timedelta(minutes=1)
"""The queue goes by the database's clock: a digest that is due so soon may be running, and would keep another out."""


def due_time(now: datetime, time_zone: str) -> datetime:
    """The next time at which the reader's clock shows eight in the morning."""
    zone = zone_of(time_zone)
    day = now.astimezone(zone).date()
    due = datetime.combine(day, AT, zone)
    return due if due - now > MARGIN else datetime.combine(day + timedelta(days=1), AT, zone)


def await_digest(tx: Transaction, row: Notification, time_zone: str, now: datetime) -> None:
    """Have a notification come with the reader's next digest: its mark and the job, in one transaction.

    Many of a day ask for one job; a job that finds nothing to tell does nothing.
    """
    row.awaits_digest = True
    due = due_time(now, time_zone)
    key = f"{row.user_id}/{due:%Y-%m-%dT%H:%M%z}"
    tx.enqueue(DIGEST, pb.DigestJob(user_id=str(row.user_id)), key=key, delay=due - now)


async def send_digest(
    tx: Transaction, user_id: UUID, write: Callable[[Sequence[Notification]], Wording], now: datetime
) -> Notification | None:
    """Gather what waits into one mail; None where nothing is left to tell. Runs as the system.

    What was read or deleted meanwhile, and what its reader no longer wants by mail, is left out.
    """
    notifications = NotificationRepository(tx)
    await notifications.lock_inboxes([user_id])
    waiting = await notifications.awaiting_digest(user_id)
    preferences = await PreferenceRepository(tx).find(user_id)
    choices = preferences.choices if preferences is not None else {}
    rows = [
        row
        for row in waiting
        if row.read_time is None and row.delete_time is None and Channel.EMAIL in channels(Kind(row.type), choices)
    ]
    for row in waiting:
        row.awaits_digest = False
    if not rows:
        return None
    wording, digest_id = write(rows), new_id()
    digest = notifications.add(
        Notification(
            user_id=user_id,
            id=digest_id,
            type=Kind.DIGEST,
            title=wording.title,
            body=wording.text,
            language_code=wording.language_code,
            resource_type="digest",
            resource_id=str(digest_id),
            event_count=sum(row.event_count for row in rows),
            sequence=None,
            create_time=now,
            update_time=now,
        )
    )
    queue_delivery(tx, digest, Channel.EMAIL, now)
    return digest
