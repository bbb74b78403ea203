"""The relay: takes committed outbox rows to the streams, each exactly once, whatever is killed on the way.

A row's life: written (no position) → numbered (position) → fed (relay_time) → removed after a day. Rows are numbered in
the order of their ids, by one leader per process group. A leader that dies between two steps leaves rows that the next
one feeds again under the same id, which Redis refuses where they arrived.

Before every feeding the relay looks at the newest id of the stream, in the same transaction of Redis:
- lower than what was fed: Redis lost something (wiped, restored from an old file). All that the outbox keeps is fed
  again; readers find a stream without their group, start from its beginning and skip what their inbox has.
- higher than any position given out: the stream belongs to another database. It is dropped and fed from this one.

A stream is cut back to what every group has done with (never below the last ten thousand events). When a group lags
by `BOUND` events nothing more is fed until it catches up: rows are safe in the outbox, events cut away would be lost.
"""

import asyncio
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import asyncpg
import structlog
from prometheus_client import Counter, Gauge
from redis.asyncio import Redis
from redis.exceptions import RedisError, ResponseError

from services.chassis.db.outbox import CHANNEL
from services.chassis.events.envelope import position_of, stream_name, to_fields
from services.chassis.events.leader import OUTAGES, lock_number, open_connection
from services.chassis.failpoints import failpoint

__all__ = ["Relay"]

log = structlog.get_logger(__name__)

BATCH = 500
"""Rows per trip."""
POLL = 1.0
"""Seconds after which the relay looks although nobody woke it: a NOTIFY can be lost with a connection."""
KEEP = 10_000
"""Events that stay in a stream although every group is done with them, for `watch`."""
BOUND = 200_000
"""Events that a group may lag behind before feeding stops."""
UNCUT = 300.0
"""Seconds for which nothing is cut after events were fed again: readers need time to come back."""
RETENTION = "24 hours"
"""How long fed rows stay, to be fed again."""
INBOX_RETENTION = "72 hours"
"""Longer than RETENTION: an event must not outlive the record that it was handled."""
HOUSEKEEPING = 300.0
"""Seconds between two cleanings, and before the first: after a long time in which nothing ran, what is fed again must
find the record that it was handled."""
AT_ONCE = 5_000
"""Rows of a table that one cleaning removes: events wait for it. Where there are more, the next comes after `POLL`."""

RELAYED = Counter("doorstep_events_relayed_total", "Events fed into a stream.", ["service"])
REFED = Counter("doorstep_events_refed_total", "Events fed again because Redis had lost them.", ["service"])
WAITING = Gauge(
    "doorstep_events_waiting", "Events in the outbox that are not in the stream.", ["service"], multiprocess_mode="max"
)

_COLUMNS = "id, event_id, type, key, organization_id, payload, headers, create_time, position"

_CLEANING = (
    # The newest row stays: positions go on from it. It is fed no more (`_PLACE`).
    ("outbox", "id", "relay_time", RETENTION, "position < (SELECT max(position) FROM {schema}.outbox)"),
    # What was given up must not be handed to its subscriber unasked, and is to be when somebody asks.
    ("inbox", "event_id, subscriber", "receive_time", INBOX_RETENTION, "NOT dead"),
    # Counts of events that were handled after all, by a process that died before it could forget them.
    ("event_failures", "event_id, subscriber", "create_time", INBOX_RETENTION, "dead_time IS NULL"),
    ("idempotency_keys", "caller, key", "create_time", "24 hours", "true"),
)
"""Tables of every service, their keys, since when and how long rows are needed, and which of them then are not."""

_PLACE = "-infinity"
"""relay_time of the newest row of a service that was quiet for so long that no inbox knows the event any more."""


class _StreamChanged(Exception):
    """The stream is not what this leader left: look again."""


