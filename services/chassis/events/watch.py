"""Follow a stream of events as it grows, for server streams: no group, no inbox, nothing is acknowledged."""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection
from typing import Any

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from services.chassis.events.envelope import Received, from_entry, position_of, stream_name

__all__ = ["watch"]

log = structlog.get_logger(__name__)


async def watch(
    redis: Redis,
    service: str,
    *,
    after: int | None = None,
    types: Collection[str] = (),
    block: float = 5.0,
    on_gap: Callable[[], None] = lambda: None,
) -> AsyncIterator[Received]:
    """Yield the events of `service` in their order, until the caller stops.

    Args:
        redis: A client made by `connect_for_streams`.
        service: Who states them.
        after: Position to go on from, as a former event's `meta.position` had it; only new events when left out.
            The stream keeps at least the last ten thousand events, and positions survive a loss of Redis.
        types: Full names of the messages wanted; all when empty.
        block: Seconds of one blocking read; less than the client's timeout.
        on_gap: Called where events are passed over: at the beginning, when `after` is left out, because it takes until
            Redis answers for the first time; and where the stream was cut back before it was read.
    """
    stream = stream_name(service)
    last = after
    while True:
        try:
            if last is None:
                newest: Any = await redis.xrevrange(stream, count=1)
                last = position_of(newest[0][0]) if newest else 0
                on_gap()
            answer: Any = await redis.xread({stream: f"{last}-0"}, count=200, block=int(block * 1000))
        except RedisError as error:
            log.info("watch_waits_for_redis", stream=stream, error=str(error))
            await asyncio.sleep(0.5)
            continue
        for _, entries in answer:
            for entry_id, fields in entries:
                position = position_of(entry_id)
                if position > last + 1:
                    on_gap()
                last = position
                event = from_entry(service, entry_id, fields)
                if not types or event.meta.type in types:
                    yield event
