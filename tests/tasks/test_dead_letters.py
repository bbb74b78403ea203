"""What was given up is looked at and done again: tasks, events, effects."""

import asyncio

import pytest

from doorstep.tasks.v1 import dead_letter_service_pb2, task_service_pb2
from services.chassis.actor import SYSTEM
from services.chassis.errors import DeadLetterNotFound
from services.chassis.ids import new_id
from services.chassis.testing import refused
from tests.tasks.conftest import KIND, STATE, Desk


class TestReplaying:
    async def test_a_dead_letter_by_either_name(self, desk: Desk) -> None:
        first, second = await desk.dead("one"), await desk.dead("two")
        await desk.call(desk.tasks.RetryTask, task_service_pb2.RetryTaskRequest(task_id=first))
        request = dead_letter_service_pb2.ReplayDeadLetterRequest(task_id=second)
        await desk.call(desk.letters.ReplayDeadLetter, request)
        for task_id in (first, second):
            await desk.reaches(task_id, STATE.TASK_STATE_SUCCEEDED)
        assert sorted(desk.oven.done) == ["one", "two"]
        with refused(DeadLetterNotFound):
            await desk.call(desk.letters.ReplayDeadLetter, request)

    async def test_two_replays_at_once_are_one(self, desk: Desk) -> None:
        request = dead_letter_service_pb2.ReplayDeadLetterRequest(task_id=await desk.dead("cake"))
        answers = await asyncio.gather(
            *(desk.call(desk.letters.ReplayDeadLetter, request) for _ in range(8)), return_exceptions=True
        )
        assert sum(not isinstance(answer, BaseException) for answer in answers) == 1
        assert await desk.actions(request.task_id) == ["replay"]

    async def test_many_of_a_kind_after_a_look(self, desk: Desk) -> None:
        letters = [await desk.dead(str(n)) for n in range(3)]
        request = dead_letter_service_pb2.ReplayDeadLettersRequest(kind=KIND, validate_only=True)
        assert (await desk.call(desk.letters.ReplayDeadLetters, request)).replayed_count == 3
        listing = dead_letter_service_pb2.ListDeadLettersRequest(kind=KIND)
        held = (await desk.call(desk.letters.ListDeadLetters, listing)).tasks
        assert [task.task_id for task in held] == letters[::-1]
        request.validate_only = False
        assert (await desk.call(desk.letters.ReplayDeadLetters, request)).replayed_count == 3
        for task_id in letters:
            await desk.reaches(task_id, STATE.TASK_STATE_SUCCEEDED)
            assert await desk.actions(task_id) == ["replay"]

    async def test_what_went_before_is_remembered(self, desk: Desk) -> None:
        task_id = await desk.dead("cake")
        await desk.call(desk.letters.ReplayDeadLetter, dead_letter_service_pb2.ReplayDeadLetterRequest(task_id=task_id))
        task = await desk.reaches(task_id, STATE.TASK_STATE_SUCCEEDED)
        assert len(task.attempts) == task.failure_count == 2


