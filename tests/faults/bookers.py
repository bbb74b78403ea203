"""Buyers who want the same times, called without the network between, so that the database is what they meet at."""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import select

from services.chassis.actor import Actor, CallerKind, system_for
from services.chassis.db.database import Database
from services.chassis.ids import new_id
from services.chassis.interceptors.errors import translate
from services.visit.lifecycle import LIVING
from services.visit.models.visit import Visit
from services.visit.operations import visit as operations
from services.visit.peers import ListingFacts
from services.visit.slots import Span
from tests.chassis.bakery import engine_for, settings_for
from tests.faults.linearizable import UNKNOWN, Call
from tests.fixtures.servers import TestDatabase

CONNECTIONS = 100
"""As many bookers are in the database at once."""
HALF_HOUR = timedelta(minutes=30)
BROKEN = "DEPENDENCY_UNAVAILABLE"
"""The outcome of a call whose connection died: nobody knows whether it was done."""


def a_listing() -> ListingFacts:
    """A home with an agent of its own."""
    return ListingFacts(new_id(), new_id(), new_id(), new_id(), "ACTIVE", None)


def a_buyer() -> Actor:
    return Actor(CallerKind.USER, user_id=new_id())


class Desk:
    """Where visits are requested, moved and called off: the operations of the service, and what came of them."""

    def __init__(self, database: Database) -> None:
        self._db = database
        self._room = asyncio.Semaphore(CONNECTIONS)
        self._now = datetime.now(UTC)

    def span(self, slot: int) -> Span:
        """Half an hour, the next one after it for the next number."""
        start = self._now.replace(minute=0, second=0, microsecond=0) + timedelta(days=2) + slot * HALF_HOUR
        return start, start + HALF_HOUR

    async def request(self, listing: ListingFacts, buyer: Actor, span: Span) -> UUID:
        async with self._room, self._db.transaction(system_for(listing.organization_id)) as tx:
            values = {"time_zone": "UTC"}
            return (await operations.request_visit(tx, buyer, listing, span, values=values, now=self._now)).id

    async def move(self, listing: ListingFacts, buyer: Actor, visit_id: UUID, span: Span) -> None:
        async with self._room, self._db.transaction(system_for(listing.organization_id)) as tx:
            await operations.reschedule_visit(tx, buyer, visit_id, span, etag="", reason="", now=self._now)

    async def cancel(self, buyer: Actor, visit_id: UUID) -> None:
        async with self._room, self._db.transaction(buyer) as tx:
            await operations.cancel_visit(tx, buyer, visit_id, etag="", reason="", now=self._now)

    async def holders(self, listing: ListingFacts, slots: int) -> tuple[tuple[UUID, ...], ...]:
        """Who is in living visits of an agent, by slot."""
        found: list[list[UUID]] = [[] for _ in range(slots)]
        numbers = {self.span(slot)[0]: slot for slot in range(slots)}
        statement = select(Visit.start_time, Visit.buyer_id).where(
            Visit.agent_id == listing.agent_id, Visit.state.in_(LIVING)
        )
        async with self._room, self._db.read(system_for(listing.organization_id)) as tx:
            for start, buyer_id in (await tx.session.execute(statement)).all():
                found[numbers[start]].append(buyer_id)
        return tuple(tuple(sorted(one)) for one in found)


async def outcome(work: Awaitable[Any]) -> tuple[str, Any]:
    """`OK` and the answer, or the reason by which a caller is refused."""
    try:
        return "OK", await work
    except Exception as error:
        refusal = translate(error)
        if refusal is None:
            raise
        return refusal.reason, None


@asynccontextmanager
async def desk_at(database: TestDatabase, redis_url: str, folder: Path) -> AsyncIterator[Desk]:
    settings = settings_for(database.url, redis_url, folder)
    async with engine_for(settings.model_copy(update={"database_pool_size": CONNECTIONS})) as engine:
        yield Desk(Database(engine, "visit"))


# --- histories ------------------------------------------------------------------------------------------------------

State = tuple[UUID | None, ...]
"""Who has each slot of an agent."""


