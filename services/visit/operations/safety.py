"""Safety watches: begin, check in, end, call for help, and the steps that time takes.

Each change of a watch begins a new round; a job of an older round finds that and does nothing. Who may know of a watch
is its user, and, while there is an alarm, those who were called: never the other party of the visit by itself.

Whoever made the user call for help in silence may hold the user's device. So the watch is kept up for show: its timer
runs, runs out and asks as if nothing had happened, in rounds of its own beside those of the alarm.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from doorstep.visit.v1 import safety_jobs_pb2
from services.chassis.actor import Actor, user_of
from services.chassis.db.database import ReadTransaction, Transaction
from services.chassis.errors import Violation
from services.chassis.ids import new_id
from services.chassis.jobs import Priority
from services.visit import events
from services.visit.errors import SafetyContactUnknown, SafetyWatchNotFound, VisitStateRefused, WrongParty
from services.visit.evidence import Fix
from services.visit.lifecycle import SAFETY_WATCH_LIFECYCLE, SafetyWatchState, VisitState
from services.visit.models.safety import SafetyWatch
from services.visit.models.visit import Visit
from services.visit.operations.common import find_visit, require_meeting_time, too_early_or_late
from services.visit.repository.safety import SafetyRepository
from services.visit.repository.visit import VisitRepository

ESCALATE_JOB = "visit.escalate_safety"
ASK, CALL, CALL_AGAIN, LAST_CALL = 1, 2, 3, 4
AFTER = {CALL: timedelta(minutes=5), CALL_AGAIN: timedelta(minutes=5), LAST_CALL: timedelta(minutes=10)}
"""How long after the step before it each step is taken."""
BEFORE, AFTERWARDS = timedelta(hours=2), timedelta(hours=24)
"""Around a visit's time, help may be called for."""

_MEETING = (VisitState.APPROVED, VisitState.IN_PROGRESS)
_HELPED = (*_MEETING, VisitState.COMPLETED, VisitState.CANCELLED, VisitState.NO_SHOW)
_ALARM = frozenset({SafetyWatchState.OVERDUE, SafetyWatchState.DISTRESS})
NOT_SHOWN = "NONE"
"""What is shown of a watch that only the silent call has made: none."""


@dataclass(frozen=True, slots=True)
class Contacts:
    """Whom a watch shall call."""

    user_ids: Sequence[UUID] = ()
    members: Collection[UUID] = ()
    """Those of them who are of the caller's organisation."""
    field: str = "contact_ids"
    """Where the caller has named them."""


NOBODY = Contacts()


async def start_watch(
    tx: Transaction, caller: Actor, visit_id: UUID, *, minutes: int, contacts: Contacts, now: datetime
) -> SafetyWatch:
    """Begin a watch over the caller.

    Raises:
        VisitNotFound, WrongParty, VisitStateRefused, VisitTime, SafetyWatchStateRefused, SafetyContactUnknown
    """
    visit = await find_visit(tx, caller, visit_id)
    _require_state(visit, "watch", _MEETING)
    require_meeting_time(visit, now)
    return await open_watch(tx, caller, visit, minutes=minutes, contacts=contacts, now=now)


async def open_watch(
    tx: Transaction, caller: Actor, visit: Visit, *, minutes: int, contacts: Contacts, now: datetime
) -> SafetyWatch:
    """Begin a watch over the caller in a transaction that has looked at the visit.

    Raises:
        WrongParty, SafetyWatchStateRefused, SafetyContactUnknown
    """
    row = await _watch_of(tx, caller, visit, now)
    await _require_known(tx, row.user_id, contacts)
    if row.shown_state == NOT_SHOWN:
        row.create_time = now
    if is_silent(row):
        if row.shown_state != NOT_SHOWN:
            _shown_target(row, "start")
        row.shown_contact_ids = list(contacts.user_ids)  # those who were called stay called
        _show(row, SafetyWatchState.RUNNING, now)
    else:
        row.contact_ids, row.shown_state = list(contacts.user_ids), None
        SAFETY_WATCH_LIFECYCLE.apply(row, "start", at=now)
    _run(tx, row, minutes, now)
    await tx.session.flush()
    return row


