"""What the service learns from others."""

from doorstep.identity.v1.identity_events_pb2 import UserErased
from services.chassis.clock import Clock
from services.chassis.db.database import Transaction
from services.chassis.events import EventMeta, Subscriber
from services.chassis.ids import parse_id
from services.partnership.operations import erasure


def subscribers(clock: Clock) -> tuple[Subscriber[UserErased]]:
    """What to do with which event."""

    async def forget(tx: Transaction, event: UserErased, meta: EventMeta) -> None:
        await erasure.forget_user(tx, parse_id(event.user_id), clock.now())

    return (Subscriber(UserErased, forget, name="partnership.forget", as_system=True),)
