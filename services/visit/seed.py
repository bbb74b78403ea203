"""The demo agent receives visits at any hour, so that whoever tries the suite finds a free slot now."""

from services.chassis.actor import Actor, CallerKind
from services.chassis.app import Resources
from services.chassis.demo import ORGANIZATION_ID, PEOPLE
from services.visit.operations.availability import replace_availability
from services.visit.repository.availability import AvailabilityRepository
from services.visit.slots import DAY_MINUTES

_ANY_HOUR = {
    "time_zone": "America/Los_Angeles",
    "weekly": [[day, 0, DAY_MINUTES] for day in range(1, 8)],
    "overrides": [],
    "blackouts": [],
    "buffer_before_minutes": 0,
    "buffer_after_minutes": 0,
    "minimum_notice_minutes": 0,
    "horizon_days": 60,
    "daily_limit": 0,
    "slot_interval_minutes": 15,
    "slot_duration_minutes": 15,
}


async def seed(resources: Resources) -> None:
    """Say the hours, unless the agent has said others."""
    agent_id = next(person.user_id for person in PEOPLE if person.role == "agent")
    agent = Actor(CallerKind.USER, user_id=agent_id, organization_id=ORGANIZATION_ID)
    async with resources.database("visit").transaction(agent) as tx:
        if await AvailabilityRepository(tx).find(ORGANIZATION_ID, agent_id) is None:
            await replace_availability(tx, ORGANIZATION_ID, agent_id, _ANY_HOUR, etag="", now=resources.clock.now())
