"""The group commit by itself, against a real PostgreSQL: refused values, lost answers, streams that others moved on."""

import asyncio
import itertools
from collections import deque
from uuid import UUID, uuid4

import asyncpg
import pytest
import pytest_asyncio

from services.telemetry.repository import committer as module
from services.telemetry.repository.committer import ATTEMPTS, Committer, Item, Outcome, Track

GOOD_KIND, REFUSED_KIND = 2, 99
"""The second is refused by a CHECK of the table."""
keys = itertools.count(10**9)


class Cut(ConnectionError):
    pass


class Line:
    """A connection on which statements fail as told: before they arrive ("lost"), after ("answer lost"), or by an error
    of the server."""

    def __init__(self, real: asyncpg.Connection, faults: deque[str | Exception]) -> None:
        self.real = real
        self.faults = faults

    async def _through(self, method, *arguments):
        fault = self.faults.popleft() if self.faults else ""
        if isinstance(fault, Exception):
            raise fault
        if fault == "lost":
            raise Cut
        answer = await method(*arguments)
        if fault == "answer lost":
            raise Cut
        return answer

    async def fetch(self, *arguments):
        return await self._through(self.real.fetch, *arguments)

    async def fetchrow(self, *arguments):
        return await self._through(self.real.fetchrow, *arguments)

    async def execute(self, *arguments):
        return await self._through(self.real.execute, *arguments)

    def is_closed(self):
        return self.real.is_closed()

    def terminate(self):
        self.real.terminate()


class Way:
    """A committer, the faults that await it, and streams to send through it."""

    def __init__(self, url: str, rows: asyncpg.Connection) -> None:
        self.url = url
        self.rows = rows
        self.faults: deque[str | Exception] = deque()
        self.away = 0
        self.told: list[set[tuple[UUID, int]]] = []
        self.committer = Committer(self._connect, self.told.append)

    async def _connect(self):
        if self.away:
            self.away -= 1
            raise OSError("connection refused")
        return Line(await asyncpg.connect(self.url), self.faults)

    async def track(self, durable: int = 0, **columns) -> Track:
        track = Track(uuid4(), next(keys), 0, durable, durable)
        await self.rows.execute(
            "INSERT INTO telemetry.positions (organization_id, session_key, stream, last_part, closed) "
            "VALUES ($1, $2, 0, $3, $4)",
            track.organization_id,
            track.session_key,
            columns.get("last_part", durable),
            columns.get("closed", False),
        )
        return track

    def put(self, track: Track, part: int, kind: int = GOOD_KIND) -> Item:
        event = (0, kind, 1, 0, 0, f"part {part}", 0.0, 0.0, 0.0, 0, None)
        done = asyncio.get_running_loop().create_future()
        item = Item(track, part, 100, [], [event], [], [], 1, done)
        track.queued = max(track.queued, part)
        self.committer.put(item)
        return item

    async def steps(self, *items: Item) -> list[Outcome]:
        """Commit until these are settled."""
        for _ in range(20):
            if all(item.done.done() for item in items):
                return [item.done.result() for item in items]
            await self.committer.step()
        raise AssertionError("they are never settled")

    async def stored(self, track: Track) -> tuple[int, int, int, int]:
        """(rows, position, counted, duplicates)."""
        return tuple(
            await self.rows.fetchrow(
                "SELECT (SELECT count(*) FROM telemetry.events e WHERE e.session_key = p.session_key), "
                "last_part, stored, duplicate FROM telemetry.positions p WHERE session_key = $1",
                track.session_key,
            )
        )


@pytest_asyncio.fixture
async def way(harness, telemetry_database, rows, monkeypatch):
    monkeypatch.setattr(module, "PAUSE", 0.0)
    one = Way(telemetry_database.superuser_url, rows)
    yield one
    running = asyncio.create_task(one.committer.run())
    await asyncio.sleep(0)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_one_refused_value_holds_up_nobody_else(way):
    bad, good = await way.track(), await way.track()
    items = [way.put(good, 1), way.put(bad, 1, REFUSED_KIND), way.put(bad, 2), way.put(good, 2)]
    outcomes = await way.steps(*items)
    assert outcomes == [Outcome.STORED, Outcome.UNAVAILABLE, Outcome.UNAVAILABLE, Outcome.STORED]
    assert await way.stored(good) == (2, 2, 2, 0)
    assert await way.stored(bad) == (0, 0, 0, 0)
    # The stream goes on from where it stands.
    assert bad.queued == 0
    assert await way.steps(way.put(bad, 1), way.put(bad, 2)) == [Outcome.STORED] * 2


