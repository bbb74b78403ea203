"""A silent call for help: who holds the user's device, and the other party of the visit, read what they would have."""

from typing import Any

import grpc
import pytest

from doorstep.visit.v1 import safety_pb2, visit_pb2
from services.chassis.testing import Refusal, refused
from services.visit import errors
from tests.visit.conftest import Diary, Home, Somebody
from tests.visit.steps import acquainted, begun, fix
from tests.visit.test_safety import MINUTE, Guard, state


@pytest.fixture
def guard(diary: Diary) -> Guard:
    return Guard(diary)


class Story:
    """What one who looks at the user's device, and the other party, come to know of a watch."""

    def __init__(self, guard: Guard, home: Home, buyer: Somebody, visit: visit_pb2.Visit) -> None:
        self.guard, self.diary = guard, guard.diary
        self.home, self.buyer, self.visit = home, buyer, visit
        self.seen: list[Any] = []
        self._last = safety_pb2.SafetyWatch()

    async def see(self, call: Any) -> None:
        """What a call answers: against the answer before, since the ids and the clocks of two stories differ."""
        try:
            watch = await call
        except grpc.aio.AioRpcError as error:
            self.seen.append(Refusal.of(error).reason)
            return
        lasts = watch.due_time.seconds - watch.update_time.seconds if state(watch) == "RUNNING" else None
        changed = {
            field.name
            for field, _ in watch.ListFields()
            if getattr(watch, field.name) != getattr(self._last, field.name)
        }
        self.seen.append((state(watch), lasts, watch.HasField("due_time"), len(watch.contact_ids), changed))
        self._last.CopyFrom(watch)

    async def around(self) -> None:
        """What the other party reads and both are told."""
        agent, guard = self.home.agent, self.guard
        await self.see(guard.get(agent, self.visit))
        if self._last.watch_id:
            await self.see(guard.alarm(agent, self._last.watch_id))
            await self.see(guard.alarm(self.buyer, self._last.watch_id))
        self.seen.append(await self.diary.get(agent, self.visit) == self.visit)
        self.seen.append(len(await self.diary.history(agent, self.visit)))
        parties = {str(self.buyer.user_id), str(agent.user_id)}
        self.seen.append([alarm[:2] for alarm in await guard.told(self.visit) if alarm[2] & parties])


class TestSilence:
    """A silent call for help changes nothing that the other party, or who holds the user's device, can read."""

    @pytest.mark.parametrize("watched", [True, False], ids=["with a watch", "without one"])
    @pytest.mark.parametrize("called", [True, False], ids=["somebody is called", "nobody is"])
    async def test_is_silence(self, diary: Diary, guard: Guard, watched: bool, called: bool):
        quiet, calling = [await self._story(diary, guard, watched, called, silent) for silent in (False, True)]
        assert calling == quiet

    async def _story(self, diary: Diary, guard: Guard, watched: bool, called: bool, silent: bool) -> list[Any]:
        home, buyer, contacts = await diary.home(), diary.buyer(), []
        visit, start = await begun(diary, home, buyer)
        if called:
            contacts.append(await acquainted(diary, buyer))
        story = Story(guard, home, buyer, visit)
        with diary.later(start):
            if watched:
                await story.see(guard.start(buyer, visit, 30, *contacts))
            if silent:
                await guard.distress(buyer, visit, silent=True, fix=fix(start))
            await story.see(guard.get(buyer, visit))
            await story.around()
            if watched:
                await story.see(guard.check_in(buyer, visit, 20))
            else:
                await story.see(guard.check_in(buyer, visit))
                await story.see(guard.end(buyer, visit))
                await story.see(guard.start(buyer, visit, 20, *contacts))
            await story.see(guard.get(buyer, visit))
        (watch,) = await diary.sql("SELECT id FROM visit.safety_watches WHERE visit_id::text = $1", visit.visit_id)
        with diary.later(start + 25 * MINUTE):
            for _ in range(3):  # it runs out, and the steps after that
                await guard.tick(str(watch["id"]))
                await story.see(guard.get(buyer, visit))
                await story.around()
        with diary.later(start + 30 * MINUTE):
            for take in (guard.check_in, guard.end, guard.end, guard.start, guard.start, guard.end):
                await story.see(take(buyer, visit))
            await story.around()
        return story.seen

    async def test_who_holds_the_device_calls_nobody_off(self, diary: Diary, guard: Guard, home: Home, buyer: Somebody):
        """A watch begun anew over the silent call names others, who are shown; the alarm stays with those called."""
        visit, start = await begun(diary, home, buyer)
        contact, accomplice = await acquainted(diary, buyer), await acquainted(diary, buyer)
        with diary.later(start):
            watch = await guard.start(buyer, visit, 30, contact)
            await guard.distress(buyer, visit, silent=True)
            await guard.end(buyer, visit)
            again = await guard.start(buyer, visit, 30, accomplice)
            assert list(again.contact_ids) == [str(accomplice.user_id)]
            with refused(errors.SafetyWatchNotFound):
                await guard.resolve(accomplice, watch.watch_id)
        with diary.later(start + 31 * MINUTE):
            for _ in range(3):
                await guard.tick(watch.watch_id)
            them = {str(accomplice.user_id)}
            assert [alarm[:2] for alarm in await guard.told(visit) if alarm[2] == them] == [(2, False), (3, False)]
            shown = await guard.alarm(accomplice, watch.watch_id)
            assert (state(shown), set(shown.contact_ids)) == ("OVERDUE", them)
            assert state(await guard.resolve(accomplice, watch.watch_id)) == "ENDED"
            assert state(await guard.get(buyer, visit)) == "ENDED"
            assert state(await guard.alarm(contact, watch.watch_id)) == "DISTRESS"
            assert list((await guard.alarm(contact, watch.watch_id)).contact_ids) == [str(contact.user_id)]

    async def test_is_broken_by_a_loud_call(self, diary: Diary, guard: Guard, home: Home, buyer: Somebody):
        visit, start = await begun(diary, home, buyer)
        contact = await acquainted(diary, buyer)
        with diary.later(start):
            watch = await guard.start(buyer, visit, 30, contact)
            await guard.distress(buyer, visit, silent=True)
            await guard.distress(buyer, visit)
            assert state(await guard.get(buyer, visit)) == "DISTRESS"
        with diary.later(start + 40 * MINUTE):
            assert [await guard.tick(watch.watch_id) for _ in range(3)] == [2, 1, 0]
            assert state(await guard.get(buyer, visit)) == "DISTRESS"
        assert [step for step, *_ in await guard.told(visit)] == [2, 3, 4]
