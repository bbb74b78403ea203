"""What outreach learns from others. Each event becomes a job in the transaction that holds its inbox row: a process
that dies afterwards loses nothing, and one that dies before hears of it again.
"""

from typing import Any

from doorstep.identity.v1.identity_events_pb2 import AccountMessageWritten, UserErased
from doorstep.messaging.v1.messaging_events_pb2 import ConversationRead, MessageSent
from doorstep.outreach.v1.outreach_jobs_pb2 import AccountMessageJob
from services.chassis.db.database import Transaction
from services.chassis.events import EventMeta, Subscriber
from services.chassis.ids import parse_id
from services.chassis.jobs import Priority
from services.outreach.kinds import FIXED
from services.outreach.notices import RULES, Rule, gather_key_of
from services.outreach.operations import notification as operations
from services.outreach.operations.delivery import ACCOUNT_MESSAGE, NOTIFY


async def _wrote(tx: Transaction, event: MessageSent, meta: EventMeta) -> None:
    """Who writes has read what was there before, and no ConversationRead says so."""
    await operations.read_gathered(
        tx, parse_id(event.sender_id), gather_key_of(event.conversation_id), event.sequence, now=meta.create_time
    )


def _tell(rule: Rule[Any]) -> Subscriber[Any]:
    async def handle(tx: Transaction, event: Any, meta: EventMeta) -> None:
        if isinstance(event, MessageSent):
            await _wrote(tx, event, meta)
        priority = Priority.HIGH if rule.kind in FIXED else Priority.DEFAULT
        job = rule.job(event, meta)
        if job.user_ids:
            tx.enqueue(NOTIFY, job, key=job.event_id, priority=priority)

    # As the system: what somebody is told belongs to that person, not to the organisation where it happened.
    return Subscriber(rule.event, handle, name=f"outreach.{rule.kind.lower()}", as_system=True)


async def read_conversation(tx: Transaction, event: ConversationRead, meta: EventMeta) -> None:
    """Who has read a conversation needs no notification of its messages any more."""
    await operations.read_gathered(
        tx, parse_id(event.user_id), gather_key_of(event.conversation_id), event.sequence, now=meta.create_time
    )


async def account_message(tx: Transaction, event: AccountMessageWritten, meta: EventMeta) -> None:
    """Deliver what identity has to tell somebody; a person waits for it."""
    job = AccountMessageJob(message_id=event.message_id)
    tx.enqueue(ACCOUNT_MESSAGE, job, key=event.message_id, priority=Priority.HIGH)


async def forget(tx: Transaction, event: UserErased, meta: EventMeta) -> None:
    """Erase what is known of somebody whose account is gone for good."""
    await operations.forget_user(tx, parse_id(event.user_id))


SUBSCRIBERS: tuple[Subscriber[Any], ...] = (
    *(_tell(rule) for rule in RULES),
    Subscriber(ConversationRead, read_conversation, name="outreach.read_conversation", as_system=True),
    Subscriber(AccountMessageWritten, account_message, name="outreach.account_message", as_system=True),
    Subscriber(UserErased, forget, name="outreach.forget", as_system=True),
)
