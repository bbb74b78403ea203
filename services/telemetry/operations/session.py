"""Beginning and ending sessions, and their account."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from services.chassis.actor import Actor
from services.chassis.db.database import ReadTransaction, Transaction
from services.chassis.errors import InvalidFields, PermissionMissing, Violation
from services.telemetry.clock_offset import Offset, better
from services.telemetry.errors import SessionConflict, SessionEnded
from services.telemetry.events import microseconds, session_ended
from services.telemetry.lifecycle import LIFECYCLE, SessionState
from services.telemetry.models import Session
from services.telemetry.repository.opening import NewSession, Opened, OpeningRepository
from services.telemetry.repository.query import QueryRepository, span_of
from services.telemetry.repository.refusals import Refused
from services.telemetry.repository.samples import Connection
from services.telemetry.repository.session import Position, SessionRepository
from services.telemetry.validation import FUTURE_US

ABANDONED_AFTER = timedelta(hours=4)


@dataclass(frozen=True, slots=True)
class Started:
    """A session that takes events, and how far it has come."""

    session: Opened
    positions: list[Position]


@dataclass(frozen=True, slots=True)
class Accounting:
    """received = stored + duplicate + rejected + refused."""

    stored: int
    duplicate: int
    rejected: int
    declared: int
    refusals: Sequence[Refused] = ()

    @property
    def refused(self) -> int:
        """Events and samples of batches that were refused whole."""
        return sum(r.events for r in self.refusals)

    @property
    def received(self) -> int:
        """Everything that reached us, but for batches that the headset was asked to send again."""
        return self.stored + self.duplicate + self.rejected + self.refused

    @property
    def missing(self) -> int:
        """What the headset says it recorded and is neither stored nor kept as rejected."""
        return max(0, self.declared - self.stored - self.rejected) if self.declared else 0


def own_organization(actor: Actor) -> UUID:
    """The organisation that the caller acts for.

    Raises:
        PermissionMissing: it acts for none, so nothing can be its own.
    """
    if actor.organization_id is None:
        raise PermissionMissing(metadata={"permission": "telemetry.ingest"})
    return actor.organization_id


def may_begin(new: NewSession, *, now: datetime) -> NewSession:
    """Look at what a headset says of a new session before anything is written; where it names no start, it is now.

    Raises:
        InvalidFields: it begins in the future.
    """
    now_us = microseconds(now)
    if new.started_at_us > now_us + FUTURE_US:
        raise InvalidFields(
            metadata={"fields": "started_at_us"},
            violations=[Violation("started_at_us", "must not be more than 60 s in the future")],
        )
    return new if new.started_at_us else replace(new, started_at_us=now_us)


async def start_session(connection: Connection, actor: Actor, new: NewSession) -> Started:
    """Begin a session that `may_begin`, or find it again.

    Args:
        connection: Within `Database.fast_write`: after an outage all headsets come back at once.
        actor: Who calls.
        new: The session.

    Raises:
        SessionConflict: the id is in use with another property or coordinate system.
        PermissionMissing: the caller acts for no organisation.
    """
    sessions = OpeningRepository(connection, own_organization(actor))
    session = await sessions.begin(new)
    if (session.property_id, session.coordinate_system) != (new.property_id, new.coordinate_system):
        raise SessionConflict
    if session.created:
        return Started(session, [Position(stream=0, last_part=0, stored=0, duplicate=0, rejected=0, closed=False)])
    return Started(session, await sessions.resume(session.session_key))


async def end_session(
    tx: Transaction, session_id: UUID, *, ended_at_us: int, recorded_count: int, now: datetime, verb: str = "end"
) -> Accounting:
    """End a session and account for it; a session that has ended stays as it is.

    Raises:
        SessionNotFound: there is none in the caller's organisation.
        InvalidFields: it ends before it began, or in the future.
    """
    sessions = SessionRepository(tx)
    session = await sessions.by_id(session_id, lock=True)
    if session.state == SessionState.ACTIVE:
        now_us = microseconds(now)
        ended = ended_at_us or max(now_us, session.started_at_us)
        if not session.started_at_us <= ended <= now_us + FUTURE_US:
            raise InvalidFields(
                metadata={"fields": "ended_at_us"},
                violations=[Violation("ended_at_us", "must lie between the start and 60 s from now")],
            )
        LIFECYCLE.apply(session, verb, at=now)
        session.ended_at_us = ended
        session.declared_count = recorded_count
        await tx.session.flush()
        await sessions.close_positions(session.session_key)
        positions = await sessions.positions(session.session_key)
        _note_clock(session, positions)
        account = accounting(session, positions, await sessions.refused(session.session_key))
        await QueryRepository(tx).fold_presence(span_of(session), ended)
        gaze_us, top_zone = await sessions.gaze_of(session.session_key)
        totals = await sessions.property_totals(session.organization_id, session.property_id)
        tx.publish(
            session_ended(session, stored_count=account.stored, gaze_us=gaze_us, top_zone=top_zone, totals=totals),
            key=str(session.property_id),
            organization_id=session.organization_id,
        )
        return account
    positions = await sessions.positions(session.session_key)
    return accounting(session, positions, await sessions.refused(session.session_key))


def accounting(session: Session, positions: Sequence[Position], refusals: Sequence[Refused]) -> Accounting:
    """Add up the streams of a session."""
    return Accounting(
        stored=sum(p.stored for p in positions),
        duplicate=sum(p.duplicate for p in positions),
        rejected=sum(p.rejected for p in positions),
        declared=session.declared_count,
        refusals=refusals,
    )


def _note_clock(session: Session, positions: Sequence[Position]) -> None:
    """Keep what the batches tell of the headset's clock; its pings, where there were any, tell it better."""
    if session.clock_offset_us is None:
        session.clock_offset_us = min((p.lag_us for p in positions if p.lag_us is not None), default=None)
    first = [p.epoch_first_us for p in positions if p.epoch_first_us is not None]
    last = [p.epoch_last_us for p in positions if p.epoch_last_us is not None]
    session.clock_step_us = max(last) - min(first) if first and last else None


