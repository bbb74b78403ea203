"""What the service learns from others."""

from typing import Any

from doorstep.identity.v1.identity_events_pb2 import UserErased
from doorstep.partnership.v1.partnership_events_pb2 import UserBlocked, UserUnblocked
from services.chassis.clock import Clock
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


def subscribers(clock: Clock) -> tuple[Subscriber[Any], ...]:
    """What to do with which event."""

    async def forget_user(tx: Transaction, event: UserErased, meta: EventMeta) -> None:
        await conversation.forget_user(tx, parse_id(event.user_id), clock.now())

    return (
        Subscriber(UserBlocked, keep_block, name="messaging.keep_block", as_system=True),
        Subscriber(UserUnblocked, forget_block, name="messaging.forget_block", as_system=True),
        Subscriber(UserErased, forget_user, name="messaging.forget_user", as_system=True),
    )
