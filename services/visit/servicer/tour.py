"""TourService."""

import asyncio
import math
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from doorstep.visit.v1 import tour_pb2, tour_service_pb2_grpc
from doorstep.visit.v1 import tour_service_pb2 as pb
from services.chassis.actor import Actor, current_actor
from services.chassis.errors import invalid
from services.chassis.ids import parse_id
from services.chassis.mapping import to_time
from services.visit.errors import ListingNotFound
from services.visit.mapping.times import from_time
from services.visit.models.tour import Tour
from services.visit.operations import tour as operations
from services.visit.operations.tour import Draft, Planned, Wanted, WrongDay
from services.visit.peers import ListingFacts
from services.visit.servicer.parts import Parts

SPEED_KMH = 25
"""Along a straight line, if the caller says nothing: a car in a town."""
MINUTES = 30
YEAR = timedelta(days=366)


class TourServicer(tour_service_pb2_grpc.TourServiceServicer):
    """Several homes on one day."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._db = parts.database
        self._clock = parts.clock

    async def PlanTour(self, request: pb.PlanTourRequest, context: Any) -> pb.PlanTourResponse:
        """Plans without keeping anything."""
        planned = await self._plan(current_actor(), _draft(request.draft, self._clock.now()), strict=True)
        return pb.PlanTourResponse(plan=_plan(planned))

    async def CreateTour(self, request: pb.CreateTourRequest, context: Any) -> pb.CreateTourResponse:
        """Keeps a tour."""
        caller, draft = current_actor(), _draft(request.draft, self._clock.now())
        planned = await self._plan(caller, draft, strict=True)
        async with self._db.transaction(caller) as tx:
            row = await operations.create_tour(tx, caller, draft, self._clock.now())
        return pb.CreateTourResponse(tour=_tour(row, planned))

    async def GetTour(self, request: pb.GetTourRequest, context: Any) -> pb.GetTourResponse:
        """Reads a tour and plans it anew."""
        caller = current_actor()
        async with self._db.read(caller) as tx:
            row = await operations.get_tour(tx, parse_id(request.tour_id))
        planned = await self._plan(caller, operations.draft_of(row), strict=False)
        return pb.GetTourResponse(tour=_tour(row, planned))

    async def ListTours(self, request: pb.ListToursRequest, context: Any) -> pb.ListToursResponse:
        """Lists the caller's tours without their plans, newest first."""
        page, caller = self._parts.page_tokens.page(request), current_actor()
        async with self._db.read(caller) as tx:
            rows = await operations.list_tours(tx, caller, page)
        return pb.ListToursResponse(tours=map(_tour, rows.items), next_page_token=rows.next_page_token)

    async def ReplaceTour(self, request: pb.ReplaceTourRequest, context: Any) -> pb.ReplaceTourResponse:
        """Puts another draft in place of a tour's."""
        caller, draft, tour_id = current_actor(), _draft(request.draft, self._clock.now()), parse_id(request.tour_id)
        async with self._db.read(caller) as tx:
            await operations.get_tour(tx, tour_id)
        planned = await self._plan(caller, draft, strict=True)
        async with self._db.transaction(caller) as tx:
            row = await operations.replace_tour(tx, caller, tour_id, draft, etag=request.etag, now=self._clock.now())
        return pb.ReplaceTourResponse(tour=_tour(row, planned))

    async def DeleteTour(self, request: pb.DeleteTourRequest, context: Any) -> pb.DeleteTourResponse:
        """Forgets a tour."""
        caller = current_actor()
        async with self._db.transaction(caller) as tx:
            await operations.delete_tour(tx, caller, parse_id(request.tour_id))
        return pb.DeleteTourResponse()

    async def _plan(self, caller: Actor, draft: Draft, *, strict: bool) -> Planned:
        listings = await self._listings(draft)
        async with self._db.read(caller) as tx:
            try:
                return await operations.plan_tour(tx, caller, draft, listings, strict=strict)
            except WrongDay as error:
                field = f"draft.stops[{error.number}].visit_id"
                raise invalid(field, "must begin within 24 hours from start_time", "tour.day") from error

    async def _listings(self, draft: Draft) -> Mapping[UUID, ListingFacts]:
        async def ask(listing_id: UUID) -> ListingFacts | None:
            try:
                return await self._parts.listings.listing(listing_id)
            except ListingNotFound:
                return None

        wanted = {stop.listing_id for stop in draft.stops if stop.listing_id is not None}
        found = await asyncio.gather(*map(ask, wanted))
        return {facts.listing_id: facts for facts in found if facts is not None}


