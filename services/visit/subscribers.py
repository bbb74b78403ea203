"""What the service learns from others."""

from typing import Any

from doorstep.identity.v1.identity_events_pb2 import MemberRemoved, UserErased
from services.chassis.clock import Clock
from services.chassis.db.database import Transaction
from services.chassis.events import EventMeta, Subscriber
from services.chassis.ids import parse_id
from services.visit.operations import erasure, safety


async def leave(tx: Transaction, event: MemberRemoved, meta: EventMeta) -> None:
    """Who is no member any more is called by no alarm of the organisation, and sees none."""
    await safety.leave_duty(tx, parse_id(event.organization_id), parse_id(event.user_id))


def subscribers(clock: Clock) -> tuple[Subscriber[Any], ...]:
    """What to do with which event."""

    async def forget(tx: Transaction, event: UserErased, meta: EventMeta) -> None:
        await erasure.forget_user(tx, parse_id(event.user_id), clock.now())

    return (
        Subscriber(MemberRemoved, leave, name="visit.leave_duty", as_system=True),
        Subscriber(UserErased, forget, name="visit.forget", as_system=True),
    )