async def get_accounting(tx: ReadTransaction, session_id: UUID) -> tuple[Accounting, list[Position]]:
    """Account for a session, ended or not.

    Raises:
        SessionNotFound: there is none in the caller's organisation.
    """
    sessions = SessionRepository(tx)
    session = await sessions.by_id(session_id)
    positions = await sessions.positions(session.session_key)
    return accounting(session, positions, await sessions.refused(session.session_key)), positions


async def heartbeat(tx: Transaction, session_id: UUID, found: Offset | None, *, active: bool = False) -> Offset | None:
    """Note a sign of life, and the better of two estimates of the headset's clock, which is returned.

    Args:
        tx: A transaction of the caller.
        session_id: The session.
        found: A new estimate, if there is one.
        active: Insist on a session that takes events.

    Raises:
        SessionNotFound: there is none in the caller's organisation.
        SessionEnded: it has ended, and `active` was insisted on.
    """
    sessions = SessionRepository(tx)
    session = await sessions.by_id(session_id, lock=found is not None)
    if active and session.state != SessionState.ACTIVE:
        raise SessionEnded(metadata={"state": session.state.upper(), "allowed_states": "ACTIVE"})
    await sessions.beat(session.session_key)
    known = None
    if session.clock_offset_us is not None and session.clock_error_us is not None:
        known = Offset(session.clock_offset_us, session.clock_error_us)
    best = better(known, found)
    if best is not None and best != known:
        session.clock_offset_us, session.clock_error_us = best.offset_us, best.error_us
    return best


async def abandon_session(tx: Transaction, session_id: UUID, *, now: datetime) -> bool:
    """End a session that nobody has written to for hours, with the last moment that it recorded.

    Returns False, and changes nothing, where it was heard of again since it was found, or has ended.
    """
    sessions = SessionRepository(tx)
    session = await sessions.by_id(session_id, lock=True)
    if session.state != SessionState.ACTIVE or await sessions.last_sign(session) >= now - ABANDONED_AFTER:
        return False
    recorded = await QueryRepository(tx).last_time(span_of(session))
    ended = max(session.started_at_us, min(recorded, microseconds(now)))
    await end_session(tx, session_id, ended_at_us=ended, recorded_count=0, now=now, verb="abandon")
    return True
