"""Headsets that record while everything around them dies, and the checker of what became of it."""

import asyncio
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import asyncpg
import numpy as np

from doorstep_client.api.doorstep.vr.v1 import CoordinateSystem, EventKind
from doorstep_client.vr import Limits, SessionWriter
from services.telemetry.wire import decode_gaze, decode_pose
from tests.journeys.conftest import People

ZONES = ("hall", "kitchen", "bath")
THINGS = ("lamp", "oven")
GAP_US = 250_000
"""A gaze sample counts until the next one of its part, but no longer than this."""
STEP_US = 1_000

Totals = dict[str, tuple[int, int, int, int]]
"""By name: gaze samples, microseconds of gaze, visits, interactions."""


@dataclass
class Recorded:
    """What a headset has recorded, as it remembers it."""

    events: list[str] = field(default_factory=list)
    """Each has a name of its own."""
    poses: list[int] = field(default_factory=list)
    """Each has a time of its own."""
    gazes: list[int] = field(default_factory=list)
    rejected: int = 0
    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    """By name: gaze samples, visits, interactions."""

    @property
    def total(self) -> int:
        return len(self.events) + len(self.poses) + len(self.gazes) + self.rejected


class Visit:
    """One headset with a connection of its own."""

    def __init__(self, people: People, home: str, name: str, seed: int) -> None:
        self.recorded = Recorded()
        self.writer: SessionWriter
        self.accounting: Any = None
        self._people = people
        self._home = home
        self._name = name
        self._chance = random.Random(seed)
        self._stopping = asyncio.Event()
        self._go = asyncio.Event()
        self.opened = asyncio.Event()

    def begin(self) -> None:
        """Start recording."""
        self._go.set()

    def stop(self) -> None:
        """End the visit soon."""
        self._stopping.set()

    async def run(self) -> None:
        """Record until stopped, then end the session."""
        limits = Limits(batch_items=40, batch_seconds=0.05)
        async with self._people.headset() as client:
            writer = client.vr.session(property_id=self._home, coordinate_system=CoordinateSystem.OPENXR, limits=limits)
            async with writer:
                self.writer = writer
                self.opened.set()
                await self._go.wait()
                moment = writer.start_us - 3_600_000_000
                while not self._stopping.is_set():
                    moment = await self._record(moment)
                    await asyncio.sleep(0.05)
                self.accounting = await writer.close(timeout=120)

    async def _record(self, moment: int) -> int:
        """A twentieth of a second of a visit."""
        known, writer = self.recorded, self.writer
        zone, thing = self._chance.choice(ZONES), self._chance.choice(THINGS)
        name = f"{self._name}-{len(known.events)}"
        if self._chance.random() < 0.2:
            await writer.event(EventKind.ZONE_ENTER, zone=zone, name=name, time_us=moment)
            known.counts[zone, "visits"] += 1
        else:
            await writer.event(EventKind.INTERACTION, zone=zone, object=thing, name=name, time_us=moment)
            known.counts[zone, "interactions"] += 1
            known.counts[thing, "interactions"] += 1
        known.events.append(name)
        if self._chance.random() < 0.1:
            await writer.event(EventKind.ZONE_ENTER, time_us=moment)  # names no zone
            known.rejected += 1
        for _ in range(5):
            moment += STEP_US
            await writer.pose((0.0, 0.0, 0.0, 1.0), (0.0, 1.7, 0.0), time_us=moment)
            known.poses.append(moment)
            await writer.gaze((0.0, 0.0, -1.0), zone=zone, object=thing, time_us=moment)
            known.gazes.append(moment)
            known.counts[zone, "gaze"] += 1
            known.counts[thing, "gaze"] += 1
        return moment


