# ruff: noqa: S608 - statements are put together from constants; every value is a parameter
"""What sessions recorded: events, chunks of samples, rollups, rejected events. Filtering happens here, in SQL."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text

from services.chassis.db.database import ReadTransaction
from services.chassis.paging import Page, PageOf
from services.telemetry.models import Session


@dataclass(frozen=True, slots=True)
class Span:
    """A session, and the days whose partitions can hold something of it."""

    organization_id: UUID
    session_key: int
    first_day: date
    last_day: date

    def up_to_now(self) -> "Span":
        """The days of a session that lasts longer than one thought when it was looked up."""
        return replace(self, last_day=max(self.last_day, datetime.now(UTC).date() + timedelta(days=1)))

    @property
    def values(self) -> dict[str, Any]:
        """As parameters of a statement."""
        return {"key": self.session_key, "first_day": self.first_day, "last_day": self.last_day}


def span_of(session: Session) -> Span:
    """The days of a session: from its first message to its end, or tomorrow."""
    return span_between(session.organization_id, session.session_key, session.create_time, session.end_time)


def span_between(organization_id: UUID, session_key: int, create_time: datetime, end_time: datetime | None) -> Span:
    """As `span_of`, from a session's columns."""
    end = end_time or datetime.now(UTC)
    return Span(
        organization_id,
        session_key,
        create_time.astimezone(UTC).date() - timedelta(days=1),
        end.astimezone(UTC).date() + timedelta(days=1),
    )


@dataclass(frozen=True, slots=True)
class EventRow:
    """A discrete event with its names."""

    stream: int
    part: int
    ordinal: int
    kind: int
    time_us: int
    receive_time: datetime
    zone: str
    object: str
    name: str
    x: float
    y: float
    z: float
    duration_us: int
    properties: Mapping[str, str] | None


@dataclass(frozen=True, slots=True)
class NameTotals:
    """What one zone or object drew, in one session or many."""

    name: str
    gaze_samples: int
    gaze_us: int
    visits: int
    interactions: int
    presence_us: int


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """An event or sample that was not stored."""

    stream: int
    part: int
    batch_column: int
    ordinal: int
    reason: int
    payload: Any
    receive_time: datetime


@dataclass(frozen=True, slots=True)
class PropertySessions:
    """The sessions of a property, counted."""

    sessions: int
    participants: int
    duration_us: int
    last_started_us: int | None


_WITHIN = "session_key = :key AND day BETWEEN :first_day AND :last_day"

EVENT_COLUMNS = """
SELECT e.stream, e.part, e.ordinal, e.kind, e.time_us, e.receive_time, coalesce(zone.name, '') AS zone,
  coalesce(thing.name, '') AS object, e.name, e.x, e.y, e.z, e.duration_us, e.properties
FROM telemetry.events e
LEFT JOIN telemetry.names zone ON zone.organization_id = e.organization_id AND zone.name_id = e.zone_id
LEFT JOIN telemetry.names thing ON thing.organization_id = e.organization_id AND thing.name_id = e.object_id
"""
_EVENTS = f"{EVENT_COLUMNS} WHERE e.session_key = :key AND e.day BETWEEN :first_day AND :last_day"

# A visit ends with its exit; where that was lost, when another zone is entered, or at the end of the session.
# Looked for from the end: a window that ends where the row is grows with each row, one that begins there is gone
# through anew for each.
PRESENCE = f"""
SELECT zone_id, sum(greatest(0, until_us - time_us)) AS presence_us FROM (
  SELECT kind, zone_id, time_us, least(:end_us, coalesce(
    CASE WHEN lead(kind) OVER zone = 3 THEN lead(time_us) OVER zone END,
    min(CASE WHEN kind = 2 THEN time_us END) OVER (ORDER BY time_us DESC, stream DESC, part DESC, ordinal DESC
      ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING),
    :end_us)) AS until_us
  FROM telemetry.events WHERE {_WITHIN} AND kind IN (2, 3)
  WINDOW zone AS (PARTITION BY zone_id ORDER BY time_us, stream, part, ordinal)
) moves WHERE kind = 2 GROUP BY zone_id
"""


LAST_TIME = f"""
SELECT greatest((SELECT coalesce(max(time_us), 0) FROM telemetry.events WHERE {_WITHIN}),
  (SELECT coalesce(max(last_us), 0) FROM telemetry.sample_chunks WHERE {_WITHIN}))
"""


