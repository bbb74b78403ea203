"""When agents receive visits, and which times are free."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from services.chassis.actor import Actor
from services.chassis.db.database import ReadTransaction, Transaction
from services.chassis.errors import PermissionMissing
from services.visit import policy
from services.visit.errors import AvailabilityNotFound
from services.visit.lifecycle import LIVING
from services.visit.models.availability import Availability
from services.visit.operations.common import replace_row
from services.visit.operations.showing_rules import require_requestable
from services.visit.peers import ListingFacts
from services.visit.repository.availability import AvailabilityRepository, to_rules
from services.visit.repository.visit import VisitRepository
from services.visit.slots import LONGEST, Rules, Span, Taken, free_slots

_DAY = timedelta(days=1)


async def get_availability(tx: ReadTransaction, organization_id: UUID, agent_id: UUID) -> Availability:
    """Read what an agent has said.

    Raises:
        AvailabilityNotFound
    """
    row = await AvailabilityRepository(tx).find(organization_id, agent_id)
    if row is None:
        raise AvailabilityNotFound
    return row


def require_own_hours(caller: Actor, agent_id: UUID) -> None:
    """Refuse to say somebody else's hours, unless one manages the visits of the organisation.

    Raises:
        PermissionMissing
    """
    if caller.user_id != agent_id and not caller.can(policy.MANAGE):
        raise PermissionMissing(metadata={"permission": policy.MANAGE})


async def replace_availability(
    tx: Transaction, organization_id: UUID, agent_id: UUID, values: Mapping[str, Any], *, etag: str, now: datetime
) -> Availability:
    """Say when an agent receives visits.

    Raises:
        EtagMismatch
    """
    repository = AvailabilityRepository(tx)
    await repository.lock(organization_id, agent_id)  # nobody can lock a row that is not there yet
    row = await repository.find(organization_id, agent_id)
    new = Availability(organization_id=organization_id, agent_id=agent_id)
    return await replace_row(tx, row, new, values, etag=etag, now=now)


async def rules_and_taken(
    tx: ReadTransaction, span: Span, *, listing: ListingFacts, agent_id: UUID, buyer_id: UUID
) -> tuple[Rules | None, Taken, list[datetime]]:
    """The agent's rules, what is in the way around a span, and when the agent's visits for the organisation begin.

    `tx` sees the visits of all organisations: an agent may work for two, and a buyer visits homes of many. Nothing but
    times leaves here.

    Raises:
        InstructionsOnly
    """
    _, row = await require_requestable(tx, listing, agent_id)
    if row is None:
        return None, Taken(), []
    begin, until = span
    busy = await VisitRepository(tx).busy(
        agent_id=agent_id,
        property_id=listing.property_id,
        buyer_id=buyer_id,
        begin=begin - _DAY - LONGEST,  # a buffer: visits so far outside a span may still reach into it
        until=until + _DAY + LONGEST,
    )
    living = [one for one in busy if one.state in LIVING]
    taken = Taken(
        agent=[(one.busy_start_time, one.busy_end_time) for one in living if one.agent_id == agent_id],
        # Of the agent's visits too: the ones elsewhere lie within their buffers anyway.
        others=[(one.start_time, one.end_time) for one in living],
    )
    # An organisation's daily limit is about its own visits, also about those that are over.
    mine = (one for one in busy if (one.agent_id, one.organization_id) == (agent_id, listing.organization_id))
    return to_rules(row), taken, [one.start_time for one in mine]


def find_free_slots(
    rules: Rules,
    begin: datetime,
    until: datetime,
    *,
    now: datetime,
    taken: Taken,
    starts: list[datetime],
    duration: timedelta | None,
) -> list[Span]:
    """Free times that begin between two moments, from now on."""
    return list(free_slots(rules, max(begin, now), until, now=now, taken=taken, starts=starts, duration=duration))
