"""Visits: ask, agree on a time, call off, read.

The caller is handed in beside the transaction: what gives a visit its time runs for the listing's organisation, whose
calendars it has to see, and a buyer acts for none.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from services.chassis.actor import Actor, user_of
from services.chassis.db.database import ReadTransaction, Transaction
from services.chassis.ids import new_id
from services.chassis.paging import Page, PageOf
from services.visit import events, policy
from services.visit.errors import (
    ListingNotFound,
    ListingNotShown,
    NothingToDecline,
    OwnListing,
    SlotUnavailable,
    TooManyRounds,
    WrongParty,
)
from services.visit.lifecycle import OPEN, Party, VisitState
from services.visit.models.availability import Availability
from services.visit.models.visit import Visit, VisitChange
from services.visit.operations.common import (
    ANSWER_WITHIN,
    EXPIRE_JOB,
    arrange,
    find_visit,
    lapses_at,
    lock_visit,
    require_state,
    set_times,
    step_of,
    take_step,
    too_early_or_late,
    with_buffers,
)
from services.visit.operations.showing_rules import require_requestable
from services.visit.peers import ListingFacts
from services.visit.policy import Confirmation
from services.visit.repository.availability import AvailabilityRepository, to_rules
from services.visit.repository.visit import Filter, VisitRepository
from services.visit.slots import Span, day_of, refusal

ROUNDS = 10
"""Counter-proposals after which people should talk."""
NO_SHOW_AFTER = timedelta(minutes=15)
SHOWN = frozenset({"ACTIVE", "ACTIVE_UNDER_CONTRACT"})
"""Statuses of a listing in which it receives visits."""
KNOWN = SHOWN | {"COMING_SOON", "PENDING"}
"""Statuses in which outsiders may know that there is such a listing."""


def require_known(caller: Actor, listing: ListingFacts) -> None:
    """Refuse to say anything of a listing that outsiders must not know of.

    Raises:
        ListingNotFound
    """
    if listing.standard_status not in KNOWN and caller.organization_id != listing.organization_id:
        raise ListingNotFound


def require_shown(caller: Actor, listing: ListingFacts) -> UUID:
    """The agent who shows a listing.

    Raises:
        ListingNotFound: the caller must not know of it.
        ListingNotShown: it receives no visits, or has no agent.
    """
    require_known(caller, listing)
    if listing.standard_status not in SHOWN or listing.agent_id is None:
        raise ListingNotShown(metadata={"standard_status": listing.standard_status})
    return listing.agent_id


async def request_visit(
    tx: Transaction,
    caller: Actor,
    listing: ListingFacts,
    span: Span,
    *,
    values: Mapping[str, Any],
    now: datetime,
) -> Visit:
    """Ask for a visit; `tx` acts for the listing's organisation.

    Raises:
        ListingNotFound, ListingNotShown, OwnListing, InstructionsOnly, SlotUnavailable, SlotTaken: see the contract.
    """
    agent_id, buyer_id = require_shown(caller, listing), user_of(caller)
    showing, rules = await require_requestable(tx, listing, agent_id)
    contact_ids = showing.contact_ids if showing is not None else []
    if buyer_id in (agent_id, *contact_ids):
        raise OwnListing
    visits = VisitRepository(tx)
    if rules is not None and rules.daily_limit > 0:  # two requests must not both be the last of a day
        await visits.lock_calendars(agent_id)
    await _require_hours(visits, agent_id, rules, span, now)
    begin, end = span
    busy_begin, busy_end = with_buffers(begin, end, rules)
    new = Visit(
        organization_id=listing.organization_id,
        id=new_id(),
        listing_id=listing.listing_id,
        property_id=listing.property_id,
        buyer_id=buyer_id,
        agent_id=agent_id,
        state=VisitState.PENDING.value,
        start_time=begin,
        end_time=end,
        busy_start_time=busy_begin,
        busy_end_time=busy_end,
        proposed_by=Party.BUYER.value,
        sequence=0,
        confirmation=showing.confirmation if showing is not None else Confirmation.ANY_CONTACT.value,
        contact_ids=contact_ids,
        latitude=listing.place[0] if listing.place else None,
        longitude=listing.place[1] if listing.place else None,
        expire_time=min(now + ANSWER_WITHIN, begin),
        create_time=now,
        update_time=now,
        **values,
    )
    step = step_of(new, "request", before="", caller=caller, party=Party.BUYER, now=now)
    row = await visits.insert(new, step)
    events.publish(tx, row, events.of_verb("request", row, buyer_id, begin))
    if row.confirmation == Confirmation.AUTO:
        await take_step(tx, row, "approve", caller=None, party=None, now=now)
    else:
        arrange(tx, row, now)
    return row


async def approve_visit(tx: Transaction, caller: Actor, visit_id: UUID, *, etag: str, now: datetime) -> Visit:
    """Agree to a request, as the agent or a contact; `tx` acts for the visit's organisation.

    Raises:
        VisitNotFound, EtagMismatch, VisitStateRefused, WrongParty, VisitTime
    """
    return await _agree(tx, caller, visit_id, "approve", etag=etag, now=now)


async def accept_counter(tx: Transaction, caller: Actor, visit_id: UUID, *, etag: str, now: datetime) -> Visit:
    """Agree to the time that the other party has proposed; `tx` acts for the visit's organisation.

    Raises:
        VisitNotFound, EtagMismatch, VisitStateRefused, WrongParty, VisitTime
    """
    return await _agree(tx, caller, visit_id, "accept_counter", etag=etag, now=now)


async def _agree(tx: Transaction, caller: Actor, visit_id: UUID, verb: str, *, etag: str, now: datetime) -> Visit:
    row = await lock_visit(tx, caller, visit_id, etag, contacts=True)
    require_state(row, verb)
    party = _require_answering(caller, row)
    _require_unlapsed(row, now)
    if row.confirmation == Confirmation.ALL_CONTACTS:
        if not _count(caller, row, party):
            raise WrongParty(metadata={"party": "CONTACT"})
        if not _asked(row) <= set(row.confirmed_ids):
            verb = "confirm"
    elif policy.is_contact(caller, row):
        row.confirmed_ids = [user_of(caller)]
    await take_step(tx, row, verb, caller=caller, party=party, now=now)
    return row


def _asked(row: Visit) -> set[UUID]:
    """Who have to agree to the time as it stands, where all contacts have to."""
    return {*row.contact_ids, row.buyer_id} if row.proposed_by == Party.AGENT else set(row.contact_ids)


def _count(caller: Actor, row: Visit, party: Party) -> bool:
    """Note that the caller agrees, with visit.manage for all contacts; False of an agent whose word does not count."""
    agreeing: list[UUID] = []
    if party is Party.AGENT and policy.has_right(caller, row.organization_id, policy.MANAGE):
        agreeing = row.contact_ids
    elif party is Party.BUYER or policy.is_contact(caller, row):
        agreeing = [user_of(caller)]
    row.confirmed_ids = sorted({*row.confirmed_ids, *agreeing})
    return bool(agreeing)


async def reject_visit(
    tx: Transaction, caller: Actor, visit_id: UUID, *, etag: str, reason: str, now: datetime
) -> Visit:
    """Decline a request or a counter-proposal; `tx` acts for the visit's organisation.

    Raises:
        VisitNotFound, EtagMismatch, VisitStateRefused, WrongParty
    """
    row = await lock_visit(tx, caller, visit_id, etag, contacts=True)
    require_state(row, "reject")
    party = _require_answering(caller, row)
    row.reason = reason
    await take_step(tx, row, "reject", caller=caller, party=party, now=now, reason=reason)
    return row


async def counter_visit(
    tx: Transaction, caller: Actor, visit_id: UUID, span: Span, *, etag: str, reason: str, now: datetime
) -> Visit:
    """Propose another time instead; `tx` acts for the visit's organisation.

    Raises:
        VisitNotFound, EtagMismatch, VisitStateRefused, WrongParty, VisitTime, TooManyRounds, SlotUnavailable, SlotTaken
    """
    row = await lock_visit(tx, caller, visit_id, etag)
    require_state(row, "counter")
    party = _require_answering(caller, row)
    _require_unlapsed(row, now)
    if row.round >= ROUNDS:
        raise TooManyRounds(metadata={"limit": str(ROUNDS)})
    await _retime(tx, row, span, party, now)
    row.round += 1
    row.proposed_by = party.value
    if party is Party.AGENT and row.confirmation == Confirmation.ALL_CONTACTS:
        _count(caller, row, party)  # who proposes a time agrees to it
    await take_step(tx, row, "counter", caller=caller, party=party, now=now, reason=reason)
    return row


async def reschedule_visit(
    tx: Transaction, caller: Actor, visit_id: UUID, span: Span, *, etag: str, reason: str, now: datetime
) -> Visit:
    """Move a visit to another time; `tx` acts for the visit's organisation.

    Raises:
        VisitNotFound, EtagMismatch, VisitStateRefused, WrongParty, SlotUnavailable, SlotTaken
    """
    row = await lock_visit(tx, caller, visit_id, etag)
    party = policy.require_party(caller, row)
    require_state(row, "reschedule")
    if row.state in OPEN and party.value != row.proposed_by:
        raise WrongParty(metadata={"party": row.proposed_by})
    previous = row.start_time, row.end_time
    if row.state == VisitState.APPROVED and (row.former_start_time is None or party.value != row.proposed_by):
        # Who moves it twice can be declined back to what both had agreed; who moves it after the other agrees to that.
        row.former_start_time, row.former_end_time = previous
    await _retime(tx, row, span, party, now)
    row.proposed_by = party.value
    await take_step(
        tx, row, "reschedule", caller=caller, party=party, now=now, reason=reason, previous_start_time=previous[0]
    )
    return row


async def decline_reschedule(
    tx: Transaction, caller: Actor, visit_id: UUID, *, etag: str, reason: str, now: datetime
) -> Visit:
    """Give a visit back the time on which both had agreed; `tx` acts for the visit's organisation.

    Raises:
        VisitNotFound, EtagMismatch, VisitStateRefused, WrongParty, NothingToDecline, VisitTime, SlotTaken
    """
    row = await lock_visit(tx, caller, visit_id, etag, contacts=True)
    require_state(row, "decline_reschedule")
    if not policy.is_contact(caller, row):
        policy.require_party(caller, row)
    if row.former_start_time is None or row.former_end_time is None:
        raise NothingToDecline
    party = _require_answering(caller, row)
    if row.former_start_time <= now:
        raise too_early_or_late(row)
    previous = row.start_time
    await _retime(tx, row, (row.former_start_time, row.former_end_time), party, now, agreed=True)
    row.former_start_time = row.former_end_time = None
    await take_step(
        tx, row, "decline_reschedule", caller=caller, party=party, now=now, reason=reason, previous_start_time=previous
    )
    return row


async def cancel_visit(
    tx: Transaction, caller: Actor, visit_id: UUID, *, etag: str, reason: str, now: datetime
) -> Visit:
    """Call a visit off.

    Raises:
        VisitNotFound, EtagMismatch, VisitStateRefused
    """
    row = await lock_visit(tx, caller, visit_id, etag)
    party = policy.require_party(caller, row)
    require_state(row, "cancel")
    row.reason = reason
    await take_step(tx, row, "cancel", caller=caller, party=party, now=now, reason=reason)
    return row


async def mark_visit_no_show(
    tx: Transaction, caller: Actor, visit_id: UUID, *, etag: str, reason: str, now: datetime
) -> Visit:
    """Record that the other party did not come.

    Raises:
        VisitNotFound, EtagMismatch, VisitStateRefused, VisitTime
    """
    row = await lock_visit(tx, caller, visit_id, etag)
    party = policy.require_party(caller, row)
    require_state(row, "mark_no_show")
    if now < row.start_time + NO_SHOW_AFTER:
        raise too_early_or_late(row)
    row.absent_user_id = row.agent_id if party is Party.BUYER else row.buyer_id
    row.reason = reason
    await take_step(tx, row, "mark_no_show", caller=caller, party=party, now=now, reason=reason)
    return row


async def expire_visit(tx: Transaction, visit_id: UUID, *, sequence: int, now: datetime) -> bool:
    """Let a visit lapse whose time for an answer, or for anything, is over; say whether it still had to be done."""
    row = await VisitRepository(tx).get_for_update(visit_id)
    due = lapses_at(row)
    if due is None:
        return False  # answered, or done by another worker
    if due > now:
        if row.sequence == sequence:  # the clocks of two machines differ: nobody else will look again
            tx.enqueue(EXPIRE_JOB, events.expire_job(row), delay=due - now)
        return False
    await take_step(tx, row, "expire", caller=None, party=None, now=now)
    return True


async def remind_visit(tx: Transaction, visit_id: UUID, *, sequence: int, minutes_before: int, now: datetime) -> bool:
    """Tell that an approved visit is near; say whether this is still so."""
    row = await VisitRepository(tx).get_for_update(visit_id)
    if row.state != VisitState.APPROVED or row.sequence != sequence or now >= row.start_time:
        return False
    events.publish(tx, row, events.reminder_due(row, minutes_before))
    return True


async def get_visit(tx: ReadTransaction, caller: Actor, visit_id: UUID) -> Visit:
    """Read one visit, as a contact as well.

    Raises:
        VisitNotFound
    """
    return await find_visit(tx, caller, visit_id, contacts=True)


async def list_visits(tx: ReadTransaction, caller: Actor, wanted: Filter, page: Page) -> PageOf[Visit]:
    """One page: the caller's own, and with visit.read all those that row-level security shows."""
    user_id = user_of(caller)
    everything = caller.can(policy.READ) or caller.can(policy.MANAGE)
    return await VisitRepository(tx).list_page(page, wanted if everything else replace(wanted, only_of=user_id))


