"""Engagements: hire an agent, answer, end, and what time does to them."""

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from services.chassis.actor import user_of
from services.chassis.db.database import ReadTransaction, Transaction
from services.chassis.errors import match_etag
from services.chassis.ids import new_id
from services.chassis.paging import Page, PageOf
from services.partnership import events, policy
from services.partnership.errors import EngagementExists, NotAnAgent
from services.partnership.lifecycle import ENGAGEMENT_LIFECYCLE, EngagementState
from services.partnership.models.engagement import Engagement
from services.partnership.operations.pair import take_turn
from services.partnership.repository.engagement import EngagementRepository
from services.partnership.repository.pair import lock_pair

EXPIRES_AFTER = timedelta(days=14)
"""How long a request waits for the agent's answer."""
EXPIRE_JOB = "partnership.expire_engagement"
AGENT = "agent"
"""The role that can be hired."""


async def request_engagement(
    tx: Transaction,
    agent_id: UUID,
    organization_id: UUID,
    *,
    roles: Collection[str],
    purpose: str,
    note: str,
    now: datetime,
) -> Engagement:
    """Ask an agent to work for the caller; `roles` are what the user is in that organisation.

    Raises:
        SelfRequest, UserNotFound, UserBlocked, NotAnAgent, EngagementExists
    """
    me = policy.require_other(tx.actor, agent_id)
    await take_turn(tx, me, agent_id)
    if AGENT not in roles:
        raise NotAnAgent
    engagements = EngagementRepository(tx)
    there = await engagements.open_between(me, agent_id, purpose)
    if there is not None and _overdue(there, now):
        await _move(tx, there, "expire", now, by=None)
        there = None
    if there is not None:
        raise EngagementExists(metadata={"engagement_id": str(there.id)})
    row = Engagement(
        id=new_id(),
        client_id=me,
        agent_id=agent_id,
        agent_organization_id=organization_id,
        purpose=purpose,
        note=note,
        state=EngagementState.REQUESTED,
        expire_time=now + EXPIRES_AFTER,
        create_time=now,
        update_time=now,
    )
    await engagements.insert(row)
    tx.publish(events.engagement_moved(row, "request", me), key=str(row.id))
    tx.enqueue(EXPIRE_JOB, events.expire_engagement_job(row), key=str(row.id), delay=EXPIRES_AFTER)
    return row


async def get_engagement(tx: ReadTransaction, engagement_id: UUID) -> Engagement:
    """Read one engagement of the caller's.

    Raises:
        EngagementNotFound
    """
    return await EngagementRepository(tx).get(engagement_id)


async def list_engagements(
    tx: ReadTransaction, page: Page, *, states: Collection[str], as_client: bool, as_agent: bool
) -> PageOf[Engagement]:
    """One page of the caller's engagements on one side or either."""
    return await EngagementRepository(tx).page_of(
        user_of(tx.actor), page, states=states, as_client=as_client, as_agent=as_agent
    )


async def move_engagement(tx: Transaction, engagement_id: UUID, verb: str, etag: str, now: datetime) -> Engagement:
    """Move an engagement along one verb of its lifecycle: Accept, Decline, Withdraw, End.

    Raises:
        EngagementNotFound, NotTheAgent, NotTheClient, EtagMismatch, EngagementStateRefused
    """
    row = await _turn_of(tx, engagement_id)
    policy.require_side(tx.actor, row, verb)
    match_etag(row.etag, etag)
    ENGAGEMENT_LIFECYCLE.target(verb, EngagementState.EXPIRED if _overdue(row, now) else EngagementState(row.state))
    await _move(tx, row, verb, now, by=tx.actor.user_id)
    return row


async def expire_engagement(tx: Transaction, engagement_id: UUID, now: datetime) -> bool:
    """Let a request lapse whose time is over; say whether it still had to be done. Runs as the system.

    The queue goes by the database's clock: a job that comes a moment too early by ours is put back.
    """
    row = await _turn_of(tx, engagement_id)
    if row.state != EngagementState.REQUESTED:
        return False
    if not _overdue(row, now):
        # Without a key: this job runs still, and would keep another with its key out of the queue.
        tx.enqueue(EXPIRE_JOB, events.expire_engagement_job(row), delay=row.expire_time - now)
        return False
    await _move(tx, row, "expire", now, by=None)
    return True


async def close_between(tx: Transaction, me: UUID, other: UUID, now: datetime) -> None:
    """Take back, decline or end what is open between two users; the pair's turn is taken. What is overdue lapses."""
    for row in await EngagementRepository(tx).all_open_between(me, other):
        if _overdue(row, now):
            await _move(tx, row, "expire", now, by=None)
            continue
        verb = "withdraw" if row.client_id == me else "decline"
        await _move(tx, row, verb if row.state == EngagementState.REQUESTED else "end", now, by=me)


async def _turn_of(tx: Transaction, engagement_id: UUID) -> Engagement:
    """Take the turn of the engagement's pair before its row is locked, as every writer does."""
    engagements = EngagementRepository(tx)
    found = await engagements.get(engagement_id)
    await lock_pair(tx, found.client_id, found.agent_id)
    return await engagements.get_for_update(engagement_id)


def _overdue(row: Engagement, now: datetime) -> bool:
    return row.state == EngagementState.REQUESTED and row.expire_time <= now


async def _move(tx: Transaction, row: Engagement, verb: str, now: datetime, *, by: UUID | None) -> None:
    ENGAGEMENT_LIFECYCLE.apply(row, verb, at=now)
    row.update_time = now
    await tx.session.flush()
    tx.publish(events.engagement_moved(row, verb, by), key=str(row.id))
