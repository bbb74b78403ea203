"""VisitService."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from typing import Any
from uuid import UUID

from doorstep.visit.v1 import visit_service_pb2 as pb
from doorstep.visit.v1 import visit_service_pb2_grpc
from services.chassis.actor import Actor, current_actor, system_for
from services.chassis.db.database import Transaction
from services.chassis.ids import parse_id
from services.chassis.mapping import to_time
from services.visit.errors import VisitNotFound
from services.visit.mapping import visit as visits
from services.visit.mapping.times import checked_zone, is_zone, to_span
from services.visit.models.visit import Visit
from services.visit.operations import meeting
from services.visit.operations import visit as operations
from services.visit.servicer.parts import Parts, contacts_of


class VisitServicer(visit_service_pb2_grpc.VisitServiceServicer):
    """Appointments to see homes."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._db = parts.database
        self._clock = parts.clock

    async def RequestVisit(self, request: pb.RequestVisitRequest, context: Any) -> pb.RequestVisitResponse:
        """Asks for a visit: PENDING."""
        caller, now = current_actor(), self._clock.now()
        span = to_span(request, now)
        asked_zone = checked_zone(request.time_zone, "time_zone") if request.time_zone else ""
        listing = await self._parts.listings.listing(parse_id(request.listing_id))
        agent_id = operations.require_shown(caller, listing)
        values = visits.to_values(request, asked_zone or await self._zone_of(agent_id))
        # The buyer acts for no organisation, and the agent's other visits are none of the buyer's business.
        async with self._db.transaction(system_for(listing.organization_id)) as tx:
            row = await operations.request_visit(tx, caller, listing, span, values=values, now=now)
        return pb.RequestVisitResponse(visit=visits.to_message(row, caller))

    async def _zone_of(self, agent_id: UUID) -> str:
        person = (await self._parts.people.people([agent_id])).get(agent_id)
        return person.time_zone if person is not None and is_zone(person.time_zone) else "UTC"

    async def ApproveVisit(self, request: pb.ApproveVisitRequest, context: Any) -> pb.ApproveVisitResponse:
        """Agrees to a request: APPROVED."""
        caller, now, visit_id = current_actor(), self._clock.now(), parse_id(request.visit_id)

        async def step(tx: Transaction) -> Visit:
            return await operations.approve_visit(tx, caller, visit_id, etag=request.etag, now=now)

        row = await self._in_house(caller, visit_id, step)
        return pb.ApproveVisitResponse(visit=visits.to_message(row, caller))

    async def RejectVisit(self, request: pb.RejectVisitRequest, context: Any) -> pb.RejectVisitResponse:
        """Declines a request or a counter-proposal: REJECTED."""
        caller, now, visit_id = current_actor(), self._clock.now(), parse_id(request.visit_id)

        async def step(tx: Transaction) -> Visit:
            return await operations.reject_visit(
                tx, caller, visit_id, etag=request.etag, reason=request.reason, now=now
            )

        row = await self._in_house(caller, visit_id, step)
        return pb.RejectVisitResponse(visit=visits.to_message(row, caller))

    async def CounterVisit(self, request: pb.CounterVisitRequest, context: Any) -> pb.CounterVisitResponse:
        """Proposes another time instead: COUNTERED."""
        caller, now = current_actor(), self._clock.now()
        visit_id, span = parse_id(request.visit_id), to_span(request, now)

        async def step(tx: Transaction) -> Visit:
            return await operations.counter_visit(
                tx, caller, visit_id, span, etag=request.etag, reason=request.reason, now=now
            )

        row = await self._in_house(caller, visit_id, step)
        return pb.CounterVisitResponse(visit=visits.to_message(row, caller))

    async def AcceptCounter(self, request: pb.AcceptCounterRequest, context: Any) -> pb.AcceptCounterResponse:
        """Agrees to the time that the other party has proposed: APPROVED."""
        caller, now, visit_id = current_actor(), self._clock.now(), parse_id(request.visit_id)

        async def step(tx: Transaction) -> Visit:
            return await operations.accept_counter(tx, caller, visit_id, etag=request.etag, now=now)

        row = await self._in_house(caller, visit_id, step)
        return pb.AcceptCounterResponse(visit=visits.to_message(row, caller))

    async def RescheduleVisit(self, request: pb.RescheduleVisitRequest, context: Any) -> pb.RescheduleVisitResponse:
        """Moves a visit to another time."""
        caller, now = current_actor(), self._clock.now()
        visit_id, span = parse_id(request.visit_id), to_span(request, now)

        async def step(tx: Transaction) -> Visit:
            return await operations.reschedule_visit(
                tx, caller, visit_id, span, etag=request.etag, reason=request.reason, now=now
            )

        row = await self._in_house(caller, visit_id, step)
        return pb.RescheduleVisitResponse(visit=visits.to_message(row, caller))

    async def DeclineReschedule(
        self, request: pb.DeclineRescheduleRequest, context: Any
    ) -> pb.DeclineRescheduleResponse:
        """Gives a visit back the time on which both parties had agreed."""
        caller, now, visit_id = current_actor(), self._clock.now(), parse_id(request.visit_id)

        async def step(tx: Transaction) -> Visit:
            return await operations.decline_reschedule(
                tx, caller, visit_id, etag=request.etag, reason=request.reason, now=now
            )

        row = await self._in_house(caller, visit_id, step)
        return pb.DeclineRescheduleResponse(visit=visits.to_message(row, caller))

    async def _in_house(self, caller: Actor, visit_id: UUID, step: Callable[[Transaction], Awaitable[Visit]]) -> Visit:
        """Take a step in a transaction of the visit's organisation.

        Whoever gives a visit another time has to see the calendars of its organisation, which a buyer does not; and a
        contact of the listing writes nothing by itself.

        Raises:
            VisitNotFound: the caller must not know of the visit.
        """
        async for house in self._houses(caller, visit_id):
            with suppress(VisitNotFound):  # nothing was done there
                async with self._db.transaction(house) as tx:
                    return await step(tx)
        raise VisitNotFound

    async def _houses(self, caller: Actor, visit_id: UUID) -> AsyncIterator[Actor]:
        """Where to look for a visit: most who act on one are of its organisation; for the others it is read first."""
        if caller.organization_id is not None:
            yield system_for(caller.organization_id)
        async with self._db.read(caller) as tx:
            row = await operations.get_visit(tx, caller, visit_id)
        yield system_for(row.organization_id)

    async def CancelVisit(self, request: pb.CancelVisitRequest, context: Any) -> pb.CancelVisitResponse:
        """Calls a visit off: CANCELLED."""
        caller, now = current_actor(), self._clock.now()
        async with self._db.transaction(caller) as tx:
            row = await operations.cancel_visit(
                tx, caller, parse_id(request.visit_id), etag=request.etag, reason=request.reason, now=now
            )
        return pb.CancelVisitResponse(visit=visits.to_message(row, caller))

    async def IssueVisitCode(self, request: pb.IssueVisitCodeRequest, context: Any) -> pb.IssueVisitCodeResponse:
        """Makes the code that the buyer shows to the agent when they meet."""
        caller, now = current_actor(), self._clock.now()
        async with self._db.transaction(caller) as tx:
            code, expire_time = await meeting.issue_visit_code(
                tx, caller, parse_id(request.visit_id), secret=self._parts.code_secret, now=now
            )
        return pb.IssueVisitCodeResponse(code=code, expire_time=to_time(expire_time))

    async def StartVisit(self, request: pb.StartVisitRequest, context: Any) -> pb.StartVisitResponse:
        """Records that the parties have met: IN_PROGRESS."""
        caller, now, visit_id = current_actor(), self._clock.now(), parse_id(request.visit_id)
        fixes = visits.to_fixes([request.fix], "fix") if request.HasField("fix") else []
        contacts = await contacts_of(self._parts, caller, request.watch_contact_ids, "watch_contact_ids")
        # Counted before it is compared, and apart: otherwise calls at once would all compare before any is counted.
        async with self._db.transaction(caller, apart=True) as tx:
            await meeting.count_try(tx, caller, visit_id, now)
        async with self._db.transaction(caller) as tx:
            row = await meeting.start_visit(
                tx,
                caller,
                visit_id,
                etag=request.etag,
                code=request.code,
                fix=fixes[0] if fixes else None,
                secret=self._parts.code_secret,
                now=now,
                watch_minutes=request.watch_minutes,
                watch_contacts=contacts,
            )
        return pb.StartVisitResponse(visit=visits.to_message(row, caller))

    async def CompleteVisit(self, request: pb.CompleteVisitRequest, context: Any) -> pb.CompleteVisitResponse:
        """Records that the visit took place: COMPLETED."""
        caller, now = current_actor(), self._clock.now()
        fixes = visits.to_fixes(request.fixes, "fixes")
        async with self._db.transaction(caller) as tx:
            row = await meeting.complete_visit(
                tx,
                caller,
                parse_id(request.visit_id),
                fixes,
                keys=self._parts.certificate_keys,
                etag=request.etag,
                now=now,
            )
        return pb.CompleteVisitResponse(visit=visits.to_message(row, caller))

    async def MarkVisitNoShow(self, request: pb.MarkVisitNoShowRequest, context: Any) -> pb.MarkVisitNoShowResponse:
        """Records that the other party did not come: NO_SHOW."""
        caller, now = current_actor(), self._clock.now()
        async with self._db.transaction(caller) as tx:
            row = await operations.mark_visit_no_show(
                tx, caller, parse_id(request.visit_id), etag=request.etag, reason=request.reason, now=now
            )
        return pb.MarkVisitNoShowResponse(visit=visits.to_message(row, caller))

    async def OverrideVisit(self, request: pb.OverrideVisitRequest, context: Any) -> pb.OverrideVisitResponse:
        """Records that a visit took place although no code was entered: COMPLETED."""
        caller, now = current_actor(), self._clock.now()
        async with self._db.transaction(caller) as tx:
            row = await meeting.override_visit(
                tx,
                caller,
                parse_id(request.visit_id),
                keys=self._parts.certificate_keys,
                etag=request.etag,
                reason=request.reason,
                now=now,
            )
        return pb.OverrideVisitResponse(visit=visits.to_message(row, caller))

    async def AcceptVisitEvidence(
        self, request: pb.AcceptVisitEvidenceRequest, context: Any
    ) -> pb.AcceptVisitEvidenceResponse:
        """Takes the evidence of a completed visit as good."""
        caller, now = current_actor(), self._clock.now()
        async with self._db.transaction(caller) as tx:
            row = await meeting.accept_visit_evidence(
                tx, caller, parse_id(request.visit_id), etag=request.etag, reason=request.reason, now=now
            )
        return pb.AcceptVisitEvidenceResponse(visit=visits.to_message(row, caller))

    async def GetVisit(self, request: pb.GetVisitRequest, context: Any) -> pb.GetVisitResponse:
        """Reads one visit."""
        caller = current_actor()
        async with self._db.read(caller) as tx:
            row = await operations.get_visit(tx, caller, parse_id(request.visit_id))
        return pb.GetVisitResponse(visit=visits.to_message(row, caller))

    async def ListVisits(self, request: pb.ListVisitsRequest, context: Any) -> pb.ListVisitsResponse:
        """Lists visits, those that begin last first."""
        page, caller = self._parts.page_tokens.page(request), current_actor()
        wanted = visits.to_filter(request)
        async with self._db.read(caller) as tx:
            rows = await operations.list_visits(tx, caller, wanted, page)
        return pb.ListVisitsResponse(
            visits=[visits.to_message(row, caller) for row in rows.items], next_page_token=rows.next_page_token
        )

    async def ListVisitHistory(self, request: pb.ListVisitHistoryRequest, context: Any) -> pb.ListVisitHistoryResponse:
        """Lists what has happened to a visit, newest first."""
        page, caller = self._parts.page_tokens.page(request), current_actor()
        async with self._db.read(caller) as tx:
            visit, rows = await operations.list_visit_history(tx, caller, parse_id(request.visit_id), page)
        return pb.ListVisitHistoryResponse(
            changes=[visits.to_change(row, visit, caller) for row in rows.items], next_page_token=rows.next_page_token
        )
