"""Processes that the fault tests kill: they come from a fork server, because twenty Python starts take a minute."""

import asyncio
import multiprocessing
import os
import random
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from multiprocessing.context import ForkServerContext, ForkServerProcess
from pathlib import Path
from typing import Any

from google.protobuf.wrappers_pb2 import StringValue

from services.chassis import failpoints
from services.chassis.db.database import Database, Transaction
from services.chassis.events import Consumer, EventMeta, Relay, Subscriber
from services.chassis.jobs import Job, JobContext, Worker, schedules
from services.chassis.redis import connect_for_streams
from tests.chassis.bakery import engine_for, settings_for

HEARTBEAT = timedelta(seconds=2)


def fork_server() -> ForkServerContext:
    os.environ["PYTHONPATH"] = os.pathsep.join(part for part in sys.path if part)
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__, "tests.faults.posting"])
    return context


@contextmanager
def child(target: Any, *arguments: object) -> Iterator[ForkServerProcess]:
    process = fork_server().Process(target=target, args=arguments, daemon=True)
    process.start()
    try:
        yield process
    finally:
        if process.is_alive():
            process.kill()
        process.join()


def kill_after(process: ForkServerProcess, seconds: float) -> None:
    """Give it that long to die by its failpoint, then kill it wherever it is."""
    process.join(seconds)
    if process.is_alive():
        process.kill()
    process.join()


# The receiving side of events ---------------------------------------------------------------------------------------


def subscriber(database: Database, *, protected: bool) -> Subscriber[StringValue]:
    """Writes down what it is told: in its transaction, or (the control) beside it."""

    async def eat(tx: Transaction, event: StringValue, meta: EventMeta) -> None:
        statement = "INSERT INTO cafe.loaves (name) VALUES ($1)"
        if protected:
            await (await tx.session.connection()).exec_driver_sql(statement, (event.value,))
        else:
            await database.pool.execute(statement, event.value)

    return Subscriber(StringValue, eat, source="bakery", name="cafe.eat", max_attempts=1000)


def eat_and_relay(database_url: str, redis_url: str, folder: str, spec: str, protected: bool) -> None:
    asyncio.run(_eat_and_relay(database_url, redis_url, folder, spec, protected))


async def _eat_and_relay(database_url: str, redis_url: str, folder: str, spec: str, protected: bool) -> None:
    failpoints.activate(spec, production=False)
    async with engine_for(settings_for(database_url, redis_url, Path(folder))) as engine:
        cafe = Database(engine, "cafe")
        redis = connect_for_streams(redis_url, block=1.0)
        consumer = Consumer(database_url, redis, cafe, [subscriber(cafe, protected=protected)])
        await asyncio.gather(Relay(database_url, redis, ["bakery"]).run(), consumer.run())


# Working off jobs ---------------------------------------------------------------------------------------------------


def job(*, protected: bool) -> Job[StringValue]:
    """Makes a row once, and sends a mail once: `sent` stands for the world outside the database's transactions."""

    async def bake(context: JobContext, payload: StringValue) -> None:
        async with context.once("loaf") as tx:
            if tx is not None:
                statement = "INSERT INTO bakery.loaves (name) VALUES ($1)"
                await (await tx.session.connection()).exec_driver_sql(statement, (payload.value,))
        if protected:
            async with context.effect("mail") as effect:
                if effect.fresh:
                    await send(context, payload.value)
        else:
            await send(context, payload.value)

    return Job("bakery.bake", bake, StringValue)


async def send(context: JobContext, value: str) -> None:
    await asyncio.sleep(random.uniform(0, 0.01))
    await context.pool.execute("INSERT INTO bakery.sent (name) VALUES ($1)", value)


def work(database_url: str, redis_url: str, folder: str, spec: str, protected: bool) -> None:
    asyncio.run(_work(database_url, redis_url, folder, spec, protected))


async def _work(database_url: str, redis_url: str, folder: str, spec: str, protected: bool) -> None:
    failpoints.activate(spec, production=False)
    async with engine_for(settings_for(database_url, redis_url, Path(folder))) as engine:
        await worker(Database(engine, "bakery"), database_url, protected=protected).run()


def worker(database: Database, database_url: str, *, protected: bool) -> Worker:
    return Worker(database_url, {"bakery": (database, [job(protected=protected)])}, heartbeat=HEARTBEAT)


# Jobs by the clock, and jobs that end only when somebody wants it ---------------------------------------------------


def clockwork() -> list[Job[Any]]:
    """A job that says once that it was done, and one that goes on until it is cancelled."""

    async def chime(context: JobContext, _payload: StringValue) -> None:
        async with context.once("chime") as tx:
            if tx is not None:
                statement = "INSERT INTO bakery.loaves (name) VALUES ($1)"
                await (await tx.session.connection()).exec_driver_sql(statement, (str(context.job_id),))

    async def endless(context: JobContext, _payload: StringValue) -> None:
        await context.pool.execute("INSERT INTO bakery.sent (name) VALUES ($1)", str(context.job_id))
        while True:
            await context.progress(1)
            await asyncio.sleep(0.01)

    return [
        Job("bakery.chime", chime, StringValue, max_attempts=1000, first_pause=timedelta(milliseconds=10)),
        Job("bakery.endless", endless, StringValue, max_attempts=1000, first_pause=timedelta(milliseconds=10)),
    ]


def tick(database_url: str, redis_url: str, folder: str, spec: str) -> None:
    asyncio.run(_tick(database_url, redis_url, folder, spec))


async def _tick(database_url: str, redis_url: str, folder: str, spec: str) -> None:
    failpoints.activate(spec, production=False)
    async with engine_for(settings_for(database_url, redis_url, Path(folder))) as engine:
        await clockworker(Database(engine, "bakery"), database_url).run()


def clockworker(database: Database, database_url: str) -> Worker:
    schedules.LONGEST_REST = timedelta(milliseconds=50)
    return Worker(database_url, {"bakery": (database, clockwork())}, heartbeat=HEARTBEAT)
