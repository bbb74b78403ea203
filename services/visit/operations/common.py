"""What the operations on visits share: finding one, the step that every verb takes, and what follows from it later."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

from services.chassis.actor import Actor
from services.chassis.db.database import ReadTransaction, Transaction
from services.chassis.errors import match_etag
from services.chassis.ids import new_id
from services.visit import events, policy
from services.visit.errors import VisitTime
from services.visit.lifecycle import OPEN, VISIT_LIFECYCLE, Party, VisitState
from services.visit.models.availability import Availability
from services.visit.models.showing_rules import ShowingRules
from services.visit.models.visit import Visit, VisitChange
from services.visit.repository.visit import VisitRepository

_R = TypeVar("_R", Availability, ShowingRules)

EXPIRE_JOB = "visit.expire"
REMIND_JOB = "visit.remind"

ANSWER_WITHIN = timedelta(hours=24)
"""How long a proposal occupies its time without an answer, though never past its beginning."""
FORGOTTEN_AFTER = timedelta(hours=24)
"""An agreed visit of which nobody said what became of it is over so long after its end."""
REMINDERS_MINUTES = (1440, 60)
AROUND = timedelta(minutes=30)
"""Before its beginning and after its end, parties may still meet."""


async def find_visit(tx: ReadTransaction, caller: Actor, visit_id: UUID, *, contacts: bool = False) -> Visit:
    """A visit that the caller may know of; the listing's contacts only if asked for.

    Raises:
        VisitNotFound
        PermissionMissing: to a contact who may not do this.
    """
    row = await VisitRepository(tx).get(visit_id)
    policy.require_sight(caller, row, policy.READ, contacts=contacts)
    return row


async def lock_visit(tx: Transaction, caller: Actor, visit_id: UUID, etag: str, *, contacts: bool = False) -> Visit:
    """A visit that the caller may know of, locked; an empty etag asks for no comparison.

    Args:
        tx: Locks it.
        caller: Who acts.
        visit_id: Which.
        etag: As sent.
        contacts: Whether the listing's contacts may act as well.

    Raises:
        VisitNotFound, EtagMismatch
        PermissionMissing: to a contact who may not do this.
    """
    row = await VisitRepository(tx).get_for_update(visit_id)
    policy.require_sight(caller, row, policy.MANAGE, contacts=contacts)
    match_etag(row.etag, etag)
    return row


async def replace_row(
    tx: Transaction, row: _R | None, new: _R, values: Mapping[str, Any], *, etag: str, now: datetime
) -> _R:
    """Write what is said as a whole, over `row` or as the first: `new`, which holds the key.

    Raises:
        EtagMismatch
    """
    match_etag("" if row is None else row.etag, etag)
    if row is None:
        row = new
        row.create_time = now
        tx.session.add(row)
    for name, value in values.items():
        setattr(row, name, value)
    row.update_time = now
    await tx.session.flush()
    return row


def require_state(row: Visit, verb: str) -> None:
    """Refuse a verb that does not lead out of the row's state, before anything else is said about it.

    Raises:
        VisitStateRefused
    """
    VISIT_LIFECYCLE.target(verb, VisitState(row.state))


def too_early_or_late(row: Visit) -> VisitTime:
    """The refusal of something that goes by the visit's time."""
    return VisitTime(metadata={"start_time": row.start_time.isoformat(), "end_time": row.end_time.isoformat()})


def require_meeting_time(row: Visit, now: datetime) -> None:
    """Refuse what can only happen around the visit's time.

    Raises:
        VisitTime
    """
    if not row.start_time - AROUND <= now <= row.end_time + AROUND:
        raise too_early_or_late(row)


def set_times(row: Visit, begin: datetime, end: datetime, rules: Availability | None) -> None:
    """Give a visit another time, with the buffers that its agent needs now."""
    row.start_time, row.end_time = begin, end
    row.busy_start_time, row.busy_end_time = with_buffers(begin, end, rules)


def with_buffers(begin: datetime, end: datetime, rules: Availability | None) -> tuple[datetime, datetime]:
    """A time with the agent's buffers around it."""
    if rules is None:
        return begin, end
    before, after = timedelta(minutes=rules.buffer_before_minutes), timedelta(minutes=rules.buffer_after_minutes)
    return begin - before, end + after


async def take_step(
    tx: Transaction,
    row: Visit,
    verb: str,
    *,
    caller: Actor | None,
    party: Party | None,
    now: datetime,
    reason: str = "",
    previous_start_time: datetime | None = None,
) -> None:
    """Move a locked visit along a verb, and write all that follows: history, event, jobs.

    Times, if they change, are set before; their calendars are locked.

    Raises:
        VisitStateRefused, SlotTaken
    """
    before = row.state
    VISIT_LIFECYCLE.apply(row, verb, at=now)
    row.sequence += 1
    row.update_time = now
    if row.state != VisitState.APPROVED:
        row.former_start_time = row.former_end_time = None  # there is no move to decline any more
    if row.state not in OPEN:
        row.expire_time = None
    elif verb != "confirm":  # a part of an answer, which may come again and again, is not a proposal
        row.expire_time = min(now + ANSWER_WITHIN, row.start_time)
    visits = VisitRepository(tx)
    await visits.move(row)
    visits.add_change(step_of(row, verb, before=before, caller=caller, party=party, now=now, reason=reason))
    actor_id = caller.user_id if caller is not None else None
    events.publish(tx, row, events.of_verb(verb, row, actor_id, previous_start_time or row.start_time))
    arrange(tx, row, now)


def step_of(
    row: Visit,
    verb: str,
    *,
    before: str,
    caller: Actor | None,
    party: Party | None,
    now: datetime,
    reason: str = "",
) -> VisitChange:
    """One step of the history."""
    return VisitChange(
        organization_id=row.organization_id,
        visit_id=row.id,
        id=new_id(),
        buyer_id=row.buyer_id,
        verb=verb,
        previous_state=before or "UNSPECIFIED",
        state=row.state,
        start_time=row.start_time,
        end_time=row.end_time,
        sequence=row.sequence,
        actor_id=caller.user_id if caller is not None else None,
        party=party.name if party is not None else "UNSPECIFIED",
        reason=reason,
        create_time=now,
    )


def arrange(tx: Transaction, row: Visit, now: datetime) -> None:
    """Have done later what this state makes necessary. A job looks at the row again: a change since makes it void."""
    due = lapses_at(row)
    if due is not None:
        tx.enqueue(
            EXPIRE_JOB, events.expire_job(row), key=f"{row.id}/{row.sequence}", delay=max(due - now, timedelta(0))
        )
    if row.state != VisitState.APPROVED:
        return
    for minutes in REMINDERS_MINUTES:
        delay = row.start_time - timedelta(minutes=minutes) - now
        if delay > timedelta(0):  # agreed later than that: the agreement is reminder enough
            key = f"{row.id}/{row.sequence}/{minutes}"
            tx.enqueue(REMIND_JOB, events.remind_job(row, minutes), key=key, delay=delay)


def lapses_at(row: Visit) -> datetime | None:
    """When a visit lapses by itself; None for one that does not."""
    if row.state in OPEN:
        return row.expire_time
    if row.state == VisitState.APPROVED:
        return row.end_time + FORGOTTEN_AFTER
    return None
