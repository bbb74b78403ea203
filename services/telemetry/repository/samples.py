"""Chunks of samples on a raw connection: for half of the time that they take through an ORM session.

Row-level security holds here as everywhere.
"""

from collections.abc import AsyncIterator, Sequence
from typing import Any, NamedTuple, Protocol
from uuid import UUID

from services.telemetry.errors import SessionNotFound
from services.telemetry.repository.query import Span, span_between

CHUNKS_AT_A_TIME = 128


class Connection(Protocol):
    """What of asyncpg's connection is needed."""

    async def fetch(self, query: str, *args: Any) -> list[Any]:
        """All rows."""

    async def fetchrow(self, query: str, *args: Any) -> Any:
        """The first row, or None."""

    async def fetchval(self, query: str, *args: Any) -> Any:
        """The first column of the first row, or None."""


class ChunkRow(NamedTuple):
    """Samples of one batch, packed."""

    stream: int
    part: int
    samples: int
    first_us: int
    data: bytes


_SPAN = "SELECT organization_id, session_key, create_time, end_time FROM telemetry.sessions WHERE session_id = $1"
_ZONE = "SELECT name_id FROM telemetry.names WHERE organization_id = $1 AND kind = 1 AND name = $2"
_WITHIN = "session_key = $1 AND day BETWEEN $2 AND $3 AND kind = $4"
_COUNT = f"SELECT coalesce(sum(samples), 0) FROM telemetry.sample_chunks WHERE {_WITHIN}"  # noqa: S608 - constants
_CHUNKS = f"""
SELECT stream, part, samples, first_us, data FROM telemetry.sample_chunks
WHERE {_WITHIN} AND (first_us, stream, part) > ($5, $6, $7) ORDER BY first_us, stream, part LIMIT $8
"""  # noqa: S608 - constants
_BEFORE_ALL = (0, -1, 0)


class SampleRepository:
    """The chunks of one session."""

    def __init__(self, connection: Connection) -> None:
        """Read within the transaction of `connection` (`Database.fast_read`)."""
        self._connection = connection

    async def span(self, session_id: UUID) -> Span:
        """Find the days of a session.

        Raises:
            SessionNotFound: there is none in the caller's organisation.
        """
        found = await self._connection.fetchrow(_SPAN, session_id)
        if found is None:
            raise SessionNotFound
        return span_between(*found)

    async def zone_id(self, span: Span, name: str) -> int | None:
        """Find the id of a zone that was used before."""
        found: int | None = await self._connection.fetchval(_ZONE, span.organization_id, name)
        return found

    async def count(self, span: Span, kind: int) -> int:
        """Count samples of a kind."""
        return int(await self._connection.fetchval(_COUNT, *_key(span), kind))

    async def page(self, span: Span, kind: int, after: Sequence[int], limit: int) -> list[ChunkRow]:
        """Read chunks of a kind that come after (first_us, stream, part), in that order; `()` is the beginning."""
        rows = await self._connection.fetch(_CHUNKS, *_key(span), kind, *(after or _BEFORE_ALL), limit)
        return [ChunkRow(*row) for row in rows]

    async def chunks(self, span: Span, kind: int) -> AsyncIterator[ChunkRow]:
        """Read all chunks of a kind in the order of their times, a few at a time."""
        after: tuple[int, ...] = ()
        while True:
            rows = await self.page(span, kind, after, CHUNKS_AT_A_TIME)
            for row in rows:
                yield row
            if len(rows) < CHUNKS_AT_A_TIME:
                return
            after = (rows[-1].first_us, rows[-1].stream, rows[-1].part)


def _key(span: Span) -> tuple[Any, ...]:
    return span.session_key, span.first_day, span.last_day