class QueryRepository:
    """Reads of one session or property."""

    def __init__(self, tx: ReadTransaction) -> None:
        """Work within `tx`; row-level security shows the caller's organisation only."""
        self.session = tx.session

    async def events_page(self, span: Span, page: Page, *, kind: int | None, zone: str | None) -> PageOf[EventRow]:
        """Read one page of events in the order of their times."""
        after = page.after or ()
        rows = await self._events(span, page.size + 1, after=after, kind=kind, zone=zone)
        return page.cut(rows, key=lambda e: (e.time_us, e.stream, e.part, e.ordinal))

    async def events_after(self, span: Span, after: Sequence[int], limit: int) -> list[EventRow]:
        """Read events that come after (time_us, stream, part, ordinal)."""
        return await self._events(span, limit, after=after, kind=None, zone=None)

    async def _events(
        self, span: Span, limit: int, *, after: Sequence[Any], kind: int | None, zone: str | None
    ) -> list[EventRow]:
        statement, values = _EVENTS, {**span.values, "limit": limit}
        if kind is not None:
            statement, values["kind"] = f"{statement} AND e.kind = :kind", kind
        if zone is not None:
            # By id: the name is looked up once, and the index on zones is used.
            statement += " AND e.zone_id <> 0 AND e.zone_id = (SELECT name_id FROM telemetry.names WHERE kind = 1"
            statement += " AND name = :zone)"
            values["zone"] = zone
        if after:
            statement += " AND (e.time_us, e.stream, e.part, e.ordinal) > (:t, :s, :p, :o)"
            values |= dict(zip("tspo", after, strict=True))
        statement += " ORDER BY e.time_us, e.stream, e.part, e.ordinal LIMIT :limit"
        return [EventRow(*row) for row in await self.session.execute(text(statement), values)]

    async def last_time(self, span: Span) -> int:
        """Time of the last event or sample in microseconds since 1970; 0 when there is none."""
        return int(await self.session.scalar(text(LAST_TIME), span.values) or 0)

    async def fold_presence(self, span: Span, end_us: int) -> None:
        """Write presence into the rollups of a session that ends, so that reports need not read its events."""
        await self.session.execute(
            text(
                f"""INSERT INTO telemetry.rollups (organization_id, session_key, name_id, gaze_samples, gaze_us,
                visits, interactions, presence_us)
                SELECT CAST(:organization_id AS uuid), :key, zone_id, 0, 0, 0, 0, presence_us FROM ({PRESENCE}) p
                ON CONFLICT (organization_id, session_key, name_id)
                DO UPDATE SET presence_us = excluded.presence_us"""
            ),
            {**span.values, "end_us": end_us, "organization_id": span.organization_id},
        )

    async def rejected_page(self, span: Span, page: Page) -> PageOf[RejectedRow]:
        """Read one page of rejected events in the order in which they were sent."""
        condition = "AND (stream, part, batch_column, ordinal) > (:s, :p, :c, :o)" if page.after else ""
        rows = await self.session.execute(
            text(
                "SELECT stream, part, batch_column, ordinal, reason, payload, receive_time "
                f"FROM telemetry.rejected_events WHERE {_WITHIN} {condition} "
                "ORDER BY stream, part, batch_column, ordinal LIMIT :limit"
            ),
            {**span.values, "limit": page.size + 1, **dict(zip("spco", page.after or (), strict=False))},
        )
        return page.cut(
            [RejectedRow(*row) for row in rows], key=lambda r: (r.stream, r.part, r.batch_column, r.ordinal)
        )

    async def rejected_events(self, span: Span, after: Sequence[int], limit: int) -> list[RejectedRow]:
        """Read and lock discrete events that were rejected and come after (stream, part, ordinal)."""
        condition = "AND (stream, part, ordinal) > (:s, :p, :o)" if after else ""
        rows = await self.session.execute(
            text(
                "SELECT stream, part, batch_column, ordinal, reason, payload, receive_time "
                f"FROM telemetry.rejected_events WHERE {_WITHIN} AND batch_column = 1 AND NOT payload ? 'truncated' "
                f"{condition} ORDER BY stream, part, ordinal LIMIT :limit FOR UPDATE"
            ),
            {**span.values, "limit": limit, **dict(zip("spo", after, strict=False))},
        )
        return [RejectedRow(*row) for row in rows]

    async def restore(self, span: Span, row: RejectedRow, event: tuple[Any, ...]) -> None:
        """Move a rejected event to the events; `event` is as in the committer's Item."""
        names = [
            "ordinal",
            "kind",
            "time_us",
            "zone_id",
            "object_id",
            "name",
            "x",
            "y",
            "z",
            "duration_us",
            "properties",
        ]
        values = {
            **span.values,
            "organization_id": span.organization_id,
            "stream": row.stream,
            "part": row.part,
            "day": row.receive_time.astimezone(UTC).date(),
            "column": row.batch_column,
            **dict(zip(names, event, strict=True)),
        }
        await self.session.execute(
            text(
                "INSERT INTO telemetry.events (organization_id, session_key, stream, part, ordinal, kind, day, "
                "time_us, zone_id, object_id, name, x, y, z, duration_us, properties, receive_time) VALUES "
                "(:organization_id, :key, :stream, :part, :ordinal, :kind, :day, :time_us, :zone_id, :object_id, "
                ":name, :x, :y, :z, :duration_us, CAST(:properties AS jsonb), now())"
            ),
            values,
        )
        await self.session.execute(
            text(
                f"DELETE FROM telemetry.rejected_events WHERE {_WITHIN} AND stream = :stream AND part = :part "
                "AND batch_column = :column AND ordinal = :ordinal"
            ),
            values,
        )
        await self.session.execute(
            text(
                "UPDATE telemetry.positions SET stored = stored + 1, rejected = rejected - 1 "
                "WHERE session_key = :key AND stream = :stream"
            ),
            values,
        )

    async def add_rollup(self, span: Span, rollup: tuple[int, int, int, int, int]) -> None:
        """Add to a rollup; `rollup` is as in the committer's Item."""
        names = ("name_id", "samples", "gaze_us", "visits", "interactions")
        await self.session.execute(
            text(
                "INSERT INTO telemetry.rollups AS t (organization_id, session_key, name_id, gaze_samples, gaze_us, "
                "visits, interactions) VALUES (:organization_id, :key, :name_id, :samples, :gaze_us, :visits, "
                ":interactions) ON CONFLICT (organization_id, session_key, name_id) DO UPDATE SET "
                "gaze_samples = t.gaze_samples + excluded.gaze_samples, gaze_us = t.gaze_us + excluded.gaze_us, "
                "visits = t.visits + excluded.visits, interactions = t.interactions + excluded.interactions"
            ),
            {**span.values, "organization_id": span.organization_id, **dict(zip(names, rollup, strict=True))},
        )

    async def rejected_count(self, span: Span) -> int:
        """Count what is rejected still."""
        statement = f"SELECT count(*) FROM telemetry.rejected_events WHERE {_WITHIN}"
        return int(await self.session.scalar(text(statement), span.values) or 0)
