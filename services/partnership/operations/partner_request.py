"""Requests for partnerships: ask, accept, reject, withdraw, and what time does to them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from services.chassis.actor import user_of
from services.chassis.db.database import ReadTransaction, Transaction
from services.chassis.errors import match_etag
from services.chassis.ids import new_id
from services.chassis.paging import Page, PageOf
from services.partnership import events, policy
from services.partnership.errors import (
    PartnerRequestExists,
    PartnerRequestLimit,
    PartnerRequestPaused,
    PartnershipExists,
)
from services.partnership.lifecycle import PARTNER_REQUEST_LIFECYCLE, PartnerRequestState, PartnershipState
from services.partnership.models.partner_request import PartnerRequest
from services.partnership.models.partnership import Partnership
from services.partnership.operations.pair import take_turn
from services.partnership.repository.pair import lock_pair
from services.partnership.repository.partner_request import PartnerRequestRepository
from services.partnership.repository.partnership import PartnershipRepository

EXPIRES_AFTER = timedelta(days=90)
"""How long a request waits for an answer."""
PAUSE = timedelta(days=21)
"""How long after a withdrawal the same user cannot be asked again."""
WEEK = timedelta(days=7)
WEEKLY = 100
"""How many requests one may make within a week: more are no acquaintances."""
EXPIRE_JOB = "partnership.expire_request"


@dataclass(frozen=True, slots=True)
class Answer:
    """A request, and the partnership that came of it."""

    request: PartnerRequest
    partnership: Partnership | None = None


async def create_partner_request(tx: Transaction, recipient_id: UUID, note: str, now: datetime) -> Answer:
    """Ask another user, whom the caller of this has found to exist; or accept what that user has asked already.

    Raises:
        SelfRequest, UserNotFound, UserBlocked, PartnershipExists, PartnerRequestExists, PartnerRequestPaused,
        PartnerRequestLimit
    """
    me = policy.require_other(tx.actor, recipient_id)
    await take_turn(tx, me, recipient_id)
    repository = PartnerRequestRepository(tx)
    partners = await PartnershipRepository(tx).active_between(me, recipient_id)
    if partners is not None:
        raise PartnershipExists(metadata={"partnership_id": str(partners.id)})
    pending = await repository.pending_between(me, recipient_id)
    if pending is not None and pending.expire_time <= now:
        await _close(tx, pending, "expire", now)
        pending = None
    if pending is not None and pending.sender_id == me:
        raise PartnerRequestExists(metadata={"partner_request_id": str(pending.id)})
    if pending is not None:
        return await _accept(tx, pending, now)
    withdrawn = await repository.last_withdrawal(me, recipient_id)
    if withdrawn is not None and withdrawn + PAUSE > now:
        raise PartnerRequestPaused(metadata={"retry_time": (withdrawn + PAUSE).isoformat(timespec="seconds")})
    await _must_not_be_too_many(repository, me, now)
    row = PartnerRequest(
        id=new_id(),
        sender_id=me,
        recipient_id=recipient_id,
        note=note,
        state=PartnerRequestState.PENDING,
        expire_time=now + EXPIRES_AFTER,
        create_time=now,
        update_time=now,
    )
    await repository.insert(row)
    tx.publish(events.request_created(row), key=str(row.id))
    tx.enqueue(EXPIRE_JOB, events.expire_request_job(row), key=str(row.id), delay=EXPIRES_AFTER)
    return Answer(row)


async def _must_not_be_too_many(repository: PartnerRequestRepository, me: UUID, now: datetime) -> None:
    await repository.take_sender_turn(me)
    hundredth = await repository.time_of_last_but(me, WEEKLY - 1, now - WEEK)
    if hundredth is not None:
        again = hundredth + WEEK
        raise PartnerRequestLimit(
            metadata={"limit": str(WEEKLY), "retry_time": again.isoformat(timespec="seconds")},
            retry_after=(again - now).total_seconds(),
        )


async def get_partner_request(tx: ReadTransaction, partner_request_id: UUID) -> PartnerRequest:
    """Read one request of the caller's.

    Raises:
        PartnerRequestNotFound
    """
    return await PartnerRequestRepository(tx).get(partner_request_id)


async def list_received_partner_requests(
    tx: ReadTransaction, page: Page, states: Collection[str]
) -> PageOf[PartnerRequest]:
    """One page of what the caller has received; what is pending, unless states are named."""
    me = user_of(tx.actor)
    return await PartnerRequestRepository(tx).page_received(me, page, states or (PartnerRequestState.PENDING,))


async def list_sent_partner_requests(
    tx: ReadTransaction, page: Page, states: Collection[str]
) -> PageOf[PartnerRequest]:
    """One page of what the caller has sent."""
    return await PartnerRequestRepository(tx).page_sent(user_of(tx.actor), page, states)


async def accept_partner_request(tx: Transaction, partner_request_id: UUID, etag: str, now: datetime) -> Answer:
    """Agree, and make the partnership.

    Raises:
        PartnerRequestNotFound, NotRecipient, EtagMismatch, PartnerRequestStateRefused
    """
    return await _accept(tx, await _lock(tx, partner_request_id, "accept", etag, now), now)


async def reject_partner_request(tx: Transaction, partner_request_id: UUID, etag: str, now: datetime) -> Answer:
    """Decline.

    Raises:
        PartnerRequestNotFound, NotRecipient, EtagMismatch, PartnerRequestStateRefused
    """
    row = await _lock(tx, partner_request_id, "reject", etag, now)
    await _close(tx, row, "reject", now)
    return Answer(row)


async def withdraw_partner_request(tx: Transaction, partner_request_id: UUID, etag: str, now: datetime) -> Answer:
    """Take back.

    Raises:
        PartnerRequestNotFound, NotSender, EtagMismatch, PartnerRequestStateRefused
    """
    row = await _lock(tx, partner_request_id, "withdraw", etag, now)
    await _close(tx, row, "withdraw", now)
    return Answer(row)


async def expire_partner_request(tx: Transaction, partner_request_id: UUID, now: datetime) -> bool:
    """Let a request lapse whose time is over; say whether it still had to be done. Runs as the system.

    The queue goes by the database's clock: a job that comes a moment too early by ours is put back.
    """
    row = await _turn_of(tx, partner_request_id)
    if row.state != PartnerRequestState.PENDING:
        return False
    if row.expire_time > now:
        # Without a key: this job runs still, and would keep another with its key out of the queue.
        tx.enqueue(EXPIRE_JOB, events.expire_request_job(row), delay=row.expire_time - now)
        return False
    await _close(tx, row, "expire", now)
    return True


async def close_between(tx: Transaction, me: UUID, other: UUID, now: datetime) -> None:
    """Take back or reject what is pending between two users; the pair's turn is taken. What is overdue lapses."""
    row = await PartnerRequestRepository(tx).pending_between(me, other)
    if row is not None:
        verb = "withdraw" if row.sender_id == me else "reject"
        await _close(tx, row, "expire" if row.expire_time <= now else verb, now)


