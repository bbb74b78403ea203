import asyncio
import logging
import signal
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import structlog
from google.protobuf.wrappers_pb2 import StringValue

from services.chassis.actor import SYSTEM, current_actor, system_for
from services.chassis.errors import DeadLetterNotFound, DependencyUnavailable
from services.chassis.ids import new_id
from services.chassis.jobs import (
    EffectDidNotHappen,
    Job,
    JobContext,
    Priority,
    Schedule,
    Worker,
    replay,
    settle_effect,
    steering,
)
from services.chassis.jobs import context as context_module
from services.chassis.jobs import worker as worker_module
from tests.chassis.bakers import Bakery, opened
from tests.chassis.bakery import bake, eventually, working
from tests.fixtures.servers import TestDatabase
from tests.fixtures.worker import run_program

QUICK = {"first_pause": timedelta(milliseconds=20)}


@pytest.fixture
async def bakery(database: TestDatabase, redis_url: str, tmp_path: Path) -> AsyncIterator[Bakery]:
    async with opened(database, redis_url, tmp_path) as bakery:
        yield bakery


class TestEnqueue:
    async def test_the_job_runs_after_the_commit_and_not_without_it(self, bakery: Bakery) -> None:
        async def burn() -> None:
            async with bakery.database.transaction(SYSTEM) as tx:
                await bake(tx, "burnt")
                tx.enqueue("bakery.bake", StringValue(value="burnt"))
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            await burn()
        assert await bakery.waiting() == 0
        await bakery.enqueue("good")
        assert await bakery.waiting() == 1
        async with working(bakery.worker().run):
            await eventually(bakery.drained)
        assert bakery.ran == ["good"]

    async def test_a_key_keeps_a_second_job_out_while_the_first_waits(self, bakery: Bakery) -> None:
        await bakery.enqueue("first", "second", key="oven")
        await bakery.enqueue("third", key="oven")
        async with bakery.database.transaction(system_for(new_id())) as tx:
            tx.enqueue("bakery.bake", StringValue(value="of another organisation"), key="oven")
        assert await bakery.waiting() == 2
        async with working(bakery.worker().run):
            await eventually(bakery.drained)
            await bakery.enqueue("fourth", key="oven")
            await eventually(bakery.drained)
        assert sorted(bakery.ran) == ["first", "fourth", "of another organisation"]

    async def test_what_is_urgent_overtakes_and_what_is_delayed_waits(self, bakery: Bakery) -> None:
        await bakery.enqueue("later", delay=timedelta(hours=1), priority=Priority.HIGH)
        await bakery.enqueue(*(f"low {n}" for n in range(20)), priority=Priority.LOW)
        await bakery.enqueue(*(f"default {n}" for n in range(4)))
        await bakery.enqueue("high", priority=Priority.HIGH)

        async def all_but_one() -> bool:
            return await bakery.waiting() == 1

        async with working(bakery.worker().run):
            await eventually(all_but_one)
            # Four run at once, so the order is exact only to that many places.
            assert bakery.ran.index("high") < 4
            assert max(bakery.ran.index(f"default {n}") for n in range(4)) < 9
            assert "later" not in bakery.ran
            await bakery.rows("UPDATE jobs.pgqueuer SET execute_after = now()")
            await eventually(bakery.drained)
        assert bakery.ran[-1] == "later"

    async def test_the_handler_acts_for_the_organisation_and_in_the_request_that_enqueued(self, bakery: Bakery) -> None:
        organization_id = new_id()
        seen: list[Any] = []

        async def handler(context: JobContext, payload: StringValue) -> None:
            bound = structlog.contextvars.get_contextvars()
            seen.append((current_actor(), context.actor, context.request_id, bound["request_id"], context.attempt))

        with structlog.contextvars.bound_contextvars(request_id="req-9"):
            async with bakery.database.transaction(system_for(organization_id)) as tx:
                tx.enqueue("bakery.bake", StringValue(value="x"))
        async with working(bakery.worker(Job("bakery.bake", handler, StringValue)).run):
            await eventually(lambda: seen)
        actor = system_for(organization_id)
        assert seen == [(actor, actor, "req-9", "req-9", 1)]

    def test_a_job_is_named_after_its_service(self) -> None:
        async def handler(context: JobContext, payload: StringValue) -> None: ...

        for name in ("bake", "cafe.bake"):
            with pytest.raises(ValueError, match="is named <service>"):
                Worker("", {"bakery": (None, [Job(name, handler, StringValue)])})  # type: ignore[dict-item]


