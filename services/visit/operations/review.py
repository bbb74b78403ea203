"""Reviews: write, write anew, moderate, read."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from services.chassis.actor import Actor, user_of
from services.chassis.db.database import ReadTransaction, Transaction
from services.chassis.errors import PermissionMissing, match_etag
from services.chassis.ids import new_id
from services.chassis.paging import Page, PageOf
from services.visit import events, policy
from services.visit.errors import OwnReview, ReviewNotFound, VisitStateRefused, WrongParty
from services.visit.lifecycle import REVIEW_LIFECYCLE, Party, ReviewState, VisitState
from services.visit.models.review import Review
from services.visit.operations.common import find_visit
from services.visit.repository.review import ReviewRepository, Summary
from services.visit.repository.visit import VisitRepository


async def create_review(
    tx: Transaction, caller: Actor, visit_id: UUID, *, rating: int, text: str, now: datetime
) -> Review:
    """Write the review of a party.

    Raises:
        VisitNotFound, PermissionMissing, VisitStateRefused, ReviewExists
    """
    visit = await find_visit(tx, caller, visit_id)
    party = policy.require_party(caller, visit)
    if visit.state != VisitState.COMPLETED:  # no way leads out of it: the row need not be locked
        raise VisitStateRefused(
            metadata={"verb": "review", "state": visit.state, "allowed_states": VisitState.COMPLETED.name}
        )
    return await ReviewRepository(tx).insert(
        {
            "organization_id": visit.organization_id,
            "id": new_id(),
            "visit_id": visit.id,
            "property_id": visit.property_id,
            "buyer_id": visit.buyer_id,
            "agent_id": visit.agent_id,
            "author_id": user_of(caller),
            "party": party.value,
            "state": ReviewState.PENDING.value,
            "rating": rating,
            "text": text,
            "create_time": now,
            "update_time": now,
        }
    )


async def revise_review(
    tx: Transaction, caller: Actor, review_id: UUID, *, etag: str, rating: int, text: str, now: datetime
) -> Review:
    """Write one's review anew; a moderator looks again.

    Raises:
        ReviewNotFound, EtagMismatch, WrongParty, ReviewStateRefused
    """
    row = await _lock(tx, caller, review_id, etag)
    if row.author_id != caller.user_id:
        raise WrongParty(metadata={"party": row.party})
    REVIEW_LIFECYCLE.apply(row, "revise", at=now)
    row.rating, row.text, row.reason, row.update_time = rating, text, "", now
    await tx.session.flush()
    return row


async def publish_review(tx: Transaction, caller: Actor, review_id: UUID, *, etag: str, now: datetime) -> Review:
    """Let a review be seen.

    Raises:
        ReviewNotFound, EtagMismatch, PermissionMissing, OwnReview, ReviewStateRefused
    """
    row = await _moderate(tx, caller, review_id, "publish", etag=etag, reason="", now=now)
    visit = await VisitRepository(tx).get(row.visit_id)
    events.publish(tx, visit, events.reviewed(visit, row, caller.user_id))
    return row


async def reject_review(
    tx: Transaction, caller: Actor, review_id: UUID, *, etag: str, reason: str, now: datetime
) -> Review:
    """Keep a review from being seen.

    Raises:
        ReviewNotFound, EtagMismatch, PermissionMissing, OwnReview, ReviewStateRefused
    """
    return await _moderate(tx, caller, review_id, "reject", etag=etag, reason=reason, now=now)


async def get_review(tx: ReadTransaction, caller: Actor, review_id: UUID) -> Review:
    """Read one review.

    Raises:
        ReviewNotFound
    """
    row = await ReviewRepository(tx).get(review_id)
    _require_seen(caller, row)
    return row


async def list_reviews(
    tx: ReadTransaction, caller: Actor, page: Page, *, states: Sequence[str], visit_id: UUID | None
) -> PageOf[Review]:
    """One page: the caller's own, and with visit.read all those that row-level security shows."""
    user_id = user_of(caller)
    everything = caller.organization_id is not None and (caller.can(policy.READ) or caller.can(policy.MANAGE))
    return await ReviewRepository(tx).list_page(
        page, states=states, visit_id=visit_id, author_id=None if everything else user_id
    )


async def published_reviews(
    tx: ReadTransaction, subject: Any, subject_id: UUID, page: Page
) -> tuple[PageOf[Review], Summary]:
    """One page of what everybody may read, and all of it in figures; `tx` runs as the system.

    Args:
        subject: The column that names it: the property or the agent.
    """
    reviews = ReviewRepository(tx)
    return await reviews.published(subject, subject_id, page), await reviews.summary(subject, subject_id)


async def agent_ratings(tx: ReadTransaction, agent_ids: Collection[UUID]) -> dict[UUID, Summary]:
    """What everybody may read of some agents, in figures; `tx` runs as the system."""
    return await ReviewRepository(tx).ratings(agent_ids)


async def _lock(tx: Transaction, caller: Actor, review_id: UUID, etag: str) -> Review:
    row = await ReviewRepository(tx).get_for_update(review_id)
    _require_seen(caller, row)
    match_etag(row.etag, etag)
    return row


def _require_seen(caller: Actor, row: Review) -> None:
    """Refuse who must not know of a review: before it is published, the other party."""
    if row.author_id == caller.user_id:
        return
    if any(policy.has_right(caller, row.organization_id, right) for right in (policy.READ, policy.MANAGE)):
        return
    if row.state == ReviewState.PUBLISHED and caller.user_id in (row.buyer_id, row.agent_id):
        return
    raise ReviewNotFound


async def _moderate(
    tx: Transaction, caller: Actor, review_id: UUID, verb: str, *, etag: str, reason: str, now: datetime
) -> Review:
    row = await _lock(tx, caller, review_id, etag)
    if not policy.has_right(caller, row.organization_id, policy.MANAGE):
        raise PermissionMissing(metadata={"permission": policy.MANAGE})
    about = row.agent_id if row.party == Party.BUYER else row.buyer_id
    if caller.user_id in (row.author_id, about):
        raise OwnReview
    REVIEW_LIFECYCLE.apply(row, verb, at=now)
    row.reason, row.update_time = reason, now
    await tx.session.flush()
    return row