async def _require_known(tx: Transaction, user_id: UUID, contacts: Contacts) -> None:
    """Refuse strangers: an alarm is a message that nobody can keep away, and so not for anybody.

    Raises:
        SafetyContactUnknown
    """
    outside = [one for one in contacts.user_ids if one not in contacts.members]
    known = {*contacts.members, *(await VisitRepository(tx).met(user_id, outside) if outside else ())} - {user_id}
    unknown = [f"{contacts.field}[{n}]" for n, one in enumerate(contacts.user_ids) if one not in known]
    if unknown:
        text = "must be a member of the caller's organisation, or have agreed on a visit with the caller"
        violations = [Violation(field, text, "safety_contact.unknown") for field in unknown]
        raise SafetyContactUnknown(metadata={"fields": ",".join(unknown)}, violations=violations)


async def get_watch(tx: ReadTransaction, caller: Actor, visit_id: UUID) -> SafetyWatch:
    """The caller's own watch.

    Raises:
        SafetyWatchNotFound
    """
    return _if_shown(await SafetyRepository(tx).own(visit_id, user_of(caller)))


async def check_in(
    tx: Transaction, caller: Actor, visit_id: UUID, *, minutes: int, fix: Fix | None, now: datetime
) -> SafetyWatch:
    """Let the timer run anew.

    Raises:
        SafetyWatchNotFound, SafetyWatchStateRefused
    """
    row = _if_shown(await SafetyRepository(tx).own_for_update(visit_id, user_of(caller)))
    _place(row, fix)
    if is_silent(row):
        _show(row, _shown_target(row, "check_in"), now)
    else:
        SAFETY_WATCH_LIFECYCLE.apply(row, "check_in", at=now)
    _run(tx, row, minutes, now)
    await tx.session.flush()
    return row


async def end_watch(tx: Transaction, caller: Actor, visit_id: UUID, now: datetime) -> SafetyWatch:
    """End the caller's watch.

    Raises:
        SafetyWatchNotFound, SafetyWatchStateRefused
    """
    row = _if_shown(await SafetyRepository(tx).own_for_update(visit_id, user_of(caller)))
    if is_silent(row):
        _show(row, _shown_target(row, "end"), now)
        row.round, row.due_time = _next_round(row), None
    else:
        _end(row, "end", now)
    await tx.session.flush()
    return row


async def raise_distress(
    tx: Transaction, caller: Actor, visit_id: UUID, *, silent: bool, fix: Fix | None, now: datetime
) -> None:
    """Call for help; who presses twice is called for once, and the place is kept.

    Raises:
        VisitNotFound, WrongParty, VisitStateRefused, VisitTime
    """
    visit = await find_visit(tx, caller, visit_id)
    _require_state(visit, "raise_distress", _HELPED)
    # Whoever help is needed against may have moved the visit meanwhile: a time on which both had agreed counts as well.
    if not await VisitRepository(tx).was_agreed_within(visit, begin=now - AFTERWARDS, until=now + BEFORE):
        raise too_early_or_late(visit)
    row = await _watch_of(tx, caller, visit, now)
    _place(row, fix)
    if not silent:
        if is_silent(row):
            row.round, row.due_time = _next_round(row), None  # the timer that ran for show
        row.shown_state = None
    elif row.state != SafetyWatchState.DISTRESS:
        row.shown_state = row.shown_state or (row.state if row.round else NOT_SHOWN)
        row.shown_contact_ids, row.shown_update_time = list(row.contact_ids), row.update_time
    row.update_time = now
    if row.state != SafetyWatchState.DISTRESS:
        SAFETY_WATCH_LIFECYCLE.apply(row, "raise", at=now)
        row.alarm_round = _next_round(row)
        if not silent:
            row.round, row.due_time = row.alarm_round, None
        await _call(tx, row, visit, CALL)
        _arrange(tx, row, CALL_AGAIN, AFTER[CALL_AGAIN], alarm=True)
    await tx.session.flush()


async def get_alarm(tx: ReadTransaction, caller: Actor, watch_id: UUID) -> tuple[SafetyWatch, bool]:
    """A watch, for one who was called, and whether it is shown as it is; `tx` runs as the system.

    Raises:
        SafetyWatchNotFound
    """
    row = await SafetyRepository(tx).get(watch_id)
    return row, await _require_called(tx, caller, row)