async def _turn_of(tx: Transaction, partner_request_id: UUID) -> PartnerRequest:
    """Take the turn of the request's pair before its row is locked, as every writer does."""
    repository = PartnerRequestRepository(tx)
    found = await repository.get(partner_request_id)
    await lock_pair(tx, found.sender_id, found.recipient_id)
    return await repository.get_for_update(partner_request_id)


async def _lock(tx: Transaction, partner_request_id: UUID, verb: str, etag: str, now: datetime) -> PartnerRequest:
    row = await _turn_of(tx, partner_request_id)
    policy.require_party(tx.actor, row, verb)
    match_etag(row.etag, etag)
    state = PartnerRequestState(row.state)
    if state is PartnerRequestState.PENDING and row.expire_time <= now:
        state = PartnerRequestState.EXPIRED  # its job has not come to it yet
    PARTNER_REQUEST_LIFECYCLE.target(verb, state)
    return row


async def _accept(tx: Transaction, row: PartnerRequest, now: datetime) -> Answer:
    partnership = Partnership(
        id=new_id(),
        user_a_id=min(row.sender_id, row.recipient_id),
        user_b_id=max(row.sender_id, row.recipient_id),
        partner_request_id=row.id,
        state=PartnershipState.ACTIVE,
        create_time=now,
        update_time=now,
    )
    PARTNER_REQUEST_LIFECYCLE.apply(row, "accept", at=now)
    row.partnership_id = partnership.id
    row.update_time = now
    await tx.session.flush()
    PartnershipRepository(tx).add(partnership)
    await tx.session.flush()
    tx.publish(events.request_accepted(row), key=str(row.id))
    return Answer(row, partnership)


async def _close(tx: Transaction, row: PartnerRequest, verb: str, now: datetime) -> None:
    PARTNER_REQUEST_LIFECYCLE.apply(row, verb, at=now)
    row.update_time = now
    await tx.session.flush()
    tx.publish(events.request_closed(row, verb), key=str(row.id))
