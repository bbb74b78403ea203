"""What identity learns from others."""

from doorstep.outreach.v1.outreach_events_pb2 import AccountMessageSent
from services.chassis.db.database import Transaction
from services.chassis.events import EventMeta, Subscriber
from services.chassis.ids import parse_id
from services.identity.operations.message import forget_secret


async def forget(tx: Transaction, event: AccountMessageSent, meta: EventMeta) -> None:
    """A link that was sent is its recipient's alone."""
    await forget_secret(tx, parse_id(event.message_id))


SUBSCRIBERS = (Subscriber(AccountMessageSent, forget, name="identity.forget_sent_link", as_system=True),)
