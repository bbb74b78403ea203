"""Outreach killed between an event and its mail: none is lost, none is sent twice, what is unknown is held."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from doorstep.identity.v1 import auth_service_pb2, auth_service_pb2_grpc
from doorstep.outreach.v1.outreach_jobs_pb2 import DeliverJob
from services.chassis import failpoints
from services.chassis.actor import SYSTEM
from services.chassis.jobs import DeadLetter, list_dead_letters, replay, settle_effect
from services.chassis.testing import Harness
from services.identity.app import build as identity
from services.outreach.app import build as outreach
from services.outreach.channels.smtp import SmtpProvider
from tests.chassis.bakery import eventually
from tests.faults.bakers import child, kill_after
from tests.faults.scale import times
from tests.fixtures.servers import TestDatabase
from tests.outreach.mailserver import MailServer

pytestmark = [pytest.mark.faults, pytest.mark.timeout(900)]

POINTS = (
    "after_handle",  # the event has become a job
    "after_claim",  # the job is taken
    "before_commit",  # of the inbox row, the notification, the attempt, its end
    "after_commit",
    "after_intent",  # nothing was said to the mail server
    "after_effect",  # it has taken the mail; nobody knows
    "before_done",
)


@dataclass(frozen=True)
class World:
    """What a process that delivers must be told."""

    database_url: str
    redis_url: str
    folder: str
    smtp_url: str
    identity: str
    internal_secret: str

    @asynccontextmanager
    async def delivering(self) -> AsyncIterator[Harness]:
        async with Harness.open(
            [outreach],
            database_url=self.database_url,
            redis_url=self.redis_url,
            keys_dir=Path(self.folder) / "keys",
            peers={"identity": self.identity},
            internal_secret=SecretStr(self.internal_secret),
            smtp_url=SecretStr(self.smtp_url),
            mail_from="Doorstep <no-reply@test.example>",
        ) as harness:
            yield harness


def deliver(world: World, spec: str, protected: bool) -> None:
    """A process that delivers until it dies of its failpoint, or is killed."""

    async def run() -> None:
        SmtpProvider.repeatable = not protected
        failpoints.activate(spec, production=False)
        async with world.delivering():
            await asyncio.Event().wait()

    asyncio.run(run())


@pytest.fixture
async def mails() -> AsyncIterator[MailServer]:
    async with MailServer().serving() as found:
        yield found


@pytest.fixture
def open_world(
    clone_database: Callable[[], TestDatabase], clone_redis: Callable[[], str], tmp_path: Path, mails: MailServer
) -> Callable[..., Any]:
    @asynccontextmanager
    async def opened() -> AsyncIterator[tuple[Harness, World]]:
        database, redis_url = clone_database(), clone_redis()
        async with Harness.open(
            [identity],
            database_url=database.url,
            redis_url=redis_url,
            keys_dir=tmp_path / "keys",
            credentials="identity",
        ) as harness:
            secret = harness.settings.internal_secret.get_secret_value()
            target = f"127.0.0.1:{harness.process.port}"
            yield harness, World(database.url, redis_url, str(tmp_path), mails.url, target, secret)

    return opened


async def register(harness: Harness, email: str, *, origin: str = "192.0.2.1") -> None:
    """Somebody registers; from one place only so many may in a minute."""
    request = auth_service_pb2.RegisterRequest(
        email=email, password="a walk by the lake", given_name="Ana", family_name="Costa"
    )
    await harness.call(
        harness.stub(auth_service_pb2_grpc.AuthServiceStub).Register, request, x_envoy_external_address=origin
    )


async def settle(pool: Any, letter: DeadLetter, taken: set[str]) -> None:
    """As an operator would: look at the mail server, say what it has (a delivery's id is in its mail), replay."""
    if "EffectUnknown" in letter.error:
        delivery_id = DeliverJob.FromString(letter.payload).delivery_id
        happened = f"<{delivery_id}@test.example>" in taken
        await settle_effect(pool, f"{letter.name}/{delivery_id}", happened=happened)
    await replay(pool, letter.job_id)


async def test_killed_processes_lose_no_mail_and_send_none_twice(
    open_world: Callable[..., Any], mails: MailServer
) -> None:
    seed = random.randrange(10**6)
    print("seed", seed)
    chance = random.Random(seed)
    kills, addresses, held = times(len(POINTS), 70), [], 0
    async with open_world() as (harness, world):
        for kill in range(kills):
            for n in range(3):
                addresses.append(f"reader-{kill}-{n}@example.com")
                await register(harness, addresses[-1], origin=f"192.0.2.{kill + 1}")
            spec = f"{POINTS[kill % len(POINTS)]}=kill@{chance.randint(1, 4)}"
            with child(deliver, world, spec, True) as process:
                await asyncio.to_thread(kill_after, process, 20)
                assert process.exitcode == -9, spec
        async with world.delivering() as last:
            pool = last.resources.database("outreach").pool

            async def done() -> bool:
                """Everything was told, and no job waits that is not held."""
                async with last.resources.database("outreach").read(SYSTEM) as tx:
                    connection = await tx.session.connection()
                    told = await connection.exec_driver_sql("SELECT count(*) FROM outreach.inbox")
                    left = await connection.exec_driver_sql(
                        "SELECT count(*) FROM jobs.pgqueuer WHERE status IN ('queued', 'picked')"
                    )
                    return bool(told.scalar() == len(addresses) and left.scalar() == 0)

            await eventually(done, seconds=240)
            while letters := await list_dead_letters(pool, limit=10_000):
                held += len(letters)
                assert held <= 3 * len(addresses), "replaying does not help"
                for letter in letters:
                    assert "EffectUnknown" in letter.error or letter.failures + letter.crashes >= 3, letter
                    await settle(pool, letter, {mail["message-id"] for mail in mails.mails})
                await eventually(done, seconds=240)
            async with last.resources.database("outreach").read(SYSTEM) as tx:
                connection = await tx.session.connection()
                states = await connection.exec_driver_sql(
                    "SELECT d.state, max(a.number) = count(*), min(a.number), d.attempt_count = count(*), "
                    "(array_agg(a.outcome ORDER BY a.number DESC))[1] "
                    "FROM outreach.deliveries d JOIN outreach.delivery_attempts a ON a.delivery_id = d.id "
                    "GROUP BY d.user_id, d.id"
                )
                rows = [tuple(row) for row in states]
        assert Counter(mails.recipients) == dict.fromkeys(addresses, 1)
        assert rows == [("SENT", True, 1, True, "SENT")] * len(addresses)
    print(f"{kills} kills, {len(addresses)} mails, {held} times held and replayed, 0 lost, 0 twice")


async def test_control_without_the_ledger_a_mail_is_sent_twice(
    open_world: Callable[..., Any], mails: MailServer
) -> None:
    async with open_world() as (harness, world):
        await register(harness, "reader@example.com")
        for spec in ("after_effect=kill@1", "before_commit=kill@1000000"):
            with child(deliver, world, spec, False) as process:

                async def came_again() -> bool:
                    return len(mails.recipients) > 1 or process.exitcode is not None

                await eventually(came_again, seconds=120)
        assert mails.recipients == ["reader@example.com"] * 2
