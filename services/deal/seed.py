"""The demo organisation has the usual pipeline, so that whoever tries the suite sees stages before the first deal."""

from services.chassis.actor import system_for
from services.chassis.app import Resources
from services.chassis.demo import ORGANIZATION_ID
from services.deal.operations.pipeline import first_stage


async def seed(resources: Resources) -> None:
    """Make it, unless there is one; deals are left to whoever tries the suite, for their events go to people."""
    async with resources.database("deal").transaction(system_for(ORGANIZATION_ID)) as tx:
        await first_stage(tx, ORGANIZATION_ID, None, resources.clock.now())