async def test_what_was_committed_although_the_answer_was_lost_is_stored_once(way):
    track = await way.track()
    items = [way.put(track, 1), way.put(track, 2)]
    way.faults.append("answer lost")
    assert await way.steps(*items) == [Outcome.STORED] * 2
    assert await way.stored(track) == (2, 2, 2, 0)
    assert track.durable == 2


async def test_what_did_not_arrive_is_sent_again(way):
    track = await way.track()
    items = [way.put(track, 1), way.put(track, 2)]
    way.faults.append("lost")
    assert await way.steps(*items) == [Outcome.STORED] * 2
    assert await way.stored(track) == (2, 2, 2, 0)


async def test_while_the_database_is_away_batches_wait_in_order_and_newcomers_behind_them(way):
    track = await way.track()
    first = way.put(track, 1)
    way.away = 2  # the commit, and the look at where the stream stands
    await way.committer.step()
    assert not first.done.done()
    second = way.put(track, 2)
    assert await way.steps(first, second) == [Outcome.STORED] * 2
    assert way.told == [{(track.organization_id, track.session_key)}]


async def test_after_some_attempts_the_client_is_asked_to_send_again(way):
    track = await way.track()
    items = [way.put(track, 1), way.put(track, 2)]
    way.away = 2 * ATTEMPTS
    assert await way.steps(*items) == [Outcome.UNAVAILABLE] * 2
    way.away = 0
    assert track.queued == 0
    assert await way.steps(way.put(track, 1)) == [Outcome.STORED]
    assert await way.stored(track) == (1, 1, 1, 0)


async def test_repeats_are_counted_once_the_database_is_back(way):
    track = await way.track(durable=3)
    repeated = Item(track, 2, 0, [], [], [], [], 5, asyncio.get_running_loop().create_future())
    way.committer.put_duplicate(repeated)
    way.away = 1
    assert await way.steps(repeated) == [Outcome.DUPLICATE]
    assert await way.stored(track) == (0, 3, 0, 5)


@pytest.mark.parametrize("fault", ["lost", "answer lost"])
async def test_repeats_are_counted_once_although_the_answer_was_lost(way, fault):
    track, others = await way.track(durable=3), await way.track(durable=3)

    def repeat(track, part, count):
        item = Item(track, part, 0, [], [], [], [], count, asyncio.get_running_loop().create_future())
        way.committer.put_duplicate(item)
        return item

    first = repeat(track, 2, 5)
    way.faults += [fault, fault]
    await way.committer.step()
    assert not first.done.done()
    second, third = repeat(track, 3, 7), repeat(others, 1, 9)
    assert await way.steps(first, second, third) == [Outcome.DUPLICATE] * 3
    assert await way.stored(track) == (0, 3, 0, 12)
    assert await way.stored(others) == (0, 3, 0, 9)
    way.faults.append("answer lost")
    assert await way.steps(repeat(track, 1, 1)) == [Outcome.DUPLICATE]
    assert await way.stored(track) == (0, 3, 0, 13)


async def test_repeats_behind_those_that_were_given_up_are_counted(way):
    """They are not taken for those before them, of which nobody knows whether they were counted."""
    track, others = await way.track(durable=3), await way.track(durable=3)
    items = [Item(one, 1, 0, [], [], [], [], 5, asyncio.get_running_loop().create_future()) for one in (track, others)]
    way.committer.put_duplicate(items[0])
    way.faults += ["answer lost"] * ATTEMPTS
    assert await way.steps(items[0]) == [Outcome.UNAVAILABLE]
    way.committer.put_duplicate(items[1])
    assert await way.steps(items[1]) == [Outcome.DUPLICATE]
    assert [await way.stored(one) for one in (track, others)] == [(0, 3, 0, 5)] * 2


