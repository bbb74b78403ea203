"""Partnerships and blocks."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from services.chassis.actor import user_of
from services.chassis.db.database import ReadTransaction, Transaction
from services.chassis.errors import match_etag
from services.chassis.paging import Page, PageOf
from services.partnership import events, policy
from services.partnership.lifecycle import PARTNERSHIP_LIFECYCLE, PartnershipState
from services.partnership.models.partnership import Block, Partnership
from services.partnership.operations import engagement, partner_request
from services.partnership.repository.pair import lock_pair
from services.partnership.repository.partnership import BlockRepository, PartnershipRepository


async def get_partnership(tx: ReadTransaction, partnership_id: UUID) -> Partnership:
    """Read one partnership of the caller's.

    Raises:
        PartnershipNotFound
    """
    return await PartnershipRepository(tx).get(partnership_id)


async def list_partnerships(tx: ReadTransaction, page: Page, states: Collection[str]) -> PageOf[Partnership]:
    """One page of the caller's partnerships; those that are active, unless states are named."""
    me = user_of(tx.actor)
    return await PartnershipRepository(tx).page_of(me, page, states or (PartnershipState.ACTIVE,))


async def end_partnership(tx: Transaction, partnership_id: UUID, etag: str, now: datetime) -> Partnership:
    """End a partnership.

    Raises:
        PartnershipNotFound, EtagMismatch, PartnershipStateRefused
    """
    me = user_of(tx.actor)
    partnerships = PartnershipRepository(tx)
    found = await partnerships.get(partnership_id)
    await lock_pair(tx, found.user_a_id, found.user_b_id)
    row = await partnerships.get_for_update(partnership_id)
    match_etag(row.etag, etag)
    await _end(tx, row, me, now)
    return row


async def block_user(tx: Transaction, user_id: UUID, now: datetime) -> Block:
    """Want nothing of a user any more, whom the caller of this has found to exist; close what is between the two.

    Raises:
        SelfRequest
    """
    me = policy.require_other(tx.actor, user_id)
    await lock_pair(tx, me, user_id)
    blocks = BlockRepository(tx)
    if await blocks.put(me, user_id, now):
        await close_between(tx, me, user_id, now)
        tx.publish(events.user_blocked(me, user_id), key=events.pair_key(me, user_id))
    return await blocks.of(me, user_id)


async def unblock_user(tx: Transaction, user_id: UUID) -> None:
    """Take a block back.

    Raises:
        BlockNotFound
    """
    me = user_of(tx.actor)
    await lock_pair(tx, me, user_id)
    await BlockRepository(tx).remove(me, user_id)
    tx.publish(events.user_unblocked(me, user_id), key=events.pair_key(me, user_id))


async def list_blocks(tx: ReadTransaction, page: Page) -> PageOf[Block]:
    """One page of whom the caller has blocked."""
    return await BlockRepository(tx).page_of(user_of(tx.actor), page)


async def close_between(tx: Transaction, me: UUID, other: UUID, now: datetime) -> None:
    """Close whatever is open between two users, as one of them would; the pair's turn is taken."""
    await partner_request.close_between(tx, me, other, now)
    await engagement.close_between(tx, me, other, now)
    partners = await PartnershipRepository(tx).active_between(me, other)
    if partners is not None:
        await _end(tx, partners, me, now)


async def _end(tx: Transaction, row: Partnership, by: UUID, now: datetime) -> None:
    PARTNERSHIP_LIFECYCLE.apply(row, "end", at=now)
    row.ended_by_id = by
    row.update_time = now
    await tx.session.flush()
    tx.publish(events.partnership_ended(row), key=str(row.id))
