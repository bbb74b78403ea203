"""Many callers of one thing, some of whom reach a process that dies."""

import asyncio
import collections
from collections.abc import Callable, Sequence
from typing import Any

import grpc

CALLERS = 50
RETRIED = (
    grpc.StatusCode.UNAVAILABLE,
    grpc.StatusCode.ABORTED,
    grpc.StatusCode.INTERNAL,
    grpc.StatusCode.CANCELLED,
)
"""What a caller repeats with its key: whatever leaves open whether it was done. INTERNAL and CANCELLED are how the
client library reports a connection that was reset."""


async def until_answered(
    methods: Sequence[Any], request: Any, metadata: list[tuple[str, str]], *, first: int = 0
) -> Any:
    """Ask one after the other until one answers; what is refused for good is raised."""
    turn = first
    while True:
        try:
            return await methods[turn % len(methods)](request, metadata=metadata, timeout=20)
        except grpc.aio.AioRpcError as error:
            if error.code() not in RETRIED:
                raise
            turn += 1
            await asyncio.sleep(0.05)


async def race(
    ports: Sequence[int], method: Callable[[grpc.aio.Channel], Any], request: Any, metadata: list[tuple[str, str]]
) -> collections.Counter[bytes]:
    """Many callers of one thing at once, and how often each answer was given.

    All ask the first port first: its first commit is sure to come, and kills it in the middle of all the others.
    """
    channels = [grpc.aio.insecure_channel(f"127.0.0.1:{port}") for port in ports]
    methods = [method(channel) for channel in channels]
    try:
        answers = await asyncio.gather(*(until_answered(methods, request, metadata) for _ in range(CALLERS)))
        return collections.Counter(answer.SerializeToString(deterministic=True) for answer in answers)
    finally:
        for channel in channels:
            await channel.close()