async def test_a_repeat_that_is_given_up_does_not_turn_back_what_waits(way):
    track = await way.track(durable=3)
    repeated = Item(track, 2, 0, [], [], [], [], 5, asyncio.get_running_loop().create_future())
    way.committer.put_duplicate(repeated)
    way.away = ATTEMPTS - 1
    for _ in range(ATTEMPTS - 1):
        await way.committer.step()
    items = [way.put(track, 4), way.put(track, 5)]
    way.away = 2  # the commit, and the look at where the stream stands
    await way.committer.step()
    assert [item.done.done() for item in (repeated, *items)] == [True, False, False]
    assert track.queued == 5
    assert await way.steps(*items, way.put(track, 6)) == [Outcome.STORED] * 3


async def test_of_a_stream_that_others_moved_on_what_is_there_is_a_duplicate_and_what_fits_is_stored(way):
    track = await way.track(last_part=2)  # this process believes 0
    items = [way.put(track, part) for part in (1, 2, 3, 4)]
    outcomes = await way.steps(*items)
    assert outcomes == [Outcome.DUPLICATE, Outcome.DUPLICATE, Outcome.STORED, Outcome.STORED]
    assert await way.stored(track) == (2, 4, 2, 2)


@pytest.mark.parametrize("error", [asyncpg.DataError, asyncpg.DeadlockDetectedError, asyncpg.QueryCanceledError])
async def test_what_others_stored_is_a_duplicate_although_a_statement_failed_before(way, error):
    """A statement that was rolled back has stored nothing; only one whose answer was lost may have."""
    track = await way.track(last_part=2)  # this process believes 0
    items = [way.put(track, part) for part in (1, 2, 3)]
    way.faults.append(error("rolled back"))
    assert await way.steps(*items) == [Outcome.DUPLICATE, Outcome.DUPLICATE, Outcome.STORED]
    assert await way.stored(track) == (1, 3, 1, 2)


async def test_a_stream_goes_on_although_the_database_has_forgotten_parts_of_it(way):
    track = await way.track(last_part=1)
    track.queued = track.durable = 4  # a copy that lagged behind has taken over
    items = [way.put(track, 5), way.put(track, 6)]
    assert await way.steps(*items) == [Outcome.OUT_OF_ORDER] * 2
    assert (track.durable, track.queued) == (1, 1)
    assert await way.steps(way.put(track, 2)) == [Outcome.STORED]
    assert await way.stored(track) == (1, 2, 1, 0)


async def test_a_gap_within_a_group_is_out_of_order(way):
    track = await way.track()
    items = [way.put(track, 1), way.put(track, 3)]
    assert await way.steps(*items) == [Outcome.STORED, Outcome.OUT_OF_ORDER]
    assert await way.stored(track) == (1, 1, 1, 0)


@pytest.mark.parametrize("gone", [False, True], ids=["closed", "erased"])
async def test_a_session_that_ended_elsewhere_takes_nothing(way, gone):
    track = await way.track(closed=True)
    if gone:
        await way.rows.execute("DELETE FROM telemetry.positions WHERE session_key = $1", track.session_key)
    assert await way.steps(way.put(track, 1)) == [Outcome.SESSION_ENDED]
    assert track.closed


async def test_who_waits_when_the_process_stops_is_told(way):
    """Between two groups, and in the middle of one; nothing of it is stored, so it may be sent to another process."""
    track = await way.track()
    waiting, repeated = way.put(track, 2), way.put(track, 1)
    way.committer.put_duplicate(repeated)
    running = asyncio.create_task(way.committer.run())
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    way.put(track, 1)
    running = asyncio.create_task(way.committer.run())
    await asyncio.sleep(0)  # it connects
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert [item.done.result() for item in (waiting, repeated)] == [Outcome.UNAVAILABLE] * 2
    assert await way.stored(track) == (0, 0, 0, 0)


async def test_a_group_has_a_bounded_size(way, monkeypatch):
    monkeypatch.setattr(module, "GROUP_BYTES", 250)
    track = await way.track()
    items = [way.put(track, part) for part in range(1, 6)]
    await way.committer.step()
    assert [item.done.done() for item in items] == [True] * 3 + [False] * 2
    assert await way.steps(*items) == [Outcome.STORED] * 5
