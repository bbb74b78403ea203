"""Rows of sessions, their positions and the names that they use."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select, text

from services.chassis.db.database import ReadTransaction
from services.chassis.db.repository import Repository
from services.chassis.db.turns import take_turns
from services.chassis.paging import Page, PageOf
from services.telemetry.errors import SessionNotFound
from services.telemetry.models import Session
from services.telemetry.repository.refusals import Refused

BEAT_SECONDS = 60
"""A session's row is written for a heartbeat at most this often, however often a headset sends them."""


@dataclass(frozen=True, slots=True)
class Position:
    """How far a stream is committed, and what became of what it carried."""

    stream: int
    last_part: int
    stored: int
    duplicate: int
    rejected: int
    closed: bool
    lag_us: int | None = None
    epoch_first_us: int | None = None
    epoch_last_us: int | None = None
    """What its batches tell of the headset's clock: see `clock_offset`."""


@dataclass(frozen=True, slots=True)
class PropertyTotals:
    """What the ended sessions of a property add up to."""

    session_count: int
    duration_us: int
    gaze_us: int


class SessionRepository(Repository[Session]):
    """Sessions of the caller's organisation."""

    model = Session
    not_found = SessionNotFound

    async def by_id(self, session_id: UUID, *, lock: bool = False) -> Session:
        """Find a session by its public id, and lock it if asked to.

        Raises:
            SessionNotFound: there is none in the caller's organisation.
        """
        statement = select(Session).where(Session.session_id == session_id)
        if lock:
            statement = statement.with_for_update().execution_options(populate_existing=True)
        return await self._one(statement)

    async def list_page(
        self,
        page: Page,
        *,
        property_id: UUID | None,
        participant_id: str | None,
        state: str | None,
        started_from_us: int | None,
        started_before_us: int | None,
    ) -> PageOf[Session]:
        """Read one page, latest first."""
        statement = select(Session)
        if property_id is not None:
            statement = statement.where(Session.property_id == property_id)
        if participant_id is not None:
            statement = statement.where(Session.participant_id == participant_id)
        if state is not None:
            statement = statement.where(Session.state == state)
        if started_from_us is not None:
            statement = statement.where(Session.started_at_us >= started_from_us)
        if started_before_us is not None:
            statement = statement.where(Session.started_at_us < started_before_us)
        return await self.page(statement, by=(Session.started_at_us.desc(), Session.session_key.desc()), page=page)

    async def positions(self, session_key: int) -> list[Position]:
        """Read the positions of a session's streams, in their order."""
        rows = await self.session.execute(
            text(
                "SELECT stream, last_part, stored, duplicate, rejected, closed, lag_us, epoch_first_us, epoch_last_us "
                "FROM telemetry.positions WHERE session_key = :key ORDER BY stream"
            ),
            {"key": session_key},
        )
        return [Position(*row) for row in rows]

    async def refused(self, session_key: int) -> list[Refused]:
        """Read what of a session was refused whole, by reason."""
        rows = await self.session.execute(
            text("SELECT reason, batches, events FROM telemetry.refusals WHERE session_key = :key ORDER BY reason"),
            {"key": session_key},
        )
        return [Refused(*row) for row in rows]

    async def beat(self, session_key: int) -> None:
        """Note a sign of life of a session that takes events."""
        await self.session.execute(
            text(
                "UPDATE telemetry.sessions SET heartbeat_time = now() WHERE session_key = :key AND state = 'active' "
                "AND heartbeat_time < now() - make_interval(secs => :seconds)"
            ),
            {"key": session_key, "seconds": BEAT_SECONDS},
        )

    async def close_positions(self, session_key: int) -> None:
        """Let no more parts in; waits for commits that are under way."""
        await self.session.execute(
            text("UPDATE telemetry.positions SET closed = true WHERE session_key = :key"), {"key": session_key}
        )

    async def name_ids(self, organization_id: UUID, kind: int, names: Sequence[str]) -> dict[str, int]:
        """Find the ids of names, making new ones; in one order, so that two writers cannot deadlock."""
        values = {"organization_id": organization_id, "kind": kind, "names": sorted(set(names))}
        await self.session.execute(
            text(
                "INSERT INTO telemetry.names (organization_id, kind, name) "
                "SELECT :organization_id, :kind, unnest(CAST(:names AS text[])) ON CONFLICT DO NOTHING"
            ),
            values,
        )
        rows = await self.session.execute(
            text(
                "SELECT name, name_id FROM telemetry.names "
                "WHERE organization_id = :organization_id AND kind = :kind AND name = ANY(CAST(:names AS text[]))"
            ),
            values,
        )
        return {row.name: row.name_id for row in rows}

    async def last_sign(self, session: Session) -> datetime:
        """When a session that the caller has locked was last heard of; until the transaction ends no batch comes in."""
        received = await self.session.scalar(
            text(
                "SELECT max(receive_time) FROM "
                "(SELECT receive_time FROM telemetry.positions WHERE session_key = :key FOR UPDATE) p"
            ),
            {"key": session.session_key},
        )
        return max(session.create_time, session.heartbeat_time, received or session.create_time)

    async def idle_since(self, before: datetime, limit: int) -> list[tuple[UUID, UUID]]:
        """Find active sessions without a batch or a heartbeat since `before`: (organization_id, session_id)."""
        rows = await self.session.execute(
            text(
                "SELECT s.organization_id, s.session_id FROM telemetry.sessions s WHERE s.state = 'active' "
                "AND s.create_time < :before AND s.heartbeat_time < :before "
                "AND NOT EXISTS (SELECT 1 FROM telemetry.positions p "
                "WHERE p.organization_id = s.organization_id AND p.session_key = s.session_key "
                "AND p.receive_time >= :before) LIMIT :limit"
            ),
            {"before": before, "limit": limit},
        )
        return [(row.organization_id, row.session_id) for row in rows]

    async def gaze_of(self, session_key: int) -> tuple[int, str]:
        """Time of gaze on zones in microseconds, and the zone that drew most of it."""
        rows = (
            await self.session.execute(
                text(
                    "SELECT n.name, r.gaze_us FROM telemetry.rollups r JOIN telemetry.names n "
                    "ON n.organization_id = r.organization_id AND n.name_id = r.name_id "
                    "WHERE r.session_key = :key AND n.kind = 1 AND r.gaze_us > 0 ORDER BY r.gaze_us DESC, n.name"
                ),
                {"key": session_key},
            )
        ).all()
        return sum(row.gaze_us for row in rows), rows[0].name if rows else ""

    async def property_totals(self, organization_id: UUID, property_id: UUID) -> PropertyTotals:
        """Add up the ended sessions of a property; sessions that end meanwhile are added up after it, not beside it."""
        await take_turns(self.session, f"telemetry.property_totals/{organization_id}/{property_id}")
        row = (
            await self.session.execute(
                select(
                    func.count(),
                    func.coalesce(func.sum(Session.ended_at_us - Session.started_at_us), 0),
                ).where(Session.property_id == property_id, Session.state != "active")
            )
        ).one()
        gaze = await self.session.scalar(
            text(
                "SELECT coalesce(sum(r.gaze_us), 0) FROM telemetry.sessions s JOIN telemetry.rollups r "
                "ON r.organization_id = s.organization_id AND r.session_key = s.session_key "
                "JOIN telemetry.names n ON n.organization_id = r.organization_id AND n.name_id = r.name_id "
                "WHERE s.property_id = :property_id AND s.state <> 'active' AND n.kind = 1"
            ),
            {"property_id": property_id},
        )
        return PropertyTotals(row[0], int(row[1] or 0), int(gaze or 0))


class PartitionRepository:
    """Makes and drops the partitions of days."""

    def __init__(self, tx: ReadTransaction) -> None:
        """Work within `tx`, as the system."""
        self.session = tx.session

    async def create_ahead(self, days: int) -> int:
        """Make the partitions of yesterday, today and the next `days`; returns how many were missing."""
        made = await self.session.scalar(
            text("SELECT telemetry.create_partitions((now() AT TIME ZONE 'UTC')::date - 1, :days)"), {"days": days + 2}
        )
        return int(made or 0)

    async def drop_older(self, days: int) -> int:
        """Drop partitions of days more than `days` ago; returns how many."""
        dropped = await self.session.scalar(
            text("SELECT telemetry.drop_partitions((now() AT TIME ZONE 'UTC')::date - CAST(:days AS integer))"),
            {"days": days},
        )
        return int(dropped or 0)
