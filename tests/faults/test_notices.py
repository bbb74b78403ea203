"""Workers killed anywhere between an event and its mail: everybody is told once, and no mail comes twice.

What a killed worker had begun to hand over is the one thing that nobody can know without asking the mail server: it is
held, and goes on when somebody has looked.
"""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from doorstep.identity.v1.user_service_pb2 import ResolvedUser
from doorstep.outreach.v1.outreach_jobs_pb2 import DeliverJob
from doorstep.visit.v1.visit_events_pb2 import VisitFacts, VisitRequested
from services.chassis import events
from services.chassis.actor import SYSTEM
from services.chassis.db.database import Database
from services.chassis.ids import new_id
from services.chassis.jobs import DeadLetter, list_dead_letters, replay, settle_effect
from services.chassis.testing import Harness
from services.outreach.kinds import Channel
from services.outreach.operations.delivery import SEND
from tests.chassis.bakery import eventually, working
from tests.faults.bakers import child, kill_after
from tests.faults.posting import Place, carry, office
from tests.faults.scale import times
from tests.fixtures.servers import TestDatabase
from tests.outreach.conftest import Directory
from tests.outreach.mailserver import MailServer

pytestmark = [pytest.mark.faults, pytest.mark.timeout(3600)]

POINTS = (
    "after_relay",
    "after_handle",
    "after_claim",
    "after_intent",
    "after_effect",
    "before_done",
    "before_commit",
    "after_commit",
    None,
)
SECRET = "a-secret-that-identity-knows-us-by"
EMAIL = SEND[Channel.EMAIL]


@dataclass
class Post:
    """Visits that are requested, the people who are to hear of it, and what they have got."""

    place: Place
    visits: Database
    outreach: Database
    server: MailServer
    directory: Directory
    superuser: asyncpg.Connection

    async def request(self, number: int) -> None:
        """State so many facts, as the visit service does; each is for two people who hear of nothing else."""
        for _ in range(number):
            buyer, agent = self._person(), self._person()
            facts = VisitFacts(visit_id=str(new_id()), buyer_id=buyer, agent_id=agent, actor_id=agent)
            facts.start_time.GetCurrentTime()
            async with self.visits.transaction(SYSTEM) as tx:
                tx.publish(VisitRequested(visit=facts), key=facts.visit_id)

    def _person(self) -> str:
        user_id = str(new_id())
        self.directory.people[user_id] = ResolvedUser(
            user_id=user_id, display_name="Pat", email=f"{user_id}@test.example", language_code="en-US", time_zone="UTC"
        )
        return user_id

    async def count(self, query: str) -> dict[str, Any]:
        return {str(row[0]): row[1] for row in await self.superuser.fetch(query)}

    async def settled(self) -> bool:
        """Whether everything has come to an end for now: sent, or given up by the machine."""
        busy: bool = await self.superuser.fetchval("SELECT EXISTS (SELECT FROM jobs.pgqueuer WHERE status <> 'failed')")
        # A fact that its subscriber gave up has a row here too.
        heard: int = await self.superuser.fetchval("SELECT count(*) FROM outreach.inbox")
        return not busy and heard == len(self.directory.people) // 2

    async def look_and_go_on(self) -> int:
        """What an operator does, until nothing is held: ask the mail server, settle, replay. Returns how often."""
        held = 0
        while True:
            await eventually(self.settled, seconds=300)
            letters = await list_dead_letters(self.outreach.pool, limit=10_000)
            given_up = await events.list_dead_letters(self.outreach, limit=10_000)
            if not letters and not given_up:
                return held
            held += len(letters) + len(given_up)
            assert held <= 5 * len(self.directory.people), "replaying does not help"
            for letter in letters:
                if "EffectUnknown" in letter.error:
                    await self._settle(letter)
                else:
                    assert letter.failures + letter.crashes >= 3, letter
                await replay(self.outreach.pool, letter.job_id)
            for event in given_up:
                await events.request_replay(self.outreach, event.event_id, event.subscriber)

    async def _settle(self, letter: DeadLetter) -> None:
        assert letter.name == EMAIL, letter
        delivery_id = DeliverJob.FromString(letter.payload).delivery_id
        states = await self.count("SELECT id, state FROM outreach.deliveries")
        assert states[delivery_id] == "UNKNOWN", "held, and nobody is told so"
        taken = f"<{delivery_id}@test.example>" in {mail["message-id"] for mail in self.server.mails}
        await settle_effect(self.outreach.pool, f"{EMAIL}/{delivery_id}", happened=taken)


@pytest.fixture
async def post(database: TestDatabase, redis_url: str, tmp_path: Path) -> AsyncIterator[Post]:
    directory = Directory()
    superuser = await asyncpg.connect(database.superuser_url)
    async with (
        MailServer().serving() as server,
        Harness.open(
            [directory.build],
            database_url=database.url,
            redis_url=redis_url,
            keys_dir=tmp_path / "keys",
            internal_secret=SECRET,
        ) as identity,
    ):
        place = Place(
            database_url=database.url,
            redis_url=redis_url,
            keys_dir=str(tmp_path / "keys"),
            smtp_url=server.url,
            identity=f"127.0.0.1:{identity.process.port}",
            secret=SECRET,
        )
        database_of = identity.resources.database
        yield Post(place, database_of("visit"), database_of("outreach"), server, directory, superuser)
    await superuser.close()


async def test_killed_workers_tell_everybody_once(post: Post) -> None:
    seed = random.randrange(10**6)
    print("seed", seed)
    chance = random.Random(seed)
    kills = times(20, 200)
    for kill in range(kills):
        await post.request(4)
        point = POINTS[kill % len(POINTS)]
        spec = f"{point}=kill@{chance.randint(1, 4)}" if point else ""
        with child(carry, post.place, spec, True) as process:
            if point is None:
                # Anywhere, but in the middle of things: when another mail has been taken.
                taken = len(post.server.mails)
                await eventually(lambda taken=taken: len(post.server.mails) > taken, seconds=60)
                await asyncio.sleep(chance.uniform(0, 0.1))
                process.kill()
            await asyncio.to_thread(kill_after, process, 60)
            assert process.exitcode == -9
    async with office(post.place) as works, working(*works):
        held = await post.look_and_go_on()
    people = post.directory.people
    assert await post.count("SELECT user_id, count(*) FROM outreach.notifications GROUP BY 1") == dict.fromkeys(
        people, 1
    )
    sent = await post.count("SELECT user_id, state FROM outreach.deliveries WHERE channel = 'EMAIL'")
    assert sent == dict.fromkeys(people, "SENT")
    assert Counter(post.server.recipients) == Counter(person.email for person in people.values())
    print(f"{kills} kills, {len(people)} mails, {held} times held and gone on with, 0 lost, 0 twice")


async def test_control_without_the_ledger_mails_come_twice(post: Post) -> None:
    await post.request(4)
    with child(carry, post.place, "after_effect=kill@3", False) as process:
        await asyncio.to_thread(kill_after, process, 60)
        assert process.exitcode == -9
    with child(carry, post.place, "", False):
        await eventually(post.settled, seconds=60)
    assert max(Counter(post.server.recipients).values()) > 1