def _draft(message: tour_pb2.TourDraft, now: datetime) -> Draft:
    """What is wanted.

    Raises:
        InvalidFields: not within a year, or a stop stands twice.
    """
    start_time = from_time(message.start_time, "draft.start_time")
    if not now - YEAR <= start_time <= now + YEAR:
        raise invalid("draft.start_time", "must be within 366 days", "timestamp.within")
    stops: list[Wanted] = []
    for number, stop in enumerate(message.stops):
        wanted = Wanted(
            parse_id(stop.visit_id) if stop.visit_id else None,
            parse_id(stop.listing_id) if stop.listing_id else None,
            stop.minutes or MINUTES,
        )
        if any((one.visit_id, one.listing_id) == (wanted.visit_id, wanted.listing_id) for one in stops):
            raise invalid(f"draft.stops[{number}]", "stands twice", "tour.twice")
        stops.append(wanted)
    return Draft(
        display_name=message.display_name,
        start_time=start_time,
        origin=(message.origin.latitude, message.origin.longitude) if message.HasField("origin") else None,
        speed_kmh=message.speed_kmh or SPEED_KMH,
        stops=stops,
    )


def _stop(wanted: Wanted) -> tour_pb2.TourStop:
    if wanted.visit_id is not None:
        return tour_pb2.TourStop(visit_id=str(wanted.visit_id))
    return tour_pb2.TourStop(listing_id=str(wanted.listing_id), minutes=wanted.minutes)


def _minutes(span: timedelta) -> int:
    return math.ceil(span.total_seconds() / 60)


def _plan(planned: Planned) -> tour_pb2.TourPlan:
    legs = planned.plan.legs
    stops = [
        tour_pb2.PlannedStop(
            stop=_stop(planned.stops[leg.number]),
            arrive_time=to_time(leg.arrive),
            start_time=to_time(leg.start),
            end_time=to_time(leg.end),
            travel_minutes=_minutes(leg.travel),
            distance_meters=round(leg.meters),
            fits=not leg.short,
            short_minutes=_minutes(leg.short),
            way_known=leg.way_known,
        )
        for leg in legs
    ]
    return tour_pb2.TourPlan(
        stops=stops,
        feasible=all(stop.fits for stop in stops),
        travel_minutes=_minutes(sum((leg.travel for leg in legs), timedelta())),
        distance_meters=round(sum(leg.meters for leg in legs)),
        end_time=to_time(legs[-1].end) if legs else None,
        optimal=planned.plan.optimal,
        left_out=map(_stop, planned.left_out),
    )


def _tour(row: Tour, planned: Planned | None = None) -> tour_pb2.Tour:
    draft = operations.draft_of(row)
    origin = tour_pb2.TourPlace(latitude=draft.origin[0], longitude=draft.origin[1]) if draft.origin else None
    return tour_pb2.Tour(
        tour_id=str(row.id),
        etag=row.etag,
        draft=tour_pb2.TourDraft(
            display_name=draft.display_name,
            start_time=to_time(draft.start_time),
            origin=origin,
            speed_kmh=draft.speed_kmh,
            stops=map(_stop, draft.stops),
        ),
        plan=_plan(planned) if planned is not None else None,
        create_time=to_time(row.create_time),
        update_time=to_time(row.update_time),
    )