async def resolve_alarm(tx: Transaction, caller: Actor, watch_id: UUID, now: datetime) -> tuple[SafetyWatch, bool]:
    """End an alarm that somebody has looked after, and say whether it is shown as it is; `tx` runs as the system.

    Raises:
        SafetyWatchNotFound
    """
    row = await SafetyRepository(tx).get_for_update(watch_id)
    if not await _require_called(tx, caller, row):  # of the silent call they know nothing, and end nothing
        _show(row, _shown_target(row, "resolve"), now)
        row.round, row.due_time = _next_round(row), None
        await tx.session.flush()
        return row, False
    _end(row, "resolve", now)
    row.resolver_id = caller.user_id
    if row.shown_state != NOT_SHOWN:
        row.shown_state = None
    await tx.session.flush()
    return row, True


async def escalate(tx: Transaction, watch_id: UUID, *, round_: int, step: int, now: datetime) -> bool:
    """Take the next step of a watch; say whether it still had to be taken. `tx` runs as the system."""
    row = await SafetyRepository(tx).get_for_update(watch_id)
    alarm = round_ == _alarm_round(row)
    if not alarm and round_ != row.round:
        return False  # checked in, ended, resolved, or help was called for
    if step == ASK:
        if row.due_time is not None and row.due_time > now:  # clocks of two machines differ: look again
            _arrange(tx, row, ASK, row.due_time - now, keyed=False)  # this job still holds the key
            return False
        if is_silent(row):
            _show(row, _shown_target(row, "expire"), now)
        else:
            SAFETY_WATCH_LIFECYCLE.apply(row, "expire", at=now)
            row.update_time = now
    visit = await VisitRepository(tx).get(row.visit_id)
    if is_silent(row) and not alarm:
        await _pretend(tx, row, visit, step)
    else:
        await _call(tx, row, visit, step)
    if step + 1 in AFTER and (step + 1 < LAST_CALL or alarm):
        _arrange(tx, row, step + 1, AFTER[step + 1], alarm=alarm)
    await tx.session.flush()
    return True


async def duty_roster(tx: ReadTransaction, organization_id: UUID) -> list[UUID]:
    """Who is on duty."""
    return await SafetyRepository(tx).on_duty(organization_id)


async def replace_duty_roster(tx: Transaction, organization_id: UUID, user_ids: list[UUID]) -> None:
    """Say who is on duty."""
    await SafetyRepository(tx).replace_duty(organization_id, user_ids)


async def leave_duty(tx: Transaction, organization_id: UUID, user_id: UUID) -> None:
    """Take somebody off the roster of an organisation."""
    await SafetyRepository(tx).leave_duty(user_id, organization_id)


async def _watch_of(tx: Transaction, caller: Actor, visit: Visit, now: datetime) -> SafetyWatch:
    """The caller's watch over a visit, locked; an ended one where there was none.

    Raises:
        WrongParty: a colleague of the agent is not the one in danger.
    """
    user_id = user_of(caller)
    if user_id not in (visit.buyer_id, visit.agent_id):
        raise WrongParty
    watches = SafetyRepository(tx)
    await watches.insert(
        {
            "organization_id": visit.organization_id,
            "id": new_id(),
            "visit_id": visit.id,
            "user_id": user_id,
            "other_id": visit.agent_id if user_id == visit.buyer_id else visit.buyer_id,
            "state": SafetyWatchState.ENDED.value,
            "round": 0,
            "contact_ids": [],
            "create_time": now,
            "update_time": now,
        }
    )
    return await watches.own_for_update(visit.id, user_id)


def is_silent(row: SafetyWatch) -> bool:
    """Whether a silent call for help stands behind what is shown."""
    return row.state == SafetyWatchState.DISTRESS and row.shown_state is not None


def _shown_target(row: SafetyWatch, verb: str) -> SafetyWatchState:
    """Where a verb would lead without the silent call for help.

    Raises:
        SafetyWatchStateRefused
    """
    return SAFETY_WATCH_LIFECYCLE.target(verb, SafetyWatchState(str(row.shown_state)))


def _if_shown(row: SafetyWatch) -> SafetyWatch:
    if row.shown_state == NOT_SHOWN:
        raise SafetyWatchNotFound
    return row


