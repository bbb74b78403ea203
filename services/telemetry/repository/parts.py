"""What the parts of a session's streams hold, for those who watch; on a raw connection, as it is read at every commit.

Row-level security holds here as everywhere.
"""

import json
from dataclasses import dataclass
from datetime import datetime

from services.telemetry.lifecycle import SessionState
from services.telemetry.repository.query import EVENT_COLUMNS, EventRow, Span
from services.telemetry.repository.samples import Connection


@dataclass(frozen=True, slots=True)
class Weight:
    """What reading one part takes."""

    part: int
    receive_time: datetime
    size: int
    """About so many bytes."""


@dataclass(frozen=True, slots=True)
class PartChunk:
    """The samples of one kind in a part."""

    part: int
    kind: int
    samples: int
    receive_time: datetime
    poses: bytes | None
    """A packed PoseTrack; None for other kinds, of which nobody is shown more than their number."""


_STANDING = """
SELECT s.state, p.stream, p.last_part FROM telemetry.sessions s
LEFT JOIN telemetry.positions p
  ON p.organization_id = s.organization_id AND p.session_key = s.session_key AND p.last_part > 0
WHERE s.organization_id = $1 AND s.session_key = $2
"""
_PARTS = "session_key = $1 AND day BETWEEN $2 AND $3 AND stream = $4 AND part BETWEEN $5 AND $6"
_WEIGHTS = f"""
SELECT part, min(receive_time), sum(size)::bigint FROM (
  SELECT part, receive_time, 200 + CASE kind WHEN 2 THEN octet_length(data) ELSE 0 END AS size
  FROM telemetry.sample_chunks WHERE {_PARTS}
  UNION ALL
  SELECT part, receive_time, 400 + coalesce(octet_length(properties::text), 0)
  FROM telemetry.events WHERE {_PARTS}
) held GROUP BY part ORDER BY part
"""  # noqa: S608 - constants
_CHUNKS = f"""
SELECT part, kind, samples, receive_time, CASE kind WHEN 2 THEN data END
FROM telemetry.sample_chunks WHERE {_PARTS} ORDER BY part, kind
"""  # noqa: S608 - constants
_EVENTS = f"""
{EVENT_COLUMNS} WHERE e.session_key = $1 AND e.day BETWEEN $2 AND $3 AND e.stream = $4 AND e.part BETWEEN $5 AND $6
ORDER BY e.part, e.ordinal
"""


class PartRepository:
    """The parts of one session."""

    def __init__(self, connection: Connection, span: Span) -> None:
        """Read within the transaction of `connection` (`Database.fast_read`)."""
        self._connection = connection
        self._span = span

    async def standing(self) -> tuple[bool, dict[int, int]]:
        """Whether the session is active, and the last committed part of each stream, as of one moment."""
        rows = await self._connection.fetch(_STANDING, self._span.organization_id, self._span.session_key)
        active = any(row[0] == SessionState.ACTIVE for row in rows)
        return active, {stream: part for _, stream, part in rows if stream is not None}

    async def weights(self, stream: int, parts: range) -> list[Weight]:
        """Weigh parts before reading them, in their order; parts of which nothing was stored are left out."""
        return [Weight(*row) for row in await self._connection.fetch(_WEIGHTS, *self._key(stream, parts))]

    async def chunks(self, stream: int, parts: range) -> list[PartChunk]:
        """Read samples, in the order of the parts."""
        return [PartChunk(*row) for row in await self._connection.fetch(_CHUNKS, *self._key(stream, parts))]

    async def events(self, stream: int, parts: range) -> list[EventRow]:
        """Read events in their order."""
        rows = await self._connection.fetch(_EVENTS, *self._key(stream, parts))
        return [EventRow(*(*row, properties and json.loads(properties))) for *row, properties in rows]

    def _key(self, stream: int, parts: range) -> tuple[object, ...]:
        span = self._span
        return span.session_key, span.first_day, span.last_day, stream, parts[0], parts[-1]
