"""Questions that would read all visits that there ever were without an index of their own."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from services.chassis.actor import SYSTEM, Actor, CallerKind, system_for
from services.chassis.ids import new_id
from services.chassis.paging import Page
from services.visit.repository.visit import Filter, VisitRepository
from tests.visit.conftest import Diary

READ = text(
    "SELECT coalesce(sum(seq_tup_read + coalesce(idx_tup_fetch, 0)), 0) FROM pg_stat_xact_user_tables "
    "WHERE schemaname = 'visit' AND relname = 'visits'"
)
"""Rows of the table that this connection has read."""
FEW = 100


@pytest.fixture(scope="module")
async def organization(diary: Diary) -> AsyncIterator[UUID]:
    """One with visits of homes, buyers and agents that nobody asks for, every hour of half a year back and ahead."""
    organization_id = new_id()
    await diary.database.past_triggers(
        "INSERT INTO visit.visits (organization_id, id, listing_id, property_id, buyer_id, agent_id, state, "
        "start_time, end_time, busy_start_time, busy_end_time, time_zone, proposed_by) SELECT $1, gen_random_uuid(), "
        "gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), "
        "CASE WHEN t < now() THEN 'COMPLETED' ELSE 'APPROVED' END, t, t + '1 hour', t, t + '1 hour', 'UTC', 'BUYER' "
        "FROM generate_series(now() - '180 days'::interval, now() + '180 days', '1 hour') t",
        organization_id,
    )
    await diary.sql("ANALYZE visit.visits")
    yield organization_id
    await diary.sql("DELETE FROM visit.visits WHERE organization_id = $1", organization_id)


async def test_the_calendars_around_a_listing(diary: Diary, organization: UUID):
    now = diary.harness.clock.now()
    async with diary.harness.resources.database("visit").read(SYSTEM) as tx:
        before = await tx.session.scalar(READ)
        await VisitRepository(tx).busy(
            agent_id=new_id(), property_id=new_id(), buyer_id=new_id(), begin=now, until=now + timedelta(days=14)
        )
        assert await tx.session.scalar(READ) - before < FEW


@pytest.mark.parametrize("own", [False, True], ids=["all of the organisation", "one's own"])
@pytest.mark.parametrize("deep", [False, True], ids=["first page", "a later one"])
async def test_visits_of_a_member(diary: Diary, organization: UUID, own: bool, deep: bool):
    user_id, now = new_id(), diary.harness.clock.now()
    actor = Actor(CallerKind.USER, user_id=user_id, organization_id=organization)
    page = Page(20, (now, new_id()) if deep else None, str)
    async with diary.harness.resources.database("visit").read(actor) as tx:
        before = await tx.session.scalar(READ)
        found = await VisitRepository(tx).list_page(page, Filter(only_of=user_id if own else None))
        assert await tx.session.scalar(READ) - before < FEW
    assert len(found.items) == (0 if own else 20)


@pytest.mark.parametrize("states", [("PENDING",), ("PENDING", "COUNTERED"), ("IN_PROGRESS",), ("APPROVED", "PENDING")])
async def test_visits_in_some_states(diary: Diary, organization: UUID, states: tuple[str, ...]):
    """Of a page only: those that wait for somebody lie anywhere in history."""
    async with diary.harness.resources.database("visit").read(system_for(organization)) as tx:
        before = await tx.session.scalar(READ)
        for _ in range(10):  # Postgres looks at the values of a statement for the first five times
            await VisitRepository(tx).list_page(Page(20, None, str), Filter(states=states))
        assert await tx.session.scalar(READ) - before < 10 * FEW


@pytest.mark.parametrize("name", ["property_id", "listing_id", "agent_id", "buyer_id"])
async def test_visits_of_one(diary: Diary, organization: UUID, name: str):
    async with diary.harness.resources.database("visit").read(system_for(organization)) as tx:
        before = await tx.session.scalar(READ)
        wanted: dict[str, Any] = {name: new_id()}
        await VisitRepository(tx).list_page(Page(20, None, str), Filter(**wanted))
        assert await tx.session.scalar(READ) - before < FEW