def _alarm_round(row: SafetyWatch) -> int | None:
    """In which round those who were called are called again; None where nobody called for help."""
    return row.alarm_round if row.state == SafetyWatchState.DISTRESS else None


def _next_round(row: SafetyWatch) -> int:
    return max(row.round, row.alarm_round or 0) + 1


def _run(tx: Transaction, row: SafetyWatch, minutes: int, now: datetime) -> None:
    row.round = _next_round(row)
    row.due_time, row.update_time = now + timedelta(minutes=minutes), now
    _arrange(tx, row, ASK, timedelta(minutes=minutes))


def _show(row: SafetyWatch, state: SafetyWatchState, now: datetime) -> None:
    """Let the user see what would be true without the silent call for help."""
    row.shown_state, row.shown_update_time = state.value, now


def _end(row: SafetyWatch, verb: str, now: datetime) -> None:
    SAFETY_WATCH_LIFECYCLE.apply(row, verb, at=now)
    row.round = _next_round(row)
    row.due_time, row.update_time = None, now


def _place(row: SafetyWatch, fix: Fix | None) -> None:
    if fix is not None:
        row.latitude, row.longitude = fix.latitude, fix.longitude
        row.accuracy_meters, row.fix_time = fix.accuracy_meters, fix.fix_time


def _require_state(visit: Visit, verb: str, allowed: Sequence[VisitState]) -> None:
    if visit.state not in allowed:
        names = ",".join(state.name for state in allowed)
        raise VisitStateRefused(metadata={"verb": verb, "state": visit.state, "allowed_states": names})


async def _called(tx: ReadTransaction, row: SafetyWatch, contact_ids: Sequence[UUID]) -> list[UUID]:
    """Who is called: contacts and those on duty. The other party only if the user has named it."""
    duty = [one for one in await SafetyRepository(tx).on_duty(row.organization_id) if one != row.other_id]
    return [one for one in dict.fromkeys([*contact_ids, *duty]) if one != row.user_id]


async def _require_called(tx: ReadTransaction, caller: Actor, row: SafetyWatch) -> bool:
    """Whether the caller was called; False where it was for show, by a watch begun over a silent call for help.

    Raises:
        SafetyWatchNotFound
    """
    if row.state in _ALARM and caller.user_id in await _called(tx, row, row.contact_ids):
        return True
    if (
        is_silent(row)
        and row.shown_state == SafetyWatchState.OVERDUE
        and caller.user_id in (await _called(tx, row, row.shown_contact_ids or ()))
    ):
        return False
    raise SafetyWatchNotFound


async def _call(tx: Transaction, row: SafetyWatch, visit: Visit, step: int) -> None:
    """Publish the alarm of a step; with nobody to call, the user is asked once more."""
    notify = [row.user_id] if step == ASK else await _called(tx, row, row.contact_ids) or [row.user_id]
    if is_silent(row):  # nothing that reaches the user's device may give the call away
        notify = [one for one in notify if one != row.user_id]
    distress = row.state == SafetyWatchState.DISTRESS
    events.publish(tx, visit, events.alarm(visit, row, distress=distress, step=step, notify=notify))


async def _pretend(tx: Transaction, row: SafetyWatch, visit: Visit, step: int) -> None:
    """Ask the user when a watch that runs out would, and call those whom the silent call has not called already."""
    shown = await _called(tx, row, row.shown_contact_ids or ())
    really = await _called(tx, row, row.contact_ids)
    notify = [one for one in shown if one not in really]
    if step == ASK or not shown:
        notify = [row.user_id]
    if notify:
        events.publish(tx, visit, events.alarm(visit, row, distress=False, step=step, notify=notify))


def _arrange(
    tx: Transaction, row: SafetyWatch, step: int, delay: timedelta, *, keyed: bool = True, alarm: bool = False
) -> None:
    round_ = (_alarm_round(row) if alarm else None) or row.round
    payload = safety_jobs_pb2.EscalateSafetyJob(watch_id=str(row.id), round=round_, step=step)
    key = f"{row.id}/{round_}/{step}" if keyed else None
    tx.enqueue(ESCALATE_JOB, payload, key=key, delay=delay, priority=Priority.HIGH)
