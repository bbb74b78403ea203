"""Profiles of agents: write, take away, find, and what becomes of them when somebody is no agent any more."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from services.chassis.actor import user_of
from services.chassis.db.database import ReadTransaction, Transaction
from services.chassis.errors import match_etag
from services.chassis.paging import Page, PageOf
from services.partnership.errors import AgentProfileNotFound, NotAnAgent
from services.partnership.models.agent_profile import AgentProfile
from services.partnership.operations.engagement import AGENT
from services.partnership.repository.agent_profile import AgentProfileRepository, AgentQuery, Found


def require_agent(roles: Collection[str]) -> None:
    """Refuse who is no agent.

    Raises:
        NotAnAgent
    """
    if AGENT not in roles:
        raise NotAnAgent


async def replace_agent_profile(
    tx: Transaction, organization_id: UUID, values: Mapping[str, Any], *, etag: str, now: datetime
) -> AgentProfile:
    """Write the caller's profile, over what there is or as the first.

    Raises:
        EtagMismatch
    """
    me = user_of(tx.actor)
    row = await AgentProfileRepository(tx).take_turn(me)
    match_etag("" if row is None else row.etag, etag)
    if row is None:
        row = AgentProfile(agent_id=me, create_time=now)
        tx.session.add(row)
    row.agent_organization_id = organization_id
    for name, value in values.items():
        setattr(row, name, value)
    row.update_time = now
    await tx.session.flush()
    return row


async def delete_agent_profile(tx: Transaction, etag: str) -> None:
    """Take the caller's profile away.

    Raises:
        AgentProfileNotFound, EtagMismatch
    """
    me = user_of(tx.actor)
    profiles = AgentProfileRepository(tx)
    row = await profiles.take_turn(me)
    if row is None:
        raise AgentProfileNotFound
    match_etag(row.etag, etag)
    await profiles.remove(me)


async def get_agent_profile(tx: ReadTransaction, agent_id: UUID) -> AgentProfile:
    """Read one profile. Runs as the system: it is for everybody.

    Raises:
        AgentProfileNotFound
    """
    return await AgentProfileRepository(tx).of(agent_id)


async def list_agent_profiles(tx: ReadTransaction, query: AgentQuery, page: Page) -> PageOf[Found]:
    """One page of agents. Runs as the system: they are for everybody."""
    return await AgentProfileRepository(tx).find(query, page)


async def follow_roles(tx: Transaction, user_id: UUID, organization_id: UUID, roles: Collection[str]) -> None:
    """Take the profile away of somebody who is no agent of its organisation any more. Runs as the system."""
    if AGENT not in roles:
        await AgentProfileRepository(tx).remove(user_id, organization_id)


async def forget_agent(tx: Transaction, user_id: UUID) -> None:
    """Take the profile away of somebody whose account is gone. Runs as the system."""
    await AgentProfileRepository(tx).remove(user_id)