class Relay:
    """Feeds the events of some services; runs in every process, works in one.

    Args:
        dsn: Address of the database, as the services' role; the relay opens a connection of its own.
        redis: A client made by `connect_for_streams`.
        services: Names, which are also the schemas.
    """

    def __init__(self, dsn: str, redis: Redis, services: Sequence[str]) -> None:
        self._dsn = dsn
        self._redis = redis
        self._services = sorted(services)
        self._fed: dict[str, int] = {}
        self._looked_at: dict[str, int] = {}
        self._held_back: set[str] = set()
        self._uncut_until: dict[str, float] = {}
        self._clean_from = time.monotonic() + HOUSEKEEPING

    async def run(self) -> None:
        """Relay until cancelled. Waits and begins again when Postgres or Redis is away."""
        while True:
            try:
                connection = await open_connection(self._dsn, "relay")
                try:
                    await self._work(connection)
                finally:
                    connection.terminate()  # not `close()`: on a dead server it would wait
            except (*OUTAGES, asyncpg.PostgresError, RedisError, _StreamChanged) as error:
                log.warning("relay_interrupted", error=str(error) or type(error).__name__)
                await asyncio.sleep(0.5)

    async def _work(self, connection: "asyncpg.Connection[Any]") -> None:
        woken: set[str] = set()
        wake = asyncio.Event()

        def on_notify(_connection: Any, _pid: int, _channel: str, payload: object) -> None:
            woken.add(str(payload))
            wake.set()

        await connection.add_listener(CHANNEL, on_notify)
        self._fed.clear()
        looked = 0.0
        while True:
            wake.clear()
            named = set(woken)
            woken.clear()
            if time.monotonic() - looked >= POLL:
                for service in self._services:
                    if service in self._fed or await self._win(connection, service):
                        await self._check(connection, service)
                        await self._look(service)
                        await self._drain(connection, service)
                looked = time.monotonic()
            else:
                # `_feed` looks at the stream by itself: a busy service costs three trips a batch, whoever else sleeps.
                for service in named & self._fed.keys():
                    await self._drain(connection, service)
            if time.monotonic() >= self._clean_from:
                self._clean_from = time.monotonic() + HOUSEKEEPING  # also where it fails: events are more urgent
                if await self._clean(connection):
                    self._clean_from = time.monotonic() + POLL
            with suppress(TimeoutError):
                async with asyncio.timeout(max(0.01, looked + POLL - time.monotonic())):
                    await wake.wait()

    async def _win(self, connection: "asyncpg.Connection[Any]", service: str) -> bool:
        """Try to become the relay of a service: one lock each, because processes may run different services."""
        if not await connection.fetchval("SELECT to_regclass($1) IS NOT NULL", f"{service}.outbox"):
            return False  # a service without tables
        won: bool = await connection.fetchval("SELECT pg_try_advisory_lock($1)", lock_number(f"relay {service}"))
        if won:
            log.info("leading", work=f"relay {service}")
        return won

    async def _check(self, connection: "asyncpg.Connection[Any]", service: str) -> None:
        """Compare the stream with the outbox, and mend the stream."""
        newest = await self._newest(service)
        known = self._fed.get(service)
        if newest == known:
            return
        numbered = await connection.fetchval(f"SELECT coalesce(max(position), 0) FROM {service}.outbox")  # noqa: S608
        if newest > numbered:
            log.warning("stream_of_another_database", service=service, newest=newest, numbered=numbered)
            await self._redis.delete(stream_name(service))
            newest = 0
        elif known is not None and newest > known:
            raise _StreamChanged(f"{service}: another relay is at work")
        self._fed[service] = newest
        await self._feed_after(connection, service, newest)

    async def _feed_after(self, connection: "asyncpg.Connection[Any]", service: str, position: int) -> None:
        """Feed every numbered row after `position`: those left by a leader that died, and those that Redis lost."""
        await connection.execute(
            f"UPDATE {service}.outbox SET relay_time = now() "  # noqa: S608
            "WHERE position <= $1 AND position IS NOT NULL AND relay_time IS NULL",
            position,
        )
        while True:
            rows = await connection.fetch(
                f"SELECT {_COLUMNS}, relay_time IS NOT NULL AS again FROM {service}.outbox "  # noqa: S608
                f"WHERE position > $1 AND relay_time IS DISTINCT FROM '{_PLACE}' ORDER BY position LIMIT $2",
                self._fed[service],
                BATCH,
            )
            if not rows:
                return
            again = sum(row["again"] for row in rows)
            if again:
                log.warning("feeding_again", service=service, events=again, after=self._fed[service])
                REFED.labels(service).inc(again)
                # Not every group may be back yet; what one has done with, another may still need.
                self._uncut_until[service] = time.monotonic() + UNCUT
            await self._feed(connection, service, rows)

    async def _drain(self, connection: "asyncpg.Connection[Any]", service: str) -> None:
        """Number and feed what is waiting."""
        while True:
            if service in self._held_back:
                waiting = await connection.fetchval(
                    f"SELECT count(*) FROM {service}.outbox WHERE position IS NULL"  # noqa: S608
                )
                WAITING.labels(service).set(waiting)
                return
            rows = await connection.fetch(
                f"""
                WITH waiting AS (
                    SELECT id, row_number() OVER (ORDER BY id)
                        + (SELECT coalesce(max(position), 0) FROM {service}.outbox WHERE position IS NOT NULL) AS place
                    FROM (SELECT id FROM {service}.outbox WHERE position IS NULL ORDER BY id LIMIT $1) AS first
                ), numbered AS (
                    UPDATE {service}.outbox AS o SET position = place FROM waiting WHERE o.id = waiting.id RETURNING o.*
                )
                SELECT {_COLUMNS} FROM numbered ORDER BY position
                """,  # noqa: S608
                BATCH,
            )
            if not rows:
                WAITING.labels(service).set(0)
                return
            await self._feed(connection, service, rows)
            if self._fed[service] - self._looked_at.get(service, 0) >= KEEP:
                await self._look(service)

    async def _feed(
        self, connection: "asyncpg.Connection[Any]", service: str, rows: Sequence["asyncpg.Record"]
    ) -> None:
        """Put numbered rows into the stream and mark them.

        Raises:
            _StreamChanged: the stream was not where this leader left it; nothing is marked.
        """
        stream = stream_name(service)
        pipeline = self._redis.pipeline(transaction=True)
        pipeline.xinfo_stream(stream)
        for row in rows:
            pipeline.xadd(stream, to_fields(row), id=f"{row['position']}-0")  # type: ignore[arg-type]
        answers = await pipeline.execute(raise_on_error=False)
        before = 0 if isinstance(answers[0], ResponseError) else position_of(answers[0]["last-generated-id"])
        refused = [a for a in answers[1:] if isinstance(a, ResponseError) and "equal or smaller" not in str(a)]
        if refused:
            raise refused[0]
        if before < self._fed[service]:
            # Wiped since the last look, and these rows are already in: drop them and start over in order.
            await self._redis.delete(stream)
            raise _StreamChanged(f"{service}: the stream ended at {before} instead of {self._fed[service]}")
        first, last = rows[0]["position"], rows[-1]["position"]
        if before > last:
            raise _StreamChanged(f"{service}: the stream ends at {before}, after {last}")
        await failpoint("after_relay")
        self._fed[service] = last
        await connection.execute(
            f"UPDATE {service}.outbox SET relay_time = coalesce(relay_time, now()) "  # noqa: S608
            "WHERE position BETWEEN $1 AND $2",
            first,
            last,
        )
        RELAYED.labels(service).inc(len(rows))

    async def _newest(self, service: str) -> int:
        try:
            info = await self._redis.xinfo_stream(stream_name(service))
        except ResponseError as error:
            if "no such key" in str(error):
                return 0
            raise
        return position_of(info["last-generated-id"])

    async def _look(self, service: str) -> None:
        """Cut the stream back to what is needed, and hold events back while some group needs too much."""
        fed = self._fed[service]
        self._looked_at[service] = fed
        done = await self._done(service)
        keep_from = fed - BOUND if done is None else min(done, fed - KEEP)
        if keep_from > 0 and time.monotonic() >= self._uncut_until.get(service, 0.0):
            await self._redis.xtrim(stream_name(service), minid=f"{keep_from}-0", approximate=True)
        self._held_back.discard(service)
        if done is not None and fed - done >= BOUND:
            log.warning("relay_waits_for_readers", service=service, lag=fed - done)
            self._held_back.add(service)

    async def _done(self, service: str) -> int | None:
        """Up to which position all groups are done; None where there are none."""
        stream = stream_name(service)
        try:
            groups = await self._redis.xinfo_groups(stream)
        except ResponseError:  # no such key
            return None
        if not groups:
            return None
        done = []
        for group in groups:
            pending = await self._redis.xpending(stream, group["name"])
            lowest = pending["min"]
            done.append(position_of(lowest) - 1 if lowest else position_of(group["last-delivered-id"]))
        return min(done)

    async def _clean(self, connection: "asyncpg.Connection[Any]") -> bool:
        """Remove some of what nobody needs any more; returns whether there may be more."""
        more = False
        for service in self._fed:
            for table, key, since, kept, condition in _CLEANING:
                async with connection.transaction():
                    await connection.execute("SET LOCAL ROLE doorstep_system")
                    done = await connection.execute(
                        f"DELETE FROM {service}.{table} WHERE ({key}) IN (SELECT {key} FROM {service}.{table} "  # noqa: S608
                        f"WHERE {since} < now() - interval '{kept}' AND {condition.format(schema=service)} "
                        f"ORDER BY {since} LIMIT $1)",
                        AT_ONCE,
                    )
                more = more or done == f"DELETE {AT_ONCE}"
            await connection.execute(
                f"UPDATE {service}.outbox SET relay_time = '{_PLACE}' "  # noqa: S608
                f"WHERE position = (SELECT max(position) FROM {service}.outbox) "
                f"AND relay_time < now() - interval '{RETENTION}' AND relay_time <> '{_PLACE}'"
            )
        return more
