# ruff: noqa: S608 - statements are put together from constants; every value is a parameter
"""What rollups add up to, on a raw connection: for half of the time that reports take through an ORM session.

Row-level security holds here as everywhere.
"""

from uuid import UUID

from services.telemetry.errors import SessionNotFound
from services.telemetry.repository.query import LAST_TIME, PRESENCE, NameTotals, PropertySessions, Span, span_between
from services.telemetry.repository.samples import Connection

_SESSION = """
SELECT ended_at_us, organization_id, session_key, create_time, end_time FROM telemetry.sessions WHERE session_id = $1
"""
_OF_SESSION = """
telemetry.rollups r
JOIN telemetry.names n ON n.organization_id = r.organization_id AND n.name_id = r.name_id
"""
_OBJECTS = f"""
SELECT n.name, r.gaze_samples, r.gaze_us, r.visits, r.interactions, r.presence_us FROM {_OF_SESSION}
WHERE r.session_key = $1 AND n.kind = 2 ORDER BY r.gaze_us DESC, n.name
"""


def _numbered(statement: str, *names: str) -> str:
    """Turn the named parameters of SQLAlchemy's `text` into Postgres's own."""
    for number, name in enumerate(names, 1):
        statement = statement.replace(f":{name}", f"${number}")
    return statement


_LAST_TIME = _numbered(LAST_TIME, "key", "first_day", "last_day")
# Of a session whose days have been dropped, presence stands in the rollups alone; of one that goes on, not yet there.
_ZONES = f"""
SELECT n.name, r.gaze_samples, r.gaze_us, r.visits, r.interactions, coalesce(p.presence_us, r.presence_us)::bigint
FROM {_OF_SESSION}
LEFT JOIN ({_numbered(PRESENCE, "key", "first_day", "last_day", "end_us")}) p ON p.zone_id = r.name_id
WHERE r.session_key = $1 AND n.kind = 1
"""
_PROPERTY_SESSIONS = """
SELECT count(*), count(DISTINCT nullif(participant_id, '')), coalesce(sum(ended_at_us - started_at_us), 0)::bigint,
  max(started_at_us)
FROM telemetry.sessions WHERE property_id = $1
"""
_PROPERTY_TOTALS = """
SELECT kind, name, gaze_samples, gaze_us, visits, interactions, presence_us FROM (
  SELECT *, row_number() OVER (PARTITION BY kind ORDER BY gaze_us DESC, presence_us DESC, name) AS place FROM (
    SELECT n.kind, n.name, sum(r.gaze_samples)::bigint AS gaze_samples, sum(r.gaze_us)::bigint AS gaze_us,
      sum(r.visits)::bigint AS visits, sum(r.interactions)::bigint AS interactions,
      sum(r.presence_us)::bigint AS presence_us
    FROM telemetry.sessions s
    JOIN telemetry.rollups r ON r.organization_id = s.organization_id AND r.session_key = s.session_key
    JOIN telemetry.names n ON n.organization_id = r.organization_id AND n.name_id = r.name_id
    WHERE s.property_id = $1 GROUP BY n.kind, n.name
  ) sums
) placed WHERE place <= $2 ORDER BY kind, place
"""


class ReportRepository:
    """Sums of sessions and properties."""

    def __init__(self, connection: Connection) -> None:
        """Read within the transaction of `connection` (`Database.fast_read`)."""
        self._connection = connection

    async def session(self, session_id: UUID) -> tuple[Span, int | None]:
        """Find the days of a session, and when it ended.

        Raises:
            SessionNotFound: there is none in the caller's organisation.
        """
        found = await self._connection.fetchrow(_SESSION, session_id)
        if found is None:
            raise SessionNotFound
        ended_at_us, *columns = found
        return span_between(*columns), ended_at_us

    async def last_time(self, span: Span) -> int:
        """Time of the last event or sample in microseconds since 1970; 0 when there is none."""
        return int(await self._connection.fetchval(_LAST_TIME, span.session_key, span.first_day, span.last_day))

    async def zones(self, span: Span, end_us: int) -> list[NameTotals]:
        """What each zone of a session drew; who has not left one by `end_us` was there until then."""
        rows = await self._connection.fetch(_ZONES, span.session_key, span.first_day, span.last_day, end_us)
        return [NameTotals(*row) for row in rows]

    async def objects(self, span: Span) -> list[NameTotals]:
        """What each object of a session drew, most gaze first."""
        return [NameTotals(*row) for row in await self._connection.fetch(_OBJECTS, span.session_key)]

    async def property_sessions(self, property_id: UUID) -> PropertySessions:
        """Count the sessions of a property."""
        return PropertySessions(*await self._connection.fetchrow(_PROPERTY_SESSIONS, property_id))

    async def property_totals(self, property_id: UUID, limit: int) -> dict[int, list[NameTotals]]:
        """Add up the rollups of all sessions of a property: by kind, so many of each, most gaze first."""
        found: dict[int, list[NameTotals]] = {}
        for kind, *row in await self._connection.fetch(_PROPERTY_TOTALS, property_id, limit):
            found.setdefault(kind, []).append(NameTotals(*row))
        return found
