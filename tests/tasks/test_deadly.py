"""A job that kills its worker: every death is counted and shown, and after the last attempt it is held."""

import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from google.protobuf.wrappers_pb2 import StringValue

from doorstep.tasks.v1 import (
    dead_letter_service_pb2,
    dead_letter_service_pb2_grpc,
    task_pb2,
    task_service_pb2,
    task_service_pb2_grpc,
)
from services.chassis.actor import SYSTEM
from services.chassis.app import App, Resources
from services.chassis.jobs import OPERATE
from services.chassis.testing import Harness
from services.tasks.app import build
from tests.fixtures.servers import TestDatabase
from tests.fixtures.worker import run_program

WORKER = """
import asyncio, os, signal, sys
from datetime import timedelta
from pathlib import Path
from google.protobuf.wrappers_pb2 import StringValue
from services.chassis.db.database import Database
from services.chassis.jobs import Job, Worker
from tests.chassis.bakery import engine_for, eventually, settings_for, working

async def main(database_url, redis_url, folder):
    async with engine_for(settings_for(database_url, redis_url, Path(folder))) as engine:
        database = Database(engine, "tasks")
        async def handler(context, payload):
            await context.progress(1, 2)
            if payload.value == "deadly":
                os.kill(os.getpid(), signal.SIGKILL)
        job = Job("tasks.live", handler, StringValue, max_attempts=3)
        worker = Worker(database_url, {"tasks": (database, [job])}, heartbeat=timedelta(seconds=1))
        async def settled():
            return not await database.pool.fetchval("SELECT count(*) FROM jobs.pgqueuer WHERE status <> 'failed'")
        async with working(worker.run):
            await eventually(settled, seconds=50)

asyncio.run(main(*sys.argv[1:]))
"""


def _without_jobs(resources: Resources) -> App:
    app = build(resources)
    app.jobs = ()
    return app


@pytest.mark.timeout(300)
async def test_a_job_that_kills_its_worker_is_counted_held_and_replayed(
    clone_database: Callable[[], TestDatabase], clone_redis: Callable[[], str], tmp_path: Path
) -> None:
    url, redis_url = clone_database().url, clone_redis()
    async with Harness.open(
        [_without_jobs], database_url=url, redis_url=redis_url, keys_dir=tmp_path / "keys"
    ) as harness:
        database = harness.resources.database("tasks")
        async with database.transaction(SYSTEM) as tx:
            tx.enqueue("tasks.live", StringValue(value="deadly"))
        task_id = str(await database.pool.fetchval("SELECT id FROM jobs.pgqueuer"))
        tasks = harness.stub(task_service_pb2_grpc.TaskServiceStub)
        operator = harness.token(permissions=[OPERATE])

        async def get() -> task_pb2.Task:
            request = task_service_pb2.GetTaskRequest(task_id=task_id)
            found: task_pb2.Task = (await harness.call(tasks.GetTask, request, operator)).task
            return found

        for deaths in range(3):
            assert await run_program(WORKER, url, redis_url, tmp_path) == -signal.SIGKILL
            task = await get()
            assert task.state == task_pb2.TASK_STATE_RUNNING, "nobody has noticed yet"
            assert task.crash_count == deaths
            assert task.progress.done_count == 1
        assert await run_program(WORKER, url, redis_url, tmp_path) == 0, "the fourth one counts, holds and lives"
        task = await get()
        assert (task.state, task.queue) == (task_pb2.TASK_STATE_DEAD, task_pb2.TASK_QUEUE_DEAD_LETTERS)
        assert (task.crash_count, task.failure_count) == (3, 0)
        assert [one.outcome for one in task.attempts] == [task_pb2.TASK_OUTCOME_CRASHED] * 3
        assert task.last_error == task.attempts[-1].error == "the process ended while the job was running"

        letters = harness.stub(dead_letter_service_pb2_grpc.DeadLetterServiceStub)
        replay = dead_letter_service_pb2.ReplayDeadLetterRequest(task_id=task_id)
        await harness.call(letters.ReplayDeadLetter, replay, operator)
        cancel = task_service_pb2.CancelTaskRequest
        assert await run_program(WORKER, url, redis_url, tmp_path) == -signal.SIGKILL, "it is as deadly as before"
        answer = await harness.call(tasks.CancelTask, cancel(task_id=task_id), operator)
        assert answer.task.state == task_pb2.TASK_STATE_CANCELLING
        assert await run_program(WORKER, url, redis_url, tmp_path) == 0, "it is not run again"
        task = await get()
        assert (task.state, task.crash_count) == (task_pb2.TASK_STATE_CANCELLED, 4)
