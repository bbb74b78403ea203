"""Messages that leave the house. There is one way out, `begin_delivery`: what must not be sent is stopped there, under
the lock of the delivery, whoever asked for it and whenever (campaigns will go the same way).
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.chassis.db.database import ReadTransaction, Transaction
from services.chassis.ids import new_id
from services.chassis.jobs import Priority
from services.chassis.paging import Page, PageOf
from services.outreach import events
from services.outreach.kinds import ACCOUNT, FIXED, Channel, Choices, Kind, Outcome, Suppression, channels
from services.outreach.lifecycle import DELIVERY, OPEN, DeliveryState
from services.outreach.models.delivery import Delivery, DeliveryAttempt, MailboxMessage
from services.outreach.models.notification import Notification
from services.outreach.repository.delivery import DeliveryRepository, MailboxRepository
from services.outreach.repository.notification import NotificationRepository

NOTIFY = "outreach.notify"
ACCOUNT_MESSAGE = "outreach.account_message"
SEND = {Channel.EMAIL: "outreach.send_email", Channel.SMS: "outreach.send_sms"}
DETAIL_LENGTH = 500

_VERB = {
    Outcome.SENT: "succeed",
    Outcome.DEFERRED: "defer",
    Outcome.REFUSED: "fail",
    Outcome.UNKNOWN: "lose",
}


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A delivery that may be sent now, and what it carries."""

    delivery_id: UUID
    number: int
    """Of the attempt."""
    notification: Notification


def queue_delivery(tx: Transaction, notification: Notification, channel: Channel, now: datetime) -> Delivery:
    """Have a notification sent: the row and its job, in the transaction that decides on it."""
    row = Delivery(
        user_id=notification.user_id,
        id=new_id(),
        notification_id=notification.id,
        type=notification.type,
        channel=channel,
        state=DeliveryState.QUEUED,
        attempt_count=0,
        create_time=now,
        update_time=now,
    )
    tx.session.add(row)
    priority = Priority.HIGH if notification.type in FIXED else Priority.DEFAULT
    tx.enqueue(SEND[channel], events.deliver_job(row, notification), key=str(row.id), priority=priority)
    return row


async def begin_delivery(
    tx: Transaction, user_id: UUID, delivery_id: UUID, *, address: str, provider: str, now: datetime
) -> Outgoing | None:
    """Admit a delivery to its provider and record the attempt; None where there is nothing to send (any more).

    What its owner wants is looked at here once more: a choice made after the event holds for what was not sent yet.
    """
    deliveries = DeliveryRepository(tx)
    found = await deliveries.to_begin(user_id, delivery_id)
    if found is None:
        return None  # erased with its owner
    row, notification, choices = found
    if DeliveryState(row.state) not in OPEN:
        return None
    stopped = _gate(row, choices, address=address, provider=provider)
    row.update_time = now
    if stopped is not None:
        DELIVERY.apply(row, "suppress", at=now)
        row.suppression = stopped
        return None
    DELIVERY.apply(row, "start", at=now)
    row.attempt_count += 1
    deliveries.add_attempt(
        DeliveryAttempt(
            user_id=user_id,
            delivery_id=delivery_id,
            number=row.attempt_count,
            provider=provider,
            start_time=now,
        )
    )
    return Outgoing(delivery_id, row.attempt_count, notification)


def _gate(row: Delivery, choices: Choices, *, address: str, provider: str) -> Suppression | None:
    """Why a delivery must not leave the house, or None."""
    if Channel(row.channel) not in channels(Kind(row.type), choices):
        return Suppression.PREFERENCE
    if not address:
        return Suppression.NO_ADDRESS
    if not provider:
        return Suppression.NO_PROVIDER
    return None


async def end_attempt(
    tx: Transaction,
    user_id: UUID,
    delivery_id: UUID,
    number: int,
    outcome: Outcome,
    *,
    detail: str,
    last: bool,
    now: datetime,
) -> None:
    """Record how an attempt ended, and move its delivery along.

    Args:
        tx: As the system.
        user_id: Whose delivery.
        delivery_id: Which.
        number: Of the attempt.
        outcome: How it ended.
        detail: What the provider said.
        last: A deferred one is not tried again by itself: the delivery has failed.
        now: When.
    """
    found = await DeliveryRepository(tx).to_end(user_id, delivery_id, number)
    if found is None:
        return  # erased with its owner
    row, attempt = found
    attempt.outcome, attempt.detail, attempt.end_time = outcome, detail[:DETAIL_LENGTH], now
    verb = "fail" if outcome is Outcome.DEFERRED and last else _VERB[outcome]
    DELIVERY.apply(row, verb, at=now)
    row.update_time = now
    if outcome is Outcome.SENT and row.type in ACCOUNT:
        notification = await NotificationRepository(tx).of_user(user_id, row.notification_id)
        if notification is not None:
            tx.publish(events.account_message_sent(notification), key=notification.resource_id)


async def list_deliveries(
    tx: ReadTransaction, page: Page, *, notification_id: UUID | None
) -> tuple[PageOf[Delivery], dict[UUID, list[DeliveryAttempt]]]:
    """One page of what was sent to the caller, and the attempts by delivery."""
    deliveries = DeliveryRepository(tx)
    found = await deliveries.list_page(page, notification_id=notification_id)
    attempts: dict[UUID, list[DeliveryAttempt]] = {row.id: [] for row in found.items}
    for attempt in await deliveries.attempts(list(attempts)):
        attempts[attempt.delivery_id].append(attempt)
    return found, attempts


async def list_mailbox_messages(
    tx: ReadTransaction, page: Page, channel: str | None, recipient: str
) -> PageOf[MailboxMessage]:
    """One page of the messages that were kept and that the caller may see, all or those to one address."""
    return await MailboxRepository(tx).list_page(page, channel, recipient)