class TestEvents:
    """Each service keeps its own letters; here they lie in the schema of tasks, which has no subscribers."""

    async def letters(self, desk: Desk, count: int, subscriber: str = "tasks.eat") -> list[str]:
        ids = [new_id() for _ in range(count)]
        async with desk.harness.resources.database("tasks").transaction(SYSTEM) as tx:
            connection = await tx.session.connection()
            for n, event_id in enumerate(ids):
                await connection.exec_driver_sql(
                    "INSERT INTO tasks.event_failures (event_id, subscriber, type, key, source, position, payload, "
                    "headers, create_time, attempts, error, dead_time) VALUES ($1, $2, 'bakery.Baked', 'oven', "
                    "'bakery', $3::bigint, '', '{}', now(), 3, 'the oven is cold', "
                    "now() + make_interval(secs => $3::bigint))",
                    (event_id, subscriber, n),
                )
        return [str(event_id) for event_id in ids]

    async def test_are_listed_page_by_page_and_replayed_once(self, desk: Desk) -> None:
        made = await self.letters(desk, 5)
        seen, token = [], ""
        while True:
            request = dead_letter_service_pb2.ListEventDeadLettersRequest(page_size=2, page_token=token)
            answer = await desk.call(desk.letters.ListEventDeadLetters, request)
            seen += answer.letters
            token = answer.next_page_token
            if not token:
                break
        assert [letter.event_id for letter in seen] == made[::-1]
        assert (seen[0].service, seen[0].subscriber, seen[0].source) == ("tasks", "tasks.eat", "bakery")
        assert (seen[0].event_type, seen[0].attempt_count, seen[0].last_error) == (
            "bakery.Baked",
            3,
            "the oven is cold",
        )
        replay = dead_letter_service_pb2.ReplayEventDeadLetterRequest(
            event_id=made[0], service="tasks", subscriber="tasks.eat"
        )
        answers = await asyncio.gather(
            *(desk.call(desk.letters.ReplayEventDeadLetter, replay) for _ in range(4)), return_exceptions=True
        )
        assert sum(not isinstance(answer, BaseException) for answer in answers) == 1
        assert await desk.actions(f"tasks/{made[0]}/tasks.eat") == ["replay"]
        listing = dead_letter_service_pb2.ListEventDeadLettersRequest(service="tasks")
        found = (await desk.call(desk.letters.ListEventDeadLetters, listing)).letters
        assert [letter.event_id for letter in found if letter.replay_requested] == [made[0]]

    async def test_many_of_a_subscriber_after_a_look(self, desk: Desk) -> None:
        await self.letters(desk, 3)
        await self.letters(desk, 2, "tasks.drink")
        request = dead_letter_service_pb2.ReplayEventDeadLettersRequest(
            service="tasks", subscriber="tasks.eat", validate_only=True
        )
        counts = []
        for request.validate_only, request.subscriber in ((True, "tasks.eat"), (False, "tasks.eat"), (False, "")):
            counts.append((await desk.call(desk.letters.ReplayEventDeadLetters, request)).replayed_count)
        assert counts == [3, 3, 2]

    @pytest.mark.parametrize("service", ["nobody", "tasks; DROP SCHEMA tasks", "pg_catalog"])
    async def test_of_a_service_that_is_none(self, desk: Desk, service: str) -> None:
        await self.letters(desk, 1)
        listing = dead_letter_service_pb2.ListEventDeadLettersRequest(service=service)
        assert (await desk.call(desk.letters.ListEventDeadLetters, listing)).letters == []
        many = dead_letter_service_pb2.ReplayEventDeadLettersRequest(service=service)
        assert (await desk.call(desk.letters.ReplayEventDeadLetters, many)).replayed_count == 0
        one = dead_letter_service_pb2.ReplayEventDeadLetterRequest(
            event_id=str(new_id()), service=service, subscriber="tasks.eat"
        )
        with refused(DeadLetterNotFound):
            await desk.call(desk.letters.ReplayEventDeadLetter, one)


class TestEffects:
    async def test_settled_by_somebody_who_has_looked(self, desk: Desk) -> None:
        pool = desk.harness.resources.database("tasks").pool
        await pool.execute("INSERT INTO jobs.effects (key, state) VALUES ('a', 'unknown'), ('b', 'sending')")
        listing = dead_letter_service_pb2.ListUnknownEffectsRequest()
        effects = (await desk.call(desk.letters.ListUnknownEffects, listing)).effects
        assert [effect.effect_key for effect in effects] == ["a"]
        request = dead_letter_service_pb2.SettleEffectRequest(effect_key="a", outcome="EFFECT_OUTCOME_HAPPENED")
        await desk.call(desk.letters.SettleEffect, request)
        assert await pool.fetchval("SELECT state FROM jobs.effects WHERE key = 'a'") == "done"
        assert await desk.actions("a") == ["settle"]
        with refused(DeadLetterNotFound):
            await desk.call(desk.letters.SettleEffect, request)
        request.effect_key = "b"
        with refused(DeadLetterNotFound):
            await desk.call(desk.letters.SettleEffect, request)