def one_agent(state: State, verb: str, subject: Any) -> tuple[Any, State]:
    """An agent's calendar as a single caller would see it."""
    if verb == "read":
        return tuple(() if one is None else (one,) for one in state), state
    buyer, slot = subject
    if verb == "request":
        if state[slot] is not None:
            return "SLOT_TAKEN", state
        return "OK", (*state[:slot], buyer, *state[slot + 1 :])
    if buyer not in state:
        return "VISIT_STATE", state
    without = tuple(None if one == buyer else one for one in state)
    if verb == "cancel":
        return "OK", without
    if without[slot] is not None:
        return "SLOT_TAKEN", state
    return "OK", (*without[:slot], buyer, *without[slot + 1 :])


@dataclass
class Agent:
    """One agent with a few slots, and all that callers have seen of them."""

    desk: Desk
    chance: random.Random
    slots: int = 3
    moves: bool = True
    listing: ListingFacts = field(default_factory=a_listing)
    history: list[Call] = field(default_factory=list)
    visits: dict[UUID, tuple[Actor, UUID]] = field(default_factory=dict)
    """Buyers whose requests were granted, with their visits."""

    @property
    def start(self) -> State:
        """Nobody has anything."""
        return (None,) * self.slots

    async def work(self, callers: int, calls: int) -> None:
        """Let some callers make some calls altogether, each one after another."""
        left = iter(range(calls))

        async def caller() -> None:
            for _ in left:
                await self._one()

        await asyncio.gather(*(caller() for _ in range(callers)))

    async def _one(self) -> None:
        slot, dice = self.chance.randrange(self.slots), self.chance.random()
        if dice < 0.15:
            await self._call("read", None, self.desk.holders(self.listing, self.slots))
        elif dice < 0.5 or not self.visits:
            buyer = a_buyer()
            # Homes differ, so that it is the agent's calendar that decides.
            listing = replace(self.listing, property_id=new_id(), listing_id=new_id())
            visit_id = await self._call(
                "request", (buyer.user_id, slot), self.desk.request(listing, buyer, self.desk.span(slot))
            )
            if visit_id is not None and buyer.user_id is not None:
                self.visits[buyer.user_id] = buyer, visit_id
        else:
            user_id = self.chance.choice(list(self.visits))
            buyer, visit_id = self.visits[user_id]
            if dice < 0.75 and self.moves:
                moving = self.desk.move(self.listing, buyer, visit_id, self.desk.span(slot))
                await self._call("move", (user_id, slot), moving)
            else:
                await self._call("cancel", (user_id, slot), self.desk.cancel(buyer, visit_id))
                if self.chance.random() < 0.7:  # the others are called off again, or moved, in vain
                    self.visits.pop(user_id, None)

    async def _call(self, verb: str, subject: Any, work: Awaitable[Any]) -> Any:
        call = Call(time.monotonic(), verb, subject)
        self.history.append(call)
        reason, answer = await outcome(work)
        if verb == "read":
            if reason == "OK":
                call.outcome, call.ended = answer, time.monotonic()
            else:
                self.history.remove(call)  # it changed nothing and saw nothing
        elif reason != BROKEN:
            call.outcome, call.ended = reason, time.monotonic()
        return answer

    @property
    def broken(self) -> int:
        """Calls of which nobody knows what became."""
        return sum(call.outcome is UNKNOWN for call in self.history)


async def kill_backends(database: TestDatabase, due: Callable[[], bool], stopping: asyncio.Event) -> int:
    """Kill connections in the middle of their transactions, one whenever it is due; answers with how many."""
    killed = owed = 0
    connection = await asyncpg.connect(database.superuser_url)
    try:
        while not stopping.is_set():
            owed += due()
            if owed:  # at this moment all may be idle: then at the next
                ended = await connection.fetchval(
                    """
                    SELECT count(*) FILTER (WHERE pg_terminate_backend(pid)) FROM (
                        SELECT pid FROM pg_stat_activity
                        WHERE datname = current_database() AND usename = 'doorstep_app' AND state <> 'idle'
                        ORDER BY random() LIMIT 1
                    ) AS busy
                    """
                )
                killed, owed = killed + ended, owed - ended
            await asyncio.sleep(0.01)
    finally:
        await connection.close()
    return killed
