"""Answers to public questions, kept in Redis: by scope, question and the state of what is public.

The state is a number that the database counts up in the very transaction that changes public facts, and that is read
before each look into the cache. It is counted for each area of the market (`areas.py`), so that a change in one city
leaves the answers about another as they are; a question that stays within no area goes by the whole. An answer of an
older state is under a key that nobody asks for any more: once a change is acknowledged, no reader can be given what was
true before it. Nothing has to be deleted, no event has to arrive first, and a process that is killed at any point
leaves nothing stale behind.

Redis away: the question goes to the database. Answers are public ones only (`SCOPE`); should one ever depend on the
caller, its scope must name organisation and roles.
"""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Collection

from prometheus_client import Counter
from redis.asyncio import Redis
from redis.exceptions import RedisError

from services.property.repository.search import SearchIndex

SCOPE = "any-organization:any-role"
TTL_SECONDS = 60
"""Bounds memory, and how old `days_on_market` can be."""

REQUESTS = Counter(
    "doorstep_cache_requests_total",
    "Questions to the response cache: hit, miss, or bypass where Redis was away.",
    ["service", "cache", "outcome"],
)


class ResponseCache:
    """Looks answers up, and keeps what it had to compute."""

    def __init__(self, redis: Redis, index: SearchIndex) -> None:
        self._redis = redis
        self._index = index
        self._running: dict[str, asyncio.Task[bytes]] = {}

    async def through(
        self, name: str, question: bytes, areas: Collection[int] | None, produce: Callable[[], Awaitable[bytes]]
    ) -> bytes:
        """Answer `question` from the cache, or by `produce`, once for all who ask at the same time.

        Args:
            name: The kind of question, for keys and metrics.
            question: Everything that the answer depends on, canonically.
            areas: Where the question looks, and only there; None for the whole market.
            produce: Computes the answer; it begins after the state was read, so its answer is never older than that.
        """
        generation = await self._index.generation(areas)
        digest = hashlib.blake2b(question, digest_size=20).hexdigest()
        key = f"doorstep:property:{name}:{SCOPE}:{generation}:{digest}"
        try:
            found = await self._redis.get(key)
        except RedisError:
            self._count(name, "bypass")
            return await produce()
        if found is not None:
            self._count(name, "hit")
            return found if isinstance(found, bytes) else found.encode()
        self._count(name, "miss")
        task = self._running.get(key)
        if task is None:
            task = self._running[key] = asyncio.create_task(self._fill(key, produce))
            task.add_done_callback(lambda _: self._running.pop(key, None))
        # Whoever asked first may give up; the others still want the answer.
        return await asyncio.shield(task)

    async def _fill(self, key: str, produce: Callable[[], Awaitable[bytes]]) -> bytes:
        answer = await produce()
        try:
            await self._redis.set(key, answer, ex=TTL_SECONDS)
        except RedisError:
            self._count("fill", "bypass")
        return answer

    @staticmethod
    def _count(name: str, outcome: str) -> None:
        REQUESTS.labels(service="property", cache=name, outcome=outcome).inc()
