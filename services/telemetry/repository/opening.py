"""Beginning sessions, opening their streams and learning names, on a raw connection: one statement each.

After an outage all headsets come back at once, and each needs these before its first batch is stored. Row-level
security holds here as everywhere (`Database.fast_write`).
"""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from services.telemetry.lifecycle import SessionState
from services.telemetry.repository.samples import Connection
from services.telemetry.repository.session import BEAT_SECONDS, Position

TRIES = 3
"""What another transaction has just inserted is not visible to the statement that meets it, but to the next one."""

# Almost every headset sends on stream 0 and no other: it is opened at once.
_BEGIN = f"""
WITH new AS (
  INSERT INTO telemetry.sessions (organization_id, session_id, property_id, participant_id, state, coordinate_system,
    started_at_us, device_model, app_version, scene)
  VALUES ($1, $2, $3, $4, '{SessionState.ACTIVE}', $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING
  RETURNING session_key, property_id, coordinate_system, started_at_us
), first AS (
  INSERT INTO telemetry.positions (organization_id, session_key, stream) SELECT $1, session_key, 0 FROM new
)
SELECT true, * FROM new
UNION ALL
SELECT false, session_key, property_id, coordinate_system, started_at_us FROM telemetry.sessions
WHERE organization_id = $1 AND session_id = $2
"""  # noqa: S608 - constants
_RESUME = f"""
WITH beat AS (
  UPDATE telemetry.sessions SET heartbeat_time = now()
  WHERE organization_id = $1 AND session_key = $2 AND state = '{SessionState.ACTIVE}'
    AND heartbeat_time < now() - make_interval(secs => {BEAT_SECONDS})
)
SELECT stream, last_part, stored, duplicate, rejected, closed FROM telemetry.positions
WHERE organization_id = $1 AND session_key = $2 ORDER BY stream
"""  # noqa: S608 - constants
# The lock keeps the session from ending meanwhile. What another transaction changed while this one waited for it shows
# in the session's state but not in the position; of an ended session all positions are closed, whatever they look like.
_OPEN = f"""
WITH s AS (
  SELECT state FROM telemetry.sessions WHERE organization_id = $1 AND session_key = $2 FOR SHARE
), new AS (
  INSERT INTO telemetry.positions (organization_id, session_key, stream)
  SELECT $1, $2, $3 FROM s WHERE state = '{SessionState.ACTIVE}' ON CONFLICT DO NOTHING
)
SELECT coalesce(p.last_part, 0), coalesce(p.closed, false) OR s.state <> '{SessionState.ACTIVE}'
FROM s LEFT JOIN telemetry.positions p ON p.organization_id = $1 AND p.session_key = $2 AND p.stream = $3
"""  # noqa: S608 - constants
# In one order, so that two writers cannot deadlock; ids are not spent on names that are there.
_NAMES = """
WITH wanted AS (
  SELECT * FROM unnest($2::smallint[], $3::text[]) AS w (kind, name)
), known AS (
  SELECT n.kind, n.name, n.name_id FROM telemetry.names n JOIN wanted USING (kind, name) WHERE n.organization_id = $1
), new AS (
  INSERT INTO telemetry.names (organization_id, kind, name)
  SELECT $1, kind, name FROM wanted WHERE NOT EXISTS (
    SELECT FROM known WHERE known.kind = wanted.kind AND known.name = wanted.name
  ) ORDER BY kind, name ON CONFLICT DO NOTHING
  RETURNING kind, name, name_id
)
SELECT * FROM known UNION ALL SELECT * FROM new
"""


@dataclass(frozen=True, slots=True)
class NewSession:
    """What a headset says of the session that it begins."""

    session_id: UUID
    property_id: UUID
    participant_id: str
    coordinate_system: int
    started_at_us: int
    device_model: str
    app_version: str
    scene: str


@dataclass(frozen=True, slots=True)
class Opened:
    """A session that was begun or found again."""

    organization_id: UUID
    session_id: UUID
    created: bool
    session_key: int
    property_id: UUID
    coordinate_system: int
    started_at_us: int


class OpeningRepository:
    """Sessions of one organisation."""

    def __init__(self, connection: Connection, organization_id: UUID) -> None:
        """Work within the transaction of `connection` (`Database.fast_write`)."""
        self._connection = connection
        self._organization_id = organization_id

    async def begin(self, new: NewSession) -> Opened:
        """Insert a session with stream 0 at part 0, unless its id is there: then find it."""
        for _ in range(TRIES):
            row = await self._connection.fetchrow(
                _BEGIN,
                self._organization_id,
                new.session_id,
                new.property_id,
                new.participant_id,
                new.coordinate_system,
                new.started_at_us,
                new.device_model,
                new.app_version,
                new.scene,
            )
            if row is not None:
                return Opened(self._organization_id, new.session_id, *row)
        raise RuntimeError("a session is neither there nor can it be inserted")

    async def resume(self, session_key: int) -> list[Position]:
        """Note a sign of life of a session that takes events, and read the positions of its streams, in their order."""
        rows = await self._connection.fetch(_RESUME, self._organization_id, session_key)
        return [Position(*row) for row in rows]

    async def open(self, session_key: int, stream: int) -> tuple[int, bool]:
        """Make the position of a stream that is new, unless the session has ended: (last part, closed)."""
        row = await self._connection.fetchrow(_OPEN, self._organization_id, session_key, stream)
        return (row[0], row[1]) if row is not None else (0, True)

    async def name_ids(self, names: Collection[tuple[int, str]]) -> dict[tuple[int, str], int]:
        """Find the ids of names (kind, name), making new ones."""
        wanted = sorted(names)
        kinds, texts = [kind for kind, _ in wanted], [name for _, name in wanted]
        found: dict[tuple[int, str], int] = {}
        for _ in range(TRIES):
            rows = await self._connection.fetch(_NAMES, self._organization_id, kinds, texts)
            found = {(kind, name): name_id for kind, name, name_id in rows}
            if len(found) == len(wanted):
                return found
        raise RuntimeError("a name is neither there nor can it be inserted")
