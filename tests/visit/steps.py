"""Ways to get somewhere quickly, by the RPCs that everybody uses."""

import itertools
from datetime import datetime, timedelta
from typing import Any

from doorstep.visit.v1 import visit_pb2
from tests.visit.conftest import HOME, Diary, Home, Somebody

_HOURS = itertools.count()


def fix(at: datetime) -> visit_pb2.LocationFix:
    """A device at the home, telling its place."""
    made = visit_pb2.LocationFix(latitude=HOME[0], longitude=HOME[1], accuracy_meters=10)
    made.fix_time.FromDatetime(at)
    return made


async def approved(diary: Diary, home: Home, buyer: Somebody, **ahead: float) -> tuple[visit_pb2.Visit, datetime]:
    """A visit that both want, in five hours unless told otherwise."""
    start = diary.at(**(ahead or {"hours": 5}))
    visit = await diary.request(home, buyer, start)
    return await diary.move("ApproveVisit", home.agent, visit), start


async def acquainted(diary: Diary, buyer: Somebody) -> Somebody:
    """An agent with whom a buyer has agreed on another visit, and so may call for help."""
    home = await diary.home()
    await approved(diary, home, buyer, days=9, hours=next(_HOURS))
    return home.agent


async def begun(diary: Diary, home: Home, buyer: Somebody, **ahead: float) -> tuple[visit_pb2.Visit, datetime]:
    """A visit whose parties have met; the server's clock has been put back."""
    visit, start = await approved(diary, home, buyer, **ahead)
    with diary.later(start):
        code = await diary.code(buyer, visit)
        visit = await diary.move("StartVisit", home.agent, visit, code=code, fix=fix(start))
    return visit, start


async def completed(diary: Diary, home: Home, buyer: Somebody, **ahead: float) -> visit_pb2.Visit:
    """A visit that took place, with good evidence."""
    visit, start = await begun(diary, home, buyer, **ahead)
    with diary.later(start + timedelta(minutes=20)):
        return await diary.move("CompleteVisit", home.agent, visit)


async def overridden(diary: Diary, home: Home, buyer: Somebody, admin: Any) -> visit_pb2.Visit:
    """A visit that counts without a code."""
    visit, start = await approved(diary, home, buyer)
    with diary.later(start + timedelta(minutes=20)):
        return await diary.move("OverrideVisit", admin, visit, reason="Both parties confirmed it by letter.")
