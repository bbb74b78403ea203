"""Recorded visits by the million: written by COPY, in the form in which the committer writes them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg
import numpy as np

from doorstep.vr.v1 import tracking_pb2
from services.chassis.ids import new_id
from services.telemetry.coordinates import AXES, System
from services.telemetry.operations.storing import OBJECT, ZONE, Stored, store
from services.telemetry.validation import Checked, fields_of
from services.telemetry.wire import INDEX, REAL, TIME, Batch, Column

HZ = 90
PARTS = 25
SAMPLES_OF_TRACK = 200
"""In a part: so many poses and so many gazes, two seconds."""
SAMPLES = PARTS * SAMPLES_OF_TRACK * 2
"""In a session."""
EVENTS_OF_PART = 4
SESSIONS_OF_PROPERTY = 20
AT_ONCE = 100
"""Visits that happen at the same time, so that their parts lie mixed, as those of live headsets do."""
ZONES = [f"room {n}" for n in range(12)]
OBJECTS = [f"thing {n}" for n in range(60)]

_TABLES = {
    "sample_chunks": "organization_id session_key stream part kind day samples first_us last_us data",
    "events": "organization_id session_key stream part ordinal kind day time_us zone_id object_id name x y z "
    "duration_us properties",
    "rollups": "organization_id session_key name_id gaze_samples gaze_us visits interactions",
    "positions": "organization_id session_key stream last_part stored closed",
}


@dataclass(frozen=True, slots=True)
class Visit:
    """A session that was written."""

    session_id: UUID
    property_id: UUID
    key: int


class Visits:
    """One organisation's ended sessions."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        """Write through a connection that row-level security does not hold (COPY knows none)."""
        self.organization_id = new_id()
        self.written: list[Visit] = []
        self.connection = connection
        """To write through; may be changed."""
        self._rng = np.random.default_rng(7)
        self._names: dict[tuple[int, str], int] = {}
        self._day = datetime.now(UTC).date()
        self._start_us = int(datetime.now(UTC).timestamp() * 1e6) - 600_000_000
        self._parts: list[Stored] = []

    async def prepare(self) -> None:
        """Name what can be looked at, and record the visits that all others repeat."""
        for kind, names in ((ZONE, ZONES), (OBJECT, OBJECTS)):
            rows = await self.connection.fetch(
                "INSERT INTO telemetry.names (organization_id, kind, name) SELECT $1, $2, unnest($3::text[]) "
                "RETURNING name, name_id",
                self.organization_id, kind, names,
            )  # fmt: skip
            self._names |= {(kind, row["name"]): row["name_id"] for row in rows}
        self._parts = [self._part(part) for _ in range(8) for part in range(1, PARTS + 1)]

    def _part(self, part: int) -> Stored:
        rng, count = self._rng, SAMPLES_OF_TRACK
        start = self._start_us + (part - 1) * count * 1_000_000 // HZ
        times = start + np.arange(count, dtype=TIME) * (1_000_000 // HZ)

        def reals(number: int) -> list[Column]:
            return [rng.standard_normal(count).astype(REAL) for _ in range(number)]

        zone = np.repeat(rng.integers(1, len(ZONES) + 1, 4), count // 4).astype(INDEX)
        thing = np.repeat(rng.integers(0, len(OBJECTS) + 1, 20), count // 20).astype(INDEX)
        batch = Batch(zones=ZONES, objects=OBJECTS)
        checked = Checked(
            events=[(n, fields_of(_event(n, int(times[n * 10]), part))) for n in range(EVENTS_OF_PART)],
            pose=(times, *reals(7)),
            gaze=(times, *reals(6), zone, thing),
        )
        return store(batch, checked, AXES[System.UNREAL], self._names)

    async def write(self, samples: int) -> None:
        """Write sessions until there are so many samples in all."""
        while (wanted := samples // SAMPLES - len(self.written)) > 0:
            new = await self._sessions(min(wanted, AT_ONCE))
            for table, records in self._rows(new).items():
                await self.connection.copy_records_to_table(
                    table, schema_name="telemetry", columns=_TABLES[table].split(), records=records
                )
            self.written += new
        await self.connection.execute("VACUUM ANALYZE")
        await self.connection.execute("CHECKPOINT")

    async def _sessions(self, count: int) -> list[Visit]:
        first = len(self.written)
        if first % SESSIONS_OF_PROPERTY == 0:
            self._properties = [new_id() for _ in range(-(-count // SESSIONS_OF_PROPERTY))]
        rows = [(new_id(), self._properties[n // SESSIONS_OF_PROPERTY]) for n in range(count)]
        end_us = self._start_us + PARTS * SAMPLES_OF_TRACK * 1_000_000 // HZ
        await self.connection.execute("SET session_replication_role = replica")  # none begins as one that has ended
        found = await self.connection.fetch(
            "INSERT INTO telemetry.sessions (organization_id, session_id, property_id, participant_id, state, "
            "coordinate_system, started_at_us, ended_at_us, device_model, app_version, scene, end_time) "
            "SELECT $1, s, p, p::text || n % 15, 'ended', 1, $4, $5, 'benchmark', '1', '', now() "
            "FROM unnest($2::uuid[], $3::uuid[]) WITH ORDINALITY AS x (s, p, n) RETURNING session_id, session_key",
            self.organization_id, [s for s, _ in rows], [p for _, p in rows], self._start_us, end_us,
        )  # fmt: skip
        keys = {row["session_id"]: row["session_key"] for row in found}
        return [Visit(session, home, keys[session]) for session, home in rows]

    def _rows(self, visits: Sequence[Visit]) -> dict[str, Iterator[tuple[Any, ...]] | list[tuple[Any, ...]]]:
        org, day = self.organization_id, self._day
        recorded = [
            (visit.key, part, self._parts[number % 8 * PARTS + part - 1])
            for part in range(1, PARTS + 1)
            for number, visit in enumerate(visits)
        ]
        sums: dict[tuple[int, int], list[int]] = {}
        for key, _, stored in recorded:
            for name_id, *values in stored.rollups:
                total = sums.setdefault((key, name_id), [0] * len(values))
                total[:] = map(sum, zip(total, values, strict=True))
        return {
            "sample_chunks": (
                (org, key, 0, part, kind, day, samples, first, last, data)
                for key, part, stored in recorded
                for kind, samples, first, last, data in stored.chunks
            ),
            "events": (
                (org, key, 0, part, ordinal, kind, day, *rest)
                for key, part, stored in recorded
                for ordinal, kind, *rest in stored.events
            ),
            "rollups": [(org, key, name_id, *values) for (key, name_id), values in sums.items()],
            "positions": [(org, v.key, 0, PARTS, SAMPLES + PARTS * EVENTS_OF_PART, True) for v in visits],
        }


def _event(ordinal: int, time_us: int, part: int) -> tracking_pb2.Event:
    """Enter, use, use, leave."""
    kinds = (
        tracking_pb2.EVENT_KIND_ZONE_ENTER,
        tracking_pb2.EVENT_KIND_INTERACTION,
        tracking_pb2.EVENT_KIND_INTERACTION,
        tracking_pb2.EVENT_KIND_ZONE_EXIT,
    )
    zone = ZONES[part % len(ZONES)]
    thing = OBJECTS[(part + ordinal) % len(OBJECTS)] if ordinal in (1, 2) else ""
    return tracking_pb2.Event(kind=kinds[ordinal], time_us=time_us, zone=zone, object=thing, name="used")
