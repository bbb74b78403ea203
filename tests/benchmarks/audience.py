"""An audience: a process of its own that watches a stream with many others, and says when what came and what did not.

What is shown says when it was due, on the clock that all processes share. A share of the watchers may hang up, at a
moment by chance, and go on after the last place they have seen.
"""

import asyncio
import contextlib
import json
import random
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, NamedTuple

import grpc
import uvloop

from doorstep.messaging.v1 import conversation_service_pb2
from doorstep.telemetry.v1 import telemetry_query_service_pb2
from tests.benchmarks.report import percentile
from tests.fixtures.worker import Process

ON_A_CONNECTION = 100
PATIENCE = 30.0
"""Seconds that watchers wait after the last part is due."""


class Part(NamedTuple):
    """What is counted of one thing shown."""

    number: int
    due: int
    """Nanoseconds."""


class Kind(NamedTuple):
    """A stream that can be watched."""

    method: str
    shown: Callable[[bytes], bool]
    """Whether a message shows something; the others are heartbeats, the end, and how far others are."""
    part: Callable[[bytes], Part]
    request: Callable[[str, bytes | None], bytes]
    """Asks for what is named, after a message, or all of it."""


def _session_part(message: bytes) -> Part:
    batch = telemetry_query_service_pb2.WatchSessionResponse.FromString(message).batch
    return Part(batch.part, int(batch.events[0].name))


def _session_request(session_id: str, last: bytes | None) -> bytes:
    pb = telemetry_query_service_pb2
    after = pb.WatchSessionResponse.FromString(last).sequence if last else "0"
    return pb.WatchSessionRequest(session_id=session_id, after_sequence=after).SerializeToString()


def _message_part(message: bytes) -> Part:
    said = conversation_service_pb2.WatchConversationResponse.FromString(message)
    return Part(said.sequence, int(said.message.text))


def _message_request(conversation_id: str, last: bytes | None) -> bytes:
    pb = conversation_service_pb2
    request = pb.WatchConversationRequest(conversation_id=conversation_id)
    if last is not None:
        request.after_sequence = pb.WatchConversationResponse.FromString(last).sequence
    return request.SerializeToString()


KINDS = {
    "session": Kind(
        "/doorstep.telemetry.v1.TelemetryQueryService/WatchSession",
        lambda message: len(message) >= 30,  # what a watcher is told of a batch is longer than all the rest
        _session_part,
        _session_request,
    ),
    "conversation": Kind(
        "/doorstep.messaging.v1.ConversationService/WatchConversation",
        lambda message: message[0] == 0x08,  # only messages have a sequence, and it is the first field
        _message_part,
        _message_request,
    ),
}


@dataclass(frozen=True, slots=True)
class Load:
    """How many watch, and what they are shown."""

    watchers: int
    rate: float
    """Parts a second."""
    seconds: float
    leaving: float = 0
    """Share of the watchers that hang up once and come back."""

    @property
    def parts(self) -> int:
        """Parts in all."""
        return int(self.rate * self.seconds)

    @property
    def name(self) -> str:
        """As it is shown."""
        return f"{self.watchers} watchers, {self.rate:g}/s" + (
            f", {self.leaving:.0%} come back" if self.leaving else ""
        )


@dataclass(slots=True)
class Seen:
    """What one watcher was given."""

    messages: list[tuple[int, bytes]] = field(default_factory=list)
    """(nanoseconds on the clock that all processes share, message)."""
    opened: int = 0
    greeted: asyncio.Event = field(default_factory=asyncio.Event)
    """Set by the first heartbeat."""
    refused: int = 0
    """Streams that did not come about, or broke."""

    @property
    def last(self) -> bytes | None:
        """After which to go on."""
        return self.messages[-1][1] if self.messages else None


