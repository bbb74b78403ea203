"""People who talk and people who listen, while what serves them is killed."""

import asyncio
import random
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

import asyncpg
import grpc
from redis.asyncio import Redis

from doorstep.messaging.v1 import conversation_pb2, conversation_service_pb2_grpc
from doorstep.messaging.v1 import conversation_service_pb2 as pb
from services.chassis.ids import new_id
from services.stack.ports import free_port
from tests.fixtures.servers import TestDatabase
from tests.fixtures.worker import Process, worker_environment

SERVED = ("messaging", "tests.fixtures.identity:build")
LEFT_OPEN = (
    grpc.StatusCode.UNAVAILABLE,
    grpc.StatusCode.ABORTED,
    grpc.StatusCode.DEADLINE_EXCEEDED,
    grpc.StatusCode.INTERNAL,
    grpc.StatusCode.CANCELLED,
)
"""What leaves open whether something was said: say it again under its name. INTERNAL and CANCELLED are how the client
library reports a connection that was reset."""


class Said(NamedTuple):
    """One message, as whoever hears or stores it has it."""

    sequence: int
    sender_id: str
    name: str
    """The sender's own."""


def wrong(heard: list[Said], stored: list[Said]) -> list[str]:
    """What is not as it should be in what somebody has heard of a conversation."""
    places = [one.sequence for one in heard]
    found = []
    if set(stored) - set(heard):
        found.append(f"lost: {sorted(set(stored) - set(heard))[:5]}")
    if len(set(places)) < len(places):
        found.append("twice")
    if sorted(places) != places:
        found.append("out of order")
    if set(heard) - set(stored):
        found.append("never said")
    return found


class Workers:
    """Two processes that serve messaging. Each of them kills itself now and then after a commit that nobody knows of,
    and whoever is dead is replaced."""

    def __init__(self, database: TestDatabase, redis_url: str, keys: Path, chance: random.Random) -> None:
        self.database, self.redis_url, self.chance = database, redis_url, chance
        self.environment = worker_environment(
            database_url=database.url,
            redis_url=redis_url,
            keys_dir=keys,
            rate_limits='{"doorstep.messaging.v1.ConversationService/SendMessage": 1000000000}',
        )
        self.ports = [free_port(), free_port()]
        self.processes: list[Process] = []
        self.killed = self.died = 0
        self.stopping = False

    def _start(self, number: int) -> Process:
        hit = self.chance.randint(40, 120)
        told = {"DOORSTEP_PORT": str(self.ports[number]), "DOORSTEP_FAILPOINTS": f"after_commit=kill@{hit}"}
        return Process("tests.fixtures.serve", *SERVED, environment={**self.environment, **told})

    async def start(self) -> None:
        self.processes = list(await asyncio.gather(*(asyncio.to_thread(self._start, n) for n in (0, 1))))

    async def replace(self) -> None:
        """Put another in the place of whoever is dead, until `stop`: not to be cancelled, it would leave one behind."""
        while not self.stopping:
            for number, process in enumerate(self.processes):
                if not process.running:
                    self.died += 1
                    process.__exit__()
                    self.processes[number] = await asyncio.to_thread(self._start, number)
            await asyncio.sleep(0.02)

    async def break_something(self) -> None:
        """Kill a worker, or cut everybody off from PostgreSQL or Redis."""
        match self.chance.choice(("worker", "worker", "postgres", "redis")):
            case "worker":
                process = self.chance.choice(self.processes)
                self.killed += process.running
                process.kill()
            case "postgres":
                connection = await asyncpg.connect(self.database.superuser_url)
                await connection.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
                await connection.close()
            case "redis":
                async with Redis.from_url(self.redis_url) as redis:
                    await redis.execute_command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")

    async def stop(self, replacing: asyncio.Task[None]) -> None:
        self.stopping = True
        await asyncio.gather(replacing, return_exceptions=True)
        for process in self.processes:
            process.__exit__()