async def list_visit_history(
    tx: ReadTransaction, caller: Actor, visit_id: UUID, page: Page
) -> tuple[Visit, PageOf[VisitChange]]:
    """A visit, and one page of what has happened to it.

    Raises:
        VisitNotFound
    """
    row = await find_visit(tx, caller, visit_id)
    return row, await VisitRepository(tx).changes(visit_id, page)


def _require_answering(caller: Actor, row: Visit) -> Party:
    """The caller's side, which has to answer the last proposal; contacts who are asked stand on the agent's."""
    if policy.is_asked(caller, row):
        return Party.AGENT
    return policy.require_side(caller, row, Party(row.proposed_by).other)


def _require_unlapsed(row: Visit, now: datetime) -> None:
    """Refuse an answer to a proposal whose time for one is over, though the job that says so may be late.

    Raises:
        VisitTime
    """
    if row.expire_time is None or row.expire_time <= now:
        raise too_early_or_late(row)


async def _retime(
    tx: Transaction, row: Visit, span: Span, party: Party, now: datetime, *, agreed: bool = False
) -> None:
    """Set another time with the calendars locked; an agent may offer and agree to more than the rules say."""
    visits = VisitRepository(tx)
    await visits.lock_calendars(row.agent_id, row.property_id, row.buyer_id)
    rules = await AvailabilityRepository(tx).find(row.organization_id, row.agent_id)
    if party is Party.BUYER and not agreed:
        await _require_hours(visits, row.agent_id, rules, span, now, without=row.id)
    set_times(row, *span, rules)
    row.confirmed_ids = []  # they confirmed another time


async def _require_hours(
    visits: VisitRepository,
    agent_id: UUID,
    availability: Availability | None,
    span: Span,
    now: datetime,
    *,
    without: UUID | None = None,
) -> None:
    """Refuse a time at which the agent receives no visits.

    Raises:
        SlotUnavailable
    """
    if availability is None:
        return
    rules = to_rules(availability)
    day = day_of(rules, span[0])
    count = await visits.count_of_agent(agent_id, *day, without=without) if rules.daily_limit else 0
    rule = refusal(rules, *span, now=now, count_of_day=count)
    if rule is not None:
        raise SlotUnavailable(metadata={"rule": rule})