async def _watch(
    kind: Kind, method: Any, metadata: Any, name: str, seen: Seen, *, parts: int, leave_after: int
) -> None:
    """Receive until every part has come; a stream that ends is begun again where it ended."""
    while len(seen.messages) < parts:
        call = method(kind.request(name, seen.last), metadata=metadata)
        seen.opened += 1
        try:
            async for message in call:
                at = time.perf_counter_ns()
                if not kind.shown(message):
                    seen.greeted.set()
                    continue
                seen.messages.append((at, message))
                if len(seen.messages) == parts or (len(seen.messages) == leave_after and seen.opened == 1):
                    call.cancel()
                    break
        except grpc.aio.AioRpcError:
            seen.refused += 1
            await asyncio.sleep(0.1)


async def watchers(kind: Kind, name: str, port: int, tokens: Sequence[str], load: Load) -> None:
    """Open all streams, say so, receive, and say what came."""
    everyones = [(("authorization", f"Bearer {token}"),) for token in tokens]
    rng = random.Random(11)
    async with contextlib.AsyncExitStack() as stack:
        methods = []
        for _ in range(-(-load.watchers // ON_A_CONNECTION)):
            channel = grpc.aio.insecure_channel(f"127.0.0.1:{port}", options=[("grpc.use_local_subchannel_pool", 1)])
            methods.append((await stack.enter_async_context(channel)).unary_stream(kind.method))
        everybody = [Seen() for _ in range(load.watchers)]
        leaving = {n: rng.randrange(2, load.parts - 2) for n in range(int(load.watchers * load.leaving))}
        tasks = []
        for number, seen in enumerate(everybody):
            method = methods[number % len(methods)]
            metadata, leave_after = everyones[number % len(everyones)], leaving.get(number, 0)
            watching = _watch(kind, method, metadata, name, seen, parts=load.parts, leave_after=leave_after)
            tasks.append(asyncio.create_task(watching))
            if number % 50 == 49:
                await seen.greeted.wait()  # they do not all come in the same moment
        await asyncio.gather(*(seen.greeted.wait() for seen in everybody))
        print(json.dumps({"watching": len(tasks)}), flush=True)
        used = time.process_time()
        _, unfinished = await asyncio.wait(tasks, timeout=load.seconds + PATIENCE)
        used = time.process_time() - used
        for task in unfinished:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    print(json.dumps({**_judge(kind, everybody, load.parts), "watching_cpu": used}), flush=True)


def _judge(kind: Kind, everybody: list[Seen], parts: int) -> dict[str, float]:
    times, lost, repeated, disordered = [], 0, 0, 0
    for seen in everybody:
        given = []
        for at, message in seen.messages:
            part = kind.part(message)
            given.append(part.number)
            times.append((at - part.due) / 1e6)
        lost += parts - len(set(given))
        repeated += len(given) - len(set(given))
        disordered += given != sorted(given)
    return {
        "deliveries": len(times), "p50_ms": percentile(times, 50), "p99_ms": percentile(times, 99),
        "lost": lost, "repeated": repeated, "watchers_out_of_order": disordered,
        "came_back": sum(seen.opened - 1 for seen in everybody), "refused": sum(seen.refused for seen in everybody),
    }  # fmt: skip


class Scene(NamedTuple):
    """What is watched, and by whom."""

    kind: str
    """Of `KINDS`."""
    name: str
    """The session or conversation."""
    tokens: Sequence[str]
    """Of those who watch, in turn."""


async def watched(server: Process, load: Load, scene: Scene, show: Callable[[], Awaitable[Any]]) -> dict[str, Any]:
    """Have a process watch while something is shown; what it saw, and what that cost the server."""
    told = {**scene._asdict(), "port": server.port, "load": asdict(load)}
    before = server.cpu()
    process = await asyncio.to_thread(Process, "tests.benchmarks.audience", json.dumps(told))
    with process:
        used = server.cpu()
        opening = used - before
        await show()
        seen = await asyncio.to_thread(process.line)
        used = server.cpu() - used
    return {
        **seen,
        "cpu_us_per_delivery": used / max(1, seen["deliveries"]) * 1e6,
        "cpu_us_per_opening": opening / load.watchers * 1e6,
    }


if __name__ == "__main__":
    _told = json.loads(sys.argv[1])
    uvloop.run(watchers(KINDS[_told["kind"]], _told["name"], _told["port"], _told["tokens"], Load(**_told["load"])))
