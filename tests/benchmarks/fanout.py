"""SendMessage: from the moment a message is due to its arrival at everybody who watches the conversation.

Sender and watchers are processes of their own. Twenty users watch, each with several devices, at the process that the
sender calls, or all at another one, which hears of the message by way of the outbox and Redis. The ceiling is a bare
grpc.aio server that is sent the same and gives it to as many streams from memory, in the same run.
"""

import asyncio
import json
import statistics
import time
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import asyncpg
import grpc
import uvloop

from doorstep.messaging.v1 import conversation_pb2, conversation_service_pb2_grpc
from doorstep.messaging.v1 import conversation_service_pb2 as pb
from services.chassis.ids import new_id
from services.stack.postgres_access import SUPERUSER
from tests.benchmarks.audience import Load, Scene, watched
from tests.benchmarks.homes import token_of
from tests.benchmarks.lab import Lab, laboratory
from tests.benchmarks.report import Goal, Result
from tests.benchmarks.rivals import chat
from tests.fixtures.worker import Process

PEOPLE = 20
"""As many as a conversation takes."""
FEW, MANY = Load(100, 20, 5), Load(1_000, 5, 8)
LOADS = (FEW, MANY)
ROUNDS = 3
SIDES = ("here", "elsewhere", "ceiling")
SERVED = ("messaging", "tests.fixtures.identity:build")


class Talk:
    """A conversation that is there, and tokens of all who take part."""

    def __init__(self, lab: Lab) -> None:
        self.conversation_id = new_id()
        self.people: list[UUID] = sorted(new_id() for _ in range(PEOPLE))
        self.tokens = [token_of(lab, user_id=person) for person in self.people]

    async def begin(self, lab: Lab) -> None:
        """Write it, as if identity had been asked for everybody."""
        connection = await asyncpg.connect(lab.postgres.url(SUPERUSER))
        await connection.execute(
            "INSERT INTO messaging.conversations VALUES ($1, $2, $3, NULL, '', $4, 0, now(), now())",
            self.conversation_id,
            self.people,
            self.conversation_id.hex,
            self.people[0],
        )
        await connection.execute(
            "INSERT INTO messaging.participants SELECT $1, unnest($2::uuid[]), 0, now()",
            self.conversation_id,
            self.people,
        )
        await connection.close()


async def spoken(load: Load, say: Callable[[int, int], Awaitable[Any]]) -> None:
    """Say what is due, without waiting for what was said before; a message is when it was due."""
    begun = time.perf_counter_ns() + 200_000_000
    saying = []
    for number in range(load.parts):
        due = begun + int(number / load.rate * 1e9)
        await asyncio.sleep(max(0, due - time.perf_counter_ns()) / 1e9)
        saying.append(asyncio.ensure_future(say(number, due)))
    await asyncio.gather(*saying)


async def play(lab: Lab, load: Load, *, sender: Process, server: Process) -> dict[str, Any]:
    """Say things at one process, watched at the same or another one."""
    talk = Talk(lab)
    await talk.begin(lab)
    async with grpc.aio.insecure_channel(f"127.0.0.1:{sender.port}") as channel:
        stub = conversation_service_pb2_grpc.ConversationServiceStub(channel)
        metadata = (("authorization", f"Bearer {talk.tokens[0]}"),)

        async def say(number: int, due: int) -> None:
            request = pb.SendMessageRequest(
                conversation_id=str(talk.conversation_id), client_message_id=f"n{number}", text=str(due)
            )
            await stub.SendMessage(request, metadata=metadata)

        scene = Scene("conversation", str(talk.conversation_id), talk.tokens)
        return await watched(server, load, scene, lambda: spoken(load, say))


async def play_bare(load: Load, server: Process) -> dict[str, Any]:
    """Have as much given on by the ceiling."""
    async with grpc.aio.insecure_channel(f"127.0.0.1:{server.port}") as channel:
        send = channel.unary_unary(f"/{chat.SERVICE}/SendMessage")
        message = conversation_pb2.Message(
            message_id=str(new_id()), conversation_id=str(new_id()), sender_id=str(new_id()), client_message_id="n100"
        )
        message.create_time.GetCurrentTime()

        async def say(number: int, due: int) -> None:
            message.text, message.sequence = str(due), number + 1
            await send(pb.WatchConversationResponse(sequence=number + 1, message=message).SerializeToString())

        return await watched(server, load, Scene("conversation", "", [""]), lambda: spoken(load, say))


def measure() -> Result:
    """Every load against every side in turn, several times."""
    runs: dict[str, list[dict[str, Any]]] = {}
    with laboratory() as lab:
        limits = {"DOORSTEP_RATE_LIMITS": json.dumps({f"{chat.SERVICE}/SendMessage": 1_000_000})}
        environment = {**lab.environment, **limits}
        with (
            Process("tests.fixtures.serve", *SERVED, environment=environment) as here,
            Process("tests.fixtures.serve", *SERVED, environment=environment) as elsewhere,
            Process("tests.benchmarks.rivals.chat") as ceiling,
        ):
            for _ in range(ROUNDS):
                for load in LOADS:
                    for side in SIDES:
                        if side == "ceiling":
                            seen = uvloop.run(play_bare(load, ceiling))
                        else:
                            server = here if side == "here" else elsewhere
                            seen = uvloop.run(play(lab, load, sender=here, server=server))
                        runs.setdefault(f"{side}: {load.name}", []).append(seen)

    def median(side: str, load: Load, figure: str) -> float:
        return statistics.median(run[figure] for run in runs[f"{side}: {load.name}"])

    bare = "bare grpc.aio fan-out"
    goals = []
    for load in LOADS:
        for side, most in (("here", 4.0), ("elsewhere", 6.0)):
            for figure in ("p50_ms", "p99_ms"):
                ratio = median(side, load, figure) / median("ceiling", load, figure)
                name = f"{figure.removesuffix('_ms')} watched {side}, {load.name}"
                goals.append(Goal(name, ratio, most, False, bare))
        cost = median("elsewhere", load, "cpu_us_per_delivery") / median("ceiling", load, "cpu_us_per_delivery")
        goals.append(Goal(f"CPU of a delivery, {load.name}", cost, 1.25 if load is MANY else 1.5, False, bare))
    for figure in ("lost", "repeated", "watchers_out_of_order"):
        count = sum(run[figure] for several in runs.values() for run in several)
        goals.append(Goal(figure.replace("_", " "), count, 0, False, "none", "of all runs"))
    note = (
        "A message is committed before anybody sees it; the ceiling keeps it in memory. CPU: of the process that "
        "serves the streams, where another one takes the messages."
    )
    return Result("fanout", goals, {"runs": runs}, note)
