"""Invitations and feeds: who may read which visits in a calendar program."""

import hashlib
import hmac
import secrets
from datetime import datetime, timedelta
from uuid import UUID

from services.chassis.actor import Actor, user_of
from services.chassis.db.database import ReadTransaction, Transaction
from services.chassis.ids import new_id
from services.chassis.paging import Page, PageOf
from services.visit.errors import CalendarFeedNotFound, TooManyFeeds, VisitNotFound, WrongParty
from services.visit.models.calendar import CalendarFeed
from services.visit.models.visit import Visit
from services.visit.operations.common import find_visit
from services.visit.repository.calendar import CalendarFeedRepository
from services.visit.repository.visit import VisitRepository

MOST_FEEDS = 10
MOST_VISITS = 500
PAST = timedelta(days=30)
_SECRET = 32
"""Bytes of a feed's secret: 256 random bits need no slow hash."""


async def invited(tx: ReadTransaction, caller: Actor, visit_id: UUID) -> Visit:
    """The visit to which the caller is invited.

    Raises:
        VisitNotFound, WrongParty
    """
    row = await find_visit(tx, caller, visit_id)
    if caller.user_id not in (row.buyer_id, row.agent_id):
        raise WrongParty
    return row


async def invitation_of(tx: ReadTransaction, visit_id: UUID, user_id: UUID) -> Visit:
    """The visit to which somebody is invited; `tx` runs as the system.

    Raises:
        VisitNotFound: there is none, or it is not theirs.
    """
    row = await VisitRepository(tx).get(visit_id)
    if user_id not in (row.buyer_id, row.agent_id):
        raise VisitNotFound
    return row


async def create_feed(tx: Transaction, caller: Actor, display_name: str, now: datetime) -> tuple[CalendarFeed, str]:
    """Make a feed.

    Returns:
        The feed, and its secret, which is kept nowhere.

    Raises:
        PermissionMissing, TooManyFeeds
    """
    user_id, feeds = user_of(caller), CalendarFeedRepository(tx)
    await feeds.lock(user_id)
    if await feeds.count(user_id) >= MOST_FEEDS:
        raise TooManyFeeds(metadata={"limit": str(MOST_FEEDS)})
    secret = secrets.token_urlsafe(_SECRET)
    row = feeds.add(
        CalendarFeed(
            id=new_id(),
            user_id=user_id,
            organization_id=caller.organization_id,
            display_name=display_name,
            secret_hash=_hash(secret),
            create_time=now,
        )
    )
    return row, secret


async def list_feeds(tx: ReadTransaction, caller: Actor, page: Page) -> PageOf[CalendarFeed]:
    """One page of the caller's feeds."""
    return await CalendarFeedRepository(tx).list_page(user_of(caller), page)


async def revoke_feed(tx: Transaction, caller: Actor, feed_id: UUID) -> None:
    """Make the address of a feed worthless.

    Raises:
        CalendarFeedNotFound
    """
    await CalendarFeedRepository(tx).remove(user_of(caller), feed_id)


async def open_feed(tx: ReadTransaction, feed_id: UUID, secret: str) -> CalendarFeed:
    """A feed by its address; `tx` runs as the system.

    Raises:
        CalendarFeedNotFound
    """
    row = await CalendarFeedRepository(tx).get(feed_id)
    if not hmac.compare_digest(row.secret_hash, _hash(secret)):
        raise CalendarFeedNotFound
    return row


async def feed_visits(tx: ReadTransaction, feed: CalendarFeed, *, member: bool, now: datetime) -> list[Visit]:
    """The visits of a feed; `tx` runs as the system.

    Args:
        tx: The transaction.
        feed: Whose.
        member: Whether its user still belongs to the organisation for which it was made.
        now: The time.
    """
    organization_id = feed.organization_id if member else None
    return await CalendarFeedRepository(tx).visits_of(feed.user_id, organization_id, since=now - PAST, most=MOST_VISITS)


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