class Conversation:
    """Some people, and everything that they have said and heard."""

    def __init__(self, workers: Workers, token_for: Callable[..., str], people: int) -> None:
        self.workers, self.chance = workers, workers.chance
        self.conversation_id = new_id()
        self.people = sorted(new_id() for _ in range(people))
        self.headers = {person: [("authorization", f"Bearer {token_for(user_id=person)}")] for person in self.people}
        self.acknowledged: dict[tuple[str, str], int] = {}
        self.repeated = self.opened = 0
        self.finished = asyncio.Event()
        self._channels = [
            grpc.aio.insecure_channel(
                f"127.0.0.1:{port}",
                options=[("grpc.use_local_subchannel_pool", 1), ("grpc.max_reconnect_backoff_ms", 200)],
            )
            for port in workers.ports
        ]
        self._stubs = [conversation_service_pb2_grpc.ConversationServiceStub(channel) for channel in self._channels]

    async def begin(self) -> None:
        """Have the conversation, as if identity had been asked for everybody."""
        connection = await asyncpg.connect(self.workers.database.superuser_url)
        await connection.execute(
            "INSERT INTO messaging.conversations VALUES ($1, $2, 'kills', NULL, '', $3, 0, now(), now())",
            self.conversation_id,
            self.people,
            self.people[0],
        )
        await connection.execute(
            "INSERT INTO messaging.participants SELECT $1, unnest($2::uuid[]), 0, now()",
            self.conversation_id,
            self.people,
        )
        await connection.close()

    async def talk(self, person: UUID) -> None:
        """Say one thing after the other; each is repeated, to whichever worker, until it is known to be said."""
        number = 0
        while not self.finished.is_set():
            number += 1
            request = pb.SendMessageRequest(
                conversation_id=str(self.conversation_id), client_message_id=f"n{number}", text=f"message {number}"
            )
            while True:
                try:
                    stub = self.chance.choice(self._stubs)
                    answer = await stub.SendMessage(request, metadata=self.headers[person], timeout=20)
                except grpc.aio.AioRpcError as error:
                    assert error.code() in LEFT_OPEN, error  # noqa: PT017 - inside a loop of tries
                    self.repeated += 1
                    await asyncio.sleep(0.2)
                else:
                    break
            self.acknowledged[str(person), f"n{number}"] = answer.message.sequence

    async def listen(self, person: UUID, heard: list[Said]) -> None:
        """Hear everything; hang up now and then, and go on after the last place, at whichever worker."""
        while True:
            request = pb.WatchConversationRequest(
                conversation_id=str(self.conversation_id), after_sequence=heard[-1].sequence if heard else 0
            )
            stub, until = self.chance.choice(self._stubs), len(heard) + self.chance.randint(5, 200)
            self.opened += 1
            call = stub.WatchConversation(request, metadata=self.headers[person])
            try:
                async for update in call:
                    if update.HasField("message"):
                        heard.append(_said(update.message))
                    if update.HasField("end") or len(heard) >= until:
                        break
            except grpc.aio.AioRpcError as error:
                assert error.code() in LEFT_OPEN, error  # noqa: PT017 - whoever hears goes on
                await asyncio.sleep(0.2)
            finally:
                call.cancel()

    async def stored(self) -> list[Said]:
        """What is really there."""
        connection = await asyncpg.connect(self.workers.database.superuser_url)
        rows = await connection.fetch(
            "SELECT sequence, sender_id, client_message_id FROM messaging.messages WHERE conversation_id = $1 "
            "ORDER BY sequence",
            self.conversation_id,
        )
        last = await connection.fetch(
            "SELECT last_sequence FROM messaging.participants WHERE conversation_id = $1 "
            "UNION SELECT last_sequence FROM messaging.conversations WHERE id = $1",
            self.conversation_id,
        )
        await connection.close()
        assert [row["last_sequence"] for row in last] == [len(rows)]
        return [Said(row["sequence"], str(row["sender_id"]), row["client_message_id"]) for row in rows]

    async def close(self) -> None:
        for channel in self._channels:
            await channel.close()

    def report(self) -> None:
        print(
            f"{len(self.acknowledged)} messages, {self.repeated} sent again, {self.opened} streams; "
            f"{self.workers.killed} workers killed, {self.workers.died} replaced",
            file=sys.stderr,
        )


def _said(message: conversation_pb2.Message) -> Said:
    return Said(message.sequence, message.sender_id, message.client_message_id)


async def all_done(tasks: list[asyncio.Task[Any]], condition: Callable[[], bool]) -> None:
    """Wait until something holds; what goes wrong in one of the tasks meanwhile is raised."""
    while not condition():
        for task in tasks:
            if task.done() and not task.cancelled():
                task.result()
        await asyncio.sleep(0.05)
