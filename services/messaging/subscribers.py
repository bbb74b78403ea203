"""What the service learns from others."""

from doorstep.partnership.v1.partnership_events_pb2 import UserBlocked, UserUnblocked
from services.chassis.db.database import Transaction
from services.chassis.events import EventMeta, Subscriber
from services.chassis.ids import parse_id
from services.messaging.operations import conversation


async def keep_block(tx: Transaction, event: UserBlocked, meta: EventMeta) -> None:
    """Somebody wants to hear nothing of somebody else any more."""
    await conversation.keep_block(tx, parse_id(event.blocker_id), parse_id(event.blocked_id))


async def forget_block(tx: Transaction, event: UserUnblocked, meta: EventMeta) -> None:
    """A block was taken back. Both facts have the pair as their key and come in their order."""
    await conversation.forget_block(tx, parse_id(event.blocker_id), parse_id(event.blocked_id))


SUBSCRIBERS = (
    Subscriber(UserBlocked, keep_block, name="messaging.keep_block", as_system=True),
    Subscriber(UserUnblocked, forget_block, name="messaging.forget_block", as_system=True),
)
