"""SafetyService."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from doorstep.visit.v1 import safety_pb2, safety_service_pb2_grpc
from doorstep.visit.v1 import safety_service_pb2 as pb
from services.chassis.actor import SYSTEM, current_actor, organization_of
from services.chassis.ids import parse_id
from services.chassis.mapping import set_time, to_time
from services.visit.errors import AgentNotFound
from services.visit.evidence import Fix
from services.visit.mapping.visit import to_fixes
from services.visit.models.safety import SafetyWatch
from services.visit.operations import safety as operations
from services.visit.servicer.parts import Parts, contacts_of


class SafetyServicer(safety_service_pb2_grpc.SafetyServiceServicer):
    """Looks after the parties of visits."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._db = parts.database
        self._clock = parts.clock

    async def StartSafetyWatch(self, request: pb.StartSafetyWatchRequest, context: Any) -> pb.StartSafetyWatchResponse:
        """Begins a watch over the caller."""
        caller, now = current_actor(), self._clock.now()
        contacts = await contacts_of(self._parts, caller, request.contact_ids, "contact_ids")
        async with self._db.transaction(caller) as tx:
            row = await operations.start_watch(
                tx, caller, parse_id(request.visit_id), minutes=request.minutes, contacts=contacts, now=now
            )
        return pb.StartSafetyWatchResponse(watch=_shown(row))

    async def GetSafetyWatch(self, request: pb.GetSafetyWatchRequest, context: Any) -> pb.GetSafetyWatchResponse:
        """Reads the caller's own watch over a visit."""
        caller = current_actor()
        async with self._db.read(caller) as tx:
            row = await operations.get_watch(tx, caller, parse_id(request.visit_id))
        return pb.GetSafetyWatchResponse(watch=_shown(row))

    async def CheckIn(self, request: pb.CheckInRequest, context: Any) -> pb.CheckInResponse:
        """Says that all is well, and lets the timer run anew."""
        caller, now, fix = current_actor(), self._clock.now(), _fix(request)
        async with self._db.transaction(caller) as tx:
            row = await operations.check_in(
                tx, caller, parse_id(request.visit_id), minutes=request.minutes, fix=fix, now=now
            )
        return pb.CheckInResponse(watch=_shown(row))

    async def EndSafetyWatch(self, request: pb.EndSafetyWatchRequest, context: Any) -> pb.EndSafetyWatchResponse:
        """Ends the caller's watch."""
        caller, now = current_actor(), self._clock.now()
        async with self._db.transaction(caller) as tx:
            row = await operations.end_watch(tx, caller, parse_id(request.visit_id), now)
        return pb.EndSafetyWatchResponse(watch=_shown(row))

    async def RaiseDistress(self, request: pb.RaiseDistressRequest, context: Any) -> pb.RaiseDistressResponse:
        """Calls for help, with a watch or without one."""
        caller, now, fix = current_actor(), self._clock.now(), _fix(request)
        async with self._db.transaction(caller) as tx:
            await operations.raise_distress(
                tx, caller, parse_id(request.visit_id), silent=request.silent, fix=fix, now=now
            )
        return pb.RaiseDistressResponse()

    async def GetAlarm(self, request: pb.GetAlarmRequest, context: Any) -> pb.GetAlarmResponse:
        """Shows an alarm to those who were called."""
        caller = current_actor()
        async with self._db.read(SYSTEM) as tx:  # the watch is another user's; who was called is looked at
            row, real = await operations.get_alarm(tx, caller, parse_id(request.watch_id))
        return pb.GetAlarmResponse(watch=_real(row) if real else _shown(row))

    async def ResolveAlarm(self, request: pb.ResolveAlarmRequest, context: Any) -> pb.ResolveAlarmResponse:
        """Says that somebody has looked after it."""
        caller, now = current_actor(), self._clock.now()
        async with self._db.transaction(SYSTEM) as tx:
            row, real = await operations.resolve_alarm(tx, caller, parse_id(request.watch_id), now)
        return pb.ResolveAlarmResponse(watch=_real(row) if real else _shown(row))

    async def GetDutyRoster(self, request: pb.GetDutyRosterRequest, context: Any) -> pb.GetDutyRosterResponse:
        """Reads who is on duty in the caller's organisation."""
        caller = current_actor()
        async with self._db.read(caller) as tx:
            found = await operations.duty_roster(tx, organization_of(caller))
        return pb.GetDutyRosterResponse(user_ids=map(str, found))

    async def ReplaceDutyRoster(
        self, request: pb.ReplaceDutyRosterRequest, context: Any
    ) -> pb.ReplaceDutyRosterResponse:
        """Says who is on duty in the caller's organisation."""
        caller = current_actor()
        organization_id, wanted = organization_of(caller), [parse_id(one) for one in request.user_ids]
        if wanted:
            people = await self._parts.people.people(wanted, organization_id)
            if any(one not in people or not people[one].roles for one in wanted):
                raise AgentNotFound
        async with self._db.transaction(caller) as tx:
            await operations.replace_duty_roster(tx, organization_id, wanted)
        return pb.ReplaceDutyRosterResponse(user_ids=request.user_ids)


def _fix(request: pb.CheckInRequest | pb.RaiseDistressRequest) -> Fix | None:
    return to_fixes([request.fix], "fix")[0] if request.HasField("fix") else None


def _shown(row: SafetyWatch) -> safety_pb2.SafetyWatch:
    """A watch as its user sees it, whoever may be looking over the shoulder.

    Without the place: a silent call for help may have brought it.
    """
    if not operations.is_silent(row):
        return _message(row, row.state, row.contact_ids, row.update_time)
    return _message(row, str(row.shown_state), row.shown_contact_ids or (), row.shown_update_time or row.update_time)


def _real(row: SafetyWatch) -> safety_pb2.SafetyWatch:
    """A watch as it stands, for those who were called."""
    message = _message(row, row.state, row.contact_ids, row.update_time)
    if row.latitude is not None and row.longitude is not None:
        message.fix.latitude, message.fix.longitude = row.latitude, row.longitude
        message.fix.accuracy_meters = row.accuracy_meters or 0
        set_time(message.fix, "fix_time", row.fix_time)
    return message


def _message(
    row: SafetyWatch, state_name: str, contact_ids: Sequence[UUID], update_time: datetime
) -> safety_pb2.SafetyWatch:
    state: Any = f"SAFETY_WATCH_STATE_{state_name}"
    return safety_pb2.SafetyWatch(
        watch_id=str(row.id),
        etag=f'"{update_time.timestamp():.6f}"',  # the version counts changes that are not shown
        visit_id=str(row.visit_id),
        user_id=str(row.user_id),
        state=state,
        due_time=to_time(row.due_time),
        contact_ids=map(str, contact_ids),
        create_time=to_time(row.create_time),
        update_time=to_time(update_time),
    )
