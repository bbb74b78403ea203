"""What the service learns from others."""

from typing import Any

from doorstep.identity.v1.identity_events_pb2 import MemberRemoved, MemberRolesChanged, UserDeleted, UserErased
from services.chassis.clock import Clock
from services.chassis.db.database import Transaction
from services.chassis.events import EventMeta, Subscriber
from services.chassis.ids import parse_id
from services.partnership.operations import agent_profile, erasure


def subscribers(clock: Clock) -> tuple[Subscriber[Any], ...]:
    """What to do with which event."""

    async def forget(tx: Transaction, event: UserErased, meta: EventMeta) -> None:
        await erasure.forget_user(tx, parse_id(event.user_id), clock.now())

    async def hide(tx: Transaction, event: UserDeleted, meta: EventMeta) -> None:
        await agent_profile.forget_agent(tx, parse_id(event.user_id))

    async def follow(tx: Transaction, event: MemberRolesChanged, meta: EventMeta) -> None:
        await agent_profile.follow_roles(tx, parse_id(event.user_id), parse_id(event.organization_id), event.roles)

    async def leave(tx: Transaction, event: MemberRemoved, meta: EventMeta) -> None:
        await agent_profile.follow_roles(tx, parse_id(event.user_id), parse_id(event.organization_id), ())

    return (
        Subscriber(UserErased, forget, name="partnership.forget", as_system=True),
        Subscriber(UserDeleted, hide, name="partnership.hide_agent", as_system=True),
        Subscriber(MemberRolesChanged, follow, name="partnership.follow_roles", as_system=True),
        Subscriber(MemberRemoved, leave, name="partnership.leave", as_system=True),
    )
