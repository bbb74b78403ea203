"""AvailabilityService."""

from datetime import timedelta
from typing import Any

from doorstep.visit.v1 import availability_service_pb2 as pb
from doorstep.visit.v1 import availability_service_pb2_grpc
from services.chassis.actor import SYSTEM, current_actor, organization_of, user_of
from services.chassis.errors import invalid
from services.chassis.ids import parse_id
from services.visit.errors import AgentNotFound
from services.visit.mapping import availability as hours
from services.visit.mapping.times import from_time
from services.visit.operations import availability as operations
from services.visit.operations.visit import require_shown
from services.visit.servicer.parts import Parts

WEEK = timedelta(days=7)
MOST = timedelta(days=14)
"""What is looked through at once: at most 1,344 slots."""


class AvailabilityServicer(availability_service_pb2_grpc.AvailabilityServiceServicer):
    """Agents' hours and free times."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._db = parts.database
        self._clock = parts.clock

    async def GetAvailability(self, request: pb.GetAvailabilityRequest, context: Any) -> pb.GetAvailabilityResponse:
        """Reads when an agent of the caller's organisation receives visits."""
        caller = current_actor()
        async with self._db.read(caller) as tx:
            row = await operations.get_availability(tx, organization_of(caller), parse_id(request.agent_id))
        return pb.GetAvailabilityResponse(availability=hours.to_message(row))

    async def ReplaceAvailability(
        self, request: pb.ReplaceAvailabilityRequest, context: Any
    ) -> pb.ReplaceAvailabilityResponse:
        """Says when an agent receives visits."""
        caller, message, now = current_actor(), request.availability, self._clock.now()
        organization_id, agent_id = organization_of(caller), parse_id(message.agent_id)
        operations.require_own_hours(caller, agent_id)
        values = hours.to_values(message)
        if caller.user_id != agent_id:
            person = (await self._parts.people.people([agent_id], organization_id)).get(agent_id)
            if person is None or not person.roles:
                raise AgentNotFound
        async with self._db.transaction(caller) as tx:
            row = await operations.replace_availability(
                tx, organization_id, agent_id, values, etag=message.etag, now=now
            )
        return pb.ReplaceAvailabilityResponse(availability=hours.to_message(row))

    async def FindFreeSlots(self, request: pb.FindFreeSlotsRequest, context: Any) -> pb.FindFreeSlotsResponse:
        """Finds the times at which a listing can be visited."""
        caller, now = current_actor(), self._clock.now()
        begin = from_time(request.start_time, "start_time") if request.HasField("start_time") else now
        if begin > now + timedelta(days=366):
            raise invalid("start_time", "must be within 366 days", "timestamp.within")
        begin = max(begin, now)
        until = from_time(request.end_time, "end_time") if request.HasField("end_time") else begin + WEEK
        if until > begin + MOST:
            raise invalid("end_time", "must be at most 14 days after start_time", "timestamp.within")
        until = max(until, begin)  # no zone reckons with the year 1
        duration = timedelta(minutes=request.duration_minutes) if request.duration_minutes else None
        buyer_id = user_of(caller)
        listing = await self._parts.listings.listing(parse_id(request.listing_id))
        agent_id = require_shown(caller, listing)
        # Calendars reach across organisations, as the constraints do; of them the caller learns what is free, no more.
        async with self._db.read(SYSTEM) as tx:
            rules, taken, starts = await operations.rules_and_taken(
                tx, (begin, until), listing=listing, agent_id=agent_id, buyer_id=buyer_id
            )
        if rules is None:
            return pb.FindFreeSlotsResponse(any_time=True)
        spans = operations.find_free_slots(rules, begin, until, now=now, taken=taken, starts=starts, duration=duration)
        return pb.FindFreeSlotsResponse(slots=hours.to_slots(spans), time_zone=rules.time_zone)
