"""The demo people's partnership, engagement and profile: once, and nobody is told."""

from services.chassis.demo import PEOPLE
from services.partnership.seed import ENGAGEMENT_ID, PARTNERSHIP_ID, seed
from tests.fixtures.people import Someone
from tests.partnership.conftest import Circle
from tests.partnership.test_agent_profiles import find, ids
from tests.partnership.test_engagements import listed as engagements
from tests.partnership.test_partnerships import listed as partnerships

AGENT = next(person.user_id for person in PEOPLE if person.role == "agent")


async def test_once(circle: Circle):
    waiting = len(await circle.rows("SELECT 1 FROM partnership.outbox"))
    for _ in range(2):
        await seed(circle.harness.resources)
    for role in ("agent", "seller"):
        user_id = next(person.user_id for person in PEOPLE if person.role == role)
        who = Someone(user_id, circle.harness.token(user_id=user_id))
        assert await partnerships(circle, who) == [str(PARTNERSHIP_ID)]
        assert await engagements(circle, who) == [str(ENGAGEMENT_ID)]
    assert str(AGENT) in ids(await find(circle, (47.6, -122.3), language_code="es"))
    assert len(await circle.rows("SELECT 1 FROM partnership.outbox")) == waiting


async def test_what_has_become_of_it_stays(circle: Circle):
    await seed(circle.harness.resources)
    user_id = next(person.user_id for person in PEOPLE if person.role == "agent")
    agent = Someone(user_id, circle.harness.token(user_id=user_id))
    await circle.end(agent, str(PARTNERSHIP_ID))
    await seed(circle.harness.resources)
    assert await partnerships(circle, agent) == []