async def faults_of(connection: asyncpg.Connection, visit: Visit) -> list[str]:
    """What is wrong with what is stored of a visit, compared with what it has recorded. Empty when all is well."""
    row = await connection.fetchrow(
        "SELECT organization_id, session_key FROM telemetry.sessions WHERE session_id = $1::text::uuid",
        visit.writer.session_id,
    )
    assert row is not None, "no such session"
    key = (row["organization_id"], row["session_key"])
    of = "WHERE organization_id = $1 AND session_key = $2"
    events = await connection.fetch(f"SELECT * FROM telemetry.events {of}", *key)
    chunks = await connection.fetch(f"SELECT kind, data FROM telemetry.sample_chunks {of}", *key)
    rejected = await connection.fetchval(f"SELECT count(*) FROM telemetry.rejected_events {of}", *key)
    positions = await connection.fetch(f"SELECT * FROM telemetry.positions {of}", *key)
    rollups = await connection.fetch(
        f"SELECT n.name, r.* FROM telemetry.rollups r JOIN telemetry.names n USING (organization_id, name_id) {of}",
        *key,
    )
    names = {
        row["name_id"]: row["name"]
        for row in await connection.fetch(
            "SELECT name_id, name FROM telemetry.names WHERE organization_id = $1", key[0]
        )
    }
    poses = [decode_pose(chunk["data"]) for chunk in chunks if chunk["kind"] == 2]
    gazes = [decode_gaze(chunk["data"]) for chunk in chunks if chunk["kind"] == 3]
    known = visit.recorded
    found = [
        *_differ("events", known.events, [row["name"] for row in events]),
        *_differ("poses", known.poses, [at for columns in poses for at in columns[0].tolist()]),
        *_differ("gazes", known.gazes, [at for columns in gazes for at in columns[0].tolist()]),
    ]
    if rejected != known.rejected:
        found.append(f"rejected: {known.rejected} recorded, {rejected} kept")
    stored = known.total - known.rejected
    if sum(row["stored"] for row in positions) != stored or sum(row["rejected"] for row in positions) != rejected:
        found.append(f"positions do not add up to {stored} stored and {rejected} rejected")
    shown: Totals = {
        row["name"]: (row["gaze_samples"], row["gaze_us"], row["visits"], row["interactions"]) for row in rollups
    }
    if shown != (computed := _recompute(events, gazes, names)):
        found.append(f"rollups are {shown}, computed again {computed}")
    counted = {
        (name, what): count
        for name, (gaze, _, visits, interactions) in shown.items()
        for what, count in (("gaze", gaze), ("visits", visits), ("interactions", interactions))
        if count
    }
    if counted != dict(known.counts):
        found.append(f"rollups count {counted}, recorded {dict(known.counts)}")
    return found


def _differ(what: str, recorded: Sequence[Any], stored: Sequence[Any]) -> list[str]:
    lost, more = Counter(recorded) - Counter(stored), Counter(stored) - Counter(recorded)
    found = [f"{what}: {lost.total()} lost, such as {next(iter(lost))}"] if lost else []
    return [*found, *([f"{what}: {more.total()} too many, such as {next(iter(more))}"] if more else [])]


def _recompute(events: Sequence[asyncpg.Record], gazes: Sequence[Sequence[Any]], names: dict[int, str]) -> Totals:
    """The rollups, from everything stored and without the service's code."""
    totals: dict[str, list[int]] = {}
    for time, *_, zones, things in gazes:
        spans = np.minimum(np.diff(time), GAP_US).tolist()
        spans.append(spans[-1] if spans else 0)
        for column in (zones, things):
            for name_id, span in zip(column.tolist(), spans, strict=True):
                if name_id:
                    total = totals.setdefault(names[name_id], [0, 0, 0, 0])
                    total[0] += 1
                    total[1] += span
    for event in events:
        for name_id in (event["zone_id"], event["object_id"]):
            if name_id:
                total = totals.setdefault(names[name_id], [0, 0, 0, 0])
                total[2] += event["kind"] == EventKind.ZONE_ENTER and name_id == event["zone_id"]
                total[3] += event["kind"] == EventKind.INTERACTION
    return {name: (t[0], t[1], t[2], t[3]) for name, t in totals.items()}
