"""Whom a safety watch may call: an alarm is a message that nobody can keep away, and so not for anybody."""

from uuid import UUID

import pytest

from services.chassis.testing import refused
from services.visit import errors
from tests.fixtures.people import agent as agent_elsewhere
from tests.identity.conftest import House
from tests.visit.conftest import Diary, Home, Somebody
from tests.visit.steps import acquainted, approved, begun, completed
from tests.visit.test_safety import Guard, state


@pytest.fixture
def guard(diary: Diary) -> Guard:
    return Guard(diary)


async def test_nobody_with_whom_the_caller_has_nothing_to_do(diary: Diary, guard: Guard, home: Home, buyer: Somebody):
    """Neither strangers, nor oneself, nor who has not agreed on the visit that one asked for."""
    visit, start = await begun(diary, home, buyer)
    agent = await acquainted(diary, buyer)
    elsewhere = await diary.home()
    await diary.request(elsewhere, buyer, diary.at(days=20))
    with diary.later(start):
        for stranger in (diary.buyer(), diary.member("admin"), buyer, elsewhere.agent):
            with refused(errors.SafetyContactUnknown) as refusal:
                await guard.start(buyer, visit, 30, agent, stranger)
            assert refusal.fields == ["contact_ids[1]"]
            assert refusal.metadata == {"fields": "contact_ids[1]"}
        with refused(errors.SafetyWatchNotFound):
            await guard.get(buyer, visit)
        assert state(await guard.start(buyer, visit, 30, agent, home.agent)) == "RUNNING"


async def test_with_the_visit(diary: Diary, guard: Guard, home: Home, buyer: Somebody):
    visit, start = await approved(diary, home, buyer)
    met = diary.buyer()
    await completed(diary, home, met, hours=2)
    with diary.later(start):
        code = await diary.code(buyer, visit)
        ids = [str(one.user_id) for one in (met, diary.buyer())]
        with refused(errors.SafetyContactUnknown) as refusal:
            await diary.move("StartVisit", home.agent, visit, code=code, watch_minutes=40, watch_contact_ids=ids)
        assert refusal.fields == ["watch_contact_ids[1]"]
        await diary.move("StartVisit", home.agent, visit, code=code, watch_minutes=40, watch_contact_ids=ids[:1])
        assert list((await guard.get(home.agent, visit)).contact_ids) == ids[:1]


async def test_members_of_the_organisation(diary: Diary, guard: Guard, buyer: Somebody):
    house = House(diary.harness, diary.database)
    owner = await house.admin()
    organization_id, other = UUID(owner.organization_id), await agent_elsewhere(diary.harness)
    agent = diary.member("agent", organization_id, UUID((await house.member(owner, "agent")).user_id))
    colleague = diary.member("agent", organization_id, UUID((await house.member(owner, "agent")).user_id))
    elsewhere = Somebody(other.user_id, other.token)
    home = await diary.home(agent)
    visit, start = await begun(diary, home, buyer)
    with diary.later(start):
        with refused(errors.SafetyContactUnknown):
            await guard.start(agent, visit, 30, colleague, elsewhere)
        with refused(errors.SafetyContactUnknown):
            await guard.start(buyer, visit, 30, colleague)
        assert state(await guard.start(agent, visit, 30, colleague, buyer)) == "RUNNING"
