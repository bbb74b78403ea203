"""CalendarService."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import quote
from uuid import UUID

from google.api import httpbody_pb2

from doorstep.visit.v1 import calendar_pb2, calendar_service_pb2_grpc
from doorstep.visit.v1 import calendar_service_pb2 as pb
from services.chassis.actor import SYSTEM, current_actor, user_of
from services.chassis.ids import parse_id
from services.chassis.mapping import to_time
from services.visit import ics
from services.visit.errors import CalendarFeedNotFound, ListingNotFound
from services.visit.models.calendar import CalendarFeed
from services.visit.models.visit import Visit
from services.visit.operations import calendar as operations
from services.visit.peers import Person
from services.visit.servicer.parts import Parts

FILE = "visit.ics"
AT_ONCE = 8
"""Questions to property about the homes of a feed."""
MOST_HOMES = 50
"""Addresses of a feed: those of the next visits; later ones come with the days."""


class CalendarServicer(calendar_service_pb2_grpc.CalendarServiceServicer):
    """Visits in calendar programs."""

    def __init__(self, parts: Parts, *, public_url: str, sender: str) -> None:
        """Take what is shared, where the gateway is reached, and who sends invitations."""
        self._parts = parts
        self._db = parts.database
        self._clock = parts.clock
        self._public_url = public_url.rstrip("/")
        self._sender = sender

    async def GetVisitInvitation(
        self, request: pb.GetVisitInvitationRequest, context: Any
    ) -> pb.GetVisitInvitationResponse:
        """Writes the invitation to a visit as it stands, for the caller."""
        caller = current_actor()
        async with self._db.read(caller) as tx:
            row = await operations.invited(tx, caller, parse_id(request.visit_id))
        return pb.GetVisitInvitationResponse(calendar=_body(await self._invitation(row, user_of(caller))))

    async def ResolveVisitInvitation(
        self, request: pb.ResolveVisitInvitationRequest, context: Any
    ) -> pb.ResolveVisitInvitationResponse:
        """Writes the invitation to a visit as it stands for one of its parties."""
        user_id = parse_id(request.user_id)
        async with self._db.read(SYSTEM) as tx:
            row = await operations.invitation_of(tx, parse_id(request.visit_id), user_id)
        method: Any = f"INVITATION_METHOD_{ics.method_of(row)}"
        content = await self._invitation(row, user_id)
        return pb.ResolveVisitInvitationResponse(method=method, sequence=row.sequence, file_name=FILE, content=content)

    async def _invitation(self, row: Visit, reader_id: UUID) -> bytes:
        people = await self._people([row], reader_id)
        addresses = await self._addresses([row])
        return ics.invitation(_entry(row, reader_id, people, addresses), sender=self._sender)

    async def CreateCalendarFeed(
        self, request: pb.CreateCalendarFeedRequest, context: Any
    ) -> pb.CreateCalendarFeedResponse:
        """Makes a feed of the caller's visits."""
        caller, now = current_actor(), self._clock.now()
        async with self._db.transaction(caller) as tx:
            row, secret = await operations.create_feed(tx, caller, request.display_name, now)
        url = f"{self._public_url}/api/v1/calendar-feeds/{row.id}/visits.ics?secret={quote(secret)}"
        return pb.CreateCalendarFeedResponse(feed=_feed(row), url=url)

    async def ListCalendarFeeds(
        self, request: pb.ListCalendarFeedsRequest, context: Any
    ) -> pb.ListCalendarFeedsResponse:
        """Lists the caller's feeds, newest first."""
        page, caller = self._parts.page_tokens.page(request), current_actor()
        async with self._db.read(caller) as tx:
            rows = await operations.list_feeds(tx, caller, page)
        return pb.ListCalendarFeedsResponse(feeds=map(_feed, rows.items), next_page_token=rows.next_page_token)

    async def RevokeCalendarFeed(
        self, request: pb.RevokeCalendarFeedRequest, context: Any
    ) -> pb.RevokeCalendarFeedResponse:
        """Revokes a feed."""
        caller = current_actor()
        async with self._db.transaction(caller) as tx:
            await operations.revoke_feed(tx, caller, parse_id(request.feed_id))
        return pb.RevokeCalendarFeedResponse()

    async def ReadCalendarFeed(self, request: pb.ReadCalendarFeedRequest, context: Any) -> pb.ReadCalendarFeedResponse:
        """Reads a feed as calendar programs do."""
        async with self._db.read(SYSTEM) as tx:  # the secret is the proof
            feed = await operations.open_feed(tx, parse_id(request.feed_id), request.secret)
        user = (await self._parts.people.people([feed.user_id], feed.organization_id)).get(feed.user_id)
        if user is None:  # the account is gone
            raise CalendarFeedNotFound
        async with self._db.read(SYSTEM) as tx:
            rows = await operations.feed_visits(tx, feed, member=bool(user.roles), now=self._clock.now())
        people = {**await self._people(rows, feed.user_id), user.user_id: user}
        now = self._clock.now()
        addresses = await self._addresses([row for row in rows if row.end_time > now][:MOST_HOMES])
        entries = [_entry(row, feed.user_id, people, addresses) for row in rows]
        return pb.ReadCalendarFeedResponse(calendar=_body(ics.feed("Doorstep", entries, sender=self._sender)))

    async def _people(self, rows: Iterable[Visit], reader_id: UUID) -> Mapping[UUID, Person]:
        return await self._parts.people.people([reader_id, *(u for row in rows for u in (row.buyer_id, row.agent_id))])

    async def _addresses(self, rows: Sequence[Visit]) -> Mapping[UUID, str]:
        """Where the homes of visits stand, by listing."""
        few = asyncio.Semaphore(AT_ONCE)

        async def ask(listing_id: UUID) -> tuple[UUID, str]:
            async with few:
                try:
                    return listing_id, (await self._parts.listings.listing(listing_id)).address
                except ListingNotFound:
                    return listing_id, ""

        return dict(await asyncio.gather(*map(ask, {row.listing_id for row in rows})))


def _entry(row: Visit, reader_id: UUID, people: Mapping[UUID, Person], addresses: Mapping[UUID, str]) -> ics.Entry:
    other_id = row.agent_id if reader_id == row.buyer_id else row.buyer_id
    reader, other = people.get(reader_id), people.get(other_id)
    return ics.Entry(
        row,
        ics.Attendee(reader_id, reader.display_name if reader else "", reader.email if reader else ""),
        ics.Attendee(other_id, other.display_name if other else ""),
        addresses.get(row.listing_id, ""),
    )


def _feed(row: CalendarFeed) -> calendar_pb2.CalendarFeed:
    return calendar_pb2.CalendarFeed(
        feed_id=str(row.id),
        display_name=row.display_name,
        organization_id=str(row.organization_id or ""),
        create_time=to_time(row.create_time),
    )


def _body(content: bytes) -> httpbody_pb2.HttpBody:
    return httpbody_pb2.HttpBody(content_type=ics.MEDIA_TYPE, data=content)