class TestFailures:
    async def test_a_job_is_tried_three_times_and_then_held_until_replayed(self, bakery: Bakery) -> None:
        attempts: list[int] = []
        healed = False

        async def handler(context: JobContext, payload: StringValue) -> None:
            attempts.append(context.attempt)
            if not healed:
                raise RuntimeError("oven is cold")

        await bakery.enqueue("x")
        async with working(bakery.worker(Job("bakery.bake", handler, StringValue, **QUICK)).run):  # type: ignore[arg-type]
            (letter,) = await eventually(bakery.dead)
            assert attempts == [1, 2, 3]
            assert (letter.name, letter.failures, letter.crashes) == ("bakery.bake", 3, 0)
            assert "oven is cold" in letter.error
            assert StringValue.FromString(letter.payload).value == "x"
            healed = True
            results = await asyncio.gather(
                *(replay(bakery.pool, letter.job_id) for _ in range(5)), return_exceptions=True
            )
            assert sum(result is None for result in results) == 1
            assert all(result is None or isinstance(result, DeadLetterNotFound) for result in results)
            await eventually(bakery.drained)
        assert attempts == [1, 2, 3, 1]
        assert await bakery.dead() == []

    async def test_a_service_that_is_away_is_waited_for_and_not_counted(
        self, bakery: Bakery, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(worker_module, "AWAY", timedelta(milliseconds=20))
        attempts: list[int] = []

        async def ask(context: JobContext, payload: StringValue) -> None:
            attempts.append(context.attempt)
            if len(attempts) < 6:
                raise DependencyUnavailable(retry_after=1)

        await bakery.enqueue("asked")
        async with working(bakery.worker(Job("bakery.bake", ask, StringValue, max_attempts=1)).run):
            await eventually(bakery.drained)
        assert attempts == [1] * 6
        assert await bakery.dead() == []

    async def test_an_error_that_no_database_takes_is_held_and_stops_nobody(
        self, bakery: Bakery, caplog: pytest.LogCaptureFixture
    ) -> None:
        """NUL is no text for Postgres, half a surrogate pair no UTF-8; neither may keep outcomes from being written."""

        async def handler(context: JobContext, payload: StringValue) -> None:
            if payload.value == "bad":
                try:
                    raise ValueError("cause \0 \ud800")
                except ValueError as error:
                    raise LookupError("said \0 \ud800 by a server") from error

        await bakery.enqueue("bad", "good")
        baking = bakery.worker(Job("bakery.bake", handler, StringValue, max_attempts=2, **QUICK))
        # What is said of it could not be sent from one process of the tests to another.
        caplog.set_level(logging.CRITICAL, "pgqueuer")
        with structlog.testing.capture_logs():
            async with working(baking.run):
                await eventually(bakery.dead)
                await bakery.enqueue("another")
                await eventually(bakery.drained)
        (letter,) = await bakery.dead()
        assert letter.error == "LookupError: said \N{REPLACEMENT CHARACTER} ? by a server"
        assert [row["outcome"] for row in await bakery.rows("SELECT outcome FROM jobs.attempts")] == ["FAILED"] * 2

    async def test_an_unreadable_payload_is_held_at_once(self, bakery: Bakery) -> None:
        await bakery.enqueue("x")
        await bakery.rows("UPDATE jobs.pgqueuer SET payload = '\\xff'")
        async with working(bakery.worker().run):
            (letter,) = await eventually(bakery.dead)
        assert letter.failures == 1
        assert "DecodeError" in letter.error

    async def test_a_job_that_never_ends_fails_by_its_timeout(self, bakery: Bakery) -> None:
        async def handler(context: JobContext, payload: StringValue) -> None:
            await asyncio.Event().wait()

        job = Job("bakery.bake", handler, StringValue, max_attempts=1, timeout=timedelta(milliseconds=50))
        await bakery.enqueue("x")
        async with working(bakery.worker(job).run):
            (letter,) = await eventually(bakery.dead)
        assert "TimeoutError" in letter.error

    async def test_a_job_that_no_code_knows_is_held(self, bakery: Bakery, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(worker_module, "UNKNOWN_AFTER", timedelta(0))
        await bakery.enqueue("x", name="bakery.misspelt")
        await bakery.enqueue("y", name="cafe.of_another_process")
        async with working(bakery.worker().run):
            (letter,) = await eventually(bakery.dead)
        assert "no such job" in letter.error
        assert await bakery.waiting() == 1

    async def test_a_cancelled_worker_puts_back_what_it_runs_uncounted(self, bakery: Bakery) -> None:
        started = asyncio.Event()

        async def slow(context: JobContext, payload: StringValue) -> None:
            started.set()
            await asyncio.Event().wait()

        await bakery.enqueue("x")
        async with working(bakery.worker(Job("bakery.bake", slow, StringValue)).run):
            await asyncio.wait_for(started.wait(), 30)
        (row,) = await bakery.rows("SELECT status::text FROM jobs.pgqueuer")
        assert row["status"] == "queued"
        (run,) = await bakery.rows("SELECT failures, crashes, running FROM jobs.runs")
        assert tuple(run) == (0, 0, False)
        async with working(bakery.worker().run):
            await eventually(bakery.drained)
        assert bakery.ran == ["x"]

    async def test_a_cancelled_worker_lets_short_jobs_end(self, bakery: Bakery) -> None:
        started = asyncio.Event()

        async def short(context: JobContext, payload: StringValue) -> None:
            started.set()
            await asyncio.sleep(0.3)
            bakery.ran.append(payload.value)

        await bakery.enqueue("x")
        async with working(bakery.worker(Job("bakery.bake", short, StringValue), grace=30.0).run):
            await asyncio.wait_for(started.wait(), 30)
        assert bakery.ran == ["x"]
        assert await bakery.waiting() == 0


class TestEffects:
    def job(self, sent: list[str], **how: Any) -> Job[StringValue]:
        """Sends a mail and then fails as long as `how["fails"]` says."""
        fails: list[str] = how.pop("fails", [])
        repeatable = how.pop("repeatable", False)
        inside: list[Exception] = how.pop("inside", [])

        async def handler(context: JobContext, payload: StringValue) -> None:
            async with context.effect("mail", repeatable=repeatable) as effect:
                if effect.fresh:
                    if inside:
                        raise inside.pop()
                    sent.append(effect.key)
            if fails:
                raise RuntimeError(fails.pop())

        return Job("bakery.bake", handler, StringValue, **{**QUICK, **how})

    async def test_a_retry_and_a_replay_do_not_repeat_an_effect(self, bakery: Bakery) -> None:
        sent: list[str] = []
        fails = ["once", "twice", "thrice", "after the replay"]
        await bakery.enqueue("x")
        async with working(bakery.worker(self.job(sent, fails=fails)).run):
            (letter,) = await eventually(bakery.dead)
            await replay(bakery.pool, letter.job_id)
            await eventually(bakery.drained)
        assert fails == []
        assert len(sent) == 1

    async def test_another_job_has_effects_of_its_own(self, bakery: Bakery) -> None:
        """The negative control: it is the ledger that kept the effect from being repeated, job by job."""
        sent: list[str] = []
        await bakery.enqueue("x", "y")
        async with working(bakery.worker(self.job(sent)).run):
            await eventually(bakery.drained)
        assert len(set(sent)) == 2

    async def test_an_effect_that_surely_did_not_happen_is_tried_again(self, bakery: Bakery) -> None:
        sent: list[str] = []
        await bakery.enqueue("x")
        async with working(bakery.worker(self.job(sent, inside=[EffectDidNotHappen("refused")])).run):
            await eventually(bakery.drained)
        assert len(sent) == 1

    @pytest.mark.parametrize(("age", "known"), [(timedelta(minutes=59), True), (timedelta(minutes=61), False)])
    async def test_an_unknown_effect_is_repeated_as_long_as_the_provider_would_know_it(
        self, bakery: Bakery, age: timedelta, known: bool
    ) -> None:
        sent: list[str] = []
        inside: list[Exception] = [TimeoutError("no answer")]
        await bakery.enqueue("x")
        job = self.job(sent, inside=inside, repeatable=timedelta(hours=1), max_attempts=1)
        async with working(bakery.worker(job).run):
            (letter,) = await eventually(bakery.dead)
            await bakery.rows("UPDATE jobs.effects SET create_time = create_time - $1::interval", age)
            await replay(bakery.pool, letter.job_id)
            if known:
                await eventually(bakery.drained)
            else:
                (letter,) = await eventually(bakery.dead)
                assert "EffectUnknown" in letter.error
        assert len(sent) == (1 if known else 0)

    @pytest.mark.parametrize("happened", [True, False])
    async def test_an_unknown_effect_holds_the_job_until_it_is_settled(self, bakery: Bakery, happened: bool) -> None:
        sent: list[str] = []
        await bakery.enqueue("x")
        async with working(bakery.worker(self.job(sent, inside=[TimeoutError("no answer")])).run):
            (letter,) = await eventually(bakery.dead)
            assert "EffectUnknown" in letter.error
            assert sent == []
            key = f"bakery.bake/{letter.job_id}/mail"
            assert key in letter.error
            await settle_effect(bakery.pool, key, happened=happened)
            await replay(bakery.pool, letter.job_id)
            await eventually(bakery.drained)
        assert len(sent) == (0 if happened else 1)

    async def test_a_wish_to_end_is_not_heard_within_an_effect(
        self, bakery: Bakery, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Else nobody would know whether it happened."""
        monkeypatch.setattr(context_module, "PROGRESS", 0.0)
        sent: list[str] = []

        async def handler(context: JobContext, payload: StringValue) -> None:
            async with context.effect("mail") as effect:
                async with bakery.database.transaction(SYSTEM) as tx:
                    assert await steering.end_run(tx, context.job_id)
                await context.progress(1, 2)
                sent.append(effect.key)
            await context.progress(2, 2)
            raise AssertionError("the wish was not heard")

        await bakery.enqueue("x")
        async with working(bakery.worker(Job("bakery.bake", handler, StringValue)).run):
            await eventually(bakery.drained)
        (effect,) = await bakery.rows("SELECT key, state FROM jobs.effects")
        assert ([effect["key"]], effect["state"]) == (sent, "done")
        (attempt,) = await bakery.rows("SELECT outcome FROM jobs.attempts")
        assert attempt["outcome"] == "CANCELLED"

    async def test_once_makes_rows_once(self, bakery: Bakery) -> None:
        runs: list[int] = []

        async def handler(context: JobContext, payload: StringValue) -> None:
            runs.append(context.attempt)
            async with context.once("loaf") as tx:
                if tx is not None:
                    await bake(tx, payload.value)
            if len(runs) < 3:
                raise RuntimeError("after the commit")

        await bakery.enqueue("rye")
        async with working(bakery.worker(Job("bakery.bake", handler, StringValue, **QUICK)).run):  # type: ignore[arg-type]
            await eventually(bakery.drained)
        assert runs == [1, 2, 3]
        assert len(await bakery.rows("SELECT 1 FROM bakery.loaves")) == 1


class TestDeclaredSchedules:
    async def declared(self, bakery: Bakery, cron: str, zone: str = "UTC") -> tuple[Any, ...]:
        """What stands there after a worker with this declaration has begun."""
        job = Job("bakery.bake", bakery.handle, StringValue, schedule=Schedule(cron, zone))
        await bakery.enqueue("begun")
        async with working(bakery.worker(job).run):
            await eventually(bakery.drained)
        rows = await bakery.rows("SELECT name, kind, cron, time_zone, declared, next_time > now() FROM jobs.schedules")
        (row,) = [tuple(row) for row in rows if row["name"] == "bakery.bake"]
        return row

    async def test_are_made_and_follow_the_code_until_an_operator_changes_them(self, bakery: Bakery) -> None:
        name = "bakery.bake"
        assert await self.declared(bakery, "0 3 1 1 *") == (name, name, "0 3 1 1 *", "UTC", True, True)
        changed = (name, name, "0 4 1 1 *", "Europe/Madrid", True, True)
        assert await self.declared(bakery, "0 4 1 1 *", "Europe/Madrid") == changed
        await bakery.rows("UPDATE jobs.schedules SET version = version + 1")
        assert await self.declared(bakery, "0 5 1 1 *") == changed


CHILD = """
import asyncio, os, signal, sys
from datetime import timedelta
from pathlib import Path
from google.protobuf.wrappers_pb2 import StringValue
from services.chassis import failpoints
from services.chassis.actor import SYSTEM
from services.chassis.db.database import Database
from services.chassis.jobs import Job, Worker
from tests.chassis.bakery import engine_for, settings_for

async def main(database_url, redis_url, folder, what):
    async with engine_for(settings_for(database_url, redis_url, Path(folder))) as engine:
        database = Database(engine, "bakery")
        failpoints.activate(None, production=False)
        if what == "enqueue":
            async with database.transaction(SYSTEM) as tx:
                tx.enqueue("bakery.bake", StringValue(value="from a dead process"))
            return
        async def handler(context, payload):
            if payload.value == "deadly":
                os.kill(os.getpid(), signal.SIGKILL)
            async with context.effect("mail") as effect:
                if effect.fresh:
                    await database.pool.execute("INSERT INTO bakery.loaves (name) VALUES ($1)", payload.value)
        worker = Worker(database_url, {"bakery": (database, [Job("bakery.bake", handler, StringValue)])},
                        heartbeat=timedelta(seconds=1))
        await worker.run()

asyncio.run(main(*sys.argv[1:]))
"""


async def run_child(bakery: Bakery, redis_url: str, folder: Path, what: str, spec: str) -> int:
    return await run_program(CHILD, bakery.urls.url, redis_url, folder, what, failpoints=spec)


class TestKill9:
    @pytest.fixture
    def child(self, bakery: Bakery, redis_url: str, tmp_path: Path) -> Callable[[str, str], Any]:
        async def run(what: str, spec: str) -> None:
            assert await run_child(bakery, redis_url, tmp_path, what, spec) == -signal.SIGKILL

        return run

    def worker(self, bakery: Bakery) -> Worker:
        async def handler(context: JobContext, payload: StringValue) -> None:
            async with context.effect("mail") as effect:
                if effect.fresh:
                    await bakery.pool.execute("INSERT INTO bakery.loaves (name) VALUES ($1)", payload.value)

        return bakery.worker(Job("bakery.bake", handler, StringValue), heartbeat=timedelta(seconds=1))

    async def names(self, bakery: Bakery) -> list[str]:
        return sorted(row["name"] for row in await bakery.rows("SELECT name FROM bakery.loaves"))

    async def test_of_the_enqueuing_process(self, bakery: Bakery, child: Any) -> None:
        await child("enqueue", "before_commit=kill")
        assert await bakery.waiting() == 0
        await child("enqueue", "after_commit=kill")
        async with working(self.worker(bakery).run):
            await eventually(bakery.drained)
        assert await self.names(bakery) == ["from a dead process"]

    @pytest.mark.parametrize("point", ["after_claim", "before_done"])
    async def test_of_the_worker_loses_no_job_and_repeats_no_effect(
        self, bakery: Bakery, child: Any, point: str
    ) -> None:
        await bakery.enqueue("rye")
        await child("work", f"{point}=kill")
        async with working(self.worker(bakery).run):
            await eventually(bakery.drained)
        assert await self.names(bakery) == ["rye"]

    @pytest.mark.parametrize(("point", "happened"), [("after_intent", False), ("after_effect", True)])
    async def test_of_the_worker_within_an_effect_holds_the_job(
        self, bakery: Bakery, child: Any, point: str, happened: bool
    ) -> None:
        await bakery.enqueue("rye")
        await child("work", f"{point}=kill")
        async with working(self.worker(bakery).run):
            (letter,) = await eventually(bakery.dead)
            assert "EffectUnknown" in letter.error
            assert await self.names(bakery) == (["rye"] if happened else []), "nothing was sent again blindly"

    async def test_by_a_deadly_job_holds_it_and_the_others_are_done(self, bakery: Bakery, child: Any) -> None:
        await bakery.enqueue("deadly", priority=Priority.HIGH)
        await bakery.enqueue(*(f"loaf {n}" for n in range(6)))
        for _ in range(3):
            await child("work", "")
        async with working(self.worker(bakery).run):
            await eventually(bakery.drained)
            # A neighbour that died between its intent and its effect is held too, and never repeated blindly: an
            # operator looks what happened, settles, replays.
            baked = await self.names(bakery)
            for letter in await bakery.dead():
                name = StringValue.FromString(letter.payload).value
                if name != "deadly":
                    assert "EffectUnknown" in letter.error, letter
                    key = f"bakery.bake/{letter.job_id}/mail"
                    await settle_effect(bakery.pool, key, happened=name in baked)
                    await replay(bakery.pool, letter.job_id)
            await eventually(bakery.drained)
        assert await self.names(bakery) == [f"loaf {n}" for n in range(6)]
        (letter,) = await bakery.dead()
        assert StringValue.FromString(letter.payload).value == "deadly"
        assert letter.crashes == 3
